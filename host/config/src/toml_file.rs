//! The configuration file: from text to sections, with the place of everything in it.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::load::LOCKED_KEY;
use crate::mistake::{Mistake, Place};
use crate::options::{Draft, OPTIONS, SECTIONS};
use crate::secret::Credential;
use crate::transforms;
use crate::value::Takes;

/// A file's text and the mistakes found in it so far.
pub(crate) struct TomlFile<'t> {
    path: &'t str,
    text: &'t str,
    pub(crate) mistakes: Vec<Mistake>,
    /// Why nothing may leave: something could not be read that may have been a transform.
    pub(crate) closed: Option<String>,
}

impl<'t> TomlFile<'t> {
    pub(crate) fn new(path: &'t str, text: &'t str) -> Self {
        Self { path, text, mistakes: Vec::new(), closed: None }
    }

    /// Reads the whole file into a draft.
    pub(crate) fn read(&mut self, draft: &mut Draft) {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            self.close(at, "", &format!("not valid TOML: {}", error.message()));
        }
        for (key, value) in table.get_ref() {
            self.top_level(key, value, draft);
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
                self.mistake(at, "locked", "expected true or false; taken as true");
            }
            (name, DeValue::Table(table)) if SECTIONS.iter().any(|(section, _)| *section == name) => {
                self.section(name, table, draft);
            }
            ("transform", _) => self.close(at, "transform", "expected tables, written as [[transform]]"),
            (name, _) if name == "keys" || SECTIONS.iter().any(|(section, _)| *section == name) => {
                self.mistake(at, name, &format!("expected a table, written as [{name}]"));
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
                self.mistake(key.span().start, &name, &unknown(key.get_ref(), &keys));
                continue;
            };
            match option.takes.toml(value.get_ref()) {
                Ok(value) => (option.set)(draft, value),
                Err(message) => self.mistake(value.span().start, &name, &message),
            }
        }
    }

    fn keys(&mut self, table: &DeTable<'_>, draft: &mut Draft) {
        for (name, value) in table {
            if draft.locked_keys.contains(name.get_ref().as_ref()) {
                self.mistake(name.span().start, &format!("keys.{}", name.get_ref()), LOCKED_KEY);
                continue;
            }
            match Takes::Credential.toml(value.get_ref()).map(crate::options::text) {
                Ok(text) => {
                    let key = Credential::read(&text).map(|key| (name.get_ref().to_string(), key));
                    draft.config.keys.extend(key);
                }
                Err(message) => self.mistake(value.span().start, &format!("keys.{}", name.get_ref()), &message),
            }
        }
    }

    /// Notes a mistake that stands at a byte of the file.
    pub(crate) fn mistake(&mut self, at: usize, key: &str, message: &str) {
        let place = Place::File { path: self.path.to_owned(), at: Some(line_and_column(self.text, at)) };
        self.mistakes.push(Mistake { place, key: key.to_owned(), message: message.to_owned() });
    }

    /// Notes a mistake behind which a transform may be hidden.
    fn close(&mut self, at: usize, key: &str, message: &str) {
        self.mistake(at, key, &format!("{message}; no event leaves until this is mended, for it may hide a transform"));
        self.closed.get_or_insert_with(|| "the configuration file has mistakes that may hide a transform".to_owned());
    }
}

fn known_sections() -> Vec<&'static str> {
    SECTIONS.iter().map(|(name, _)| *name).chain(["keys", "locked", "transform"]).collect()
}

/// Says that a name is not known, and which one may have been meant.
pub(crate) fn unknown(name: &str, known: &[&str]) -> String {
    let near = known.iter().min_by_key(|word| distance(name, word)).filter(|word| distance(name, word) <= 3);
    match near {
        Some(word) => format!("unknown, did you mean {word}?"),
        None => format!("unknown, expected one of {}", known.join(", ")),
    }
}

/// Edit distance of two short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

pub(crate) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
    (line, column)
}
