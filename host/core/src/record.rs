//! What loggers put where: the message, the severity and the ids of a record.
//!
//! Loggers agree on nothing, so this is a table of the names in use. One walk over the top level of the record finds
//! all of them; names match without regard to case, and the last of repeated keys wins.

mod severity;

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr2;

use crate::json::{self, Member};

pub use severity::Severity;

/// Everything that one walk finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts<'r> {
    /// See [`message_span`].
    pub message: Option<Range<usize>>,
    /// See [`severity()`].
    pub severity: Option<Severity>,
    /// See [`request_id`].
    pub request_id: Option<Cow<'r, str>>,
    /// See [`trace_id`].
    pub trace_id: Option<Cow<'r, str>>,
    /// See [`span_id`].
    pub span_id: Option<Cow<'r, str>>,
}

/// Where the message stands: the span of a string token, quotes included. That is a text record itself, else the first of
/// `message`, `msg`, `event`, `text`, `log` and `fields.message` that holds text.
#[must_use]
pub fn message_span(record: &str) -> Option<Range<usize>> {
    facts(record).message
}

/// How severe the record is: by `level`, `severity`, `lvl` or `log.level` as a word or a number of pino's, or in text
/// lines by `[WARNING]`, a word between tabs, or `level=warn`.
#[must_use]
pub fn severity(record: &str) -> Option<Severity> {
    facts(record).severity
}

/// The request that a JSON record names, such as `requestId`, `AWSRequestId` or `span.requestId`. Never empty.
#[must_use]
pub fn request_id(record: &str) -> Option<Cow<'_, str>> {
    facts(record).request_id
}

/// The trace that a JSON record names, such as `trace_id`, `traceId` or `dd.trace_id`. Never empty.
#[must_use]
pub fn trace_id(record: &str) -> Option<Cow<'_, str>> {
    facts(record).trace_id
}

/// The span that a JSON record names, such as `span_id` or `tracing.spanId`. Never empty.
#[must_use]
pub fn span_id(record: &str) -> Option<Cow<'_, str>> {
    facts(record).span_id
}

/// Walks over the top level of the record once.
#[must_use]
pub fn facts(record: &str) -> Facts<'_> {
    match record.as_bytes().first() {
        Some(b'"') => text_facts(record),
        Some(b'{') => object_facts(record),
        _ => Facts::default(),
    }
}

fn text_facts(record: &str) -> Facts<'_> {
    Facts { message: Some(0..record.len()), severity: text_severity(record), ..Facts::default() }
}

/// How severe a string token says that it is.
pub(crate) fn text_severity(token: &str) -> Option<Severity> {
    severity::of_text(token.get(1..token.len().saturating_sub(1)).unwrap_or_default())
}

fn object_facts(record: &str) -> Facts<'_> {
    let mut collector = Collector::default();
    for member in json::members(record) {
        if let Some(name) = Name::of(member.key_raw) {
            collector.take(name, &member);
        }
    }
    let id = |place: Option<Range<usize>>| place.and_then(|place| json::text(&record[place]));
    Facts {
        message: collector.message(),
        severity: collector.severity,
        request_id: id(collector.request_id),
        trace_id: id(collector.trace_id),
        span_id: id(collector.span_id),
    }
}

/// What a key is known as. Messages are in order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    Message,
    Msg,
    Event,
    Text,
    Log,
    Fields,
    Severity,
    RequestId,
    TraceId,
    SpanId,
    Tracing,
    Span,
    /// Says nothing about the record. Of platform records; see `context`.
    InitializationType,
}

impl Name {
    /// Bytes of the longest name.
    const LONGEST: usize = 19;

    pub(crate) fn of(key: &str) -> Option<Self> {
        Self::plain(key).or_else(|| key.contains('\\').then(|| Self::plain(&json::unescape(key)))?)
    }

    fn plain(key: &str) -> Option<Self> {
        // Most keys are none of these by their first letter and their length.
        let first = key.as_bytes().first()? & 31;
        if *FIRST_LETTERS.get(key.len())? & (1 << first) == 0 {
            return None;
        }
        let mut lower = [0; Self::LONGEST];
        let lower = lower.get_mut(..key.len())?;
        lower.copy_from_slice(key.as_bytes());
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"message" => Self::Message,
            b"msg" => Self::Msg,
            b"event" => Self::Event,
            b"text" => Self::Text,
            b"log" => Self::Log,
            b"fields" => Self::Fields,
            b"level" | b"severity" | b"lvl" | b"loglevel" | b"log_level" | b"log.level" | b"severity_text" => {
                Self::Severity
            }
            b"requestid" | b"awsrequestid" | b"aws_request_id" | b"request_id" | b"function_request_id" => {
                Self::RequestId
            }
            b"trace_id" | b"traceid" | b"dd.trace_id" | b"trace.id" | b"xray_trace_id" | b"xraytraceid" => {
                Self::TraceId
            }
            b"span_id" | b"spanid" | b"dd.span_id" | b"span.id" => Self::SpanId,
            b"tracing" => Self::Tracing,
            b"span" => Self::Span,
            b"initializationtype" => Self::InitializationType,
            _ => return None,
        })
    }
}

/// For each length, the first letters of the names of [`Name::plain`] without case.
const FIRST_LETTERS: [u32; Name::LONGEST + 1] = {
    const NAMES: [&str; 31] = [
        "message",
        "msg",
        "event",
        "text",
        "log",
        "fields",
        "level",
        "severity",
        "lvl",
        "loglevel",
        "log_level",
        "log.level",
        "severity_text",
        "requestid",
        "awsrequestid",
        "aws_request_id",
        "request_id",
        "function_request_id",
        "trace_id",
        "traceid",
        "dd.trace_id",
        "trace.id",
        "xray_trace_id",
        "xraytraceid",
        "span_id",
        "spanid",
        "dd.span_id",
        "span.id",
        "tracing",
        "span",
        "initializationtype",
    ];
    let mut letters = [0; Name::LONGEST + 1];
    let mut at = 0;
    while at < NAMES.len() {
        letters[NAMES[at].len()] |= 1 << (NAMES[at].as_bytes()[0] & 31);
        at += 1;
    }
    letters
};

/// Gathers facts from the top-level members of a record, in order. Ids are places of string tokens that are not empty.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    message: Option<(Name, Range<usize>)>,
    pub(crate) severity: Option<Severity>,
    pub(crate) request_id: Option<Range<usize>>,
    pub(crate) trace_id: Option<Range<usize>>,
    pub(crate) span_id: Option<Range<usize>>,
}

impl Collector {
    /// Takes a member whose key is known by that name.
    pub(crate) fn take(&mut self, name: Name, member: &Member<'_>) {
        match name {
            Name::Severity => self.take_severity(member.value),
            Name::RequestId => id(&mut self.request_id, member.value, &member.value_span),
            Name::TraceId => id(&mut self.trace_id, member.value, &member.value_span),
            Name::SpanId => id(&mut self.span_id, member.value, &member.value_span),
            Name::Tracing if usual_tracing(member.value).is_some() => {}
            Name::Tracing => inner_id(&mut self.span_id, member, "spanId"),
            // The record's own id is better.
            Name::Span if self.request_id.is_some() => {}
            Name::InitializationType => {}
            Name::Span => inner_id(&mut self.request_id, member, "requestId"),
            Name::Fields => self.fields(member),
            Name::Log if member.value.starts_with('{') => self.log(member.value),
            _ => self.take_message(name, member.value, member.value_span.clone()),
        }
    }

    pub(crate) fn message(&self) -> Option<Range<usize>> {
        self.message.as_ref().map(|(_, span)| span.clone())
    }

    fn take_message(&mut self, name: Name, value: &str, span: Range<usize>) {
        let better = self.message.as_ref().is_none_or(|(known, _)| name <= *known);
        if better && value.starts_with('"') {
            self.message = Some((name, span));
        }
    }

    fn take_severity(&mut self, value: &str) {
        self.severity = severity::of_value(value).or(self.severity);
    }

    /// `fields.message`, as Rust's `tracing` writes it.
    fn fields(&mut self, member: &Member<'_>) {
        if let Some((value, span)) = inner(member, "message") {
            self.take_message(Name::Fields, value, span);
        }
    }

    /// `{"log":{"level":"warn"}}`, as Elastic's schema has it.
    fn log(&mut self, value: &str) {
        if let Some(level) = json::get(value, "level") {
            self.take_severity(level);
        }
    }
}

/// A member of a member, and its place in the record.
fn inner<'r>(member: &Member<'r>, key: &str) -> Option<(&'r str, Range<usize>)> {
    let start = member.value_span.start;
    let inner = json::members(member.value).filter(|inner| inner.is(key)).last()?;
    Some((inner.value, start + inner.value_span.start..start + inner.value_span.end))
}

/// `span.requestId`, as Rust's runtime has it, or `tracing.spanId` of platform records.
fn inner_id(slot: &mut Option<Range<usize>>, member: &Member<'_>, key: &str) {
    if let Some((value, span)) = inner(member, key) {
        id(slot, value, &span);
    }
}

/// The header in the tracing of a platform record that has nothing else, as most have. Nothing in it is escaped.
pub(crate) fn usual_tracing(value: &str) -> Option<&str> {
    let header = value.strip_prefix(r#"{"type":"X-Amzn-Trace-Id","value":""#)?.strip_suffix(r#""}"#)?;
    memchr2(b'"', b'\\', header.as_bytes()).is_none().then_some(header)
}

fn id(slot: &mut Option<Range<usize>>, value: &str, span: &Range<usize>) {
    if value.len() > 2 && value.starts_with('"') && value.ends_with('"') {
        *slot = Some(span.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(record: &str) -> Option<&str> {
        message_span(record).map(|span| &record[span])
    }

    #[test]
    fn the_message_is_found_whatever_it_is_called() {
        assert_eq!(message("\"text\\n\""), Some("\"text\\n\""));
        assert_eq!(message(r#"{"event":"e","msg":"m","message":"x"}"#), Some("\"x\""));
        assert_eq!(message(r#"{"msg":"m","event":"e"}"#), Some("\"m\""));
        assert_eq!(message(r#"{"fields":{"message":"slow","n":1},"target":"t"}"#), Some("\"slow\""));
        assert_eq!(message(r#"{"m\u0065ssage":"x"}"#), Some("\"x\""));
        assert_eq!(message(r#"{"message":"first","message":"second"}"#), Some("\"second\""));
        assert_eq!(message(r#"{"Message":"x"}"#), Some("\"x\""));
    }

    #[test]
    fn some_records_have_no_message() {
        assert_eq!(message(r#"{"message":{"orderId":1}}"#), None);
        assert_eq!(message(r#"{"a":1}"#), None);
        assert_eq!(message("[1]"), None);
        assert_eq!(message("null"), None);
        assert_eq!(message(""), None);
    }

    #[test]
    fn ids_are_found() {
        assert_eq!(request_id(r#"{"AWSRequestId":"a"}"#).as_deref(), Some("a"));
        assert_eq!(request_id(r#"{"requestId":""}"#), None);
        assert_eq!(trace_id(r#"{"traceId":"1-68b9"}"#).as_deref(), Some("1-68b9"));
        assert_eq!(span_id(r#"{"tracing":{"spanId":"3fa8"}}"#).as_deref(), Some("3fa8"));
        assert_eq!(span_id("\"text\""), None);
    }
}
