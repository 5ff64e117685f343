//! Private keys: PEM in any spelling, its lines without a header, DER in base64, PEM in base64, PuTTY's files, extended
//! keys of wallets and private members of JSON web keys in text.
//!
//! What is between BEGIN and END is hit whatever it is, because keys are pasted into strings, comments and YAML; without an
//! END it is all that follows. Certificates, requests and public keys stay.

use std::ops::Range;

use super::token::{Alphabet, holds_run};
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject, rule::keep, shown};
use crate::bytes::{self, mixes_cases_and_digits};
use crate::encoded;
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct PrivateKey;

static ABOUT: RuleInfo = RuleInfo {
    name: "private-key",
    group: Group::Secrets,
    by_default: true,
    version: 1,
    description: "Private keys: PEM, its lines alone, DER and PEM in base64, PuTTY, PGP, SSH2, wallets and JSON web keys.",
    keys: None,
    validator: "BEGIN and the words PRIVATE KEY, or how the base64 of such a key begins.",
    reads_base64: false,
    hits: shown(&[
        (
            "key -----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAabcdefghij\nabcd==\n-----END RSA PRIVATE KEY-----, ok",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAabcdefghij\nabcd==\n-----END RSA PRIVATE KEY-----",
        ),
        (
            "-----BEGIN PRIVATE KEY-----MC4CAQAwBQYDK2VwBCIEIabcdefghij",
            "-----BEGIN PRIVATE KEY-----MC4CAQAwBQYDK2VwBCIEIabcdefghij",
        ),
        ("der MIIEpAIBAAKCAQEA0123456789abcdef here", "MIIEpAIBAAKCAQEA0123456789abcdef"),
        (
            "data LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlF ok",
            "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlF",
        ),
    ]),
    misses: shown(&[
        "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----",
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUQ=",
        "the words PRIVATE KEY in a sentence about how keys are stored",
    ]),
};

impl BuiltIn for PrivateKey {
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
        let text = subject.text;
        let first = hits.len();
        find_pem(text, hits);
        find_putty(text, hits);
        find_bare(text, hits);
        find_lines(text, hits);
        find_encoded(text, hits);
        find_members(text, hits);
        keep(hits, first, |hit| holds_run(text, hit));
    }
}

/// From BEGIN to END, and what each of them stands in.
fn find_pem(text: &[u8], hits: &mut Hits) {
    let mut at = 0;
    while let Some(begin) = next_begin(text, at) {
        let end = pem_end(text, begin.end);
        hits.push(begin.start..end);
        at = end;
    }
}

/// The next line with BEGIN and PRIVATE KEY in it, from its dashes to behind these words.
fn next_begin(text: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        let words = next_words(text, at)?;
        if let Some(start) = begin_before(text, words.start, from) {
            return Some(start..words.end);
        }
        at = words.end;
    }
}

/// The next PRIVATE KEY, in either case and with any byte in between.
fn next_words(text: &[u8], from: usize) -> Option<Range<usize>> {
    const LENGTH: usize = "PRIVATE KEY".len();
    let rest = text.get(from..)?;
    let is_here = |at: &usize| {
        let words = rest.get(*at..*at + LENGTH);
        words
            .is_some_and(|words| words[..7].eq_ignore_ascii_case(b"PRIVATE") && words[8..].eq_ignore_ascii_case(b"KEY"))
    };
    let at = memchr::memchr2_iter(b'P', b'p', rest).find(is_here)?;
    Some(from + at..from + at + LENGTH)
}

/// Where the dashes start that stand in front of BEGIN, if that stands in front of a kind of key.
fn begin_before(text: &[u8], at: usize, limit: usize) -> Option<usize> {
    const LONGEST_KIND: usize = 24;
    let window = &text[at.saturating_sub(LONGEST_KIND).max(limit)..at];
    let begin = at - window.len() + window.windows(5).rposition(|word| word.eq_ignore_ascii_case(b"BEGIN"))?;
    let blanks = text[limit..begin].iter().rev().take(2).take_while(|byte| **byte == b' ').count();
    let dashes = text[limit..begin - blanks].iter().rev().take(8).take_while(|byte| **byte == b'-').count();
    (dashes >= 2).then(|| begin - blanks - dashes)
}

/// Behind the END that belongs to a BEGIN, or at the end of the text.
fn pem_end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(words) = next_words(text, at) {
        let before = &text[words.start.saturating_sub(28).max(from)..words.start];
        if before.windows(3).any(|word| word.eq_ignore_ascii_case(b"END")) {
            return behind_dashes(text, words.end);
        }
        at = words.end;
    }
    text.len()
}

/// Behind ` BLOCK` and dashes.
fn behind_dashes(text: &[u8], from: usize) -> usize {
    let rest = &text[from..];
    let block = if rest.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b" BLOCK")) { 6 } else { 0 };
    let dashes = rest[block..].iter().take_while(|byte| **byte == b'-').count();
    from + block + dashes
}

/// The private lines of a file of PuTTY, to the end of the line with its checksum.
fn find_putty(text: &[u8], hits: &mut Hits) {
    let mut searched = 0;
    for at in bytes::find_iter(text, b"Private-Lines:") {
        if at < searched {
            continue;
        }
        let rest = &text[at..];
        let sum = bytes::find(rest, b"Private-MAC:").or_else(|| bytes::find(rest, b"Private-Hash:"));
        searched = sum.map_or(text.len(), |sum| line_end(text, at + sum));
        hits.push(at..searched);
    }
}

/// Where the hex digits end behind the colon that comes next.
fn line_end(text: &[u8], from: usize) -> usize {
    let Some(colon) = memchr::memchr(b':', &text[from..]) else { return text.len() };
    let start = Alphabet::BLANK.end(text, from + colon + 1);
    Alphabet::HEX.end(text, start)
}

/// How the base64 of keys begins: EC in PKCS#1 and #8, Ed25519, OpenSSH, extended keys of wallets.
const STARTS: &[&[u8]] = &[
    b"MHcCAQEE",
    b"MIGkAgEB",
    b"MIHcAgEB",
    b"MIGHAgEA",
    b"MIG2AgEA",
    b"MIHuAgEA",
    b"MC4CAQAw",
    b"MFECAQEw",
    b"b3BlbnNz",
    b"xprv9",
    b"tprv8",
    b"yprvA",
    b"zprvA",
];

/// Base64 that begins as a key does.
fn find_bare(text: &[u8], hits: &mut Hits) {
    let mut at = 0;
    while at < text.len() {
        if !Alphabet::PADDED.holds(text[at]) {
            at += 1;
            continue;
        }
        let end = Alphabet::PADDED.end(text, at);
        let start = at + prefix_length(text, at);
        at = if starts_key(&text[start..end]) {
            let end = lines_end(text, end);
            hits.push(start..end);
            end
        } else {
            end
        };
    }
}

/// How much of a run belongs to what is in front of a key: the sign of an assignment, or the letter of an escape.
fn prefix_length(text: &[u8], at: usize) -> usize {
    let is_escape = at > 0 && text[at - 1] == b'\\' && matches!(text[at], b'n' | b'r' | b't');
    usize::from(is_escape)
}

/// Whether base64 begins as a key does, maybe behind a name and `=`.
fn starts_key(run: &[u8]) -> bool {
    let value = match memchr::memchr(b'=', run) {
        Some(at) if at + 20 < run.len() => &run[at + 1..],
        _ => run,
    };
    [run, value].iter().any(|run| is_der(run) || STARTS.iter().any(|start| run.starts_with(start)))
}

/// Whether base64 is an RSA key: a sequence of more than 255 bytes with the version as its first member. Encrypted keys
/// begin with the sequence of their algorithm.
fn is_der(run: &[u8]) -> bool {
    run.starts_with(b"MII") && matches!(run.get(6..9), Some(b"IBA" | b"TBX" | b"TAb" | b"TAc"))
}

/// Where the lines of base64 end that go on behind a run.
fn lines_end(text: &[u8], run_end: usize) -> usize {
    let mut end = run_end;
    loop {
        let next = line_start(text, end);
        let line = Alphabet::PADDED.end(text, next);
        if next == end || line - next < 16 && !is_last_line(text, line) {
            return end;
        }
        if line == next {
            return end;
        }
        end = line;
    }
}

/// Whether a short line is the last one, with nothing but white space or a quote behind it.
fn is_last_line(text: &[u8], end: usize) -> bool {
    text.get(end).is_none_or(|byte| matches!(byte, b'\n' | b'\r' | b'"' | b'\''))
}

/// Behind line ends, also escaped ones, and indentation.
fn line_start(text: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = &text[at..];
        at += match rest {
            [b'\n' | b'\r', ..] => 1,
            [b' ' | b'\t', ..] if at > from => 1,
            [b'\\', b'n' | b'r', ..] => 2,
            [b'\\', b'\\', b'n' | b'r', ..] => 3,
            _ => return at,
        };
    }
}

/// Two lines and more of the length that keys are wrapped at, without a header that says what they are.
fn find_lines(text: &[u8], hits: &mut Hits) {
    if bytes::find(text, b"-----BEGIN").is_some() {
        return;
    }
    let mut at = 0;
    while at < text.len() {
        let end = at + memchr::memchr(b'\n', &text[at..]).unwrap_or(text.len() - at);
        let (last, count) = wrapped_lines(text, at);
        if count >= 2 {
            hits.push(at..last);
        }
        at = end.max(last) + 1;
    }
}

/// Where the lines end that start at a place and are as long as those of a key, and how many they are.
fn wrapped_lines(text: &[u8], start: usize) -> (usize, usize) {
    let (mut end, mut at, mut count) = (start, start, 0);
    while at < text.len() {
        let line = Alphabet::BASE64.end(text, at);
        if !matches!(line - at, 64 | 70) || !mixes_cases_and_digits(&text[at..line]) {
            break;
        }
        end = line;
        count += 1;
        at = line_start(text, line);
        if at == line {
            break;
        }
    }
    (if count >= 2 { lines_end(text, end) } else { end }, count)
}

/// Base64 of PEM, once or twice, with up to two bytes in front of it.
fn find_encoded(text: &[u8], hits: &mut Hits) {
    for sign in [b"LS0tLS1C", b"0tLS0tQk", b"tLS0tLUJ", b"S0tLS1CR", b"TFMwdExT"] {
        let mut searched = 0;
        for at in bytes::find_iter(text, sign) {
            if at < searched {
                continue;
            }
            searched = Alphabet::PADDED.end(text, at);
            if stands_for_key(&text[at..searched]) {
                hits.push(at - digits_before(text, at)..lines_end(text, searched));
            }
        }
    }
}

/// How many digits of base64 are in front of the dashes: those of a byte or two.
fn digits_before(text: &[u8], at: usize) -> usize {
    text[..at].iter().rev().take(4).take_while(|byte| byte.is_ascii_alphanumeric()).count()
}

/// Whether base64 stands for text with PRIVATE KEY in it near its start, at one of the four places where it may begin.
fn stands_for_key(run: &[u8]) -> bool {
    const NEAR: usize = 120;
    let run = &run[..run.len().min(NEAR)];
    (0..4.min(run.len())).any(|skip| {
        let (bytes, length) = decoded(&run[skip..]);
        let bytes = &bytes[..length];
        holds_private(bytes) || {
            let (inner, length) = decoded(bytes);
            holds_private(&inner[..length])
        }
    })
}

fn holds_private(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|word| word == b"PRIVATE")
}

/// The bytes that up to 120 digits of base64 stand for, and how many they are.
fn decoded(run: &[u8]) -> ([u8; 90], usize) {
    let (mut bytes, mut length) = ([0; 90], 0);
    for four in run.chunks_exact(4).take(30) {
        let mut number = 0_u32;
        for digit in four {
            let Some(value) = encoded::value(*digit) else { return (bytes, length) };
            number = number << 6 | u32::from(value);
        }
        bytes[length..length + 3].copy_from_slice(&number.to_be_bytes()[1..]);
        length += 3;
    }
    (bytes, length)
}

/// Private members of JSON web keys in text.
const MEMBERS: &[&[u8]] = &[b"\"d\"", b"\"p\"", b"\"q\"", b"\"dp\"", b"\"dq\"", b"\"qi\"", b"\"k\""];

fn find_members(text: &[u8], hits: &mut Hits) {
    if bytes::find(text, b"\"kty\"").is_none() {
        return;
    }
    for at in MEMBERS.iter().flat_map(|member| bytes::find_iter(text, member).map(|at| at + member.len())) {
        let colon = Alphabet::BLANK.end_within(text, at, 8);
        let quote = Alphabet::BLANK.end_within(text, colon + 1, 8);
        if text.get(colon) == Some(&b':') && text.get(quote) == Some(&b'"') {
            let end = Alphabet::PADDED.end(text, quote + 1);
            if end > quote + 8 {
                hits.push(quote + 1..end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::rule::blanked;

    fn rest(text: &str) -> String {
        blanked(&PrivateKey, text)
    }

    /// Digits of base64 that are the same in every run.
    fn digits(seed: usize, length: usize) -> String {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut state = seed.wrapping_mul(0x9e37_79b9).wrapping_add(12_345);
        let mut next = || {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
            char::from(DIGITS[state >> 12 & 63])
        };
        (0..length).map(|_| next()).collect()
    }

    fn assert_gone(text: &str, secret: &str) {
        let rest = rest(text);
        let is_left = secret.as_bytes().windows(6).any(|part| {
            let part = str::from_utf8(part).expect("ASCII");
            !part.contains(['\n', '\\', '"', ' ']) && rest.contains(part)
        });
        assert!(!is_left, "{text} left {rest}");
    }

    #[test]
    fn pem_is_hit_in_every_spelling() {
        let kinds = ["RSA ", "EC ", "DSA ", "", "OPENSSH ", "ENCRYPTED ", "ANY ", "SSH2 ENCRYPTED ", "PGP "];
        let breaks = ["\n", "\r\n", "\\n", "\\\\n", "\\r\\n", " ", "", "\" +\n \"", "',\n'", "<br>", "\n      "];
        for (seed, (kind, line_break)) in
            kinds.iter().flat_map(|kind| breaks.iter().map(move |line_break| (kind, line_break))).enumerate()
        {
            let block = if *kind == "PGP " { " BLOCK" } else { "" };
            let body: Vec<String> = [64, 64, 64, 30].map(|length| digits(seed + length, length)).to_vec();
            let body = body.join(line_break);
            for end in [format!("-----END {kind}PRIVATE KEY{block}-----"), String::new()] {
                let text = format!("a=\"-----BEGIN {kind}PRIVATE KEY{block}-----{line_break}{body}{line_break}{end}");
                assert_gone(&text, &body);
            }
        }
    }

    #[test]
    fn text_around_a_key_stays() {
        let body = digits(1, 64);
        let text = format!("before -----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY----- behind");
        let rest = rest(&text);
        assert!(rest.starts_with("before ") && rest.ends_with(" behind"), "{rest}");
    }

    #[test]
    fn bodies_without_a_header_are_hit() {
        for (seed, start) in
            ["MIIEvQIBADANBgkq", "MIIJKAIBAAKC", "MIICXAIBAAKB", "MHcCAQEEI", "b3BlbnNzaC1r"].iter().enumerate()
        {
            let body = format!("{start}{}\n{}\n{}==", digits(seed, 52), digits(seed + 9, 64), digits(seed + 5, 20));
            assert_gone(&body, &body);
            assert_gone(&format!("key={body}"), &body);
            assert_gone(&format!("der {}", body.replace('\n', "\\n")), &body);
        }
        let lines = [64, 64, 12].map(|length| digits(length, length)).join("\n");
        assert_gone(&lines, &lines);
    }

    #[test]
    fn putty_and_web_keys_are_hit() {
        let body = digits(3, 64);
        assert_gone(
            &format!("Public-Lines: 1\nAAAA\nPrivate-Lines: 1\n{body}\nPrivate-MAC: 0123456789abcdef\nx"),
            &body,
        );
        assert_gone(&format!("{{\"kty\":\"EC\",\"d\": \"{body}\"}}"), &body);
    }

    #[test]
    fn certificates_stay() {
        let body = format!("MIIDdzCCAl+gAwIBAgIE{}\n{}\n{}", digits(1, 44), digits(2, 64), digits(3, 64));
        for text in [
            format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"),
            format!("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ{}", digits(4, 200)),
            format!("data:image/png;base64,iVBORw0KGgo{}", digits(5, 300)),
        ] {
            assert_eq!(rest(&text), text);
        }
    }
}
