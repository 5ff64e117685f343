//! Each way of going wrong: what is lost, with which reason, and that neither neighbours nor later batches are.

use std::time::Duration;

use telesieve_config::Transform;
use telesieve_core::DropReason;
use telesieve_engine::{Fault, TransformKind};

use crate::lab::{Lab, chain_of, events, mode, passing, run, run_events};

const RECORDS: [&str; 5] = [
    "\"jane@example.com 1\"",
    "\"jane@example.com 2\"",
    "\"POISON jane@example.com\"",
    "{\"m\":\"jane@example.com\"}",
    "4",
];

const CLEAN: [&str; 4] = ["\"[email] 1\"", "\"[email] 2\"", "{\"m\":\"[email]\"}", "4"];

/// A poison record is lost with a reason; nothing unredacted leaves, and its neighbours do.
fn poison(mode_name: &str, budget: Duration, fault: Fault, reason: DropReason) {
    let transform = Transform { budget, ..passing(mode(mode_name)) };
    let mut chain = chain_of(TransformKind::Redact, transform);
    let seen = run(&mut chain, &RECORDS);
    assert_eq!(seen.records, CLEAN, "{seen:?}");
    assert_eq!(seen.dropped, [(reason, 1)]);
    assert_eq!(seen.sequences, [0, 1, 3, 4]);
    assert!(seen.faults.contains(&fault), "{seen:?}");
    assert!(seen.notes.contains("#2 (function, 25 bytes)"), "{}", seen.notes);
    assert!(!seen.notes.contains("POISON") && !seen.notes.contains("jane"), "{}", seen.notes);
    let later = run(&mut chain, &RECORDS[..2]);
    assert_eq!(
        (later.records.as_slice(), later.faults.len()),
        (&["\"[email] 1\"".to_owned(), "\"[email] 2\"".to_owned()][..], 0)
    );
}

const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_trap_costs_the_record_alone() {
    poison("trap", LONG, Fault::Trap, DropReason::TransformTrapped);
}

#[test]
fn an_overflow_of_the_stack_costs_the_record_alone() {
    poison("overflow", LONG, Fault::Trap, DropReason::TransformTrapped);
}

#[test]
fn an_endless_loop_costs_the_record_alone() {
    poison("loop", Duration::from_millis(800), Fault::Timeout, DropReason::TransformTimeout);
}

#[test]
fn endless_growth_costs_the_record_alone() {
    poison("grow", LONG, Fault::Memory, DropReason::TransformMemory);
}

#[test]
fn an_error_costs_the_record_alone() {
    poison("err", LONG, Fault::Error, DropReason::TransformError);
}

#[test]
fn scripts_that_break_the_contract_cost_the_record_alone() {
    for mode in ["bad-assign-length", "extra-out-of-range", "bad-json", "undeclared", "huge-output", "huge-record"] {
        poison(mode, LONG, Fault::Script, DropReason::TransformOutput);
    }
}

#[test]
fn asking_for_too_much_text_costs_the_record_alone() {
    poison("handout", LONG, Fault::Memory, DropReason::TransformMemory);
}

#[test]
fn a_record_without_a_recipe_is_lost_without_a_fault() {
    let mut chain = chain_of(TransformKind::Filter, passing(mode("unknown-recipe")));
    let seen = run(&mut chain, &RECORDS);
    assert_eq!(seen.records, CLEAN);
    assert_eq!(seen.dropped, [(DropReason::TransformOutput, 1)]);
    assert_eq!(seen.faults, []);
}

#[test]
fn a_poison_record_passes_as_it_was_if_it_may() {
    let mut chain = chain_of(TransformKind::Filter, passing(mode("trap")));
    let seen = run(&mut chain, &RECORDS);
    assert_eq!(seen.records[2], RECORDS[2]);
    assert_eq!(seen.records.len(), 5);
    assert_eq!(seen.dropped, []);
}

#[test]
fn poison_goes_round_in_no_time() {
    let mut chain = chain_of(TransformKind::Redact, mode("trap"));
    let mut records = vec!["\"jane@example.com\""; 1_000];
    records[617] = "\"POISON\"";
    let seen = run(&mut chain, &records);
    assert_eq!((seen.records.len(), seen.dropped), (999, vec![(DropReason::TransformTrapped, 1)]));
    assert!(seen.records.iter().all(|record| record == "\"[email]\""));
}

#[test]
fn without_time_nothing_is_let_through() {
    let mut chain = chain_of(TransformKind::Redact, mode("scrub"));
    let seen = run_events(&mut chain, events(&RECORDS), Duration::ZERO);
    assert_eq!(seen.records, [""; 0]);
    assert_eq!(seen.dropped, [(DropReason::TransformTimeout, 5)]);
}

#[test]
fn time_left_bounds_the_budget() {
    let transform = Transform { budget: Duration::from_secs(3_600), ..mode("loop") };
    let mut chain = chain_of(TransformKind::Redact, transform);
    let seen = run_events(&mut chain, events(&RECORDS[2..3]), Duration::from_millis(30));
    assert_eq!(seen.dropped, [(DropReason::TransformTimeout, 1)]);
}

#[test]
fn a_transform_that_always_fails_is_quarantined_and_stays_closed() {
    let mut chain = chain_of(TransformKind::Redact, passing(mode("trap")));
    for batch in 0..5 {
        let seen = run(&mut chain, &["\"POISON\"", "\"POISON\""]);
        assert_eq!(seen.dropped, [(DropReason::TransformTrapped, 2)]);
        assert_eq!(
            seen.notes.contains("quarantined for 30 s after repeated failures; its records are dropped"),
            batch == 4,
            "{}",
            seen.notes
        );
    }
    let seen = run(&mut chain, &RECORDS);
    assert_eq!(seen.dropped, [(DropReason::TransformQuarantined, 5)]);
    assert_eq!(seen.faults, []);
    assert!(seen.closed && seen.notes.is_empty());
}

#[test]
fn a_quarantined_filter_may_let_records_pass() {
    let mut chain = chain_of(TransformKind::Filter, passing(mode("trap")));
    for _ in 0..6 {
        assert_eq!(run(&mut chain, &["\"POISON\""]).records, ["\"POISON\""]);
    }
}

#[test]
fn a_leaking_transform_gets_a_new_instance_in_time() {
    let transform = Transform { max_memory_bytes: 8 << 20, ..mode("leak") };
    let mut chain = chain_of(TransformKind::Redact, transform);
    for _ in 0..40 {
        let seen = run(&mut chain, &RECORDS[..2]);
        assert_eq!((seen.records.len(), seen.faults.len()), (2, 0));
        assert!(chain.guest_memory() <= 6 << 20);
    }
}

#[test]
fn a_failed_stage_leaves_the_ones_around_it_in_peace() {
    let lab = Lab::new()
        .add(TransformKind::Enrich, Transform { name: "first".into(), artifact: "first".into(), ..mode("label-all") })
        .add(TransformKind::Redact, mode("trap"))
        .add(TransformKind::Enrich, Transform { name: "last".into(), artifact: "last".into(), ..mode("append") });
    let mut chain = lab.chain();
    let seen = run(&mut chain, &RECORDS);
    assert_eq!(seen.records.len(), 12);
    assert_eq!(seen.labels[0], "batch=1,seen=yes");
    assert_eq!(seen.dropped, [(DropReason::TransformTrapped, 1)]);
}

#[test]
fn samples_of_a_failed_batch_are_not_taken() {
    let mut chain = chain_of(TransformKind::Enrich, mode("metrics"));
    let seen = run(&mut chain, &["\"POISON\""]);
    assert_eq!(seen.outcome_samples, []);
    assert_eq!(seen.dropped, [(DropReason::TransformOutput, 1)]);
}
