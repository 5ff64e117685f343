//! A configuration file while it is read: its text, and the errors in it with their places.

use crate::config_error::{ConfigError, Place};

/// A file's text and the errors found in it so far.
pub(crate) struct TomlFile<'t> {
    path: &'t str,
    pub(crate) text: &'t str,
    pub(crate) errors: Vec<ConfigError>,
    /// Why nothing may leave: something could not be read that may have been a transform.
    pub(crate) closed: Option<String>,
}

impl<'t> TomlFile<'t> {
    pub(crate) fn new(path: &'t str, text: &'t str) -> Self {
        Self { path, text, errors: Vec::new(), closed: None }
    }

    /// Records an error at a byte of the file.
    pub(crate) fn error(&mut self, at: usize, key: &str, message: &str) {
        let place = Place::File { path: self.path.to_owned(), at: Some(line_and_column(self.text, at)) };
        self.errors.push(ConfigError { place, key: key.to_owned(), message: message.to_owned() });
    }

    /// Records an error that may hide a transform.
    pub(crate) fn close(&mut self, at: usize, key: &str, message: &str) {
        self.error(
            at,
            key,
            &format!("{message}; all events are dropped until this is fixed, because it may hide a transform"),
        );
        self.closed.get_or_insert_with(|| "the configuration file has errors that may hide a transform".to_owned());
    }
}

pub(crate) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
    (line, column)
}
