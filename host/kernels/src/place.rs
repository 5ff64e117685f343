//! Where in a record a kernel works.

use std::borrow::Cow;
use std::ops::Range;

use telesieve_core::{json, record};

use crate::path::Path;
use crate::wrapped::Wrapped;

/// Where in a record a kernel works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Keys and values at every depth.
    Whole,
    /// The text of the message, wherever the logger puts it. Nowhere if the record has none.
    Message,
    /// All fields that a path matches.
    Field(Path),
    /// Keys at every depth, and no values.
    Keys,
}

impl Place {
    /// The values that a record has there, in order.
    pub(crate) fn spans(&self, text: &str, spans: &mut Vec<Range<usize>>) {
        spans.clear();
        match self {
            Self::Whole | Self::Keys => spans.push(0..text.len()),
            Self::Message => spans.extend(record::message_span(text)),
            Self::Field(path) => path.find(text, &mut |found| spans.push(found.value.clone())),
        }
    }
}

/// The text of the first field that matches: decoded text of a string, JSON text of everything else. A text record that
/// holds an object has its fields.
#[must_use]
pub fn text_of_field<'a>(record: &'a str, path: &Path) -> Option<Cow<'a, str>> {
    match Wrapped::in_text(record) {
        Some(wrapped) => field(wrapped.object(), path).map(|text| Cow::Owned(text.into_owned())),
        None => field(record, path),
    }
}

fn field<'a>(record: &'a str, path: &Path) -> Option<Cow<'a, str>> {
    let mut value = None;
    path.find(record, &mut |found| {
        value.get_or_insert(found.value.clone());
    });
    let value = &record[value?];
    Some(json::text(value).unwrap_or(Cow::Borrowed(value)))
}
