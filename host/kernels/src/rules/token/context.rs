//! Tokens without a form of their own: a value that looks made by a machine, near the name of a vendor and the word for
//! a secret, as in `Datadog API key 0123…`. Where a name and an operator stand in front, the rule `secret` finds it too.

use std::ops::Range;

use super::alphabet::Alphabet;
use super::vendors::is_vendor;
use crate::bytes::{mixes_cases_and_digits, word_before};

/// How far in front of a value its vendor's name may stand.
const WINDOW: usize = 40;

/// The shortest run that is looked at. The word for a secret sets the rule off, too, where it is no run for triggers.
const SHORTEST: usize = 16;

/// Words for secrets, in lower case.
const WORDS: &[&[u8]] = &[b"key", b"token", b"secret", b"pass", b"pwd", b"auth", b"credential"];

/// Words right in front of values that are ids or hashes.
const HARMLESS: &[&[u8]] = &[
    b"id", b"ids", b"sha", b"commit", b"digest", b"hash", b"request", b"version", b"name", b"trace", b"file", b"path",
];

/// Finds the run at or behind `from`: what is of the alphabet of keys, from its first byte to its last.
pub(super) fn next_run(text: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    while at < text.len() {
        let end = Alphabet::ANY_BASE64.end(text, at);
        if end - at >= SHORTEST {
            return Some(at..end);
        }
        at = end + 1;
    }
    None
}

/// Whether a run is the key of a vendor that is named in front of it.
pub(super) fn is_named_key(text: &[u8], run: &Range<usize>) -> bool {
    let value = &text[run.clone()];
    !follows_base64(text, run.start)
        && looks_made(value)
        && is_named(&text[..run.start])
        && !word_before(text, run.start)
}

/// Whether the run is a part of a path, a digest or standard base64.
fn follows_base64(text: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).map(|at| text[at]);
    matches!(before, Some(b'/' | b'+' | b'@' | b'.' | b'~')) || text[..start].ends_with(b"sha256:")
}

/// Whether a value has letters and digits, and no more signs than a UUID has.
fn looks_made(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let signs = value.len() - digits - letters;
    (digits >= 3 || mixes_cases_and_digits(value)) && letters >= 3 && signs <= 4.max(value.len() / 8)
}

/// Whether text ends with the name of a vendor and a word for a secret, on the same line.
fn is_named(before: &[u8]) -> bool {
    let line = &before[before.len().saturating_sub(WINDOW)..];
    let start = line.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (mut letters, mut count) = ([0; WINDOW], 0);
    for byte in line[start..].iter().filter(|byte| byte.is_ascii_alphanumeric()) {
        letters[count] = byte.to_ascii_lowercase();
        count += 1;
    }
    let letters = &letters[..count];
    holds_word(letters) && is_vendor(letters) && !ends_harmless(letters)
}

fn holds_word(letters: &[u8]) -> bool {
    WORDS.iter().any(|word| letters.windows(word.len()).any(|part| part == *word))
}

fn ends_harmless(letters: &[u8]) -> bool {
    HARMLESS.iter().any(|word| letters.ends_with(word))
}
