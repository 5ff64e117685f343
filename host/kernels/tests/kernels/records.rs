//! Generated records: JSON values full of what rules hit, almost hit, and stumble over, spelled in many ways.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value};

/// What rules hit or almost hit, and what stands around it.
const PIECES: &[&str] = &[
    "jane@example.com",
    "o'x_y.z+1@a-b.co.uk",
    "müller@bücher.de",
    "@x.com",
    "a@b",
    "4111111111111111",
    "4111 1111 1111 1111",
    "3782-822463-10005",
    "4111111111111112",
    "1700000000000",
    "8f14e45f-4111-4111-8111-411111111111",
    " 22",
    "0.",
    ".00",
    "AKIAIOSFODNN7EXAMPLE",
    "ASIA",
    "eyJ",
    "eyJhbGciOiJIUzI1NiJ9",
    ".",
    ".eyJzdWIiOiIxIn0",
    ".c2ln",
    "-",
    "_",
    "203.0.113.7",
    "256.1.1.1",
    "123-45-6789",
    "666-45-6789",
    "DE89370400440532013000",
    "DE89 3704 0044 0532 0130 00",
    " EUR",
    "GB82WEST12345698765432",
    "NL91ABNA0417164301",
    "n",
    "x",
    "é",
    "\u{1f9fe}",
    " ",
    "\n",
    "\t",
    "\"",
    "\\",
    "\\n",
    "\\\"",
    "\\u0040",
    "\\u0041",
    "\\u",
    "\u{1b}[32m",
    "/",
    ", ",
    "{",
    "}",
    "\":",
];

/// What the oracle does not know.
const MORE_PIECES: &[&str] = &[
    "password",
    "password=",
    "\"token\": ",
    "\"credentials\":{",
    "apiKey='",
    "=",
    ":",
    "[",
    "]",
    "'",
    ";",
    "hunter2",
    "Bearer ",
    "Basic dXNlcjpwYXNz",
    "Authorization: ",
    "Cookie: ",
    "aws_secret_access_key=",
    "+49 151 23456789",
    "+1 ",
    "(555) 234-4477",
    "555-234-4477",
    "0151 23456789",
    "2001:db8::1",
    "::",
    "fe80",
    "1.2.3.4",
    "%40",
    "%2540",
    "%22",
    "%3A",
    "%5C",
    "Digest a=\"b\"",
    "amFuZS5kb2VAZXhhbXBsZS5jb20=",
    "eyJ1c2VyIjoiamFuZVx1MDA0MGV4YW1wbGUuY29tIn0",
    "v1.2.3.4",
    "Chrome/1.2.3.4",
];

pub(crate) type Text = BoxedStrategy<String>;

/// Text of pieces that the oracle knows.
pub(crate) fn known() -> Text {
    text(PIECES.to_vec())
        .prop_filter("what the oracle does not know", |text| !text.contains("::") && !text.contains(['=', '%']))
        .boxed()
}

/// Text of all pieces, but for escapes that hide letters: behind what was redacted as a secret, a letter that only the
/// next level shows makes the value look new.
pub(crate) fn all() -> Text {
    text([PIECES, MORE_PIECES].concat().into_iter().filter(|piece| !piece.starts_with("\\u")).collect()).boxed()
}

fn text(pieces: Vec<&'static str>) -> impl Strategy<Value = String> {
    let piece = prop_oneof![9 => prop::sample::select(pieces).prop_map(str::to_owned), 1 => "[ -~é]{0,4}"];
    vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

fn key(text: Text) -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-f]{1,2}", 1 => text]
}

fn scalar(text: Text) -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(Value::from(4_111_111_111_111_111_i64)),
        8 => text.prop_map(Value::from),
    ]
}

/// A JSON value, some of whose strings hold JSON in turn.
pub(crate) fn value(text: Text, hides: bool) -> impl Strategy<Value = Value> {
    scalar(text.clone()).prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key(text.clone()), inner.clone()), 0..4).prop_map(|members| Value::from(Map::from_iter(members))),
            (inner, any::<u64>()).prop_map(move |(value, seed)| Value::from(spelled(
                &value,
                seed,
                hides && seed.is_multiple_of(3)
            ))),
        ]
    })
}

/// A value as JSON text, in one of many spellings; `hides` says whether JSON inside it may hide letters as well.
pub(crate) fn record(text: Text, hides: bool) -> impl Strategy<Value = (Value, String)> {
    (value(text, hides), any::<u64>()).prop_map(|(value, seed)| {
        let text = spelled(&value, seed, seed.is_multiple_of(3));
        (value, text)
    })
}

/// JSON text with white space between tokens, and letters of strings spelled as escapes, here and there.
fn spelled(value: &Value, seed: u64, hides: bool) -> String {
    let mut random = seed | 1;
    let mut dice = |sides: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random.is_multiple_of(sides)
    };
    let rare = if hides { 12 } else { u64::MAX };
    let (mut out, mut in_string, mut escape_left) = (String::new(), false, 0_usize);
    for character in value.to_string().chars() {
        let is_plain = in_string && escape_left == 0;
        match character {
            '/' if is_plain && dice(2) => out.push_str("\\/"),
            'A'..='Z' | 'a'..='z' | '0'..='9' | '@' | 'é' | '\u{1f9fe}' if is_plain && dice(rare) => {
                escape(character, &mut out);
            }
            ',' | ':' if !in_string && dice(4) => out.extend([' ', character, ' ']),
            _ => out.push(character),
        }
        in_string ^= character == '"' && escape_left == 0;
        escape_left = match character {
            '\\' if is_plain => 1,
            'u' if escape_left == 1 => 4,
            _ => escape_left.saturating_sub(1),
        };
    }
    out
}

fn escape(character: char, out: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        out.push_str(&format!("\\u{unit:04x}"));
    }
}
