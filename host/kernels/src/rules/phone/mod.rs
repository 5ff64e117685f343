//! Telephone numbers.
//!
//! [`international`] ones start with `+`, `00` or `011` and a country code. [`national`] ones are taken only in formats
//! that hardly anything else has, because any number could be one. What is shorter, or has no separators, is taken behind
//! a [`name`](named) such as `phone`. An extension belongs to the number.
//!
//! Left alone are times, dates, versions, coordinates, and whatever is joined to something longer.

mod international;
pub(super) mod named;
mod national;

use std::ops::Range;

use memchr::memchr_iter;

use super::runs::is_separator;
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Run, Subject, shown};
use crate::bytes::{chained_after, chained_before, word_after, word_before};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct Phone;

static ABOUT: RuleInfo = RuleInfo {
    name: "phone",
    group: Group::Personal,
    by_default: true,
    version: 2,
    description: "Telephone numbers: international, common national formats with separators, and any behind a name such as `phone`.",
    keys: None,
    validator: "Country code and length, groupings that hardly anything else has, or a name in front.",
    reads_base64: false,
    hits: shown(&[
        ("call +49 151 23456789 now", "+49 151 23456789"),
        ("+1 (555) 010-4477", "+1 (555) 010-4477"),
        ("+442079460958", "+442079460958"),
        ("tel:+33-6-12-34-56-78", "+33-6-12-34-56-78"),
        ("+49 (0)30 1234567", "+49 (0)30 1234567"),
        ("0044 20 7946 0958", "0044 20 7946 0958"),
        ("011 44 20 7946 0958", "011 44 20 7946 0958"),
        ("001-555-234-4477x123", "001-555-234-4477x123"),
        ("(555) 234-4477", "(555) 234-4477"),
        ("555-234-4477,", "555-234-4477"),
        ("555.234.4477", "555.234.4477"),
        ("555-234-4477 ext. 12", "555-234-4477 ext. 12"),
        ("1-555-234-4477", "1-555-234-4477"),
        ("0151 23456789", "0151 23456789"),
        ("020 7946 0958", "020 7946 0958"),
        ("06 12 34 56 78", "06 12 34 56 78"),
        ("030/1234567", "030/1234567"),
        ("(01632) 960 123", "(01632) 960 123"),
        ("08-123 456 78", "08-123 456 78"),
        ("03-1234-5678", "03-1234-5678"),
        ("(11) 98765-4321", "(11) 98765-4321"),
        ("8 (912) 345-67-89", "8 (912) 345-67-89"),
        ("138 0013 8000", "138 0013 8000"),
        ("532 123 45 67", "532 123 45 67"),
        (r"\x1b[31m555-234-4477", "555-234-4477"),
    ]),
    misses: shown(&[
        "1700000000000",
        "5552344477",
        "2024-11-22T19:32:45+0100",
        "2024-11-22 19:32:45 +01:00",
        "192.168.100.200",
        "555-234-44771",
        "a1b2-555-234-4477-ffff",
        "01-02-2024 19:32",
        "took +12 ms",
        "+52.520008, +13.404954",
        "0123456789",
        "x+12345678901",
        "[1234:5678:0302/081520.290:INFO:main.cc(12)]",
        "[0302/081520:ERROR:main.cc(12)]",
        "01 02 03 04 05 06 07 08",
        "phone verified at 1700000000",
        "phone call on 2024-11-22",
        "phoneId: 12345678",
        "main.rs:120:34",
        "978-3-16-148410-0",
        "job-28374650-5552344477",
        "00000000-0000-0012",
    ]),
};

impl BuiltIn for Phone {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::DIGIT
    }

    fn clues(&self) -> Clues {
        Clues::NUMBER | Clues::PLUS | Clues::SPACED | Clues::PHONE
    }

    fn wants_runs(&self) -> bool {
        true
    }

    fn may_start(&self, text: &[u8], runs: &[Run]) -> bool {
        national::may_start(text, runs) || international::may_start(text, runs)
    }

    fn same_text(&self, text: String) -> String {
        super::without_separators(&text)
    }

    fn reads_names(&self) -> bool {
        true
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        let text = subject.text;
        for plus in memchr_iter(b'+', text) {
            let first = subject.runs.partition_point(|run| run.start <= plus);
            hits.extend(international::behind_plus(text, plus, &subject.runs[first..]));
        }
        for first in 0..subject.runs.len() {
            let runs = &subject.runs[first..];
            hits.extend(starting(text, runs));
        }
    }
}

/// The number that starts with the first of `runs`, without a `+`.
fn starting(text: &[u8], runs: &[Run]) -> Option<Range<usize>> {
    if word_before(text, runs[0].start) {
        return None;
    }
    let found = international::behind_zeros(text, runs).or_else(|| national::find(text, runs));
    found.or_else(|| named::find(text, runs))
}

/// The most digits that E.164 allows.
const LONGEST: usize = 15;

/// The most groups of a number.
const MOST_GROUPS: usize = 7;

/// How many of the first runs belong together.
fn joined(text: &[u8], runs: &[Run], is_gap: impl Fn(&[u8]) -> bool) -> usize {
    let pairs = runs.windows(2).take(MOST_GROUPS - 1);
    1 + pairs.take_while(|pair| is_gap(pair[0].gap(pair[1], text))).count()
}

/// What stands between groups: nothing, one separator, or a bracket, slash or hyphen with spaces.
fn is_gap(gap: &[u8]) -> bool {
    matches!(gap, [] | [b'/' | b'(' | b')'] | b" (" | b") " | b")-" | b")." | b"-(" | b".(" | b" / " | b"/ " | b" - ")
        || is_separator(gap)
}

/// Where a number ends with its extension, if one follows: `x12`, ` ext. 12`, `#12`, `;ext=12`.
fn extension_end(text: &[u8], end: usize) -> usize {
    const MARKS: [&[u8]; 8] = [b";ext=", b"extension", b"ext.", b"ext:", b"ext", b"x.", b"x", b"#"];
    let rest = &text[end..];
    let blank = usize::from(rest.starts_with(b" "));
    let mark = MARKS.iter().find(|mark| starts_with_any_case(&rest[blank..], mark));
    let Some(mark) = mark else { return end };
    let start = blank + mark.len();
    let start = start + usize::from(rest.get(start) == Some(&b' '));
    let digits = rest[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_one = (1..=6).contains(&digits) && !word_after(rest, start + digits);
    if is_one { end + start + digits } else { end }
}

fn starts_with_any_case(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start))
}

/// Whether nothing around makes the span a part of something longer, such as a UUID, a version or a time.
fn is_free(text: &[u8], start: usize, end: usize) -> bool {
    let is_chained = |separator| chained_before(text, start, separator) || chained_after(text, end, separator);
    let hyphen_before = start >= 2 && text[start - 1] == b'-' && word_before(text, start - 1);
    let hyphen_after = text.get(end) == Some(&b'-') && word_after(text, end + 1);
    let is_joined = word_before(text, start) || word_after(text, end) || hyphen_before || hyphen_after;
    let is_part = start > 0 && text[start - 1] == b'_' || text.get(end) == Some(&b'_');
    !is_joined && !is_part && !b".:/".iter().any(|separator| is_chained(*separator)) && !names_level(&text[end..])
}

/// Whether a level of a log follows, as in Chromium's `[0302/081520:ERROR:main.cc(12)]`.
fn names_level(rest: &[u8]) -> bool {
    matches!(rest, [b':', level, next, ..] if level.is_ascii_uppercase() && next.is_ascii_uppercase())
}

/// The span from a bracket around the first group on, if there is one.
fn with_bracket(text: &[u8], start: usize, runs: &[Run]) -> usize {
    let is_bracketed = start > 0 && text[start - 1] == b'(' && text.get(runs[0].end) == Some(&b')');
    if is_bracketed { start - 1 } else { start }
}

#[cfg(test)]
mod tests;
