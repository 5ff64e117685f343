//! Events on their way through the chain, with what the last look at them needs to know.
//!
//! Events are large and stay where they are; what the chain notes of each stands beside them, in the same order.

use std::rc::Rc;

use telesieve_core::Event;

/// Events on their way through the chain.
#[derive(Debug, Default)]
pub(crate) struct Flow<'b> {
    events: Vec<Event<'b>>,
    /// One for each event.
    histories: Vec<History>,
}

/// What happened to an event in the chain.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// Kind of the event that it stands behind, if a transform made it: who redacts that one redacts this one, too.
    pub(crate) origin: Option<Rc<str>>,
    /// Rulesets that found nothing in the record as it is now.
    pub(crate) clean: Clean,
}

impl<'b> From<Vec<Event<'b>>> for Flow<'b> {
    fn from(events: Vec<Event<'b>>) -> Self {
        Self { histories: vec![History::default(); events.len()], events }
    }
}

impl<'b> Flow<'b> {
    /// No events, and room for some.
    pub(crate) fn with_capacity(events: usize) -> Self {
        Self { events: Vec::with_capacity(events), histories: Vec::with_capacity(events) }
    }

    /// All events, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Event<'b>, &History)> {
        self.events.iter().zip(&self.histories)
    }

    /// Puts an event behind the others.
    pub(crate) fn push(&mut self, event: Event<'b>, history: History) {
        self.events.push(event);
        self.histories.push(history);
    }

    /// Puts all events of another flow behind these.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.events.append(&mut other.events);
        self.histories.append(&mut other.histories);
    }

    /// Looks at every event once, in order, and keeps those for which `keep` says so.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&mut Event<'b>, &mut History) -> bool) {
        let Self { events, histories } = self;
        let (mut at, mut kept) = (0, 0);
        events.retain_mut(|event| {
            let is_kept = keep(event, &mut histories[at]);
            if is_kept {
                histories.swap(kept, at);
                kept += 1;
            }
            at += 1;
            is_kept
        });
        histories.truncate(kept);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// The events alone.
    pub(crate) fn into_events(self) -> Vec<Event<'b>> {
        self.events
    }
}

impl<'b> IntoIterator for Flow<'b> {
    type Item = (Event<'b>, History);
    type IntoIter = std::iter::Zip<std::vec::IntoIter<Event<'b>>, std::vec::IntoIter<History>>;

    fn into_iter(self) -> Self::IntoIter {
        self.events.into_iter().zip(self.histories)
    }
}

/// Rulesets that have scanned their place in a record, as it is now, and found nothing. To scan it again would find
/// nothing: a scan depends on record and ruleset alone. Rulesets are counted through the whole chain; those that are too many to be
/// noted are never clean, and scan again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clean(u64);

impl Clean {
    /// Notes a ruleset.
    pub(crate) fn add(&mut self, ruleset: usize) {
        self.0 |= bit(ruleset);
    }

    /// Whether a ruleset is noted.
    pub(crate) fn has(self, ruleset: usize) -> bool {
        self.0 & bit(ruleset) != 0
    }

    /// Both, where those of `other` are counted from `first` on.
    pub(crate) fn and(self, other: Self, first: usize) -> Self {
        let shift = u32::try_from(first).unwrap_or(u32::MAX);
        Self(self.0 | other.0.checked_shl(shift).unwrap_or(0))
    }
}

fn bit(ruleset: usize) -> u64 {
    u32::try_from(ruleset).ok().and_then(|ruleset| 1u64.checked_shl(ruleset)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(sequence: u64) -> Event<'static> {
        Event {
            kind: "function".into(),
            time_json: "".into(),
            time_ms: None,
            record: "1".into(),
            invocation: None,
            labels: Rc::default(),
            sequence,
        }
    }

    #[test]
    fn events_and_their_histories_stay_together() {
        let mut flow = Flow::from((0..10).map(event).collect::<Vec<_>>());
        flow.retain(|event, history| {
            history.origin = Some(event.sequence.to_string().into());
            event.sequence % 3 != 1
        });
        flow.push(event(10), History { origin: Some("10".into()), ..History::default() });
        let mut numbers: Vec<u64> = Vec::new();
        flow.retain(|event, history| {
            assert_eq!(history.origin.as_deref(), Some(&*event.sequence.to_string()));
            numbers.push(event.sequence);
            true
        });
        assert_eq!(numbers, [0, 2, 3, 5, 6, 8, 9, 10]);
        assert_eq!(flow.len(), flow.into_events().len());
    }

    #[test]
    fn rulesets_are_counted_through_the_chain_and_too_many_are_never_clean() {
        let mut own = Clean::default();
        [0, 2, 63, 64, usize::MAX].into_iter().for_each(|ruleset| own.add(ruleset));
        let all = Clean::default().and(own, 3);
        let noted: Vec<_> = (0..200).filter(|ruleset| all.has(*ruleset)).collect();
        assert_eq!(noted, [3, 5]);
        assert_eq!(Clean::default().and(own, 64), Clean::default());
        assert!(own.has(63) && !own.has(64) && !own.has(usize::MAX));
    }
}
