//! The configuration file: from text to sections and their keys.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::options::{Draft, OPTIONS, SECTIONS};
use crate::secret::Credential;
use crate::toml_file::TomlFile;
use crate::transforms;
use crate::unknown::unknown;
use crate::value::Takes;

/// What becomes of a key that the layer holds already.
pub(crate) const LOCKED_KEY: &str = "the layer's configuration is locked and already defines this key";

impl TomlFile<'_> {
    /// Reads the whole file into a draft.
    pub(crate) fn read(&mut self, draft: &mut Draft) {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        // `[[transforms]]` and then `[transform.settings]`: the second one and all keys that repeat are consequences.
        let is_misspelled = table.get_ref().contains_key("transforms");
        for error in errors.iter().filter(|error| !(is_misspelled && error.message().contains("duplicate key"))) {
            let at = error.span().map_or(0, |span| span.start);
            self.close(at, "", &format!("not valid TOML: {}", error.message()));
        }
        for (key, value) in table.get_ref() {
            if !(is_misspelled && key.get_ref() == "transform") {
                self.top_level(key, value, draft);
            }
        }
    }

    fn top_level(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>, draft: &mut Draft) {
        let at = key.span().start;
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("transform", DeValue::Array(tables)) => {
                let mut names: BTreeSet<_> = draft.config.transforms.iter().map(|other| other.name.clone()).collect();
                for table in tables {
                    let transform = transforms::read(self, table, &mut names);
                    draft.config.transforms.push(transform);
                }
            }
            ("keys", DeValue::Table(keys)) => self.keys(keys, draft),
            ("locked", DeValue::Boolean(locked)) => draft.config.locked |= locked,
            ("locked", _) => {
                draft.config.locked = true;
                self.error(at, "locked", "expected true or false; assuming true");
            }
            (name, DeValue::Table(table)) if SECTIONS.iter().any(|(section, _)| *section == name) => {
                self.section(name, table, draft);
            }
            ("transform", _) => self.close(at, "transform", "expected tables, written as [[transform]]"),
            (name, _) if name == "keys" || SECTIONS.iter().any(|(section, _)| *section == name) => {
                self.error(at, name, &format!("expected a table, written as [{name}]"));
            }
            (name, _) => self.close(at, name, &unknown(name, &known_sections())),
        }
    }

    fn section(&mut self, section: &str, table: &DeTable<'_>, draft: &mut Draft) {
        for (key, value) in table {
            let name = format!("{section}.{}", key.get_ref());
            let found = OPTIONS.iter().find(|option| option.section == section && option.key == key.get_ref());
            let Some(option) = found else {
                let keys: Vec<&str> = OPTIONS.iter().filter(|o| o.section == section).map(|o| o.key).collect();
                self.error(key.span().start, &name, &unknown(key.get_ref(), &keys));
                continue;
            };
            if let Err(message) = draft.apply(option, option.takes.toml(value.get_ref())) {
                self.error(value.span().start, &name, &message);
            }
        }
    }

    fn keys(&mut self, table: &DeTable<'_>, draft: &mut Draft) {
        for (name, value) in table {
            if draft.locked_keys.contains(name.get_ref().as_ref()) {
                self.error(name.span().start, &format!("keys.{}", name.get_ref()), LOCKED_KEY);
                continue;
            }
            match Takes::Credential.toml(value.get_ref()).map(crate::options::text) {
                Ok(text) => {
                    let key = Credential::read(&text).map(|key| (name.get_ref().to_string(), key));
                    draft.config.keys.extend(key);
                }
                Err(message) => self.error(value.span().start, &format!("keys.{}", name.get_ref()), &message),
            }
        }
    }
}

fn known_sections() -> Vec<&'static str> {
    SECTIONS.iter().map(|(name, _)| *name).chain(["keys", "locked", "transform"]).collect()
}
