//! How a document looks: two lines of a bulk request for each event.
//!
//! The first line is the action: `create`, with an id made of sandbox and sequence number, so that what is delivered
//! twice is stored once (P7). The second one is the document, with flat, dotted keys in OpenTelemetry's names:
//!
//! | field | from |
//! |---|---|
//! | `@timestamp` | the event's time, else the time of receipt |
//! | `event.time` | the event's time as it was, as text, where `@timestamp` is not the same; `invalid` if it is none |
//! | `type` | the kind, or `invalid` if it is not made like one |
//! | `message` | a text record, or the message of an object |
//! | `record` | an object record; arrays, numbers and booleans as `{"value":…}` |
//! | `severity_text`, `severity_number`, `trace_id`, `span_id` | the record; the trace also from the invocation |
//! | `faas.invocation_id`, `faas.coldstart` | the invocation |
//! | `labels` | an object of the labels that transforms gave |
//! | `event.id` | the id again, for stores that refuse ids |
//! | `event.truncated` | `true` if something had to be left out |
//! | `faas.name`, `faas.version`, `cloud.*`, `telesieve.sandbox` | the same for all |
//!
//! Every line is valid JSON without control bytes, whatever the record is; `content` says what becomes of odd ones.

mod content;

use std::borrow::Cow;
use std::rc::Rc;

use crate::event::{Event, Invocation, Kind, Labels, Released};
use crate::form::{is_kind, is_short_time, is_time};
use crate::identity::{FunctionIdentity, SandboxId};
use crate::reading::Reader;
use crate::{json, time};

use content::Content;

/// What comes between index and id.
const ACTION_ID: &[u8] = br#","_id":""#;

/// What comes between action and document, up to the time.
const DOCUMENT: &[u8] = b"}}\n{\"@timestamp\":";

/// What of that belongs to the document.
const DOCUMENT_START: usize = br#"{"@timestamp":"#.len();

/// Kinds to remember. The platform has some fifteen.
const KINDS: usize = 16;

/// Replaces a kind or a time that does not have the form of one; see `form`.
const INVALID: &str = "invalid";

/// Bytes of ids and odd times that are shown.
const SHORT: usize = 256;

/// Renders events for `_bulk`. What is the same for all of them is rendered once, and what is the same for many is kept
/// from one to the next.
#[derive(Clone, Debug)]
pub struct Renderer {
    /// `{"create":{"_index":"…","_id":"` and the sandbox id and a dash, or all of it without ids.
    action: Vec<u8>,
    with_ids: bool,
    /// The sandbox id and a dash.
    id_prefix: Vec<u8>,
    /// Kinds, and `,"type":"…","event.id":"…-` of each.
    kinds: Vec<(String, Vec<u8>)>,
    /// `,"faas.name":"…",…}`
    constant: Vec<u8>,
    max_document_bytes: usize,
    invocation: Kept<Invocation>,
    trace: Kept<Invocation>,
    labels: Kept<Labels>,
    reader: Reader,
}

impl Renderer {
    /// Default of `max_document_bytes`: 1 MiB.
    pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

    /// For one function, one sandbox and one index or data stream. Documents of more than `max_document_bytes` are cut.
    #[must_use]
    pub fn new(function: &FunctionIdentity, sandbox: &SandboxId, index: &str, max_document_bytes: usize) -> Self {
        let mut action = Vec::new();
        put_text(r#"{"create":{"_index":""#, index, &mut action);
        let id_prefix = format!("{sandbox}-").into_bytes();
        action.extend_from_slice(ACTION_ID);
        action.extend_from_slice(&id_prefix);
        Self {
            action,
            with_ids: true,
            id_prefix,
            kinds: Vec::new(),
            constant: constant(function, sandbox),
            max_document_bytes,
            invocation: Kept::default(),
            trace: Kept::default(),
            labels: Kept::default(),
            reader: Reader::default(),
        }
    }

    /// Leaves ids out of actions, for stores that refuse them: what is delivered twice is then stored twice.
    #[must_use]
    pub fn without_ids(mut self) -> Self {
        let id = if self.with_ids { ACTION_ID.len() + self.id_prefix.len() } else { 0 };
        self.action.truncate(self.action.len() - id);
        self.with_ids = false;
        self
    }

    /// Appends the two lines of an event. `received_ms`, Unix milliseconds, stands in for a time that cannot be read.
    pub fn render(&mut self, released: &Released<'_>, received_ms: i64, out: &mut Vec<u8>) {
        let event = released.event();
        let content = Content::of(&event.record, self.reader.read(&event.record));
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(event.sequence);
        out.reserve(2 * event.record.len() + 512);
        out.extend_from_slice(&self.action);
        if self.with_ids {
            out.extend_from_slice(digits.as_bytes());
            out.push(b'"');
        }
        out.extend_from_slice(DOCUMENT);
        let start = out.len() - DOCUMENT_START;
        self.document(event, digits, received_ms, &content, out);
        if out.len() - start > self.max_document_bytes {
            out.truncate(start + DOCUMENT_START);
            self.cut_document(event, digits, received_ms, &content, out);
        }
        out.push(b'\n');
    }

    fn document(
        &mut self,
        event: &Event<'_>,
        digits: &str,
        received_ms: i64,
        content: &Content<'_>,
        out: &mut Vec<u8>,
    ) {
        self.head(event, digits, received_ms, content, out);
        self.labels.put(&event.labels, labels, out);
        content.put(out);
        out.extend_from_slice(&self.constant);
    }

    /// As much of the message as there is room for, and no record. Labels give way if nothing else helps.
    fn cut_document(
        &mut self,
        event: &Event<'_>,
        digits: &str,
        received_ms: i64,
        content: &Content<'_>,
        out: &mut Vec<u8>,
    ) {
        const EXTRA: usize = r#","message":"","event.truncated":true"#.len();
        let start = out.len() - DOCUMENT_START;
        self.head(event, digits, received_ms, content, out);
        let head = out.len();
        self.labels.put(&event.labels, labels, out);
        let used = |out: &Vec<u8>, constant: &[u8]| out.len() - start + constant.len() + EXTRA;
        if used(out, &self.constant) > self.max_document_bytes {
            out.truncate(head);
        }
        let room = self.max_document_bytes.saturating_sub(used(out, &self.constant));
        put_text(r#","message":""#, json::fitting_prefix(&content.text(), room), out);
        out.extend_from_slice(br#","event.truncated":true"#);
        out.extend_from_slice(&self.constant);
    }

    /// What comes before labels, message and record, none of which can be long.
    fn head(&mut self, event: &Event<'_>, digits: &str, received_ms: i64, content: &Content<'_>, out: &mut Vec<u8>) {
        put_time(event, received_ms, out);
        self.put_kind(&event.kind, out);
        out.extend_from_slice(digits.as_bytes());
        match &event.invocation {
            Some(invocation) => self.invocation.put(invocation, invocation_fields, out),
            None => out.push(b'"'),
        }
        self.put_facts(event, content, out);
    }

    fn put_facts(&mut self, event: &Event<'_>, content: &Content<'_>, out: &mut Vec<u8>) {
        let reading = content.reading;
        if let Some(severity) = reading.severity().filter(|_| Kind::of(&event.kind) != Kind::Platform) {
            out.extend_from_slice(severity.fields().as_bytes());
        }
        match (reading.trace_id(&event.record), &event.invocation) {
            (Some(trace_id), _) => put_trace(&trace_id, out),
            // What has no trace yet may get one, and is not to be kept.
            (None, Some(invocation)) if invocation.trace_id.get().is_some() => {
                self.trace.put(invocation, trace_field, out);
            }
            (None, _) => {}
        }
        if let Some(span_id) = reading.span_id(&event.record) {
            put_short(r#","span_id":""#, &span_id, out);
        }
    }

    /// Puts `,"type":"…","event.id":"…-`.
    fn put_kind(&mut self, kind: &str, out: &mut Vec<u8>) {
        if let Some((_, rendered)) = self.kinds.iter().find(|(known, _)| known == kind) {
            return out.extend_from_slice(rendered);
        }
        let start = out.len();
        put_text(r#","type":""#, if is_kind(kind) { kind } else { INVALID }, out);
        out.extend_from_slice(br#","event.id":""#);
        out.extend_from_slice(&self.id_prefix);
        if self.kinds.len() < KINDS && kind.len() <= SHORT {
            self.kinds.push((kind.to_owned(), out[start..].to_vec()));
        }
    }
}

/// What is the same for all documents, and the closing bracket.
fn constant(function: &FunctionIdentity, sandbox: &SandboxId) -> Vec<u8> {
    let mut out = Vec::new();
    let fields = [
        (r#","faas.name":""#, function.name.as_str()),
        (r#","faas.version":""#, &function.version),
        (r#","cloud.provider":""#, "aws"),
        (r#","cloud.region":""#, &function.region),
        (r#","cloud.account.id":""#, &function.account_id),
        (r#","telesieve.sandbox":""#, sandbox.as_str()),
    ];
    for (field, value) in fields {
        if !value.is_empty() {
            put_short(field, value, &mut out);
        }
    }
    out.push(b'}');
    out
}

/// The time in quotes, and the time as it was where that says something else.
fn put_time(event: &Event<'_>, received_ms: i64, out: &mut Vec<u8>) {
    if event.time_ms.is_some() && is_canonical(&event.time_json) {
        out.extend_from_slice(event.time_json.as_bytes());
        return;
    }
    let time = time::format_rfc3339(event.time_ms.unwrap_or(received_ms));
    put_text("\"", &time, out);
    let text = json::text(&event.time_json);
    let fits = match (&text, event.time_ms) {
        (Some(text), Some(_)) => is_short_time(text),
        // A number says no more than `@timestamp`.
        (None, Some(_)) => true,
        (_, None) => is_time(text.as_deref().unwrap_or(&event.time_json)),
    };
    if !event.time_json.is_empty() {
        let text = text.unwrap_or(Cow::Borrowed(&event.time_json));
        put_text(r#","event.time":""#, if fits { &text } else { INVALID }, out);
    }
}

/// Whether a time that can be read is spelled as the platform spells it: `"2026-03-02T08:15:20.290Z"`.
fn is_canonical(time_json: &str) -> bool {
    let bytes = time_json.as_bytes();
    bytes.len() == 26 && bytes[11] == b'T' && bytes[20] == b'.' && bytes[24] == b'Z' && &bytes[18..20] != b"60"
}

fn put_trace(trace_id: &str, out: &mut Vec<u8>) {
    put_short(r#","trace_id":""#, trace_id, out);
}

fn trace_field(invocation: &Invocation, out: &mut Vec<u8>) {
    put_trace(invocation.trace_id.get().map_or("", String::as_str), out);
}

/// The quote that closes the id of the event, and what is known about its invocation.
fn invocation_fields(invocation: &Invocation, out: &mut Vec<u8>) {
    out.push(b'"');
    put_short(r#","faas.invocation_id":""#, &invocation.request_id, out);
    out.extend_from_slice(br#","faas.coldstart":"#);
    out.extend_from_slice(if invocation.cold_start { b"true" } else { b"false" });
}

fn labels(labels: &Labels, out: &mut Vec<u8>) {
    for (position, (name, value)) in labels.iter().enumerate() {
        put_text(if position == 0 { r#","labels":{""# } else { ",\"" }, name, out);
        put_text(":\"", value, out);
    }
    if !labels.is_empty() {
        out.push(b'}');
    }
}

/// Something shared by many events, rendered.
#[derive(Clone, Debug)]
struct Kept<T> {
    of: Option<Rc<T>>,
    rendered: Vec<u8>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { of: None, rendered: Vec::new() }
    }
}

impl<T> Kept<T> {
    fn put(&mut self, shared: &Rc<T>, render: fn(&T, &mut Vec<u8>), out: &mut Vec<u8>) {
        if !self.of.as_ref().is_some_and(|kept| Rc::ptr_eq(kept, shared)) {
            self.rendered.clear();
            render(shared, &mut self.rendered);
            self.of = Some(Rc::clone(shared));
        }
        out.extend_from_slice(&self.rendered);
    }
}

/// Puts `text` behind `field`, which ends with the opening quote, and closes the quotes.
fn put_text(field: &str, text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(field.as_bytes());
    json::escape_bytes(text, out);
    out.push(b'"');
}

fn put_short(field: &str, text: &str, out: &mut Vec<u8>) {
    put_text(field, &text[..text.floor_char_boundary(SHORT)], out);
}

#[cfg(test)]
mod tests;
