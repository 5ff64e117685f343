//! What serde_json accepts must come out the same; anything else must not panic or reach out of bounds.

use std::collections::HashMap;
use std::ops::Range;

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::split;
use crate::json;

/// Kind and record of each event as serde_json sees them; `None` for elements that are no events.
fn oracle(body: &str) -> Option<Vec<Option<(String, String)>>> {
    let elements: Vec<&RawValue> = serde_json::from_str(body).ok()?;
    Some(elements.into_iter().map(|element| event(element.get())).collect())
}

fn event(element: &str) -> Option<(String, String)> {
    let members: HashMap<String, &RawValue> = serde_json::from_str(element).ok()?;
    let kind = members.get("type").and_then(|kind| text(kind.get()));
    let record = members.get("record").map(|record| record.get().to_owned());
    if kind.is_none() && record.is_none() {
        return None;
    }
    Some((kind.unwrap_or_default(), record.unwrap_or_else(|| "null".to_owned())))
}

/// Half a surrogate pair is what serde_json has no text for.
fn text(token: &str) -> Option<String> {
    let repaired = || token.starts_with('"').then(|| json::text(token).map(String::from))?;
    serde_json::from_str(token).ok().or_else(repaired)
}

fn check(body: &str) {
    let split = split(body);
    for envelope in &split.envelopes {
        assert!(within(body, envelope.time_json), "time out of bounds");
        assert!(within(body, envelope.record) || envelope.record == "null", "record out of bounds");
    }
    let Some(expected) = oracle(body) else { return };
    let found: Vec<_> = split.envelopes.iter().map(|found| (found.kind.to_string(), found.record.to_owned())).collect();
    let lost = expected.iter().filter(|event| event.is_none()).count();
    assert_eq!(found, expected.into_iter().flatten().collect::<Vec<_>>());
    assert_eq!(split.malformed as usize, lost);
}

fn within(body: &str, part: &str) -> bool {
    let range = |text: &str| -> Range<usize> { text.as_ptr().addr()..text.as_ptr().addr() + text.len() };
    let (body, part) = (range(body), range(part));
    part.is_empty() || (body.start <= part.start && part.end <= body.end)
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("-12.5e3".to_owned()),
        Just("1e999".to_owned()),
        Just("true".to_owned()),
        Just(r#""\ud83d""#.to_owned()),
        "\\PC{0,12}".prop_map(|text| serde_json::Value::String(text).to_string()),
        Just(r#""},{\"time\":\"t\",\"type\":\"x\"""#.to_owned()),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let member = (key(), inner.clone()).prop_map(|(key, value)| format!("{key}: {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|values| format!("[{}]", values.join(" , "))),
            prop::collection::vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

fn key() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just(r#""time""#),
        Just(r#""type""#),
        Just(r#""record""#),
        Just(r#""r\u0065cord""#),
        Just(r#""schema""#),
        Just(r#""""#),
    ]
}

fn element() -> impl Strategy<Value = String> {
    let kind = prop_oneof![Just("function"), Just("platform.start"), Just(""), Just("né\\u0041w")];
    let usual = (kind, value()).prop_map(|(kind, record)| {
        format!(r#"{{"time":"2026-03-02T08:15:20.290Z","type":"{kind}","record":{record}}}"#)
    });
    prop_oneof![3 => usual, 1 => value()]
}

fn body() -> impl Strategy<Value = String> {
    prop::collection::vec(element(), 0..6).prop_map(|elements| format!("[{}]", elements.join(",")))
}

/// A body with something cut out of it.
fn cut_body() -> impl Strategy<Value = String> {
    (body(), any::<prop::sample::Index>(), 0_usize..40).prop_map(|(body, start, length)| {
        let start = body.floor_char_boundary(start.index(body.len()));
        let end = body.floor_char_boundary((start + length).min(body.len()));
        format!("{}{}", &body[..start], &body[end.max(start)..])
    })
}

fn rubble() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(","),
        Just(":"),
        Just("\""),
        Just("\\"),
        Just(" "),
        Just("é"),
        Just(r#"{"time":""#),
        Just(r#"","type":""#),
        Just(r#"","record":"#),
        Just("\"a\""),
        Just("1"),
        Just("null"),
        Just(r#"{"time":"t","type":"k","record":"r"}"#),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn valid_bodies_come_out_as_serde_json_sees_them(body in body()) {
        prop_assert!(oracle(&body).is_some());
        check(&body);
    }

    #[test]
    fn broken_bodies_do_no_harm(body in prop_oneof![cut_body(), rubble()]) {
        check(&body);
    }

    #[test]
    fn neighbours_survive(element in cut_body(), position in 0_usize..3) {
        let whole = r#"{"time":"t","type":"platform.runtimeDone","record":{"requestId":"r"}}"#;
        let broken = format!(r#"{{"time":"t","type":"function","record":{element}}}"#);
        let mut elements = vec![whole; 2];
        elements.insert(position, &broken);
        let body = format!("[{}]", elements.join(","));
        let split = split(&body);
        let survivors = split.envelopes.iter().filter(|envelope| envelope.kind == "platform.runtimeDone").count();
        prop_assert!(survivors >= 2, "{body}");
    }

    #[test]
    fn walks_stay_in_bounds(text in rubble()) {
        for member in json::members(&text) {
            prop_assert_eq!(&text[member.value_span.clone()], member.value);
        }
        for (span, value) in json::elements(&text) {
            prop_assert_eq!(&text[span], value);
        }
        for start in 0..=text.len() {
            if let Some(end) = json::value_end(&text, start) {
                prop_assert!(text.is_char_boundary(end));
            }
        }
    }
}
