//! What a transform can do when nothing goes wrong.

use std::time::Duration;

use serde_json::json;
use telesieve_config::Transform;
use telesieve_engine::{SampleOp, TransformKind};

use crate::lab::{chain_of, event, mode, run, run_events, transform};

#[test]
fn records_are_scrubbed_dropped_and_labelled() {
    let mut chain = chain_of(TransformKind::Redact, mode("scrub"));
    let seen = run(&mut chain, &["\"jane@example.com\"", "7"]);
    assert_eq!(seen.records, ["\"[email]\"", "7"]);
    assert_eq!(seen.rule_hits, 1);
    let mut chain = chain_of(TransformKind::Filter, mode("drop-all"));
    assert_eq!(run(&mut chain, &["1", "2"]).filtered, 2);
    let mut chain = chain_of(TransformKind::Redact, mode("drop-record"));
    let seen = run(&mut chain, &["\"jane@example.com\"", "2"]);
    assert_eq!((seen.records, seen.filtered), (vec!["2".to_owned()], 1));
    let mut chain = chain_of(TransformKind::Relabel, mode("label-all"));
    assert_eq!(run(&mut chain, &["1", "2"]).labels, ["batch=1,seen=yes"; 2]);
    assert_eq!(run(&mut chain, &["1"]).labels, ["batch=2,seen=yes"], "the instance is kept");
}

#[test]
fn only_selected_kinds_are_seen() {
    let mixed = || vec![event("function", "1", 1), event("extension", "2", 2), event("platform.start", "3", 3)];
    let mut chain = chain_of(TransformKind::Filter, mode("drop-all"));
    let seen = run_events(&mut chain, mixed(), Duration::from_secs(60));
    assert_eq!((seen.records, seen.filtered), (vec!["2".to_owned()], 2));
    let on = Some(vec!["ext*".to_owned()]);
    let mut chain = chain_of(TransformKind::Filter, Transform { on, ..mode("drop-all") });
    let seen = run_events(&mut chain, mixed(), Duration::from_secs(60));
    assert_eq!((seen.records, seen.filtered), (vec!["1".to_owned(), "3".to_owned()], 1));
}

#[test]
fn appended_events_stand_behind_their_origin_with_numbers_of_their_own() {
    let mut chain = chain_of(TransformKind::Enrich, mode("append"));
    let seen = run(&mut chain, &["1", "2"]);
    assert_eq!(seen.records, ["1", "\"xxx\"", "\"xxxx\"", "2", "\"xxx\"", "\"xxxx\""]);
    assert_eq!(seen.sequences, [0, 1_000, 1_001, 1, 1_002, 1_003]);
}

#[test]
fn samples_are_summed_and_capped() {
    let mut chain = chain_of(TransformKind::Enrich, mode("metrics"));
    let seen = run(&mut chain, &["1", "2", "3"]);
    let of = |name: &str| seen.outcome_samples.iter().filter(|sample| sample.metric.name == name).collect::<Vec<_>>();
    let [count] = of("seen")[..] else { panic_with(&seen.notes) };
    assert_eq!((count.op, count.value), (SampleOp::Add, 6.0));
    assert_eq!(count.label_values, ["v".repeat(128)]);
    assert_eq!(count.metric.help, "told of orders");
    assert_eq!(of("size").len(), 3, "not-a-numbers are left out");
    assert_eq!(of("level").last().unwrap().value, 2.0, "the last one wins");
    assert!(seen.notes.contains("rejected 3 samples"), "{}", seen.notes);
}

fn panic_with(text: &str) -> ! {
    std::panic::resume_unwind(Box::new(text.to_owned()))
}

#[test]
fn a_guest_sees_the_records_of_its_batch() {
    let settings = json!({"mode": "look", "pattern": "[0-9]{3}", "key": "pseudonym"});
    let mut lab = crate::lab::Lab::new().add(TransformKind::Filter, transform("look", settings));
    lab.keys.insert("pseudonym".to_owned(), telesieve_config::Secret::new("s"));
    let mut chain = lab.chain();
    let records = [
        "{\"user\":{\"name\":\"J\\u0061ne\"},\"level\":\"ERROR\"}",
        "\"code 123\"",
        "[1,{}]",
        "null",
        "{\"user\":{\"name\":12}}",
    ];
    let seen = run(&mut chain, &records);
    assert_eq!(seen.records, records, "{seen:?}");
    let labels: Vec<_> = seen.labels.iter().map(|labels| labels.replace(",hash=5", "")).collect();
    let hash = seen.labels[0].split(",").find(|label| label.starts_with("hash=")).unwrap();
    let expected = [
        format!("agree=true,column=Jane,facts=function 5 17,{hash},matched=false"),
        format!("agree=true,facts=function 3 0,{hash},matched=true"),
        format!("agree=true,facts=function 4 0,{hash},matched=false"),
        format!("agree=true,facts=function 0 0,{hash},matched=false"),
        format!("agree=true,column=12,facts=function 5 0,{hash},matched=false"),
    ];
    assert_eq!(labels, expected);
}

#[test]
fn log_lines_are_capped_and_not_shown_where_they_may_quote_records() {
    let mut chain = chain_of(TransformKind::Filter, mode("log"));
    let seen = run(&mut chain, &["1"]);
    assert_eq!(
        seen.notes,
        "Warn: 100 log lines withheld because they may quote records: `telesieve test` shows them\n"
    );
    chain.observe();
    let seen = run(&mut chain, &["1"]);
    assert!(seen.notes.starts_with("Warn: line 0 of a batch\n"), "{}", seen.notes);
    assert!(seen.notes.ends_with("Warn: 80 more log lines not shown in this call: too many\n"));
}

#[test]
fn nothing_to_do_costs_no_call() {
    let mut chain = chain_of(TransformKind::Relabel, mode("label-all"));
    run_events(&mut chain, vec![event("extension", "1", 0)], Duration::from_secs(60));
    assert_eq!(run(&mut chain, &["1"]).labels, ["batch=1,seen=yes"]);
}
