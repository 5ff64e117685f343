//! From a body to events, without parsing it.

use std::borrow::Cow;

use crate::json::{self, skip_space, value_end};
use crate::time;

/// One event as it stands in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope<'b> {
    /// The `type`; empty if there is none or if it is no text.
    pub kind: Cow<'b, str>,
    /// The `time` as JSON text; empty if there is none.
    pub time_json: &'b str,
    /// The time as Unix milliseconds, if it can be read: RFC 3339 text, or a number of milliseconds.
    pub time_ms: Option<i64>,
    /// The `record` as JSON text; `null` if there is none.
    pub record: &'b str,
}

/// What a body holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split<'b> {
    /// Its events, in order.
    pub envelopes: Vec<Envelope<'b>>,
    /// Elements that could not be used.
    pub malformed: u32,
}

/// Takes a body apart. Linear in its length; never fails.
#[must_use]
pub fn split(body: &str) -> Split<'_> {
    let mut split = Split::default();
    let bytes = body.as_bytes();
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) == Some(&b'[') {
        at += 1;
    }
    loop {
        at = skip_space(bytes, at);
        let Some(end) = value_end(body, at) else { break };
        match read(&body[at..end]) {
            Some(envelope) => split.envelopes.push(envelope),
            None => split.malformed += 1,
        }
        at = skip_space(bytes, end);
        if bytes.get(at) == Some(&b',') {
            at += 1;
        }
    }
    split
}

fn read(element: &str) -> Option<Envelope<'_>> {
    let (mut kind, mut time, mut record) = (None, None, None);
    for member in json::members(element) {
        if member.is("type") {
            kind = json::text(member.value);
        } else if member.is("time") {
            time = Some(member.value);
        } else if member.is("record") {
            record = Some(member.value);
        }
    }
    if kind.is_none() && record.is_none() {
        return None;
    }
    Some(Envelope {
        kind: kind.unwrap_or_default(),
        time_json: time.unwrap_or_default(),
        time_ms: time.and_then(read_time),
        record: record.unwrap_or("null"),
    })
}

fn read_time(value: &str) -> Option<i64> {
    match json::text(value) {
        Some(text) => time::parse_rfc3339(&text),
        None => value.parse().ok(),
    }
}
