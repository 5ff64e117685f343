//! How severe a record is, in OpenTelemetry's numbers.

use memchr::memchr_iter;

use crate::json;

/// Bytes of a text line in which its level is looked for.
const HEAD: usize = 160;

/// A severity as OpenTelemetry numbers and names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity {
    /// 1 to 24.
    pub number: u8,
    /// `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` or `FATAL`.
    pub text: &'static str,
}

const TRACE: Severity = Severity { number: 1, text: "TRACE" };
const DEBUG: Severity = Severity { number: 5, text: "DEBUG" };
const INFO: Severity = Severity { number: 9, text: "INFO" };
const WARN: Severity = Severity { number: 13, text: "WARN" };
const ERROR: Severity = Severity { number: 17, text: "ERROR" };
const FATAL: Severity = Severity { number: 21, text: "FATAL" };

impl Severity {
    /// The one of that number.
    #[inline]
    pub(crate) fn of(number: u8) -> Option<Self> {
        Some(match number {
            1 => TRACE,
            5 => DEBUG,
            9 => INFO,
            13 => WARN,
            17 => ERROR,
            21 => FATAL,
            _ => return None,
        })
    }

    /// As the fields of a document.
    #[inline]
    pub(crate) fn fields(self) -> &'static str {
        match self.number {
            1 => r#","severity_text":"TRACE","severity_number":1"#,
            5 => r#","severity_text":"DEBUG","severity_number":5"#,
            9 => r#","severity_text":"INFO","severity_number":9"#,
            13 => r#","severity_text":"WARN","severity_number":13"#,
            17 => r#","severity_text":"ERROR","severity_number":17"#,
            _ => r#","severity_text":"FATAL","severity_number":21"#,
        }
    }
}

/// Reads the value of a level field: a word, or a number as pino and bunyan have them.
pub(super) fn of_value(value: &str) -> Option<Severity> {
    let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if let Some(found) = bare.and_then(of_usual_word) {
        return Some(found);
    }
    match json::text(value) {
        Some(text) => of_word(text.trim()).or_else(|| of_number(text.trim())),
        None => of_number(value),
    }
}

/// The words that loggers use, in any case. Whole words only: `Information` is no error, and neither is `errors`.
fn of_word(word: &str) -> Option<Severity> {
    of_usual_word(word).or_else(|| of_any_word(word))
}

/// The words of most loggers, as most of them write them.
#[inline]
fn of_usual_word(word: &str) -> Option<Severity> {
    match word {
        "INFO" | "info" => Some(INFO),
        "WARN" | "warn" => Some(WARN),
        "DEBUG" | "debug" => Some(DEBUG),
        "ERROR" | "error" => Some(ERROR),
        "WARNING" | "warning" => Some(WARN),
        _ => None,
    }
}

fn of_any_word(word: &str) -> Option<Severity> {
    let mut lower = [0; 13];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"trace" | b"verbose" => TRACE,
        b"debug" | b"dbg" | b"fine" => DEBUG,
        b"info" | b"information" | b"informational" | b"notice" | b"log" => INFO,
        b"warn" | b"warning" => WARN,
        b"error" | b"err" | b"severe" => ERROR,
        b"fatal" | b"critical" | b"crit" | b"alert" | b"emergency" | b"emerg" | b"panic" => FATAL,
        _ => return None,
    })
}

fn of_number(number: &str) -> Option<Severity> {
    match number {
        "10" => Some(TRACE),
        "20" => Some(DEBUG),
        "30" => Some(INFO),
        "40" => Some(WARN),
        "50" => Some(ERROR),
        "60" => Some(FATAL),
        _ => None,
    }
}

/// Looks at the head of a text line, as it stands between quotes: `[WARNING]`, a word between tabs, `level=warn`, or a
/// JSON object in text.
pub(super) fn of_text(raw: &str) -> Option<Severity> {
    if raw.starts_with(r#"{\""#) {
        let inner = json::unescape(raw);
        return super::object_facts(inner.trim_end()).severity;
    }
    let head = &raw[..raw.floor_char_boundary(HEAD)];
    of_bracketed(head).or_else(|| of_columns(head)).or_else(|| of_pair(head))
}

/// `[WARNING]`, as Python writes it: at the start, or not far behind it.
fn of_bracketed(head: &str) -> Option<Severity> {
    let starts = memchr_iter(b'[', head.as_bytes()).take(4);
    starts.map(|start| &head[start + 1..]).filter_map(|rest| word_before(rest, "]")).find_map(of_word)
}

/// The letters that `text` starts with, if `end` follows.
fn word_before<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    let word = word(text);
    text[word.len()..].starts_with(end).then_some(word)
}

/// The letters that `text` starts with.
fn word(text: &str) -> &str {
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    &text[..length]
}

/// `…\tINFO\t…`, as Node writes it. Tabs are escapes here.
fn of_columns(head: &str) -> Option<Severity> {
    let escapes = memchr_iter(b'\\', head.as_bytes()).take(4);
    let columns = escapes.filter_map(|at| head[at..].strip_prefix(r"\t"));
    columns.filter_map(|rest| word_before(rest, r"\t")).find_map(of_word)
}

/// `level=warn` of logfmt.
fn of_pair(head: &str) -> Option<Severity> {
    memchr_iter(b'=', head.as_bytes()).take(8).find_map(|at| {
        let (before, after) = (&head[..at], &head[at + 1..]);
        let start = before.strip_suffix("level").or_else(|| before.strip_suffix("lvl"))?;
        let alone = start.is_empty() || start.ends_with([' ', '.']);
        of_word(word(after.trim_start_matches(r#"\""#))).filter(|_| alone)
    })
}

#[cfg(test)]
mod tests {
    use super::super::severity;
    use super::{DEBUG, ERROR, FATAL, INFO, Severity, TRACE, WARN};

    #[test]
    fn numbers_and_fields_are_those_of_the_severity() {
        for severity in [TRACE, DEBUG, INFO, WARN, ERROR, FATAL] {
            let Severity { number, text } = severity;
            assert_eq!(Severity::of(number), Some(severity));
            assert_eq!(severity.fields(), format!(r#","severity_text":"{text}","severity_number":{number}"#));
        }
        assert_eq!(Severity::of(0), None);
    }

    fn check(record: &str, expected: Option<&str>) {
        assert_eq!(severity(record).map(|severity| severity.text), expected, "{record}");
    }

    #[test]
    fn fields_tell_it() {
        check(r#"{"level":"Information"}"#, Some("INFO"));
        check(r#"{"level":"warning","message":"x"}"#, Some("WARN"));
        check(r#"{"severity":"CRITICAL"}"#, Some("FATAL"));
        check(r#"{"lvl":"dbug"}"#, None);
        check(r#"{"level":30}"#, Some("INFO"));
        check(r#"{"level":"50"}"#, Some("ERROR"));
        check(r#"{"level":null}"#, None);
        check(r#"{"log.level":"error"}"#, Some("ERROR"));
        check(r#"{"log":{"level":"error"}}"#, Some("ERROR"));
    }

    #[test]
    fn text_lines_tell_it() {
        check(r#""2026-03-02T08:15:20.300Z\t0b7c1f5e\tINFO\torder\n""#, Some("INFO"));
        check(r#""[WARNING]\t2026-03-02T08:15:20.305Z\tid\tstock\n""#, Some("WARN"));
        check(r#""level=info msg=\"charged\"\n""#, Some("INFO"));
        check(r#""{\"level\":\"error\",\"msg\":\"paid\"}\n""#, Some("ERROR"));
        check(r#""[éé] 注文 ERROR später\n""#, None);
        check(r#""no errors, no warnings""#, None);
        check("\"\"", None);
        check("\"", None);
    }

    #[test]
    fn long_text_is_not_searched_and_not_cut_inside_a_character() {
        check(&format!("\"{}[ERROR]\"", "é".repeat(200)), None);
    }
}
