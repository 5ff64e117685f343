//! What became of every event (promise P3).
//!
//! `received = shipped + filtered + dropped + pending` holds at any instant, because pending is what is left of the
//! others. That alone would prove nothing, so [`Ledger::balance`] compares it with what the edges say they hold.

use std::collections::BTreeMap;
use std::fmt;

use crate::event::Kind;

/// Where an event came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A line of the function.
    Function,
    /// A line of an extension.
    Extension,
    /// `platform.*`.
    Platform,
    /// A kind that telesieve does not know, or an element of a body that could not be used.
    Other,
    /// Appended by a transform.
    Transform,
    /// Made by telesieve itself, such as a marker or a loss record.
    Telesieve,
    /// A copy for one more sink for events: each copy meets an end of its own.
    Copy,
}

impl Origin {
    /// All of them, in the order of metrics.
    pub const ALL: [Self; 7] =
        [Self::Function, Self::Extension, Self::Platform, Self::Other, Self::Transform, Self::Telesieve, Self::Copy];

    /// For a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Extension => "extension",
            Self::Platform => "platform",
            Self::Other => "other",
            Self::Transform => "transform",
            Self::Telesieve => "telesieve",
            Self::Copy => "copy",
        }
    }
}

impl From<Kind> for Origin {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Function => Self::Function,
            Kind::Extension => Self::Extension,
            Kind::Platform => Self::Platform,
            Kind::Other => Self::Other,
        }
    }
}

/// Why an event was lost. Loss without a reason does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DropReason {
    /// An element of a body that is no event.
    Malformed,
    /// Larger than a limit allows.
    TooLarge,
    /// The intake was full.
    IntakeFull,
    /// A transform could not be loaded or set up.
    TransformUnavailable,
    /// A transform trapped.
    TransformTrapped,
    /// A transform ran out of time.
    TransformTimeout,
    /// A transform ran out of memory.
    TransformMemory,
    /// A transform said that it failed.
    TransformError,
    /// A transform returned nonsense.
    TransformOutput,
    /// A transform is quarantined after too many faults.
    TransformQuarantined,
    /// A rule still found something when it was about to leave.
    RedactionIncomplete,
    /// The outbox was full, and this was the oldest.
    OutboxFull,
    /// The sink refused it for good.
    Rejected,
    /// It was still here when the sandbox ended.
    Undelivered,
}

impl DropReason {
    /// All of them, in the order of metrics.
    pub const ALL: [Self; 14] = [
        Self::Malformed,
        Self::TooLarge,
        Self::IntakeFull,
        Self::TransformUnavailable,
        Self::TransformTrapped,
        Self::TransformTimeout,
        Self::TransformMemory,
        Self::TransformError,
        Self::TransformOutput,
        Self::TransformQuarantined,
        Self::RedactionIncomplete,
        Self::OutboxFull,
        Self::Rejected,
        Self::Undelivered,
    ];

    /// For a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::IntakeFull => "intake_full",
            Self::TransformUnavailable => "transform_unavailable",
            Self::TransformTrapped => "transform_trapped",
            Self::TransformTimeout => "transform_timeout",
            Self::TransformMemory => "transform_memory",
            Self::TransformError => "transform_error",
            Self::TransformOutput => "transform_output",
            Self::TransformQuarantined => "transform_quarantined",
            Self::RedactionIncomplete => "redaction_incomplete",
            Self::OutboxFull => "outbox_full",
            Self::Rejected => "rejected",
            Self::Undelivered => "undelivered",
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Counts of events. Counters saturate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    received: [u64; Origin::ALL.len()],
    shipped: u64,
    filtered: BTreeMap<String, u64>,
    dropped: [u64; DropReason::ALL.len()],
}

impl Ledger {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Events came in.
    pub fn received(&mut self, origin: Origin, count: u64) {
        add(&mut self.received[origin as usize], count);
    }

    /// A sink has them.
    pub fn shipped(&mut self, count: u64) {
        add(&mut self.shipped, count);
    }

    /// A transform wanted them gone.
    pub fn filtered(&mut self, transform: &str, count: u64) {
        if count == 0 {
            return;
        }
        match self.filtered.get_mut(transform) {
            Some(sum) => add(sum, count),
            None => drop(self.filtered.insert(transform.to_owned(), count)),
        }
    }

    /// They are lost.
    pub fn dropped(&mut self, reason: DropReason, count: u64) {
        add(&mut self.dropped[reason as usize], count);
    }

    /// Events received by origin, zeros included.
    pub fn received_by_origin(&self) -> impl Iterator<Item = (Origin, u64)> + '_ {
        Origin::ALL.into_iter().map(|origin| (origin, self.received[origin as usize]))
    }

    /// Events filtered by transform, in order of name.
    pub fn filtered_by_transform(&self) -> impl Iterator<Item = (&str, u64)> + '_ {
        self.filtered.iter().map(|(transform, count)| (transform.as_str(), *count))
    }

    /// Events lost by reason, zeros included.
    pub fn dropped_by_reason(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        DropReason::ALL.into_iter().map(|reason| (reason, self.dropped[reason as usize]))
    }

    /// All events received.
    #[must_use]
    pub fn received_total(&self) -> u64 {
        sum(self.received.iter().copied())
    }

    /// All events shipped.
    #[must_use]
    pub fn shipped_total(&self) -> u64 {
        self.shipped
    }

    /// All events filtered.
    #[must_use]
    pub fn filtered_total(&self) -> u64 {
        sum(self.filtered.values().copied())
    }

    /// All events lost.
    #[must_use]
    pub fn dropped_total(&self) -> u64 {
        sum(self.dropped.iter().copied())
    }

    /// Events that are still on their way: what is left of those received.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.received_total().saturating_sub(self.settled())
    }

    /// Sums, next to the number of events that intake, chain and outbox hold right now.
    #[must_use]
    pub fn balance(&self, held: u64) -> Balance {
        Balance {
            received: self.received_total(),
            shipped: self.shipped,
            filtered: self.filtered_total(),
            dropped: self.dropped_total(),
            pending: self.pending(),
            held,
        }
    }

    fn settled(&self) -> u64 {
        sum([self.shipped, self.filtered_total(), self.dropped_total()].into_iter())
    }
}

fn add(counter: &mut u64, count: u64) {
    *counter = counter.saturating_add(count);
}

fn sum(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

impl fmt::Display for Ledger {
    /// One line: the sums, and what they are made of where that is not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (filtered, dropped) = (self.filtered_total(), self.dropped_total());
        write!(f, "received {}", self.received_total())?;
        parts(f, self.received_by_origin().map(|(origin, count)| (origin.as_str(), count)))?;
        write!(f, " = shipped {} + filtered {filtered}", self.shipped)?;
        parts(f, self.filtered_by_transform())?;
        write!(f, " + dropped {dropped}")?;
        parts(f, self.dropped_by_reason().map(|(reason, count)| (reason.as_str(), count)))?;
        write!(f, " + pending {}", self.pending())
    }
}

/// ` (a 1, b 2)`, or nothing if all counts are zero.
fn parts<'a>(f: &mut fmt::Formatter<'_>, counts: impl Iterator<Item = (&'a str, u64)>) -> fmt::Result {
    let shown: Vec<_> = counts.filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}")).collect();
    if shown.is_empty() { Ok(()) } else { write!(f, " ({})", shown.join(", ")) }
}

/// The sums of a ledger at one instant, with what the edges held then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// All events received.
    pub received: u64,
    /// All events shipped.
    pub shipped: u64,
    /// All events filtered.
    pub filtered: u64,
    /// All events lost.
    pub dropped: u64,
    /// Received and not settled, by the ledger.
    pub pending: u64,
    /// Held right now, by those who hold them.
    pub held: u64,
}

impl Balance {
    /// Whether every event is accounted for: nothing settled twice, nothing vanished.
    #[must_use]
    pub fn holds(&self) -> bool {
        let settled = sum([self.shipped, self.filtered, self.dropped, self.held].into_iter());
        self.received == settled && self.pending == self.held
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { received, shipped, filtered, dropped, pending, held } = self;
        write!(
            f,
            "received {received} = shipped {shipped} + filtered {filtered} + dropped {dropped} + pending {pending}"
        )?;
        if self.holds() { Ok(()) } else { write!(f, ", but {held} are held") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        let mut ledger = Ledger::new();
        ledger.received(Origin::Function, 10);
        ledger.received(Origin::Platform, 4);
        ledger.shipped(6);
        ledger.filtered("filter", 3);
        ledger.filtered("quiet", 0);
        ledger.dropped(DropReason::TransformTimeout, 2);
        ledger
    }

    #[test]
    fn the_operators_page_explains_every_reason() {
        let page = include_str!("../../../docs/troubleshooting.md");
        let missing = |reason: &DropReason| !page.contains(&format!("`{}`", reason.as_str()));
        assert_eq!(DropReason::ALL.into_iter().find(missing), None);
    }

    #[test]
    fn pending_is_what_is_left() {
        assert_eq!(ledger().pending(), 3);
        assert!(ledger().balance(3).holds());
        assert!(!ledger().balance(2).holds());
    }

    #[test]
    fn settling_twice_shows() {
        let mut ledger = ledger();
        ledger.shipped(5);
        assert_eq!(ledger.pending(), 0);
        assert!(!ledger.balance(0).holds());
    }

    #[test]
    fn it_reads_like_the_identity() {
        let text = "received 14 (function 10, platform 4) = shipped 6 + filtered 3 (filter 3) + dropped 2 (transform_timeout 2) + pending 3";
        assert_eq!(ledger().to_string(), text);
        assert_eq!(
            ledger().balance(2).to_string(),
            "received 14 = shipped 6 + filtered 3 + dropped 2 + pending 3, but 2 are held"
        );
    }

    #[test]
    fn counters_saturate() {
        let mut ledger = ledger();
        ledger.received(Origin::Other, u64::MAX);
        ledger.dropped(DropReason::Rejected, u64::MAX);
        assert_eq!((ledger.received_total(), ledger.dropped_total()), (u64::MAX, u64::MAX));
    }

    #[test]
    fn tables_are_in_order() {
        assert!(Origin::ALL.iter().enumerate().all(|(at, origin)| *origin as usize == at));
        assert!(DropReason::ALL.iter().enumerate().all(|(at, reason)| *reason as usize == at));
    }
}
