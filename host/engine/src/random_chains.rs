//! Random chains under random faults: no record that is due for redaction leaves unredacted, and none is lost without a
//! count.
//!
//! Guests are stand-ins that answer as honest transforms would, so that tens of thousands of chains can be run. All that
//! comes behind a guest's answer is what ships: garbled scripts are checked, applied, isolated and committed by the code
//! that real components meet, and what leaves has had the last look. `tests/engine` does the same to real components.

use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use telesieve_config::OnError;
use telesieve_core::{Event, LabelSet};
use telesieve_kernels::{Action, Detector, HashKey, Named, Rule, Ruleset, Scratch};

use crate::apply::{Applied, apply};
use crate::bindings::types::{self, Edit, Script};
use crate::callee::Callee;
use crate::chain::Chain;
use crate::health::Health;
use crate::inject::{self, CallStep, Garbling, Injector, Sabotage};
use crate::instance::CallFault;
use crate::isolate::Attempt;
use crate::kind::Pass;
use crate::plan::Plan;
use crate::select::Selector;
use crate::setup::Resolved;
use crate::stage::{Mode, Stage};
use crate::{Fault, MetricDef, MetricKind, NoteLevel, Outcome, TransformKind};

const CASES: u32 = 12_000;
const BATCHES: usize = 2;

/// Kinds of events, and the secrets that records of that kind hold: a secret tells where it came from.
const SECRETS: [(&str, [&str; 3]); 2] = [
    ("function", ["fay@secret.example", "4111 1111 1111 1111", "AKIAIOSFODNN7EXAMPLE"]),
    ("extension", ["eve@secret.example", "5500 0055 5555 5559", "AKIAI44QH8DHBEXAMPLE"]),
];

/// What a transform of a random chain is.
#[derive(Clone, Debug)]
struct Link {
    kind: TransformKind,
    on: Vec<String>,
    on_error: OnError,
    loads: bool,
}

/// A call that goes wrong: after how many calls, and how.
type Trouble = (u64, Sabotage);

#[derive(Clone, Debug)]
struct Case {
    links: Vec<Link>,
    batches: Vec<Vec<(usize, String)>>,
    trouble: Vec<Trouble>,
}

fn links() -> impl Strategy<Value = Link> {
    let on = prop::sample::select(vec![vec![], vec!["function"], vec!["function", "extension"], vec!["extension"]]);
    let on_error = prop_oneof![Just(OnError::Drop), Just(OnError::Pass)];
    (prop::sample::select(TransformKind::ALL.to_vec()), on, on_error, prop::bool::weighted(0.95)).prop_map(
        |(kind, on, on_error, loads)| Link { kind, on: on.into_iter().map(str::to_owned).collect(), on_error, loads },
    )
}

/// A record of one of the kinds, mostly with a secret in it.
fn records() -> impl Strategy<Value = (usize, String)> {
    (0..SECRETS.len(), 0..3usize, 0..8usize).prop_map(|(kind, secret, form)| {
        let secret = SECRETS[kind].1[secret];
        let record = match form {
            0 => format!("\"line with {secret} in it\""),
            1 => format!("{{\"message\":\"{secret}\",\"a\":{{\"b\":[1,\"{secret}\"]}}}}"),
            2 => format!("{{\"a\":\"{{\\\"c\\\":\\\"{secret}\\\"}}\",\"back\":1}}"),
            3 => format!("[\"{secret}\",null]"),
            4 => format!("{{\"{secret}\":true,\"message\":\"noise\"}}"),
            _ => "{\"message\":\"nothing to hide\"}".to_owned(),
        };
        (kind, record)
    })
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let faults = [Fault::Trap, Fault::Timeout, Fault::Memory, Fault::Error, Fault::Script, Fault::Init];
    let fail = prop::sample::select(faults.to_vec()).prop_map(Sabotage::Fail);
    let garble = prop_oneof![1 => prop::sample::select(Garbling::ALL.to_vec()), 1 => Just(Garbling::Random)];
    let garble = (garble, any::<u64>()).prop_map(|(garbling, choice)| Sabotage::Garble(garbling, choice));
    (0..8u64, prop_oneof![1 => fail, 3 => garble])
}

fn cases() -> impl Strategy<Value = Case> {
    (vec(links(), 1..5), vec(vec(records(), 0..7), BATCHES), vec(trouble(), 0..6))
        .prop_map(|(links, batches, trouble)| Case { links, batches, trouble })
}

/// Answers as an honest transform of its kind would.
struct StandIn {
    kind: TransformKind,
    resolved: Resolved,
    scratch: Scratch,
    started: bool,
    /// What it remembers of the batch before: a record, and its kind.
    memory: Option<(String, String)>,
    injector: Injector,
}

fn resolved() -> Resolved {
    let rule = |named: Named| Rule {
        name: named.name().to_owned(),
        detector: Detector::Named(named),
        action: Action::Replace(format!("[{}]", named.name())),
    };
    let rules = [Named::Email, Named::PaymentCard, Named::AwsKey].map(rule).to_vec();
    let metric = MetricDef {
        transform: "t".into(),
        name: "m".to_owned(),
        help: String::new(),
        kind: MetricKind::Counter,
        label_names: vec!["a".to_owned()],
        buckets: Vec::new(),
    };
    let names = rules.iter().map(|rule| rule.name.as_str().into()).collect();
    Resolved {
        rulesets: vec![Ruleset::new(rules)],
        rule_names: vec![names],
        keys: vec![Arc::new(HashKey::new(b"k"))],
        metrics: vec![Arc::new(metric)],
        ..Resolved::default()
    }
}

impl StandIn {
    fn new(kind: TransformKind) -> Self {
        let (resolved, scratch, injector) = (resolved(), Scratch::default(), Injector::default());
        Self { kind, resolved, scratch, started: true, memory: None, injector }
    }

    fn run(&mut self, events: &[&Event<'_>]) -> Result<Applied, CallFault> {
        if !self.started {
            self.injector.before(CallStep::Start)?;
            self.injector.before(CallStep::Init)?;
        }
        self.injector.before(CallStep::Process)?;
        let script = self.script(events);
        let script = self.injector.after(script);
        let plan = Plan::new(script, events.len(), &self.resolved)
            .map_err(|error| CallFault::new(Fault::Script, error.to_string()))?;
        let deadline = Instant::now() + Duration::from_secs(3_600);
        apply(&plan, events, &self.resolved, &mut self.scratch, deadline)
    }

    fn script(&mut self, events: &[&Event<'_>]) -> Script {
        let scrub = Edit::Scrub(types::Scrub { ruleset: 0, place: types::Place::Whole });
        let all = |recipe| Script { recipes: vec![recipe], assign: vec![0; events.len()], extra: Vec::new() };
        let each = |edits: &mut dyn FnMut(&Event<'_>) -> Vec<Edit>| {
            let of = |(at, event): (u32, &&Event<'_>)| edits(event).into_iter().map(move |edit| (at, edit)).collect();
            let extra: Vec<Vec<_>> = (0..).zip(events).map(of).collect();
            Script { extra: extra.concat(), ..all(Vec::new()) }
        };
        match self.kind {
            TransformKind::Redact => all(vec![scrub]),
            TransformKind::Filter => {
                each(&mut |event| if event.record.contains("noise") { vec![Edit::Drop] } else { vec![] })
            }
            TransformKind::Relabel => each(&mut |event| vec![copy_to_label(event)]),
            TransformKind::Enrich => {
                let memory = self.memory.take();
                self.memory = events.first().map(|event| (event.kind.to_string(), event.record.to_string()));
                each(&mut |event| enriched(event, memory.as_ref()))
            }
        }
    }
}

fn copy_to_label(event: &Event<'_>) -> Edit {
    Edit::Label(types::Label { name: "copy".to_owned(), value: event.record.to_string() })
}

/// Everything that carries data out of a record: an event, a metric's label, and a field of a later one of its kind.
fn enriched(event: &Event<'_>, memory: Option<&(String, String)>) -> Vec<Edit> {
    let record = event.record.to_string();
    let remembered = memory.filter(|(kind, _)| *kind == *event.kind).map(|(_, record)| record.clone());
    let sample = types::Sample { metric: 0, value: 1.0, label_values: vec![record.clone()] };
    let mut edits = vec![Edit::Append(types::NewEvent { kind: "made".to_owned(), record }), Edit::Count(sample)];
    edits.extend(remembered.map(|value| Edit::Set(types::Assignment { path: "back".to_owned(), value })));
    edits
}

impl Attempt for StandIn {
    fn attempt(&mut self, events: &[&Event<'_>], _budget: Duration) -> Result<Applied, CallFault> {
        let result = self.run(events);
        self.started = result.is_ok();
        self.memory = self.memory.take().filter(|_| self.started);
        result
    }
}

impl Callee for StandIn {
    fn resolved(&self) -> &Resolved {
        &self.resolved
    }
    fn budget(&self) -> Duration {
        Duration::from_secs(3_600)
    }
    fn memory(&self) -> usize {
        0
    }
    fn take_log(&mut self) -> Vec<(NoteLevel, String)> {
        Vec::new()
    }
    #[cfg(feature = "compile")]
    fn observe(&mut self) {}
    #[cfg(feature = "compile")]
    fn inject(&mut self, _injection: crate::Injection) {}
    fn sabotage(&mut self, injector: Injector) {
        self.injector = injector;
    }
}

fn stage(at: usize, link: &Link) -> Stage {
    let mode = match link.loads {
        true => Mode::Open(Box::new(StandIn::new(link.kind)), Health::new()),
        false => Mode::Closed,
    };
    Stage {
        name: format!("{}-{at}", link.kind.as_str()).into(),
        selector: Selector::new(&link.on),
        pass: Pass::allowed(Some(link.kind), link.on_error),
        redacts: link.kind == TransformKind::Redact,
        verify: true,
        mode,
    }
}

fn events(records: &[(usize, String)], first: u64) -> Vec<Event<'_>> {
    let event = |(sequence, (kind, record)): (u64, &'_ (usize, String))| Event {
        kind: SECRETS[*kind].0.into(),
        time_json: "".into(),
        time_ms: None,
        record: record.clone().into(),
        invocation: None,
        labels: LabelSet::default(),
        sequence,
    };
    (first..).zip(records).map(event).collect()
}

/// The secrets that must not leave: those of the kinds that a redaction is for.
fn due(links: &[Link]) -> Vec<&'static str> {
    let redacted = |kind: &str| {
        let redactions = links.iter().filter(|link| link.kind == TransformKind::Redact);
        redactions.into_iter().any(|link| Selector::new(&link.on).selects(kind))
    };
    let mut due: Vec<_> = SECRETS.iter().filter(|(kind, _)| redacted(kind)).flat_map(|(_, secrets)| *secrets).collect();
    // What garbled scripts put into events of any kind is due if every kind is.
    if due.len() == SECRETS.len() * 3 {
        due.push(inject::PLANTED);
    }
    due
}

/// Everything of an outcome that leaves the extension, as one text.
fn leaving(outcome: &Outcome<'_>) -> String {
    let events = outcome.released.iter().map(|released| {
        let event = released.event();
        format!("{} {} {} {:?}\n", event.kind, event.time_json, event.record, event.labels)
    });
    let samples = outcome.samples.iter().map(|sample| format!("{:?}\n", sample.label_values));
    let notes = outcome.notes.iter().map(|note| format!("{} {}\n", note.transform, note.text));
    events.chain(samples).chain(notes).collect()
}

fn check(case: &Case) -> Result<(), TestCaseError> {
    let stages = case.links.iter().enumerate().map(|(at, link)| stage(at, link)).collect();
    let mut chain = Chain::new(stages, None);
    let trouble = case.trouble.clone();
    chain.sabotage(move |call| trouble.iter().find(|(nth, _)| *nth == call.nth).map(|(_, sabotage)| *sabotage));
    let mut next = 0;
    for records in &case.batches {
        let received = records.len() as u64;
        let events = events(records, next);
        next += received;
        let before = next;
        let outcome = chain.process(events, Duration::from_secs(3_600), &mut next);
        let text = leaving(&outcome);
        for secret in due(&case.links) {
            prop_assert!(!text.contains(secret), "{} left:\n{}", secret, text);
        }
        accounted(&outcome, received, before, next)?;
        if case.trouble.is_empty() && case.links.iter().all(|link| link.loads && link.kind == TransformKind::Redact) {
            prop_assert_eq!(outcome.released.len(), records.len(), "an honest redaction loses nothing");
        }
    }
    Ok(())
}

/// P3, and the order of events.
fn accounted(outcome: &Outcome<'_>, received: u64, before: u64, after: u64) -> Result<(), TestCaseError> {
    let filtered: u64 = outcome.filtered.iter().map(|(_, count)| count).sum();
    let dropped: u64 = outcome.dropped.iter().map(|(_, count)| count).sum();
    prop_assert_eq!(received + outcome.appended, outcome.released.len() as u64 + filtered + dropped);
    prop_assert_eq!(after, before + outcome.appended);
    let sequences: Vec<_> = outcome.released.iter().map(|released| released.event().sequence).collect();
    let mut distinct = sequences.clone();
    distinct.sort_unstable();
    distinct.dedup();
    prop_assert_eq!(distinct.len(), sequences.len(), "an event left twice");
    let originals: Vec<_> = sequences.into_iter().filter(|sequence| *sequence < before).collect();
    prop_assert!(originals.is_sorted());
    Ok(())
}

#[test]
fn nothing_due_for_redaction_leaves_and_nothing_is_lost_without_a_count() {
    let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    if let Err(failure) = runner.run(&cases(), |case| check(&case)) {
        std::panic::resume_unwind(Box::new(failure.to_string()));
    }
}
