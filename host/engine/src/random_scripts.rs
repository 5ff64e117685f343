//! Random scripts on random records, valid and not: what the host promises about scripts holds for all of them.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use telesieve_core::{Event, LabelSet, json};
use telesieve_kernels::{Action, Detector, HashKey, Named, Rule, Ruleset, Scratch};

use crate::apply::{Applied, Fate, apply};
use crate::bindings::types::{self, Edit, Place};
use crate::plan::Plan;
use crate::setup::Resolved;
use crate::tracked::History;
use crate::{MetricDef, MetricKind};

fn resolved() -> Resolved {
    let email = Named::from_name("email").expect("a rule has that name");
    let rule = |action| Rule { name: "email".to_owned(), detector: Detector::Named(email), action };
    let metric = |kind| {
        let label_names = vec!["a".to_owned()];
        let (transform, name) = ("t".into(), "m".to_owned());
        Arc::new(MetricDef { transform, name, help: String::new(), kind, label_names, buckets: Vec::new() })
    };
    Resolved {
        rulesets: vec![
            Ruleset::new(vec![rule(Action::Replace("x".into()))]),
            Ruleset::new(vec![rule(Action::DropRecord)]),
        ],
        places: vec![telesieve_kernels::Place::Whole, telesieve_kernels::Place::Message],
        keys: vec![Arc::new(HashKey::new(b"k"))],
        metrics: [MetricKind::Counter, MetricKind::Gauge, MetricKind::Histogram].map(metric).to_vec(),
        ..Resolved::default()
    }
}

fn records() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "null",
        "12",
        "[]",
        "{}",
        "\"jane@example.com\"",
        "{\"message\":\"to jane\\u0040example.com\",\"a\":{\"b\":[1,{\"c\":\"x\"}]},\"a\":2}",
        "[\"a@b.example\",{\"a\":\"\\ud83d\"}]",
        "{\"a\":\"open",
        "}{",
        "",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "[ -~é]{0,30}"]
}

fn paths() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "A.b", "a.*.c", "*", "message", "", "..", "a.b.c.d.e"]).prop_map(str::to_owned)
}

fn texts() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["1", "{\"k\": [true]}", "\"x\"", " \n1 ", "nonsense", "", "\u{1}", "{\"a\":"])
        .prop_map(str::to_owned)
}

fn places() -> impl Strategy<Value = Place> {
    prop_oneof![Just(Place::Whole), Just(Place::Message), paths().prop_map(Place::Field)]
}

/// An index that is mostly one of the first.
fn index() -> impl Strategy<Value = u32> {
    prop_oneof![30 => 0u32..2, 1 => any::<u32>()]
}

fn samples(metric: u32) -> impl Strategy<Value = types::Sample> {
    let value = prop_oneof![Just(1.5), Just(-1.0), Just(f64::NAN), Just(f64::MAX)];
    let count = prop_oneof![20 => Just(1usize), 1 => 0..3usize];
    (value, count, "é{0,100}").prop_map(move |(value, count, label)| types::Sample {
        metric,
        value,
        label_values: vec![label; count],
    })
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        Just(Edit::Keep),
        Just(Edit::Drop),
        index().prop_map(Edit::Scrub),
        (paths(), Just(0u32)).prop_map(|(path, key)| Edit::Hash(types::Keyed { path, key })),
        (paths(), 0u32..5).prop_map(|(path, keep_last)| Edit::Mask(types::Masked { path, keep_last })),
        (paths(), texts()).prop_map(|(path, value)| Edit::Set(types::Assignment { path, value })),
        paths().prop_map(Edit::Remove),
        (paths(), texts()).prop_map(|(from, to)| Edit::Rename(types::Renaming { from, to })),
        (places(), 0u32..9).prop_map(|(place, max_bytes)| Edit::Truncate(types::Cut { place, max_bytes })),
        (paths(), "[a-z\"\u{1}é]{0,4}").prop_map(|(name, value)| Edit::Label(types::Label { name, value })),
        paths().prop_map(Edit::Unlabel),
        texts().prop_map(Edit::Replace),
        (paths(), texts()).prop_map(|(kind, record)| Edit::Append(types::NewEvent { kind, record })),
        samples(0).prop_map(Edit::Count),
        samples(1).prop_map(Edit::Gauge),
        samples(2).prop_map(Edit::Observe),
    ]
}

fn scripts(records: usize) -> impl Strategy<Value = types::Script> {
    let assign = prop_oneof![20 => Just(records), 1 => 0..records + 3].prop_flat_map(|count| vec(0u32..4, count));
    let at = prop_oneof![20 => 0..records.max(1) as u32, 1 => any::<u32>()];
    let recipes = vec(vec(edits(), 0..4), 1..4);
    (recipes, assign, vec((at, edits()), 0..6)).prop_map(|(recipes, assign, extra)| types::Script {
        recipes,
        assign,
        extra,
    })
}

fn cases() -> impl Strategy<Value = (Vec<String>, types::Script)> {
    vec(records(), 0..6).prop_flat_map(|records| {
        let count = records.len();
        (Just(records), scripts(count))
    })
}

fn events(records: &[String]) -> Vec<Event<'_>> {
    let event = |record: &String| Event {
        kind: "function".into(),
        time_json: "".into(),
        time_ms: None,
        record: record.clone().into(),
        invocation: None,
        labels: LabelSet::default(),
        sequence: 0,
    };
    records.iter().map(event).collect()
}

fn is_json(text: &str) -> bool {
    json::inspect(text, 0).is_ok_and(|found| found.end == text.len())
}

fn check(applied: Applied, events: Vec<Event<'_>>) -> Result<(), TestCaseError> {
    prop_assert_eq!(applied.fates.len(), events.len());
    prop_assert!(applied.appended.is_sorted_by_key(|new| new.behind));
    prop_assert!(applied.appended.iter().all(|new| new.behind < events.len() && is_json(&new.record)));
    for sample in &applied.samples {
        prop_assert_eq!(sample.label_values.len(), sample.metric.label_names.len());
        prop_assert!(sample.label_values.iter().all(|value| value.len() <= 128));
        prop_assert!(sample.value.is_finite());
    }
    for (fate, event) in applied.fates.into_iter().zip(events) {
        let Fate::On(edited) = fate else { continue };
        let before = event.record.clone();
        let mut after = event;
        edited.apply(&mut after, &mut History::default(), None);
        prop_assert!(!is_json(&before) || is_json(&after.record), "{} became {}", before, after.record);
        prop_assert!(!after.record.contains(|c: char| c < ' '));
        prop_assert!(after.labels.is_sorted_by(|a, b| a.0 < b.0));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn scripts_are_refused_or_applied_as_promised((records, script) in cases()) {
        let resolved = resolved();
        let events = events(&records);
        let refs: Vec<_> = events.iter().collect();
        let deadline = Instant::now() + Duration::from_secs(3_600);
        let wrong_length = script.assign.len() != records.len();
        match Plan::new(script, records.len(), &resolved) {
            Err(_) => {}
            Ok(plan) => {
                prop_assert!(!wrong_length);
                if let Ok(applied) = apply(&plan, &refs, &resolved, &mut Scratch::default(), deadline) {
                    check(applied, events)?;
                }
            }
        }
    }
}

#[test]
fn the_edits_of_one_record_come_after_its_recipe_and_in_order() {
    let records = vec!["{\"a\":1}".to_owned(), "{\"a\":1}".to_owned()];
    let set = |value: &str| Edit::Set(types::Assignment { path: "a".to_owned(), value: value.to_owned() });
    let label = |value: &str| Edit::Label(types::Label { name: "l".to_owned(), value: value.to_owned() });
    let script = types::Script {
        recipes: vec![vec![set("2"), label("recipe")]],
        assign: vec![0, 0],
        extra: vec![(1, set("3")), (0, label("own")), (1, set("4"))],
    };
    let (resolved, events) = (resolved(), events(&records));
    let refs: Vec<_> = events.iter().collect();
    let plan = Plan::new(script, 2, &resolved).expect("it keeps the contract");
    let far = Instant::now() + Duration::from_secs(3_600);
    let applied = apply(&plan, &refs, &resolved, &mut Scratch::default(), far).expect("there is time");
    let after = applied.fates.into_iter().zip(events).map(|(fate, event)| {
        let mut after = event;
        if let Fate::On(edited) = fate {
            edited.apply(&mut after, &mut History::default(), None);
        }
        after
    });
    let after: Vec<_> = after.collect();
    let shown: Vec<_> = after.iter().map(|event| (&*event.record, event.labels[0].1.as_str())).collect();
    assert_eq!(shown, [("{\"a\":2}", "own"), ("{\"a\":4}", "recipe")]);
    assert_eq!(Rc::strong_count(&after[1].labels), 1);
}
