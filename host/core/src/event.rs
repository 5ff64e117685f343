//! An event on its way from the platform to the sinks.
//!
//! An event borrows from the body it came in as long as no transform changes it. How bodies become events is
//! `split`'s job, and what an event means to the invocation it belongs to is `context`'s.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use crate::reading::{Reader, Record};
use crate::record::Severity;

/// One telemetry event, with what telesieve knows about it.
#[derive(Clone, Debug)]
pub struct Event<'b> {
    /// The `type` of the envelope, such as `function` or `platform.report`; empty if there was none.
    pub kind: Cow<'b, str>,
    /// The `time` of the envelope as JSON text, or empty if there was none.
    pub time_json: Cow<'b, str>,
    /// The time as Unix milliseconds, if `time_json` can be read as a time.
    pub time_ms: Option<i64>,
    /// The `record` of the envelope as JSON text. `null` if there was none. Holds no control characters.
    pub record: Record<'b>,
    /// The invocation that the event belongs to.
    pub invocation: Option<Rc<Invocation>>,
    /// Labels that transforms gave it.
    pub labels: LabelSet,
    /// Number of the event in this sandbox: with the sandbox id, it makes the document id.
    pub sequence: u64,
}

impl Event<'_> {
    /// How severe the record is, in the words of its logger. What the platform itself says has no severity.
    #[must_use]
    pub fn severity(&self, reader: &mut Reader) -> Option<Severity> {
        if Kind::of(&self.kind) == Kind::Platform { None } else { reader.severity(&self.record) }
    }
}

/// Names and values of labels, in order of name.
pub type Labels = Vec<(String, String)>;

/// Labels are shared by all records that a recipe gave them to.
pub type LabelSet = Rc<Labels>;

/// What is known about an invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// The request id of the invocation.
    pub request_id: String,
    /// Whether it was the first one of its sandbox.
    pub cold_start: bool,
    /// The X-Ray trace id, `1-…-…`, if the platform said one. It may do so late, in the report.
    pub trace_id: OnceCell<String>,
}

/// An event that a completed chain of transforms let through.
///
/// Only [`Released::by_chain`] makes one, and only the chain calls it: whatever ships, renders or stores events takes
/// this type, so that no code path can ship what no chain has seen.
#[derive(Debug)]
pub struct Released<'b>(Event<'b>);

impl<'b> Released<'b> {
    /// To be called by the chain of transforms alone, when the last transform is done with the event.
    #[must_use]
    pub fn by_chain(event: Event<'b>) -> Self {
        Self(event)
    }

    /// The event, to read.
    #[must_use]
    pub fn event(&self) -> &Event<'b> {
        &self.0
    }
}

/// The event kinds that telesieve itself looks into. Every other kind passes through all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A line or record of the function.
    Function,
    /// A line or record of an extension.
    Extension,
    /// `platform.*`.
    Platform,
    /// Anything else.
    Other,
}

impl Kind {
    /// Reads the `type` of an envelope.
    #[must_use]
    pub fn of(kind: &str) -> Self {
        match kind {
            "function" => Self::Function,
            "extension" => Self::Extension,
            kind if kind.starts_with("platform.") => Self::Platform,
            _ => Self::Other,
        }
    }
}
