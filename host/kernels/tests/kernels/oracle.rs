//! A slow and obvious redaction: decode everything, try every part of every text against a regular expression with its
//! checks, unite what overlaps, and look again at what is left.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use telesieve_kernels::Named;

/// The rules that the oracle knows, in order.
pub(crate) static RULES: LazyLock<[Named; 7]> =
    LazyLock::new(|| ["email", "payment-card", "aws-key", "jwt", "ip", "us-ssn", "iban"].map(named));

pub(crate) fn named(name: &str) -> Named {
    Named::from_name(name).expect("a rule has that name")
}

const LONGEST_HIT: usize = 300;
const LEVELS: usize = 8;

pub(crate) fn marker(rule: Named) -> String {
    format!("[{}]", rule.name())
}

/// Whether some text in a value, decoded as often as it can be, holds forty letters, digits, `+` or `/` in a row.
pub(crate) fn holds_long_run(value: &Value) -> bool {
    match value {
        Value::String(text) => levels(text).iter().any(|text| {
            let is_digit = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/');
            text.split(|letter| !is_digit(letter)).any(|run| run.len() >= 40)
        }),
        Value::Array(elements) => elements.iter().any(holds_long_run),
        Value::Object(members) => {
            members.iter().any(|(key, value)| holds_long_run(&Value::from(key.as_str())) || holds_long_run(value))
        }
        _ => false,
    }
}

/// A text, and what it becomes when its escapes are taken off again and again.
fn levels(text: &str) -> Vec<String> {
    let mut units: Vec<Unit> = text.char_indices().map(|(at, letter)| (letter, at..at + letter.len_utf8())).collect();
    let mut levels = Vec::new();
    for _ in 0..=LEVELS {
        levels.push(units.iter().map(|unit| unit.0).collect());
        units = unescaped(&units);
    }
    levels
}

/// The value with all hits replaced by their markers.
pub(crate) fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(redacted_text(text)),
        Value::Number(number) => {
            let text = redacted_text(&number.to_string());
            if text == number.to_string() { value.clone() } else { Value::from(text) }
        }
        Value::Array(elements) => elements.iter().map(redacted).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (redacted_text(key), redacted(value))).collect())
        }
        _ => value.clone(),
    }
}

type Hit = (Range<usize>, usize);

fn redacted_text(text: &str) -> String {
    let mut hits: Vec<Hit> = Vec::new();
    let mut gaps = std::iter::once(0..text.len()).collect::<Vec<_>>();
    for _ in 0..5 {
        let found: Vec<Hit> = gaps.iter().flat_map(|gap| hits_in(text, gap.clone())).collect();
        if found.is_empty() {
            return replaced(text, &hits);
        }
        hits = united(hits.into_iter().chain(found).collect());
        let ends = std::iter::once(0).chain(hits.iter().map(|hit| hit.0.end));
        let starts = hits.iter().map(|hit| hit.0.start).chain([text.len()]);
        gaps = ends.zip(starts).map(|(end, start)| end..start).collect();
    }
    marker(RULES[0])
}

fn united(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|(span, rule)| (span.start, span.end, *rule));
    let mut united: Vec<Hit> = Vec::new();
    for (span, rule) in hits {
        match united.last_mut() {
            Some(last) if span.start < last.0.end => {
                last.0.end = last.0.end.max(span.end);
                last.1 = last.1.min(rule);
            }
            _ => united.push((span, rule)),
        }
    }
    united
}

fn replaced(text: &str, hits: &[Hit]) -> String {
    let mut out = text.to_owned();
    for (span, rule) in hits.iter().rev() {
        let quote = inner_quote(text, span);
        out.replace_range(span.clone(), &format!("{quote}{}{quote}", marker(RULES[*rule])));
    }
    out
}

/// A whole value of an object inside the text has to become a string there.
fn inner_quote(text: &str, span: &Range<usize>) -> String {
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(\\*") *: *$"#).unwrap());
    static AFTER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^ *[,}\]]").unwrap());
    let quote = BEFORE.captures(&text[..span.start]).map(|found| found[1].to_owned());
    quote.filter(|_| AFTER.is_match(&text[span.end..])).unwrap_or_default()
}

/// A character of some level, and the part of the first level that it stands for.
type Unit = (char, Range<usize>);

fn hits_in(text: &str, gap: Range<usize>) -> Vec<Hit> {
    let mut units: Vec<Unit> =
        text[gap.clone()].char_indices().map(|(at, c)| (c, gap.start + at..gap.start + at + c.len_utf8())).collect();
    let mut hits = Vec::new();
    for level in 1..=LEVELS {
        let next = unescaped(&units);
        for (rule, span) in hits_of_level(&units) {
            hits.push((with_whole_escapes(&units, RULES[rule], span, &next), rule));
        }
        if level == LEVELS && holds_hidden_letters(&units) {
            hits.push((gap.clone(), 0));
        }
        if next.len() == units.len() {
            break;
        }
        units = next;
    }
    hits
}

fn holds_hidden_letters(units: &[Unit]) -> bool {
    static HIDDEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\u").unwrap());
    static COLOUR: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\u00[01]").unwrap());
    let text: String = units.iter().map(|unit| unit.0).collect();
    HIDDEN.find_iter(&text).count() > COLOUR.find_iter(&text).count()
}

fn hits_of_level(units: &[Unit]) -> Vec<(usize, Range<usize>)> {
    let text: String = units.iter().map(|unit| unit.0).collect();
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let unit_of = |at: usize| starts.partition_point(|start| *start < at);
    let found =
        RULES.iter().enumerate().flat_map(|(rule, named)| parts(*named, &text).into_iter().map(move |hit| (rule, hit)));
    found.map(|(rule, hit)| (rule, units[unit_of(hit.start)].1.start..units[unit_of(hit.end) - 1].1.end)).collect()
}

/// Decodes the escapes of a text by the book.
fn unescaped(units: &[Unit]) -> Vec<Unit> {
    static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|["\\/bfnrt])"#)
            .unwrap()
    });
    let (mut out, mut at) = (Vec::new(), 0);
    while at < units.len() {
        let ahead: String = units[at..units.len().min(at + 12)].iter().map(|unit| unit.0).collect();
        let Some(found) = ESCAPE.find(&ahead).filter(|_| units[at].0 == '\\') else {
            out.push(units[at].clone());
            at += 1;
            continue;
        };
        let decoded: String = serde_json::from_str(&format!("\"{}\"", found.as_str())).unwrap_or("\u{fffd}".to_owned());
        let end = at + found.as_str().chars().count();
        out.push((decoded.chars().next().unwrap(), units[at].1.start..units[end - 1].1.end));
        at = end;
    }
    out
}

/// A hit must not start within an escape: an address starts behind it, unless nothing is left then. What is left is read
/// at the level of the hit, where its first letter may be another escape of the level before.
fn with_whole_escapes(units: &[Unit], rule: Named, hit: Range<usize>, next: &[Unit]) -> Range<usize> {
    let Some((_, escape)) = next.iter().find(|(_, span)| span.start < hit.start && hit.start < span.end) else {
        return hit;
    };
    let left = units.iter().find(|(_, span)| span.start >= escape.end && span.end <= hit.end);
    let is_address = rule == named("email") && left.is_some_and(|(c, _)| c.is_alphanumeric());
    if is_address { escape.end..hit.end } else { escape.start..hit.end }
}

/// All parts of a text that a rule hits.
fn parts(rule: Named, text: &str) -> Vec<Range<usize>> {
    let text = without_colours(text);
    if rule == named("jwt") {
        return tokens(&text);
    }
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut hits = Vec::new();
    for (index, start) in places.iter().enumerate() {
        for end in places[index + 1..].iter().take(LONGEST_HIT) {
            if is_hit(rule, &text[..*start], &text[*start..*end], &text[*end..]) {
                hits.push(*start..*end);
            }
        }
    }
    hits
}

fn without_colours(text: &str) -> String {
    static COLOUR: LazyLock<Regex> = LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]{0,16}m").unwrap());
    COLOUR.replace_all(text, |found: &regex::Captures<'_>| "\u{1}".repeat(found[0].len())).into_owned()
}

fn tokens(text: &str) -> Vec<Range<usize>> {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?-u)^eyJ[\w-]{5,}\.(?:eyJ[\w-]*(?:\.[\w-]*(?:\.[\w-]+){0,2})?|[\w-]*\.[\w-]+(?:\.[\w-]+){0,2})")
            .unwrap()
    });
    let (mut hits, mut searched) = (Vec::new(), 0);
    for (at, _) in text.char_indices() {
        if at < searched || ends_with_word(&text[..at]) {
            continue;
        }
        if let Some(found) = TOKEN.find(&text[at..]) {
            searched = at + found.end();
            hits.push(at..searched);
        }
    }
    hits
}

fn ends_with_word(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_hit(rule: Named, before: &str, hit: &str, after: &str) -> bool {
    if rule == named("email") {
        let is_repository = is_match(&REPOSITORY, after) || is_match(&SYSTEM, hit) && is_match(&PATH, after);
        return hit.contains('@')
            && is_match(&EMAIL, hit)
            && !is_match(&SCALE, hit)
            && !is_match(&MORE_OF_A_NAME, after)
            && !is_repository;
    }
    let is_word = ends_with_word(before) || after.starts_with(|c: char| c.is_ascii_alphanumeric());
    if is_word || !hit.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return false;
    }
    match rule.name() {
        "payment-card" => is_card(before, hit, after),
        "aws-key" => is_match(&AWS_KEY, hit),
        "ip" => {
            is_match(&IP, hit)
                && !is_match(&VERSION, before)
                && !before.ends_with(['~', '_'])
                && !after.starts_with(['~', '_'])
                && (!hit.starts_with("0.") || hit == "0.0.0.0")
                && !is_match(&PRODUCT, before)
                && !is_match(&DIGIT_DOT, before)
                && !is_match(&DOT_DIGIT, after)
        }
        "us-ssn" => {
            is_match(&SSN, hit)
                && !hit.starts_with("000")
                && !hit.starts_with("666")
                && (!hit.starts_with('9') || is_match(&TAXPAYERS, hit))
                && (!is_match(&WORD_HYPHEN, before) || before.to_lowercase().ends_with("ssn-"))
                && !is_match(&DOT_DIGIT, after)
                && !is_match(&HYPHEN_WORD, after)
                && !is_match(&DIGIT_DOT, before)
        }
        "iban" => is_account(hit),
        _ => panic!("the oracle does not know {}", rule.name()),
    }
}

fn is_match(regex: &LazyLock<Regex>, text: &str) -> bool {
    regex.is_match(text)
}

macro_rules! regexes {
    ($($name:ident = $regex:expr;)*) => {
        $(static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($regex).unwrap());)*
    };
}

regexes! {
    EMAIL = concat!(
        r"^[A-Za-z0-9_À-ÖØ-öø-ԯ][A-Za-z0-9._%+'\-À-ÖØ-öø-ԯ]*@",
        r"(?:[A-Za-z0-9À-ÖØ-öø-ԯ](?:[A-Za-z0-9À-ÖØ-öø-ԯ-]*[A-Za-z0-9À-ÖØ-öø-ԯ])?\.)+",
        r"(?:[A-Za-zÀ-ÖØ-öø-ԯ]{2,}|[À-ÖØ-öø-ԯ]|xn--(?:[A-Za-z0-9À-ÖØ-öø-ԯ-]*[A-Za-z0-9À-ÖØ-öø-ԯ])?)$",
    );
    MORE_OF_A_NAME = r"^-*[A-Za-z0-9À-ÖØ-öø-ԯ]";
    REPOSITORY = r"^:[A-Za-z0-9._/~-]*\.git(?:$|[^A-Za-z0-9._/~-])";
    SYSTEM = "^(?:git|hg|svn|gitlab|gitea)@";
    PATH = "^:[A-Za-z0-9._/~-]";
    SCALE = r"@[1-9]x\.[A-Za-z]+$";
    CARD = concat!(
        r"^(?-u)(?:\d{12,19}|\d{4}(?: \d{4})+(?: \d{2,3})?|\d{4}(?:-\d{4})+(?:-\d{2,3})?|\d{4}(?:\.\d{4})+(?:\.\d{2,3})?|",
        r"\d{4}(?:-\d{6}-| \d{6} |\.\d{6}\.)\d{4,5}|",
        r"\d{6}[ .-]\d{10}|\d{6}[ .-]\d{13}|\d{8}[ .-]\d{8})$",
    );
    ISSUERS = concat!(
        r"^(?-u)(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)\d*|3[47]\d{13}|",
        r"(?:30[0-59]|36|38|39)\d*|(?:50|5[6-9]|6\d)\d*|(?:35|220[0-4]|8[12]|9792)\d*|(?:1800|2131)\d{11})$",
    );
    CARD_NAME = r"(?i)(?:^|[^a-z])(?:cards?|cc|pan|credit|debit|visa)[^a-z]*$";
    SUFFIX = "[A-Za-z0-9]_-?$";
    AWS_KEY = r"^(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}$";
    IP = r"^(?-u)(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$";
SSN = concat!(
        r"^(?-u)(?:[0-8]\d\d(?:-(?:0[1-9]|[1-9]\d)-| (?:0[1-9]|[1-9]\d) |\.(?:0[1-9]|[1-9]\d)\.)",
        r"(?:[1-9]\d{3}|0[1-9]\d\d|00[1-9]\d|000[1-9])|9\d\d(?:-\d\d-| \d\d |\.\d\d\.)\d{4})$",
    );
    TAXPAYERS = r"^9\d\d.(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])";
    ACCOUNT = r"^(?-u)[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9])+$";
    STRUCTURE = r"^(?i-u)(?:DE\d{20}|GB\d\d[A-Z]{4}\d{14}|NL\d\d[A-Z]{4}\d{10})$";
    VERSION = r#"(?i)(?:(?:^|[^A-Z0-9_-])(?:build|rel|release|rev|revision|v|ver)|version|\.dll|\.exe|\.sys)[ :=".]{0,4}$"#;
    PRODUCT = r"(?:^|[^A-Za-z0-9_./:@-])[A-Z][A-Za-z0-9_-]{0,31}/$";
    UUID = r"^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$";
    TRACE = "(?:^|[^A-Za-z0-9])[0-9a-fA-F]{2}-[0-9a-fA-F]{32}-$";
    FLAGS = "^-[0-9a-fA-F]{2}";
    DIGIT_DOT = r"[0-9]\.$";
    DOT_DIGIT = r"^\.[0-9]";
    FRACTION = r"^\.[0-9]*[1-9]";
    WORD_HYPHEN = "[A-Za-z0-9]-$";
    HYPHEN_WORD = "^-[A-Za-z0-9]";
}

fn is_card(before: &str, hit: &str, after: &str) -> bool {
    let digits: Vec<u32> = hit.chars().filter_map(|c| c.to_digit(10)).collect();
    let number: String = hit.chars().filter(char::is_ascii_digit).collect();
    let is_usual = hit.len() > number.len() || (13..=16).contains(&number.len());
    let is_meant = is_usual && is_issued(&number) && !is_match(&SUFFIX, before);
    is_match(&CARD, hit)
        && (is_meant || is_match(&CARD_NAME, before))
        && luhn(&digits)
        && !is_match(&DIGIT_DOT, before)
        && !is_match(&FRACTION, after)
        && !in_uuid(before, hit, after)
        && !(is_match(&TRACE, before) && is_match(&FLAGS, after))
        && !(hit.len() == 12 && before.ends_with(':') && after.starts_with([':', '/']))
        && !(hit.len() == 12 && (before.ends_with('/') && after.starts_with('/') || after.starts_with(".dkr")))
}

fn is_issued(number: &str) -> bool {
    let has_length = match number.as_bytes() {
        [b'4', ..] | [b'3', b'4' | b'7', ..] => true,
        [b'3', b'0' | b'6' | b'8' | b'9', ..] => number.len() >= 14,
        [b'1' | b'2', b'8' | b'1', ..] => number.len() == 15,
        [b'5', b'1'..=b'5', ..]
        | [b'2', b'2', b'2', b'1'..=b'9', ..]
        | [b'2', b'2', b'3'..=b'9', ..]
        | [b'2', b'3'..=b'7', ..] => number.len() == 16,
        [b'5' | b'6', ..] => (12..=19).contains(&number.len()),
        _ => (16..=19).contains(&number.len()),
    };
    has_length && is_match(&ISSUERS, number)
}

fn luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| digit * 2 / 10 + digit * 2 % 10;
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit }).sum();
    sum.is_multiple_of(10)
}

fn in_uuid(before: &str, hit: &str, after: &str) -> bool {
    let text = format!("{before}{hit}{after}");
    let end = before.len() + hit.len();
    (0..=before.len())
        .any(|start| start + 36 >= end && text.get(start..start + 36).is_some_and(|part| is_match(&UUID, part)))
}

fn is_account(hit: &str) -> bool {
    if !is_match(&ACCOUNT, hit) {
        return false;
    }
    let account: String = hit.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    let length = match &account[..2] {
        "DE" | "GB" => 22,
        "NL" => 18,
        _ => return false,
    };
    let turned = format!("{}{}", &account[4..], &account[..4]);
    let number: String = turned.chars().map(|c| c.to_digit(36).unwrap().to_string()).collect();
    let rest = number.chars().fold(0, |rest, digit| (rest * 10 + digit.to_digit(10).unwrap()) % 97);
    account.len() == length && rest == 1 && is_match(&STRUCTURE, &account) && has_usual_hyphens(hit)
}

/// Hyphens stand behind every four characters, from the first on.
fn has_usual_hyphens(hit: &str) -> bool {
    let groups: Vec<String> = hit.split('-').map(|group| group.replace(' ', "")).collect();
    let (last, others) = groups.split_last().unwrap();
    others.is_empty() || others.iter().all(|group| group.len() == 4) && (1..=4).contains(&last.len())
}
