//! An event on its way through the chain, with what the last look at it needs to know.

use std::rc::Rc;

use telesieve_core::Event;

/// An event on its way through the chain.
#[derive(Debug)]
pub(crate) struct Tracked<'b> {
    pub(crate) event: Event<'b>,
    /// Kind of the event that it stands behind, if a transform made it: who redacts that one redacts this one, too.
    pub(crate) origin: Option<Rc<str>>,
    /// Rulesets that found nothing in the record as it is now.
    pub(crate) clean: Clean,
}

impl<'b> From<Event<'b>> for Tracked<'b> {
    fn from(event: Event<'b>) -> Self {
        Self { event, origin: None, clean: Clean::default() }
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
