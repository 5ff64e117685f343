//! Every setting, natively.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use telesieve_guest::testing::{Harness, TestEvent, json};

use super::*;

/// Which events stay.
fn stay(settings: serde_json::Value, events: &[TestEvent]) -> Vec<bool> {
    let mut filter = Harness::<filter>::new(settings).unwrap();
    filter.run(events).iter().map(|edits| edits.is_empty()).collect()
}

fn faults(settings: serde_json::Value) -> Vec<String> {
    Harness::<filter>::new(settings).err().unwrap().iter().map(ToString::to_string).collect()
}

fn kinds(kinds: &[&str]) -> Vec<TestEvent> {
    kinds.iter().map(|kind| TestEvent::new(kind, "x")).collect()
}

#[test]
fn without_settings_everything_stays() {
    assert_eq!(stay(json!({}), &kinds(&["function", "platform.start"])), [true, true]);
}

#[test]
fn kinds_are_dropped_and_kept() {
    let events = kinds(&["platform.start", "platform.report", "function", "extension"]);
    assert_eq!(stay(json!({"drop": [{"kinds": ["platform.*"]}]}), &events), [false, false, true, true]);
    assert_eq!(stay(json!({"drop": [{"kinds": ["platform.start"]}]}), &events), [false, true, true, true]);
    let both =
        json!({"keep": [{"kinds": ["platform.*"]}, {"kinds": ["function"]}], "drop": [{"kinds": ["platform.start"]}]});
    assert_eq!(stay(both, &events), [false, true, true, false]);
}

#[test]
fn levels_are_compared() {
    let events = [
        TestEvent::function(json!({"level": "DEBUG"})),
        TestEvent::function(json!({"level": "warn"})),
        TestEvent::function(json!({"level": "error"})),
        TestEvent::function("no level"),
    ];
    assert_eq!(stay(json!({"min_level": "info"}), &events), [false, true, true, true]);
    assert_eq!(stay(json!({"keep": [{"level_from": "warn"}]}), &events), [false, true, true, false]);
    assert_eq!(
        stay(json!({"drop": [{"level_from": "warn", "level_below": "error"}]}), &events),
        [true, false, true, true]
    );
}

#[test]
fn fields_are_compared() {
    let events = [
        TestEvent::function(json!({"http": {"route": "/health", "status": 200}})),
        TestEvent::function(json!({"http": {"route": "/ready", "status": 503}, "retry": true})),
        TestEvent::function("text"),
    ];
    let drop = |field: serde_json::Value| stay(json!({"drop": [{"fields": [field]}]}), &events);
    assert_eq!(drop(json!({"path": "http.route", "equals": "/health"})), [false, true, true]);
    assert_eq!(drop(json!({"path": "http.status", "equals": 503})), [true, false, true]);
    assert_eq!(drop(json!({"path": "retry", "equals": true})), [true, false, true]);
    assert_eq!(drop(json!({"path": "http.route", "in": ["/ready", "/health"]})), [false, false, true]);
    assert_eq!(drop(json!({"path": "retry", "exists": false})), [false, true, false]);
    let all =
        json!({"drop": [{"fields": [{"path": "retry", "exists": true}, {"path": "http.status", "equals": 200}]}]});
    assert_eq!(stay(all, &events), [true, true, true]);
}

#[test]
fn patterns_are_looked_for() {
    let events = [
        TestEvent::function(json!({"message": "Cache HIT", "user": {"agent": "kube-probe/1"}})),
        TestEvent::function(json!({"message": "served", "note": "cache hit"})),
    ];
    let drop = |rule: serde_json::Value| stay(json!({"drop": [rule]}), &events);
    assert_eq!(drop(json!({"pattern": "(?i)cache hit"})), [false, true]);
    assert_eq!(drop(json!({"pattern": "(?i)cache hit", "place": "whole"})), [false, false]);
    assert_eq!(drop(json!({"pattern": "^kube", "place": "field:user.agent"})), [false, true]);
}

#[test]
fn an_invocation_is_kept_or_dropped_whole() {
    let kinds = ["platform.start", "function", "extension", "platform.runtimeDone", "platform.report"];
    let of = |request: usize| kinds.map(|kind| TestEvent::new(kind, "x").request(&format!("request-{request}")));
    let events: Vec<TestEvent> = (0..1_000).flat_map(of).collect();
    let stay = stay(json!({"sample": 0.1}), &events);
    let whole = stay.chunks(5).filter(|events| events.iter().all(|stays| *stays)).count();
    let partly = stay.chunks(5).filter(|events| events.iter().any(|stays| *stays)).count();
    assert_eq!(whole, partly);
    assert!((50..200).contains(&whole), "{whole} of 1,000 for a share of 0.1");
}

#[test]
fn errors_and_strays_outlive_sampling() {
    let events = [
        TestEvent::function(json!({"level": "error"})).request("a"),
        TestEvent::new("platform.report", json!({"status": "timeout", "requestId": "a"})),
        TestEvent::new("platform.report", json!({"status": "success", "requestId": "a"})),
        TestEvent::function(json!({"status": "lost"})).request("a"),
        TestEvent::new("platform.initStart", json!({})),
    ];
    assert_eq!(stay(json!({"sample": 0.0}), &events), [true, true, false, false, true]);
    assert_eq!(stay(json!({"sample": 0, "keep_errors": false}), &events), [false, false, false, false, true]);
    let no_platform = json!({"sample": 0, "keep_errors": false, "sample_platform": false});
    assert_eq!(stay(no_platform, &events), [false, true, true, false, true]);
    assert_eq!(stay(json!({"sample": 1.0}), &events), [true; 5]);
}

#[test]
fn mistakes_are_named() {
    let settings = json!({
        "sample": 2,
        "drop": [{"kinds": ["function"]}, {}],
        "keep": [{"fields": [{"path": "a"}, {"path": "b", "equals": 1, "exists": true}]}, {"level_from": "warn", "place": "whole"}],
    });
    assert_eq!(
        faults(settings),
        [
            "sample: expected a fraction from 0 to 1",
            "drop[1]: expected a condition: kinds, level_below, level_from, fields or pattern",
            "keep[0].fields[0]: expected one of `equals`, `in` and `exists`",
            "keep[0].fields[1]: expected one of `equals`, `in` and `exists`",
            "keep[1].place: is only valid with a `pattern`",
        ]
    );
    assert!(
        faults(json!({"drop": [{"kind": ["x"]}]}))[0]
            .starts_with("drop[0].kind: unknown field `kind`, expected one of")
    );
    assert!(faults(json!({"min_level": "loud"}))[0].starts_with("min_level: expected \"trace\""));
    let list = json!({"drop": [{"fields": [{"path": "a", "equals": [1]}]}]});
    assert_eq!(faults(list), ["drop[0].fields[0].equals: expected a string, a number or a boolean, found list"]);
}
