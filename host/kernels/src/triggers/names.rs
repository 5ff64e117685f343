//! Names of keys in raw text: whether a value of one may follow.
//!
//! Two things set off the rules about keys: `:`, `=`, `<` or `>` behind what may be the end of a name, and a stem, three
//! letters of most names, wherever what follows may lead to a value. Names without a stem are found by the first alone.

use crate::rules::{
    Clues, STEMS, end_with_letters, is_phone_name, may_end_before, may_end_name, may_end_with, may_end_word,
};

/// Whether values of keys or numbers of telephones may follow separators, by the names in front of them.
pub(super) fn behind_separators(text: &[u8], separators: &[usize], wanted: Clues) -> Clues {
    let mut found = !wanted;
    for at in separators {
        if !found.contains(Clues::NAME) && may_follow_name(&text[..*at]) {
            found |= Clues::NAME;
        }
        if !found.contains(Clues::PHONE) && may_be_phone(text, *at) {
            found |= Clues::PHONE;
        }
    }
    found & wanted
}

/// Whether the name of a key whose values are secret may end before a separator, by its last letters. Quotes, blanks,
/// digits and what separates words may follow them, with any number of backslashes.
fn may_follow_name(before: &[u8]) -> bool {
    match *before {
        // Keys of JSON, whose last letters tell nearly always, and times.
        [.., fourth, third, second, last, b'"'] if end_with_letters([fourth, third, second, last]) => {
            may_end_with([fourth, third, second, last]) && may_end_key(before)
        }
        [.., b':', b'0'..=b'9', b'0'..=b'9'] => false,
        _ => !is_hour(before) && may_end_name_before(before),
    }
}

/// [`may_follow_name`] for a key whose last three letters may be those of a name.
fn may_end_key(before: &[u8]) -> bool {
    match *before {
        [.., fourth, third, second, last, _] if fourth.is_ascii_alphabetic() => {
            may_end_name(&[last, second, third, fourth])
        }
        _ => may_end_name_before(before),
    }
}

/// Whether text ends with an hour behind a date.
fn is_hour(text: &[u8]) -> bool {
    matches!(text, [.., b'0'..=b'9', b'T', b'0'..=b'9', b'0'..=b'9'])
}

/// What a byte is to a name that is read from its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Letter,
    Digit,
    /// What may stand behind a name or between its words.
    Between,
    /// A byte beyond ASCII.
    Foreign,
    None,
}

static PARTS: [Part; 256] = {
    let mut parts = [Part::None; 256];
    let mut byte = 0;
    while byte < 256 {
        parts[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Part::Letter,
            b'0'..=b'9' => Part::Digit,
            b'_' | b'-' | b'.' | b' ' | b'"' | b'\'' | b'`' | b']' | b'\\' | b'\t' | b'\n' | b'\r' => Part::Between,
            0x80.. => Part::Foreign,
            _ => Part::None,
        };
        byte += 1;
    }
    parts
};

/// [`may_follow_name`], byte by byte.
fn may_end_name_before(before: &[u8]) -> bool {
    /// Far more than any key needs. Beyond, the answer is yes.
    const FAR: usize = 128;
    let (mut letters, mut count) = ([0; 4], 0);
    let near = &before[before.len().saturating_sub(FAR)..];
    for (at, byte) in near.iter().enumerate().rev() {
        match PARTS[usize::from(*byte)] {
            // The letter of an escape: a tab or the end of a line. No name has one letter.
            Part::Letter if count == 0 && matches!(byte, b'n' | b'r' | b't') && near[..at].ends_with(b"\\") => {}
            Part::Letter => {
                letters[count] = *byte;
                count += 1;
                match count {
                    // For most keys, that is all.
                    2 if !may_end_before(letters[0], letters[1]) => return false,
                    3 if !may_end_with([0, letters[2], letters[1], letters[0]]) => return false,
                    4 => return may_end_name(&letters),
                    _ => {}
                }
            }
            // No name has digits but at its end.
            Part::Digit if count == 0 => {}
            Part::Between => {}
            Part::Foreign => return true,
            Part::Digit | Part::None => return count > 1 && may_end_name(&letters[..count]),
        }
    }
    before.len() > FAR || may_end_name(&letters[..count])
}

/// Whether the word that a stem is in, or the flag at a place, may lead to a value.
pub(super) fn may_lead_to_value(text: &[u8], at: usize) -> bool {
    if text[at] == b' ' {
        return is_flag(&text[at + 1..]);
    }
    let is_stem = |stem: &&str| text[at..].get(..3).is_some_and(|word| word.eq_ignore_ascii_case(stem.as_bytes()));
    if !STEMS.iter().any(is_stem) {
        return false;
    }
    let end = at + text[at..].iter().take_while(|byte| is_name(**byte)).count();
    if text.get(end) == Some(&b'(') {
        return true;
    }
    may_end_word(&text[at..end]) && (goes_on(text, at, end) || is_compared(text, at))
}

/// Whether a flag of one letter that may take a secret starts a text, or the long one of a user.
fn is_flag(text: &[u8]) -> bool {
    match text {
        [b'-', b'-', next, ..] => matches!(next, b'u' | b'p' | b'o'),
        [b'-', letter, ..] => matches!(letter, b'u' | b'U' | b'p' | b'P' | b'a' | b'w' | b'k' | b'K' | b's' | b'S'),
        _ => false,
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | 0x80..=0xbf | 0xc3..=0xdf | 0xe3..=0xee)
}

/// Whether what follows a word may lead to a value.
fn goes_on(text: &[u8], at: usize, end: usize) -> bool {
    let is_closer = |byte: &&u8| matches!(byte, b'"' | b'\'' | b'`' | b']' | b'*' | b'\\');
    let closers = text[end..].iter().take_while(is_closer).count();
    let next = end + closers;
    let is_escape = closers > 0 && text[next - 1] == b'\\';
    match text.get(next) {
        None => false,
        // Escapes of white space.
        Some(b'n' | b'r' | b't') if is_escape => may_be_told(text, at, next + 1),
        Some(b' ' | b'\t' | b'\n' | b'\r') => may_be_told(text, at, next),
        Some(byte) => is_escape || !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b';' | b')' | b'}' | b'/'),
    }
}

/// Whether a value may follow behind blanks: there are signs or digits nearby, or a flag or a login is in front.
fn may_be_told(text: &[u8], at: usize, behind: usize) -> bool {
    const NEAR: usize = 112;
    let is_word = |byte: &u8| byte.is_ascii_lowercase() || matches!(byte, b' ' | b'.' | b',' | b'\\');
    let name = at - text[..at].iter().rev().take_while(|byte| is_name(**byte)).count();
    let is_flag = text[name..].starts_with(b"-") || name > 0 && text[name - 1] == b'-';
    let before = &text[name.saturating_sub(NEAR)..name];
    let ahead = &text[behind..text.len().min(behind + NEAR)];
    is_flag || !ahead.iter().all(is_word) || memchr::memmem::find(before, b"login").is_some()
}

/// Whether a comparison is in front of the word: `"x" == password`.
fn is_compared(text: &[u8], at: usize) -> bool {
    let name = at - text[..at].iter().rev().take_while(|byte| is_name(**byte)).count();
    matches!(text[..name].trim_ascii_end().last(), Some(b'=' | b'('))
}

/// Whether seven digits or more follow a separator, as a number of a telephone may have them, behind a name of one.
#[inline]
fn may_be_phone(text: &[u8], at: usize) -> bool {
    // Most values are words, or numbers of less than seven digits.
    let first = at + 1 + usize::from(text.get(at + 1) == Some(&b'"'));
    let is_part = |at: usize| text.get(at).is_some_and(|byte| MAY_BE_IN_NUMBER[usize::from(*byte)]);
    is_part(first)
        && is_part(first + 6)
        && !is_date(text, first)
        && !is_hour(&text[..at])
        && is_phone_behind_name(text, at)
}

/// Whether a date of this century starts at a place, as most times in logs do.
fn is_date(text: &[u8], at: usize) -> bool {
    matches!(text[at..], [b'2', b'0', _, _, b'-', ..])
}

static MAY_BE_IN_NUMBER: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] =
            matches!(byte as u8, b'0'..=b'9' | b' ' | b'\\' | b'\'' | b'(' | b')' | b'+' | b'-' | b'.' | b'/' | b'"');
        byte += 1;
    }
    table
};

fn is_phone_behind_name(text: &[u8], at: usize) -> bool {
    const FAR: usize = 8;
    const LONGEST: usize = 24;
    let is_between = |byte: &&u8| matches!(byte, b' ' | b'"' | b'\'' | b'\\' | b'(' | b'+');
    let start = at + 1 + text[at + 1..].iter().take(FAR).take_while(is_between).count();
    let is_part = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')');
    let length = text[start..].iter().take(LONGEST).take_while(is_part).count();
    let number = &text[start..start + length];
    let digits = number.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_word = text.get(start + length).is_some_and(u8::is_ascii_alphanumeric);
    // Times in seconds or milliseconds are what most such values are.
    let is_time = is_date(number, 0) || matches!((number, digits), ([b'1', ..], 10 | 13));
    digits >= 7 && !is_word && !is_time && is_phone_name(&text[..at])
}
