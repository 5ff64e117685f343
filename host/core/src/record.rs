//! What loggers put where: the message, the severity and the ids of a record.
//!
//! Loggers agree on nothing, so this is a table of the names in use. One walk over the top level of the record finds
//! all of them; names match without regard to case, and the last of repeated keys wins.

mod severity;

use std::borrow::Cow;
use std::ops::Range;

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

/// The request that a JSON record names, such as `requestId` or `AWSRequestId`. Never empty.
#[must_use]
pub fn request_id(record: &str) -> Option<Cow<'_, str>> {
    facts(record).request_id
}

/// The trace that a JSON record names: `trace_id`, `traceId`, `dd.trace_id`, `xrayTraceId`. Never empty.
#[must_use]
pub fn trace_id(record: &str) -> Option<Cow<'_, str>> {
    facts(record).trace_id
}

/// The span that a JSON record names: `span_id`, `spanId`, `dd.span_id`. Never empty.
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
    let raw = record.get(1..record.len().saturating_sub(1)).unwrap_or_default();
    Facts { message: Some(0..record.len()), severity: severity::of_text(raw), ..Facts::default() }
}

fn object_facts(record: &str) -> Facts<'_> {
    let mut walk = Walk::default();
    for member in json::members(record) {
        if let Some(name) = Name::of(member.key_raw) {
            walk.take(name, &member);
        }
    }
    walk.facts.message = walk.message.map(|(_, span)| span);
    walk.facts
}

/// What a key is known as. Messages are in order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
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
}

impl Name {
    fn of(key: &str) -> Option<Self> {
        const NAMES: [(&str, Name); 26] = [
            ("message", Name::Message),
            ("msg", Name::Msg),
            ("event", Name::Event),
            ("text", Name::Text),
            ("log", Name::Log),
            ("fields", Name::Fields),
            ("level", Name::Severity),
            ("severity", Name::Severity),
            ("lvl", Name::Severity),
            ("log.level", Name::Severity),
            ("loglevel", Name::Severity),
            ("severity_text", Name::Severity),
            ("requestId", Name::RequestId),
            ("AWSRequestId", Name::RequestId),
            ("aws_request_id", Name::RequestId),
            ("request_id", Name::RequestId),
            ("awsRequestId", Name::RequestId),
            ("function_request_id", Name::RequestId),
            ("trace_id", Name::TraceId),
            ("traceId", Name::TraceId),
            ("dd.trace_id", Name::TraceId),
            ("xray_trace_id", Name::TraceId),
            ("xrayTraceId", Name::TraceId),
            ("span_id", Name::SpanId),
            ("spanId", Name::SpanId),
            ("tracing", Name::Tracing),
        ];
        if key.contains('\\') {
            return Self::of(&json::unescape(key)).filter(|_| !key.contains(r"\\"));
        }
        if !(3..=19).contains(&key.len()) {
            return None;
        }
        NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, known)| *known)
    }
}

#[derive(Default)]
struct Walk<'r> {
    facts: Facts<'r>,
    message: Option<(Name, Range<usize>)>,
}

impl<'r> Walk<'r> {
    fn take(&mut self, name: Name, member: &Member<'r>) {
        match name {
            Name::Severity => self.severity(member.value),
            Name::RequestId => id(&mut self.facts.request_id, member.value),
            Name::TraceId => id(&mut self.facts.trace_id, member.value),
            Name::SpanId => id(&mut self.facts.span_id, member.value),
            Name::Tracing => self.tracing(member.value),
            Name::Fields => self.fields(member),
            Name::Log if member.value.starts_with('{') => self.log(member.value),
            _ => self.message(name, member.value, member.value_span.clone()),
        }
    }

    fn message(&mut self, name: Name, value: &str, span: Range<usize>) {
        let better = self.message.as_ref().is_none_or(|(known, _)| name <= *known);
        if better && value.starts_with('"') {
            self.message = Some((name, span));
        }
    }

    fn severity(&mut self, value: &str) {
        self.facts.severity = severity::of_value(value).or(self.facts.severity);
    }

    /// `fields.message`, as Rust's `tracing` writes it.
    fn fields(&mut self, member: &Member<'r>) {
        let start = member.value_span.start;
        let inner = json::members(member.value).filter(|inner| inner.is("message")).last();
        if let Some(inner) = inner {
            self.message(Name::Fields, inner.value, start + inner.value_span.start..start + inner.value_span.end);
        }
    }

    /// `{"log":{"level":"warn"}}`, as Elastic's schema has it.
    fn log(&mut self, value: &'r str) {
        if let Some(level) = json::get(value, "level") {
            self.severity(level);
        }
    }

    /// The tracing of a platform record.
    fn tracing(&mut self, value: &'r str) {
        if let Some(span) = json::get(value, "spanId") {
            id(&mut self.facts.span_id, span);
        }
    }
}

fn id<'r>(slot: &mut Option<Cow<'r, str>>, value: &'r str) {
    if let Some(text) = json::text(value).filter(|text| !text.is_empty()) {
        *slot = Some(text);
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
