//! What of a record goes into `message` and `record`.
//!
//! A store refuses a document for a record that it cannot parse or index, so records are vouched for by what was read of
//! them. Whatever does not pass is shipped all the same, as text: the JSON text of the record becomes the `message`. That
//! is the lot of text that is no JSON, of nesting beyond 100, of numbers beyond a 64-bit float, of keys that an object has
//! twice, and of values too long to be a term of the index. Half a surrogate pair becomes U+FFFD in place.

use std::borrow::Cow;

use memchr::memchr;

use super::put_text;
use crate::body::blank_controls;
use crate::json;
use crate::reading::{Form, Reading};

/// A record, sorted into fields.
pub(super) struct Content<'r> {
    /// With what surrounds it.
    text: &'r str,
    pub(super) reading: &'r Reading,
}

impl<'r> Content<'r> {
    pub(super) fn of(text: &'r str, reading: &'r Reading) -> Self {
        Self { text, reading }
    }

    fn record(&self) -> &'r str {
        self.text.trim_ascii()
    }

    /// The text to show if there is no room for all: the message, else the record.
    pub(super) fn text(&self) -> Cow<'r, str> {
        let token = self.message();
        token.and_then(json::text).unwrap_or(Cow::Borrowed(self.record()))
    }

    /// Puts `message` and `record`.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        if self.reading.form == Form::Unfit {
            return put_text(r#","message":""#, self.record(), out);
        }
        if let Some(message) = self.message() {
            out.extend_from_slice(br#","message":"#);
            self.copy(message, out);
        }
        match self.reading.form {
            Form::Object => {
                out.extend_from_slice(br#","record":"#);
                self.copy_tokens(self.record(), out);
            }
            Form::Value => {
                out.extend_from_slice(br#","record":{"value":"#);
                self.copy_tokens(self.record(), out);
                out.push(b'}');
            }
            _ => {}
        }
    }

    /// The string token of the message, of records known to be JSON.
    fn message(&self) -> Option<&'r str> {
        match self.reading.form {
            Form::Text => Some(self.record()),
            Form::Object => self.reading.message().and_then(|span| self.text.get(span)),
            _ => None,
        }
    }

    /// Copies valid JSON. What stands between its tokens may be control bytes; in a string there can be none.
    fn copy_tokens(&self, json: &str, out: &mut Vec<u8>) {
        let start = out.len();
        self.copy(json, out);
        blank_controls(&mut out[start..]);
    }

    fn copy(&self, json: &str, out: &mut Vec<u8>) {
        if self.reading.lone_surrogate { mend(json, out) } else { out.extend_from_slice(json.as_bytes()) }
    }
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
