//! Lift a JSON field to a label
//!
//! Dashboards filter by labels. The host sends the field as a column, so the transform reads no record for it. Values
//! that are empty or longer than a label should be stay only in the record.
//!
//! ```toml
//! [[transform]]
//! name = "field-to-label"
//! on_error = "pass"
//!
//! [transform.settings.labels]
//! tenant = "request.tenant"     # label = "path of a field"
//! route = "request.route"
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use telesieve_guest::{Column, Edit, Event, SettingError, Setup, transform};

/// Longer values are ids or texts, and no names.
const LONGEST: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    labels: BTreeMap<String, String>,
}

type Labels = Vec<(String, Column)>;

fn setup(settings: Settings, setup: &mut Setup) -> Result<Labels, SettingError> {
    Ok(settings.labels.into_iter().map(|(label, path)| (label, setup.column(&path))).collect())
}

#[transform(kind = "relabel", name = "field-to-label", setup = setup)]
fn field_to_label(event: &Event, edit: &mut Edit, labels: &Labels) {
    for (label, column) in labels {
        if let Some(value) = event.column(*column).filter(|value| (1..=LONGEST).contains(&value.len())) {
            edit.label(label, value);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_guest::testing::{Harness, TestEvent, json};

    use super::*;

    #[test]
    fn fields_become_labels_if_they_are_short() {
        let settings = json!({"labels": {"tenant": "request.tenant"}});
        let mut transform = Harness::<field_to_label>::new(settings).unwrap();
        let edits = transform.run(&[
            TestEvent::function(json!({"request": {"tenant": "acme"}})),
            TestEvent::function(json!({"request": {"tenant": "x".repeat(65)}})),
            TestEvent::function("text"),
        ]);
        assert_eq!(edits, [vec!["label tenant=acme"], vec![], vec![]]);
    }

    #[test]
    fn labels_are_required() {
        let faults = Harness::<field_to_label>::new(json!({})).err().unwrap();
        assert_eq!(faults[0].to_string(), "missing field `labels`");
    }
}
