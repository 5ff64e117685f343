//! Credentials of HTTP: what follows `Bearer` or `Basic` anywhere in text, and the value of `Authorization`.

use std::ops::Range;

use memchr::memchr2_iter;

use super::keyed;
use super::names::Family;
use super::{Hits, Subject, is_marked};
use crate::bytes::word_before;

pub(super) fn find(subject: &Subject<'_>, hits: &mut Hits) {
    keyed::find(subject, Family::AUTHORIZATION, hits);
    for at in memchr2_iter(b'b', b'B', subject.text) {
        let found = scheme(subject.text, at).and_then(|(scheme, start)| credentials(subject.text, scheme, start));
        hits.extend(found.filter(|hit| !is_marked(subject.text, hit, subject.markers)));
    }
}

#[derive(Clone, Copy)]
enum Scheme {
    Bearer,
    Basic,
}

/// The scheme that starts at `at`, and where its credentials start.
fn scheme(text: &[u8], at: usize) -> Option<(Scheme, usize)> {
    let is = |name: &[u8]| text.get(at..at + name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name));
    let (scheme, end) = match text.get(at + 1)? {
        b'e' | b'E' if is(b"bearer ") => (Scheme::Bearer, at + 7),
        b'a' | b'A' if is(b"basic ") => (Scheme::Basic, at + 6),
        _ => return None,
    };
    (!word_before(text, at)).then_some((scheme, end))
}

fn credentials(text: &[u8], scheme: Scheme, start: usize) -> Option<Range<usize>> {
    let length = text[start..].iter().take_while(|byte| is_token(**byte)).count();
    let token = &text[start..start + length];
    let is_telling = match scheme {
        Scheme::Bearer => is_no_word(token),
        Scheme::Basic => holds_user_and_password(token),
    };
    is_telling.then_some(start..start + length)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

/// Whether a token is not just the next word of a sentence: it is long, or holds digits or capitals within.
fn is_no_word(token: &[u8]) -> bool {
    const LONG: usize = 20;
    let within = token.get(1..).unwrap_or_default();
    token.len() >= LONG
        || (token.len() >= 6 && within.iter().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()))
}

/// Whether base64 stands for printable text with a colon in it.
fn holds_user_and_password(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    let mut colons = 0;
    let is_text = token[..token.len() - padding].chunks(4).all(|digits| {
        let Some(bytes) = base64_bytes(digits) else { return false };
        let bytes = &bytes[..digits.len() - 1];
        colons += bytes.iter().filter(|byte| **byte == b':').count();
        bytes.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f)
    });
    is_text && colons > 0
}

/// What up to four digits of base64 stand for; with n of them, the first n - 1 bytes count.
fn base64_bytes(digits: &[u8]) -> Option<[u8; 3]> {
    let mut bits = 0;
    for place in 0..4 {
        bits = bits << 6 | digits.get(place).map_or(Some(0), |digit| base64_value(*digit))?;
    }
    let [_, bytes @ ..] = bits.to_be_bytes();
    Some(bytes)
}

fn base64_value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}
