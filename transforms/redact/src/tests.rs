//! Every setting, natively. What rules find is the host's business.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use telesieve_guest::testing::{Harness, TestEvent, json};

use super::*;

fn edits(settings: serde_json::Value, record: serde_json::Value) -> Vec<String> {
    Harness::<redact>::new(settings).unwrap().run(&[TestEvent::function(record)]).remove(0)
}

/// The rules as they are declared to the host.
fn declared(settings: serde_json::Value) -> Vec<String> {
    let redact = Harness::<redact>::new(settings).unwrap();
    redact.setup().rulesets[0].rules.iter().map(|rule| format!("{} {:?}", rule.name, rule.action)).collect()
}

fn faults(settings: serde_json::Value) -> Vec<String> {
    Harness::<redact>::new(settings).err().unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn by_default_all_rules_replace_in_every_record() {
    let mut redact = Harness::<redact>::new(json!({})).unwrap();
    assert!(redact.setup().kinds.is_empty());
    let events = ["function", "extension", "platform.report", "unheard.of"].map(|kind| TestEvent::new(kind, "x"));
    let script = redact.script(&events).unwrap();
    assert_eq!((script.recipes.len(), script.assign, script.extra.len()), (1, vec![0; 4], 0));
    assert_eq!(redact.run(&events)[2], ["scrub all in whole"]);
    assert_eq!(declared(json!({})), [r#"all Action::Replace("[{rule}]")"#]);
}

#[test]
fn the_host_selects_the_rules() {
    assert_eq!(edits(json!({"rules": ["jwt", "personal"]}), json!(1)), ["scrub jwt personal in whole"]);
    let some = edits(json!({"except": ["ip", "phone"], "place": "message"}), json!(1));
    assert_eq!(some, ["scrub all -ip -phone in message"]);
    assert_eq!(declared(json!({"rules": ["of-a-newer-host"]})), [r#"of-a-newer-host Action::Replace("[{rule}]")"#]);
}

#[test]
fn rules_have_actions_of_their_own() {
    let settings = json!({
        "rules": ["email", "payment-card", "jwt", "phone", "ip"],
        "action": "mask",
        "key": "pii",
        "overrides": {
            "email": {"action": "hash"},
            "jwt": {"action": "drop"},
            "phone": {"action": "remove"},
            "ip": {"action": "replace", "replacement": "<{rule}>"},
        },
        "patterns": [{"name": "employee", "pattern": "EMP-[0-9]{6}", "keep_last": 2}],
    });
    let expected = [
        "employee Action::Mask(2)",
        "email payment-card jwt phone ip &email Action::Hash(0)",
        r#"email payment-card jwt phone ip &ip Action::Replace("<{rule}>")"#,
        "email payment-card jwt phone ip &jwt Action::DropRecord",
        "email payment-card jwt phone ip &phone Action::Remove",
        "email payment-card jwt phone ip Action::Mask(4)",
    ];
    assert_eq!(declared(settings), expected);
}

#[test]
fn fields_go_whatever_they_hold() {
    let settings = json!({
        "rules": ["email"],
        "key": "pii",
        "fields": [
            {"path": "user.name", "action": "hash"},
            {"path": "items.*.card", "action": "mask", "keep_last": 2},
            {"path": "password", "action": "remove"},
            {"path": "user.email"},
            {"path": "sealed", "action": "drop"},
        ],
    });
    let anyway = ["hash user.name with pii", "mask items.*.card but 2", "remove password", "scrub email in whole"];
    assert_eq!(edits(settings.clone(), json!("text")), anyway);
    let replaced = edits(settings.clone(), json!({"user": {"email": 4}}));
    assert_eq!(replaced, [&["set user.email=\"[email]\""], &anyway[..]].concat());
    assert_eq!(edits(settings, json!({"sealed": false}))[0], "drop");
}

#[test]
fn fields_alone_are_enough() {
    let settings = json!({"rules": [], "fields": [{"path": "a", "action": "remove"}]});
    assert_eq!(edits(settings, json!({"a": 1})), ["remove a"]);
}

#[test]
fn mistakes_are_named() {
    let settings = json!({
        "rules": ["email"],
        "except": ["ip"],
        "overrides": {"emial": {"action": "mask"}},
        "patterns": [{"name": "x", "pattern": "y", "action": "hash"}],
        "fields": [{"path": ""}],
    });
    assert_eq!(
        faults(settings),
        [
            "patterns[0]: `hash` needs a `key`: a name in `[keys]` of the configuration",
            "fields[0].path: expected a path such as `user.email`: at most 32 names separated by dots, with at most one `**`",
        ]
    );
    assert_eq!(
        faults(json!({"rules": []})),
        ["rules: expected a rule, a pattern or a field: there is nothing to redact"]
    );
    assert_eq!(
        faults(json!({"action": "hash", "rules": ["jwt"]})),
        ["action: `hash` needs a `key`: a name in `[keys]` of the configuration"]
    );
    let unknown = faults(json!({"overrides": {"email": {"action": "shred"}}}));
    assert!(unknown[0].starts_with("overrides.email.action: unknown variant `shred`, expected one of"), "{unknown:?}");
}

#[test]
fn own_rules_have_checks_keys_and_places() {
    let settings = json!({
        "rules": ["email"],
        "action": "truncate",
        "patterns": [
            {"name": "order", "pattern": "x", "place": "field:order", "check": "luhn"},
            {"name": "customer", "keys": ["customer_no", "*_iban"], "action": "remove"},
            {"name": "label", "pattern": "y", "place": "keys", "keep_first": 1},
            {"name": "basket", "pattern": "z", "place": "field:order"},
        ],
    });
    assert_eq!(
        edits(settings.clone(), json!("text")),
        ["scrub order, basket in order", "scrub label in keys", "scrub customer, email in whole"]
    );
    let redact = Harness::<redact>::new(settings).unwrap();
    let rules: Vec<_> = redact.setup().rulesets.iter().flat_map(|set| &set.rules).collect();
    let shown: Vec<_> = rules.iter().map(|rule| format!("{:?} {:?}", rule.detector, rule.action)).collect();
    assert_eq!(
        shown,
        [
            r#"Detector::Checked(CheckedPattern { pattern: "x", check: "luhn" }) Action::Truncate(4)"#,
            r#"Detector::Pattern("z") Action::Truncate(4)"#,
            r#"Detector::Pattern("y") Action::Truncate(1)"#,
            r#"Detector::Keys(["customer_no", "*_iban"]) Action::Remove"#,
            r#"Detector::Named("email") Action::Truncate(4)"#,
        ]
    );
}

#[test]
fn fields_are_cut() {
    let settings = json!({"rules": [], "fields": [{"path": "**.trace", "action": "truncate", "keep_first": 80}]});
    assert_eq!(edits(settings, json!({"a": 1})), ["truncate **.trace to 80"]);
}

#[test]
fn mistakes_in_own_rules_are_named() {
    let settings = json!({
        "place": "field:a..b",
        "patterns": [
            {"name": "", "pattern": "x", "check": "lunh"},
            {"name": "a"},
            {"name": "a", "pattern": "x", "keys": ["y"]},
            {"name": "email", "keys": ["y"], "check": "luhn"},
            {"name": "b", "keys": [], "place": "keys"},
            {"name": "c", "keys": ["y", "_1"]},
            {"name": "d", "pattern": "x", "place": "field:.a"},
        ],
        "fields": [{"path": "a."}, {"path": "a\\.b.c"}, {"path": "**.a"}, {"path": "a.**"}, {"path": "**.a.**.b"}],
    });
    let path = "expected a path such as `user.email`: at most 32 names separated by dots, with at most one `**`";
    assert_eq!(
        faults(settings),
        [
            format!("place: {path}"),
            "patterns[0].name: expected a unique name: another rule has the same name".to_owned(),
            "patterns[0].check: expected one of luhn, mod97, card, iban, mixed".to_owned(),
            "patterns[1]: expected either `pattern` or `keys`".to_owned(),
            "patterns[2].name: expected a unique name: another rule has the same name".to_owned(),
            "patterns[2]: expected either `pattern` or `keys`".to_owned(),
            "patterns[3].check: expected no check: checks apply only to what a `pattern` matches".to_owned(),
            "patterns[4].place: expected another place: `keys` names keys whose values are meant".to_owned(),
            r#"patterns[4].keys: expected key names, such as `["customer_no", "*_iban"]`"#.to_owned(),
            "patterns[5].keys[1]: expected a name with a letter in it".to_owned(),
            format!("patterns[6].place: {path}"),
            format!("fields[0].path: {path}"),
            format!("fields[3].path: {path}"),
            format!("fields[4].path: {path}"),
        ]
    );
}

#[test]
fn tokens_of_a_form_are_rules() {
    let settings = json!({
        "rules": ["jwt"],
        "tokens": [
            {"name": "acme", "prefix": "acme_", "alphabet": "hex", "min_length": 20, "max_length": 40},
            {"name": "corp", "prefix": "corp-", "alphabet": "base58", "min_length": 8, "action": "mask"},
        ],
    });
    let redact = Harness::<redact>::new(settings).unwrap();
    let rules = redact.setup().rulesets[0].rules.iter();
    let shown: Vec<_> = rules.map(|rule| format!("{} {:?} {:?}", rule.name, rule.detector, rule.action)).collect();
    assert_eq!(
        shown,
        [
            r#"acme Detector::Named("token:acme_ hex 20 40") Action::Replace("[acme]")"#,
            r#"corp Detector::Named("token:corp- base58 8") Action::Mask(4)"#,
            r#"jwt Detector::Named("jwt") Action::Replace("[{rule}]")"#,
        ]
    );
    let token = |name: &str, prefix: &str| json!({"name": name, "prefix": prefix, "alphabet": "hex", "min_length": 9});
    assert_eq!(
        faults(json!({"tokens": [token("a", "a b"), token("a", "")]})),
        [
            "tokens[0].prefix: expected text without spaces",
            "tokens[1].name: expected a unique name: another rule has the same name",
            "tokens[1].prefix: expected text without spaces",
        ]
    );
}
