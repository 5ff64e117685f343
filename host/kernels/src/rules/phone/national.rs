//! Numbers without a country code, in groupings that are usual somewhere and rare elsewhere.
//!
//! The groupings are those that national numbering plans and phone books use; where a number starts with something
//! certain, such as a trunk prefix of 0, that is required. All have 11 bytes or more, so that triggers see them.

use std::ops::Range;

use super::{Run, extension_end, is_free, is_separator, joined, with_bracket};
use crate::bytes::word_before;

/// What stands between groups.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gaps {
    /// The same separator, one of these bytes. A space stands for those that do not break a line, too.
    Same(&'static [u8]),
    /// Brackets around the first group, then the same separator.
    Bracket,
    /// A space and a hyphen.
    SpaceHyphen,
    /// Spaces, hyphens and brackets as they come.
    Mixed,
    /// The same blank, and no other group in front or behind.
    Lone,
}

/// A usual grouping.
struct Format {
    /// How many digits each group has.
    lengths: &'static [usize],
    /// How it may start: digits, `N` for 2 to 9, `X` for any.
    start: &'static str,
    gaps: Gaps,
}

const fn format(lengths: &'static [usize], start: &'static str, gaps: Gaps) -> Format {
    Format { lengths, start, gaps }
}

use Gaps::{Bracket, Lone, Mixed, Same, SpaceHyphen};

/// The groupings; those of the trunk prefix 0 are [`BEHIND_ZERO`].
static FORMATS: &[Format] = &[
    // North America.
    format(&[3, 3, 4], "NXXN", Same(b"-.")),
    format(&[3, 3, 4], "X", Bracket),
    format(&[1, 3, 3, 4], "1NXXN", Mixed),
    format(&[1, 3, 3, 4], "1NXXN", Same(b".")),
    // France.
    format(&[2, 2, 2, 2, 2], "0", Same(b".-")),
    format(&[2, 2, 2, 2, 2], "0", Lone),
    // Brazil.
    format(&[2, 5, 4], "X", Bracket),
    format(&[2, 4, 4], "X", Bracket),
    format(&[2, 5, 4], "X", SpaceHyphen),
    // Russia and Turkey.
    format(&[1, 3, 3, 2, 2], "8", Mixed),
    format(&[1, 3, 3, 2, 2], "0", Mixed),
    format(&[3, 3, 2, 2], "N", Same(b"-")),
    format(&[3, 3, 2, 2], "5", Same(b" ")),
    format(&[3, 3, 2, 2], "9", Lone),
    format(&[3, 3, 2, 2], "N", Bracket),
    // China.
    format(&[3, 4, 4], "13", Same(b" -")),
    format(&[3, 4, 4], "14", Same(b" -")),
    format(&[3, 4, 4], "15", Same(b" -")),
    format(&[3, 4, 4], "16", Same(b" -")),
    format(&[3, 4, 4], "17", Same(b" -")),
    format(&[3, 4, 4], "18", Same(b" -")),
    format(&[3, 4, 4], "19", Same(b" -")),
    // Hungary, and Spain, Portugal and Poland, where thousands are not written with hyphens.
    format(&[2, 3, 3], "N", Bracket),
    format(&[2, 3, 4], "N", Bracket),
    format(&[3, 3, 3], "5", Same(b"-")),
    format(&[3, 3, 3], "6", Same(b"-")),
    format(&[3, 3, 3], "7", Same(b"-")),
    format(&[3, 3, 3], "9", Same(b"-")),
    format(&[3, 3, 3], "6", Lone),
    format(&[3, 3, 3], "7", Lone),
    format(&[3, 3, 3], "9", Lone),
    format(&[5, 5], "9", Same(b"-")),
];

/// Groupings behind a trunk prefix of 0.
static BEHIND_ZERO: &[&[usize]] = &[
    // Two groups: an area and a number.
    &[2, 8],
    &[2, 9],
    &[3, 7],
    &[3, 8],
    &[3, 9],
    &[4, 6],
    &[4, 7],
    &[4, 8],
    &[5, 5],
    &[5, 6],
    &[5, 7],
    // More.
    &[2, 3, 4],
    &[2, 4, 4],
    &[3, 3, 3],
    &[3, 3, 4],
    &[3, 4, 3],
    &[3, 4, 4],
    &[4, 3, 3],
    &[4, 3, 4],
    &[4, 4, 3],
    &[4, 4, 4],
    &[5, 3, 3],
    &[5, 3, 4],
    &[2, 2, 3, 4],
    &[2, 3, 2, 2],
    &[2, 3, 3, 2],
    &[2, 4, 2, 2],
    &[3, 2, 2, 2],
    &[3, 3, 2, 2],
    &[4, 2, 2, 2],
    &[4, 3, 2, 2],
    &[3, 2, 2, 2, 2],
    &[4, 2, 2, 2, 2],
];

/// A number that starts with the first of `runs`.
pub(super) fn find(text: &[u8], runs: &[Run]) -> Option<Range<usize>> {
    let count = joined(text, runs, super::is_gap);
    let usual = FORMATS.iter().filter(|format| format.is_shape(text, &runs[..count]));
    let usual = usual.filter(|format| format.has_gaps(text, runs)).map(|format| format.lengths.len());
    let longest = usual.max().max(behind_zero(text, &runs[..count]))?;
    let start = with_bracket(text, runs[0].start, runs);
    let end = extension_end(text, runs[longest - 1].end);
    is_free(text, start, end).then_some(start..end)
}

/// How long the second group may be behind a first one, as bits, by the length of the first one.
type Seconds = [u16; LONGEST_GROUP + 1];

/// No group is longer, nor is there a number of a single one.
const LONGEST_GROUP: usize = 9;

/// Those of [`FORMATS`].
static SECONDS: Seconds = {
    let mut seconds = [0; LONGEST_GROUP + 1];
    let mut at = 0;
    while at < FORMATS.len() {
        let groups = FORMATS[at].lengths;
        seconds[groups[0]] |= 1 << groups[1];
        at += 1;
    }
    seconds
};

/// Those of [`BEHIND_ZERO`].
static SECONDS_BEHIND_ZERO: Seconds = {
    let mut seconds = [0; LONGEST_GROUP + 1];
    let mut at = 0;
    while at < BEHIND_ZERO.len() {
        let groups = BEHIND_ZERO[at];
        seconds[groups[0]] |= 1 << groups[1];
        at += 1;
    }
    seconds
};

/// Whether the first two groups of digits are as long as those of some grouping.
#[inline]
fn may_be_groups(runs: &[Run], seconds: &Seconds) -> bool {
    let [first, second, ..] = runs else { return false };
    let lengths = seconds.get(first.len()).copied().unwrap_or(0);
    second.len() <= LONGEST_GROUP && lengths & 1 << second.len() != 0
}

/// Whether the first groups of digits are as long as those of a number, whatever stands between them.
pub(super) fn may_start(text: &[u8], runs: &[Run]) -> bool {
    may_be_groups(runs, &SECONDS) && FORMATS.iter().any(|format| format.is_shape(text, runs))
        || may_be_groups(runs, &SECONDS_BEHIND_ZERO) && zero_shapes(text, runs).next().is_some()
}

impl Format {
    fn is_shape(&self, text: &[u8], runs: &[Run]) -> bool {
        has_lengths(runs, self.lengths) && self.is_start(text, runs)
    }

    fn is_start(&self, text: &[u8], runs: &[Run]) -> bool {
        let mut digits = runs.iter().flat_map(|run| run.of(text));
        self.start.bytes().all(|wanted| match (wanted, digits.next()) {
            (b'X', Some(_)) => true,
            (b'N', Some(digit)) => *digit >= b'2',
            (wanted, digit) => digit == Some(&wanted),
        })
    }

    fn has_gaps(&self, text: &[u8], runs: &[Run]) -> bool {
        let runs = &runs[..self.lengths.len()];
        let first = runs[0].gap(runs[1], text);
        match self.gaps {
            Same(of) => is_one_of(first, of) && is_same(text, runs),
            Bracket => is_bracketed(text, runs) && is_same(text, &runs[1..]),
            SpaceHyphen => is_one_of(first, b" ") && runs[1].gap(runs[2], text) == b"-",
            Mixed => runs.windows(2).all(|pair| is_mixed(pair[0].gap(pair[1], text))),
            Lone => is_one_of(first, b" ") && is_same(text, runs) && is_lone(text, runs),
        }
    }
}

fn has_lengths(runs: &[Run], lengths: &[usize]) -> bool {
    runs.len() >= lengths.len() && runs.iter().zip(lengths).all(|(run, length)| run.len() == *length)
}

/// Groupings of a number with a trunk prefix of 0 that the first runs have.
fn zero_shapes<'r>(text: &'r [u8], runs: &'r [Run]) -> impl Iterator<Item = usize> + 'r {
    let is_zero = matches!(runs[0].of(text), [b'0', b'1'..=b'9', ..]);
    let shapes = BEHIND_ZERO.iter().filter(move |lengths| is_zero && has_lengths(runs, lengths));
    shapes.map(|lengths| lengths.len())
}

/// How many groups a number has that starts with a trunk prefix of 0. Dots alone are those of versions, unless there are
/// ten digits in three groups.
fn behind_zero(text: &[u8], runs: &[Run]) -> Option<usize> {
    let has_gaps = |count: usize| {
        let runs = &runs[..count];
        let first = runs[0].gap(runs[1], text);
        let is_usual = is_one_of(first, b" -") && is_same(text, runs);
        let is_dotted = first == b"." && count > 2 && is_same(text, runs);
        let is_bracketed = is_bracketed(text, runs) && is_same(text, &runs[1..]);
        is_usual || is_dotted || is_bracketed || is_area_gap(first) && is_same(text, &runs[1..])
    };
    zero_shapes(text, runs).filter(|count| has_gaps(*count)).max()
}

/// Whether there is the same separator in all gaps.
fn is_same(text: &[u8], runs: &[Run]) -> bool {
    let Some(gap) = runs.get(1).map(|second| runs[0].gap(*second, text)) else { return true };
    is_separator(gap) && runs.windows(2).all(|pair| pair[0].gap(pair[1], text) == gap)
}

fn is_one_of(gap: &[u8], bytes: &[u8]) -> bool {
    match gap {
        [byte] => bytes.contains(byte),
        [0xe2, 0x80, 0x91] => bytes.contains(&b'-'),
        _ => is_separator(gap) && bytes.contains(&b' '),
    }
}

/// What stands between an area and a number besides one separator.
fn is_area_gap(gap: &[u8]) -> bool {
    matches!(gap, b"/" | b" / " | b"/ " | b" - " | b"-")
}

/// Whether the first group is in brackets.
fn is_bracketed(text: &[u8], runs: &[Run]) -> bool {
    let start = runs[0].start;
    let is_open = start > 0 && text[start - 1] == b'(';
    let is_call = is_open && word_before(text, start - 1);
    let gap = runs[0].gap(runs[1], text);
    is_open && !is_call && matches!(gap, b")" | b") " | b")-" | b").")
}

fn is_mixed(gap: &[u8]) -> bool {
    matches!(gap, b"-" | b" " | b" (" | b") " | b")" | b"(" | b")-" | b"-(")
}

/// Whether no other number stands next to these groups, as in a table or the dump of bytes, and no unit behind them.
fn is_lone(text: &[u8], runs: &[Run]) -> bool {
    const UNITS: [&[u8]; 6] = [b" bytes", b" B", b" kB", b" ms", b" ns", b" us"];
    let first = runs[0].start;
    let last = runs[runs.len() - 1].end;
    let before = matches!(text[..first], [.., digit, b' '] if digit.is_ascii_alphanumeric() && digit.is_ascii_hexdigit() && !is_word_end(&text[..first - 1]));
    let after = matches!(text[last..], [b' ', digit, ..] if digit.is_ascii_digit());
    !before && !after && !UNITS.iter().any(|unit| text[last..].starts_with(unit))
}

/// Whether text ends with a word rather than with a number: with three letters.
fn is_word_end(text: &[u8]) -> bool {
    matches!(text, [.., a, b, c] if [a, b, c].iter().all(|byte| byte.is_ascii_alphabetic()))
}
