//! When a transform has failed so often that it is not worth calling.

/// Batches in a row that may be lost before a transform is quarantined.
const PATIENCE: u32 = 5;

/// How a transform has fared lately. It counts batches that were lost, not batches with a fault: one poison record in
/// every batch is isolated each time and costs its neighbours nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It is called. So many batches in a row were lost.
    Working { lost: u32 },
    /// It is not called any more. When it may be tried again is decided here too, once it may be.
    Quarantined,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Toll {
    /// Records in it.
    pub(crate) records: usize,
    /// Records that were lost to faults.
    pub(crate) lost: usize,
    /// The time ran out: costs everybody, even if the records were saved.
    pub(crate) timeout: bool,
}

impl Health {
    /// Nothing has happened yet.
    pub(crate) fn new() -> Self {
        Self::Working { lost: 0 }
    }

    /// Takes note of a batch. Returns whether this is what put the transform into quarantine.
    pub(crate) fn note(&mut self, toll: Toll) -> bool {
        let Self::Working { lost } = *self else { return false };
        let failed = toll.timeout || toll.lost * 2 > toll.records;
        let lost = if failed { lost + 1 } else { 0 };
        *self = if lost < PATIENCE { Self::Working { lost } } else { Self::Quarantined };
        *self == Self::Quarantined
    }

    /// Whether it may be called.
    pub(crate) fn may_run(self) -> bool {
        self != Self::Quarantined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Toll = Toll { records: 10, lost: 1, timeout: false };
    const BAD: Toll = Toll { records: 10, lost: 6, timeout: false };

    #[test]
    fn five_lost_batches_in_a_row_are_too_many() {
        let mut health = Health::new();
        let news: Vec<_> = (0..6).map(|_| health.note(BAD)).collect();
        assert_eq!(news, [false, false, false, false, true, false]);
        assert!(!health.may_run());
    }

    #[test]
    fn a_good_batch_forgives() {
        let mut health = Health::new();
        for toll in [BAD, BAD, BAD, BAD, GOOD, BAD, Toll { timeout: true, ..GOOD }, BAD, BAD] {
            assert!(!health.note(toll));
        }
        assert!(health.may_run());
    }
}
