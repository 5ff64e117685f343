use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::{Action, Detector, Place, Rule, Ruleset, Scratch};

fn rules(of: &[Named]) -> Ruleset {
    let rule = |named: &Named| Rule {
        name: named.name().to_owned(),
        detector: Detector::Named(*named),
        action: Action::Replace(format!("[{}]", named.name())),
    };
    Ruleset::new(of.iter().map(rule).collect())
}

/// What triggers rule out, a close look does not hit: for all rules together, and for each of them alone.
fn check(record: &str) {
    let mut scratch = Scratch::default();
    let all: Vec<Named> = Named::all().collect();
    // Rules that look at every record are ruled out of none.
    let looks_once = |of: &&[Named]| of.len() > 1 || !of[0].rule().clues().contains(Clues::ANY);
    for of in [&all[..]].into_iter().chain(all.chunks(1)).filter(looks_once) {
        let quick = rules(of).scrub(record, &Place::Whole, &mut scratch);
        let close = rules(of).without_triggers().scrub(record, &Place::Whole, &mut scratch);
        assert_eq!((&quick.record, &quick.hits), (&close.record, &close.hits), "{of:?} in {record}");
    }
}

#[test]
fn what_rules_are_documented_to_hit_triggers_them() {
    for (example, _) in Named::all().flat_map(|rule| rule.info().hits) {
        check(&format!("{{\"a\":{}}}", serde_json::Value::from(*example)));
        for filler in [0, 40, 61, 64, 130] {
            check(&serde_json::json!({ "filler": "x".repeat(filler), "text": format!("a {example} b") }).to_string());
        }
    }
}

#[test]
fn names_of_secrets_trigger_however_they_are_written() {
    for record in [
        r#"{"password":"x1"}"#,
        r#"{"a":4.111111111111111E15}"#,
        r#"{"a":41111111111111110e-1,"token":1}"#,
        r#"{"Pass_Word" : "x1"}"#,
        r#"{"a":"db-password-2: x1"}"#,
        r#"{"a":"user[pin]=1234"}"#,
        r#"{"a":"{\"b\":\"{\\\"cvv\\\" : \\\"123\\\"}\"}"}"#,
        r#"{"my/token":"a1"}"#,
        r#"{"AUTHORI_ZATION":"abcdef"}"#,
        r#"{"a":"authori-zation=abcdef"}"#,
        r#"{"a":"\tpin=1234 \notp:99"}"#,
        r#"{"a":"d=1, ssn => 1"}"#,
        r#"{"a":"authoriz-_ation: abcdef"}"#,
        r#"{"a":"x Bearer: \\\"abcdef123456\\\""}"#,
        r#"{"a":"{\"b\":\"bearer \\\"abcdef123456\\\"\"}"}"#,
        r#"{"a":"Bearer \/abcdef123456"}"#,
        r#"{"a":"BASIC=amFuZTpzZWNyZXQx"}"#,
        r#"{"a":"Bearer [REDACTED], Bearer abcdef123456"}"#,
        // What is left of a run of base64 when an account number is cut out of it is text.
        r#"{"a":"eyJ1c2VyIjoiamFuZVx1MDA0MGV4YW1wbGUuY29tIn0-DE89370400440532013000"}"#,
    ] {
        check(record);
        assert!(
            !rules(&Named::all().collect::<Vec<_>>())
                .scrub(record, &Place::Whole, &mut Scratch::default())
                .hits
                .is_empty(),
            "{record}"
        );
    }
}

fn piece() -> impl Strategy<Value = String> {
    let examples: Vec<&str> = Named::all().flat_map(|rule| rule.info().hits.iter().map(|(text, _)| *text)).collect();
    prop_oneof![
        2 => prop::sample::select(examples).prop_map(|text| serde_json::Value::from(text).to_string().trim_matches('"').to_owned()),
        2 => "[0-9 .()/+-]{1,14}",
        1 => "(password|pin|cvv|token|secret_key|session id|Authorization|cookie|jwt)( |\\\\?\"|'|\\])?( |\\\\t|\\\\n)?[:=]( |\\\\n)?(Some\\(\\\\\"|b')?",
        1 => "(bearer|Basic)( |:|=|\\\\\"){0,3}(\\[|[a-z0-9/]{6,24})",
        2 => "[A-Za-z:=,;@_-]{1,6}",
        1 => "(\\\\n|\\\\t|\\\\/|\\\\u0040|\\\\u001b\\[31m|\\\\\\\\|\\\\\")",
        1 => "[{}\\[\\],:\" ]{1,3}",
    1 => "(-?4\\.111111111111111[eE]\\+?15|41111111111111110e-1|41111111111.11111E5|[0-9a-f]{1,4}[eE][0-9]{1,2})",
    1 => "(amFuZS5kb2VAZXhhbXBsZS5jb20=?|amFuZS5kb2VAZXhhbXBsZS5jb20NDExMTEx|jane%40example\\.com|%2[0-9]|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4})",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(debug_assertions) { 400 } else { 4_000 },
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x7e1e_51e5),
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_triggers_rule_out_is_not_hit(pieces in prop::collection::vec(piece(), 0..6), filler in 0_usize..70) {
        let text = pieces.concat();
        check(&format!("{{\"{}\":\"{text}\"}}", "x".repeat(filler)));
        check(&text);
    }
}
