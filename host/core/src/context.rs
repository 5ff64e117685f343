//! Which invocation an event belongs to.
//!
//! A text line does not say. By the order of the stream, the last `platform.start` owns the lines that follow; a JSON
//! record may name its own request; platform events name theirs, and reports come late, so they must not change who
//! owns the next line. On managed instances invocations overlap and only an event's own request id counts.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::rc::Rc;

use memchr::memchr3;

use crate::event::{Event, Invocation, Kind, LabelSet};
use crate::form::{is_request_id, is_trace_id, is_uuid};
use crate::json::{self, Member, plain_string_end};
use crate::reading::{Reader, Record};
use crate::record::usual_tracing;
use crate::split::Envelope;

/// Invocations to remember. Reports have been seen to come a few invocations late, never a hundred.
const REMEMBERED: usize = 64;

/// Follows the stream of events of one sandbox, in the order of delivery.
#[derive(Debug)]
pub struct Tracker {
    /// Known invocations, the latest one last.
    recent: VecDeque<Known>,
    /// The owner of lines that do not say whose they are.
    current: Option<Rc<Invocation>>,
    /// The next invocation to become known is the first one.
    cold: bool,
    managed: bool,
    reader: Reader,
}

#[derive(Debug)]
struct Known {
    /// The first bytes of its id, which tell most of them apart.
    start: u64,
    invocation: Rc<Invocation>,
    is_uuid: bool,
    /// The platform named it, not just a record.
    confirmed: bool,
    /// Its `platform.start` came by.
    started: bool,
}

impl Default for Tracker {
    fn default() -> Self {
        Self::new()
    }
}

impl Tracker {
    /// For a sandbox that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { recent: VecDeque::new(), current: None, cold: true, managed: false, reader: Reader::default() }
    }

    /// Invocations overlap: lines that do not name a request belong to none. `platform.initStart` says the same, or the
    /// contrary.
    pub fn managed_instances(&mut self) {
        self.managed = true;
        self.current = None;
    }

    /// An INVOKE came. `trace` is the `X-Amzn-Trace-Id` header's value or a bare trace id, empty if there is none.
    /// It does not change who owns lines, because earlier lines may still come.
    pub fn invoked(&mut self, request_id: &str, trace: &str) {
        if is_request_id(request_id) {
            self.confirm(request_id, || trace_id(trace));
        }
    }

    /// What is known of an invocation, if it is one of the last.
    #[must_use]
    pub fn invocation(&self, request_id: &str) -> Option<Rc<Invocation>> {
        self.find(request_id).map(|at| Rc::clone(&self.recent[at].invocation))
    }

    /// The sandbox was restored from a snapshot: the next invocation is its first one. So is one that an INVOKE
    /// already announced, but whose start is still to come.
    pub fn restored(&mut self) {
        self.current = None;
        match self.recent.back_mut() {
            Some(known) if known.confirmed && !known.started => {
                Rc::make_mut(&mut known.invocation).cold_start = true;
                self.cold = false;
            }
            _ => self.cold = true,
        }
    }

    /// An event as it enters the chain: it belongs to the invocation that is its own, and has no labels yet. The empty set
    /// of labels is one that all events share.
    #[must_use]
    pub fn arrived<'b>(&mut self, envelope: Envelope<'b>, no_labels: &LabelSet, sequence: u64) -> Event<'b> {
        let record = Record::from(envelope.record);
        let invocation = self.observe(&envelope.kind, &record);
        Event {
            kind: envelope.kind,
            time_json: envelope.time_json.into(),
            time_ms: envelope.time_ms,
            record,
            invocation,
            labels: Rc::clone(no_labels),
            sequence,
        }
    }

    /// Takes note of an event and says which invocation it belongs to.
    pub fn observe(&mut self, kind: &str, record: &Record<'_>) -> Option<Rc<Invocation>> {
        match Kind::of(kind) {
            Kind::Platform => self.platform(kind, record),
            _ => self.line(record),
        }
    }

    fn platform(&mut self, kind: &str, record: &Record<'_>) -> Option<Rc<Invocation>> {
        let names = Names::of(record, &mut self.reader);
        if let ("platform.initStart", Some(managed)) = (kind, names.managed) {
            self.managed = managed;
        }
        let at = self.confirm(&names.request_id?, || names.tracing.and_then(tracing));
        let known = self.recent.get_mut(at)?;
        if kind == "platform.start" {
            known.started = true;
            if !self.managed {
                self.current = Some(Rc::clone(&known.invocation));
            }
        }
        Some(Rc::clone(&known.invocation))
    }

    fn line(&mut self, record: &Record<'_>) -> Option<Rc<Invocation>> {
        let named = if record.starts_with('"') {
            object_in_text(record).and_then(|object| self.named_in(&Record::from(&*object)))
        } else {
            self.named_in(record)
        };
        named.or_else(|| self.current.clone())
    }

    fn named_in(&mut self, record: &Record<'_>) -> Option<Rc<Invocation>> {
        let request_id = self.reader.read(record).request_id(record)?;
        self.named(&request_id)
    }

    /// The invocation that a record names, if it is the id of one. One that the platform has not named may be the
    /// application's own idea of a request, so it is not taken for the first of the sandbox.
    fn named(&mut self, request_id: &str) -> Option<Rc<Invocation>> {
        if let Some(at) = self.find(request_id) {
            let known = &self.recent[at];
            return known.is_uuid.then(|| Rc::clone(&known.invocation));
        }
        if !is_uuid(request_id) {
            return None;
        }
        if self.managed {
            let at = self.confirm(request_id, || None);
            return Some(Rc::clone(&self.recent[at].invocation));
        }
        let invocation = Rc::new(Invocation { request_id: request_id.to_owned(), ..Invocation::default() });
        self.remember(Rc::clone(&invocation));
        Some(invocation)
    }

    /// The place of an invocation that the platform names, new or known.
    fn confirm(&mut self, request_id: &str, trace: impl FnOnce() -> Option<String>) -> usize {
        let at = self.find(request_id).unwrap_or_else(|| {
            let invocation = Invocation { request_id: request_id.to_owned(), ..Invocation::default() };
            self.remember(Rc::new(invocation))
        });
        let known = &mut self.recent[at];
        if known.invocation.trace_id.get().is_none()
            && let Some(trace) = trace()
        {
            _ = known.invocation.trace_id.set(trace);
        }
        if !known.confirmed && std::mem::take(&mut self.cold) {
            Rc::make_mut(&mut known.invocation).cold_start = true;
            self.refresh_current(at);
        }
        self.recent[at].confirmed = true;
        at
    }

    /// What became known of the owner of lines holds for the lines that follow.
    fn refresh_current(&mut self, at: usize) {
        let known = &self.recent[at].invocation;
        if self.current.as_ref().is_some_and(|current| current.request_id == known.request_id) {
            self.current = Some(Rc::clone(known));
        }
    }

    fn find(&self, request_id: &str) -> Option<usize> {
        let start = start(request_id);
        self.recent.iter().rposition(|known| known.start == start && known.invocation.request_id == request_id)
    }

    fn remember(&mut self, invocation: Rc<Invocation>) -> usize {
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        let (start, is_uuid) = (start(&invocation.request_id), is_uuid(&invocation.request_id));
        self.recent.push_back(Known { start, invocation, is_uuid, confirmed: false, started: false });
        self.recent.len() - 1
    }
}

fn start(id: &str) -> u64 {
    id.as_bytes().first_chunk().map_or(0, |start| u64::from_le_bytes(*start))
}

/// What a platform record says about who it belongs to.
#[derive(Default)]
struct Names<'r> {
    request_id: Option<Cow<'r, str>>,
    tracing: Option<&'r str>,
    managed: Option<bool>,
}

impl<'r> Names<'r> {
    fn of(record: &'r Record<'_>, reader: &mut Reader) -> Self {
        if let Some(names) = Self::usual(record) {
            return names;
        }
        let mut names = Self::default();
        if reader.visit(record, |member| names.take(member)) && record.starts_with('{') {
            return names;
        }
        let mut names = Self { request_id: request_id_of_text(record), ..Self::default() };
        for member in json::members(record) {
            names.take(&member);
        }
        names
    }

    /// The platform puts the request first. Where no other of the names can follow, that is all.
    fn usual(record: &'r str) -> Option<Self> {
        const FIRST: &str = r#"{"requestId":"#;
        let rest = record.strip_prefix(FIRST)?;
        let (id, rest) = rest.split_at(plain_string_end(rest.as_bytes(), 0)?);
        let id = &id[1..id.len() - 1];
        let fits = is_request_id(id) && !may_name_more(rest);
        fits.then(|| Self { request_id: Some(Cow::Borrowed(id)), ..Self::default() })
    }

    fn take(&mut self, member: &Member<'r>) {
        let text = || json::text(member.value);
        match member.key_raw {
            "requestId" => self.request_id = text().filter(|id| is_request_id(id)),
            "initializationType" => self.managed = text().map(|kind| kind == "lambda-managed-instances"),
            "tracing" => self.tracing = Some(member.value),
            _ => {}
        }
    }
}

/// Whether one of the names may stand in there. `requestId`, `initializationType` and `tracing` each hold a letter that
/// hardly any other name does.
fn may_name_more(text: &str) -> bool {
    memchr3(b'q', b'z', b'g', text.as_bytes()).is_some()
}

fn tracing(value: &str) -> Option<String> {
    match usual_tracing(value) {
        Some(header) => trace_id(header),
        None => trace_id(&json::text(json::get(value, "value")?)?),
    }
}

/// Old schemas have text such as `START RequestId: … Version: …`.
fn request_id_of_text(record: &str) -> Option<Cow<'_, str>> {
    let text = json::text(record)?;
    let (_, rest) = text.split_once("RequestId: ")?;
    let id = rest.split_whitespace().next()?;
    is_uuid(id).then(|| Cow::Owned(id.to_owned()))
}

/// The object that a text is: schema 2022-07-01 and Managed Instances in an emulator deliver lines of JSON as text. Only
/// what may name a request is decoded.
fn object_in_text<'r>(record: &'r str) -> Option<Cow<'r, str>> {
    let may_name = record.starts_with("\"{") && memchr::memmem::find(record.as_bytes(), b"equest").is_some();
    may_name.then(|| json::text(record)).flatten()
}

/// The root of `Root=1-…;Parent=…;Sampled=1`, or a bare id. Anything else is left out: no transform sees it.
fn trace_id(header: &str) -> Option<String> {
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="));
    Some(root.unwrap_or(header)).filter(|id| is_trace_id(id)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0b7c1f5e-3a52-4d0e-9a41-6f2d8c9e1b30";
    const B: &str = "2d9e4a17-88c3-4f6b-b0d5-1c7a35e90f42";

    fn observe(tracker: &mut Tracker, kind: &str, record: &str) -> Option<(String, bool)> {
        let record = Record::from(record);
        tracker.observe(kind, &record).map(|invocation| (invocation.request_id.clone(), invocation.cold_start))
    }

    fn platform(tracker: &mut Tracker, kind: &str, id: &str) -> Option<(String, bool)> {
        observe(tracker, kind, &format!(r#"{{"requestId":"{id}"}}"#))
    }

    fn line(tracker: &mut Tracker) -> Option<(String, bool)> {
        observe(tracker, "function", "\"text\\n\"")
    }

    fn of(id: &str, cold: bool) -> Option<(String, bool)> {
        Some((id.to_owned(), cold))
    }

    #[test]
    fn ids_of_the_platform_are_taken_whole() {
        for id in [format!("{A}0"), A[1..].to_owned(), format!("{A}-{A}")] {
            let mut tracker = Tracker::new();
            assert_eq!(platform(&mut tracker, "platform.start", &id), of(&id, true));
            let late = format!(r#"{{"status":"success","requestId":"{id}"}}"#);
            assert_eq!(observe(&mut tracker, "platform.report", &late), of(&id, true));
        }
    }

    #[test]
    fn the_last_start_owns_the_lines_that_follow() {
        let mut tracker = Tracker::new();
        assert_eq!(line(&mut tracker), None);
        assert_eq!(platform(&mut tracker, "platform.start", A), of(A, true));
        assert_eq!(line(&mut tracker), of(A, true));
        assert_eq!(platform(&mut tracker, "platform.start", B), of(B, false));
        assert_eq!(line(&mut tracker), of(B, false));
    }

    #[test]
    fn a_late_report_belongs_to_its_own_request() {
        let mut tracker = Tracker::new();
        platform(&mut tracker, "platform.start", A);
        platform(&mut tracker, "platform.start", B);
        assert_eq!(platform(&mut tracker, "platform.report", A), of(A, true));
        assert_eq!(line(&mut tracker), of(B, false));
    }

    #[test]
    fn a_record_may_name_its_request() {
        let mut tracker = Tracker::new();
        platform(&mut tracker, "platform.start", A);
        let named = format!(r#"{{"AWSRequestId":"{B}","message":"x"}}"#);
        assert_eq!(observe(&mut tracker, "function", &named), of(B, false));
        assert_eq!(observe(&mut tracker, "function", r#"{"requestId":"mine"}"#), of(A, true));
        assert_eq!(platform(&mut tracker, "platform.start", B), of(B, false));
    }

    #[test]
    fn a_text_that_is_an_object_may_name_its_request() {
        let mut tracker = Tracker::new();
        platform(&mut tracker, "platform.start", A);
        for line in [
            format!(r#""{{\"requestId\":\"{B}\",\"message\":\"x\"}}""#),
            format!(r#""{{\n  \"level\": \"INFO\",\n  \"AWSRequestId\": \"{B}\"\n}}\n""#),
        ] {
            assert_eq!(observe(&mut tracker, "function", &line), of(B, false), "{line}");
        }
        for other in [format!(r#""requestId {B}""#), format!(r#""{{\"nested\":{{\"requestId\":\"{B}\"}}}}""#)] {
            assert_eq!(observe(&mut tracker, "function", &other), of(A, true), "{other}");
        }
    }

    #[test]
    fn a_record_alone_does_not_use_up_the_cold_start() {
        let mut tracker = Tracker::new();
        assert_eq!(observe(&mut tracker, "function", &format!(r#"{{"requestId":"{A}"}}"#)), of(A, false));
        assert_eq!(platform(&mut tracker, "platform.start", A), of(A, true));
    }

    #[test]
    fn an_invoke_makes_the_invocation_known_and_no_more() {
        let mut tracker = Tracker::new();
        tracker.invoked(A, "Root=1-68b9f1c4-7a3e2d1c0b9a8f7e6d5c4b3a;Parent=5b1e;Sampled=1");
        assert_eq!(line(&mut tracker), None);
        let start = format!(r#"{{"requestId":"{A}"}}"#);
        let invocation = tracker.observe("platform.start", &start.as_str().into());
        assert_eq!(
            invocation.and_then(|known| known.trace_id.get().cloned()).as_deref(),
            Some("1-68b9f1c4-7a3e2d1c0b9a8f7e6d5c4b3a")
        );
        assert_eq!(line(&mut tracker), of(A, true));
    }

    #[test]
    fn restoring_makes_the_next_invocation_the_first() {
        let mut tracker = Tracker::new();
        platform(&mut tracker, "platform.start", A);
        tracker.restored();
        assert_eq!(line(&mut tracker), None);
        assert_eq!(platform(&mut tracker, "platform.start", B), of(B, true));
    }

    #[test]
    fn restoring_may_become_known_after_the_invoke() {
        let mut tracker = Tracker::new();
        platform(&mut tracker, "platform.start", A);
        tracker.invoked(B, "");
        tracker.restored();
        assert_eq!(platform(&mut tracker, "platform.start", B), of(B, true));
        assert_eq!(platform(&mut tracker, "platform.start", "x"), of("x", false));
    }

    #[test]
    fn on_managed_instances_only_the_own_id_counts() {
        let mut tracker = Tracker::new();
        observe(&mut tracker, "platform.initStart", r#"{"initializationType":"lambda-managed-instances"}"#);
        assert_eq!(platform(&mut tracker, "platform.start", A), of(A, true));
        assert_eq!(line(&mut tracker), None);
        assert_eq!(observe(&mut tracker, "function", &format!(r#"{{"requestId":"{B}"}}"#)), of(B, false));
    }

    #[test]
    fn old_start_lines_are_understood() {
        let mut tracker = Tracker::new();
        let text = format!("\"START RequestId: {A} Version: $LATEST\\n\"");
        assert_eq!(observe(&mut tracker, "platform.start", &text), of(A, true));
        assert_eq!(line(&mut tracker), of(A, true));
    }

    #[test]
    fn the_examples_belong_to_whom_they_should() {
        let split = crate::split(include_str!("../../../tests/fixtures/events.ndjson"));
        let mut tracker = Tracker::new();
        let owners: Vec<_> =
            split.envelopes.iter().map(|envelope| tracker.observe(&envelope.kind, &envelope.record.into())).collect();
        let owner =
            |line: usize| owners[line - 1].as_ref().map(|known| known.request_id.split('-').next().unwrap_or(""));
        assert_eq!((owner(1), owner(12), owner(28)), (None, None, None), "the initialisation");
        assert_eq!((owner(29), owner(31), owner(33)), (Some("0b7c1f5e"), Some("2d9e4a17"), Some("61a83d2c")), "starts");
        assert_eq!((owner(34), owner(46), owner(70)), (Some("61a83d2c"), Some("61a83d2c"), Some("61a83d2c")), "text");
        assert_eq!(
            (owner(47), owner(51), owner(52)),
            (Some("2d9e4a17"), Some("2d9e4a17"), Some("2d9e4a17")),
            "own ids"
        );
        assert_eq!((owner(49), owner(57), owner(60)), (Some("61a83d2c"), Some("61a83d2c"), Some("61a83d2c")), "no ids");
        assert_eq!(
            (owner(59), owner(89), owner(91)),
            (Some("83b52e9f"), Some("83b52e9f"), Some("a5c47f30")),
            "unstarted"
        );
        assert_eq!((owner(101), owner(122), owner(123)), (None, None, None), "nobody's");
        assert_eq!((owner(113), owner(120)), (Some("0b7c1f5e"), Some("0b7c1f5e")), "behind the last start");
        let cold: Vec<_> =
            owners.iter().flatten().filter(|known| known.cold_start).map(|known| &known.request_id).collect();
        assert!(cold.iter().all(|id| id.starts_with("0b7c1f5e")) && !cold.is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let mut tracker = Tracker::new();
        assert_eq!(platform(&mut tracker, "platform.start", &"x".repeat(1 << 20)), None);
        for number in 0..10_000 {
            platform(&mut tracker, "platform.start", &number.to_string());
        }
        assert_eq!(tracker.recent.len(), REMEMBERED);
    }
}
