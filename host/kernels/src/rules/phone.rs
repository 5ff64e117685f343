//! Telephone numbers.
//!
//! International ones start with `+` and a country code. National ones are taken only in formats that hardly anything else
//! has, because any number could be one: North American `(555) 010-4477` and `555-010-4477`, and with a leading zero
//! `0151 23456789`, `020 7946 0958`, `030/1234567`, `06 12 34 56 78`. Numbers without separators are left alone.

use memchr::memchr_iter;

use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Run, Subject};
use crate::bytes::{chained_after, chained_before, word_after, word_before};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct Phone;

static ABOUT: RuleInfo = RuleInfo {
    name: "phone",
    group: Group::Personal,
    by_default: true,
    version: 1,
    description: "Telephone numbers: international with `+`, and common national formats with separators.",
    keys: None,
    validator: "Country code and length, or groupings that hardly anything else has.",
    reads_base64: false,
    hits: &[
        ("call +49 151 23456789 now", "+49 151 23456789"),
        ("+1 (555) 010-4477", "+1 (555) 010-4477"),
        ("+442079460958", "+442079460958"),
        ("tel:+33-6-12-34-56-78", "+33-6-12-34-56-78"),
        ("(555) 234-4477", "(555) 234-4477"),
        ("555-234-4477,", "555-234-4477"),
        ("555.234.4477", "555.234.4477"),
        ("1-555-234-4477", "555-234-4477"),
        ("0151 23456789", "0151 23456789"),
        ("020 7946 0958", "020 7946 0958"),
        ("06 12 34 56 78", "06 12 34 56 78"),
        ("030/1234567", "030/1234567"),
    ],
    misses: &[
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
    ],
};

impl BuiltIn for Phone {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::DIGIT
    }

    fn clues(&self) -> Clues {
        Clues::NUMBER | Clues::PLUS
    }

    fn wants_runs(&self) -> bool {
        true
    }

    fn may_start(&self, text: &[u8], runs: &[Run]) -> bool {
        may_be_phone(text, runs)
    }

    fn same_text(&self, text: String) -> String {
        super::without_separators(&text)
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        for plus in memchr_iter(b'+', subject.text) {
            hits.extend(international(subject, plus).map(|end| plus..end));
        }
        for first in 0..subject.runs.len() {
            hits.extend(national(subject.text, &subject.runs[first..]));
        }
    }
}

const LONGEST: usize = 15;

/// Where the number ends whose `+` is at `plus`.
fn international(subject: &Subject<'_>, plus: usize) -> Option<usize> {
    let text = subject.text;
    let first = subject.runs.partition_point(|run| run.start <= plus);
    let runs = subject.runs.get(first..).filter(|runs| !runs.is_empty())?;
    if runs[0].start > plus + 2 || !is_gap(&text[plus + 1..runs[0].start]) || text[runs[0].start] == b'0' {
        return None;
    }
    if word_before(text, plus) {
        return None;
    }
    if text[runs[0].start] == b'1' { north_american(text, runs) } else { longest(text, runs) }
}

/// `1` and ten digits, in groups as they are usually written.
fn north_american(text: &[u8], runs: &[Run]) -> Option<usize> {
    let groups = groups(text, runs).take_while(|count| *count <= 4).count();
    (1..=groups.min(4)).rev().find_map(|count| {
        let lengths: Vec<usize> = runs[..count].iter().map(|run| run.len()).collect();
        let is_usual = matches!(lengths[..], [11] | [1, 10] | [4, 7] | [4, 3, 4] | [7, 4] | [1, 3, 7] | [1, 3, 3, 4]);
        (is_usual && is_free_after(text, runs[count - 1].end)).then_some(runs[count - 1].end)
    })
}

/// The most groups that have 8 to 15 digits together. Once there are 11, a space ends the number: what follows is more
/// likely to be something else.
fn longest(text: &[u8], runs: &[Run]) -> Option<usize> {
    const ENOUGH: usize = 11;
    let (mut digits, mut end) = (0, None);
    for count in groups(text, runs) {
        let run = runs[count - 1];
        let is_behind_space = count > 1 && text[runs[count - 2].end] == b' ';
        if digits + run.len() > LONGEST || (digits >= ENOUGH && is_behind_space) {
            break;
        }
        digits += run.len();
        let least = if count == 1 { 9 } else { 8 };
        // Two groups with a dot between them are a decimal number.
        let is_decimal = count == 2 && text[runs[0].end] == b'.';
        if digits >= least && !is_decimal && is_free_after(text, run.end) {
            end = Some(run.end);
        }
    }
    end
}

/// 1, 2, 3 … for as long as runs belong together.
fn groups<'t>(text: &'t [u8], runs: &'t [Run]) -> impl Iterator<Item = usize> + 't {
    let joined = runs.windows(2).take(LONGEST).take_while(|pair| is_gap(&text[pair[0].end..pair[1].start])).count();
    1..=joined + 1
}

/// What stands between groups of an international number: nothing, one separator, or a bracket with spaces.
fn is_gap(gap: &[u8]) -> bool {
    matches!(gap, [] | [b' ' | b'-' | b'.' | b'/' | b'(' | b')'] | b" (" | b") " | b")-")
}

fn is_free_after(text: &[u8], end: usize) -> bool {
    !word_after(text, end) && !chained_after(text, end, b':')
}

/// A national number that starts with the first of `runs`.
fn national(text: &[u8], runs: &[Run]) -> Option<std::ops::Range<usize>> {
    let start = runs[0].start;
    let end = if text[start] == b'0' { with_zero(text, runs) } else { north_american_area(text, runs) }?;
    let is_bracketed = start > 0 && text[start - 1] == b'(' && text[runs[0].end] == b')';
    let start = if is_bracketed { start - 1 } else { start };
    is_free(text, start, end).then_some(start..end)
}

/// Whether the first groups of digits are as long as those of a national number, whatever stands between them.
pub(crate) fn may_be_phone(text: &[u8], runs: &[Run]) -> bool {
    let lengths = lengths(runs);
    match text[runs[0].start] {
        b'0' => groups_behind_zero(lengths).is_some(),
        _ => is_north_american(lengths),
    }
}

/// Lengths of the first groups; 0 for those that are not there.
fn lengths(runs: &[Run]) -> [usize; 5] {
    std::array::from_fn(|index| runs.get(index).map_or(0, |run| run.len()))
}

fn is_north_american(lengths: [usize; 5]) -> bool {
    lengths[..3] == [3, 3, 4]
}

/// How many groups a number has that starts with a zero.
fn groups_behind_zero(lengths: [usize; 5]) -> Option<usize> {
    match lengths {
        [2, 2, 2, 2, 2] => Some(5),
        [3..=5, 3..=4, 3..=4, ..] if (10..=11).contains(&sum(&lengths[..3])) => Some(3),
        [3..=5, 6..=9, ..] if (10..=12).contains(&sum(&lengths[..2])) => Some(2),
        _ => None,
    }
}

/// North American: an area and an exchange that start with 2 to 9, and four more digits.
fn north_american_area(text: &[u8], runs: &[Run]) -> Option<usize> {
    let [area, exchange, line, ..] = *runs else { return None };
    let is_number = is_north_american(lengths(runs)) && text[area.start] >= b'2' && text[exchange.start] >= b'2';
    let between = (&text[area.end..exchange.start], &text[exchange.end..line.start]);
    let is_usual = match between {
        (b"-", b"-") | (b".", b".") => true,
        (b")" | b") " | b")-", b"-" | b" " | b".") => area.start > 0 && text[area.start - 1] == b'(',
        _ => false,
    };
    (is_number && is_usual).then_some(line.end)
}

/// With the zero that is left out behind a country code.
fn with_zero(text: &[u8], runs: &[Run]) -> Option<usize> {
    if runs[0].len() < 2 || text[runs[0].start + 1] == b'0' {
        return None;
    }
    let between = |index: usize| text.get(runs[index].end..runs.get(index + 1)?.start);
    let separator = between(0)?;
    let is_same = |count: usize| (1..count).all(|index| between(index) == Some(separator));
    let count = match (separator, groups_behind_zero(lengths(runs))?) {
        (b" " | b"." | b"-", 5) if is_same(4) => 5,
        (b" " | b"-", 3) if is_same(2) => 3,
        (b" " | b"-" | b"/" | b")" | b") ", 2) => 2,
        _ => return None,
    };
    Some(runs[count - 1].end)
}

fn sum(lengths: &[usize]) -> usize {
    lengths.iter().sum()
}

/// Whether nothing around makes the span a part of something longer, such as a UUID, a version or a time.
fn is_free(text: &[u8], start: usize, end: usize) -> bool {
    let is_chained = |separator| chained_before(text, start, separator) || chained_after(text, end, separator);
    let hyphen_before =
        start >= 2 && text[start - 1] == b'-' && word_before(text, start - 1) && !is_one(text, start - 1);
    let hyphen_after = text.get(end) == Some(&b'-') && word_after(text, end + 1);
    let is_joined = word_before(text, start) || word_after(text, end) || hyphen_before || hyphen_after;
    !is_joined && !b".:/".iter().any(|separator| is_chained(*separator))
}

/// Whether a `1` that stands alone precedes, as in `1-555-010-4477`.
fn is_one(text: &[u8], at: usize) -> bool {
    text[at - 1] == b'1' && !word_before(text, at - 1)
}
