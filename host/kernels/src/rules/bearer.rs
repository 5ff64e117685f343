//! Credentials of HTTP: what follows `Bearer` or `Basic` anywhere in text, and the value of `Authorization`.

use std::ops::Range;

use memchr::memchr2_iter;

use super::{BuiltIn, Clues, Family, Group, Hits, RuleInfo, Subject, is_marked, keyed, names, shown};
use crate::bytes::word_before;
use crate::encoded::value;
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct Bearer;

static ABOUT: RuleInfo = RuleInfo {
    name: "bearer",
    group: Group::Secrets,
    by_default: true,
    version: 2,
    description: "Credentials behind `Bearer` and `Basic`, and values of `Authorization`.",
    keys: Some(names::AUTHORIZATION),
    validator: "Behind `Bearer`: long, or with digits or capitals in it. Behind `Basic`: base64 of text with a colon.",
    reads_base64: true,
    hits: shown(&[
        ("sent Bearer abc123def456 to", "abc123def456"),
        ("bearer aVerySecretToken.", "aVerySecretToken."),
        ("Authorization: Bearer mytoken", "mytoken"),
        ("authorization=Token abcdef, next", "abcdef"),
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("using Basic dXNlcjpwYXNz now", "dXNlcjpwYXNz"),
        ("(Basic dXNlcjpwYXNzMQ==).", "dXNlcjpwYXNzMQ=="),
        ("\u{1b}[32mAuthorization: opaque", "opaque"),
        ("\"Authorization\": \"Bearer x y\"", "Bearer x y"),
        ("Authorization: opaque", "opaque"),
        (
            "-H 'Authorization: Digest username=\"jane\", response=\"6629fae4\"\nHost: a",
            "username=\"jane\", response=\"6629fae4\"",
        ),
        ("\"Proxy-Authorization: Digest username=\"a\" next", "username=\"a\" next"),
    ]),
    misses: shown(&[
        "bearer of bad news",
        "Bearer token",
        "basic authentication",
        "Basic JavaScript",
        "authorization failed",
    ]),
};

impl BuiltIn for Bearer {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::LETTER
    }

    fn clues(&self) -> Clues {
        Clues::SCHEME | Clues::AUTHORIZATION
    }

    fn family(&self) -> Family {
        Family::AUTHORIZATION
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        keyed::find(subject, Family::AUTHORIZATION, hits);
        for at in memchr2_iter(b'b', b'B', subject.text) {
            let found = scheme(subject.text, at).and_then(|(scheme, start)| credentials(subject.text, scheme, start));
            hits.extend(found.filter(|hit| !is_marked(subject.text, hit, subject.markers)));
        }
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
        b'e' | b'E' if is(b"bearer") => (Scheme::Bearer, at + 6),
        b'a' | b'A' if is(b"basic") => (Scheme::Basic, at + 5),
        _ => return None,
    };
    let gap = gap(&text[end..]);
    (gap > 0 && !word_before(text, at)).then_some((scheme, end + gap))
}

/// The length of what is between a scheme and its credentials: blanks, or a separator and blanks, and a quote.
fn gap(rest: &[u8]) -> usize {
    const MOST: usize = 4;
    let is_part = |byte: &&u8| matches!(byte, b' ' | b':' | b'=' | b'"' | b'\'' | b'\\');
    rest.iter().take(MOST).take_while(is_part).count()
}

fn credentials(text: &[u8], scheme: Scheme, start: usize) -> Option<Range<usize>> {
    let length = match scheme {
        Scheme::Bearer => text[start..].iter().take_while(|byte| is_of_token(**byte)).count(),
        Scheme::Basic => base64_length(&text[start..]),
    };
    let token = &text[start..start + length];
    let is_telling = match scheme {
        Scheme::Bearer => is_no_word(token),
        Scheme::Basic => holds_user_and_password(token),
    };
    is_telling.then_some(start..start + length)
}

/// What credentials are made of.
pub(crate) fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

/// Whether a token is not just the next word of a sentence: it is long, or holds digits or capitals within.
fn is_no_word(token: &[u8]) -> bool {
    const LONG: usize = 20;
    let within = token.get(1..).unwrap_or_default();
    token.len() >= LONG
        || (token.len() >= 6 && within.iter().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()))
}

/// How long base64 is, with its padding and no more.
fn base64_length(text: &[u8]) -> usize {
    let digits = text.iter().take_while(|byte| value(**byte).is_some()).count();
    digits + text[digits..].iter().take(2).take_while(|byte| **byte == b'=').count()
}

/// Whether base64 stands for printable text with a colon in it.
fn holds_user_and_password(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    let mut colons = 0;
    let is_text = token[..token.len() - padding].chunks(4).all(|digits| {
        let bits = (0..4)
            .fold(0, |bits, place| bits << 6 | digits.get(place).and_then(|digit| value(*digit)).map_or(0, u32::from));
        let [_, bytes @ ..] = bits.to_be_bytes();
        let bytes = &bytes[..digits.len() - 1];
        colons += bytes.iter().filter(|byte| **byte == b':').count();
        bytes.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f)
    });
    is_text && colons > 0
}
