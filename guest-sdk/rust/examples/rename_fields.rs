//! Rename to another schema
//!
//! Two loggers write to one index: `msg`, `lvl` and `err` of one become `message`, `level` and `error`, as in the
//! other. The transform never overwrites a field: if a record has both names, it leaves both unchanged.
//!
//! ```toml
//! [[transform]]
//! name = "rename-fields"
//! on_error = "pass"
//!
//! [transform.settings]
//! names = { msg = "message", lvl = "level", err = "error" }   # the default
//! remove = ["pid", "hostname"]                                # none by default
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use telesieve_guest::{Column, Edit, Event, SettingError, Setup, Shape, transform};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    names: BTreeMap<String, String>,
    remove: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let names = [("msg", "message"), ("lvl", "level"), ("err", "error")];
        Self { names: names.map(|(from, to)| (from.to_owned(), to.to_owned())).into(), remove: Vec::new() }
    }
}

struct Renaming {
    from: String,
    to: String,
    old: Column,
    new: Column,
}

struct Schema {
    renamings: Vec<Renaming>,
    remove: Vec<String>,
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<Schema, SettingError> {
    let mut renamings = Vec::new();
    for (from, to) in settings.names {
        if to.is_empty() || to.contains('.') {
            setup.reject(format!("names.{from}"), "expected the name of a field, not a path");
        }
        let parent = from.rsplit_once('.').map_or(String::new(), |(parent, _)| format!("{parent}."));
        let (old, new) = (setup.column(&from), setup.column(&format!("{parent}{to}")));
        renamings.push(Renaming { from, to, old, new });
    }
    Ok(Schema { renamings, remove: settings.remove })
}

#[transform(kind = "relabel", name = "rename-fields", setup = setup)]
fn rename_fields(event: &Event, edit: &mut Edit, schema: &Schema) {
    if event.shape() != Shape::Object {
        return;
    }
    for renaming in &schema.renamings {
        if event.column(renaming.old).is_some() && event.column(renaming.new).is_none() {
            edit.rename(&renaming.from, &renaming.to);
        }
    }
    for path in &schema.remove {
        edit.remove(path);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_guest::testing::{Harness, TestEvent, json};

    use super::*;

    #[test]
    fn fields_get_the_names_of_the_schema() {
        let mut transform = Harness::<rename_fields>::new(json!({"remove": ["pid"]})).unwrap();
        let edits = transform.run(&[
            TestEvent::function(json!({"msg": "a", "lvl": "info", "pid": 1})),
            TestEvent::function(json!({"msg": "a", "message": "b"})),
            TestEvent::function("text"),
        ]);
        assert_eq!(edits[0], ["rename lvl to level", "rename msg to message", "remove pid"]);
        assert_eq!(edits[1], ["remove pid"]);
        assert_eq!(edits[2], [""; 0]);
    }

    #[test]
    fn a_name_is_no_path() {
        let faults = Harness::<rename_fields>::new(json!({"names": {"a": "b.c"}})).err().unwrap();
        assert_eq!(faults[0].path, "names.a");
    }
}
