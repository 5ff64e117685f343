//! Edits, case by case. Properties over generated records are in the crate's `tests` folder.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::needless_pass_by_value, reason = "a result to check is nobody else's")]

use super::*;

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

fn check(edited: Cow<'_, str>, record: &str, expected: &str) {
    assert_eq!(edited, expected);
    assert_eq!(matches!(edited, Cow::Borrowed(_)), record == expected, "borrowed if unchanged: {record}");
}

fn check_set(record: &str, at: &str, value: &str, expected: &str) {
    check(set(record, &path(at), value), record, expected);
}

#[test]
fn set_replaces_in_every_place() {
    check_set(r#"{"a":1}"#, "a", "2", r#"{"a":2}"#);
    check_set(r#"{"A" : 1, "\u0061":[1] }"#, "a", "{\"b\":null}", r#"{"A" : {"b":null}, "\u0061":{"b":null} }"#);
    check_set(r#"{"a":[1,{"b":2}]}"#, "a.*", "true", r#"{"a":[true,true]}"#);
    check_set(r#"[[1,2],3]"#, "0.1", "\"x\"", r#"[[1,"x"],3]"#);
    check_set(r#"{"a":1}"#, "a", "1", r#"{"a":1}"#);
}

#[test]
fn set_makes_what_is_missing() {
    check_set("{}", "a", "1", r#"{"a":1}"#);
    check_set("{ }", "a.b\\.c", "1", r#"{"a":{"b.c":1} }"#);
    check_set(r#"{"x":1 }"#, "a.b.c", "1", r#"{"x":1,"a":{"b":{"c":1}} }"#);
    check_set(r#"{"a":{"x":1},"y":2}"#, "a.b", "1", r#"{"a":{"x":1,"b":1},"y":2}"#);
    check_set(r#"{"a":null}"#, "a.b", "1", r#"{"a":{"b":1}}"#);
    check_set(r#"{"a":[{"b":1},{"c":2},3]}"#, "a.*.b", "0", r#"{"a":[{"b":0},{"c":2,"b":0},3]}"#);
    check_set(r#"{"log.level":1}"#, "log.level", "2", r#"{"log.level":2}"#);
    check_set("{}", "a\"b", "1", r#"{"a\"b":1}"#);
}

#[test]
fn set_leaves_alone_what_it_cannot_reach() {
    for (record, at) in
        [(r#"{"a":1}"#, "a.b"), (r#"{"a":[]}"#, "a.0"), ("[1]", "a"), ("\"a\"", "a"), ("null", "a"), ("{}", "*")]
    {
        check_set(record, at, "2", record);
    }
    check_set("{}", "*.b", "1", "{}");
    check_set(r#"{"a":{}}"#, "*.b", "1", r#"{"a":{"b":1}}"#);
}

#[test]
fn set_takes_nothing_that_could_break_the_record() {
    check_set("{}", "a", "{\n\t\"b\": 1\r\n}", r#"{"a":{  "b": 1  }}"#);
    check_set("{}", "a", "1,\"b\":2", r#"{"a":"1,\"b\":2"}"#);
    check_set("{}", "a", "x\ny", r#"{"a":"x\ny"}"#);
    check_set("{}", "a", "", r#"{"a":""}"#);
}

#[test]
fn remove_takes_the_right_comma_along() {
    let check_remove = |record: &str, at: &str, expected: &str| check(remove(record, &path(at)), record, expected);
    check_remove(r#"{"a":1,"b":2,"c":3}"#, "a", r#"{"b":2,"c":3}"#);
    check_remove(r#"{"a":1, "b":2, "c":3}"#, "b", r#"{"a":1, "c":3}"#);
    check_remove(r#"{"a":1,"b":2 , "c":3 }"#, "c", r#"{"a":1,"b":2 }"#);
    check_remove(r#"{ "a":1 }"#, "a", "{  }");
    check_remove(r#"{"a":1,"b":2,"A":3,"a":4}"#, "a", r#"{"b":2}"#);
    check_remove(r#"{"a":1,"b":2,"A":3,"a":4}"#, "*", "{}");
    check_remove(r#"{"a":[{"b":1,"c":2},{"b":3}]}"#, "a.*.b", r#"{"a":[{"c":2},{}]}"#);
    check_remove("[1,2,3]", "1", "[1,3]");
    check_remove("[1,2,3]", "*", "[]");
    check_remove(r#"{"a":1}"#, "b", r#"{"a":1}"#);
    check_remove("\"a\"", "a", "\"a\"");
}

#[test]
fn rename_keeps_value_and_place() {
    let check_rename =
        |record: &str, at: &str, to: &str, expected: &str| check(rename(record, &path(at), to), record, expected);
    check_rename(r#"{"a" : 1,"c":2}"#, "a", "b\"", r#"{"b\"" : 1,"c":2}"#);
    check_rename(r#"{"b":0,"a":1,"b":2}"#, "a", "b", r#"{"b":1}"#);
    check_rename(r#"{"x":{"a":1},"y":{"a":2,"b":3}}"#, "*.a", "b", r#"{"x":{"b":1},"y":{"b":2}}"#);
    check_rename(r#"{"Message":1}"#, "message", "message", r#"{"message":1}"#);
    check_rename(r#"{"a":1}"#, "a", "a", r#"{"a":1}"#);
    check_rename("[1]", "0", "a", "[1]");
}

#[test]
fn truncate_cuts_at_characters() {
    let check_cut =
        |record: &str, place: &Place, most, expected: &str| check(truncate(record, place, most), record, expected);
    check_cut(r#""abc""#, &Place::Whole, 2, r#""ab""#);
    check_cut(r#""abc""#, &Place::Whole, 3, r#""abc""#);
    check_cut(r#""a\n\u0062c""#, &Place::Whole, 3, r#""a\n\u0062""#);
    check_cut(r#""a\ud83e\uddfeb""#, &Place::Whole, 4, r#""a""#);
    check_cut("\"\u{1f9fe}\"", &Place::Whole, 3, "\"\"");
    check_cut(r#"{"message":"abcd","b":["wxyz",12345]}"#, &Place::Message, 1, r#"{"message":"a","b":["wxyz",12345]}"#);
    check_cut(r#"{"message":"abcd","bbb":["wxyz",12345]}"#, &Place::Whole, 1, r#"{"message":"a","bbb":["w",12345]}"#);
    check_cut(r#"{"a":"abcd","b":"wxyz"}"#, &Place::Field(path("b")), 0, r#"{"a":"abcd","b":""}"#);
    let field = &Place::Field(path("b"));
    check_cut(r#"{"a":12345,"b":12345,"c":1}"#, field, 3, r#"{"a":12345,"b":"123","c":1}"#);
    check_cut(
        r#"{"b":{"cdef":[-12345,true,null,12,"12345"]}}"#,
        field,
        3,
        r#"{"b":{"cdef":["-12","tru","nul",12,"123"]}}"#,
    );
}

#[test]
fn fields_are_hashed_and_masked_whatever_their_type() {
    let key = HashKey::new(b"key");
    let record = r#"{"a":"j\u0061ne","b":12,"c":{"d":1}}"#;
    let hashed = |at| hash_field(record, &path(at), &key).into_owned();
    assert_eq!(hashed("a"), record.replace(r"j\u0061ne", &key.token(b"jane")));
    assert_eq!(hashed("b"), record.replace("12", &format!("\"{}\"", key.token(b"12"))));
    assert_eq!(hashed("c"), record.replace(r#"{"d":1}"#, &format!("\"{}\"", key.token(br#"{"d":1}"#))));
    assert_eq!(hashed("x"), record);
    for (same, other) in
        [("12", "12.0"), ("12", "1.2e1"), ("12", r#""12""#), (r#""jane""#, r#""\u006aane""#), ("[1, 2]", "[1,2]")]
    {
        let hashed = |value: &str| hash_field(&format!("{{\"a\":{value}}}"), &path("a"), &key).into_owned();
        assert_eq!(hashed(same), hashed(other), "{other}");
    }
    for value in ["4111111111111111", "true", "null", "[\"x\"]", "{\"b\":{\"c\":\"x\"}}", "-1.5e300", "\"\""] {
        let hashed = hash_field(&format!("{{\"a\":{value},\"d\":1}}"), &path("a"), &key).into_owned();
        assert!(hashed.starts_with("{\"a\":\"h:") && hashed.ends_with("\",\"d\":1}") && hashed.len() == 48, "{hashed}");
    }
    check(mask_field(record, &path("a"), 2), record, r#"{"a":"**ne","b":12,"c":{"d":1}}"#);
    check(mask_field(record, &path("*"), 0), record, r#"{"a":"****","b":"**","c":"{\"*\":*}"}"#);
}

#[test]
fn edits_reach_any_level() {
    let record = r#"{"a":{"pin":1,"x":[{"PIN":{"pin":2}}]},"pin":null}"#;
    let at = path("**.pin");
    check_set(record, "**.pin", "0", r#"{"a":{"pin":0,"x":[{"PIN":0}]},"pin":0}"#);
    check_set(record, "**.nip", "0", record);
    check(remove(record, &at), record, r#"{"a":{"x":[{}]}}"#);
    check(rename(record, &at, "p"), record, r#"{"a":{"p":1,"x":[{"p":{"pin":2}}]},"p":null}"#);
    check(mask_field(record, &at, 0), record, r#"{"a":{"pin":"*","x":[{"PIN":"{\"***\":*}"}]},"pin":"****"}"#);
}

#[test]
fn broken_records_do_no_harm() {
    let key = HashKey::new(b"key");
    for record in
        ["", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "[", "[1,", "{\"a\":{\"b\":1", "\"", "}", "{\"a\":\"\\"]
    {
        for at in ["a", "a.b", "*", "0", "**.a"] {
            let at = path(at);
            let _ = (set(record, &at, "1"), remove(record, &at), rename(record, &at, "c"));
            let _ = (hash_field(record, &at, &key), mask_field(record, &at, 1), truncate(record, &Place::Field(at), 0));
        }
    }
}
