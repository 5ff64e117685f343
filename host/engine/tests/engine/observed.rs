//! What a chain says when it is observed, and what is known of a component before it runs in one.

use std::time::Duration;

use serde_json::json;
use telesieve_core::DropReason;
use telesieve_engine::{Fault, Injection, Meter, TransformKind, Why, inspect};

use crate::lab::{chain_of, component, events, function, mode, run, transform};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn hits_have_a_place_and_no_value() {
    let mut chain = chain_of(TransformKind::Redact, mode("scrub"));
    chain.observe();
    let record = r#"{"user":{"mail":"a@example.com and b@example.com"},"cc":["c@example.com"],"d@example.com":1}"#;
    let outcome = chain.process(events(&["\"to e@example.com\"", record]), MINUTE, &mut 10);
    let found: Vec<_> =
        outcome.stages[0].found.iter().map(|found| (found.sequence, found.path.as_str(), found.hits)).collect();
    assert_eq!(found, [(0, "", 1), (1, "*", 1), (1, "cc.*", 1), (1, "user.mail", 2)]);
    let hits: u64 = outcome.stages[0].rule_hits.iter().map(|rule| rule.hits).sum();
    assert_eq!(hits, 5, "every hit has a place");
}

#[test]
fn what_is_gone_has_a_reason() {
    let mut chain = chain_of(TransformKind::Filter, mode("drop-all"));
    assert!(chain.process(events(&["1"]), MINUTE, &mut 10).gone.is_empty(), "only if observed");
    chain.observe();
    let outcome = chain.process(events(&["1"]), MINUTE, &mut 10);
    assert_eq!((outcome.gone[0].sequence, outcome.gone[0].why), (0, Why::Filtered));
}

#[test]
fn injected_faults_cost_the_record_and_not_its_neighbours() {
    for (fault, reason) in [(Fault::Trap, DropReason::TransformTrapped), (Fault::Timeout, DropReason::TransformTimeout)]
    {
        let mut chain = chain_of(TransformKind::Redact, mode("scrub"));
        chain.observe();
        chain.inject("another", Injection { fault, sequence: 1 });
        chain.inject("scrub", Injection { fault, sequence: 2 });
        let outcome = chain.process(events(&["0", "1", "2", "3"]), MINUTE, &mut 10);
        let left: Vec<_> = outcome.released.iter().map(|released| released.event().sequence).collect();
        assert_eq!(left, [0, 1, 3]);
        let gone: Vec<_> = outcome.gone.iter().map(|gone| (gone.sequence, gone.why)).collect();
        assert_eq!(gone, [(2, Why::Dropped(reason))]);
    }
}

/// Lines at debug level may quote records, so the extension never sees one.
#[test]
fn debug_lines_are_for_observers() {
    let mut chain = chain_of(TransformKind::Filter, mode("debug"));
    assert_eq!(run(&mut chain, &["\"secret\""]).notes, "");
    chain.observe();
    assert_eq!(run(&mut chain, &["\"secret\""]).notes, "Debug: \"secret\"\n");
}

#[test]
fn fuel_is_counted_and_repeats() {
    let settings = mode("scrub");
    let mut meter = Meter::new(&component(TransformKind::Redact), &settings, &function()).unwrap();
    let events = events(&["\"short\"", "\"another\""]);
    let (one, two) = ([&events[0]], [&events[0], &events[1]]);
    let first = meter.fuel(&one).unwrap();
    assert_eq!(meter.fuel(&one).unwrap(), first, "the same call burns the same");
    assert!(meter.fuel(&two).unwrap() > first && first > 100, "{first}");
}

#[test]
fn a_component_is_looked_at_as_a_whole() {
    let bytes = component(TransformKind::Redact);
    let inspection = inspect(&bytes, &mode("scrub"), &function());
    assert_eq!(inspection.findings, [""; 0]);
    assert_eq!((inspection.name.as_str(), inspection.kind), ("misbehave", Some(TransformKind::Redact)));
    assert!(inspection.contract.unwrap().starts_with("1."));
    assert!(inspection.rules > 0 && inspection.memory > 0 && inspection.bytes == bytes.len());
    let refused = inspect(&bytes, &transform("t", json!({"mode": "bad-settings"})), &function());
    assert!(refused.settings.len() == 2 && refused.findings.is_empty(), "{refused:?}");
    let wrong = inspect(b"\0asm\x0d\0\x01\0", &mode("scrub"), &function());
    assert!(wrong.findings[0].contains("exports nothing"), "{wrong:?}");
}
