//! E-mail addresses.
//!
//! Looked for from each `@`: the local part to the left, a domain with at least one dot and a last label of letters to
//! the right. Letters may be Latin ones with accents, Greek or Cyrillic.

use std::ops::Range;

use memchr::memchr_iter;

use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject, shown};
use crate::bytes::{ends_colour, is_escaped};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct Email;

static ABOUT: RuleInfo = RuleInfo {
    name: "email",
    group: Group::Personal,
    by_default: true,
    version: 2,
    description: "E-mail addresses with a domain that has a dot.",
    keys: None,
    validator: "`@` between a local part and a domain whose last label is made of letters or punycode.",
    reads_base64: true,
    hits: shown(&[
        ("user jane.doe+x@mail.example.com logged in", "jane.doe+x@mail.example.com"),
        ("<jane@example.co.uk>.", "jane@example.co.uk"),
        ("müller@bücher.de", "müller@bücher.de"),
        ("o'brien@example.ie", "o'brien@example.ie"),
        ("from 'jane@example.com'", "jane@example.com"),
        ("https://jane@example.com/", "jane@example.com"),
        ("jane@example.com.1", "jane@example.com"),
        ("\u{1b}[32mjane@example.com\u{1b}[0m", "jane@example.com"),
        (r"\x1b[32mjane@example.com\x1b[0m", "jane@example.com"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
    ]),
    misses: shown(&[
        "@decorator",
        "root@localhost",
        "lodash@4.17.21",
        "image@sha256:abc",
        "logo@2x.png",
        "a @ b.com",
        "@example.com",
        "x@-a.com",
        "git@github.com:org/repo.git",
        "hg@example.com:repo",
        "deploy@example.com:srv/app.git",
        "celery@node",
    ]),
};

impl BuiltIn for Email {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::AT
    }

    fn clues(&self) -> Clues {
        Clues::AT
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        let text = subject.text;
        for at in memchr_iter(b'@', text) {
            let Some(end) = domain_end(text, at + 1).filter(|end| !is_scale(&text[at + 1..*end])) else { continue };
            let start = local_start(text, at);
            if start < at && !is_repository(text, start..at, end) {
                hits.push(start..end);
            }
        }
    }
}

/// Whether a domain is the end of a picture's name, such as `logo@2x.png`.
fn is_scale(domain: &[u8]) -> bool {
    matches!(domain, [b'1'..=b'9', b'x', b'.', extension @ ..] if extension.iter().all(u8::is_ascii_alphabetic))
}

/// Whether an address is that of a repository, as `scp` writes it: `git@host:path`, or any user and a path that ends with
/// `.git`.
fn is_repository(text: &[u8], user: Range<usize>, end: usize) -> bool {
    /// Longer paths are not looked through.
    const LONGEST: usize = 256;
    let Some(path) = text[end..].strip_prefix(b":") else { return false };
    let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'~');
    let length = path.iter().take(LONGEST).take_while(|byte| is_path(byte)).count();
    let is_system = matches!(&text[user], b"git" | b"hg" | b"svn" | b"gitlab" | b"gitea");
    path[..length].ends_with(b".git") || is_system && length > 0
}

/// Where the local part starts that ends at `at`, or `at` if there is none.
fn local_start(text: &[u8], at: usize) -> usize {
    let mut start = at;
    while let Some(length) = local_before(&text[..start]) {
        start -= length;
    }
    while start < at && is_local_mark(text[start]) && text[start] != b'_' {
        start += 1;
    }
    behind_escape(text, start, at)
}

/// The letters of an escape such as `\n`, in JSON that is text itself, are not part of the address behind it.
fn behind_escape(text: &[u8], start: usize, at: usize) -> usize {
    let length = match text[start..at] {
        [b'n' | b't' | b'r' | b'b' | b'f', next, ..] if !is_local_mark(next) => 1,
        [b'u', a, b, c, d, next, ..] if [a, b, c, d].iter().all(u8::is_ascii_hexdigit) && !is_local_mark(next) => 5,
        _ => 0,
    };
    if length > 0 && is_escaped(text, start) { start + length } else { start }
}

fn local_before(text: &[u8]) -> Option<usize> {
    match *text.last()? {
        letter if letter.is_ascii_alphabetic() && ends_colour(text) => None,
        byte if byte.is_ascii_alphanumeric() || is_local_mark(byte) => Some(1),
        _ => letter_before(text),
    }
}

/// What a local part may hold besides letters and digits, though not in front.
fn is_local_mark(byte: u8) -> bool {
    matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'')
}

/// Where the domain ends that starts at `start`.
fn domain_end(text: &[u8], start: usize) -> Option<usize> {
    let mut label = start;
    let mut end = None;
    loop {
        let after = label_end(text, label);
        if after == label || text[label] == b'-' {
            return end;
        }
        if label > start && is_top_level(&text[label..after]) {
            end = Some(after);
        }
        if text.get(after) != Some(&b'.') {
            return end;
        }
        label = after + 1;
    }
}

fn label_end(text: &[u8], start: usize) -> usize {
    let mut end = start;
    while let Some(length) = domain_letter(&text[end..]) {
        end += length;
    }
    let hyphens = text[start..end].iter().rev().take_while(|byte| **byte == b'-').count();
    end - hyphens
}

fn domain_letter(text: &[u8]) -> Option<usize> {
    match *text.first()? {
        byte if byte.is_ascii_alphanumeric() || byte == b'-' => Some(1),
        lead => is_letter_pair(lead, *text.get(1)?).then_some(2),
    }
}

fn letter_before(text: &[u8]) -> Option<usize> {
    let [.., lead, last] = *text else { return None };
    is_letter_pair(lead, last).then_some(2)
}

/// Letters that UTF-8 writes in two bytes, from U+00C0 to U+052F, but for the signs × and ÷.
fn is_letter_pair(lead: u8, last: u8) -> bool {
    matches!((lead, last), (0xc3..=0xd4, 0x80..=0xbf)) && !matches!((lead, last), (0xc3, 0x97 | 0xb7))
}

/// Letters alone, or a name in punycode.
fn is_top_level(label: &[u8]) -> bool {
    label.len() >= 2
        && (label.starts_with(b"xn--") || label.iter().all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80))
}
