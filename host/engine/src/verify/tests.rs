//! What the last look takes for a hit, and what for a mark of redaction.

use telesieve_kernels::{Action, Detector, HashKey, Named, Pattern, Rule};

use super::*;

fn rule(named: Named, action: Action) -> Rule {
    Rule { name: named.name().to_owned(), detector: Detector::Named(named), action }
}

fn named(name: &str, action: Action) -> Rule {
    rule(Named::from_name(name).expect("a rule has that name"), action)
}

fn pattern(regex: &str, action: Action) -> Rule {
    let automaton = Pattern::compile(regex).ok().and_then(|bytes| Pattern::from_bytes(&bytes).ok());
    let detector = Detector::Pattern(Arc::new(automaton.expect("the pattern is one")));
    Rule { name: regex.to_owned(), detector, action }
}

fn found(rules: &Ruleset, text: &str) -> Option<u16> {
    finds(rules, &Place::Whole, text, &mut Scratch::default())
}

fn hash() -> Action {
    Action::Hash(Arc::new(HashKey::new(b"key")))
}

fn replace(text: &str) -> Action {
    Action::Replace(text.to_owned())
}

#[test]
fn what_rules_hit_is_found_and_what_they_leave_is_not() {
    let records = [
        r#"{"a":"to jane@example.com","password":"hunter2 hunter2","card":4111111111111111}"#,
        r#""Authorization: Bearer abcdefghijklmnopqrstuvwxyz, call +49 170 1234567 from 203.0.113.9""#,
        r#"{"a":"{\"b\":\"jane\\u0040example.com 4111 1111 1111 1111\"}"}"#,
    ];
    let actions = [replace("[X]"), Action::Mask { keep_last: 4 }, hash(), Action::Remove, replace("a@b.example 1")];
    for action in actions {
        let rules = Ruleset::new(Named::all().map(|named| rule(named, action.clone())).collect());
        for record in records {
            assert!(found(&rules, record).is_some(), "{record}");
            let scrubbed = rules.scrub(record, &Place::Whole, &mut Scratch::default()).record.into_owned();
            assert_eq!(found(&rules, &scrubbed), None, "{action:?}: {scrubbed}");
        }
    }
}

#[test]
fn marks_that_look_like_hits_are_none() {
    let rules = Ruleset::new(vec![pattern("[0-9a-f]{12}", hash()), pattern("EMP-[0-9]+", replace("EMP-0"))]);
    let scrubbed = rules.scrub(r#""id 0123456789ab of EMP-17""#, &Place::Whole, &mut Scratch::default());
    assert!(scrubbed.record.contains("h:") && scrubbed.record.contains("EMP-0"), "{}", scrubbed.record);
    assert_eq!(found(&rules, &scrubbed.record), None);
    assert_eq!(found(&rules, r#""id 0123456789ab""#), Some(0));
    let longer = Ruleset::new(vec![pattern("x[0-9]", replace("_x1_"))]);
    assert_eq!(found(&longer, r#""a _x1_ b""#), None);
    assert_eq!(found(&longer, r#""a _x1_ x2 b""#), Some(0));
}

#[test]
fn a_mask_of_one_rule_may_look_like_a_hit_of_another() {
    let masked = r#""**** **** 1111 1111 1111""#;
    let rules = Ruleset::new(vec![
        named("payment-card", Action::Mask { keep_last: 12 }),
        pattern("[0-9]{4} [0-9]{4}", replace("?")),
    ]);
    assert_eq!(found(&rules, masked), Some(1), "it shows more than it hides");
    assert_eq!(found(&rules, r#""******** 1111 1111""#), None);
}

#[test]
fn labels_are_fields() {
    let rules = Ruleset::new(Named::all().map(|named| rule(named, replace("[X]"))).collect());
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let labels = vec![
        label("a@b.example", "1"),
        label("password", "hunter2"),
        label("service", "orders"),
        label("user", "jane@example.com \"quoted\""),
    ];
    let after = scrubbed_labels(&rules, &labels, &mut Scratch::default());
    let expected = vec![label("password", "[X]"), label("service", "orders"), label("user", "[X] \"quoted\"")];
    assert_eq!(after, Ok(Some(expected.clone())));
    assert_eq!(scrubbed_labels(&rules, &expected, &mut Scratch::default()), Ok(None));
    let strict = Ruleset::new(vec![named("email", Action::DropRecord)]);
    assert_eq!(scrubbed_labels(&strict, &labels, &mut Scratch::default()), Err(0));
}
