//! Ends calls that take too long.
//!
//! wasmtime's code looks at an epoch counter; somebody has to move it. A free-running ticker would burn the CPU share of
//! a small function, so a thread sleeps until the deadline of the call that is armed, and for good when none is. It is
//! started with the first call, and it is woken only for a deadline earlier than the one it sleeps for: calls that
//! follow each other cost two stores, and a stale deadline one idle wake-up.
//!
//! The thread only rings. Whether the call has to end is decided on the caller's thread by [`Deadline::rung`], so a late
//! ring for the call before does no harm, and a sandbox that was frozen in the middle of a call gets its time again.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use wasmtime::Engine;

/// If a ring comes this much after the deadline, the sandbox was frozen or starved meanwhile, and so was the call.
const FROZEN: Duration = Duration::from_millis(100);

/// No call is armed.
const NONE: u64 = 0;

/// Sleeps until somebody wakes it.
const PARKED: u64 = u64::MAX;

/// Rings when the deadline of a call is over. Clones share one thread.
#[derive(Clone, Debug)]
pub(crate) struct Watchdog(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    engine: Engine,
    start: Instant,
    /// Nanoseconds after `start`, or `NONE`.
    deadline: AtomicU64,
    /// What the thread sleeps for, or 0 while it is awake.
    sleeps_until: AtomicU64,
    stop: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Watchdog {
    /// Starts no thread yet.
    pub(crate) fn new(engine: &Engine) -> Self {
        Self(Arc::new(Shared {
            engine: engine.clone(),
            start: Instant::now(),
            deadline: AtomicU64::new(NONE),
            sleeps_until: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            thread: OnceLock::new(),
        }))
    }

    /// Rings at `deadline`, instead of at the one before.
    ///
    /// # Errors
    /// There is no thread and none can be started: without it, nothing may be called.
    pub(crate) fn arm(&self, deadline: Instant) -> std::io::Result<()> {
        let thread = self.thread()?;
        let at = self.0.nanos(deadline).max(NONE + 1);
        self.0.deadline.store(at, Ordering::SeqCst);
        if self.0.sleeps_until.load(Ordering::SeqCst) > at {
            thread.unpark();
        }
        Ok(())
    }

    /// Does not ring.
    pub(crate) fn disarm(&self) {
        self.0.deadline.store(NONE, Ordering::SeqCst);
    }

    /// Ends the thread. To be called when the last call is over.
    pub(crate) fn stop(&self) {
        self.0.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.0.thread.get() {
            thread.unpark();
        }
    }

    fn thread(&self) -> std::io::Result<&Thread> {
        if let Some(thread) = self.0.thread.get() {
            return Ok(thread);
        }
        let shared = Arc::clone(&self.0);
        let builder = thread::Builder::new().name("watchdog".to_owned()).stack_size(64 << 10);
        let handle = builder.spawn(move || shared.watch())?;
        Ok(self.0.thread.get_or_init(|| handle.thread().clone()))
    }
}

impl Shared {
    fn nanos(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.start).as_nanos()).unwrap_or(PARKED - 1)
    }

    fn watch(&self) {
        while !self.stop.load(Ordering::SeqCst) {
            let deadline = self.deadline.load(Ordering::SeqCst);
            let now = self.nanos(Instant::now());
            if deadline == NONE {
                self.sleep(deadline, PARKED, thread::park);
            } else if now < deadline {
                self.sleep(deadline, deadline, || thread::park_timeout(Duration::from_nanos(deadline - now)));
            } else if self.deadline.compare_exchange(deadline, NONE, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                self.engine.increment_epoch();
            }
        }
    }

    /// Sleeps unless the deadline has changed since it was looked at. Whoever arms stores the deadline and then looks
    /// at `sleeps_until`, we do it the other way round, so one of the two notices.
    fn sleep(&self, seen: u64, until: u64, sleep: impl FnOnce()) {
        self.sleeps_until.store(until, Ordering::SeqCst);
        if self.deadline.load(Ordering::SeqCst) == seen && !self.stop.load(Ordering::SeqCst) {
            sleep();
        }
        self.sleeps_until.store(0, Ordering::SeqCst);
    }
}

/// The deadline of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    budget: Duration,
    extended: bool,
}

/// What a ring means to the call that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ring {
    /// It was meant for a call before this one.
    Stale,
    /// The sandbox was frozen: the call has time until then.
    Extended(Instant),
    /// The time is over.
    Over,
}

impl Deadline {
    /// From now on.
    pub(crate) fn after(now: Instant, budget: Duration) -> Self {
        Self { at: now + budget, budget, extended: false }
    }

    /// When the time is over.
    pub(crate) fn at(&self) -> Instant {
        self.at
    }

    /// Says what a ring means, and grants the budget once more after a freeze.
    pub(crate) fn rung(&mut self, now: Instant) -> Ring {
        if now < self.at {
            return Ring::Stale;
        }
        if self.extended || now - self.at < FROZEN {
            return Ring::Over;
        }
        *self = Self { at: now + self.budget, budget: self.budget, extended: true };
        Ring::Extended(self.at)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::tuning::{self, Reservation};

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_ring_in_time_ends_the_call() {
        let now = Instant::now();
        let mut deadline = Deadline::after(now, 50 * MS);
        assert_eq!(deadline.rung(now + 50 * MS), Ring::Over);
    }

    #[test]
    fn a_ring_for_the_call_before_is_ignored() {
        let now = Instant::now();
        let mut deadline = Deadline::after(now, 50 * MS);
        assert_eq!(deadline.rung(now + 49 * MS), Ring::Stale);
    }

    #[test]
    fn a_freeze_grants_the_budget_once_more_and_only_once() {
        let now = Instant::now();
        let mut deadline = Deadline::after(now, 50 * MS);
        let thaw = now + Duration::from_secs(3600);
        assert_eq!(deadline.rung(thaw), Ring::Extended(thaw + 50 * MS));
        assert_eq!(deadline.rung(thaw + 49 * MS), Ring::Stale);
        assert_eq!(deadline.rung(thaw + 2 * Duration::from_secs(3600)), Ring::Over);
    }

    #[test]
    fn the_thread_starts_with_the_first_call_rings_once_and_sleeps() {
        let engine = tuning::engine(Reservation::Full).unwrap();
        let watchdog = Watchdog::new(&engine);
        assert!(watchdog.0.thread.get().is_none());
        watchdog.arm(Instant::now() + 3600 * 1000 * MS).unwrap();
        watchdog.arm(Instant::now() + MS).unwrap();
        wait_for(|| watchdog.0.deadline.load(Ordering::SeqCst) == NONE);
        wait_for(|| watchdog.0.sleeps_until.load(Ordering::SeqCst) == PARKED);
        watchdog.stop();
        wait_for(|| Arc::strong_count(&watchdog.0) == 1);
    }

    fn wait_for(condition: impl Fn() -> bool) {
        while !condition() {
            thread::yield_now();
        }
    }
}
