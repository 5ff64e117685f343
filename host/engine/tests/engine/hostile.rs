//! Guests that mean harm, as real components: what becomes of each.
//!
//! Those that go wrong with a poisoned record are in `faults`; here are those that go wrong in other places, or all the
//! time, or that were built to look like something else.

use std::time::Duration;

use telesieve_config::Transform;
use telesieve_core::DropReason;
use telesieve_engine::{Fault, Target, TransformKind, compile};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use crate::lab::{Lab, chain_of, component, function, mark, mode, patched, run};

/// Why a component does not become an artifact, in one line.
fn refused(component: &[u8]) -> String {
    let error = compile(component, Target::host().unwrap(), &mode("scrub"), &function()).unwrap_err().to_string();
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

fn number(bytes: &[u8], at: &mut usize) -> usize {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        value |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return value;
        }
    }
}

fn encoded(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// The sections of a module: number and content.
fn sections(module: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let (mut at, mut sections) = (8, Vec::new());
    while at < module.len() {
        let id = module[at];
        at += 1;
        let length = number(module, &mut at);
        sections.push((id, module[at..at + length].to_vec()));
        at += length;
    }
    sections
}

fn module_of(sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    for (id, content) in sections {
        module.push(*id);
        module.extend(encoded(content.len()));
        module.extend(content);
    }
    module
}

/// Makes an exported function the start function.
fn with_start(module: &[u8], export: &str) -> Vec<u8> {
    let mut sections = sections(module);
    let (_, exports) = sections.iter().find(|(id, _)| *id == 7).unwrap();
    let name = [encoded(export.len()), export.as_bytes().to_vec(), vec![0]].concat();
    let mut at = exports.windows(name.len()).position(|found| found == name).unwrap() + name.len();
    let index = number(exports, &mut at);
    let behind = sections.iter().position(|(id, _)| *id == 7).unwrap() + 1;
    sections.insert(behind, (8, encoded(index)));
    module_of(&sections)
}

/// Has its table start with so many elements.
fn with_table(module: &[u8], elements: usize) -> Vec<u8> {
    let mut sections = sections(module);
    let table = sections.iter_mut().find(|(id, _)| *id == 4).unwrap();
    table.1 = [vec![1, 0x70, 0], encoded(elements)].concat();
    module_of(&sections)
}

#[test]
fn a_trap_at_start_is_a_fault_of_setting_up() {
    let error = refused(&patched(|module| with_start(&module, "trap-at-start")));
    assert!(error.contains("failed in `start`") && error.contains("unreachable"), "{error}");
}

#[test]
fn a_trap_in_describe_is_a_fault_of_setting_up() {
    let error = refused(&patched(|mut module| {
        mark(&mut module, b"telesieve-early:0", b'1');
        module
    }));
    assert!(error.contains("failed in `describe`") && error.contains("unreachable"), "{error}");
}

#[test]
fn a_describe_that_never_ends_is_cut_short() {
    let error = refused(&patched(|mut module| {
        mark(&mut module, b"telesieve-early:0", b'2');
        module
    }));
    assert!(error.contains("failed in `describe`") && error.contains("exceeded its time budget"), "{error}");
}

#[test]
fn a_table_bomb_is_not_started() {
    let error = refused(&patched(|module| with_table(&module, 5_000_000)));
    assert!(error.contains("exceeds the limits of tables and instances"), "{error}");
}

#[test]
fn a_trap_in_every_third_call_costs_nothing() {
    let mut chain = chain_of(TransformKind::Redact, mode("trap-third"));
    // The two halves of the third batch are two calls of a fresh instance, so the fourth batch is its third.
    for batch in 1..=4 {
        let seen = run(&mut chain, &["\"jane@example.com\"", "2"]);
        assert_eq!(seen.records, ["\"[email]\"", "2"], "a fresh instance does what the old one did not");
        assert_eq!(seen.faults, if batch >= 3 { vec![Fault::Trap] } else { vec![] });
    }
}

#[test]
fn a_component_for_a_newer_contract_is_refused_in_one_line() {
    let error = refused(&patched(|module| {
        let mut newer = module;
        let old = b"telesieve:transform/";
        let places: Vec<_> = (0..newer.len() - 40).filter(|at| newer[*at..].starts_with(old)).collect();
        for at in places {
            if let Some(version) = newer[at..at + 40].windows(6).position(|found| found == b"@1.0.0") {
                newer[at + version + 3] = b'9';
            }
        }
        let package = b"telesieve:transform@1.0.0";
        let places: Vec<_> = (0..newer.len() - 40).filter(|at| newer[*at..].starts_with(package)).collect();
        places.into_iter().for_each(|at| newer[at + 22] = b'9');
        newer
    }));
    assert!(error.contains("telesieve:transform/host@1.9.0"), "{error}");
    assert!(error.contains("this host accepts the export telesieve:transform/guest"), "{error}");
}

/// Clocks and randomness would make the same batch give another output.
#[test]
fn clocks_and_randomness_are_refused() {
    for (wit, interface, function) in [
        (
            "package wasi:clocks@0.2.6; interface monotonic-clock { now: func() -> u64; }",
            "clocks/monotonic-clock",
            "now",
        ),
        (
            "package wasi:random@0.2.6; interface random { get-random-u64: func() -> u64; }",
            "random/random",
            "get-random-u64",
        ),
    ] {
        let import = format!("wasi:{interface}@0.2.6");
        let mut resolve = wit_parser::Resolve::default();
        let (_, name) = interface.split_once('/').unwrap();
        let package = resolve.push_str("a.wit", &format!("{wit} world w {{ import {name}; }}")).unwrap();
        let world = resolve.select_world(&[package], Some("w")).unwrap();
        let names = [import.as_str(), function].map(|name| [encoded(name.len()), name.as_bytes().to_vec()].concat());
        let imports = [vec![1], names.concat(), vec![0, 0]].concat();
        let mut module = module_of(&[(1, vec![1, 0x60, 0, 1, 0x7e]), (2, imports)]);
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        let component = ComponentEncoder::default().module(&module).unwrap().encode().unwrap();
        let error = refused(&component);
        assert!(error.contains(&format!("it imports {import}")), "{error}");
        assert!(error.contains("build for wasm32-unknown-unknown"), "{error}");
    }
}

#[test]
fn the_same_batch_gives_the_same_output() {
    let records = ["{\"user\":{\"name\":\"J\"}}", "\"code 123\"", "[1]"];
    let look = || crate::lab::transform("look", serde_json::json!({"mode": "look", "pattern": "[0-9]{3}"}));
    let fresh = || run(&mut chain_of(TransformKind::Filter, look()), &records);
    let first = format!("{:?}", fresh());
    assert_eq!(format!("{:?}", fresh()), first);
    let mut chain = chain_of(TransformKind::Filter, look());
    (0..3).for_each(|_| assert_eq!(format!("{:?}", run(&mut chain, &records)), first));
}

#[test]
fn scripts_of_any_wrong_size_cost_the_record_alone() {
    for name in ["huge-assign", "huge-error", "duplicated", "truncated", "too-many-edits"] {
        let mut chain = chain_of(TransformKind::Redact, mode(name));
        let seen = run(&mut chain, &["\"jane@example.com\"", "\"POISON\"", "3"]);
        assert_eq!(seen.records, ["\"[email]\"", "3"], "{name}: {seen:?}");
        let reason = if name == "huge-error" { DropReason::TransformError } else { DropReason::TransformOutput };
        assert_eq!(seen.dropped, [(reason, 1)], "{name}");
        assert!(!seen.notes.contains("POISON"), "{}", seen.notes);
    }
}

#[test]
fn a_flood_of_log_lines_is_one_line() {
    for (name, expected) in [("log-flood", "100000 log lines withheld"), ("log-long", "1 log line withheld")] {
        let mut chain = chain_of(TransformKind::Redact, mode(name));
        let seen = run(&mut chain, &["\"jane@example.com\""]);
        assert_eq!(seen.records, ["\"[email]\""]);
        assert_eq!(seen.notes.lines().count(), 1);
        assert!(seen.notes.contains(expected) && !seen.notes.contains("jane"), "{}", seen.notes);
    }
}

#[test]
fn a_flood_of_samples_is_cut_and_counted() {
    let mut chain = chain_of(TransformKind::Enrich, mode("metric-flood"));
    let records = vec!["1"; 50];
    let seen = run(&mut chain, &records);
    assert_eq!(seen.records.len(), 50);
    assert_eq!(seen.outcome_samples.len(), 10_000);
    assert!(seen.outcome_samples.iter().all(|sample| sample.label_values[0].len() == 128));
    assert!(seen.notes.contains("rejected 2800 samples"), "{}", seen.notes);
}

/// A transform knows its records by their place among those that it selected. What it did not select has none.
#[test]
fn edits_for_records_that_were_not_selected_reach_none() {
    let on = Some(vec!["function".to_owned()]);
    let mut chain = chain_of(TransformKind::Filter, Transform { on, ..mode("extra-out-of-range") });
    let events = vec![
        crate::lab::event("extension", "\"POISON\"", 0),
        crate::lab::event("function", "\"POISON\"", 1),
        crate::lab::event("extension", "2", 2),
    ];
    let seen = crate::lab::run_events(&mut chain, events, Duration::from_secs(60));
    assert_eq!(seen.sequences, [0, 2], "an index behind the selected ones fails the call");
    assert_eq!(seen.dropped, [(DropReason::TransformOutput, 1)]);
}

#[test]
fn a_memory_bomb_at_load_is_refused() {
    let mut lab = Lab::new();
    let small = Transform { max_memory_bytes: 65_536, ..mode("scrub") };
    let error = compile(&component(TransformKind::Redact), Target::host().unwrap(), &small, &function()).unwrap_err();
    assert!(error.to_string().contains("max_memory_bytes"), "{error}");
    lab.transforms.push(small);
    assert_eq!(lab.load().1.len(), 1);
}
