//! Every action, with the outcomes that Prometheus' own tests expect where they have the case.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use telesieve_guest::testing::{Harness, TestEvent, json};

use super::*;

fn run(settings: serde_json::Value, event: TestEvent) -> Vec<String> {
    Harness::<relabel>::new(settings).unwrap().run(&[event]).remove(0)
}

/// An event with the labels `a="foo"`, `b="bar"`, `c="baz"`, and some rules.
#[expect(clippy::needless_pass_by_value, reason = "callers write literals")]
fn abc(rules: serde_json::Value) -> Vec<String> {
    run(json!({"rules": rules}), TestEvent::function("x").label("a", "foo").label("b", "bar").label("c", "baz"))
}

fn faults(settings: serde_json::Value) -> Vec<String> {
    Harness::<relabel>::new(settings).err().unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn replace_fills_in_captures() {
    let rule = json!([{"source_labels": ["a"], "regex": "f(.*)", "target_label": "d", "replacement": "ch${1}-ch${1}"}]);
    assert_eq!(abc(rule), ["label d=choo-choo"]);
    let joined = json!([
        {"source_labels": ["a", "b"], "regex": "f(.*);(.*)r", "target_label": "a", "replacement": "b${1}${2}m"},
        {"source_labels": ["c", "a"], "regex": "(b).*b(.*)ba(.*)", "target_label": "d", "replacement": "$1$2$2$3"},
    ]);
    assert_eq!(abc(joined), ["label a=boobam", "label d=boooom"]);
    assert!(
        abc(json!([{"source_labels": ["a"], "regex": "o", "target_label": "d"}])).is_empty(),
        "regexes are anchored"
    );
    assert_eq!(abc(json!([{"source_labels": ["b", "a"], "separator": "|", "target_label": "d"}])), ["label d=bar|foo"]);
}

#[test]
fn an_empty_value_removes_the_label() {
    let rule = json!([{"source_labels": ["a"], "regex": "(f).*", "target_label": "a", "replacement": "$2"}]);
    assert_eq!(abc(rule), ["unlabel a"]);
    assert_eq!(abc(json!([{"target_label": "b", "replacement": ""}])), ["unlabel b"]);
    assert_eq!(abc(json!([{"target_label": "d", "replacement": "fixed"}])), ["label d=fixed"]);
}

#[test]
fn targets_can_be_put_together() {
    let target = |template: &str| abc(json!([{"source_labels": ["a"], "target_label": template, "replacement": "x"}]));
    assert_eq!(target("${1}_d"), ["label foo_d=x"]);
    assert!(target("0${1}").is_empty(), "no name of a label");
}

#[test]
fn keep_and_drop_look_at_values() {
    assert_eq!(abc(json!([{"source_labels": ["a"], "regex": ".*o.*", "action": "drop"}])), ["drop"]);
    assert_eq!(abc(json!([{"source_labels": ["a"], "regex": "no-match", "action": "keep"}])), ["drop"]);
    assert!(abc(json!([{"source_labels": ["a"], "regex": "f|foo", "action": "keep"}])).is_empty());
    assert!(abc(json!([{"source_labels": ["a"], "regex": "f|o", "action": "drop"}])).is_empty());
    assert_eq!(abc(json!([{"source_labels": ["a"], "target_label": "b", "action": "keepequal"}])), ["drop"]);
    assert!(abc(json!([{"source_labels": ["a"], "target_label": "b", "action": "dropequal"}])).is_empty());
}

#[test]
fn shards_are_those_of_prometheus() {
    let shard = |labels: serde_json::Value| {
        abc(json!([{"source_labels": labels, "target_label": "d", "action": "hashmod", "modulus": 1_000}]))
    };
    assert_eq!(shard(json!(["c"])), ["label d=976"]);
    let lines = TestEvent::function("x").label("a", "foo\nbar");
    let rule = json!({"source_labels": ["a"], "target_label": "b", "action": "hashmod", "modulus": 1_000});
    assert_eq!(run(json!({"rules": [rule]}), lines), ["label b=734"]);
}

#[test]
fn case_can_be_changed() {
    assert_eq!(
        abc(json!([{"source_labels": ["a", "b"], "target_label": "d", "action": "uppercase"}])),
        ["label d=FOO;BAR"]
    );
    let up = TestEvent::function("x").label("a", "FOO");
    let rule = json!({"source_labels": ["a"], "target_label": "a", "action": "lowercase"});
    assert_eq!(run(json!({"rules": [rule]}), up), ["label a=foo"]);
}

#[test]
fn names_can_be_mapped_and_chosen() {
    assert_eq!(
        abc(json!([{"regex": "(b|c)", "action": "labelmap", "replacement": "tag_$1"}])),
        ["label tag_b=bar", "label tag_c=baz"]
    );
    assert_eq!(abc(json!([{"regex": "(b.*|c)", "action": "labeldrop"}])), ["unlabel b", "unlabel c"]);
    assert_eq!(abc(json!([{"regex": "(b.*|c)", "action": "labelkeep"}])), ["unlabel a"]);
}

#[test]
fn the_event_has_labels_of_its_own() {
    let copy = |source: &str| {
        let event = TestEvent::new("function", json!({"level": "WARN", "user": {"id": 7}, "t": {"id": "é"}}));
        let rule = json!({"source_labels": [source], "target_label": "x"});
        let settings = json!({"fields": {"tenant": "t.id"}, "rules": [rule]});
        run(settings, event.request("r-1").cold_start()).join("\n")
    };
    assert_eq!(copy("__kind"), "label x=function");
    assert_eq!(copy("__severity"), "label x=warn");
    assert_eq!(copy("__request_id"), "label x=r-1");
    assert_eq!(copy("__cold_start"), "label x=true");
    assert_eq!(copy("__function"), "label x=test");
    assert_eq!(copy("__version"), "label x=$LATEST");
    assert_eq!(copy("__region"), "label x=eu-west-1");
    assert_eq!(copy("__account_id"), "label x=123456789012");
    assert_eq!(copy("__field_tenant"), "label x=é");
    assert_eq!(copy("__field_user.id"), "label x=7");
    assert_eq!(copy("__field_nobody"), "");
}

#[test]
fn inner_labels_can_be_mapped_and_are_gone() {
    let settings = json!({"fields": {"tenant": "t"}, "rules": [{"regex": "__(field_.*|kind)", "action": "labelmap"}]});
    let edits = run(settings, TestEvent::function(json!({"t": "acme"})));
    assert_eq!(edits, ["label field_tenant=acme", "label kind=function"]);
}

#[test]
fn equal_events_are_worked_on_once() {
    let settings = json!({"rules": [{"source_labels": ["__field_tenant"], "target_label": "tenant"}]});
    let mut relabel = Harness::<relabel>::new(settings).unwrap();
    for batch in 0..3 {
        let event = |n: usize| TestEvent::function(json!({"tenant": format!("t{}", (n + batch) % 4)}));
        let events: Vec<TestEvent> = (0..100).map(event).collect();
        let script = relabel.script(&events).unwrap();
        assert_eq!((script.recipes.len(), script.extra.len()), (4, 0));
        assert_eq!(relabel.run(&events)[1], [format!("label tenant=t{}", (1 + batch) % 4)]);
    }
}

#[test]
fn more_values_than_are_remembered_do_no_harm() {
    let settings = json!({"rules": [{"source_labels": ["__field_n"], "target_label": "n"}]});
    let mut relabel = Harness::<relabel>::new(settings).unwrap();
    let events: Vec<TestEvent> = (0..3_000).map(|n| TestEvent::function(json!({"n": n % 1_500}))).collect();
    let edits = relabel.run(&events);
    assert!((0..3_000).all(|n| edits[n] == [format!("label n={}", n % 1_500)]));
}

#[test]
fn mistakes_are_named() {
    let settings = json!({"rules": [
        {"source_labels": ["a"]},
        {"source_labels": ["a"], "target_label": "0"},
        {"source_labels": ["a"], "target_label": "b", "action": "hashmod"},
        {"source_labels": ["a"], "regex": "a", "action": "labeldrop"},
        {"regex": "a", "action": "drop"},
    ]});
    assert_eq!(
        faults(settings),
        [
            "rules[0].target_label: expected the label that this action sets or compares",
            "rules[1].target_label: expected letters, digits and `_`, not starting with a digit",
            "rules[2].modulus: expected the number of shards",
            "rules[3].source_labels: this action looks at the names of all labels",
            "rules[4].source_labels: expected the labels that `regex` looks at",
        ]
    );
    let broken = json!({"rules": [{"source_labels": ["a"], "target_label": "b", "regex": "("}]});
    assert!(faults(broken)[0].starts_with("rules[0].regex: "));
    let huge = json!({"rules": [{"source_labels": ["a"], "target_label": "b", "regex": "(a{1000}){1000}"}]});
    assert!(faults(huge)[0].starts_with("rules[0].regex: "));
}
