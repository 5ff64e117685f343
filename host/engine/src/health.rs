//! When a transform has failed so often that it is not worth calling, and when it is tried again.
//!
//! Time is handed in: nothing here looks at a clock.

use std::time::{Duration, Instant};

/// Batches in a row that may be lost before a transform is quarantined.
const PATIENCE: u32 = 5;

/// The first quarantine takes so long, and each one that follows without a recovery twice as long as the one before.
const FIRST: Duration = Duration::from_secs(30);

/// No quarantine takes longer.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// How a transform has fared lately. It counts batches that were lost, not batches with a fault: one poison record in
/// every batch is isolated each time and costs its neighbours nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Health {
    state: State,
    /// How long the next quarantine takes.
    next: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is called. So many batches in a row were lost, or went well since it was tried again.
    Working { lost: u32, recovering: u32 },
    /// It is not called until then. After that, one batch decides.
    Quarantined { until: Instant },
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

/// Something that an operator wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It is in quarantine now, and tried again after so long.
    Quarantined(Duration),
    /// It was tried again and works.
    Recovered,
}

/// Whether a transform is called, for a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// It is called.
    Working,
    /// The next batch decides whether it works again.
    HalfOpen,
    /// It is not called for a while.
    Quarantined,
    /// It did not load and is never called.
    Closed,
}

impl Health {
    /// Nothing has happened yet.
    pub(crate) fn new() -> Self {
        Self { state: State::Working { lost: 0, recovering: 0 }, next: FIRST }
    }

    /// Takes note of a batch.
    pub(crate) fn note(&mut self, toll: Toll, now: Instant) -> Option<News> {
        let failed = toll.timeout || toll.lost * 2 > toll.records;
        match self.state {
            State::Quarantined { .. } if failed => Some(self.quarantine(now)),
            State::Quarantined { .. } => {
                self.state = State::Working { lost: 0, recovering: PATIENCE };
                Some(News::Recovered)
            }
            // Whoever has just recovered is not trusted as much.
            State::Working { lost, recovering } if failed => {
                self.state = State::Working { lost: lost + 1, recovering };
                (lost + 1 == PATIENCE || recovering > 0).then(|| self.quarantine(now))
            }
            State::Working { recovering, .. } => {
                self.state = State::Working { lost: 0, recovering: recovering.saturating_sub(1) };
                if recovering == 1 {
                    self.next = FIRST;
                }
                None
            }
        }
    }

    fn quarantine(&mut self, now: Instant) -> News {
        let time = self.next;
        self.next = (time * 2).min(LONGEST);
        self.state = State::Quarantined { until: now + time };
        News::Quarantined(time)
    }

    /// Whether it may be called.
    pub(crate) fn may_run(&self, now: Instant) -> bool {
        self.state(now) != HealthState::Quarantined
    }

    /// For a metric.
    pub(crate) fn state(&self, now: Instant) -> HealthState {
        match self.state {
            State::Working { .. } => HealthState::Working,
            State::Quarantined { until } if now >= until => HealthState::HalfOpen,
            State::Quarantined { .. } => HealthState::Quarantined,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Toll = Toll { records: 10, lost: 1, timeout: false };
    const BAD: Toll = Toll { records: 10, lost: 6, timeout: false };

    fn spoilt(now: Instant) -> Health {
        let mut health = Health::new();
        let news = (0..PATIENCE).filter_map(|_| health.note(BAD, now)).last();
        assert_eq!(news, Some(News::Quarantined(FIRST)));
        health
    }

    #[test]
    fn five_lost_batches_in_a_row_are_too_many() {
        let (mut health, now) = (Health::new(), Instant::now());
        let news: Vec<_> = (0..5).map(|_| health.note(BAD, now)).collect();
        assert_eq!(news, [None, None, None, None, Some(News::Quarantined(FIRST))]);
        assert!(!health.may_run(now));
    }

    #[test]
    fn a_good_batch_forgives() {
        let (mut health, now) = (Health::new(), Instant::now());
        for toll in [BAD, BAD, BAD, BAD, GOOD, BAD, Toll { timeout: true, ..GOOD }, BAD, BAD] {
            assert_eq!(health.note(toll, now), None);
        }
        assert!(health.may_run(now));
    }

    #[test]
    fn after_a_while_one_batch_decides() {
        let now = Instant::now();
        let mut health = spoilt(now);
        assert_eq!(health.state(now + FIRST - Duration::from_millis(1)), HealthState::Quarantined);
        let later = now + FIRST;
        assert_eq!(health.state(later), HealthState::HalfOpen);
        assert!(health.may_run(later));
        assert_eq!(health.note(GOOD, later), Some(News::Recovered));
        assert_eq!(health.state(later), HealthState::Working);
    }

    #[test]
    fn quarantines_get_longer_and_have_an_end() {
        let mut now = Instant::now();
        let mut health = spoilt(now);
        let mut times = Vec::new();
        for _ in 0..8 {
            now += Duration::from_secs(3_600);
            if let Some(News::Quarantined(time)) = health.note(BAD, now) {
                times.push(time.as_secs());
            }
        }
        assert_eq!(times, [60, 120, 240, 480, 900, 900, 900, 900]);
    }

    #[test]
    fn whoever_has_recovered_must_keep_well_to_be_trusted_again() {
        let mut now = Instant::now();
        let mut health = spoilt(now);
        now += FIRST;
        assert_eq!(health.note(GOOD, now), Some(News::Recovered));
        assert_eq!(health.note(BAD, now), Some(News::Quarantined(FIRST * 2)), "one lost batch is enough");
        now += FIRST * 2;
        assert_eq!(health.note(GOOD, now), Some(News::Recovered));
        (0..PATIENCE).for_each(|_| assert_eq!(health.note(GOOD, now), None));
        let news: Vec<_> = (0..5).map(|_| health.note(BAD, now)).collect();
        assert_eq!(news, [None, None, None, None, Some(News::Quarantined(FIRST))]);
    }
}
