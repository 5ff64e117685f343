//! When to push: at most once per interval, with jitter, because each push costs the gateway time in proportion to
//! everything that it holds.

use std::time::Duration;

use tokio::time::Instant;

use crate::backoff::Random;

/// Decides when the next push is due. Pure: the clock is handed in.
#[derive(Clone, Debug)]
pub struct PushSchedule {
    min_interval: Duration,
    next: Option<Instant>,
    random: Random,
}

impl PushSchedule {
    /// The first push is due at once: the zeros it carries make the first invocations countable.
    #[must_use]
    pub fn new(min_interval: Duration, seed: u64) -> Self {
        Self { min_interval, next: None, random: Random::new(seed) }
    }

    /// Whether a push is due.
    #[must_use]
    pub fn is_due(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| next <= now)
    }

    /// When the next push is due; `None`: now.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.next
    }

    /// A push was tried, well or not: the next one is due after the interval and up to a quarter more.
    pub fn tried(&mut self, now: Instant) {
        self.next = now.checked_add(self.min_interval + self.random.below(self.min_interval / 4)).or(self.next);
    }
}

#[cfg(test)]
mod tests {
    use super::PushSchedule;
    use std::time::Duration;
    use tokio::time::Instant;

    #[test]
    fn due_at_once_and_then_once_per_interval() {
        let start = Instant::now();
        let interval = Duration::from_secs(16);
        for seed in 0..100 {
            let mut schedule = PushSchedule::new(interval, seed);
            assert!(schedule.is_due(start));
            schedule.tried(start);
            assert!(!schedule.is_due(start + interval - Duration::from_millis(1)));
            assert!(schedule.is_due(start + Duration::from_secs(20)));
        }
    }

    #[test]
    fn no_interval_means_always() {
        let start = Instant::now();
        let mut schedule = PushSchedule::new(Duration::ZERO, 1);
        schedule.tried(start);
        assert!(schedule.is_due(start));
    }
}
