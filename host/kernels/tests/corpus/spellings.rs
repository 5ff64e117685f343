//! Ways to spell text in a record, and places to put it.

use serde_json::{Value, json};

use crate::random::Random;
use crate::secrets::{Secret, base64};

/// A way to spell a secret in a record.
pub(crate) struct Spelling {
    pub(crate) name: &'static str,
    /// The record; `None` if this secret cannot be spelled in this way.
    pub(crate) write: fn(&Secret, &mut Random) -> Option<String>,
}

macro_rules! spellings {
    ($($name:literal => $write:expr,)*) => {
        /// All ways.
        pub(crate) const SPELLINGS: &[Spelling] = &[$(Spelling { name: $name, write: $write }),*];
    };
}

spellings! {
    "plain" => |secret, random| Some(placed(json!(around(&secret.text, random)), random)),
    "some letters as \\u" => |secret, random| {
        let text = around(&secret.text, random);
        let record = placed(json!(text), random);
        Some(respelled(&record, random, 4))
    },
    "all letters as \\u" => |secret, random| {
        let record = placed(json!(around(&secret.text, random)), random);
        Some(respelled(&record, random, 1))
    },
    "between characters beyond U+FFFF" => |secret, random| {
        let record = placed(json!(format!("\u{1f9fe}{}\u{1f9fe}", secret.text)), random);
        Some(record.replace('\u{1f9fe}', "\\ud83e\\uddfe"))
    },
    "between halves of surrogate pairs" => |secret, random| {
        let record = placed(json!(format!("\u{1f9fe}{}\u{1f9fe}", secret.text)), random);
        Some(record.replace('\u{1f9fe}', "\\ud83e"))
    },
    "slashes escaped" => |secret, random| {
        Some(placed(json!(format!("/{}/", secret.text)), random).replace('/', "\\/"))
    },
    "JSON in JSON" => |secret, random| {
        let inner = placed(json!(around(&secret.text, random)), random);
        Some(nested(inner, 1 + random.below(6), random))
    },
    "JSON in JSON, letters as \\u" => |secret, random| {
        let inner = respelled(&placed(json!(around(&secret.text, random)), random), random, 3);
        let levels = 1 + random.below(5);
        Some(nested(inner, levels, random))
    },
    "deeper than is looked" => |secret, random| {
        let inner = respelled(&placed(json!(around(&secret.text, random)), random), random, 2);
        Some(nested(inner, 9, random))
    },
    "line breaks and tabs" => |secret, random| {
        Some(placed(json!(format!("a\n{}\t\r\n", secret.text)), random))
    },
    "line of text" => |secret, random| {
        let line = format!("2026-03-02T08:15:20.290Z\t8f14e45f-ceea-467f-a830-4b2d4c6d3b1a\tINFO\t{}\n", around(&secret.text, random));
        Some(json!(line).to_string())
    },
    "JSON in a line of text" => |secret, random| {
        let object = json!({"user": {"data": secret.text}, "n": 1});
        Some(json!(format!("INFO got {object} at {}\n", random.digits(2))).to_string())
    },
    "between colours" => |secret, random| {
        Some(placed(json!(format!("\u{1b}[1;31m{}\u{1b}[0m", secret.text)), random))
    },
    "between escapes" => |secret, random| Some(placed(json!(between_escapes(&secret.text, random)), random)),
    "between escapes, in JSON in JSON" => |secret, random| {
        let inner = placed(json!(between_escapes(&secret.text, random)), random);
        Some(nested(inner, 1 + random.below(5), random))
    },
    "URL-encoded, between others" => |secret, random| {
        let spelled = percent(&secret.text, random, 2);
        let text = if random.below(2) == 0 { around(&spelled, random) } else { between_escapes(&spelled, random) };
        Some(nested(placed(json!(text), random), random.below(3), random))
    },
    "base64, between others" => |secret, random| {
        let promised = secret.rule.info().reads_base64 && secret.text.len() >= 15;
        let spelled = base64(secret.text.as_bytes());
        let text = if random.below(2) == 0 { around(&spelled, random) } else { between_escapes(&spelled, random) };
        promised.then(|| nested(placed(json!(text), random), random.below(3), random))
    },
    "in quotes" => |secret, random| {
        let quote = random.pick(&["\"", "'", "`"]);
        Some(placed(json!(format!("got {quote}{}{quote}", secret.text)), random))
    },
    "name and value" => |secret, random| {
        let name = random.pick(&["user", "value", "x", "contact"]);
        let equals = random.pick(&["=", ": ", " = ", "=\""]);
        let end = if equals.ends_with('"') { "\"" } else { "" };
        Some(placed(json!(format!("a=1 {name}{equals}{}{end} b=2", secret.text)), random))
    },
    "key" => |secret, random| Some(placed(json!({ around(&secret.text, random): 1 }), random)),
    "key, letters as \\u" => |secret, random| {
        Some(respelled(&placed(json!({ secret.text.clone(): {"a": 1} }), random), random, 3))
    },
    "element of an array" => |secret, random| Some(placed(json!([1, null, [secret.text], "x"]), random)),
    "number" => |secret, random| {
        let is_number = secret.text.bytes().all(|byte| byte.is_ascii_digit()) && !secret.text.starts_with('0');
        is_number.then(|| placed(json!({"a": "NUMBER"}), random).replace("\"NUMBER\"", &secret.text))
    },
    "number, in JSON in JSON" => |secret, random| {
        let is_number = secret.text.bytes().all(|byte| byte.is_ascii_digit()) && !secret.text.starts_with('0');
        is_number.then(|| nested(format!("{{\"a\":{}}}", secret.text), 1 + random.below(5), random))
    },
    "URL-encoded" => |secret, random| {
        let query = format!("/search?q={}&page=2", percent(&secret.text, random, 3));
        Some(placed(json!(query), random))
    },
    "URL-encoded, all of it" => |secret, random| Some(placed(json!(percent(&secret.text, random, 1)), random)),
    "URL-encoded twice" => |secret, random| {
        let once = percent(&secret.text, random, 4);
        Some(placed(json!(format!("q={}", once.replace('%', "%25"))), random))
    },
    "JSON, URL-encoded" => |secret, random| {
        let object = json!({"a": [secret.text]}).to_string();
        Some(placed(json!(percent(&object, random, 5)), random))
    },
    "base64" => |secret, random| {
        let promised = secret.rule.info().reads_base64 && secret.text.len() >= 15;
        promised.then(|| placed(json!(base64(secret.text.as_bytes())), random))
    },
    "JSON, base64" => |secret, random| {
        let object = respelled(&json!({"records": [{"a": secret.text}]}).to_string(), random, 9);
        secret.rule.info().reads_base64.then(|| placed(json!({"data": base64(object.as_bytes())}), random))
    },
    "value of its key" => |secret, random| {
        let (key, value) = secret.keyed.as_ref()?;
        Some(respelled(&placed(json!({ key.clone(): value }), random), random, 9))
    },
    "value of its key, whatever it is" => |secret, random| {
        let (key, value) = secret.keyed.as_ref()?;
        Some(placed(json!({ key.clone(): {"a": [1, value], "b": {"c": value}} }), random))
    },
    "value of its key, in JSON in JSON" => |secret, random| {
        let (key, value) = secret.keyed.as_ref()?;
        let quoted = random.pick(&["", " \" ", "\\"]);
        let inner = placed(json!({ key.clone(): format!("{value}{quoted}{value}") }), random);
        Some(nested(inner, 1 + random.below(6), random))
    },
    "value of its key, in JSON in JSON, letters as \\u" => |secret, random| {
        let (key, value) = secret.keyed.as_ref()?;
        let inner = placed(json!({ key.clone(): format!("{value} \" {value}") }), random);
        let inner = respelled(&inner, random, 4);
        Some(nested(inner, 1 + random.below(6), random))
    },
    "header" => |secret, random| {
        let (key, value) = secret.keyed.as_ref()?;
        Some(placed(json!(format!("GET / HTTP/1.1\r\nHost: a\r\n{key}: {value}\r\n\r\n")), random))
    },
    "report of the platform" => |secret, random| {
        let report = json!({
            "requestId": "8f14e45f-ceea-467f-a830-4b2d4c6d3b1a",
            "status": "error",
            "errorType": around(&secret.text, random),
            "tracing": {"spanId": "1", "value": secret.text},
            "metrics": {"durationMs": 12.5},
        });
        Some(report.to_string())
    },
    "log of an exception" => |secret, random| {
        let log = json!({
            "timestamp": "2026-03-02T08:15:20.290Z",
            "level": "ERROR",
            "message": {"errorType": "E", "errorMessage": around(&secret.text, random), "stackTrace": ["at a", secret.text]},
        });
        Some(log.to_string())
    },
    "cut off" => |secret, random| {
        let record = placed(json!({"a": 1, "b": around(&secret.text, random)}), random);
        let text = record.split(&secret.text).next().map(str::len).filter(|at| *at < record.len())?;
        Some(record[..text + secret.text.len()].to_owned())
    },
}

/// What stands in front of a value in logs.
const BEFORE: &[&str] = &[
    "",
    "",
    " ",
    "\t",
    "\"",
    "'",
    "(",
    "[",
    "{",
    "<",
    "|",
    ":",
    "=",
    ",",
    ";",
    "user: ",
    "x=",
    "a|",
    "\n",
    "\r\n",
    "\u{1b}[32m",
    "\u{1b}[0;1m",
    "é ",
    "\u{1f9fe}",
    "ok, ",
    "/ ",
];

/// What stands behind one.
const BEHIND: &[&str] = &[
    "",
    "",
    " ",
    "\t",
    "\"",
    "'",
    ")",
    "]",
    "}",
    ">",
    "|",
    ":",
    ",",
    ", ",
    ";",
    "\n",
    "\r\n",
    "\u{1b}[0m",
    " é",
    "\u{1f9fe}",
    ". And",
    "|b",
    " /",
];

/// Escapes as a logger writes them that escapes its text once more, or that is not read as JSON.
const ESCAPES: &[&str] = &[
    "\\t", "\\n", "\\r", "\\r\\n", "\\\\n", "\\\\t", "\\u0009", "\\u000a", "\\u000A", "\\\"", "\\\\\"", "\\/", "\\\\",
];

/// Text with other text around it that is no part of it.
fn around(secret: &str, random: &mut Random) -> String {
    let (before, behind) = (random.pick(BEFORE), random.pick(BEHIND));
    format!("{before}{secret}{behind}")
}

/// Text with escapes around it.
fn between_escapes(secret: &str, random: &mut Random) -> String {
    let (before, behind) = (random.pick(ESCAPES), random.pick(ESCAPES));
    format!("{}{before}{secret}{behind}{}", random.pick(&["", "a", "id=1"]), random.pick(&["", "b", "next"]))
}

/// A value somewhere in a record, as JSON.
fn placed(value: Value, random: &mut Random) -> String {
    let record = match random.below(6) {
        0 => value,
        1 => json!({"level": "info", "message": value}),
        2 => json!({"a": {"b": [{"c": value}, 2], "d": true}, "e": null}),
        3 => json!([[], value, "x"]),
        4 => json!({"message": "ok", "context": {"request": {"headers": [{"name": "x"}, {"value": value}]}}}),
        _ => json!({"requestId": "8f14e45f-ceea-467f-a830-4b2d4c6d3b1a", "detail": {"x": value}}),
    };
    record.to_string()
}

/// JSON text as text in JSON, so many times.
fn nested(text: String, levels: u64, random: &mut Random) -> String {
    (0..levels).fold(text, |text, _| match random.below(3) {
        0 => json!({ "body": text }).to_string(),
        1 => json!([text]).to_string(),
        _ => json!({"message": format!("got {text} .")}).to_string(),
    })
}

/// One in `rare` letters of strings spelled as an escape.
fn respelled(json: &str, random: &mut Random, rare: u64) -> String {
    let (mut out, mut in_string, mut escape_left) = (String::new(), false, 0_usize);
    for character in json.chars() {
        let is_plain = in_string && escape_left == 0 && !matches!(character, '"' | '\\');
        in_string ^= character == '"' && escape_left == 0;
        escape_left = match character {
            '\\' if in_string && escape_left == 0 => 1,
            'u' if escape_left == 1 => 4,
            _ => escape_left.saturating_sub(1),
        };
        if is_plain && random.below(rare) == 0 {
            character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04X}")));
        } else {
            out.push(character);
        }
    }
    out
}

/// URL-encoded: what must be, and one in `rare` of the rest.
fn percent(text: &str, random: &mut Random, rare: u64) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let encode = |byte: u8| {
        if plain(byte) && random.below(rare) > 0 { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(encode).collect()
}
