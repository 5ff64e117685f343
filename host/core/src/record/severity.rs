//! How severe a record is, in OpenTelemetry's numbers.

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

/// The words that loggers use. Whole words only: `Information` is no error, and neither is `errors`.
const WORDS: [(&str, Severity); 22] = [
    ("info", INFO),
    ("error", ERROR),
    ("warn", WARN),
    ("warning", WARN),
    ("debug", DEBUG),
    ("trace", TRACE),
    ("fatal", FATAL),
    ("information", INFO),
    ("informational", INFO),
    ("notice", INFO),
    ("log", INFO),
    ("err", ERROR),
    ("severe", ERROR),
    ("critical", FATAL),
    ("crit", FATAL),
    ("alert", FATAL),
    ("emergency", FATAL),
    ("emerg", FATAL),
    ("panic", FATAL),
    ("dbg", DEBUG),
    ("fine", DEBUG),
    ("verbose", TRACE),
];

/// Reads the value of a level field: a word, or a number as pino and bunyan have them.
pub(super) fn of_value(value: &str) -> Option<Severity> {
    match json::text(value) {
        Some(text) => of_word(text.trim()).or_else(|| of_number(text.trim())),
        None => of_number(value),
    }
}

fn of_word(word: &str) -> Option<Severity> {
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, severity)| *severity)
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
    head.split('[').skip(1).take(4).find_map(|part| of_word(part.split_once(']')?.0.trim()))
}

/// `…\tINFO\t…`, as Node writes it. Tabs are escapes here.
fn of_columns(head: &str) -> Option<Severity> {
    head.split(r"\t").take(4).find_map(of_word)
}

/// `level=warn` of logfmt.
fn of_pair(head: &str) -> Option<Severity> {
    let (before, after) = head.split_once("level=").or_else(|| head.split_once("lvl="))?;
    let starts = before.is_empty() || before.ends_with([' ', '.']);
    let word = after.trim_start_matches(r#"\""#);
    let end = word.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(word.len());
    if starts { of_word(&word[..end]) } else { None }
}

#[cfg(test)]
mod tests {
    use super::super::severity;

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
