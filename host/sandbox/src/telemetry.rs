//! Telemetry events before they are text: how they look depends on the subscriber's schema and the log format.

use serde_json::{Value, json};

use crate::clock;
use crate::options::LogFormat;
use crate::subscription::Subscription;

/// An event on its way to the subscribers.
#[derive(Clone, Debug)]
pub(crate) struct Emitted {
    pub(crate) kind: String,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    /// A record that every schema shares.
    Record { time: String, record: String },
    /// A line that somebody printed.
    Line { time: String, text: String, format: LogFormat },
    /// An event from elsewhere, taken as it is.
    Verbatim(String),
}

impl Emitted {
    /// A platform event of this moment.
    pub(crate) fn platform(kind: &str, record: &Value) -> Self {
        Self::record(&format!("platform.{kind}"), record.to_string())
    }

    /// An event of this moment with a record given as JSON text.
    pub(crate) fn record(kind: &str, record: String) -> Self {
        Self { kind: kind.to_owned(), body: Body::Record { time: clock::now(), record } }
    }

    /// A line that was printed at this moment, without its newline.
    pub(crate) fn line(kind: &str, text: &str, format: LogFormat) -> Self {
        Self { kind: kind.to_owned(), body: Body::Line { time: clock::now(), text: text.to_owned(), format } }
    }

    /// An event as it is. If its kind cannot be told, it is for every subscriber.
    pub(crate) fn verbatim(event: &str) -> Self {
        let parsed: Option<Value> = serde_json::from_str(event).ok();
        let kind = parsed.as_ref().and_then(|event| event["type"].as_str()).unwrap_or_default();
        Self { kind: kind.to_owned(), body: Body::Verbatim(event.to_owned()) }
    }

    /// Whether the event comes from elsewhere.
    pub(crate) fn is_verbatim(&self) -> bool {
        matches!(self.body, Body::Verbatim(_))
    }

    /// The JSON texts that the subscriber gets: one, unless the record is too long for one. The pieces of a JSON
    /// object are not JSON, just as the platform's are not.
    pub(crate) fn render(&self, subscription: &Subscription, cut_at: usize) -> Vec<String> {
        let (time, records) = match &self.body {
            Body::Verbatim(event) => return vec![event.clone()],
            Body::Record { time, record } => (time, pieces(record, cut_at)),
            Body::Line { time, text, format } => (time, line_records(text, time, *format, subscription, cut_at)),
        };
        let envelope = |record| format!(r#"{{"time":"{time}","type":"{}","record":{record}}}"#, self.kind);
        records.into_iter().map(envelope).collect()
    }
}

fn line_records(text: &str, time: &str, format: LogFormat, subscription: &Subscription, cut_at: usize) -> Vec<String> {
    if format == LogFormat::Text {
        let line = format!("{text}\n");
        return pieces(&line, cut_at).into_iter().map(|piece| json!(piece).to_string()).collect();
    }
    let object = object(text, time);
    if subscription.text_only() {
        return pieces(&object, cut_at).into_iter().map(|piece| json!(piece).to_string()).collect();
    }
    pieces(&object, cut_at)
}

/// A line that is a JSON object passes as it is, any other one is wrapped.
fn object(text: &str, time: &str) -> String {
    let text = text.trim();
    if text.starts_with('{') && text.ends_with('}') {
        return text.to_owned();
    }
    json!({ "timestamp": time, "level": "INFO", "message": text }).to_string()
}

/// Cuts text into pieces of at most so many bytes.
fn pieces(text: &str, cut_at: usize) -> Vec<String> {
    let mut rest = text;
    let mut pieces = Vec::new();
    while rest.len() > cut_at {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(cut_at));
        pieces.push(piece.to_owned());
        rest = after;
    }
    pieces.push(rest.to_owned());
    pieces
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::subscription::Destination;

    fn subscription(schema: &str) -> Subscription {
        Subscription {
            schema: schema.to_owned(),
            types: vec!["function".to_owned()],
            max_items: 1_000,
            max_bytes: 262_144,
            timeout: Duration::from_millis(25),
            destination: Destination::Tcp { port: 1 },
        }
    }

    fn records(text: &str, format: LogFormat, schema: &str, cut_at: usize) -> Vec<String> {
        line_records(text, "2026-03-02T08:15:20.101Z", format, &subscription(schema), cut_at)
    }

    #[test]
    fn text_keeps_its_newline() {
        assert_eq!(records("hello", LogFormat::Text, "2025-01-29", 99), [r#""hello\n""#]);
    }

    #[test]
    fn json_format_wraps_plain_lines_and_passes_objects() {
        let wrapped = r#"{"level":"INFO","message":"hello","timestamp":"2026-03-02T08:15:20.101Z"}"#;
        assert_eq!(records("hello", LogFormat::Json, "2025-01-29", 999), [wrapped]);
        assert_eq!(records(r#"{"a":1}"#, LogFormat::Json, "2022-12-13", 99), [r#"{"a":1}"#]);
    }

    #[test]
    fn the_oldest_schema_knows_strings_only() {
        assert_eq!(records(r#"{"a":1}"#, LogFormat::Json, "2022-07-01", 99), [r#""{\"a\":1}""#]);
    }

    #[test]
    fn long_records_are_cut() {
        assert_eq!(records(r#"{"a":"bcdef"}"#, LogFormat::Json, "2025-01-29", 8), [r#"{"a":"bc"#, r#"def"}"#]);
        assert_eq!(records("äää", LogFormat::Text, "2025-01-29", 3), [r#""ä""#, r#""ä""#, r#""ä\n""#]);
    }

    #[test]
    fn kinds_of_foreign_events_are_read() {
        assert_eq!(Emitted::verbatim(r#"{"type":"platform.start"}"#).kind, "platform.start");
        assert_eq!(Emitted::verbatim("[broken").kind, "");
    }
}
