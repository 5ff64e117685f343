//! Drop health checks
//!
//! Load balancers send health checks all day, and few people read their log lines. The host searches the whole batch
//! for the pattern at once; the transform never sees a text.
//!
//! ```toml
//! [[transform]]
//! name = "drop-health-checks"
//! on_error = "pass"
//!
//! [transform.settings]
//! pattern = "GET /(health|ready)z?( |$)"   # the default
//! ```

use serde::Deserialize;
use telesieve_guest::{Event, Pattern, Place, Recipe, SettingError, Setup, transform};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    pattern: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { pattern: "GET /(health|ready)z?( |$)".to_owned() }
    }
}

struct HealthChecks {
    pattern: Pattern,
    drop: Recipe,
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<HealthChecks, SettingError> {
    let Settings { pattern } = settings;
    setup.kind("function");
    let drop = setup.recipe(|edit| _ = edit.drop());
    Ok(HealthChecks { pattern: setup.pattern(&pattern), drop })
}

#[transform(kind = "filter", name = "drop-health-checks", setup = setup)]
fn drop_health_checks(event: &Event, checks: &HealthChecks) -> Recipe {
    if event.matches(checks.pattern, &Place::Message) { checks.drop } else { Recipe::KEEP }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_guest::testing::{Harness, TestEvent, json};

    use super::*;

    #[test]
    fn health_checks_go_and_everything_else_stays() {
        let mut transform = Harness::<drop_health_checks>::new(json!({})).unwrap();
        let edits = transform.run(&[
            TestEvent::function("10.0.0.1 GET /healthz 200"),
            TestEvent::function(json!({"message": "GET /ready"})),
            TestEvent::function("GET /healthy-recipes 200"),
        ]);
        assert_eq!(edits, [vec!["drop"], vec!["drop"], vec![]]);
    }
}
