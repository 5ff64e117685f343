//! How long to wait before the next try: exponential, with full jitter, a fixed number of tries.
//!
//! Pure: the seed is handed in, and whoever waits brings the clock.

use std::time::Duration;

/// Upper bound of the first wait.
const BASE: Duration = Duration::from_millis(75);
/// Upper bound of any wait, unless the server asks for more.
const CAP: Duration = Duration::from_secs(2);
/// Waits per flush: with the first try, three tries.
const MAX_RETRIES: u32 = 2;

/// Waits between the tries of one flush.
///
/// "Full jitter": each wait is uniform between nothing and an upper bound that doubles, so that a thousand sandboxes
/// that saw the same failure do not come back together.
#[derive(Clone, Debug)]
pub struct Backoff {
    retries: u32,
    max_retries: u32,
    random: Random,
}

impl Backoff {
    /// Starts with no try made. Give each sandbox a seed of its own.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { retries: 0, max_retries: MAX_RETRIES, random: Random::new(seed) }
    }

    /// The same with fewer waits, if a [`RetryBudget`](crate::RetryBudget) has no more left.
    #[must_use]
    pub fn at_most(self, retries: u32) -> Self {
        Self { max_retries: self.max_retries.min(retries), ..self }
    }

    /// The next wait, or `None` when it is time to give up for this flush.
    ///
    /// A server's `Retry-After` is a lower bound; the caller's deadline is the upper one.
    pub fn next_wait(&mut self, retry_after: Option<Duration>) -> Option<Duration> {
        if self.retries >= self.max_retries {
            return None;
        }
        let bound = BASE.saturating_mul(1 << self.retries).min(CAP);
        self.retries += 1;
        let wait = self.random.below(bound);
        Some(retry_after.map_or(wait, |least| least.saturating_add(wait)))
    }

    /// Starts over, for the next flush. The sequence of random numbers goes on.
    pub fn reset(&mut self) {
        self.retries = 0;
    }
}

/// SplitMix64: small, and good enough to spread sandboxes out.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A duration between nothing and `bound`, in whole microseconds.
    pub(crate) fn below(&mut self, bound: Duration) -> Duration {
        let micros = u64::try_from(bound.as_micros()).unwrap_or(u64::MAX).max(1);
        Duration::from_micros(self.next() % micros)
    }
}

#[cfg(test)]
mod tests {
    use super::{BASE, Backoff, MAX_RETRIES, Random};
    use std::time::Duration;

    #[test]
    fn gives_up_after_the_tries_and_starts_over() {
        let mut backoff = Backoff::new(7);
        for _ in 0..2 {
            for _ in 0..MAX_RETRIES {
                assert!(backoff.next_wait(None).is_some());
            }
            assert_eq!(backoff.next_wait(None), None);
            backoff.reset();
        }
    }

    #[test]
    fn a_budget_can_leave_less() {
        assert_eq!(Backoff::new(7).at_most(0).next_wait(None), None);
        let mut backoff = Backoff::new(7).at_most(1).at_most(9);
        assert!(backoff.next_wait(None).is_some());
        assert_eq!(backoff.next_wait(None), None);
    }

    #[test]
    fn waits_stay_below_a_doubling_bound() {
        for seed in 0..500 {
            let mut backoff = Backoff::new(seed);
            assert!(backoff.next_wait(None).is_some_and(|wait| wait < BASE));
            assert!(backoff.next_wait(None).is_some_and(|wait| wait < BASE * 2));
        }
    }

    #[test]
    fn the_server_can_ask_for_more() {
        let least = Duration::from_secs(3);
        assert!(Backoff::new(1).next_wait(Some(least)) >= Some(least));
        assert_eq!(Backoff::new(1).next_wait(Some(Duration::MAX)), Some(Duration::MAX));
    }

    #[test]
    fn seeds_spread_out() {
        let mut waits: Vec<_> = (0..100).map(|seed| Random::new(seed).below(Duration::from_secs(1))).collect();
        waits.sort();
        waits.dedup();
        assert_eq!(waits.len(), 100);
        assert!(waits[25] > Duration::from_millis(100) && waits[75] < Duration::from_millis(900), "{waits:?}");
    }
}
