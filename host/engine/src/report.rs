//! What the chain tells those who run it: outcomes of batches, faults, guest metrics, notes for the operator.
//!
//! Nothing in here holds payload: names come from configuration and artifacts, records appear as counts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use telesieve_core::{DropReason, Released};

use crate::HealthState;

/// A transform that could not be set up, or could be only in part.
///
/// Its stage is closed: see [`crate::Chain::load`] for what that means to its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadFault {
    /// The transform, by its name in the configuration.
    pub transform: Arc<str>,
    /// What is wrong and what to do about it, in one line without payload.
    pub message: String,
    /// Whether the records that the transform selects are dropped (they pass if not).
    pub drops: bool,
    /// The settings that it refuses, if that is what is wrong. `message` says the same.
    pub settings: Vec<SettingFault>,
}

impl fmt::Display for LoadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fate = if self.drops { "dropped" } else { "passed unchanged" };
        write!(f, "transform `{}`: {}; its records are {fate}", self.transform, self.message)
    }
}

/// A setting that a transform refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingFault {
    /// Where it stands in the transform's settings, such as `rules[2].action`; empty for the settings as a whole.
    pub path: String,
    /// What is wrong, in one line.
    pub message: String,
}

impl fmt::Display for SettingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "`{}`: {}", self.path, self.message) }
    }
}

/// What became of one batch.
///
/// `events + appended + markers == released + filtered + dropped`, always.
#[derive(Debug, Default)]
pub struct Outcome<'b> {
    /// Events that every transform let through, in order; an appended event stands behind its origin.
    pub released: Vec<Released<'b>>,
    /// Events that a transform dropped on purpose, by transform.
    pub filtered: Vec<(Arc<str>, u64)>,
    /// Events that were lost, by reason.
    pub dropped: Vec<(DropReason, u64)>,
    /// Events that transforms added.
    pub appended: u64,
    /// Events that the chain itself added, behind all others: a transform is in quarantine, or works again.
    pub markers: u64,
    pub(crate) news: Vec<crate::marker::Marker>,
    /// Values for metrics that transforms declared.
    pub samples: Vec<GuestSample>,
    /// One report per stage that had something to do, in chain order.
    pub stages: Vec<StageReport>,
    /// Log lines of transforms and faults, for the operator.
    pub notes: Vec<Note>,
    /// Where each event that did not leave was lost, if the chain is observed.
    #[cfg(feature = "compile")]
    pub gone: Vec<crate::Gone>,
    #[cfg(feature = "compile")]
    pub(crate) observed: bool,
}

impl Outcome<'_> {
    pub(crate) fn count_filtered(&mut self, transform: &Arc<str>) {
        match self.filtered.iter_mut().find(|(known, _)| known == transform) {
            Some((_, count)) => *count += 1,
            None => self.filtered.push((Arc::clone(transform), 1)),
        }
    }

    pub(crate) fn count_dropped(&mut self, reason: DropReason) {
        match self.dropped.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.dropped.push((reason, 1)),
        }
    }

    pub(crate) fn note(&mut self, transform: &Arc<str>, level: NoteLevel, text: String) {
        self.notes.push(Note { transform: Arc::clone(transform), level, text });
    }
}

/// What one transform did with one batch.
#[derive(Clone, Debug)]
pub struct StageReport {
    /// The transform, by its name in the configuration.
    pub transform: Arc<str>,
    /// Records that it selected.
    pub seen: u64,
    /// Wall time that the stage took, edits included.
    pub time: Duration,
    /// Faults, by kind: the batch's own, and those met while looking for the records at fault.
    pub faults: Vec<(Fault, u32)>,
    /// Hits per rule of rulesets.
    pub rule_hits: Vec<RuleHits>,
    /// Records that were held back at the end of the chain, by the rule that found something in them.
    pub held_back: Vec<RuleHits>,
    /// Where rules hit, if the chain is observed.
    #[cfg(feature = "compile")]
    pub found: Vec<crate::Found>,
    /// Whether the stage is closed: it did not load, or is in quarantine.
    pub closed: bool,
    /// Whether the transform is called.
    pub state: HealthState,
    /// How often it was put into quarantine in this batch.
    pub quarantines: u32,
}

impl StageReport {
    pub(crate) fn new(transform: &Arc<str>, seen: usize) -> Self {
        Self {
            transform: Arc::clone(transform),
            seen: seen as u64,
            time: Duration::ZERO,
            faults: Vec::new(),
            rule_hits: Vec::new(),
            held_back: Vec::new(),
            #[cfg(feature = "compile")]
            found: Vec::new(),
            closed: false,
            state: HealthState::Working,
            quarantines: 0,
        }
    }

    pub(crate) fn add_fault(&mut self, fault: Fault) {
        match self.faults.iter_mut().find(|(known, _)| *known == fault) {
            Some((_, count)) => *count += 1,
            None => self.faults.push((fault, 1)),
        }
    }

    pub(crate) fn add_hits(&mut self, rule: &Arc<str>, hits: u64) {
        add_to(&mut self.rule_hits, rule, hits);
    }

    pub(crate) fn add_held_back(&mut self, rule: &Arc<str>, records: u64) {
        add_to(&mut self.held_back, rule, records);
    }
}

fn add_to(counts: &mut Vec<RuleHits>, rule: &Arc<str>, hits: u64) {
    match counts.iter_mut().find(|known| known.rule == *rule) {
        Some(known) => known.hits += hits,
        None => counts.push(RuleHits { rule: Arc::clone(rule), hits }),
    }
}

/// How often a rule matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleHits {
    /// Name of the rule.
    pub rule: Arc<str>,
    /// Matches in this batch.
    pub hits: u64,
}

/// The ways in which a call of a transform fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// It trapped: a panic, an overflow of the stack, an access out of bounds.
    Trap,
    /// It took longer than its budget.
    Timeout,
    /// It wanted more memory than it may have.
    Memory,
    /// It answered with an error.
    Error,
    /// Its script breaks the contract.
    Script,
    /// It could not be started (again).
    Init,
}

impl Fault {
    /// The value of a metric's label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::Timeout => "timeout",
            Self::Memory => "memory",
            Self::Error => "error",
            Self::Script => "script",
            Self::Init => "init",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A metric that a transform declared.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricDef {
    /// The transform that declared it, by its name in the configuration.
    pub transform: Arc<str>,
    /// Name as declared: a valid Prometheus name without the host's prefix.
    pub name: String,
    /// Help text.
    pub help: String,
    /// See [`MetricKind`].
    pub kind: MetricKind,
    /// Names of labels, each one valid and unique.
    pub label_names: Vec<String>,
    /// Upper bounds, finite and ascending; empty: the host's defaults.
    pub buckets: Vec<f64>,
}

/// The type of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// A value that was set last.
    Gauge,
    /// A distribution.
    Histogram,
}

/// A value for a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct GuestSample {
    /// The metric.
    pub metric: Arc<MetricDef>,
    /// As many as the metric has label names, each of at most 128 bytes.
    pub label_values: Vec<String>,
    /// What to do with the value.
    pub op: SampleOp,
    /// The value: finite, and not negative if the metric is a counter.
    pub value: f64,
}

/// What to do with the value of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleOp {
    /// Add it to a counter.
    Add,
    /// Put it into a gauge.
    Set,
    /// Observe it in a histogram.
    Observe,
}

/// A line for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The transform, by its name in the configuration.
    pub transform: Arc<str>,
    /// How much it matters.
    pub level: NoteLevel,
    /// The line. Of bounded length, without control characters.
    pub text: String,
}

/// How much a note matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteLevel {
    /// Data is lost.
    Error,
    /// Data may be lost.
    Warn,
    /// Good to know.
    Info,
    /// For those who write transforms.
    Debug,
}
