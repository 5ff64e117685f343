//! What of a record goes into `message` and `record`.
//!
//! A store refuses a document for a record that it cannot parse or index, so records are vouched for here. Whatever does
//! not pass is shipped all the same, as text: the JSON text of the record becomes the `message`. That is the lot of
//! text that is no JSON, of nesting beyond 100, of numbers beyond a 64-bit float, of keys that an object has twice, and of
//! values too long to be a term of the index. Half a surrogate pair becomes U+FFFD in place.

use std::borrow::Cow;

use memchr::memchr;

use super::put_text;
use crate::event::Shape;
use crate::json::{self, Findings, Stack, inspect_members};
use crate::record::{self, Collector, Facts};

/// Nesting that every JSON parser in reach accepts, one level of our own included.
const MAX_DEPTH: usize = 100;

/// Bytes of a value with its path. Lucene ends at 32,766.
const MAX_LEAF: usize = 32_000;

/// A record, sorted into fields.
pub(super) struct Content<'r> {
    record: &'r str,
    facts: Facts<'r>,
    form: Form,
    lone_surrogate: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `null`, or nothing.
    Nothing,
    /// A valid string token.
    Text,
    /// A fit object.
    Object,
    /// A fit array, number or boolean.
    Value,
    /// To be shipped as text.
    Unfit,
}

impl<'r> Content<'r> {
    pub(super) fn of(record: &'r str, stack: &mut Stack) -> Self {
        let record = record.trim_ascii();
        let mut collector = Collector::default();
        let found = inspect_members(record, 0, stack, |member| collector.take(&member)).ok();
        let found = found.filter(|found| found.end == record.len());
        let shape = Shape::of(record);
        Self {
            record,
            facts: if shape == Shape::Text { record::facts(record) } else { collector.facts() },
            form: found.as_ref().map_or_else(|| broken(record), |found| form(shape, found)),
            lone_surrogate: found.is_some_and(|found| found.lone_surrogate),
        }
    }

    pub(super) fn facts(&self) -> &Facts<'r> {
        &self.facts
    }

    /// The text to show if there is no room for all: the message, else the record.
    pub(super) fn text(&self) -> Cow<'r, str> {
        let token = self.message();
        token.and_then(json::text).unwrap_or(Cow::Borrowed(self.record))
    }

    /// Puts `message` and `record`.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        if self.form == Form::Unfit {
            return put_text(r#","message":""#, self.record, out);
        }
        if let Some(message) = self.message() {
            out.extend_from_slice(br#","message":"#);
            self.copy(message, out);
        }
        match self.form {
            Form::Object => {
                out.extend_from_slice(br#","record":"#);
                self.copy(self.record, out);
            }
            Form::Value => {
                out.extend_from_slice(br#","record":{"value":"#);
                self.copy(self.record, out);
                out.push(b'}');
            }
            _ => {}
        }
    }

    /// The string token of the message, of records known to be JSON.
    fn message(&self) -> Option<&'r str> {
        match self.form {
            Form::Text => Some(self.record),
            Form::Object => self.facts.message.clone().and_then(|span| self.record.get(span)),
            _ => None,
        }
    }

    fn copy(&self, json: &str, out: &mut Vec<u8>) {
        if self.lone_surrogate { mend(json, out) } else { out.extend_from_slice(json.as_bytes()) }
    }
}

fn form(shape: Shape, found: &Findings) -> Form {
    let fit = found.depth <= MAX_DEPTH && !found.huge_number && !found.repeated_key && found.longest_leaf <= MAX_LEAF;
    match shape {
        Shape::Null => Form::Nothing,
        Shape::Text => Form::Text,
        _ if !fit => Form::Unfit,
        Shape::Object => Form::Object,
        Shape::Bool | Shape::Number | Shape::Array => Form::Value,
    }
}

fn broken(record: &str) -> Form {
    if record.is_empty() { Form::Nothing } else { Form::Unfit }
}

/// Copies valid JSON and puts `\ufffd` in place of half surrogate pairs.
fn mend(json: &str, out: &mut Vec<u8>) {
    let mut rest = json.as_bytes();
    while let Some(at) = memchr(b'\\', rest) {
        let (length, whole) = json::surrogates(rest, at).unwrap_or((2, true));
        out.extend_from_slice(if whole { &rest[..at + length] } else { &rest[..at] });
        if !whole {
            out.extend_from_slice(br"\ufffd");
        }
        rest = &rest[at + length..];
    }
    out.extend_from_slice(rest);
}
