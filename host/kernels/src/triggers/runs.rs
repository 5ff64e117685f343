//! Runs of base64 digits in raw text: whether one may be a token or a key.
//!
//! Nearly every record has runs, and nearly all of them are ids or paths. What is told from its bytes alone is no clue.

use crate::rules::may_start_token;

/// Whether the run that starts at a place may be what a rule with [`crate::rules::Clues::RUN`] looks for.
pub(super) fn is_telling(text: &[u8], at: usize) -> bool {
    // The letter of an escape such as `\t` looks like a part of the run.
    let is_escaped = at > 0 && text[at - 1] == b'\\' && matches!(text[at], b'n' | b'r' | b't' | b'b' | b'f');
    let start = at + usize::from(is_escaped);
    // Most runs.
    if let Some(uuid) = text[start..].first_chunk()
        && is_uuid(uuid)
        && text.get(start + uuid.len()).is_none_or(|byte| KINDS[usize::from(*byte)] == 0)
    {
        return is_value(text, start, start + uuid.len());
    }
    let (length, kinds) = kinds(&text[start..]);
    let run = &text[start..start + length];
    if kinds & !HEX == 0 {
        return !is_id(run) || is_value(text, start, start + length);
    }
    if text.get(start + length) == Some(&b'\\') || kinds & OTHER != 0 {
        return true;
    }
    // Words of paths and names in lower case.
    (start..start + length).any(|at| (at == start || !text[at - 1].is_ascii_lowercase()) && may_start_token(text, at))
}

/// Hex digits in lower case that are letters, and hyphens: also parts of words.
const HEX: u8 = HEX_LETTER | DIGIT;
const HEX_LETTER: u8 = 1;
const DIGIT: u8 = 2;
/// Other letters in lower case, `/` and `_`.
const LOWER: u8 = 4;
/// Capitals and `+`.
const CAPITAL: u8 = 8;
/// What words in lower case do not have.
const OTHER: u8 = DIGIT | CAPITAL;

static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'a'..=b'f' | b'-' => HEX_LETTER,
            b'0'..=b'9' => DIGIT,
            b'g'..=b'z' | b'/' | b'_' => LOWER,
            b'A'..=b'Z' | b'+' => CAPITAL,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// How long the run is that text starts with, and what it holds.
fn kinds(text: &[u8]) -> (usize, u8) {
    let mut seen = 0;
    let length = text.iter().position(|byte| {
        let kind = KINDS[usize::from(*byte)];
        seen |= kind;
        kind == 0
    });
    (length.unwrap_or(text.len()), seen)
}

/// Whether text is a UUID in lower case. All bytes are looked at, which takes a few vectors.
fn is_uuid(text: &[u8; 36]) -> bool {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    let is_of_parts = text.iter().fold(true, |all, byte| all & is_part(byte));
    let hyphens = text.iter().fold(0, |hyphens, byte| hyphens + u8::from(*byte == b'-'));
    is_of_parts && hyphens == 4 && [8, 13, 18, 23].iter().all(|place| text[*place] == b'-')
}

/// Whether hex digits and hyphens are an id or a hash: a UUID, a trace of X-Ray or of W3C, or no hyphen at all.
fn is_id(run: &[u8]) -> bool {
    let places: &[usize] = match run.len() {
        36 => &[8, 13, 18, 23],
        35 => &[1, 10],
        55 => &[2, 35, 52],
        _ => &[],
    };
    let hyphens = run.iter().filter(|byte| **byte == b'-').count();
    hyphens == 0 || hyphens == places.len() && places.iter().all(|place| run[*place] == b'-')
}

/// Whether hex digits are a value of a query, or one of several fields: signatures and hashes of passwords.
fn is_value(text: &[u8], start: usize, end: usize) -> bool {
    let has_hyphen = || text[start..end].contains(&b'-');
    match start.checked_sub(1).map(|at| text[at]) {
        Some(b'=') => !has_hyphen() || text[..start].ends_with(b"key="),
        Some(b':') => text.get(end) == Some(&b':'),
        // A hash behind a sign: of MySQL, of a framework, or behind another one's salt.
        Some(b'*' | b'$' | b'}' | b'|' | b'.') => true,
        _ => false,
    }
}
