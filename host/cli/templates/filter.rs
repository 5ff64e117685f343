//! Drops health checks, and what is less important than the settings say.

use serde::Deserialize;
use telesieve_guest::{Edit, Event, Pattern, Place, SettingError, Setup, Severity, transform};

/// `[transform.settings]` in telesieve.toml.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// `trace`, `debug`, `info`, `warn`, `error` or `fatal`.
    min_level: Severity,
    /// A regular expression.
    health_check: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            min_level: Severity::INFO,
            health_check: "GET /(health|ready)z?".to_owned(),
        }
    }
}

/// What the transform works with.
struct Filter {
    min_level: Severity,
    health_check: Pattern,
}

/// Runs once. The host looks for patterns, natively.
fn setup(settings: Settings, setup: &mut Setup) -> Result<Filter, SettingError> {
    setup.kind("function");
    Ok(Filter {
        min_level: settings.min_level,
        health_check: setup.pattern(&settings.health_check),
    })
}

/// Runs for every event of the function.
#[transform(kind = "filter", setup = setup)]
fn {function}(event: &Event, edit: &mut Edit, filter: &Filter) {
    let unimportant = event
        .severity()
        .is_some_and(|severity| severity < filter.min_level);
    if unimportant || event.matches(filter.health_check, &Place::Message) {
        edit.drop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use telesieve_guest::testing::{Harness, TestEvent, json};

    #[test]
    fn health_checks_and_debug_lines_are_dropped() {
        let mut transform = Harness::<{function}>::new(json!({})).unwrap();
        let edits = transform.run(&[
            TestEvent::function("GET /healthz 200"),
            TestEvent::function(json!({"level": "DEBUG", "message": "cache miss"})),
            TestEvent::function(json!({"level": "INFO", "message": "order paid"})),
        ]);
        assert_eq!(edits, [vec!["drop"], vec!["drop"], vec![]]);
    }

    #[test]
    fn settings_are_checked() {
        let faults = Harness::<{function}>::new(json!({"min_level": "loud"}))
            .err()
            .unwrap();
        assert!(
            faults[0]
                .to_string()
                .starts_with("min_level: expected \"trace\"")
        );
    }
}
