//! When to flush, and when to let the sandbox go on: the decision alone, with the clock handed in.
//!
//! Letting the sandbox go on means asking for the next event. Until then the invocation is billed, so whoever holds it
//! back needs a reason and a bound.

use std::collections::VecDeque;
use std::time::Duration;

use telesieve_config::{Flush, FlushMode};
use tokio::time::Instant;

/// Invocations that the rate is made of.
const WINDOW: usize = 8;

/// Invocations needed before a rate is believed.
const MIN_KNOWN: usize = 4;

/// A sandbox with a mean gap below this is busy: data of one invocation leaves with the next one soon enough.
const BUSY_GAP: Duration = Duration::from_secs(5);

/// Pending bytes that make a busy sandbox flush before its interval is over.
const EARLY_BYTES: usize = 512 << 10;

/// What to do about an invocation that has just begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Hold the sandbox until the function is done, flush, and let it go on.
    FlushAtEnd,
    /// Let it go on at once; flush meanwhile, or not.
    GoOn {
        /// Whether it is time to flush.
        flush: bool,
    },
}

/// Decides when to flush, from the flush mode and the rate of invocations.
#[derive(Debug)]
pub(crate) struct Policy {
    mode: FlushMode,
    interval: Duration,
    starts: VecDeque<Instant>,
    last_flush: Option<Instant>,
    blind: bool,
}

impl Policy {
    pub(crate) fn new(flush: &Flush) -> Self {
        let starts = VecDeque::with_capacity(WINDOW);
        Self { mode: flush.mode, interval: flush.interval, starts, last_flush: None, blind: false }
    }

    /// The end of an invocation cannot be seen: no telemetry comes, or it came without it. Never wait for it again.
    pub(crate) fn cannot_see_the_end(&mut self) {
        self.blind = true;
    }

    /// A snapshot was restored: what was known of time is of another one.
    pub(crate) fn restored(&mut self) {
        self.starts.clear();
        self.last_flush = None;
    }

    pub(crate) fn flushed(&mut self, now: Instant) {
        self.last_flush = Some(now);
    }

    /// An invocation begins.
    pub(crate) fn invoked(&mut self, now: Instant, pending_bytes: usize) -> Plan {
        if self.starts.len() == WINDOW {
            self.starts.pop_front();
        }
        self.starts.push_back(now);
        match self.mode {
            _ if self.blind => Plan::GoOn { flush: true },
            FlushMode::End => Plan::FlushAtEnd,
            FlushMode::Next => Plan::GoOn { flush: true },
            FlushMode::Interval => Plan::GoOn { flush: self.is_due(now) },
            FlushMode::Adaptive if self.is_busy() => {
                Plan::GoOn { flush: self.is_due(now) || pending_bytes >= EARLY_BYTES }
            }
            FlushMode::Adaptive => Plan::FlushAtEnd,
        }
    }

    /// When a flush is due though no invocation begins: a timer, as long as the sandbox is not frozen.
    pub(crate) fn next_flush(&self, started: Instant) -> Option<Instant> {
        let by_timer = self.mode == FlushMode::Interval || (self.mode == FlushMode::Adaptive && self.is_busy());
        by_timer.then(|| self.last_flush.unwrap_or(started) + self.interval)
    }

    fn is_due(&self, now: Instant) -> bool {
        self.last_flush.is_none_or(|last| now.duration_since(last) >= self.interval)
    }

    fn is_busy(&self) -> bool {
        let (Some(first), Some(last)) = (self.starts.front(), self.starts.back()) else { return false };
        let gaps = self.starts.len().saturating_sub(1);
        gaps + 1 >= MIN_KNOWN && last.duration_since(*first) < BUSY_GAP * u32::try_from(gaps).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(mode: FlushMode) -> Policy {
        Policy::new(&Flush { mode, interval: Duration::from_secs(20), ..Flush::default() })
    }

    fn plans(policy: &mut Policy, gap: Duration, count: u32) -> Vec<Plan> {
        let start = Instant::now();
        (0..count)
            .map(|n| {
                let now = start + gap * n;
                let plan = policy.invoked(now, 0);
                if plan != (Plan::GoOn { flush: false }) {
                    policy.flushed(now);
                }
                plan
            })
            .collect()
    }

    #[test]
    fn adaptive_holds_until_the_rate_is_known_and_while_the_sandbox_is_slow() {
        let fast = plans(&mut policy(FlushMode::Adaptive), Duration::from_secs(1), 30);
        assert_eq!(fast[..3], [Plan::FlushAtEnd; 3]);
        assert_eq!(fast[3..22], [Plan::GoOn { flush: false }; 19]);
        assert_eq!(fast[22], Plan::GoOn { flush: true });
        let slow = plans(&mut policy(FlushMode::Adaptive), Duration::from_secs(60), 20);
        assert_eq!(slow, [Plan::FlushAtEnd; 20]);
    }

    #[test]
    fn adaptive_holds_again_after_a_lull() {
        let mut policy = policy(FlushMode::Adaptive);
        plans(&mut policy, Duration::from_millis(100), 20);
        assert_eq!(policy.invoked(Instant::now() + Duration::from_secs(600), 0), Plan::FlushAtEnd);
    }

    #[test]
    fn a_busy_sandbox_flushes_early_when_much_waits() {
        let mut policy = policy(FlushMode::Adaptive);
        plans(&mut policy, Duration::ZERO, 20);
        assert_eq!(policy.invoked(Instant::now(), EARLY_BYTES), Plan::GoOn { flush: true });
    }

    #[test]
    fn the_fixed_modes_do_what_they_say() {
        assert_eq!(plans(&mut policy(FlushMode::End), Duration::ZERO, 9), [Plan::FlushAtEnd; 9]);
        assert_eq!(plans(&mut policy(FlushMode::Next), Duration::ZERO, 9), [Plan::GoOn { flush: true }; 9]);
        let interval = plans(&mut policy(FlushMode::Interval), Duration::from_secs(10), 4);
        assert_eq!(interval, [true, false, true, false].map(|flush| Plan::GoOn { flush }));
    }

    #[test]
    fn who_cannot_see_the_end_does_not_wait_for_it() {
        let mut policy = policy(FlushMode::End);
        policy.cannot_see_the_end();
        assert_eq!(policy.invoked(Instant::now(), 0), Plan::GoOn { flush: true });
    }
}
