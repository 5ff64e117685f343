//! Matches rows against text, and says at which places a match may start.

use std::ops::Range;

use super::alphabet::Alphabet;
use super::rows::{PREFIXED, Part, Row};
use crate::bytes::is_word;

/// Bits of the first three bytes of prefixes: a quick "no" for nearly all places.
static FIRST: [u64; WORDS] = first_bytes();

const WORDS: usize = 1 << 10;

/// A number below 65,536 for three bytes.
const fn fold(bytes: [u8; 3]) -> usize {
    (bytes[0] as usize | (bytes[1] as usize) << 5 | (bytes[2] as usize) << 9) % (WORDS * 64)
}

const fn first_bytes() -> [u64; WORDS] {
    let mut set = [0; WORDS];
    let mut row = 0;
    while row < PREFIXED.len() {
        let prefix = PREFIXED[row].prefix.as_bytes();
        if prefix.len() >= 3 {
            note(&mut set, [prefix[0], prefix[1], prefix[2]]);
        } else {
            let mut third = 0;
            while third < 128 {
                note(&mut set, [prefix[0], prefix[1], third]);
                third += 1;
            }
        }
        row += 1;
    }
    set
}

const fn note(set: &mut [u64; WORDS], bytes: [u8; 3]) {
    let number = fold(bytes);
    set[number / 64] |= 1 << (number % 64);
}

/// Whether the prefix of some row may start at a place in text, raw or decoded: there is one, and what is in front of it
/// does not make it a part of a word.
///
/// A prefix begins where a run of base64 begins, or inside of one behind a byte that is no letter or digit (`-`, `_`, `+`,
/// `/`), or behind the last byte of an escape (`\n`, `%3D`, `\u003d`, `[0m`), which looks like a letter or a digit.
/// Tokens that are told by an infix are not covered.
pub(crate) fn may_start(text: &[u8], at: usize) -> bool {
    is_first(text, at) && rows_at(text, at).any(|row| may_go_on(&text[at + row.prefix.len()..], row))
}

/// Whether the first bytes behind a prefix may be those of its row, in raw text, where some may be escaped.
fn may_go_on(rest: &[u8], row: &Row) -> bool {
    const ENOUGH: u16 = 8;
    let Some(&Part::Run(alphabet, min, _)) = row.parts.first() else { return true };
    let first = rest.get(..usize::from(min.min(ENOUGH)));
    first.is_some_and(|first| first.iter().all(|byte| alphabet.holds(*byte) || matches!(byte, b'\\' | b'%')))
}

/// Whether the first bytes of some prefix are at a place where a word may start.
pub(super) fn is_first(text: &[u8], at: usize) -> bool {
    let Some(&[first, second, third]) = text.get(at..at + 3) else { return false };
    let number = fold([first, second, third]);
    FIRST[number / 64] >> (number % 64) & 1 == 1 && is_boundary(text, at)
}

/// Whether what is in front of a place is no letter or digit, or the end of an escape.
pub(super) fn is_boundary(text: &[u8], at: usize) -> bool {
    at == 0 || !is_word(text[at - 1]) || ends_escape(&text[..at])
}

/// Whether text ends with an escape, a part of a URL's encoding or a colour code, so that its last letter is none.
pub(super) fn ends_escape(text: &[u8]) -> bool {
    let is_hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match *text {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'e' | b'0'] => true,
        [.., b'\\', b'u', a, b, c, d] if is_hex(&[a, b, c, d]) => true,
        [.., b'\\', b'x', a, b] | [.., b'%', a, b] if is_hex(&[a, b]) => true,
        [.., b'm' | b'K'] => ends_csi(&text[..text.len() - 1]),
        _ => false,
    }
}

/// Whether text ends with `[` and the numbers of a terminal's code.
fn ends_csi(text: &[u8]) -> bool {
    const LONGEST: usize = 16;
    let numbers = text.iter().rev().take(LONGEST).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    text[..text.len() - numbers].ends_with(b"[")
}

/// Numbers of the rows, in the order of the first bytes of their prefixes.
static BY_FIRST_BYTE: [u16; PREFIXED.len()] = by_first_byte();

/// For each byte, where the rows begin that start with it or with a later one.
static STARTS: [u16; 256] = starts();

const fn by_first_byte() -> [u16; PREFIXED.len()] {
    let mut sorted = [0; PREFIXED.len()];
    let mut count = 0;
    let mut byte = 0;
    while byte < 256 {
        let mut row = 0;
        while row < PREFIXED.len() {
            if PREFIXED[row].prefix.as_bytes()[0] as usize == byte {
                sorted[count] = row as u16;
                count += 1;
            }
            row += 1;
        }
        byte += 1;
    }
    sorted
}

const fn starts() -> [u16; 256] {
    let mut starts = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut row = 0;
        while row < PREFIXED.len() {
            starts[byte] += ((PREFIXED[row].prefix.as_bytes()[0] as usize) < byte) as u16;
            row += 1;
        }
        byte += 1;
    }
    starts
}

/// The rows whose prefix stands at a place.
pub(super) fn rows_at(text: &[u8], at: usize) -> impl Iterator<Item = &'static Row> {
    let is_joined = at > 0 && text[at - 1] == b'_';
    let rest = &text[at..];
    let first = usize::from(rest.first().copied().unwrap_or_default());
    let end = STARTS.get(first + 1).map_or(PREFIXED.len(), |end| usize::from(*end));
    let numbers = &BY_FIRST_BYTE[usize::from(STARTS[first])..end];
    let rows = numbers.iter().map(|number| &PREFIXED[usize::from(*number)]);
    let rows = rows.filter(move |row| rest.starts_with(row.prefix.as_bytes()));
    rows.filter(move |row| !is_joined || row.has_sign())
}

/// Where a token of a row ends whose prefix is at a place.
pub(super) fn token_end(text: &[u8], at: usize, row: &Row) -> Option<usize> {
    let mut end = at + row.prefix.len();
    for (part, index) in row.parts.iter().zip(1..) {
        end = part_end(text, end, part, index == row.parts.len())?;
    }
    if row.is_bounded {
        return text.get(end).is_none_or(|byte| !is_word(*byte)).then_some(end);
    }
    Some(end)
}

/// Where a part ends. The last one is not read further than it must be: what does not match costs little.
fn part_end(text: &[u8], start: usize, part: &Part, is_last: bool) -> Option<usize> {
    match *part {
        Part::Sign(sign) => text.get(start..)?.starts_with(sign.as_bytes()).then(|| start + sign.len()),
        Part::Run(alphabet, min, max) => {
            let most = if is_last && max == u16::MAX { min } else { max };
            let end = alphabet.end_within(text, start, usize::from(most));
            (end - start >= usize::from(min)).then_some(end)
        }
    }
}

/// Where a token that matched so far ends: with its alphabet, and with the padding behind it.
pub(super) fn run_on(text: &[u8], end: usize, row: &Row) -> usize {
    if row.is_bounded {
        return end;
    }
    let end = match row.parts.last() {
        Some(Part::Run(alphabet, _, _)) => alphabet.or(row.tail).end(text, end),
        _ => row.tail.end(text, end),
    };
    without_full_stop(text, Alphabet::PADDING_ONLY.end_within(text, end, 2))
}

/// A place without the full stop of a sentence in front of it.
fn without_full_stop(text: &[u8], end: usize) -> usize {
    if text[..end].ends_with(b".") { end - 1 } else { end }
}

/// The token of a row whose infix is at a place.
pub(super) fn around_infix(text: &[u8], at: usize, row: &Row) -> Option<Range<usize>> {
    let end = token_end(text, at, row)?;
    let (mut start, mut latest) = (at, at);
    for part in row.before {
        (start, latest) = part_start(text, start, part)?;
    }
    // The letters of an escape in front may have been read as a part of the token.
    let start = (start..=latest).find(|start| is_boundary(text, *start))?;
    Some(start..end)
}

/// Where a part starts that ends at a place: as far as its alphabet goes, and at the latest.
fn part_start(text: &[u8], end: usize, part: &Part) -> Option<(usize, usize)> {
    match *part {
        Part::Sign(sign) => {
            let start = end.checked_sub(sign.len())?;
            text[..end].ends_with(sign.as_bytes()).then_some((start, start))
        }
        Part::Run(alphabet, min, max) => {
            let bytes = text[..end].iter().rev().take(usize::from(max));
            let length = bytes.take_while(|byte| alphabet.holds(**byte)).count();
            let latest = end.checked_sub(usize::from(min))?;
            (end - length <= latest).then_some((end - length, latest))
        }
    }
}
