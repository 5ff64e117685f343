//! Redaction of whole records: every trap has its test.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use super::*;
use crate::hash::HashKey;
use crate::path::Path;

mod values;

fn named(name: &str) -> Named {
    Named::from_name(name).expect("a rule has that name")
}

fn rule(named: Named, action: Action) -> Rule {
    Rule { name: named.name().to_owned(), detector: Detector::Named(named), action }
}

fn replaced(named: Named) -> Rule {
    rule(named, Action::Replace(format!("[REDACTED:{}]", named.name())))
}

fn all() -> Ruleset {
    Ruleset::new(Named::all().map(replaced).collect())
}

fn scrubbed(rules: &Ruleset, record: &str, place: &Place) -> String {
    let mut scratch = Scratch::default();
    let first = rules.scrub(record, place, &mut scratch);
    if serde_json::from_str::<serde_json::Value>(record).is_ok() {
        assert!(serde_json::from_str::<serde_json::Value>(&first.record).is_ok(), "{record} became {}", first.record);
    }
    let text = first.record.into_owned();
    assert_eq!(first.hits.is_empty(), text == record, "{record}");
    text
}

fn check(record: &str, expected: &str) {
    let rules = all();
    let text = scrubbed(&rules, record, &Place::Whole);
    assert_eq!(text, expected);
    let again = rules.scrub(&text, &Place::Whole, &mut Scratch::default());
    assert_eq!((again.record, again.hits), (Cow::Borrowed(text.as_str()), vec![]), "second scan");
}

fn check_with(rules: Vec<Rule>, record: &str, expected: &str) {
    assert_eq!(scrubbed(&Ruleset::new(rules), record, &Place::Whole), expected);
}

#[test]
fn clean_records_come_back_borrowed() {
    let rules = all();
    let mut scratch = Scratch::default();
    for record in [
        r#"{"level":"info","message":"order 17 shipped","requestId":"8f14e45f-4111-4111-8111-411111111111","t":1700000000123}"#,
        r#""2024-11-22T19:32:45.123Z\t8f14e45f-ceea-467f-a830-4b2d4c6d3b1a\tINFO\tdone in 12.5 ms\n""#,
        r#"{"a":"\u001b[31mred\u001b[0m \\u001b é"}"#,
        "12.5",
        "null",
        "",
    ] {
        let clean = rules.scrub(record, &Place::Whole, &mut scratch);
        assert!(matches!(clean.record, Cow::Borrowed(_)), "{record}");
        assert!(!clean.drop && clean.hits.is_empty());
    }
}

#[test]
fn escapes_hide_nothing() {
    check(r#""line\njane@example.com""#, r#""line\n[REDACTED:email]""#);
    check(r#"{"a":"\t4111111111111111"}"#, r#"{"a":"\t[REDACTED:payment-card]"}"#);
    check(r#"{"a":"jane\u0040example.com!"}"#, r#"{"a":"[REDACTED:email]!"}"#);
    check(r#"{"a":"\u006aane@example.co\u006d!"}"#, r#"{"a":"[REDACTED:email]!"}"#);
    check(r#"{"a":"\u0041KIAIOSFODNN7EXAMPLE"}"#, r#"{"a":"[REDACTED:aws-key]"}"#);
    check(r#"{"a":"\/jane@example.com\/"}"#, r#"{"a":"\/[REDACTED:email]\/"}"#);
    check(r#"{"a":"\ud83e\uddfejane@example.com\ud83e\uddfe"}"#, r#"{"a":"\ud83e\uddfe[REDACTED:email]\ud83e\uddfe"}"#);
    check(r#"{"a":"\ud83ejane@example.com\ud83e"}"#, r#"{"a":"\ud83e[REDACTED:email]\ud83e"}"#);
    check("{\"a\":\"\u{1f9fe}jane@example.com\u{1f9fe}\"}", "{\"a\":\"\u{1f9fe}[REDACTED:email]\u{1f9fe}\"}");
    check(r#"{"a":"\u001b[32m4111111111111111\u001b[0m"}"#, r#"{"a":"\u001b[32m[REDACTED:payment-card]\u001b[0m"}"#);
}

#[test]
fn keys_are_text_too() {
    check(r#"{"jane@example.com":1}"#, r#"{"[REDACTED:email]":1}"#);
    check(
        r#"{"jane\u0040example.com":{"4111111111111111":[]}}"#,
        r#"{"[REDACTED:email]":{"[REDACTED:payment-card]":[]}}"#,
    );
}

#[test]
fn numbers_become_strings() {
    check(r#"{"card":4111111111111111}"#, r#"{"card":"[REDACTED:payment-card]"}"#);
    check(r#"[-4111111111111111, 4111111111111111.0]"#, r#"["-[REDACTED:payment-card]", "[REDACTED:payment-card].0"]"#);
    check("4111111111111111", r#""[REDACTED:payment-card]""#);
    check(r#"{"card":4.111111111111111E15,"b":1.5e3}"#, r#"{"card":"[REDACTED:payment-card]","b":1.5e3}"#);
    check_with(vec![rule(named("payment-card"), Action::Remove)], "[4111111111111111]", r#"[""]"#);
}

#[test]
fn text_inside_text_is_text() {
    check(r#"{"a":"{\"b\":\"line\\njane@example.com\\tx\"}"}"#, r#"{"a":"{\"b\":\"line\\n[REDACTED:email]\\tx\"}"}"#);
    check(
        r#"{"a":"{\"card\": 4111111111111111 }","b":"{\"card\":4111111111111111}"}"#,
        r#"{"a":"{\"card\": \"[REDACTED:payment-card]\" }","b":"{\"card\":\"[REDACTED:payment-card]\"}"}"#,
    );
    check(r#"{"a":"{\"password\":\"a\\\"b\"}"}"#, r#"{"a":"{\"password\":\"[REDACTED:secret]\"}"}"#);
    check(
        r#"{"a":"{\"credentials\":{\"user\":\"x\"},\"n\":1}"}"#,
        r#"{"a":"{\"credentials\":\"[REDACTED:secret]\",\"n\":1}"}"#,
    );
    check(r#"{"a":"{\"p\\u0061ssword\": \"a\\\"b c\"}"}"#, r#"{"a":"{\"p\\u0061ssword\": \"[REDACTED:secret]\"}"}"#);
    check(r#"{"a":"{\"b\":\"\\u0041KIAIOSFODNN7EXAMPLE\"}"}"#, r#"{"a":"{\"b\":\"[REDACTED:aws-key]\"}"}"#);
}

/// Puts text into JSON into text, some levels deep.
fn nested(text: &str, levels: usize) -> String {
    (0..levels).fold(text.to_owned(), |text, _| serde_json::json!({ "x": text }).to_string())
}

#[test]
fn several_levels_of_text_inside_text_are_read() {
    for levels in 1..=7 {
        for (secret, rule) in [
            ("at jane@example.com!", "email"),
            ("\n4111111111111111\t", "payment-card"),
            ("é\"AKIAIOSFODNN7EXAMPLE\\", "aws-key"),
            ("{\"password\":\"x y\"}", "secret"),
        ] {
            let record = nested(secret, levels);
            let text = scrubbed(&all(), &record, &Place::Whole);
            let mut inner: serde_json::Value = serde_json::from_str(&text).unwrap();
            for _ in 1..levels {
                inner = serde_json::from_str(inner["x"].as_str().unwrap()).unwrap();
            }
            let inner = inner["x"].as_str().unwrap();
            assert!(inner.contains(&format!("[REDACTED:{rule}]")), "{levels} levels: {text}");
        }
    }
}

/// A record whose only value was given up: all of it is a hit of the first rule.
fn closed() -> String {
    let first = Named::all().next().map(Named::name).unwrap_or_default();
    format!(r#"{{"x":"[REDACTED:{first}]"}}"#)
}

#[test]
fn escapes_beyond_the_deepest_level_close_the_token() {
    let record = nested(r"jane\u0040example.com", 11);
    check(&record, &closed());
    assert_eq!(scrubbed(&Ruleset::new(vec![]), &record, &Place::Whole), record);
}

#[test]
fn values_of_secret_keys_go_whatever_they_are() {
    check(r#"{"password":"x"}"#, r#"{"password":"[REDACTED:secret]"}"#);
    check(r#"{"a":[{"DB-Password" : 12.5}]}"#, r#"{"a":[{"DB-Password" : "[REDACTED:secret]"}]}"#);
    check(r#"{"credentials":{"password":"x","b":[1,"]"]},"c":1}"#, r#"{"credentials":"[REDACTED:secret]","c":1}"#);
    check(r#"{"p\u0061ssword":"true1"}"#, r#"{"p\u0061ssword":"[REDACTED:secret]"}"#);
    check(r#"{"auth":true,"token":false}"#, r#"{"auth":true,"token":false}"#);
    check(r#"{"apiKey":"a","apiKey":"b"}"#, r#"{"apiKey":"[REDACTED:secret]","apiKey":"[REDACTED:secret]"}"#);
    check(r#"{"password":"","token":null,"secret":{}}"#, r#"{"password":"","token":null,"secret":{}}"#);
    check(r#"{"nextToken":"abc","tokens":7}"#, r#"{"nextToken":"abc","tokens":7}"#);
    check(r#"{"password":"[REDACTED:email]"}"#, r#"{"password":"[REDACTED:email]"}"#);
}

#[test]
fn rules_share_families_of_keys() {
    check(r#"{"Authorization":"Bearer abc"}"#, r#"{"Authorization":"[REDACTED:bearer]"}"#);
    check(r#"{"secretAccessKey":"abc"}"#, r#"{"secretAccessKey":"[REDACTED:aws-key]"}"#);
    check_with(vec![replaced(named("bearer"))], r#"{"password":"x"}"#, r#"{"password":"x"}"#);
    check_with(vec![replaced(named("secret"))], r#"{"cookie":"x"}"#, r#"{"cookie":"[REDACTED:secret]"}"#);
}

#[test]
fn the_first_rule_wins_where_hits_overlap() {
    check_with(
        vec![replaced(named("secret")), replaced(named("email"))],
        r#"["password=jane@example.com!","jane@example.com"]"#,
        r#"["password=[REDACTED:secret]","[REDACTED:email]"]"#,
    );
    check_with(
        vec![replaced(named("email")), replaced(named("secret"))],
        r#"{"a":"password=jane@example.com!","password":{"a":"jane@example.com"}}"#,
        r#"{"a":"password=[REDACTED:email]","password":"[REDACTED:email]"}"#,
    );
}

#[test]
fn hits_are_counted_by_rule() {
    let rules = Ruleset::new(vec![replaced(named("jwt")), replaced(named("email")), replaced(named("payment-card"))]);
    let record = r#"{"a":"a@x.com b@x.com","b":"{\"c\":\"a@x.com\"}","card":4111111111111111}"#;
    let scrubbed = rules.scrub(record, &Place::Whole, &mut Scratch::default());
    assert_eq!(scrubbed.hits, [(1, 3), (2, 1)]);
}

#[test]
fn actions_are_applied() {
    let record = r#"{"a":"card 4111 1111 1111 1234 ok","b":"\u006aane@x.com"}"#;
    let key = Arc::new(HashKey::new(b"key"));
    let record = &record.replace("1234", "1111");
    check_with(
        vec![
            rule(named("payment-card"), Action::Mask { keep_last: 4 }),
            rule(named("email"), Action::Hash(Arc::clone(&key))),
        ],
        record,
        &format!(r#"{{"a":"card **** **** **** 1111 ok","b":"{}"}}"#, key.token(b"jane@x.com")),
    );
    check_with(
        vec![rule(named("payment-card"), Action::Remove), rule(named("email"), Action::Replace("\"\n\\".to_owned()))],
        record,
        r#"{"a":"card  ok","b":"\"\n\\"}"#,
    );
}

#[test]
fn the_same_value_gives_the_same_token_at_every_level() {
    let key = Arc::new(HashKey::new(b"key"));
    let rules = Ruleset::new(vec![rule(named("email"), Action::Hash(Arc::clone(&key)))]);
    let token = key.token(b"jane@example.com");
    for levels in 1..=4 {
        for address in ["jane@example.com", r"jane\u0040example.com", r"\u006aane@example.com"] {
            let text = scrubbed(&rules, &nested(address, levels), &Place::Whole);
            assert!(text.contains(&token), "{text}");
        }
    }
}

#[test]
fn a_rule_can_drop_the_record() {
    let rules = Ruleset::new(vec![replaced(named("secret")), rule(named("payment-card"), Action::DropRecord)]);
    let mut scratch = Scratch::default();
    for record in
        [r#"{"a":4111111111111111}"#, r#"{"password":"4111111111111111"}"#, r#"{"password":{"a":4111111111111111}}"#]
    {
        let dropped = rules.scrub(record, &Place::Whole, &mut scratch);
        assert!(dropped.drop && dropped.record == "null", "{record}");
    }
    assert!(!rules.scrub(r#"{"password":"1"}"#, &Place::Whole, &mut scratch).drop);
}

#[test]
fn places_limit_the_scan() {
    let record = r#"{"message":"a@x.com","user":{"email":"b@x.com","Email":["c@x.com"]},"d":"d@x.com"}"#;
    let rules = all();
    let field = |path| Place::Field(Path::parse(path).unwrap());
    let changed = |place: &Place| {
        let text = scrubbed(&rules, record, place);
        ["a@", "b@", "c@", "d@"]
            .map(|address| if text.contains(address) { '.' } else { 'x' })
            .iter()
            .collect::<String>()
    };
    assert_eq!(changed(&Place::Whole), "xxxx");
    assert_eq!(changed(&Place::Message), "x...");
    assert_eq!(changed(&field("user.email")), ".xx.");
    assert_eq!(changed(&field("*")), "xxxx");
    assert_eq!(changed(&field("user")), ".xx.");
    assert_eq!(changed(&field("none")), "....");
    assert_eq!(scrubbed(&rules, r#""a@x.com""#, &Place::Message), r#""[REDACTED:email]""#);
    assert_eq!(scrubbed(&rules, "[\"a@x.com\"]", &Place::Message), "[\"a@x.com\"]");
}

#[test]
fn what_stands_alone_after_a_hit_is_looked_at_again() {
    check(r#"{"a":"555-234-4477-AKIAIOSFODNN7EXAMPLE"}"#, r#"{"a":"[REDACTED:phone]-[REDACTED:aws-key]"}"#);
    check(r#"{"a":"x0151 23456789-+49 30 1234567"}"#, r#"{"a":"x0151 23456789-[REDACTED:phone]"}"#);
}

#[test]
fn broken_text_is_scanned_all_the_same() {
    for (record, gone) in [
        (r#"{"a":"jane@example.com"#, "jane@"),
        (r#"{"a":jane@example.com"#, "jane@"),
        (r#"{"a":"x\"#, "none"),
        (r#"\"jane@example.com\" "#, "jane@"),
        (r#"{"password":"hunter2"#, "hunter2"),
        (r#"{"password":{"a":["hunter2""#, "hunter2"),
        (r#"{"password":[[[hunter2"#, "hunter2"),
        (r#"{"password" hunter2}"#, "none"),
        ("jane@example.com", "jane@"),
        ("4111 1111 1111 1111", "4111"),
    ] {
        let text = scrubbed(&all(), record, &Place::Whole);
        assert!(!text.contains(gone), "{text}");
    }
}

#[test]
fn what_was_redacted_in_part_is_not_redacted() {
    for (record, expected) in [
        (r#"{"password":"[REDACTED]-hunter2"}"#, r#"{"password":"[REDACTED:secret]"}"#),
        (r#"{"Cookie":"[REDACTED]; session=x"}"#, r#"{"Cookie":"[REDACTED:secret]"}"#),
        (r#"{"Cookie":"[REDACTED]; [REDACTED]"}"#, r#"{"Cookie":"[REDACTED]; [REDACTED]"}"#),
        (r#"{"pin":"****"}"#, r#"{"pin":"****"}"#),
        (r#"{"password":"!!!"}"#, r#"{"password":"[REDACTED:secret]"}"#),
        (r#"{"password":"[REDACTED]é"}"#, r#"{"password":"[REDACTED:secret]"}"#),
    ] {
        check(record, expected);
    }
}

/// A value that is cut out must not make the next word one.
#[test]
fn a_value_that_is_cut_out_leaves_nothing_to_find() {
    let rules = Ruleset::new(vec![rule(named("secret"), Action::Remove)]);
    for (record, expected) in [
        (r#""password=hunter2 next""#, r#""password='' next""#),
        (r#""password: hunter2\nuser: jane""#, r#""password: ''\nuser: jane""#),
        (r#""x='password=hunter2' y""#, r#""x='password=''' y""#),
        (r#""a?token=x&b=c""#, r#""a?token=&b=c""#),
        (r#""{\"password\":\"x\",\"b\":1}""#, r#""{\"password\":\"\",\"b\":1}""#),
    ] {
        let text = scrubbed(&rules, record, &Place::Whole);
        assert_eq!(text, expected);
        assert_eq!(rules.scrub(&text, &Place::Whole, &mut Scratch::default()).hits, [], "{text}");
    }
}

#[test]
fn encodings_are_taken_off_in_each_other() {
    // `email=jane%40example.com&name=J xxx` and `jane.doe@example.com`.
    for (record, expected) in [
        (r#"{"body":"ZW1haWw9amFuZSU0MGV4YW1wbGUuY29tJm5hbWU9SiB4eHg="}"#, r#"{"body":"[REDACTED:email]"}"#),
        (r#"{"q":"d%3DamFuZS5kb2VAZXhhbXBsZS5jb20"}"#, r#"{"q":"d%3D[REDACTED:email]"}"#),
        (r#"{"m":"amFuZS5kb2VAZXhhbXBsZS5jb20h\\/x"}"#, r#"{"m":"[REDACTED:email]\\/x"}"#),
    ] {
        check(record, expected);
    }
}

#[test]
fn pretty_json_in_text_stays_json() {
    check(r#""{\"pin\":\t1234\r\n,\"b\":1}""#, r#""{\"pin\":\t\"[REDACTED:secret]\"\r\n,\"b\":1}""#);
}

/// A quadratic scan of any of these would take hours.
#[test]
fn hostile_records_take_linear_time() {
    let rules = all();
    let mut scratch = Scratch::default();
    for (piece, times) in [
        ("eyJ-", 1 << 16),
        ("a@a", 1 << 16),
        ("@", 1 << 18),
        ("\\\\", 1 << 17),
        ("\\\"", 1 << 17),
        ("\\u0040", 1 << 15),
        ("password:[ ", 1 << 14),
        ("password:{\\\"", 1 << 14),
        ("password=\\\"x", 1 << 14),
        ("password='x", 1 << 16),
        ("pin=1 ", 1 << 17),
        ("token:a@b.co ", 1 << 15),
        ("token= 123-45-6789", 1 << 15),
        ("password: Some(\\\"", 1 << 14),
        ("k='-----BEGIN ", 1 << 14),
        ("pin:\\n", 1 << 15),
        (":     ", 1 << 15),
        ("1 ", 1 << 16),
        ("11-", 1 << 16),
        ("4111 ", 1 << 15),
        ("+1 ", 1 << 16),
        ("1.", 1 << 16),
        ("::", 1 << 16),
        ("a:", 1 << 16),
        ("DE89 ", 1 << 15),
        ("A3T", 1 << 16),
        ("Authorization: Digest ", 1 << 12),
        ("Bearer ", 1 << 14),
        ("\\u001b[1;1;1;1;1;1;1m", 1 << 12),
        ("a@x.com ", 1 << 13),
        ("%40", 1 << 16),
        ("%25", 1 << 16),
        ("a%2540b.co ", 1 << 12),
        ("%", 1 << 18),
        ("QUFB", 1 << 16),
        ("amFuZS5kb2VAZXhhbXBsZS5jb20= ", 1 << 10),
        ("eyJ1c2VyIjoiamFuZVx1MDA0MGV4YW1wbGUuY29tIn0/", 1 << 12),
        ("Cookie: a=\\\"b\\\";", 1 << 13),
        ("version 1.2.3.4 ", 1 << 12),
        ("BE68-5390-", 1 << 14),
    ] {
        let record = format!("{{\"a\":\"{}\"}}", piece.repeat(times));
        let _ = rules.scrub(&record, &Place::Whole, &mut scratch);
    }
    for piece in [r#"{"password":"#, "[", r#"{"password":["#, "\"", "\\", "\\\"", r#"{"a":1,"#, "4111 1111 1111 1111 "]
    {
        let _ = rules.scrub(&piece.repeat(1 << 15), &Place::Whole, &mut scratch);
    }
}

#[cfg(feature = "compile")]
#[test]
fn patterns_see_decoded_text_at_every_level() {
    let pattern = Arc::new(Pattern::from_bytes(&Pattern::compile(r"cust-\d{4}|a\tb").unwrap()).unwrap());
    let detector = Detector::Pattern(Arc::clone(&pattern));
    let rules = Ruleset::new(vec![Rule { name: "own".to_owned(), detector, action: Action::Replace("X".to_owned()) }]);
    let mut scratch = Scratch::default();
    for (record, expected) in [
        (r#"{"a":"cust-1234 cust-12"}"#, r#"{"a":"X cust-12"}"#),
        (r#"{"cust\u002d1234":"a\tb"}"#, r#"{"X":"X"}"#),
        (r#"{"a":"{\"b\":\"a\\tb\"}"}"#, r#"{"a":"{\"b\":\"X\"}"}"#),
        (r#"{"a":"none"}"#, r#"{"a":"none"}"#),
    ] {
        assert_eq!(scrubbed(&rules, record, &Place::Whole), expected);
        assert_eq!(is_match(record, &Place::Whole, &pattern, &mut scratch), record != expected);
    }
    let field = Place::Field(Path::parse("b").unwrap());
    assert!(!is_match(r#"{"a":"cust-1234"}"#, &field, &pattern, &mut scratch));
    assert!(is_match(r#"{"b":{"c":["cust-1234"]}}"#, &field, &pattern, &mut scratch));
}

#[cfg(feature = "compile")]
#[test]
fn a_check_decides_about_matches_of_a_pattern() {
    let pattern = Arc::new(Pattern::from_bytes(&Pattern::compile(r"\d{11}").unwrap()).unwrap());
    let detector = Detector::Checked(pattern, Check::Luhn);
    let rule = Rule { name: "own".to_owned(), detector, action: Action::Replace("X".to_owned()) };
    check_with(vec![rule], r#"["79927398714","id 79927398713",79927398713]"#, r#"["79927398714","id X","X"]"#);
}

#[test]
fn keys_of_the_user_are_known_everywhere() {
    let rule = |names: &[&str], text: &str| Rule {
        name: "own".to_owned(),
        detector: Detector::Keys(KeyList::new(names).unwrap()),
        action: Action::Replace(text.to_owned()),
    };
    check_with(
        vec![rule(&["customer-no", "*iban"], "A"), replaced(named("secret")), rule(&["password", "x"], "B")],
        r#"{"CustomerNo":17,"main_iban":[1],"iban":"","a":"customer_no=17, x: 2","b":"{\"x\":{\"y\":1}}","password":1}"#,
        concat!(
            r#"{"CustomerNo":"A","main_iban":"A","iban":"","a":"customer_no=A, x: B","b":"{\"x\":\"B\"}","#,
            r#""password":"[REDACTED:secret]"}"#
        ),
    );
}

#[test]
fn keys_alone_can_be_scanned() {
    let record = r#"{"a@x.com":"b@x.com","c":{"d@x.com":"e","password":"f"}}"#;
    let expected = r#"{"[REDACTED:email]":"b@x.com","c":{"[REDACTED:email]":"e","password":"f"}}"#;
    assert_eq!(scrubbed(&all(), record, &Place::Keys), expected);
}

#[test]
fn truncation_keeps_the_first_characters() {
    check_with(
        vec![rule(named("email"), Action::Truncate { keep_first: 3 })],
        r#"["\u006aane@x.com",""]"#,
        r#"["jan",""]"#,
    );
}

#[test]
fn what_was_masked_or_cut_is_no_hit_when_it_is_seen_again() {
    for action in [Action::Mask { keep_last: 3 }, Action::Truncate { keep_first: 3 }] {
        let rules = Ruleset::new(vec![rule(named("secret"), action)]);
        let record = r#"{"password":"hunter2","a":"token=\"abc def\" secret=xyz1","b":"{\"pin\":1234}","pin":1234}"#;
        let once = rules.scrub(record, &Place::Whole, &mut Scratch::default());
        assert_eq!(once.hits, [(0, 5)], "{}", once.record);
        let again = rules.scrub(&once.record, &Place::Whole, &mut Scratch::default());
        assert_eq!((&again.record, again.hits), (&once.record, vec![]));
    }
}

#[test]
fn url_encoded_text_is_read() {
    check(r#"{"a":"?mail=jane%40example.com&x=1"}"#, r#"{"a":"?mail=[REDACTED:email]&x=1"}"#);
    check(r#"{"a":"jane%2540example.com"}"#, r#"{"a":"[REDACTED:email]"}"#);
    check(r#""Authorization%3A%20Bearer%20abc123def""#, r#""Authorization%3A%20Bearer%20[REDACTED:bearer]""#);
    check(r#""%7B%22password%22%3A%22hunter%202%22%7D""#, r#""%7B%22password%22%3A%22[REDACTED:secret]%22%7D""#);
    check(r#""4111%201111%201111%201111""#, r#""[REDACTED:payment-card]""#);
    check(r#"["100%","%zz%4","a%20b","%c3%a9"]"#, r#"["100%","%zz%4","a%20b","%c3%a9"]"#);
    let key = Arc::new(HashKey::new(b"key"));
    let hashed = vec![rule(named("email"), Action::Hash(Arc::clone(&key)))];
    check_with(hashed, r#""jane%40example.com""#, &format!("\"{}\"", key.token(b"jane@example.com")));
}

#[test]
fn base64_that_stands_for_text_is_read() {
    let blob = "eyJ1c2VyIjoiamFuZVx1MDA0MGV4YW1wbGUuY29tIn0=";
    check(&format!(r#"{{"data":"{blob}","n":1}}"#), r#"{"data":"[REDACTED:email]","n":1}"#);
    check(&format!(r#""got data={blob}, and more""#), r#""got data=[REDACTED:email], and more""#);
    for (before, after) in [(r"INFO\t", ""), (r"\n", r"\n"), (r"a line\n", r"\nnext"), (r"2026Z\t", r"\tdone\n")] {
        check(&format!("\"{before}{blob}{after}\""), &format!("\"{before}[REDACTED:email]{after}\""));
    }
    check(&format!(r#""{{\"a\":\"b\\n{blob}\"}}""#), r#""{\"a\":\"b\\n[REDACTED:email]\"}""#);
    // An address of version 4 is not looked for in base64.
    check(r#""ZnJvbSAyMDMuMC4xMTMuNyBoZXJl""#, r#""ZnJvbSAyMDMuMC4xMTMuNyBoZXJl""#);
}

#[test]
fn escapes_beyond_the_deepest_level_close_the_token_whatever_they_are() {
    for secret in ["{\"password\":\"x y\"}", "\n4111111111111111\t"] {
        check(&nested(secret, 11), &closed());
    }
}

#[test]
fn the_same_value_gives_the_same_token_however_its_groups_are_separated() {
    let key = Arc::new(HashKey::new(b"key"));
    let hash = |named| rule(named, Action::Hash(Arc::clone(&key)));
    let rules = Ruleset::new(vec![hash(named("payment-card")), hash(named("iban")), hash(named("secret"))]);
    for (record, value) in [
        (r#"{"a":4111111111111111}"#, "4111111111111111"),
        (r#""4111 1111 1111 1111""#, "4111111111111111"),
        (r#""4111%201111%201111%201111""#, "4111111111111111"),
        (r#""de89 3704 0044 0532 0130 00""#, "DE89370400440532013000"),
        (r#"{"pin":1234}"#, "1234"),
        (r#"{"pin":1.234e3}"#, "1234"),
        (r#"{"pin":"12\u00334"}"#, "1234"),
        (r#""pin=1234""#, "1234"),
        (r#"{"a":"{\"pin\":1234}"}"#, "1234"),
        (r#"{"pin":{"a": [1]}}"#, r#"{"a":[1]}"#),
    ] {
        let text = scrubbed(&rules, record, &Place::Whole);
        assert!(text.contains(&key.token(value.as_bytes())), "{text}");
    }
}

#[test]
fn every_example_holds_in_a_record() {
    for of in Named::all() {
        let info = of.info();
        let rules = Ruleset::new(vec![rule(of, Action::Replace("[X]".to_owned()))]);
        let scrub = |record: &str| scrubbed(&rules, record, &Place::Whole);
        let token = |text: &str| serde_json::Value::from(text).to_string();
        let placed =
            |text: &str| [token(text), format!("{{\"a\":[{}]}}", token(text)), format!("{{{}:null}}", token(text))];
        let inner = |text: &str| format!("{{\"a\":{}}}", token(&format!("[{}]", token(text))));
        for (text, hit) in info.hits {
            for (record, expected) in placed(text).into_iter().zip(placed(&text.replacen(hit, "[X]", 1))) {
                // A whole value of JSON inside the text becomes a string there.
                let [seen, expected] = [scrub(&record), expected].map(|text| text.replace(r#"\"[X]\""#, "[X]"));
                assert_eq!(seen, expected, "{} in {record}", info.name);
            }
            assert!(scrub(&inner(text)).contains("[X]"), "{} in {}", info.name, inner(text));
        }
        for text in info.misses {
            for record in placed(text) {
                assert_eq!(scrub(&record), record, "{}", info.name);
            }
        }
    }
}

#[test]
fn a_value_whose_key_shows_late_is_hit_as_a_whole() {
    check(
        r#""Basic dXNlcjpwYXNz0.Authorization: amFuZS5kb2VAZXhhbXBsZS5jb20=666-45-6789 x""#,
        r#""Basic [REDACTED:bearer].Authorization: [REDACTED:email] x""#,
    );
    check(
        r#""Basic dXNlcjpwYXNz0.Authorization: Basic amFuZS5kb2VAZXhhbXBsZS5jb20=666-45-6789 x""#,
        r#""Basic [REDACTED:bearer].Authorization: Basic [REDACTED:email] x""#,
    );
}

#[test]
fn halves_of_a_character_go_together() {
    check(r#"{"a":"[\"\\ud83e\\uddfe@x.com\"]"}"#, r#"{"a":"[\"[REDACTED:email]\"]"}"#);
    check(r#"{"a":"[\"\\uddfe@x.com\"]"}"#, r#"{"a":"[\"[REDACTED:email]\"]"}"#);
    check(r#"{"a":"[\"\\ud83e\\uddfejane@x.com\"]"}"#, r#"{"a":"[\"\\ud83e\\uddfe[REDACTED:email]\"]"}"#);
}

#[test]
fn a_word_in_front_of_a_slash_may_be_too_long_for_a_product() {
    check(r#""Product/1.2.3.4""#, r#""Product/1.2.3.4""#);
    // Its last 32 letters start with a capital.
    let word = format!("x{}", "Y".repeat(32));
    check(&format!("\"{word}/203.0.113.7\""), &format!("\"{word}/[REDACTED:ip]\""));
}

#[test]
fn numbers_and_nesting_that_parsers_refuse_are_no_matter() {
    let deep = "[".repeat(200) + "\"jane@example.com\"" + &"]".repeat(200);
    for (record, expected) in [
        ("{\"a\":1e999,\"b\":\"jane@example.com\"}".to_owned(), "{\"a\":1e999,\"b\":\"[REDACTED:email]\"}".to_owned()),
        (deep.clone(), deep.replace("jane@example.com", "[REDACTED:email]")),
        (
            r#"{"\u0061":1,"a":"jane@example.com","a":"x"}"#.to_owned(),
            r#"{"\u0061":1,"a":"[REDACTED:email]","a":"x"}"#.to_owned(),
        ),
    ] {
        assert_eq!(all().scrub(&record, &Place::Whole, &mut Scratch::default()).record, expected);
    }
}
