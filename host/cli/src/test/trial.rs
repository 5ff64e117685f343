//! Recorded telemetry run through the transforms, and what became of each event.
//!
//! They run in the chain that ships, which is observed and can be told to fail. What each call costs is measured beside
//! it, with the events as they come to each transform.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;
use telesieve_core::{Envelope, Event, LabelSet, Stitched, Stitcher, Tracker, split};
use telesieve_engine::{
    Chain, FIELDS, Found, GuestSample, Injection, Meter, NoteLevel, Outcome, StageReport, TransformKind, Why,
};

use crate::recording::Recording;
use crate::workbench::Workbench;

/// Time for all transforms together.
const TIME_LEFT: Duration = Duration::from_secs(60);
/// Numbers of appended events begin here.
const APPENDED: u64 = 1 << 40;
/// Events of a file whose fuel is measured.
const METERED: u64 = 1_000;

/// What became of a recording.
#[derive(Debug, Default)]
pub(super) struct Trial {
    pub(super) events: Vec<Traced>,
    pub(super) stages: Vec<StageRun>,
    pub(super) samples: Vec<GuestSample>,
    /// Series of transforms that the extension keeps.
    pub(super) max_series: usize,
    /// What does not add up. Nothing, or there is a fault in telesieve.
    pub(super) unaccounted: Vec<String>,
}

/// An event and what became of it.
#[derive(Debug, Default)]
pub(super) struct Traced {
    pub(super) kind: String,
    /// JSON text of the record.
    pub(super) before: String,
    pub(super) after: Option<After>,
    /// Behind which transform it was not seen any more, and why; `filtered`, or the reason of a drop.
    pub(super) gone: Option<(String, String)>,
    /// Events that transforms put behind it.
    pub(super) appended: Vec<After>,
    /// Fuel of all transforms, each called with this event alone.
    pub(super) fuel: Option<u64>,
    pub(super) found: Vec<Hit>,
}

/// An event that leaves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct After {
    pub(super) kind: String,
    pub(super) record: String,
    pub(super) labels: Vec<(String, String)>,
}

/// Where a rule hit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) transform: String,
    pub(super) rule: String,
    /// Name of the field; empty for text.
    pub(super) path: String,
    pub(super) hits: u64,
}

/// What a transform did with all batches.
#[derive(Debug, Default)]
pub(super) struct StageRun {
    pub(super) name: String,
    pub(super) seen: u64,
    pub(super) time: Duration,
    /// Fuel of each event that was measured.
    pub(super) fuel: Vec<u64>,
    pub(super) notes: Vec<(NoteLevel, String)>,
}

impl Traced {
    /// Whether it leaves as it came.
    pub(super) fn is_unchanged(&self) -> bool {
        let same = |after: &After| after.record == self.before && after.kind == self.kind && after.labels.is_empty();
        self.after.as_ref().is_some_and(same) && self.appended.is_empty()
    }
}

/// A fault for one transform.
#[derive(Clone, Copy, Debug)]
pub(super) struct Injected {
    pub(super) stage: usize,
    pub(super) injection: Injection,
}

/// Runs a recording. `meters` may be empty.
///
/// # Errors
/// A transform cannot be loaded.
pub(super) fn run(
    bench: &Workbench<'_>,
    recording: &Recording,
    meters: &mut [Option<Meter>],
    injected: Option<Injected>,
) -> Result<Trial> {
    let mut chain = bench.chain()?;
    if let Some(injected) = injected {
        chain.inject(&bench.stages[injected.stage].transform.name, injected.injection);
    }
    let mut chains = if meters.is_empty() { Vec::new() } else { bench.chains()? };
    let stages =
        bench.stages.iter().map(|stage| StageRun { name: stage.transform.name.clone(), ..StageRun::default() });
    let redactions = bench.stages.iter().filter(|stage| stage.kind.is_none_or(|kind| kind == TransformKind::Redact));
    let mut run = Run {
        redactions: redactions.map(|stage| stage.transform.name.clone()).collect(),
        trial: Trial { stages: stages.collect(), max_series: bench.max_series(), ..Trial::default() },
        tracker: Tracker::new(),
        next_sequence: APPENDED,
    };
    let mut stitcher = Stitcher::new();
    let mut go = |parts: &Stitched<'_>| {
        let events: Vec<_> = parts.envelopes().map(|envelope| run.take_in(envelope)).collect();
        run.measure(&events, &mut chains, meters);
        run.batch(&events, &mut chain);
    };
    for body in &recording.bodies {
        go(&stitcher.stitch(split(body.as_str())));
    }
    go(&stitcher.finish());
    Ok(run.trial)
}

struct Run {
    trial: Trial,
    /// Names of the transforms that redact.
    redactions: BTreeSet<String>,
    tracker: Tracker,
    next_sequence: u64,
}

impl Run {
    fn take_in<'b>(&mut self, envelope: Envelope<'b>) -> Event<'b> {
        let sequence = self.trial.events.len() as u64;
        self.trial.events.push(Traced {
            kind: envelope.kind.clone().into_owned(),
            before: envelope.record.to_owned(),
            ..Traced::default()
        });
        self.tracker.arrived(envelope, &LabelSet::default(), sequence)
    }

    fn batch(&mut self, events: &[Event<'_>], chain: &mut Chain) {
        let outcome = chain.process(events.to_vec(), TIME_LEFT, &mut self.next_sequence);
        self.account(events.len() as u64, &outcome);
        let mut origin = events.first().map_or(0, |event| event.sequence);
        for released in outcome.released.iter().map(telesieve_core::Released::event) {
            if released.sequence < APPENDED {
                origin = released.sequence;
                self.trial.events[origin as usize].after = Some(after(released));
            } else {
                // An appended event stands behind the one that it was made of.
                self.trial.events[origin as usize].appended.push(after(released));
            }
        }
        self.note(&outcome);
        self.trial.samples.extend(outcome.samples);
    }

    fn note(&mut self, outcome: &Outcome<'_>) {
        for note in &outcome.notes {
            self.stage(&note.transform).notes.push((note.level, note.text.clone()));
        }
        for report in &outcome.stages {
            let stage = self.stage(&report.transform);
            stage.seen += report.seen;
            stage.time += report.time;
            self.found(report);
        }
        for gone in outcome.gone.iter().filter(|gone| gone.sequence < APPENDED) {
            let why = match gone.why {
                Why::Filtered => "filtered".to_owned(),
                Why::Dropped(reason) => reason.to_string(),
            };
            self.trial.events[gone.sequence as usize].gone = Some((gone.transform.to_string(), why));
        }
    }

    /// Edits of fields are redactions where a transform of that kind makes them.
    fn found(&mut self, report: &StageReport) {
        let redacts = self.redactions.contains(&*report.transform);
        let is_shown = |found: &&Found| found.sequence < APPENDED && (redacts || &*found.rule != FIELDS);
        for found in report.found.iter().filter(is_shown) {
            self.trial.events[found.sequence as usize].found.push(Hit {
                transform: report.transform.to_string(),
                rule: found.rule.to_string(),
                path: found.path.clone(),
                hits: found.hits,
            });
        }
    }

    fn stage(&mut self, name: &str) -> &mut StageRun {
        let stages = &mut self.trial.stages;
        let at = stages.iter().position(|stage| stage.name == name).unwrap_or_else(|| {
            stages.push(StageRun { name: name.to_owned(), ..StageRun::default() });
            stages.len() - 1
        });
        &mut stages[at]
    }

    fn account(&mut self, count: u64, outcome: &Outcome<'_>) {
        let filtered: u64 = outcome.filtered.iter().map(|(_, count)| count).sum();
        let dropped: u64 = outcome.dropped.iter().map(|(_, count)| count).sum();
        let (came, went) = (count + outcome.appended, outcome.released.len() as u64 + filtered + dropped);
        if came != went {
            self.trial.unaccounted.push(format!("{came} events received, but {went} accounted for"));
        }
    }

    /// Calls each transform with every event alone that comes to it.
    fn measure(&mut self, events: &[Event<'_>], chains: &mut [Chain], meters: &mut [Option<Meter>]) {
        let mut flow: Vec<Event<'static>> = events.iter().map(owned).collect();
        for (stage, (chain, meter)) in chains.iter_mut().zip(meters).enumerate() {
            for event in flow.iter().filter(|event| event.sequence < METERED) {
                let selected = meter.as_mut().filter(|meter| meter.selects(&event.kind));
                if let Some(Ok(fuel)) = selected.map(|meter| meter.fuel(&[event])) {
                    self.trial.stages[stage].fuel.push(fuel);
                    *self.trial.events[event.sequence as usize].fuel.get_or_insert(0) += fuel;
                }
            }
            let outcome = chain.process(flow, TIME_LEFT, &mut self.next_sequence);
            flow = outcome.released.iter().map(|released| owned(released.event())).collect();
        }
    }
}

fn owned(event: &Event<'_>) -> Event<'static> {
    Event {
        kind: event.kind.clone().into_owned().into(),
        time_json: event.time_json.clone().into_owned().into(),
        time_ms: event.time_ms,
        record: event.record.clone().into_owned().into(),
        invocation: event.invocation.clone(),
        labels: event.labels.clone(),
        sequence: event.sequence,
    }
}

fn after(event: &Event<'_>) -> After {
    After {
        kind: event.kind.clone().into_owned(),
        record: event.record.clone().into_owned(),
        labels: event.labels.to_vec(),
    }
}

/// All hits of a trial: transform, rule and field, and how often in all events together.
pub(super) fn redactions(trials: &[Trial]) -> Vec<Hit> {
    let mut sums: BTreeMap<(String, String, String), u64> = BTreeMap::new();
    for hit in trials.iter().flat_map(|trial| &trial.events).flat_map(|event| &event.found) {
        *sums.entry((hit.transform.clone(), hit.rule.clone(), hit.path.clone())).or_default() += hit.hits;
    }
    sums.into_iter().map(|((transform, rule, path), hits)| Hit { transform, rule, path, hits }).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_config::Loaded;

    use super::*;
    use crate::recording;
    use crate::subject::Subject;
    use telesieve_core::FunctionIdentity;

    /// A piece is no record, neither of JSON nor of text.
    #[test]
    fn records_that_the_platform_cut_are_tried_whole() {
        let folder = tempfile::tempdir().unwrap();
        let event = |record: &str| {
            format!("{{\"time\":\"2026-03-02T08:15:20.290Z\",\"type\":\"function\",\"record\":{record}}}")
        };
        let long = format!("\"{} card 4111 1111", "x".repeat(260_000));
        let json = [event("{\"card\":\"4111 "), event("1111\"}")];
        let text = [event(&format!("{long}\"")), event("\" 1111 1111\"")];
        let file = folder.path().join("cut.json");
        std::fs::write(&file, format!("[{},{}]", json.join(","), text.join(","))).unwrap();
        let recordings = recording::read(&[file], folder.path()).unwrap();
        let subject =
            Subject { loaded: Loaded::default(), file: None, folder: folder.path().to_owned(), sources: vec![] };
        let trial = run(&Workbench::new(&subject, FunctionIdentity::default()).unwrap(), &recordings[0], &mut [], None)
            .unwrap();
        let records: Vec<_> = trial.events.iter().map(|event| event.before.as_str()).collect();
        assert!(records == ["{\"card\":\"4111 1111\"}", &format!("{long} 1111 1111\"")]);
        assert!(trial.unaccounted.is_empty() && trial.events.iter().all(Traced::is_unchanged));
    }
}
