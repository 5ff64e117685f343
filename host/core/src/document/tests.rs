#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{Body, Tracker, split};

const RECEIVED: i64 = 1_772_439_400_000;
const EVENTS: &str = include_str!("../../../../tests/fixtures/events.ndjson");

fn renderer(max_document_bytes: usize) -> Renderer {
    let function = FunctionIdentity {
        name: "orders-api".into(),
        version: "$LATEST".into(),
        region: "eu-central-1".into(),
        account_id: "210987654321".into(),
        ..FunctionIdentity::default()
    };
    Renderer::new(&function, &SandboxId::from_random([7; 8]), "telesieve-logs", max_document_bytes)
}

fn event(record: &str) -> Event<'_> {
    Event {
        kind: "function".into(),
        time_json: "\"2026-03-02T08:15:20.290Z\"".into(),
        time_ms: Some(1_772_439_320_290),
        record: record.into(),
        invocation: None,
        labels: Rc::default(),
        sequence: 42,
    }
}

fn render(event: Event<'_>, max_document_bytes: usize) -> (String, String) {
    let mut out = Vec::new();
    renderer(max_document_bytes).render(&Released::by_chain(event), RECEIVED, &mut out);
    let text = String::from_utf8(out).unwrap();
    let (action, document) = text.split_once('\n').unwrap();
    let document = document.strip_suffix('\n').unwrap();
    assert!(text.bytes().filter(|byte| *byte < 0x20).count() == 2, "{text}");
    serde_json::from_str::<Value>(action).unwrap();
    (action.to_owned(), document.to_owned())
}

/// The document without what is the same for all.
#[track_caller]
fn check(event: Event<'_>, expected: &str) {
    let (_, document) = render(event, Renderer::MAX_DOCUMENT_BYTES);
    serde_json::from_str::<Value>(&document).unwrap();
    let constant = r#","faas.name":"orders-api","faas.version":"$LATEST","cloud.provider":"aws","cloud.region":"eu-central-1","cloud.account.id":"210987654321","telesieve.sandbox":"0707070707070707"}"#;
    assert_eq!(document.strip_suffix(constant), Some(expected));
}

#[test]
fn the_action_can_do_without_an_id() {
    let mut out = Vec::new();
    let mut renderer = renderer(Renderer::MAX_DOCUMENT_BYTES).without_ids().without_ids();
    renderer.render(&Released::by_chain(event("null")), RECEIVED, &mut out);
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with("{\"create\":{\"_index\":\"telesieve-logs\"}}\n{\"@timestamp\""), "{text}");
    assert!(text.contains(r#""event.id":"0707070707070707-42""#), "{text}");
}

#[test]
fn the_action_creates_with_an_id() {
    let (action, _) = render(event("null"), Renderer::MAX_DOCUMENT_BYTES);
    assert_eq!(action, r#"{"create":{"_index":"telesieve-logs","_id":"0707070707070707-42"}}"#);
}

#[test]
fn a_text_record_is_a_message() {
    check(
        event(r#""[WARNING]\tstock \u0001 \"low\"\n""#),
        r#"{"@timestamp":"2026-03-02T08:15:20.290Z","type":"function","event.id":"0707070707070707-42","severity_text":"WARN","severity_number":13,"message":"[WARNING]\tstock \u0001 \"low\"\n""#,
    );
}

#[test]
fn an_object_record_is_a_record_and_a_message() {
    check(
        event(r#"{"level":"ERROR","traceId":"1-68b9","spanId":"3fa8","fields":{"message":"slow"}}"#),
        r#"{"@timestamp":"2026-03-02T08:15:20.290Z","type":"function","event.id":"0707070707070707-42","severity_text":"ERROR","severity_number":17,"trace_id":"1-68b9","span_id":"3fa8","message":"slow","record":{"level":"ERROR","traceId":"1-68b9","spanId":"3fa8","fields":{"message":"slow"}}"#,
    );
}

#[test]
fn other_records_become_objects() {
    let start = r#"{"@timestamp":"2026-03-02T08:15:20.290Z","type":"function","event.id":"0707070707070707-42""#;
    check(event(r#"["a",1,null]"#), &format!(r#"{start},"record":{{"value":["a",1,null]}}"#));
    check(event("42"), &format!(r#"{start},"record":{{"value":42}}"#));
    check(event("true"), &format!(r#"{start},"record":{{"value":true}}"#));
    check(event("null"), start);
    check(event(""), start);
}

#[test]
fn an_event_has_an_invocation_and_labels() {
    let invocation = Invocation { request_id: "r-1".into(), cold_start: true, trace_id: String::from("1-68b9").into() };
    let mut event = event("null");
    event.invocation = Some(Rc::new(invocation));
    event.labels = Rc::new(vec![("team".into(), "a\"b".into()), ("tier".into(), "gold".into())]);
    check(
        event,
        r#"{"@timestamp":"2026-03-02T08:15:20.290Z","type":"function","event.id":"0707070707070707-42","faas.invocation_id":"r-1","faas.coldstart":true,"trace_id":"1-68b9","labels":{"team":"a\"b","tier":"gold"}"#,
    );
}

#[test]
fn odd_times_are_kept_as_text() {
    let with = |time_json: &'static str, time_ms| Event { time_json: time_json.into(), time_ms, ..event("null") };
    let rest = r#","type":"function","event.id":"0707070707070707-42""#;
    let received = r#"{"@timestamp":"2026-03-02T08:16:40.000Z""#;
    check(with("", None), &format!("{received}{rest}"));
    check(with("\"02/Mar\"", None), &format!(r#"{received},"event.time":"02/Mar"{rest}"#));
    let known = r#"{"@timestamp":"2026-03-02T08:15:20.290Z""#;
    check(with("1772439320290", Some(1_772_439_320_290)), &format!(r#"{known},"event.time":"1772439320290"{rest}"#));
    let micros = "\"2026-03-02T08:15:20.290417Z\"";
    check(with(micros, Some(1_772_439_320_290)), &format!(r#"{known},"event.time":{micros}{rest}"#));
}

#[test]
fn odd_records_are_shipped_as_text() {
    let deep = format!("{}0{}", "[".repeat(101), "]".repeat(101));
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(33_000));
    for record in
        [r#"{"n":1e999}"#, r#"{"a":tru}"#, r#"{"a":1} "#, "{\"a\":\"\n\"}", "BBBB\"", "\"\\x\"", &deep, &long, "nul"]
    {
        let (_, document) = render(event(record), Renderer::MAX_DOCUMENT_BYTES);
        let document: Value = serde_json::from_str(&document).unwrap();
        if record.starts_with(r#"{"a":1}"#) {
            assert_eq!(document["record"]["a"], 1);
        } else {
            assert_eq!(document["message"], record, "{record}");
            assert_eq!(document.get("record"), None);
        }
    }
}

#[test]
fn half_a_surrogate_pair_is_replaced() {
    check(
        event(r#"{"msg":"\\ud83d \ud83d \ud83e\uddfe\n"}"#),
        r#"{"@timestamp":"2026-03-02T08:15:20.290Z","type":"function","event.id":"0707070707070707-42","message":"\\ud83d \ufffd \ud83e\uddfe\n","record":{"msg":"\\ud83d \ufffd \ud83e\uddfe\n"}"#,
    );
}

#[test]
fn line_breaks_between_tokens_do_not_leave() {
    let (_, document) = render(event("{\n\t\"a\":\r\n1}"), Renderer::MAX_DOCUMENT_BYTES);
    assert!(document.contains(r#""record":{  "a":  1}"#), "{document}");
}

#[test]
fn long_documents_are_cut_on_character_boundaries() {
    let records = [
        format!("\"{}\"", "é\\n".repeat(5_000)),
        format!(r#"{{"message":"short","data":"{}"}}"#, "é".repeat(5_000)),
        format!("[{}]", vec!["\"\\\\é\""; 5_000].join(",")),
    ];
    for record in &records {
        for limit in (0..1_200).chain([5_000]) {
            let (_, document) = render(event(record), limit);
            let parsed: Value = serde_json::from_str(&document).unwrap();
            assert_eq!(parsed["event.truncated"], true);
            assert!(document.len() <= limit.max(400), "{} bytes at a limit of {limit}", document.len());
        }
    }
    let (_, document) = render(event(&records[1]), 1_000);
    assert_eq!(serde_json::from_str::<Value>(&document).unwrap()["message"], "short");
}

#[test]
fn labels_give_way_when_nothing_else_helps() {
    let mut event = event("\"text\"");
    event.labels = Rc::new(vec![("l".into(), "x".repeat(5_000))]);
    let (_, document) = render(event, 1_000);
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!((&document["message"], document.get("labels")), (&Value::from("text"), None));
}

#[test]
fn kinds_and_ids_have_bounds() {
    let mut event = event("null");
    event.kind = Cow::Owned("é\u{1}".repeat(10_000));
    let (_, document) = render(event, Renderer::MAX_DOCUMENT_BYTES);
    assert!(document.len() < 2_000);
}

/// Renders each of the example events the way the extension does.
fn examples() -> Vec<String> {
    let body = Body::clean(EVENTS.as_bytes().to_vec());
    let split = split(body.as_str());
    assert_eq!((split.envelopes.len(), split.malformed), (124, 0));
    let (mut tracker, mut renderer) = (Tracker::new(), renderer(Renderer::MAX_DOCUMENT_BYTES));
    let lines = split.envelopes.iter().enumerate().map(|(position, envelope)| {
        let event = Event {
            kind: envelope.kind.clone(),
            time_json: envelope.time_json.into(),
            time_ms: envelope.time_ms,
            record: envelope.record.into(),
            invocation: tracker.observe(&envelope.kind, &envelope.record.into()),
            labels: Rc::default(),
            sequence: position as u64,
        };
        let mut out = Vec::new();
        renderer.render(&Released::by_chain(event), RECEIVED, &mut out);
        String::from_utf8(out).unwrap()
    });
    lines.collect()
}

#[test]
fn every_example_becomes_two_lines_of_json() {
    for lines in examples() {
        let parsed: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((parsed.len(), lines.ends_with('\n')), (2, true), "{lines}");
        assert!(parsed[1].get("record").is_none_or(Value::is_object), "{lines}");
        assert!(parsed[1].get("message").is_none_or(Value::is_string), "{lines}");
        assert!(parsed[1]["@timestamp"].is_string() && parsed[1]["type"].is_string(), "{lines}");
    }
}

#[test]
fn no_example_loses_its_record() {
    for (line, rendered) in EVENTS.lines().zip(examples()) {
        let document: Value = serde_json::from_str(rendered.lines().nth(1).unwrap()).unwrap();
        let Ok(source) = serde_json::from_str::<Value>(line) else {
            assert!(document.get("message").is_some(), "{line}");
            continue;
        };
        match source.get("record").unwrap_or(&Value::Null) {
            Value::Null => assert_eq!((document.get("record"), document.get("message")), (None, None)),
            Value::String(text) => assert_eq!(document["message"], text.as_str()),
            Value::Object(_) if document.get("record").is_none() => {
                assert!(line.contains(document["message"].as_str().unwrap()), "{line}");
            }
            record @ Value::Object(_) => assert_eq!(&document["record"], record),
            record => assert_eq!(&document["record"]["value"], record),
        }
    }
}

proptest! {
    #[test]
    fn any_record_becomes_one_line_of_json(record in "[\\[\\]{}\",:0-9e\\\\un\u{1}\n é-]{0,40}", limit in 0_usize..600) {
        let (_, document) = render(event(&record), limit);
        prop_assert!(serde_json::from_str::<Value>(&document).is_ok(), "{}", document);
    }
}
