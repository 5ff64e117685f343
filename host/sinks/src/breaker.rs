//! The circuit breaker: when a sink is down, stop asking on every invocation.
//!
//! Pure: the clock is handed in. One breaker stands before one sink; its owner asks for a [`Permit`] before each flush
//! and says afterwards how it went.

use std::time::Duration;

use tokio::time::Instant;

use crate::backoff::Random;

/// Failures in a row that open a closed breaker.
const THRESHOLD: u32 = 2;
/// How long the first opening lasts, jitter aside.
const FIRST_OPENING: Duration = Duration::from_secs(5);
/// How long any opening lasts at most, jitter aside, unless the server asks for more.
const LONGEST_OPENING: Duration = Duration::from_secs(120);
/// The longest that a server can ask for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);
/// When a probe was let through and nobody said how it went, the next one is let through after this long.
const PROBE_PATIENCE: Duration = Duration::from_secs(5);

/// What the owner may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Send.
    Send,
    /// Send one small request: the sink may be back.
    Probe,
    /// Do not send before this instant.
    Wait(Instant),
}

/// The state as a metric shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// All is well.
    Closed,
    /// One probe is on its way, or may be sent.
    HalfOpen,
    /// Nothing is sent.
    Open,
}

impl BreakerState {
    /// 0 closed, 1 half-open, 2 open.
    #[must_use]
    pub fn as_number(self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::HalfOpen => 1,
            Self::Open => 2,
        }
    }
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Breaker {
    state: State,
    openings: u32,
    random: Random,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    Probing { until: Instant },
}

impl Breaker {
    /// A closed breaker. Give each sandbox a seed of its own.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: State::Closed { failures: 0 }, openings: 0, random: Random::new(seed) }
    }

    /// Asks whether to send. [`Permit::Probe`] is given to one caller at a time.
    pub fn permit(&mut self, now: Instant) -> Permit {
        match self.state {
            State::Closed { .. } => Permit::Send,
            State::Open { until } | State::Probing { until } if now < until => Permit::Wait(until),
            State::Open { .. } | State::Probing { .. } => {
                self.state = State::Probing { until: now + PROBE_PATIENCE };
                Permit::Probe
            }
        }
    }

    /// The sink answered as it should.
    pub fn succeeded(&mut self) {
        self.state = State::Closed { failures: 0 };
        self.openings = 0;
    }

    /// The sink failed. Opens after the second failure in a row, and at once if it was a probe or if the server said
    /// when to come back. Each opening in a row lasts twice as long, plus up to a quarter of jitter.
    pub fn failed(&mut self, now: Instant, retry_after: Option<Duration>) {
        let failures = match self.state {
            State::Closed { failures } => failures + 1,
            State::Open { .. } | State::Probing { .. } => THRESHOLD,
        };
        if failures < THRESHOLD && retry_after.is_none() {
            self.state = State::Closed { failures };
            return;
        }
        self.open(now, retry_after.unwrap_or_default());
    }

    fn open(&mut self, now: Instant, least: Duration) {
        let length = FIRST_OPENING.saturating_mul(1 << self.openings.min(16)).min(LONGEST_OPENING);
        let length = length.max(least.min(LONGEST_RETRY_AFTER));
        self.openings = self.openings.saturating_add(1);
        self.state = State::Open { until: now + length + self.random.below(length / 4) };
    }

    /// The sink did not answer in the time that was paid for: opens at once, so that this is not paid for twice.
    pub fn cost_too_much(&mut self, now: Instant) {
        self.open(now, Duration::ZERO);
    }

    /// The state, for a metric.
    #[must_use]
    pub fn state(&self, now: Instant) -> BreakerState {
        match self.state {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { until } if now < until => BreakerState::Open,
            State::Open { .. } | State::Probing { .. } => BreakerState::HalfOpen,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "a test may panic")]

    use super::{Breaker, BreakerState, FIRST_OPENING, LONGEST_OPENING, LONGEST_RETRY_AFTER, PROBE_PATIENCE, Permit};
    use proptest::prelude::*;
    use std::time::Duration;
    use tokio::time::Instant;

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::new(1);
        breaker.failed(now, None);
        breaker.failed(now, None);
        breaker
    }

    fn wait_of(breaker: &mut Breaker, now: Instant) -> Duration {
        match breaker.permit(now) {
            Permit::Wait(until) => until - now,
            permit => panic!("{permit:?}"),
        }
    }

    #[test]
    fn one_failure_is_no_outage() {
        let now = Instant::now();
        let mut breaker = Breaker::new(1);
        breaker.failed(now, None);
        assert_eq!(breaker.permit(now), Permit::Send);
        breaker.succeeded();
        breaker.failed(now, None);
        assert_eq!((breaker.permit(now), breaker.state(now)), (Permit::Send, BreakerState::Closed));
    }

    #[test]
    fn what_was_paid_for_is_not_paid_for_twice() {
        let now = Instant::now();
        let mut breaker = Breaker::new(1);
        breaker.cost_too_much(now);
        assert_eq!(breaker.state(now), BreakerState::Open);
        assert!(wait_of(&mut breaker, now) >= FIRST_OPENING);
    }

    #[test]
    fn opens_and_probes_once_at_a_time() {
        let start = Instant::now();
        let mut breaker = opened(start);
        assert_eq!(breaker.state(start), BreakerState::Open);
        let later = start + wait_of(&mut breaker, start);
        assert_eq!(breaker.state(later), BreakerState::HalfOpen);
        assert_eq!(breaker.permit(later), Permit::Probe);
        assert_eq!(breaker.permit(later), Permit::Wait(later + PROBE_PATIENCE));
        breaker.succeeded();
        assert_eq!((breaker.permit(later), breaker.state(later)), (Permit::Send, BreakerState::Closed));
    }

    #[test]
    fn a_forgotten_probe_does_not_close_it_for_ever() {
        let start = Instant::now();
        let mut breaker = opened(start);
        let later = start + wait_of(&mut breaker, start);
        assert_eq!(breaker.permit(later), Permit::Probe);
        assert_eq!(breaker.permit(later + PROBE_PATIENCE), Permit::Probe);
    }

    #[test]
    fn a_failed_probe_opens_for_longer() {
        let mut now = Instant::now();
        let mut breaker = opened(now);
        let mut last = wait_of(&mut breaker, now);
        assert!((FIRST_OPENING..FIRST_OPENING * 5 / 4).contains(&last));
        for _ in 0..40 {
            now += last;
            assert_eq!(breaker.permit(now), Permit::Probe);
            breaker.failed(now, None);
            last = wait_of(&mut breaker, now);
        }
        assert!((LONGEST_OPENING..LONGEST_OPENING * 5 / 4).contains(&last), "{last:?}");
    }

    #[test]
    fn the_server_can_ask_for_a_pause_within_bounds() {
        let now = Instant::now();
        let mut breaker = Breaker::new(1);
        breaker.failed(now, Some(Duration::from_secs(60)));
        assert!(wait_of(&mut breaker, now) >= Duration::from_secs(60));
        breaker.failed(now, Some(Duration::MAX));
        assert!(wait_of(&mut breaker, now) <= LONGEST_RETRY_AFTER * 5 / 4);
    }

    proptest! {
        #[test]
        fn always_comes_back(seed: u64, steps in proptest::collection::vec((0_u8..3, 0_u64..200), 0..100)) {
            let mut now = Instant::now();
            let mut breaker = Breaker::new(seed);
            for (step, seconds) in steps {
                now += Duration::from_secs(seconds);
                match step {
                    0 => breaker.failed(now, Some(Duration::from_secs(seconds))),
                    1 => breaker.failed(now, None),
                    _ => { breaker.permit(now); }
                }
            }
            now += LONGEST_RETRY_AFTER * 2;
            prop_assert_ne!(breaker.state(now), BreakerState::Open);
            prop_assert!(!matches!(breaker.permit(now), Permit::Wait(_)));
        }
    }
}
