//! A record and what was found out about it.
//!
//! Transforms ask for the severity of a record and documents for all that loggers put into it. Both come from one strict
//! pass over the record. It runs when the first one asks, and what it found stays with the text for as long as nobody
//! changes that: a record that was edited is another one.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::ops::{Deref, Range};

use crate::event::Shape;
use crate::json::{Findings, Stack, inspect_members};
use crate::record::{self, Collector, Facts, Severity};

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

/// Reads records. Keeps its memory from one to the next.
#[derive(Clone, Debug, Default)]
pub struct Reader(Stack);

impl Reader {
    /// How severe the record is; see [`severity()`](crate::record::severity()).
    #[must_use]
    pub fn severity(&mut self, record: &Record<'_>) -> Option<Severity> {
        self.read(record).severity
    }

    pub(crate) fn read<'r>(&mut self, record: &'r Record<'_>) -> &'r Reading {
        record.reading.get_or_init(|| Reading::of(&record.text, &mut self.0))
    }
}

/// What one pass over a record found.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) form: Form,
    /// Half of a surrogate pair is in there.
    pub(crate) lone_surrogate: bool,
    pub(crate) severity: Option<Severity>,
    /// Start and end of the string token of the message.
    message: Option<(u32, u32)>,
    /// Few records have any, and every event is moved around with what was read of it.
    ids: Option<Box<Ids>>,
}

/// Ids that a record names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    pub(crate) request: Option<String>,
    pub(crate) trace: Option<String>,
    pub(crate) span: Option<String>,
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
    fn of(text: &str, stack: &mut Stack) -> Self {
        let start = text.len() - text.trim_ascii_start().len();
        let record = text.trim_ascii();
        let mut collector = Collector::default();
        let found = inspect_members(record, 0, stack, |member| collector.take(&member)).ok();
        let found = found.filter(|found| found.end == record.len());
        let shape = Shape::of(record);
        let facts = if shape == Shape::Text { record::facts(record) } else { collector.facts() };
        let place = |at: usize| u32::try_from(start + at).ok();
        Self {
            form: found.as_ref().map_or_else(|| broken(record), |found| form(shape, found)),
            lone_surrogate: found.is_some_and(|found| found.lone_surrogate),
            severity: facts.severity,
            message: facts.message.as_ref().and_then(|span| Some((place(span.start)?, place(span.end)?))),
            ids: Ids::of(facts),
        }
    }

    /// Where the string token of the message stands.
    pub(crate) fn message(&self) -> Option<Range<usize>> {
        self.message.map(|(start, end)| start as usize..end as usize)
    }

    /// The ids, if there are any.
    pub(crate) fn ids(&self) -> Option<&Ids> {
        self.ids.as_deref()
    }
}

impl Ids {
    fn of(facts: Facts<'_>) -> Option<Box<Self>> {
        let own = |id: Option<Cow<'_, str>>| id.map(Cow::into_owned);
        let Facts { request_id, trace_id, span_id, .. } = facts;
        if request_id.is_none() && trace_id.is_none() && span_id.is_none() {
            return None;
        }
        Some(Box::new(Self { request: own(request_id), trace: own(trace_id), span: own(span_id) }))
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
