//! Truncate stack traces
//!
//! The first frames say what happened; the other hundred cost money. A label marks records that were cut, so that
//! readers do not search for the rest.
//!
//! ```toml
//! [[transform]]
//! name = "truncate-stacks"
//! on_error = "pass"
//!
//! [transform.settings]
//! paths = ["stackTrace", "error.stack", "exception.stacktrace"]   # the default
//! max_bytes = 2048                                                # the default
//! ```

use serde::Deserialize;
use telesieve_guest::{Column, Edit, Event, Place, SettingError, Setup, transform};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    paths: Vec<String>,
    max_bytes: u32,
}

impl Default for Settings {
    fn default() -> Self {
        let paths = ["stackTrace", "error.stack", "exception.stacktrace"].map(str::to_owned).to_vec();
        Self { paths, max_bytes: 2_048 }
    }
}

struct Stacks {
    fields: Vec<(Column, Place)>,
    max_bytes: u32,
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<Stacks, SettingError> {
    let Settings { paths, max_bytes } = settings;
    let fields = paths.into_iter().map(|path| (setup.column(&path), Place::field(path))).collect();
    Ok(Stacks { fields, max_bytes })
}

/// A list of frames is cut frame by frame: each is a text of its own.
#[transform(kind = "relabel", name = "truncate-stacks", setup = setup)]
fn truncate_stacks(event: &Event, edit: &mut Edit, stacks: &Stacks) {
    for (column, place) in &stacks.fields {
        if event.column(*column).is_some_and(|stack| stack.len() > stacks.max_bytes as usize) {
            edit.truncate(place, stacks.max_bytes).label("truncated", "stack");
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_guest::testing::{Harness, TestEvent, json};

    use super::*;

    #[test]
    fn long_stacks_are_cut_and_labelled() {
        let mut transform = Harness::<truncate_stacks>::new(json!({"max_bytes": 10})).unwrap();
        let edits = transform.run(&[
            TestEvent::function(json!({"error": {"stack": "at a\nat b\nat c"}})),
            TestEvent::function(json!({"error": {"stack": "at a"}})),
        ]);
        assert_eq!(edits, [vec!["truncate error.stack to 10", "label truncated=stack"], vec![]]);
    }
}
