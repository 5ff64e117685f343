//! Text that is spelled in other ways than JSON's: URL-encoded, and as base64.
//!
//! `jane%40example.com` is decoded like an escape, up to twice, and hits are cut out of it. A run of base64 that stands for
//! text is looked into as well; what is hit there costs the whole run, because a part of it means nothing. Runs are
//! [`SHORTEST`] characters or longer, count as a whole, and are not looked into for base64 in turn.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use crate::bytes::is_among;

/// The shortest run of base64 that is looked into: 15 bytes. Random ones that long hardly ever stand for text.
const SHORTEST: usize = 20;

/// Times that URL-encoding is taken off.
pub(crate) const MOST_PERCENT: u8 = 2;

/// How a text came to be: the level of JSON escapes, the times that URL-encoding was taken off, and whether it was base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spelling(u8);

impl Spelling {
    /// Text of a level of JSON escapes; 0 if it is no text of a string at all.
    pub(crate) fn json(level: u8) -> Self {
        Self(level)
    }

    /// With URL-encoding taken off once more.
    pub(crate) fn url(self) -> Self {
        Self(self.0 + 0x10)
    }

    /// In base64.
    pub(crate) fn base64(self) -> Self {
        Self(self.0 | 0x40)
    }

    /// How many times raw text must be unescaped.
    pub(crate) fn level(self) -> u8 {
        self.0 & 0x0f
    }

    /// How many times URL-encoding must be taken off then.
    pub(crate) fn percent(self) -> u8 {
        self.0 >> 4 & 0x03
    }

    /// Whether a run of base64 is meant by all of it.
    pub(crate) fn is_base64(self) -> bool {
        self.0 & 0x40 != 0
    }
}

/// Whether raw JSON text may hold text that is URL-encoded or base64.
pub(crate) fn holds_encoded(raw: &str) -> bool {
    holds_percent(raw) || runs(raw.as_bytes(), true).any(|run| raw_may_be_text(&raw.as_bytes()[run]))
}

/// Whether a part of raw text may stand for text: one that starts at a place, is long enough, and has no such byte in
/// front of it. The same as [`holds_encoded`] asks of each part of a run.
#[inline]
pub(crate) fn starts_text(raw: &[u8], start: usize) -> bool {
    let is_part = |part: &[u8]| may_start_text(part) && part_is_text(part);
    let part = &raw[start..];
    let is_behind_escape = start > 0 && raw[start - 1] == b'\\';
    is_part(part) || is_behind_escape && skips(part.first(), true)[1..].iter().any(|skip| is_part(&part[*skip..]))
}

/// Whether a byte is one of a character behind its first one.
fn is_inner(byte: u8) -> bool {
    (0x80..0xc0).contains(&byte)
}

/// Whether the ninth digit is one that no text has there: it would start a byte from 0xf8 on. Most ids have a hyphen.
fn has_foreign_ninth(part: &[u8]) -> bool {
    let (Some(ninth), Some(before)) = (part.get(8), part.first_chunk()) else { return false };
    matches!(VALUES[usize::from(*ninth)], 62..=LAST_VALUE) && !is_among(b'\\', *before)
}

/// Whether text may start with the bytes that the first digits stand for: a quick answer for most ids.
fn may_start_text(part: &[u8]) -> bool {
    if has_foreign_ninth(part) {
        return false;
    }
    let [first, second, third, ..] = part else { return true };
    let [first, second, third] = [first, second, third].map(|digit| VALUES[usize::from(*digit)]);
    if first.max(second).max(third) > LAST_VALUE {
        return true;
    }
    match first << 2 | second >> 4 {
        ..0x80 => !is_inner(second << 4 | third >> 2),
        0xc2..=0xf4 => is_inner(second << 4 | third >> 2),
        _ => false,
    }
}

/// Whether the part that text starts with may stand for text. It goes on to the end of a run, or to an escape other than
/// that of a slash. Most are ids, of which the first bytes tell.
fn part_is_text(raw: &[u8]) -> bool {
    let (mut bytes, mut at) = (Bytes::default(), 0);
    loop {
        let run = &raw[at..];
        let length =
            run.iter().position(|byte| !IS_DIGIT[usize::from(*byte)] || !bytes.take(*byte)).unwrap_or(run.len());
        at += length;
        let escapes = raw[at..].iter().take_while(|byte| **byte == b'\\').count();
        match raw.get(at + escapes) {
            // At some level a backslash is left and ends the run, at the next one it goes on.
            Some(b'/') if escapes > 1 && at >= SHORTEST => return true,
            Some(b'/') if escapes > 0 => at += escapes,
            Some(byte) if escapes == 0 && IS_DIGIT[usize::from(*byte)] => return false,
            _ => return at >= SHORTEST,
        }
    }
}

/// Whether a part of a run of raw text may stand for text. Backslashes in front of a slash belong to it, but several of them
/// also end it, at the level at which one is left; other escapes, such as the `\t` of a log line, end one part and begin
/// the next.
fn raw_may_be_text(run: &[u8]) -> bool {
    let (mut start, mut at) = (0, 0);
    while let Some(offset) = memchr(b'\\', &run[at..]) {
        let escape = at + offset;
        at = escape + run[escape..].iter().take_while(|byte| **byte == b'\\').count();
        let goes_on = run.get(at) == Some(&b'/');
        let ends = !goes_on || at > escape + 1;
        if ends && part_may_be_text(&run[start..escape], start > 0) {
            return true;
        }
        if !goes_on {
            start = at;
        }
    }
    part_may_be_text(&run[start..], start > 0)
}

/// Behind an escape, its letter may be in front of the part, or `u` and four digits.
fn part_may_be_text(part: &[u8], is_behind_escape: bool) -> bool {
    if part.len() < SHORTEST {
        return false;
    }
    skips(part.first(), is_behind_escape)
        .iter()
        .any(|skip| part.len() - skip >= SHORTEST && may_be_text(&part[*skip..]))
}

/// How many of the first bytes of a part may belong to the escape in front of it.
fn skips(first: Option<&u8>, is_behind_escape: bool) -> &'static [usize] {
    match (is_behind_escape, first) {
        (false, _) => &[0],
        (true, Some(b'u')) => &[0, 1, 5],
        (true, _) => &[0, 1],
    }
}

/// Whether text holds a byte that is URL-encoded.
pub(crate) fn holds_percent(text: &str) -> bool {
    memchr_iter(b'%', text.as_bytes()).any(|at| percent_byte(text.as_bytes(), at).is_some())
}

/// The byte that `%XX` at a place stands for. Control characters but for white space do not count.
pub(crate) fn percent_byte(text: &[u8], at: usize) -> Option<u8> {
    let [b'%', high, low] = *text.get(at..at + 3)? else { return None };
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(value(high)? << 4 | value(low)?).filter(|byte| is_text(*byte))
}

/// Runs of base64 in text that stand for text, and that text.
pub(crate) fn base64_texts(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let bytes = text.as_bytes();
    runs(bytes, false).filter_map(|run| Some((run.clone(), decoded(&bytes[run])?)))
}

/// Runs that are long enough. In raw text, the backslash of `\/` is a part of them. A run is met where every so many bytes
/// one is looked at, so that words cost next to nothing.
fn runs(text: &[u8], is_raw: bool) -> impl Iterator<Item = Range<usize>> {
    let is_part = move |byte: &u8| IS_DIGIT[usize::from(*byte)] || (is_raw && *byte == b'\\');
    let mut at = SHORTEST - 1;
    let mut done = 0;
    std::iter::from_fn(move || {
        loop {
            let byte = text.get(at)?;
            if !is_part(byte) {
                at += SHORTEST;
                continue;
            }
            let before = text[done..at].iter().rev().take_while(|byte| is_part(byte)).count();
            let after = text[at..].iter().take_while(|byte| is_part(byte)).count();
            let run = at - before..at + after;
            done = run.end;
            at = run.end + SHORTEST;
            if run.len() >= SHORTEST {
                let padding = text[run.end..].iter().take(2).take_while(|byte| **byte == b'=').count();
                return Some(run.start..run.end + padding);
            }
        }
    })
}

/// Whether a run may stand for text, at less than the price of decoding it: random bytes nearly always hold one, among
/// the first few, that cannot stand where it does in UTF-8.
fn may_be_text(run: &[u8]) -> bool {
    let mut bytes = Bytes::default();
    run.iter().all(|digit| bytes.take(*digit))
}

/// The bytes that digits of base64 stand for.
#[derive(Default)]
struct Bytes {
    bits: u32,
    count: u32,
    /// How many bytes of a character are to come.
    more: u32,
}

impl Bytes {
    /// Goes on with a digit. Says whether it may still be text.
    fn take(&mut self, digit: u8) -> bool {
        let value = VALUES[usize::from(digit)];
        if value > LAST_VALUE {
            return value != NO_VALUE;
        }
        self.bits = self.bits << 6 | u32::from(value);
        self.count += 6;
        if self.count < 8 {
            return true;
        }
        self.count -= 8;
        let byte = (self.bits >> self.count) as u8;
        self.more = match (byte, self.more) {
            (0x80..=0xbf, 1..) => self.more - 1,
            (0xc2..=0xdf, 0) => 1,
            (0xe0..=0xef, 0) => 2,
            (0xf0..=0xf4, 0) => 3,
            (..0x80, 0) if is_text(byte) => 0,
            _ => return false,
        };
        true
    }
}

/// The text that a run stands for.
fn decoded(run: &[u8]) -> Option<String> {
    if !may_be_text(run) {
        return None;
    }
    String::from_utf8(bytes(run).collect::<Option<_>>()?).ok()
}

/// The bytes that a run stands for; `None` for what is no digit.
fn bytes(run: &[u8]) -> impl Iterator<Item = Option<u8>> {
    let mut digits = run.iter().filter(|byte| !matches!(byte, b'\\' | b'='));
    let (mut bits, mut count) = (0_u32, 0);
    std::iter::from_fn(move || {
        while count < 8 {
            let Some(digit) = value(*digits.next()?) else { return Some(None) };
            bits = bits << 6 | u32::from(digit);
            count += 6;
        }
        count -= 8;
        Some(Some((bits >> count) as u8))
    })
}

fn is_text(byte: u8) -> bool {
    byte >= 0x20 && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r')
}

/// What a digit of base64 stands for, in either alphabet.
pub(crate) const fn value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// Which bytes are digits of base64.
static IS_DIGIT: [bool; 256] = {
    let mut digits = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        digits[byte] = value(byte as u8).is_some();
        byte += 1;
    }
    digits
};

const LAST_VALUE: u8 = 63;
/// Stands for padding and backslashes, which are passed over.
const PASSED: u8 = 64;
const NO_VALUE: u8 = 65;

/// [`value`] of every byte.
static VALUES: [u8; 256] = {
    let mut values = [NO_VALUE; 256];
    let mut byte = 0;
    while byte < 256 {
        if let Some(value) = value(byte as u8) {
            values[byte] = value;
        }
        byte += 1;
    }
    values[b'=' as usize] = PASSED;
    values[b'\\' as usize] = PASSED;
    values
};

#[cfg(test)]
mod tests {
    use telesieve_simd::{Places, Traces, traces};

    use crate::triggers::TABLES;

    use super::*;

    fn texts(text: &str) -> Vec<(&str, String)> {
        base64_texts(text).map(|(run, decoded)| (&text[run], decoded)).collect()
    }

    #[test]
    fn runs_of_base64_that_are_text_are_read() {
        let run = "amFuZS5kb2VAZXhhbXBsZS5jb20=";
        let expected = [(run, "jane.doe@example.com".to_owned())];
        for text in [run.to_owned(), format!("data={run}&x"), format!("\"{run}\" and some words behind it")] {
            assert_eq!(texts(&text), expected);
            assert!(holds_encoded(&text));
        }
        for shift in 0..50 {
            assert_eq!(texts(&format!("{}{run}", " ".repeat(shift))), expected);
        }
        assert_eq!(
            texts("eyJhIjoiw6kgPj4_In0gICAg"),
            [("eyJhIjoiw6kgPj4_In0gICAg", "{\"a\":\"é >>?\"}    ".to_owned())]
        );
    }

    #[test]
    fn what_is_no_text_is_left_alone() {
        for text in [
            "",
            "amFuZQ==",
            "8f14e45f-ceea-467f-a830-4b2d4c6d3b1a",
            "Internationalization and localization",
            "%",
            "%4",
            "%zz",
        ] {
            assert_eq!(texts(text), []);
            assert!(!holds_encoded(text), "{text}");
        }
    }

    #[test]
    fn slashes_may_be_escaped_in_raw_text() {
        assert!(holds_encoded(r"Pz8\/Pz8\/Pz8\/Pz8\/Pz8\/Pz8\/"));
    }

    proptest::proptest! {
        // What is looked at where a trace stands is what all of a text is asked for.
        #[test]
        fn traces_of_base64_are_enough(text in "([A-Za-z0-9+/_-]{0,24}|(amFuZS5kb2VAZXhhbXBsZS5jb20)|\\\\{1,3}|\\\\[nt/]|[ .:%=]){0,8}") {
            let mut places = Places::default();
            _ = traces(text.as_bytes(), Traces::BASE64, TABLES, &mut places);
            let found = places.base64.iter().any(|at| starts_text(text.as_bytes(), *at));
            proptest::prop_assert_eq!(found || holds_percent(&text), holds_encoded(&text));
        }

        // What may be text is asked before anything is decoded, so it must not miss any.
        #[test]
        fn all_text_may_be_text(text in "[\\t -~é-ퟻ\u{10000}-\u{10ffff}]{15,40}") {
            let run = encoded(text.as_bytes());
            proptest::prop_assert!(may_be_text(run.as_bytes()));
            proptest::prop_assert_eq!(decoded(run.as_bytes()), Some(text));
        }
    }

    fn encoded(bytes: &[u8]) -> String {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
        let digit = |six: &[u8]| {
            let number = six.iter().chain([0; 6].iter()).take(6).fold(0, |number, bit| number << 1 | bit);
            char::from(DIGITS[usize::from(number)])
        };
        bits.chunks(6).map(digit).collect()
    }

    #[test]
    fn escapes_beside_a_run_do_not_hide_it() {
        for run in ["amFuZS5kb2VAZXhhbXBsZS5jb20=", "amFuZS5kb2VAZXhhbXBsZS5jb20"] {
            for before in [
                "",
                "INFO\\t",
                "\\n",
                "\\\\n",
                "\\\\\\\\t",
                "x\\/y\\n",
                "8f14e45f-ceea-467f-a830-4b2d4c6d3b1a\\tINFO\\t",
                "\\b",
                "\\u0009",
                "a\\\\u000A",
            ] {
                for after in ["", "\\n", "\\nnext line", "\\\\tx", "\\\" and"] {
                    assert!(holds_encoded(&format!("{before}{run}{after}")), "{before}{run}{after}");
                }
            }
        }
        assert!(!holds_encoded("INFO\\t8f14e45f-ceea-467f-a830-4b2d4c6d3b1a\\tstarted\\n"));
    }

    #[test]
    fn url_encoding_is_seen() {
        assert!(holds_encoded("a%40b") && holds_encoded("%c3%a9"));
        assert_eq!(percent_byte(b"a%4Ab", 1), Some(b'J'));
        assert_eq!(percent_byte(b"%00", 0), None);
    }
}
