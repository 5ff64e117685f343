//! One transform in the chain: takes events, gives events on, and accounts for every one that it does not.
//!
//! An event leaves a stage in one of four ways: it was not selected; a plan was applied to it; it may pass a transform
//! that failed ([`Pass`]); it was appended. Everything else is counted as filtered or dropped.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use telesieve_core::{DropReason, Event, counted};

use crate::call_fault::CallFault;
use crate::callee::Callee;
use crate::commit::{Commit, Verdicts};
use crate::health::{Health, HealthState, News, Toll};
use crate::isolate::{self, Judged, LEAST, Verdict};
use crate::kind::Pass;
use crate::marker::Marker;
use crate::select::Selector;
use crate::tracked::{Flow, History};
use crate::{Fault, NoteLevel, Outcome, StageReport};

/// Most records of one call.
const CALL_RECORDS: usize = 10_000;

/// A call is not made larger once it has this many bytes of text.
const CALL_BYTES: usize = 4 << 20;

/// Most records that a note about a fault names.
const MOST_NAMED: usize = 3;

/// One transform in the chain.
pub(crate) struct Stage {
    pub(crate) name: Arc<str>,
    pub(crate) selector: Selector,
    /// Whether records may pass if it fails.
    pub(crate) pass: Option<Pass>,
    /// Whether it redacts, or may do so for all that is known of it.
    pub(crate) redacts: bool,
    /// Whether what it redacts is looked at again at the end of the chain.
    pub(crate) verify: bool,
    pub(crate) mode: Mode,
}

/// Whether there is something to call.
pub(crate) enum Mode {
    /// Loaded. Its health says whether it is called.
    Open(Box<dyn Callee>, Health),
    /// It could not be set up.
    Closed,
}

impl Stage {
    /// Takes events and gives on those that may go on. `first_ruleset` is the number of its first ruleset in the chain.
    pub(crate) fn run<'b>(
        &mut self,
        flow: Flow<'b>,
        deadline: Instant,
        now: Instant,
        first_ruleset: usize,
        next_sequence: &mut u64,
        outcome: &mut Outcome<'_>,
    ) -> Flow<'b> {
        let start = Instant::now();
        let selected: Vec<bool> = flow.iter().map(|(event, history)| self.selects(event, history)).collect();
        let chosen = flow.iter().zip(&selected).filter(|(_, selected)| **selected);
        let chosen: Vec<_> = chosen.map(|((event, _), _)| event).collect();
        if chosen.is_empty() {
            return flow;
        }
        let mut report = StageReport::new(&self.name, chosen.len());
        let verdicts = self.judge(&chosen, deadline, now, &mut report, outcome);
        let first_ruleset = self.redacts.then_some(first_ruleset);
        let commit = Commit { name: &self.name, pass: self.pass, first_ruleset, next_sequence, outcome };
        let out = commit.run(flow, &selected, verdicts);
        report.time = start.elapsed();
        outcome.stages.push(report);
        out
    }

    /// An event that a transform made is redacted by whoever redacts the one that it stands behind.
    fn selects(&self, event: &Event<'_>, history: &History) -> bool {
        let as_origin = |origin: &Rc<str>| self.redacts && self.selector.selects(origin);
        self.selector.selects(&event.kind) || history.origin.as_ref().is_some_and(as_origin)
    }

    /// How many rulesets count in the chain: those of a redaction.
    pub(crate) fn rulesets(&self) -> usize {
        match &self.mode {
            Mode::Open(transform, _) if self.redacts => transform.resolved().rulesets.len(),
            _ => 0,
        }
    }

    fn judge(
        &mut self,
        events: &[&Event<'_>],
        deadline: Instant,
        now: Instant,
        report: &mut StageReport,
        outcome: &mut Outcome<'_>,
    ) -> Verdicts {
        let mut verdicts = Verdicts::default();
        let Mode::Open(transform, health) = &mut self.mode else {
            (report.closed, report.state) = (true, HealthState::Closed);
            verdicts.lose(events.len(), DropReason::TransformUnavailable);
            return verdicts;
        };
        let mut rest = events;
        while !rest.is_empty() {
            let (call, later) = rest.split_at(call_length(rest));
            rest = later;
            let left = deadline.saturating_duration_since(Instant::now());
            if !health.may_run(now) {
                report.closed = true;
                verdicts.lose(call.len(), DropReason::TransformQuarantined);
            } else if left < LEAST {
                verdicts.lose(call.len(), DropReason::TransformTimeout);
            } else {
                let budget = transform.budget();
                let judged = isolate::judge(transform.as_mut(), call, budget, left);
                report.add(&judged, transform.as_ref());
                #[cfg(feature = "compile")]
                report.locate(&judged.made.located, call, transform.resolved());
                Teller { name: &self.name, pass: self.pass, outcome }.tell(transform.as_mut(), call, &judged);
                let toll = toll(&judged);
                // Too little time is the transform's own fault only if it had all of its budget.
                if (!toll.timeout || left >= budget)
                    && let Some(news) = health.note(toll, now)
                {
                    report.quarantines += u32::from(matches!(news, News::Quarantined(_)));
                    tell_news(&self.name, self.pass, news, outcome);
                }
                verdicts.take(judged);
            }
        }
        report.state = health.state(now);
        verdicts
    }
}

impl StageReport {
    fn add(&mut self, judged: &Judged, transform: &dyn Callee) {
        judged.faults.iter().for_each(|fault| self.add_fault(fault.fault));
        let names = &transform.resolved().rule_names;
        judged.made.hits.iter().for_each(|hit| self.add_hits(&names[hit.0][usize::from(hit.1)], hit.2));
    }
}

/// How many events go into the next call: at least one.
fn call_length(events: &[&Event<'_>]) -> usize {
    let mut bytes = 0;
    let fits = |event: &&&Event<'_>| {
        let fits = bytes < CALL_BYTES;
        bytes += event.record.len();
        fits
    };
    events.iter().take(CALL_RECORDS).take_while(fits).count()
}

/// Tells the operator what a call brought.
struct Teller<'t, 'o> {
    name: &'t Arc<str>,
    pass: Option<Pass>,
    outcome: &'t mut Outcome<'o>,
}

impl Teller<'_, '_> {
    fn tell(&mut self, transform: &mut dyn Callee, events: &[&Event<'_>], judged: &Judged) {
        for (level, line) in transform.take_log() {
            self.outcome.note(self.name, level, line);
        }
        if judged.made.lost_samples > 0 {
            let samples = counted(judged.made.lost_samples, "sample");
            let line = format!("rejected {samples}: not a number, or too many");
            self.outcome.note(self.name, NoteLevel::Warn, line);
        }
        if let Some(fault) = judged.faults.first() {
            self.outcome.note(self.name, NoteLevel::Error, self.failed(fault, events, judged));
        }
    }

    fn failed(&self, fault: &CallFault, events: &[&Event<'_>], judged: &Judged) -> String {
        let lost: Vec<_> = (0..events.len()).filter(|at| matches!(judged.verdicts[*at], Verdict::Lost(_))).collect();
        let named = lost.iter().take(MOST_NAMED).map(|at| {
            let kind = crate::text::shown_kind(&events[*at].kind);
            format!("#{at} ({kind}, {} bytes)", events[*at].record.len())
        });
        let named: Vec<_> = named.collect();
        let more = if lost.len() > MOST_NAMED { ", …" } else { "" };
        let named = if named.is_empty() { String::new() } else { format!(": {}{more}", named.join(", ")) };
        let records = counted(lost.len(), "record");
        let fate = fate(self.pass);
        format!("{} in a batch of {}: {fault}; {records} {fate}{named}", fault.fault, events.len())
    }
}

/// Tells the operator, and whoever reads the events: a marker stands behind those of the batch.
fn tell_news(transform: &Arc<str>, pass: Option<Pass>, news: News, outcome: &mut Outcome<'_>) {
    let (level, text) = match news {
        News::Quarantined(time) => {
            let (fate, seconds) = (fate(pass), time.as_secs());
            let text = format!("quarantined for {seconds} s after repeated failures; its records are {fate}");
            (NoteLevel::Error, text)
        }
        News::Recovered => (NoteLevel::Warn, "quarantine ended: the transform works again".to_owned()),
    };
    outcome.news.push(Marker::new(transform, level, &text));
    outcome.note(transform, level, text);
}

fn fate(pass: Option<Pass>) -> &'static str {
    if pass.is_some() { "passed unchanged" } else { "dropped" }
}

fn toll(judged: &Judged) -> Toll {
    Toll {
        records: judged.verdicts.len(),
        lost: judged.verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Lost(_))).count(),
        timeout: judged.faults.first().is_some_and(|fault| fault.fault == Fault::Timeout),
    }
}
