//! Recorded telemetry run through the transforms, and what became of each event.
//!
//! Every transform runs in a chain of its own, the shipped one, and what one releases goes into the next. So every event
//! can be followed, and a fault can be put into one transform alone.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use telesieve_core::{Envelope, Event, LabelSet, Tracker, split};
use telesieve_engine::{Chain, GuestSample, Injection, Meter, NoteLevel, Outcome, Why};

use super::telemetry::Recording;
use super::workbench::Workbench;

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
    let mut chains = bench.stages.iter().map(|stage| bench.chain(stage)).collect::<Result<Vec<_>>>()?;
    if let Some(injected) = injected {
        chains[injected.stage].inject(injected.injection);
    }
    let stages =
        bench.stages.iter().map(|stage| StageRun { name: stage.transform.name.clone(), ..StageRun::default() });
    let mut run = Run {
        trial: Trial { stages: stages.collect(), ..Trial::default() },
        tracker: Tracker::new(),
        next_sequence: APPENDED,
        origins: BTreeMap::new(),
    };
    for body in &recording.bodies {
        let envelopes = split(body.as_str()).envelopes.into_iter();
        let events: Vec<_> = envelopes.map(|envelope| run.take_in(envelope)).collect();
        run.batch(&events, &mut chains, meters);
    }
    Ok(run.trial)
}

struct Run {
    trial: Trial,
    tracker: Tracker,
    next_sequence: u64,
    /// The recorded event behind which an appended one stands.
    origins: BTreeMap<u64, u64>,
}

impl Run {
    fn take_in<'b>(&mut self, envelope: Envelope<'b>) -> Event<'b> {
        let invocation = self.tracker.observe(&envelope);
        let sequence = self.trial.events.len() as u64;
        self.trial.events.push(Traced {
            kind: envelope.kind.clone().into_owned(),
            before: envelope.record.to_owned(),
            ..Traced::default()
        });
        Event {
            kind: envelope.kind,
            time_json: envelope.time_json.into(),
            time_ms: envelope.time_ms,
            record: envelope.record.into(),
            invocation,
            labels: LabelSet::default(),
            sequence,
        }
    }

    fn batch(&mut self, events: &[Event<'_>], chains: &mut [Chain], meters: &mut [Option<Meter>]) {
        let mut flow: Vec<Event<'static>> = events.iter().map(owned).collect();
        for (stage, chain) in chains.iter_mut().enumerate() {
            if let Some(Some(meter)) = meters.get_mut(stage) {
                self.measure(stage, meter, &flow);
            }
            flow = self.stage(stage, chain, flow);
        }
        for event in flow {
            let (origin, after) = (self.origin(event.sequence), after(&event));
            let traced = &mut self.trial.events[origin as usize];
            if event.sequence < APPENDED { traced.after = Some(after) } else { traced.appended.push(after) }
        }
    }

    fn stage(&mut self, stage: usize, chain: &mut Chain, flow: Vec<Event<'static>>) -> Vec<Event<'static>> {
        let (count, first) = (flow.len() as u64, flow.first().map_or(0, |event| event.sequence));
        let outcome = chain.process(flow, TIME_LEFT, &mut self.next_sequence);
        self.account(stage, count, &outcome);
        self.note(stage, &outcome);
        let mut origin = self.origin(first);
        let released: Vec<_> = outcome.released.iter().map(|released| owned(released.event())).collect();
        for event in &released {
            if event.sequence < APPENDED || self.origins.contains_key(&event.sequence) {
                origin = self.origin(event.sequence);
            } else {
                self.origins.insert(event.sequence, origin);
            }
        }
        self.trial.samples.extend(outcome.samples);
        released
    }

    fn note(&mut self, stage: usize, outcome: &Outcome<'_>) {
        let run = &mut self.trial.stages[stage];
        let name = run.name.clone();
        run.notes.extend(outcome.notes.iter().map(|note| (note.level, note.text.clone())));
        for report in &outcome.stages {
            run.seen += report.seen;
            run.time += report.time;
        }
        for found in outcome.stages.iter().flat_map(|report| &report.found) {
            let origin = self.origin(found.sequence);
            self.trial.events[origin as usize].found.push(Hit {
                transform: name.clone(),
                rule: found.rule.to_string(),
                path: found.path.clone(),
                hits: found.hits,
            });
        }
        for gone in outcome.gone.iter().filter(|gone| gone.sequence < APPENDED) {
            let why = match gone.why {
                Why::Filtered => "filtered".to_owned(),
                Why::Dropped(reason) => reason.to_string(),
            };
            self.trial.events[gone.sequence as usize].gone = Some((name.clone(), why));
        }
    }

    fn account(&mut self, stage: usize, count: u64, outcome: &Outcome<'_>) {
        let sum = |counts: &mut dyn Iterator<Item = u64>| counts.sum::<u64>();
        let filtered = sum(&mut outcome.filtered.iter().map(|(_, count)| *count));
        let dropped = sum(&mut outcome.dropped.iter().map(|(_, count)| *count));
        let (came, went) = (count + outcome.appended, outcome.released.len() as u64 + filtered + dropped);
        if came != went {
            let name = &self.trial.stages[stage].name;
            self.trial.unaccounted.push(format!("`{name}`: {came} events came and {went} are accounted for"));
        }
    }

    fn measure(&mut self, stage: usize, meter: &mut Meter, flow: &[Event<'_>]) {
        for event in flow {
            if !meter.selects(&event.kind) {
                continue;
            }
            let origin = self.origin(event.sequence);
            if origin >= METERED {
                return;
            }
            if let Ok(fuel) = meter.fuel(&[event]) {
                self.trial.stages[stage].fuel.push(fuel);
                *self.trial.events[origin as usize].fuel.get_or_insert(0) += fuel;
            }
        }
    }

    fn origin(&self, sequence: u64) -> u64 {
        self.origins.get(&sequence).copied().unwrap_or(if sequence < APPENDED { sequence } else { 0 })
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
