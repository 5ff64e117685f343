//! Numbers with a country code: behind `+`, or behind what is dialled to leave a country, `00` or (in North America) `011`.

use std::ops::Range;

use super::super::before::Before;
use super::{LONGEST, Run, extension_end, is_free, is_gap, joined, named};
use crate::bytes::{chained_after, word_after, word_before};

/// The number whose `+` is at `plus`, with `runs` behind it.
pub(super) fn behind_plus(text: &[u8], plus: usize, runs: &[Run]) -> Option<Range<usize>> {
    let first = runs.first()?;
    let is_number = first.start <= plus + 2 && is_gap(&text[plus + 1..first.start]) && text[first.start] != b'0';
    if !is_number || word_before(text, plus) {
        return None;
    }
    let end = with_country(text, runs)?;
    Some(plus..extension_end(text, end))
}

/// The number that starts with `00` or `011` and separators. Without any, it might be anything that is filled with
/// zeros, but for a name in front.
pub(super) fn behind_zeros(text: &[u8], runs: &[Run]) -> Option<Range<usize>> {
    let start = runs[0].start;
    let skipped = exit_code(runs[0].of(text))?;
    let rest = behind_exit_code(runs, skipped)?;
    let end = with_country(text, rest.as_slice())?;
    // Times are filled with zeros, too: `004823 12345`.
    let is_short = runs[0].len() <= 5;
    let has_gap = is_short && (rest.as_slice()[0].start > start + skipped || end > rest.as_slice()[0].end);
    let end = extension_end(text, end);
    let is_meant = has_gap || Before::new(text, start).holds(named::NAMES);
    (is_meant && text[rest.as_slice()[0].start] != b'0' && is_free(text, start, end)).then_some(start..end)
}

/// Whether a number with `00` or `011` may start with the first of `runs`, whatever is between them.
pub(super) fn may_start(text: &[u8], runs: &[Run]) -> bool {
    runs.len() > 1 && exit_code(runs[0].of(text)).is_some()
}

/// How many digits of the first group lead out of a country. A country code of one digit behind them is North America's.
fn exit_code(group: &[u8]) -> Option<usize> {
    match group {
        b"011" => Some(3),
        b"00" | b"001" | [b'0', b'0', b'1'..=b'9', _, ..] => Some(2),
        _ => None,
    }
}

/// Groups of a number, the first of them without some digits.
struct Rest {
    groups: [Run; super::MOST_GROUPS],
    count: usize,
}

impl Rest {
    fn as_slice(&self) -> &[Run] {
        &self.groups[..self.count]
    }
}

fn behind_exit_code(runs: &[Run], skipped: usize) -> Option<Rest> {
    let first = Run { start: runs[0].start + skipped, end: runs[0].end };
    let runs = if first.len() == 0 { runs.get(1..)? } else { runs };
    // A country code that stands alone has three digits at most.
    if first.len() == 0 && runs.first()?.len() > 3 {
        return None;
    }
    let mut groups = [*runs.first()?; super::MOST_GROUPS];
    let count = runs.len().min(groups.len());
    groups[..count].copy_from_slice(&runs[..count]);
    if first.len() > 0 {
        groups[0] = first;
    }
    Some(Rest { groups, count })
}

/// Where the number ends whose country code starts with the first of `runs`.
fn with_country(text: &[u8], runs: &[Run]) -> Option<usize> {
    if text[runs[0].start] == b'1' { north_american(text, runs) } else { longest(text, runs) }
}

/// `1` and ten digits, in groups as they are usually written.
fn north_american(text: &[u8], runs: &[Run]) -> Option<usize> {
    let groups = joined(text, runs, is_gap).min(5);
    (1..=groups).rev().find_map(|count| {
        let lengths: [usize; 5] = std::array::from_fn(|at| if at < count { runs[at].len() } else { 0 });
        let is_usual = matches!(
            lengths[..count],
            [11] | [1, 10] | [4, 7] | [4, 3, 4] | [7, 4] | [1, 3, 7] | [1, 3, 3, 4] | [1, 6, 4] | [1, 3, 3, 2, 2]
        );
        (is_usual && is_free_after(text, runs[count - 1].end)).then_some(runs[count - 1].end)
    })
}

/// The most groups that have 7 to 15 digits together. Once there are 11, a space ends the number: what follows is more
/// likely to be something else.
fn longest(text: &[u8], runs: &[Run]) -> Option<usize> {
    const ENOUGH: usize = 11;
    let mut digits = 0;
    let mut end = None;
    for count in 1..=joined(text, runs, is_gap) {
        let run = runs[count - 1];
        let is_behind_space = count > 1 && text[runs[count - 2].end] == b' ';
        if digits + run.len() > LONGEST || (digits >= ENOUGH && is_behind_space) {
            break;
        }
        digits += run.len();
        let least = match count {
            1 => 9,
            2 => 8,
            _ => 7,
        };
        // Two groups with a dot between them are a decimal number.
        let is_decimal = count == 2 && text[runs[0].end] == b'.';
        if digits >= least && !is_decimal && is_free_after(text, run.end) {
            end = Some(run.end);
        }
    }
    end
}

fn is_free_after(text: &[u8], end: usize) -> bool {
    (!word_after(text, end) || extension_end(text, end) > end) && !chained_after(text, end, b':')
}
