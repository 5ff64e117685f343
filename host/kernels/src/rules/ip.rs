//! IP addresses.
//!
//! Version 4: four numbers up to 255 with dots between them, and no fifth one. Version 6: what the standard library reads
//! as one, with at least one digit and two groups in it, so that `a::b` stays a path in a program.
//!
//! `Chrome/1.2.3.4` and `version 1.2.3.4` are versions. A name in front of a slash counts as a product if it starts with a
//! capital and holds no dot: Java writes addresses as `host.example/192.0.2.1`.

use std::net::Ipv6Addr;
use std::str::FromStr as _;

use memchr::memchr;

use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Run, Subject, shown};
use crate::bytes::{is_word, word_after, word_before};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct Ip;

static ABOUT: RuleInfo = RuleInfo {
    name: "ip",
    group: Group::Network,
    by_default: false,
    version: 3,
    description: "IP addresses, versions 4 and 6.",
    keys: None,
    validator: "Four numbers up to 255 that are no version, or what the standard library reads as an address of version 6.",
    reads_base64: false,
    hits: shown(&[
        ("from 203.0.113.7:443", "203.0.113.7"),
        ("[10.0.0.255]", "10.0.0.255"),
        ("end 10.0.0.1.", "10.0.0.1"),
        ("2001:db8::1 said", "2001:db8::1"),
        ("[fe80::1%eth0]:80", "fe80::1"),
        ("2001:db8:0:0:1:0:0:1: refused", "2001:db8:0:0:1:0:0:1"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.7"),
        ("at ::1", "::1"),
        ("ip:2001:db8::7", "2001:db8::7"),
        ("remote:2001:db8::7", "2001:db8::7"),
        ("host.example/192.0.2.1:443", "192.0.2.1"),
        ("http://192.0.2.1/", "192.0.2.1"),
        ("https://Host.example/192.0.2.1", "192.0.2.1"),
        ("server 192.0.2.1", "192.0.2.1"),
        ("bound to 0.0.0.0:80", "0.0.0.0"),
        ("\u{1b}[32m192.0.2.1", "192.0.2.1"),
    ]),
    misses: shown(&[
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "v1.2.3.4",
        "Version: 1.2.3.4",
        "release=10.2.3.4",
        "Mozilla/5.0 Edg/120.0.61.7",
        "Chrome/120.0.6099.129",
        "1.2.3.04",
        "amd64~6.1.7601.17514",
        "Microsoft-Windows~31bf3856ad364e35~amd64~~6.1.7.17",
        "FileVersion 6.1.7.17",
        "wcp.dll 6.1.7.17",
        "setup.exe: 6.1.7.17",
        "lib_6.1.7.17",
        "6.1.7.17_x64",
        "0.0.0.6",
        "12:34:56",
        "std::vec",
        "a::b",
        "aa:bb:cc:dd:ee:ff",
        "::",
    ]),
};

impl BuiltIn for Ip {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::DIGIT | Signals::COLON
    }

    fn clues(&self) -> Clues {
        Clues::DOTS | Clues::COLONS
    }

    fn wants_runs(&self) -> bool {
        true
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        find_v4(subject, hits);
        find_v6(subject.text, hits);
    }
}

fn find_v4(subject: &Subject<'_>, hits: &mut Hits) {
    let text = subject.text;
    let chains = subject.runs.chunk_by(|run, next| run.separator(*next, subject.text) == Some(b'.'));
    for chain in chains {
        let [first, _, _, last] = chain else { continue };
        let is_free = !word_before(text, first.start) && !word_after(text, last.end) && !is_joined(text, *first, *last);
        let is_address = chain.iter().all(|run| is_octet(*run, text)) && !is_null(text, chain);
        if is_free && is_address && !is_version(&text[..first.start]) {
            hits.push(first.start..last.end);
        }
    }
}

/// Whether `~` or `_` makes the span a part of a name, as in those of Windows' packages.
fn is_joined(text: &[u8], first: Run, last: Run) -> bool {
    let is_mark = |byte: &u8| matches!(byte, b'~' | b'_');
    text[..first.start].last().is_some_and(is_mark) || text.get(last.end).is_some_and(is_mark)
}

/// Whether the first part is zero and another one is not: no machine has such an address.
fn is_null(text: &[u8], chain: &[Run]) -> bool {
    chain[0].of(text) == b"0" && chain[1..].iter().any(|run| run.of(text) != b"0")
}

/// Whether what precedes says that a version follows.
fn is_version(before: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[b"build", b"rel", b"release", b"rev", b"revision", b"v", b"ver", b"version"];
    if let [rest @ .., b'/'] = before {
        let product = word_at_end(rest);
        return product.first().is_some_and(u8::is_ascii_uppercase)
            && !rest[..rest.len() - product.len()].last().is_some_and(|byte| goes_on_before_product(*byte));
    }
    let word = word_at_end(&before[..before.len() - blanks_at_end(before)]);
    WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) || ends_like_version(before, word)
}

/// Whether a word ends as names of versions do, such as `FileVersion`, or is the end of a program's name.
fn ends_like_version(before: &[u8], word: &[u8]) -> bool {
    const VERSION: &[u8] = b"version";
    let ends = word.len() >= VERSION.len() && word[word.len() - VERSION.len()..].eq_ignore_ascii_case(VERSION);
    let before = &before[..before.len() - blanks_at_end(before)];
    let is_program = matches!(before, [.., b'.', a, b, c]
        if [b"dll", b"exe", b"sys"].iter().any(|end| end.eq_ignore_ascii_case(&[*a, *b, *c])));
    ends || is_program
}

fn blanks_at_end(text: &[u8]) -> usize {
    text.iter().rev().take(4).take_while(|byte| matches!(byte, b' ' | b':' | b'=' | b'"' | b'.')).count()
}

/// Whether what precedes the name of a product makes it a part of something else, or of a word that is too long for one.
fn goes_on_before_product(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b'@')
}

fn word_at_end(text: &[u8]) -> &[u8] {
    const LONGEST: usize = 32;
    let length =
        text.iter().rev().take(LONGEST).take_while(|byte| is_word(**byte) || matches!(byte, b'-' | b'_')).count();
    &text[text.len() - length..]
}

fn is_octet(run: Run, text: &[u8]) -> bool {
    match run.of(text) {
        [_] => true,
        [first, _] => *first != b'0',
        [b'1', _, _] | [b'2', b'0'..=b'4', _] | [b'2', b'5', b'0'..=b'5'] => true,
        _ => false,
    }
}

fn find_v6(text: &[u8], hits: &mut Hits) {
    let mut searched = 0;
    while let Some(colon) = text.get(searched..).and_then(|rest| memchr(b':', rest)) {
        let colon = searched + colon;
        let before = text[searched..colon].iter().rev().take_while(|byte| is_part(**byte)).count();
        let after = text[colon..].iter().take_while(|byte| is_part(**byte)).count();
        hits.extend(address(text, colon - before, colon + after));
        searched = colon + after;
    }
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')
}

/// The address that a run of hex digits, colons and dots holds, if it is one but for punctuation around it.
fn address(text: &[u8], start: usize, end: usize) -> Option<std::ops::Range<usize>> {
    const LONGEST: usize = 48;
    if end - start > LONGEST {
        return None;
    }
    let start = behind_name(text, start, end);
    let start = if is_lone_colon(text[start], text[start + 1..end].first()) { start + 1 } else { start };
    let end = trimmed_end(&text[..end], start);
    let is_free = !is_joined_before(text, start) && !word_after(text, end);
    (is_free && is_v6(&text[start..end])).then_some(start..end)
}

/// Behind a name and its colon, as in `remote:2001:db8::1`, whose last letters look like digits.
fn behind_name(text: &[u8], start: usize, end: usize) -> usize {
    let digits = text[start..end].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let is_name =
        is_joined_before(text, start) && matches!(text[start + digits..end], [b':', next, ..] if next != b':');
    if is_name { start + digits + 1 } else { start }
}

fn is_lone_colon(first: u8, second: Option<&u8>) -> bool {
    first == b':' && second != Some(&b':')
}

/// Without the full stop or colon of a sentence, and without a port behind an address of version 4.
fn trimmed_end(text: &[u8], start: usize) -> usize {
    match text[start..] {
        [.., b':', b':'] => text.len(),
        [.., b':' | b'.'] => text.len() - 1,
        _ => text.len(),
    }
}

/// Whether something that is no hex digit, but a letter all the same, stands before.
fn is_joined_before(text: &[u8], start: usize) -> bool {
    start > 0 && is_word(text[start - 1]) && word_before(text, start)
}

fn is_v6(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let groups = text.split([':', '.']).filter(|group| !group.is_empty()).count();
    let is_telling = text == "::1" || (groups >= 2 && text.bytes().any(|byte| byte.is_ascii_digit()));
    is_telling && Ipv6Addr::from_str(text).is_ok()
}
