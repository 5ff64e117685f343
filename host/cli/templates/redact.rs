//! Takes customer numbers and e-mail addresses out of everything that the function writes.

use serde::Deserialize;
use telesieve_guest::{Action, Edit, Event, Rule, Ruleset, SettingError, Setup, transform};

/// `[transform.settings]` in telesieve.toml.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// A regular expression.
    customer: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            customer: "CUST-[0-9]{6}".to_owned(),
        }
    }
}

/// Runs once. Patterns become automata when the transform is bundled.
fn setup(settings: Settings, setup: &mut Setup) -> Result<Ruleset, SettingError> {
    if settings.customer.is_empty() {
        setup.reject("customer", "expected a pattern, found nothing");
    }
    Ok(setup.ruleset([
        Rule::pattern(
            "customer",
            settings.customer,
            Action::Replace("[customer]".to_owned()),
        ),
        Rule::named("email", Action::Replace("[email]".to_owned())),
    ]))
}

/// Runs for every event. If it fails, the event does not leave: that is what `redact` means.
#[transform(kind = "redact", setup = setup)]
fn {function}(_event: &Event, edit: &mut Edit, rules: &Ruleset) {
    edit.scrub(*rules);
}

#[cfg(test)]
mod tests {
    use super::*;
    use telesieve_guest::testing::{Harness, TestEvent, json};

    #[test]
    fn every_event_is_scrubbed() {
        let mut transform = Harness::<{function}>::new(json!({})).unwrap();
        let edits = transform.run(&[TestEvent::function("order of CUST-123456")]);
        assert_eq!(edits, [["scrub customer, email in whole"]]);
    }

    #[test]
    fn settings_are_checked() {
        let faults = Harness::<{function}>::new(json!({"customer": ""}))
            .err()
            .unwrap();
        assert_eq!(
            faults[0].to_string(),
            "customer: expected a pattern, found nothing"
        );
    }
}
