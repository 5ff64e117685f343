//! Random chains under random faults: no record that is due for redaction leaves unredacted, and none is lost without a
//! count.
//!
//! Guests are stand-ins that answer as honest transforms would, so that tens of thousands of chains can be run. All that
//! comes behind a guest's answer is what ships: garbled scripts are checked, applied, isolated and committed by the code
//! that real components meet, and what leaves has had the last look. `tests/engine` does the same to real components.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use telesieve_config::OnError;
use telesieve_core::{Event, LabelSet};
use telesieve_kernels::{Path, Place};

use crate::chain::Chain;
use crate::inject::{self, Garbling, Sabotage};
use crate::select::Selector;
use crate::stage::Stage;
use crate::stand_in;
use crate::{Fault, HealthState, Outcome, TransformKind};

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
    /// Where its rules look.
    place: Place,
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
    let kind = prop::sample::select(TransformKind::ALL.to_vec());
    (kind, on, on_error, places(), prop::bool::weighted(0.95)).prop_map(|(kind, on, on_error, place, loads)| Link {
        kind,
        on: on.into_iter().map(str::to_owned).collect(),
        on_error,
        place,
        loads,
    })
}

fn places() -> impl Strategy<Value = Place> {
    let field = Path::parse("a").expect("it is a path");
    prop_oneof![3 => Just(Place::Whole), 1 => Just(Place::Message), 1 => Just(Place::Field(field))]
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

fn stage(at: usize, link: &Link) -> Stage {
    stand_in::stage(at, link.kind, &link.on, link.on_error, link.loads.then(|| link.place.clone()))
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

/// The secrets that must not leave in any place: those of the kinds that a redaction of whole records is for.
fn due(links: &[Link]) -> Vec<&'static str> {
    let redacted = |kind: &str| {
        let whole = |link: &&Link| link.kind == TransformKind::Redact && matches!(link.place, Place::Whole);
        links.iter().filter(whole).any(|link| Selector::new(&link.on).selects(kind))
    };
    let mut due: Vec<_> = SECRETS.iter().filter(|(kind, _)| redacted(kind)).flat_map(|(_, secrets)| *secrets).collect();
    // What garbled scripts put into events of any kind is due if every kind is.
    if due.len() == SECRETS.len() * 3 {
        due.push(inject::PLANTED);
    }
    due
}

/// What a redaction must have cleaned of an event, whatever other transforms did, and the secrets to look for.
fn owed(link: &Link, event: &Event<'_>) -> (String, Vec<&'static str>) {
    let selector = Selector::new(&link.on);
    let all = || SECRETS.iter().flat_map(|(_, secrets)| *secrets).chain([inject::PLANTED]).collect();
    if selector.selects(&event.kind) {
        return (format!("{}\n{:?}", text_at(&link.place, &event.record), event.labels), all());
    }
    // It is one that a transform made, and a place says nothing of it.
    let made = SECRETS.iter().all(|(kind, _)| *kind != event.kind);
    let of_selected = SECRETS.iter().filter(|(kind, _)| made && selector.selects(kind));
    (event.record.to_string(), of_selected.flat_map(|(_, secrets)| *secrets).collect())
}

/// The text in a place of a record, found the simple way.
fn text_at(place: &Place, record: &str) -> String {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(record) else { return String::new() };
    match place {
        Place::Message => value.as_str().or_else(|| value.get("message")?.as_str()).unwrap_or_default().to_owned(),
        Place::Field(_) => value.get("a").map(ToString::to_string).unwrap_or_default(),
        _ => record.to_owned(),
    }
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
        for link in case.links.iter().filter(|link| link.kind == TransformKind::Redact) {
            for event in outcome.released.iter().map(|released| released.event()) {
                let (text, secrets) = owed(link, event);
                let left = secrets.iter().find(|secret| text.contains(**secret));
                prop_assert!(left.is_none(), "{:?} left:\n{:?}", left, event);
            }
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
    prop_assert_eq!(received + outcome.appended + outcome.markers, outcome.released.len() as u64 + filtered + dropped);
    prop_assert_eq!(after, before + outcome.appended + outcome.markers);
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
    let failure = runner.run(&cases(), |case| check(&case)).err().map(|failure| failure.to_string());
    assert_eq!(failure, None);
}

/// A transform that fails for an hour: what leaves, and what is said of it.
#[test]
fn a_quarantine_ends_when_the_transform_works_again() {
    let link =
        Link { kind: TransformKind::Redact, on: vec![], on_error: OnError::Pass, place: Place::Whole, loads: true };
    let mut chain = Chain::new(vec![stage(0, &link)], None);
    let failing = std::rc::Rc::new(std::cell::Cell::new(true));
    let fails = std::rc::Rc::clone(&failing);
    chain.sabotage(move |_| fails.get().then_some(Sabotage::Fail(Fault::Trap)));
    let records = vec![(0, "\"fay@secret.example\"".to_owned())];
    let mut said = Vec::new();
    let mut run = |chain: &mut Chain, after: u64| {
        chain.skip(Duration::from_secs(after));
        let outcome = chain.process(events(&records, 0), Duration::from_secs(3_600), &mut 1);
        let text = leaving(&outcome);
        assert!(!text.contains("fay@"), "{text}");
        accounted(&outcome, 1, 1, 1 + outcome.appended + outcome.markers).expect("it is accounted for");
        said.extend(
            outcome.released.iter().skip(usize::from(!failing.get())).map(|event| event.event().record.to_string()),
        );
        let stage = &outcome.stages[0];
        (stage.state, stage.quarantines, outcome.released.len() as u64 - outcome.markers)
    };
    let quarantined = HealthState::Quarantined;
    let first: Vec<_> = (0..5).map(|_| run(&mut chain, 0)).collect();
    assert_eq!(first[3..], [(HealthState::Working, 0, 0), (quarantined, 1, 0)]);
    assert_eq!(run(&mut chain, 29), (quarantined, 0, 0));
    assert_eq!(run(&mut chain, 1), (quarantined, 1, 0), "it was tried, and failed");
    failing.set(false);
    assert_eq!(run(&mut chain, 59), (quarantined, 0, 0));
    assert_eq!(run(&mut chain, 1), (HealthState::Working, 0, 1));
    let marker = |level: &str, text: &str| {
        let transform = "redact-0";
        format!(
            "{{\"level\":\"{level}\",\"message\":\"transform `{transform}`: {text}\",\"transform\":\"{transform}\"}}"
        )
    };
    let not_called = |time: u32| format!("quarantined for {time} s after repeated failures; its records are dropped");
    let expected = [
        marker("ERROR", &not_called(30)),
        marker("ERROR", &not_called(60)),
        marker("WARN", "quarantine ended: the transform works again"),
    ];
    assert_eq!(said, expected);
}
