//! Events of our own: what happened to a transform, for those who read the events.
//!
//! They are made when the chain is done, so that no transform can drop or change them, and hold nothing but names of the
//! configuration and words of ours.

use std::rc::Rc;
use std::sync::Arc;

use telesieve_core::{Event, Released};

use crate::verify::quoted;
use crate::{NoteLevel, Outcome};

/// Kind of markers.
const KIND: &str = "telesieve.transform";

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
        outcome.released.push(Released::by_chain(Event {
            kind: KIND.into(),
            time_json: "".into(),
            time_ms: None,
            record: marker.record.into(),
            invocation: None,
            labels: Rc::default(),
            sequence,
        }));
    }
}
