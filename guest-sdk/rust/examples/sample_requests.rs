//! Keep errors and sample the rest by request id
//!
//! Keeps all lines of a request or none, in every sandbox and after every restart, because the choice depends on the
//! request id alone. Keeps errors of all requests.
//!
//! ```toml
//! [[transform]]
//! name = "sample-requests"
//! on_error = "pass"
//!
//! [transform.settings]
//! percent = 10   # the default
//! ```

use serde::Deserialize;
use telesieve_guest::{Edit, Event, SettingError, Setup, Severity, hash64, transform};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    percent: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { percent: 10 }
    }
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<Settings, SettingError> {
    if settings.percent > 100 {
        setup.reject("percent", "expected a number from 0 to 100");
    }
    setup.kind("function");
    Ok(settings)
}

#[transform(kind = "filter", name = "sample-requests", setup = setup)]
fn sample_requests(event: &Event, edit: &mut Edit, settings: &Settings) {
    if event.severity() >= Some(Severity::ERROR) {
        return;
    }
    let Some(invocation) = event.invocation() else { return };
    if hash64(&invocation.request_id) % 100 >= settings.percent {
        edit.drop();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_guest::testing::{Harness, TestEvent, json};

    use super::*;

    fn kept(percent: u64, event: impl Fn(&str) -> TestEvent) -> usize {
        let mut transform = Harness::<sample_requests>::new(json!({"percent": percent})).unwrap();
        let events: Vec<_> = (0..1_000).map(|id| event(&format!("request-{id}"))).collect();
        transform.run(&events).iter().filter(|edits| edits.is_empty()).count()
    }

    #[test]
    fn about_as_many_requests_are_kept_as_asked_for() {
        let line = |id: &str| TestEvent::function("line").request(id);
        assert!((70..130).contains(&kept(10, line)), "{}", kept(10, line));
        assert_eq!((kept(0, line), kept(100, line)), (0, 1_000));
    }

    #[test]
    fn errors_and_lines_of_no_request_are_kept() {
        assert_eq!(kept(0, |id| TestEvent::function("line").request(id).severity(Severity::ERROR)), 1_000);
        assert_eq!(kept(0, |_| TestEvent::function("line")), 1_000);
    }

    #[test]
    fn lines_of_a_request_share_its_fate() {
        let mut transform = Harness::<sample_requests>::new(json!({"percent": 50})).unwrap();
        let line = |text: &str, id: &str| TestEvent::function(text).request(id);
        let edits = transform.run(&[line("a", "one"), line("b", "two"), line("c", "one"), line("d", "two")]);
        assert_eq!((&edits[0], &edits[1]), (&edits[2], &edits[3]));
    }
}
