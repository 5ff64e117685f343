//! Parts of URLs that let whoever holds them in: signatures, codes and tokens in the query, and in the path behind `/reset/`
//! and its like. Only the value is hit.

use std::ops::Range;

use memchr::memchr_iter;

use super::token::{Alphabet, holds_run};
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject, is_marked_whole, shown};
use crate::bytes;
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct SignedUrl;

static ABOUT: RuleInfo = RuleInfo {
    name: "signed-url",
    group: Group::Secrets,
    by_default: true,
    version: 1,
    description: "Signatures, codes and tokens in the query of URLs, and in the path behind `/reset/`, `/invite/` and the like.",
    keys: None,
    validator: "The parameter's name, and a value of 16 characters and more that a machine made.",
    reads_base64: true,
    hits: shown(&[
        (
            "https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=0123456789abcdef0123456789abcdef&a=b",
            "0123456789abcdef0123456789abcdef",
        ),
        (
            "https://a.blob.core.windows.net/c?sv=1&sig=abcdefghij0123456789abcdefghij%3D&se=1",
            "abcdefghij0123456789abcdefghij%3D",
        ),
        ("/callback?code=0123456789abcdef01234567&x=y", "0123456789abcdef01234567"),
        ("GET /password/reset/0123456789abcdef01234567 200", "0123456789abcdef01234567"),
    ]),
    misses: shown(&[
        "/items?nextToken=0123456789abcdef01234567",
        "/items?code=ERR_SOMETHING_THAT_IS_LONG",
        "/files?key=reports/2026/november/summary.pdf",
        "/reset/instructions-for-the-user",
        "/search?q=0123456789abcdef01234567",
    ]),
};

impl BuiltIn for SignedUrl {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::LETTER
    }

    fn clues(&self) -> Clues {
        Clues::RUN
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        find_parameters(subject, hits);
        for verb in VERBS {
            find_behind(subject, verb, hits);
        }
    }
}

/// Parameters whose value is a signature or a part of one.
const SIGNATURES: &[&[u8]] = &[
    b"sig",
    b"signature",
    b"xamzsignature",
    b"xamzsecuritytoken",
    b"xamzcredential",
    b"xgoogsignature",
    b"xgoogcredential",
    b"policy",
    b"keypairid",
    b"hmac",
    b"oauthsignature",
    b"oauthtoken",
    b"oauthverifier",
    b"awsaccesskeyid",
    b"hdnea",
    b"hdnts",
    b"hdntl",
    b"verify",
    b"sign",
    b"mac",
    b"xosssignature",
    b"xcossignature",
    b"urlsignature",
    b"edgesig",
    b"s3sig",
];

/// Parameters whose value is a secret if a machine made it.
const CODES: &[&[u8]] = &[
    b"code",
    b"state",
    b"ticket",
    b"otp",
    b"key",
    b"nonce",
    b"auth",
    b"session",
    b"sid",
    b"invite",
    b"invitation",
    b"apikey",
    b"secret",
    b"clientsecret",
    b"assertion",
    b"samlresponse",
    b"samlart",
    b"jwt",
    b"magic",
    b"confirmation",
    b"accesskey",
    b"authkey",
    b"devicecode",
    b"usercode",
    b"authcode",
    b"codeverifier",
    b"subscriptionkey",
    b"appkey",
    b"authorization",
];

/// Ends of names for places in a list, which are no secrets.
const PLACES: &[&[u8]] = &[b"nexttoken", b"pagetoken", b"continuationtoken", b"synctoken", b"requesttoken"];

/// Parameters of queries.
fn find_parameters(subject: &Subject<'_>, hits: &mut Hits) {
    let text = subject.text;
    let mut searched = 0;
    for at in memchr_iter(b'=', text) {
        if at < searched {
            continue;
        }
        let Some(is_signature) = parameter_before(text, at) else { continue };
        let value = at + 1..value_end(text, at + 1);
        searched = value.end;
        if is_secret(&text[value.clone()], is_signature) {
            push(subject, value, hits);
        }
    }
}

/// Whether the name of a secret parameter stands in front of `=`, and whether it is that of a signature.
fn parameter_before(text: &[u8], at: usize) -> Option<bool> {
    const LONGEST: usize = 40;
    let window = &text[at.saturating_sub(LONGEST)..at];
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']');
    let length = window.iter().rev().take_while(|byte| is_name(byte)).count();
    let start = at - length;
    let before = start.checked_sub(1).map(|before| text[before])?;
    if !matches!(before, b'?' | b'&' | b'~' | b'#' | b';') {
        return None;
    }
    let (mut letters, mut count) = ([0; LONGEST], 0);
    for byte in text[start..at].iter().filter(|byte| byte.is_ascii_alphanumeric()) {
        letters[count] = byte.to_ascii_lowercase();
        count += 1;
    }
    kind(&letters[..count])
}

fn kind(name: &[u8]) -> Option<bool> {
    if PLACES.iter().any(|place| name.ends_with(place)) {
        return None;
    }
    if SIGNATURES.contains(&name) || name.ends_with(b"signature") {
        return Some(true);
    }
    (CODES.contains(&name) || name.ends_with(b"token") || name.ends_with(b"apikey")).then_some(false)
}

fn value_end(text: &[u8], start: usize) -> usize {
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace()
            || byte.is_ascii_control()
            || matches!(byte, b'&' | b'#' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b';')
    };
    start + text[start..].iter().take_while(|byte| !ends(byte)).count()
}

/// Whether a value is a secret: a signature of some length, or what a machine made.
fn is_secret(value: &[u8], is_signature: bool) -> bool {
    const SIGNATURE: usize = 8;
    const CODE: usize = 16;
    /// What is as long is no word.
    const LONG: usize = 30;
    let has_digit = value.iter().any(u8::is_ascii_digit);
    if is_signature {
        return value.len() >= SIGNATURE && (has_digit || value.len() >= LONG);
    }
    value.len() >= CODE && has_digit && value.iter().any(u8::is_ascii_alphabetic) && !is_path(value)
}

/// Whether a value is a path with a file's extension, as keys of objects are.
fn is_path(value: &[u8]) -> bool {
    let extension = value.iter().rev().take(6).position(|byte| *byte == b'.');
    value.contains(&b'/') && extension.is_some_and(|length| length >= 2)
}

/// What stands in front of a secret part of a path.
const VERBS: &[&str] = &[
    "/reset/",
    "/verify/",
    "/invite/",
    "/magic/",
    "/confirm/",
    "/activate/",
    "/unsubscribe/",
    "/invitation/",
    "/invitations/",
    "/reset-password/",
    "/password-reset/",
    "/verify-email/",
    "/magic-link/",
    "/confirmation/",
    "/activation/",
    "/reset_password/",
    "/password_reset/",
    "/one-time/",
    "/otp/",
];

/// The part of a path behind a verb.
fn find_behind(subject: &Subject<'_>, verb: &str, hits: &mut Hits) {
    const SHORTEST: usize = 16;
    let text = subject.text;
    for at in bytes::find_iter(text, verb.as_bytes()) {
        let start = at + verb.len();
        let end = Alphabet::DOTTED.end(text, start);
        let end = if text[..end].ends_with(b".") { end - 1 } else { end };
        if end >= start + SHORTEST && text[start..end].iter().any(u8::is_ascii_digit) {
            push(subject, start..end, hits);
        }
    }
}

fn push(subject: &Subject<'_>, value: Range<usize>, hits: &mut Hits) {
    if !is_marked_whole(&subject.text[value.clone()], subject.markers) && holds_run(subject.text, value.clone()) {
        hits.push(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::rule::found_texts;

    fn find(text: &str) -> Vec<&str> {
        found_texts(&SignedUrl, text)
    }

    #[test]
    fn parameters_are_found_in_every_place() {
        let value = "0123456789abcdef0123456789ABCDEF-_~x";
        for name in SIGNATURES.iter().chain(CODES).chain(&[
            b"X-Amz-Signature".as_slice(),
            b"reset_password_token",
            b"Key-Pair-Id",
        ]) {
            let name = str::from_utf8(name).expect("ASCII");
            for place in ["?@", "?a=b&@&c=d", "?a=b&@#e", "\"/x?@\"", "/x?@ 200", "?st=1~exp=2~@", "/x?@\\n"] {
                let text = format!("https://example.com/p{}", place.replace('@', &format!("{name}={value}")));
                assert_eq!(find(&text), [value], "{text}");
            }
        }
    }

    #[test]
    fn parts_of_paths_are_found() {
        for verb in VERBS {
            assert_eq!(find(&format!("GET {verb}abcdef0123456789abcdef?x=y")), ["abcdef0123456789abcdef"]);
        }
    }
}
