//! Runs of base64 digits in raw text: whether one may be a token or a key.
//!
//! Nearly every record has runs, and nearly all of them are ids or paths. What is told from its bytes alone is no clue.

use crate::rules::may_start_token;

/// Whether the run that starts at a place may be what a rule with [`crate::rules::Clues::RUN`] looks for.
pub(super) fn is_telling(text: &[u8], at: usize) -> bool {
    // The letter of an escape such as `\t` looks like a part of the run.
    let is_escaped = at > 0 && text[at - 1] == b'\\' && matches!(text[at], b'n' | b'r' | b't' | b'b' | b'f');
    let start = at + usize::from(is_escaped);
    let length = text[start..].iter().take_while(|byte| is_digit(**byte)).count();
    let run = &text[start..start + length];
    if run.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')) {
        return !is_id(run) || is_value(text, start, start + length);
    }
    if text.get(start + length) == Some(&b'\\') || run.iter().any(|byte| !is_lower(*byte)) {
        return true;
    }
    // Words of paths and names in lower case.
    (start..start + length).any(|at| (at == start || !text[at - 1].is_ascii_lowercase()) && may_start_token(text, at))
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || matches!(byte, b'/' | b'-' | b'_')
}

/// Whether hex digits and hyphens are an id or a hash: a UUID, a trace of X-Ray or of W3C, or no hyphen at all.
fn is_id(run: &[u8]) -> bool {
    let hyphens = |places: &[usize]| run.iter().enumerate().all(|(at, byte)| (*byte == b'-') == places.contains(&at));
    match run.len() {
        36 => hyphens(&[8, 13, 18, 23]) || hyphens(&[]),
        35 => hyphens(&[1, 10]) || hyphens(&[]),
        55 => hyphens(&[2, 35, 52]) || hyphens(&[]),
        _ => hyphens(&[]),
    }
}

/// Whether hex digits are a value of a query, or one of several fields: signatures and hashes of passwords.
fn is_value(text: &[u8], start: usize, end: usize) -> bool {
    let has_hyphen = text[start..end].contains(&b'-');
    match start.checked_sub(1).map(|at| text[at]) {
        Some(b'=') => !has_hyphen || text[..start].ends_with(b"key="),
        Some(b':') => text.get(end) == Some(&b':'),
        // A hash behind a sign: of MySQL, of a framework, or behind another one's salt.
        Some(b'*' | b'$' | b'}' | b'|' | b'.') => true,
        _ => false,
    }
}
