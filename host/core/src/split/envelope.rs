//! The envelope of an event: the shape that the platform writes, and any other.

use std::borrow::Cow;

use crate::json::{self, Member, inspect, plain_string_end};
use crate::time;

/// One event as it stands in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope<'b> {
    /// The `type`; empty if there is none or if it is no text.
    pub kind: Cow<'b, str>,
    /// The `time` as JSON text; empty if there is none.
    pub time_json: &'b str,
    /// The time as Unix milliseconds, if it can be read: RFC 3339 text, or a number of milliseconds between the years
    /// 1973 and 5138.
    pub time_ms: Option<i64>,
    /// The `record` as JSON text; `null` if there is none. It need not be valid JSON: its quotes and brackets are
    /// balanced, no more.
    pub record: &'b str,
}

/// Reads `{"time":"…","type":"…","record":` at `start`, exactly so; gives the start of the record, too.
pub(super) fn head(body: &str, start: usize) -> Option<(Envelope<'_>, usize)> {
    let bytes = body.as_bytes();
    let time_start = behind(bytes, start, br#"{"time":"#)?;
    let time_end = plain_string_end(bytes, time_start)?;
    let kind_start = behind(bytes, time_end, br#","type":"#)?;
    let kind_end = plain_string_end(bytes, kind_start)?;
    let record_start = behind(bytes, kind_end, br#","record":"#)?;
    let head = Envelope {
        kind: Cow::Borrowed(&body[kind_start + 1..kind_end - 1]),
        time_json: &body[time_start..time_end],
        time_ms: time::parse_rfc3339(&body[time_start + 1..time_end - 1]),
        record: "",
    };
    Some((head, record_start))
}

/// The end of `expected`, if it stands at `at`.
#[inline]
pub(super) fn behind(bytes: &[u8], at: usize, expected: &[u8]) -> Option<usize> {
    bytes.get(at..)?.starts_with(expected).then_some(at + expected.len())
}

/// Reads an event of any other spelling. An object without `type` and `record` is none.
pub(super) fn read(element: &str) -> Option<Envelope<'_>> {
    let mut parts = Parts::default();
    let mut end = 0;
    for member in json::members(element) {
        end = member.value_span.end;
        parts.take(&member);
    }
    let whole = element.get(end..)?.trim_start() == "}";
    parts.envelope().filter(|_| whole)
}

/// Like [`read`], for an element next to a fragment: nothing may be missing, lest a piece of a record pass for an event.
pub(super) fn read_whole(element: &str) -> Option<Envelope<'_>> {
    let mut parts = Parts::default();
    json::members(element).for_each(|member| parts.take(&member));
    let whole = parts.time.is_some() && parts.kind.is_some() && parts.record.is_some();
    parts.envelope().filter(|_| whole)
}

/// What an element is made of; the last of repeated keys.
#[derive(Default)]
struct Parts<'b> {
    kind: Option<&'b str>,
    time: Option<&'b str>,
    record: Option<&'b str>,
}

impl<'b> Parts<'b> {
    fn take(&mut self, member: &Member<'b>) {
        match member.key().as_ref() {
            "type" => self.kind = Some(member.value),
            "time" => self.time = Some(member.value),
            "record" => self.record = Some(member.value),
            _ => {}
        }
    }

    fn envelope(self) -> Option<Envelope<'b>> {
        let kind = self.kind.and_then(json::text);
        if kind.is_none() && self.record.is_none() {
            return None;
        }
        let record = self.record.unwrap_or("null");
        is_plausible(record).then(|| Envelope {
            kind: kind.unwrap_or_default(),
            time_json: self.time.unwrap_or_default(),
            time_ms: self.time.and_then(time_ms),
            record,
        })
    }
}

/// A bare word that is no JSON is a piece of a record that was cut.
#[inline]
pub(super) fn is_plausible(record: &str) -> bool {
    record.starts_with(['"', '{', '[']) || inspect(record, 0).is_ok_and(|found| found.end == record.len())
}

fn time_ms(value: &str) -> Option<i64> {
    const PLAUSIBLE: std::ops::Range<i64> = 100_000_000_000..100_000_000_000_000;
    match json::text(value) {
        Some(text) => time::parse_rfc3339(&text),
        None => value.parse().ok().filter(|ms| PLAUSIBLE.contains(ms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_spelling_is_read() {
        let odd = r#"{"r\u0065cord":"hello","schema":1,"record":"two","type":"function","time":1772439320290}"#;
        let envelope = read(odd).map(|read| (read.kind, read.time_json, read.time_ms, read.record));
        assert_eq!(envelope, Some(("function".into(), "1772439320290", Some(1_772_439_320_290), "\"two\"")));
    }

    #[test]
    fn parts_may_be_missing() {
        assert_eq!(read(r#"{"type":"function"}"#).map(|read| (read.time_json, read.record)), Some(("", "null")));
        assert_eq!(read(r#"{"record":1}"#).map(|read| read.kind), Some("".into()));
        assert_eq!(read(r#"{"type":7,"record":1}"#).map(|read| read.kind), Some("".into()));
    }

    #[test]
    fn other_things_are_no_events() {
        for other in ["{}", r#"{"time":"t"}"#, r#"{"type":7}"#, "[1]", "12", r#"{"type":"a" "record":1}"#] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn implausible_numbers_are_no_times() {
        assert_eq!(time_ms("1772439320"), None);
        assert_eq!(time_ms("1e999"), None);
        assert_eq!(time_ms("-1"), None);
    }
}
