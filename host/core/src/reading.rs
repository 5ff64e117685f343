//! A record and what was found out about it.
//!
//! Transforms ask for the severity of a record and documents for all that loggers put into it. Both come from one strict
//! pass over the record. It runs when the first one asks, and what it found stays with the text for as long as nobody
//! changes that: a record that was edited is another one. A record that looks like one of those before it needs less
//! than a pass: see `layouts`.

mod layouts;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::ops::{Deref, Range};

use crate::json::{self, Findings, Member, Stack};
#[cfg(doc)]
use crate::record::Name;
use crate::record::{self, Collector, Severity};
use crate::shape::Shape;

use layouts::Layouts;

/// Nesting that every JSON parser in reach accepts, one level of our own included.
const MAX_DEPTH: usize = 100;

/// Bytes of a value with its path. Lucene ends at 32,766.
const MAX_LEAF: usize = 32_000;

/// The JSON text of a record, which it dereferences to. Made of `&str` and `String` by `into`.
#[derive(Clone)]
pub struct Record<'b> {
    text: Cow<'b, str>,
    reading: OnceCell<Reading>,
}

impl Record<'_> {
    /// The text alone.
    #[must_use]
    pub fn into_owned(self) -> String {
        self.text.into_owned()
    }
}

impl Deref for Record<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl<'b> From<&'b str> for Record<'b> {
    fn from(text: &'b str) -> Self {
        Self { text: Cow::Borrowed(text), reading: OnceCell::new() }
    }
}

impl From<String> for Record<'_> {
    fn from(text: String) -> Self {
        Self { text: Cow::Owned(text), reading: OnceCell::new() }
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Record<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Reads records. Keeps its memory from one to the next, and what the latest ones looked like.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    stack: Stack,
    layouts: Layouts,
}

impl Reader {
    /// How severe the record is; see [`severity()`](crate::record::severity()).
    #[must_use]
    pub fn severity(&mut self, record: &Record<'_>) -> Option<Severity> {
        self.read(record).severity()
    }

    pub(crate) fn read<'r>(&mut self, record: &'r Record<'_>) -> &'r Reading {
        record.reading.get_or_init(|| Reading::of(&record.text, self, |_| {}))
    }

    /// Reads a record that nobody has read yet, and calls `visit` for each of its members whose key is known by a [`Name`].
    /// `false` if it is broken or was read before: then `visit` may have been called for some members, or for none.
    pub(crate) fn visit<'r>(&mut self, record: &'r Record<'_>, visit: impl FnMut(&Member<'r>)) -> bool {
        let reading = Reading::of(&record.text, self, visit);
        let whole = reading.whole;
        record.reading.set(reading).is_ok() && whole
    }
}

/// What one pass over a record found.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) form: Form,
    /// Half of a surrogate pair is in there.
    pub(crate) lone_surrogate: bool,
    /// It is valid JSON.
    whole: bool,
    /// Number of the severity, 0 if there is none. A number alone, because every event is moved around with it.
    severity: u8,
    message: Span,
    request_id: Span,
    trace_id: Span,
    span_id: Span,
}

/// The place of a string token, or none.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: u32,
    /// 0 if there is none.
    end: u32,
}

impl Span {
    /// Of a place that counts from byte `from` on.
    fn of(place: Option<Range<usize>>, from: usize) -> Self {
        let number = |at: usize| u32::try_from(from + at).ok();
        let span = place.and_then(|place| Some(Self { start: number(place.start)?, end: number(place.end)? }));
        span.unwrap_or_default()
    }

    fn range(self) -> Option<Range<usize>> {
        (self.end > 0).then_some(self.start as usize..self.end as usize)
    }

    /// The text of the token.
    fn text(self, record: &str) -> Option<Cow<'_, str>> {
        json::text(record.get(self.range()?)?)
    }
}

/// What a store can do with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
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

impl Reading {
    fn of<'r>(text: &'r str, reader: &mut Reader, visit: impl FnMut(&Member<'r>)) -> Self {
        let start = text.len() - text.trim_ascii_start().len();
        let record = text.trim_ascii();
        match Shape::of(record) {
            Shape::Text => Self::of_text(record, start),
            shape => Self::of_other(record, start, shape, reader, visit),
        }
    }

    fn of_text(record: &str, start: usize) -> Self {
        let lone_surrogate = json::string_token(record);
        Self {
            form: if lone_surrogate.is_some() { Form::Text } else { Form::Unfit },
            lone_surrogate: lone_surrogate.unwrap_or(false),
            whole: lone_surrogate.is_some(),
            severity: record::text_severity(record).map_or(0, |severity| severity.number),
            message: Span::of(Some(0..record.len()), start),
            request_id: Span::default(),
            trace_id: Span::default(),
            span_id: Span::default(),
        }
    }

    fn of_other<'r>(
        record: &'r str,
        start: usize,
        shape: Shape,
        reader: &mut Reader,
        mut visit: impl FnMut(&Member<'r>),
    ) -> Self {
        let mut collector = Collector::default();
        let found = reader.layouts.inspect(record, &mut reader.stack, |name, member| {
            visit(member);
            collector.take(name, member);
        });
        Self {
            form: found.as_ref().map_or_else(|| broken(record), |found| form(shape, found)),
            lone_surrogate: found.as_ref().is_some_and(|found| found.lone_surrogate),
            whole: found.is_some(),
            severity: collector.severity.map_or(0, |severity| severity.number),
            message: Span::of(collector.message(), start),
            request_id: Span::of(collector.request_id, start),
            trace_id: Span::of(collector.trace_id, start),
            span_id: Span::of(collector.span_id, start),
        }
    }

    /// How severe the record is.
    pub(crate) fn severity(&self) -> Option<Severity> {
        Severity::of(self.severity)
    }

    /// Where the string token of the message stands.
    pub(crate) fn message(&self) -> Option<Range<usize>> {
        self.message.range()
    }

    /// The request that the record names.
    pub(crate) fn request_id<'r>(&self, record: &'r str) -> Option<Cow<'r, str>> {
        self.request_id.text(record)
    }

    /// The trace that the record names.
    pub(crate) fn trace_id<'r>(&self, record: &'r str) -> Option<Cow<'r, str>> {
        self.trace_id.text(record)
    }

    /// The span that the record names.
    pub(crate) fn span_id<'r>(&self, record: &'r str) -> Option<Cow<'r, str>> {
        self.span_id.text(record)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_once_and_an_edited_one_again() {
        let mut reader = Reader::default();
        let record = Record::from(r#"{"level":"warn"}"#);
        assert!(record.reading.get().is_none());
        assert_eq!(reader.severity(&record).map(|found| found.text), Some("WARN"));
        assert!(record.clone().reading.get().is_some());
        let edited = Record::from(record.replace("warn", "error"));
        assert_eq!(reader.severity(&edited).map(|found| found.text), Some("ERROR"));
    }

    #[test]
    fn places_count_from_the_start_of_the_text() {
        let record = Record::from(r#"  {"message":"x"} "#);
        let message = Reader::default().read(&record).message();
        assert_eq!(message.map(|span| &record[span]), Some("\"x\""));
    }
}
