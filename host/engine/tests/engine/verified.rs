//! What leaves is clean, whatever stands around the redaction: the last look.

use telesieve_config::Transform;
use telesieve_core::DropReason;
use telesieve_engine::{Chain, TransformKind};

use crate::lab::{Lab, Seen, events, mode, passing, run, run_events};

const JANE: &str = "\"jane@example.com\"";

fn named(name: &str, transform: Transform) -> Transform {
    Transform { name: name.to_owned(), artifact: name.to_owned(), ..transform }
}

/// A redaction with another transform in front of it or behind it.
fn chain(front: Option<&str>, behind: Option<&str>) -> Chain {
    let add = |lab: Lab, name: &str, other: Option<&str>| match other {
        Some(other) => lab.add(TransformKind::Enrich, passing(named(name, mode(other)))),
        None => lab,
    };
    let lab = add(Lab::new(), "front", front).add(TransformKind::Redact, mode("scrub"));
    add(lab, "behind", behind).chain()
}

fn clean(seen: &Seen) {
    assert!(!format!("{seen:?}").contains("jane"), "{seen:?}");
}

#[test]
fn what_is_put_back_behind_the_redaction_does_not_leave() {
    let mut chain = chain(None, Some("put-back"));
    let seen = run(&mut chain, &["{\"a\":1}", "{}", "7"]);
    clean(&seen);
    assert_eq!(seen.records, ["7"], "{seen:?}");
    assert_eq!(seen.dropped, [(DropReason::RedactionIncomplete, 2)]);
    assert!(seen.notes.contains("rule `email` still matched in the output: dropped 2 records"), "{}", seen.notes);
    assert_eq!(seen.held_back, [("scrub".to_owned(), "email".to_owned(), 2)]);
}

#[test]
fn what_is_put_back_in_front_of_it_is_redacted() {
    let mut chain = chain(Some("put-back"), None);
    let seen = run(&mut chain, &["{\"a\":1}"]);
    assert_eq!((seen.records, seen.dropped), (vec!["{\"a\":1,\"back\":\"[email]\"}".to_owned()], vec![]));
}

#[test]
fn a_redaction_that_skips_a_record_does_not_let_it_out() {
    let mut chain = Lab::new().add(TransformKind::Redact, mode("keep-poison")).chain();
    let seen = run(&mut chain, &["\"POISON jane@example.com\"", JANE, "\"POISON\""]);
    clean(&seen);
    assert_eq!(seen.records, ["\"[email]\"", "\"POISON\""]);
    assert_eq!(seen.dropped, [(DropReason::RedactionIncomplete, 1)]);
}

/// Rules that are for a place say nothing of the rest, and hold in that place whatever comes behind them.
#[test]
fn a_redaction_of_a_place_answers_for_that_place() {
    let mut alone = Lab::new().add(TransformKind::Redact, mode("scrub-back")).chain();
    let seen = run(&mut alone, &[r#"{"by":"jane@example.com","back":"jane@example.com"}"#, JANE]);
    assert_eq!(
        (seen.records, seen.dropped),
        (vec![r#"{"by":"jane@example.com","back":"[email]"}"#.into(), JANE.into()], vec![])
    );
    let behind = passing(named("behind", mode("put-back")));
    let mut chain =
        Lab::new().add(TransformKind::Redact, mode("scrub-back")).add(TransformKind::Enrich, behind).chain();
    let seen = run(&mut chain, &["{}"]);
    clean(&seen);
    assert_eq!(seen.dropped, [(DropReason::RedactionIncomplete, 1)]);
}

/// A place says where a logger puts something, and an event that a transform made is laid out as the transform likes.
#[test]
fn events_that_were_made_are_looked_at_as_a_whole() {
    let front = passing(named("front", mode("append-kind")));
    let redact = Transform { on: Some(vec!["function".to_owned()]), ..mode("scrub-back") };
    let mut chain = Lab::new().add(TransformKind::Enrich, front).add(TransformKind::Redact, redact).chain();
    let seen = run(&mut chain, &["1"]);
    clean(&seen);
    assert_eq!(seen.dropped, [(DropReason::RedactionIncomplete, 1)]);
}

#[test]
fn verification_can_be_switched_off() {
    let off = Transform { verify: false, ..mode("keep-poison") };
    let mut chain = Lab::new().add(TransformKind::Redact, off).chain();
    assert_eq!(run(&mut chain, &["\"POISON jane@example.com\""]).dropped, []);
}

#[test]
fn other_kinds_promise_nothing() {
    let mut chain = Lab::new().add(TransformKind::Enrich, mode("keep-poison")).chain();
    assert_eq!(run(&mut chain, &["\"POISON jane@example.com\""]).dropped, []);
}

/// Labels, labels of metrics and events made of a record, in front of the redaction.
#[test]
fn copies_made_in_front_of_the_redaction_are_redacted() {
    let mut chain = chain(Some("copy-out"), None);
    let seen = run(&mut chain, &[JANE]);
    clean(&seen);
    assert_eq!(seen.records, ["\"[email]\"", "\"[email]\""], "the event of its own kind is one of them");
    assert_eq!(seen.labels[0], "copy=\"[email]\"");
    assert_eq!(seen.outcome_samples[0].label_values, ["\"[email]\""]);
}

#[test]
fn copies_made_behind_a_redaction_that_keeps_something_are_redacted_or_held_back() {
    let mut chain = chain(None, Some("append-kind"));
    let seen = run(&mut chain, &["1"]);
    clean(&seen);
    assert_eq!((seen.records, seen.dropped), (vec!["1".to_owned()], vec![(DropReason::RedactionIncomplete, 1)]));
}

#[test]
fn copies_do_not_leave_if_the_redaction_does_not_load() {
    let lab = Lab::new()
        .add(TransformKind::Enrich, named("front", mode("copy-out")))
        .add(TransformKind::Redact, mode("scrub"));
    std::fs::remove_file(lab.path(&lab.transforms[1], "cwasm")).unwrap();
    let (mut chain, faults) = lab.load();
    assert_eq!(faults.len(), 1);
    let seen = run(&mut chain, &[JANE]);
    clean(&seen);
    assert_eq!((seen.records.len(), seen.outcome_samples.len()), (0, 0));
    assert_eq!(seen.dropped, [(DropReason::TransformUnavailable, 2)]);
}

#[test]
fn log_lines_quote_no_record() {
    let mut chain = chain(Some("log-record"), None);
    clean(&run(&mut chain, &[JANE]));
}

#[test]
fn lines_that_the_transform_was_compiled_with_are_shown() {
    let lab = Lab::new().add(TransformKind::Enrich, mode("log-fixed"));
    let seen = run(&mut lab.chain(), &[JANE, "2"]);
    assert_eq!(seen.notes, "Warn: an order without an amount\nWarn: orders without an amount: 2\n");
}

#[test]
fn times_that_are_none_are_looked_at() {
    let mut chain = chain(None, None);
    let mut odd = events(&["1"]);
    (odd[0].time_ms, odd[0].time_json) = (None, JANE.into());
    let seen = run_events(&mut chain, odd, std::time::Duration::from_secs(60));
    assert_eq!(seen.dropped, [(DropReason::RedactionIncomplete, 1)]);
}
