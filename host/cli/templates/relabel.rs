//! Gives every event a label with the team that owns it, and one with the status of its order.

use serde::Deserialize;
use telesieve_guest::{Column, Edit, Event, SettingError, Setup, transform};

/// `[transform.settings]` in telesieve.toml.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    team: String,
    /// Where the status stands in a record.
    status: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            team: "shop".to_owned(),
            status: "order.status".to_owned(),
        }
    }
}

/// What the transform works with.
struct Labels {
    team: String,
    status: Column,
}

/// Runs once. The host sends columns along with every batch, so that no record has to be read.
fn setup(settings: Settings, setup: &mut Setup) -> Result<Labels, SettingError> {
    if settings.team.is_empty() {
        setup.reject("team", "expected a name, found nothing");
    }
    Ok(Labels {
        team: settings.team,
        status: setup.column(&settings.status),
    })
}

/// Runs for every event.
#[transform(kind = "relabel", setup = setup)]
fn {function}(event: &Event, edit: &mut Edit, labels: &Labels) {
    edit.label("team", &labels.team);
    if let Some(status) = event.column(labels.status) {
        edit.label("status", status);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use telesieve_guest::testing::{Harness, TestEvent, json};

    #[test]
    fn events_are_labelled() {
        let mut transform = Harness::<{function}>::new(json!({})).unwrap();
        let edits = transform.run(&[
            TestEvent::function("started"),
            TestEvent::function(json!({"message": "order paid", "order": {"status": "paid"}})),
        ]);
        assert_eq!(
            edits,
            [
                vec!["label team=shop"],
                vec!["label team=shop", "label status=paid"]
            ]
        );
    }

    #[test]
    fn settings_are_checked() {
        let faults = Harness::<{function}>::new(json!({"team": ""}))
            .err()
            .unwrap();
        assert_eq!(
            faults[0].to_string(),
            "team: expected a name, found nothing"
        );
    }
}
