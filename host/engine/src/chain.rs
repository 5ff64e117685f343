//! The transforms of a configuration, one behind the other.

#[cfg(any(test, feature = "fault-injection"))]
use std::cell::RefCell;
#[cfg(any(test, feature = "fault-injection"))]
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telesieve_core::Event;
use telesieve_kernels::{OwnValues, Scratch};

use crate::Outcome;
#[cfg(feature = "compile")]
use crate::callee::Callee;
use crate::marker;
use crate::stage::{Mode, Stage};
use crate::tracked::Flow;
use crate::verify::LastLook;
use crate::watchdog::Watchdog;

/// The transforms of a configuration, one behind the other.
pub struct Chain {
    stages: Vec<Stage>,
    watchdog: Option<Watchdog>,
    scratch: Scratch,
    #[cfg(any(test, feature = "fault-injection"))]
    skipped: Duration,
    #[cfg(feature = "compile")]
    observed: bool,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.stages.iter().map(|stage| &stage.name)).finish()
    }
}

impl Chain {
    /// Stages in order; the watchdog is theirs.
    pub(crate) fn new(stages: Vec<Stage>, watchdog: Option<Watchdog>) -> Self {
        Self {
            stages,
            watchdog,
            scratch: Scratch::default(),
            #[cfg(any(test, feature = "fault-injection"))]
            skipped: Duration::ZERO,
            #[cfg(feature = "compile")]
            observed: false,
        }
    }

    /// Runs a batch through every transform.
    ///
    /// `time_left` bounds all of them together; each has its own budget besides, which a batch with faults may use
    /// twice. Appended events and markers take their numbers from `next_sequence`.
    pub fn process<'b>(&mut self, events: Vec<Event<'b>>, time_left: Duration, next_sequence: &mut u64) -> Outcome<'b> {
        let now = Instant::now();
        let deadline = now + time_left;
        #[cfg(any(test, feature = "fault-injection"))]
        let now = now + self.skipped;
        let mut outcome = Outcome::default();
        #[cfg(feature = "compile")]
        outcome.observed(self.observed);
        let mut flow = Flow::from(events);
        let mut first_ruleset = 0;
        for stage in &mut self.stages {
            flow = stage.run(flow, deadline, now, first_ruleset, next_sequence, &mut outcome);
            first_ruleset += stage.rulesets();
        }
        LastLook::new(&self.stages, &mut self.scratch).release(flow, &mut outcome);
        marker::put(&mut outcome, next_sequence);
        outcome
    }

    /// From now on, the rule `own-secrets` looks for these values: in every transform, and in the last look. No guest sees
    /// them.
    pub fn set_own_values(&mut self, values: &Arc<OwnValues>) {
        self.scratch.set_own_values(Arc::clone(values));
        for stage in &mut self.stages {
            if let Mode::Open(callee, _) = &mut stage.mode {
                callee.set_own_values(Arc::clone(values));
            }
        }
    }

    /// Has the chain say more than the extension wants to know: where rules hit, where each event was lost, and lines
    /// at debug level, which may quote records.
    #[cfg(feature = "compile")]
    pub fn observe(&mut self) {
        self.observed = true;
        self.callees().for_each(|callee| callee.observe());
    }

    /// Has every call of one transform fail that an event takes part in, as if the transform were at fault.
    #[cfg(feature = "compile")]
    pub fn inject(&mut self, transform: &str, injection: crate::Injection) {
        for stage in self.stages.iter_mut().filter(|stage| &*stage.name == transform) {
            if let Mode::Open(callee, _) = &mut stage.mode {
                callee.inject(injection);
            }
        }
    }

    /// Lets time pass for quarantines.
    #[cfg(any(test, feature = "fault-injection"))]
    pub fn skip(&mut self, time: Duration) {
        self.skipped += time;
    }

    /// Has calls fail and answers garbled, as `saboteur` decides for each call.
    #[cfg(any(test, feature = "fault-injection"))]
    pub fn sabotage(&mut self, saboteur: impl FnMut(&crate::Call<'_>) -> Option<crate::Sabotage> + 'static) {
        let (saboteur, calls): (crate::inject::Saboteur, _) = (Rc::new(RefCell::new(saboteur)), Rc::default());
        for stage in &mut self.stages {
            if let Mode::Open(callee, _) = &mut stage.mode {
                callee.sabotage(crate::inject::Injector::new(&stage.name, &saboteur, &calls));
            }
        }
    }

    #[cfg(feature = "compile")]
    fn callees(&mut self) -> impl Iterator<Item = &mut Box<dyn Callee>> {
        self.stages.iter_mut().filter_map(|stage| match &mut stage.mode {
            Mode::Open(callee, _) => Some(callee),
            Mode::Closed => None,
        })
    }

    /// Bytes of linear memory that the transforms hold at present.
    #[must_use]
    pub fn guest_memory(&self) -> usize {
        let memory = |stage: &Stage| if let Mode::Open(transform, _) = &stage.mode { transform.memory() } else { 0 };
        self.stages.iter().map(memory).sum()
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        if let Some(watchdog) = &self.watchdog {
            watchdog.stop();
        }
    }
}
