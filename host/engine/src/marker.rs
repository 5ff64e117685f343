//! Events of our own: what happened to a transform or an invocation, and what was lost, for those who read the events.
//!
//! They are made when the chain is done, so that no transform can drop or change them, and hold nothing but names of the
//! configuration, numbers and words of ours.

use std::rc::Rc;
use std::sync::Arc;

use telesieve_core::platform::Status;
use telesieve_core::{DropReason, Event, Invocation, Released};

use crate::text::quoted;
use crate::{NoteLevel, Outcome};

/// Kind of markers.
const KIND: &str = "telesieve.transform";
/// Kind of the record of an invocation of whose end the platform said nothing.
const INVOCATION: &str = "telesieve.invocation";
/// Kind of the record that says what was lost.
const LOSS: &str = "telesieve.loss";

/// An event to be, without a number.
#[derive(Debug)]
pub(crate) struct Marker {
    record: String,
}

impl Marker {
    pub(crate) fn new(transform: &Arc<str>, level: NoteLevel, text: &str) -> Self {
        let level = if level == NoteLevel::Error { "ERROR" } else { "WARN" };
        let message = quoted(&format!("transform `{transform}`: {text}"));
        let transform = quoted(transform);
        Self { record: format!("{{\"level\":\"{level}\",\"message\":{message},\"transform\":{transform}}}") }
    }
}

/// Puts the markers of a batch behind its events. They take their numbers from `next_sequence`.
pub(crate) fn put(outcome: &mut Outcome<'_>, next_sequence: &mut u64) {
    for marker in std::mem::take(&mut outcome.news) {
        let sequence = *next_sequence;
        *next_sequence += 1;
        outcome.markers += 1;
        outcome.released.push(released(KIND, marker.record, sequence));
    }
}

/// The record of what a sandbox has lost by its end: events by reason, and the numbers of the first and the last one that
/// was not delivered, if there are any. With the sandbox's id they make the ids of documents.
#[must_use]
pub fn loss_record(
    lost: impl IntoIterator<Item = (DropReason, u64)>,
    undelivered: Option<(u64, u64)>,
    sequence: u64,
) -> Released<'static> {
    let lost: Vec<_> = lost.into_iter().filter(|(_, count)| *count > 0).collect();
    let total: u64 = lost.iter().map(|(_, count)| count).sum();
    let list = |between: &str, quote: &str, colon: &str| {
        let reasons = lost.iter().map(|(reason, count)| format!("{quote}{reason}{quote}{colon}{count}"));
        reasons.collect::<Vec<_>>().join(between)
    };
    let numbers =
        undelivered.map(|(first, last)| format!(",\"undelivered_first\":{first},\"undelivered_last\":{last}"));
    let record = format!(
        "{{\"level\":\"ERROR\",\"message\":\"{total} events of this sandbox are lost: {}\",\"lost\":{{{}}}{}}}",
        list(", ", "", " "),
        list(",", "\"", ":"),
        numbers.unwrap_or_default(),
    );
    released(LOSS, record, sequence)
}

/// The record of an invocation that took its sandbox along, where the platform does not say how it ended.
#[must_use]
pub fn unreported_end(invocation: Rc<Invocation>, status: &Status, sequence: u64) -> Released<'static> {
    let (status, id) = (quoted(status.as_str()), quoted(&invocation.request_id));
    let record = format!(
        "{{\"level\":\"ERROR\",\"message\":\"the sandbox was ended during this invocation and the platform reported no end of it\",\
         \"status\":{status},\"requestId\":{id}}}"
    );
    event(INVOCATION, record, Some(invocation), sequence)
}

fn released(kind: &'static str, record: String, sequence: u64) -> Released<'static> {
    event(kind, record, None, sequence)
}

fn event(kind: &'static str, record: String, invocation: Option<Rc<Invocation>>, sequence: u64) -> Released<'static> {
    Released::by_chain(Event {
        kind: kind.into(),
        time_json: "".into(),
        time_ms: None,
        record: record.into(),
        invocation,
        labels: Rc::default(),
        sequence,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn an_end_that_nobody_reported_says_whose_and_how() {
        let invocation = Invocation { request_id: "an \"id\"".to_owned(), ..Invocation::default() };
        let record = unreported_end(Rc::new(invocation), &Status::Timeout, 7);
        let event = record.event();
        assert_eq!((&*event.kind, event.sequence, event.invocation.is_some()), ("telesieve.invocation", 7, true));
        let read: serde_json::Value = serde_json::from_str(&event.record).unwrap();
        assert_eq!((&read["status"], &read["requestId"]), (&"timeout".into(), &"an \"id\"".into()));
    }

    #[test]
    fn a_loss_record_says_how_many_by_reason_and_nothing_else() {
        let lost = [(DropReason::OutboxFull, 2), (DropReason::Malformed, 0), (DropReason::Undelivered, 10)];
        let record = loss_record(lost, Some((7, 16)), 99);
        let (event, text) = (record.event(), record.event().record.to_string());
        assert_eq!((&*event.kind, event.sequence), ("telesieve.loss", 99));
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!({
            "level": "ERROR",
            "message": "12 events of this sandbox are lost: outbox_full 2, undelivered 10",
            "lost": {"outbox_full": 2, "undelivered": 10},
            "undelivered_first": 7,
            "undelivered_last": 16,
        });
        assert_eq!(read, expected);
    }
}
