//! Fields by path: their values go whatever they look like.

use telesieve_guest::{Action, Column, Edit, Event, Key, Place, Setup};

use crate::settings::{FieldSettings, Settings, check_path};

/// What is done to fields.
#[derive(Default)]
pub(crate) struct Fields {
    /// Edits that do nothing where the field is missing: in every record.
    everywhere: Vec<(String, Anyway)>,
    /// Edits that must not happen where the field is missing: only where a column says that it is there.
    present: Vec<(Column, Present)>,
}

enum Anyway {
    Hash(Key),
    Mask(u32),
    Truncate(u32),
    Remove,
}

enum Present {
    /// `set` would make a field that is missing.
    Set(String, String),
    Drop,
}

impl Fields {
    pub(crate) fn declare(settings: &Settings, setup: &mut Setup) -> Self {
        let mut fields = Self::default();
        for (at, field) in settings.fields.iter().enumerate() {
            fields.add(settings, field, &format!("fields[{at}]"), setup);
        }
        fields
    }

    fn add(&mut self, settings: &Settings, field: &FieldSettings, place: &str, setup: &mut Setup) {
        check_path(&field.path, &format!("{place}.path"), setup);
        let path = field.path.clone();
        let name = path.rsplit('.').find(|name| !matches!(*name, "*" | "**")).unwrap_or("field");
        match settings.action(name, field.own(), place, setup) {
            Action::Hash(key) => self.everywhere.push((path, Anyway::Hash(key))),
            Action::Mask(keep_last) => self.everywhere.push((path, Anyway::Mask(keep_last))),
            Action::Truncate(keep_first) => self.everywhere.push((path, Anyway::Truncate(keep_first))),
            Action::Remove => self.everywhere.push((path, Anyway::Remove)),
            Action::Replace(text) => self.present.push((setup.column(&path), Present::Set(path, text))),
            Action::DropRecord => self.present.push((setup.column(&path), Present::Drop)),
        }
    }

    /// What is done to every record.
    pub(crate) fn everywhere(&self, edit: &mut Edit) {
        for (path, action) in &self.everywhere {
            match action {
                Anyway::Hash(key) => edit.hash(path, *key),
                Anyway::Mask(keep_last) => edit.mask(path, *keep_last),
                Anyway::Truncate(keep_first) => edit.truncate(&Place::field(path), *keep_first),
                Anyway::Remove => edit.remove(path),
            };
        }
    }

    /// Whether there is more to do to this record.
    pub(crate) fn concern(&self, event: &Event) -> bool {
        self.present.iter().any(|(column, _)| event.column(*column).is_some())
    }

    /// What is done to this record besides.
    pub(crate) fn here(&self, event: &Event, edit: &mut Edit) {
        for (_, action) in self.present.iter().filter(|(column, _)| event.column(*column).is_some()) {
            match action {
                Present::Set(path, text) => edit.set(path, text),
                Present::Drop => edit.drop(),
            };
        }
    }
}
