//! Events for tests.

use serde_json::Value;

use crate::batch::Shape;
use crate::severity::Severity;

/// An event for a test: kind and record, and whatever else the transform looks at.
#[derive(Clone, Debug)]
pub struct TestEvent {
    pub(crate) kind: String,
    pub(crate) record: String,
    pub(crate) time_ms: u64,
    pub(crate) severity: Option<Severity>,
    pub(crate) request_id: Option<String>,
    pub(crate) cold_start: bool,
    pub(crate) labels: Vec<(String, String)>,
}

impl TestEvent {
    /// An event of any kind. Its severity is that of a `level` in the record, and its invocation that of a `requestId`.
    pub fn new(kind: &str, record: impl Into<Value>) -> Self {
        let record = record.into();
        let text = |name: &str| record.get(name).and_then(Value::as_str);
        Self {
            kind: kind.to_owned(),
            severity: text("level").and_then(Severity::from_name),
            request_id: text("requestId").map(str::to_owned),
            record: record.to_string(),
            time_ms: 0,
            cold_start: false,
            labels: Vec::new(),
        }
    }

    /// A line or record of the function.
    pub fn function(record: impl Into<Value>) -> Self {
        Self::new("function", record)
    }

    /// At this Unix time in milliseconds.
    #[must_use]
    pub fn at(mut self, time_ms: u64) -> Self {
        self.time_ms = time_ms;
        self
    }

    /// As important as this.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// In the invocation with this request id.
    #[must_use]
    pub fn request(mut self, request_id: &str) -> Self {
        self.request_id = Some(request_id.to_owned());
        self
    }

    /// In the first invocation of its sandbox.
    #[must_use]
    pub fn cold_start(mut self) -> Self {
        self.cold_start = true;
        self
    }

    /// With a label of a transform before this one.
    #[must_use]
    pub fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.push((name.to_owned(), value.to_owned()));
        self.labels.sort();
        self
    }

    pub(crate) fn shape(&self) -> Shape {
        match self.record.as_bytes().first() {
            Some(b'"') => Shape::Text,
            Some(b'{') => Shape::Object,
            Some(b'[') => Shape::Array,
            Some(b't' | b'f') => Shape::Bool,
            Some(b'-' | b'0'..=b'9') => Shape::Number,
            _ => Shape::Null,
        }
    }
}

/// Events as the platform posts them: an array of objects with `type` and `record`.
///
/// # Panics
///
/// If the text is something else: a test's events are the test's business.
#[must_use]
#[track_caller]
pub fn parse(events: &str) -> Vec<TestEvent> {
    let events: Vec<Value> = serde_json::from_str(events).expect("events are an array of JSON objects");
    let kind = |event: &Value| event["type"].as_str().unwrap_or_default().to_owned();
    events.iter().map(|event| TestEvent::new(&kind(event), event["record"].clone())).collect()
}
