//! Runs a transform on a batch, and if that fails, finds the records at fault by halving.
//!
//! The answer for a record that is found at fault alone is a fault; all others get what they would have got without it.
//! Halving instead of one record at a time: one poison record in a thousand costs 20 calls instead of a thousand, and
//! the result is the same. Both time and calls are bounded; what is left when they are used up shares the last fault.

use std::ops::Range;
use std::time::{Duration, Instant};

use telesieve_core::Event;

use crate::Fault;
use crate::apply::{Appended, Applied, Fate};
use crate::call_fault::CallFault;

/// Most calls for one batch after the first one failed.
const MOST_CALLS: u32 = 256;

/// A single call gets this share of the time that is left for looking.
const SHARE: u32 = 8;

/// Below this, a call is not worth starting.
pub(crate) const LEAST: Duration = Duration::from_micros(500);

/// What runs events: a transform, or a test.
pub(crate) trait Attempt {
    /// Runs events, all or nothing.
    fn attempt(&mut self, events: &[&Event<'_>], budget: Duration) -> Result<Applied, CallFault>;
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// One for each event.
    pub(crate) verdicts: Vec<Verdict>,
    /// Everything else that plans made; its `fates` have moved to `verdicts`.
    pub(crate) made: Applied,
    /// Every fault that was met, in order. The first one is the batch's own.
    pub(crate) faults: Vec<CallFault>,
}

/// What became of an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A plan was applied.
    Applied(Fate),
    /// It was lost to a fault.
    Lost(Fault),
}

/// Runs a batch: once within `budget`, and if that fails, in parts within `budget` again. Never takes longer than
/// `time_left`.
pub(crate) fn judge(attempt: &mut dyn Attempt, events: &[&Event<'_>], budget: Duration, time_left: Duration) -> Judged {
    let end = Instant::now() + time_left;
    let mut judge = Judge { attempt, events, judged: Judged::default() };
    if judge.part(0..events.len(), budget.min(time_left)).is_ok() {
        return judge.judged;
    }
    let end = end.min(Instant::now() + budget);
    judge.isolate(end);
    judge.judged
}

struct Judge<'j, 'e, 'b> {
    attempt: &'j mut dyn Attempt,
    events: &'e [&'e Event<'b>],
    judged: Judged,
}

impl Judge<'_, '_, '_> {
    fn isolate(&mut self, end: Instant) {
        let mut parts = halves(0..self.events.len());
        let mut calls = 0;
        while let Some(part) = parts.pop() {
            let left = end.saturating_duration_since(Instant::now());
            if calls == MOST_CALLS || left < LEAST {
                self.lose(part);
                continue;
            }
            calls += 1;
            let budget = (left / SHARE).max(LEAST);
            match self.part(part.clone(), budget) {
                Ok(()) => {}
                Err(()) if part.len() == 1 => self.lose(part),
                Err(()) => parts.extend(halves(part)),
            }
        }
    }

    /// Runs a part of the batch and takes over what it made. Parts are run in order.
    fn part(&mut self, part: Range<usize>, budget: Duration) -> Result<(), ()> {
        match self.attempt.attempt(&self.events[part.clone()], budget) {
            Ok(applied) => {
                self.take(part.start, applied);
                Ok(())
            }
            Err(fault) => {
                self.judged.faults.push(fault);
                Err(())
            }
        }
    }

    fn take(&mut self, start: usize, applied: Applied) {
        let Judged { verdicts, made, .. } = &mut self.judged;
        verdicts.extend(applied.fates.into_iter().map(Verdict::Applied));
        made.appended.extend(applied.appended.into_iter().map(|new| Appended { behind: new.behind + start, ..new }));
        made.samples.extend(applied.samples);
        made.hits.extend(applied.hits);
        made.lost_samples += applied.lost_samples;
        #[cfg(feature = "compile")]
        made.located.extend(applied.located.into_iter().map(|found| found.behind(start)));
    }

    fn lose(&mut self, part: Range<usize>) {
        let fault = self.judged.faults.last().map_or(Fault::Timeout, |fault| fault.fault);
        self.judged.verdicts.extend(part.map(|_| Verdict::Lost(fault)));
    }
}

/// The halves of a part, the first one last. A single event is tried again: the fault may have been the instance's.
fn halves(part: Range<usize>) -> Vec<Range<usize>> {
    let middle = part.start + part.len() / 2;
    [middle..part.end, part.start..middle].into_iter().filter(|half| !half.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::apply::Edited;

    /// Fails whenever a poisoned event is among those it is given.
    struct Poisoned {
        poison: BTreeSet<u64>,
        calls: usize,
    }

    impl Attempt for Poisoned {
        fn attempt(&mut self, events: &[&Event<'_>], _budget: Duration) -> Result<Applied, CallFault> {
            self.calls += 1;
            if events.iter().any(|event| self.poison.contains(&event.sequence)) {
                return Err(CallFault::new(Fault::Trap, "poison"));
            }
            let fates = events.iter().map(|_| Fate::On(Edited::default())).collect();
            let appended = (0..events.len()).map(|behind| Appended { behind, kind: "k".into(), record: "1".into() });
            Ok(Applied { fates, appended: appended.collect(), ..Applied::default() })
        }
    }

    fn events(count: u64) -> Vec<Event<'static>> {
        let event = |sequence| Event {
            kind: "function".into(),
            time_json: "".into(),
            time_ms: None,
            record: "1".into(),
            invocation: None,
            labels: Default::default(),
            sequence,
        };
        (0..count).map(event).collect()
    }

    fn run(count: u64, poison: BTreeSet<u64>) -> (Judged, usize) {
        let events = events(count);
        let events: Vec<_> = events.iter().collect();
        let mut attempt = Poisoned { poison, calls: 0 };
        let hour = Duration::from_secs(3_600);
        (judge(&mut attempt, &events, hour, hour), attempt.calls)
    }

    #[test]
    fn one_poison_record_in_a_thousand_costs_few_calls() {
        let (judged, calls) = run(1_000, BTreeSet::from([617]));
        assert!(calls <= 21, "{calls}");
        let lost: Vec<_> = (0..1_000).filter(|at| matches!(judged.verdicts[*at], Verdict::Lost(_))).collect();
        assert_eq!(lost, [617]);
    }

    #[test]
    fn a_batch_of_poison_ends() {
        let (judged, calls) = run(10_000, (0..10_000).collect());
        assert_eq!(calls, 257);
        assert!(judged.verdicts.iter().all(|verdict| *verdict == Verdict::Lost(Fault::Trap)));
        assert_eq!(judged.verdicts.len(), 10_000);
    }

    #[test]
    fn without_time_everything_is_lost() {
        let events = events(4);
        let events: Vec<_> = events.iter().collect();
        let mut attempt = Poisoned { poison: BTreeSet::from([0]), calls: 0 };
        let judged = judge(&mut attempt, &events, Duration::from_secs(1), Duration::ZERO);
        assert_eq!(judged.verdicts.len(), 4);
        assert!(judged.verdicts.iter().all(|verdict| *verdict == Verdict::Lost(Fault::Trap)));
    }

    proptest! {
        #[test]
        fn exactly_the_poison_is_lost_and_the_order_is_kept(count in 0u64..60, poison in prop::collection::btree_set(0u64..60, 0..12)) {
            let (judged, _) = run(count, poison.clone());
            prop_assert_eq!(judged.verdicts.len() as u64, count);
            for (at, verdict) in (0u64..).zip(&judged.verdicts) {
                prop_assert_eq!(matches!(verdict, Verdict::Lost(_)), poison.contains(&at));
            }
            let behind: Vec<_> = judged.made.appended.iter().map(|new| new.behind as u64).collect();
            let expected: Vec<_> = (0..count).filter(|at| !poison.contains(at)).collect();
            prop_assert_eq!(behind, expected);
        }
    }
}
