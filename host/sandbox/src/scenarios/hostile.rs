//! Bodies that a platform has posted, or might: a receiver answers 200 to each and loses no good neighbour.

/// One or more bodies that belong together.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// Name.
    pub name: &'static str,
    /// Bodies in order, one POST each.
    pub bodies: Vec<Vec<u8>>,
    /// Texts that must be found in what was received: each marks a good event.
    pub survivors: Vec<&'static str>,
}

const DONE: &str = r#"{"time":"2026-03-02T08:15:20.930Z","type":"platform.runtimeDone","record":{"requestId":"hostile-done","status":"success"}}"#;
const GOOD: &str = r#"{"time":"2026-03-02T08:15:20.929Z","type":"function","record":"hostile-good\n"}"#;
/// The start of a record that the platform has cut.
const HEAD: &str = r#"{"time":"2026-03-02T08:15:20.929Z","type":"function","record":{"message":"AAAA}"#;
const TAIL: &str = r#"{"time":"2026-03-02T08:15:20.929Z","type":"function","record":BBBB"}}"#;
const TAIL_LATER: &str = r#"{"time":"2026-03-02T08:15:20.931Z","type":"function","record":BBBB"}}"#;

/// Every body of the list.
#[must_use]
pub fn hostile() -> Vec<Hostile> {
    let good = "hostile-good";
    let done = "hostile-done";
    vec![
        one("split-head", format!("[{HEAD}]"), &[]),
        case("split-tail-same-time", [format!("[{HEAD}]"), format!("[{TAIL},{DONE}]")], &[done]),
        case("split-tail-other-time", [format!("[{HEAD}]"), format!("[{TAIL_LATER},{DONE}]")], &[done]),
        one("split-three-pieces-one-post", format!("[{HEAD},{TAIL},{TAIL_LATER},{DONE}]"), &[done]),
        one("split-head-never-continued", format!("[{GOOD},{HEAD}]"), &[good]),
        bytes("invalid-utf8-in-record", invalid_utf8(), &["hostile-bytes", done]),
        one("raw-control-char", control('\u{1}'), &[done]),
        one("raw-newline-in-string", control('\n'), &[done]),
        one("empty-array", "[]", &[]),
        one("empty-body", "", &[]),
        one("whitespace-and-newline", format!("\n [ {GOOD} ]\r\n\n"), &[good]),
        one("ndjson-body", format!("{GOOD}\n{DONE}\n"), &[]),
        one("single-object", GOOD, &[]),
        one("bom", format!("\u{feff}[{GOOD}]"), &[]),
        one("trailing-comma", format!("[{GOOD},]"), &[]),
        one("one-bad-element", format!(r#"[{GOOD},42,"text",null,[1],{DONE}]"#), &[good, done]),
        one("good-then-lone-surrogate", format!(r#"[{GOOD},{}]"#, DONE.replace("success", r"\ud83d")), &[good, done]),
        one("deep-nesting", format!("[{GOOD},{}1{},{DONE}]", "[".repeat(50_000), "]".repeat(50_000)), &[good, done]),
        one("unclosed-nesting", "[".repeat(100_000), &[]),
        one("html", "<html><body>Bad gateway</body></html>", &[]),
        bytes("zero-bytes", vec![0; 4_096], &[]),
    ]
}

fn case(name: &'static str, bodies: impl IntoIterator<Item = String>, survivors: &[&'static str]) -> Hostile {
    Hostile { name, bodies: bodies.into_iter().map(String::into_bytes).collect(), survivors: survivors.to_vec() }
}

fn one(name: &'static str, body: impl Into<String>, survivors: &[&'static str]) -> Hostile {
    case(name, [body.into()], survivors)
}

fn bytes(name: &'static str, body: Vec<u8>, survivors: &[&'static str]) -> Hostile {
    Hostile { name, bodies: vec![body], survivors: survivors.to_vec() }
}

fn invalid_utf8() -> Vec<u8> {
    let mut body = br#"[{"time":"2026-03-02T08:15:20.929Z","type":"function","record":"hostile-bytes "#.to_vec();
    body.extend([0xff, 0xfe, 0xc3]);
    body.extend(br#""},"#);
    body.extend(DONE.as_bytes());
    body.push(b']');
    body
}

fn control(character: char) -> String {
    format!(r#"[{{"time":"2026-03-02T08:15:20.929Z","type":"function","record":"raw{character}text"}},{DONE}]"#)
}
