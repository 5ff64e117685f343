//! Turns verdicts into events that go on, and into counts of those that do not.

use std::rc::Rc;
use std::sync::Arc;

use telesieve_core::{DropReason, Event};

use crate::apply::{Appended, Fate};
use crate::isolate::{Judged, Verdict};
use crate::kind::Pass;
use crate::tracked::{Flow, History};
use crate::{Fault, GuestSample, Outcome};

/// What became of the events that a stage selected.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    fates: Vec<Result<Fate, DropReason>>,
    appended: Vec<Appended>,
    samples: Vec<GuestSample>,
}

impl Verdicts {
    /// The next `count` events are lost.
    pub(crate) fn lose(&mut self, count: usize, reason: DropReason) {
        self.fates.extend((0..count).map(|_| Err(reason)));
    }

    /// The next events are those of a call.
    pub(crate) fn take(&mut self, judged: Judged) {
        let start = self.fates.len();
        let appended = judged.made.appended.into_iter();
        self.appended.extend(appended.map(|new| Appended { behind: new.behind + start, ..new }));
        self.samples.extend(judged.made.samples);
        self.fates.extend(judged.verdicts.into_iter().map(|verdict| match verdict {
            Verdict::Applied(fate) => Ok(fate),
            Verdict::Lost(fault) => Err(reason(fault)),
        }));
    }
}

/// The reason that a fault is.
pub(crate) fn reason(fault: Fault) -> DropReason {
    match fault {
        Fault::Trap => DropReason::TransformTrapped,
        Fault::Timeout => DropReason::TransformTimeout,
        Fault::Memory => DropReason::TransformMemory,
        Fault::Error => DropReason::TransformError,
        Fault::Script => DropReason::TransformOutput,
        Fault::Init => DropReason::TransformUnavailable,
    }
}

/// There is a fate for each selected event. If there were none, the event would be lost and counted, not let through.
const LOST: Result<Fate, DropReason> = Err(DropReason::TransformOutput);

/// Puts verdicts into force.
pub(crate) struct Commit<'c, 'o> {
    pub(crate) name: &'c Arc<str>,
    pub(crate) pass: Option<Pass>,
    /// Number in the chain of the transform's first ruleset, if its rulesets count there.
    pub(crate) first_ruleset: Option<usize>,
    pub(crate) next_sequence: &'c mut u64,
    pub(crate) outcome: &'c mut Outcome<'o>,
}

impl Commit<'_, '_> {
    /// The events that go on, in order. `verdicts` are those of the selected events.
    pub(crate) fn run<'b>(mut self, mut flow: Flow<'b>, selected: &[bool], verdicts: Verdicts) -> Flow<'b> {
        self.outcome.samples.extend(verdicts.samples);
        if !verdicts.appended.is_empty() {
            return self.run_and_append(flow, selected, verdicts.fates, verdicts.appended);
        }
        let mut fates = verdicts.fates.into_iter();
        let mut selected = selected.iter();
        flow.retain(|event, history| {
            selected.next() == Some(&false) || self.settle(event, history, fates.next().unwrap_or(LOST))
        });
        flow
    }

    /// Puts events that the transform made behind those that they belong to.
    fn run_and_append<'b>(
        &mut self,
        flow: Flow<'b>,
        selected: &[bool],
        fates: Vec<Result<Fate, DropReason>>,
        appended: Vec<Appended>,
    ) -> Flow<'b> {
        let mut out = Flow::with_capacity(flow.len() + appended.len());
        let mut fates = fates.into_iter().enumerate();
        let mut appended = appended.into_iter().peekable();
        for ((mut event, mut history), selected) in flow.into_iter().zip(selected) {
            if !selected {
                out.push(event, history);
                continue;
            }
            let (at, fate) = fates.next().unwrap_or((usize::MAX, LOST));
            let mut behind = Flow::default();
            while let Some(new) = appended.next_if(|new| new.behind == at) {
                let (made, of) = self.appended(new, &event, &history);
                behind.push(made, of);
            }
            if self.settle(&mut event, &mut history, fate) {
                out.push(event, history);
            }
            out.append(behind);
        }
        out
    }

    /// Edits an event and says whether it goes on.
    fn settle(&mut self, event: &mut Event<'_>, history: &mut History, fate: Result<Fate, DropReason>) -> bool {
        #[cfg(feature = "compile")]
        self.outcome.observe_fate(self.name, event.sequence, &fate, self.pass);
        match (fate, self.pass) {
            (Ok(Fate::On(edited)), _) => {
                edited.apply(event, history, self.first_ruleset);
                return true;
            }
            (Err(_), Some(Pass { .. })) => return true,
            (Ok(Fate::Filtered), _) => self.outcome.count_filtered(self.name),
            (Ok(Fate::Unassigned), _) => self.outcome.count_dropped(DropReason::TransformOutput),
            (Err(reason), None) => self.outcome.count_dropped(reason),
        }
        false
    }

    /// An event that a transform made has the time, the invocation and the labels of the one that it stands behind, as
    /// they were before the transform.
    fn appended<'b>(&mut self, new: Appended, event: &Event<'b>, history: &History) -> (Event<'b>, History) {
        let sequence = *self.next_sequence;
        *self.next_sequence += 1;
        self.outcome.appended += 1;
        let made = Event {
            kind: new.kind.into(),
            time_json: event.time_json.clone(),
            time_ms: event.time_ms,
            record: new.record.into(),
            invocation: event.invocation.clone(),
            labels: Rc::clone(&event.labels),
            sequence,
        };
        let origin = history.origin.clone().unwrap_or_else(|| event.kind.as_ref().into());
        (made, History { origin: Some(origin), ..History::default() })
    }
}
