//! Bodies that a receiver must survive, as the platform, an emulator or a broken proxy would send them.

use super::split;
use crate::Body;

const DONE: &str = r#"{"time":"2026-03-02T08:15:20.930Z","type":"platform.runtimeDone","record":{"requestId":"r","status":"success"}}"#;
const LINE: &str = r#"{"time":"2026-03-02T08:15:20.929Z","type":"function","record":"line\n"}"#;
const HEAD: &str = r#"{"time":"2026-03-02T08:15:20.929Z","type":"function","record":{"message":"AAAA}"#;
const TAIL: &str = r#"{"time":"2026-03-02T08:15:20.929Z","type":"function","record":BBBB"}}"#;

/// Kinds of the events of a body, and the number of elements lost.
#[track_caller]
fn check(body: impl Into<Vec<u8>>, kinds: &[&str], malformed: u32) {
    let body = Body::clean(body.into());
    let split = split(body.as_str());
    let found: Vec<_> = split.envelopes.iter().map(|envelope| envelope.kind.as_ref()).collect();
    assert_eq!((found.as_slice(), split.malformed), (kinds, malformed), "{}", body.as_str());
}

#[test]
fn split_head() {
    check(format!("[{HEAD}]"), &[], 1);
}

#[test]
fn split_tail_same_time() {
    check(format!("[{TAIL},{DONE}]"), &["platform.runtimeDone"], 1);
}

#[test]
fn split_tail_other_time() {
    let tail = TAIL.replace("929", "935");
    check(format!("[{tail},{LINE},{DONE}]"), &["function", "platform.runtimeDone"], 1);
}

#[test]
fn split_three_pieces_one_post() {
    let middle = r#"{"time":"2026-03-02T08:15:20.929Z","type":"function","record":AAAA}"#;
    check(format!("[{HEAD},{middle},{TAIL},{DONE}]"), &["platform.runtimeDone"], 3);
}

#[test]
fn split_head_never_continued() {
    check(format!("[{LINE},{HEAD}]"), &["function"], 1);
}

#[test]
fn split_head_before_others() {
    check(format!("[{HEAD},{DONE},{LINE}]"), &["platform.runtimeDone", "function"], 1);
}

#[test]
fn split_anywhere() {
    let whole = r#"{"a":[{"x":1,"y":"q,{"},[2,3.5e1]],"time":"t","type":{"k":null},"s":"\"{\\"}"#;
    for at in 1..whole.len() {
        let (head, tail) = whole.split_at(at);
        let envelope = |record: &str| format!(r#"{{"time":"t","type":"function","record":{record}}}"#);
        let body = format!("[{LINE},{},{DONE},{},{LINE}]", envelope(head), envelope(tail));
        let split = split(&body);
        let kinds: Vec<_> = split.envelopes.iter().map(|envelope| envelope.kind.as_ref()).collect();
        assert!(kinds.contains(&"platform.runtimeDone"), "cut at {at}: {kinds:?} of {body}");
        assert!(kinds.first() == Some(&"function") && kinds.last() == Some(&"function"), "cut at {at}: {kinds:?}");
        assert!(split.malformed > 0, "cut at {at}");
    }
}

#[test]
fn invalid_utf8_in_record() {
    let bytes =
        [b"[", &LINE.as_bytes()[..60], b"\xff\xfe", &LINE.as_bytes()[60..], b",", DONE.as_bytes(), b"]"].concat();
    check(bytes, &["function", "platform.runtimeDone"], 0);
}

#[test]
fn raw_control_char() {
    check(format!("[{},{DONE}]", LINE.replace("line", "li\u{1}ne")), &["function", "platform.runtimeDone"], 0);
}

#[test]
fn raw_newline_in_string() {
    check(format!("[{},{DONE}]", LINE.replace("line", "li\nne")), &["function", "platform.runtimeDone"], 0);
}

#[test]
fn empty_array() {
    check("[]", &[], 0);
    check(" [ ] \n", &[], 0);
}

#[test]
fn empty_body() {
    check("", &[], 0);
    check(" \r\n", &[], 0);
}

#[test]
fn whitespace_and_newline() {
    let spaced = LINE.replace("\":", "\" :\t").replace(",\"", "\r\n , \"");
    check(format!("\n [ {spaced} ] \n"), &["function"], 0);
}

#[test]
fn ndjson_body() {
    check(format!("{LINE}\n{DONE}\n"), &["function", "platform.runtimeDone"], 0);
    check(format!("{LINE}{DONE}"), &["function", "platform.runtimeDone"], 0);
}

#[test]
fn single_object() {
    check(DONE, &["platform.runtimeDone"], 0);
}

#[test]
fn bom() {
    check(format!("\u{feff}[{LINE}]"), &["function"], 0);
}

#[test]
fn trailing_comma() {
    check(format!("[{LINE},]"), &["function"], 0);
}

#[test]
fn one_bad_element() {
    check(format!(r#"[{LINE},42,"text",null,["a"],{DONE}]"#), &["function", "platform.runtimeDone"], 4);
    check(format!(r#"[{LINE},{{}},{{"time":"t"}},{DONE}]"#), &["function", "platform.runtimeDone"], 2);
}

#[test]
fn good_then_lone_surrogate() {
    let odd = LINE.replace("line", r"cut \ud83d end");
    check(format!("[{LINE},{odd}]"), &["function", "function"], 0);
}

#[test]
fn whole_events_before_the_end_of_a_truncated_body() {
    for end in 0..LINE.len() {
        check(format!("[{LINE},{}", &LINE[..end]), &["function"], u32::from(end > 0));
    }
}

#[test]
fn garbage_counts_once() {
    check("<html><body>502</body></html>", &[], 1);
    check("hello", &[], 1);
    check("}}}}", &[], 1);
    check("\"text\"", &[], 1);
}

#[test]
fn a_record_may_hold_what_looks_like_events() {
    let nested = format!(r#"{{"time":"t","type":"function","record":{{"events":[1,{DONE},{DONE}]}}}}"#);
    check(format!("[{nested},{LINE}]"), &["function", "function"], 0);
}

#[test]
fn a_record_that_is_no_json_but_ends_clearly_passes() {
    check(
        format!(r#"[{{"time":"t","type":"function","record":{{"a":tru,b}}}},{DONE}]"#),
        &["function", "platform.runtimeDone"],
        0,
    );
}

/// Bodies that would take forever if anything were read again and again.
#[test]
fn time_is_linear() {
    const COUNT: usize = 50_000;
    let open = r#"{"time":"t","type":"f","record":["#;
    let cases = [
        HEAD.repeat(COUNT),
        format!("[{}", format!("{HEAD},").repeat(COUNT)),
        format!("[{}", format!("{TAIL},").repeat(COUNT)),
        open.repeat(COUNT),
        format!("[{}", format!("{open}1,").repeat(COUNT)),
        "[".repeat(COUNT * 10),
        r#"{"a":"#.repeat(COUNT),
        "\\".repeat(COUNT * 10),
        format!("[{}", r#"{"time":"","#.repeat(COUNT)),
        format!("[{}", r#"{"time":"\",{"#.repeat(COUNT)),
        format!("{}{}", "{ ".repeat(COUNT), " ".repeat(COUNT)),
        "\" : ".repeat(COUNT),
    ];
    for body in &cases {
        let split = split(body);
        assert!(split.malformed > 0);
    }
}
