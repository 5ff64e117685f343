//! Hashes of passwords, which can be guessed at: modular crypt (`$2b$…`), Argon2, PBKDF2 and scrypt in the forms of
//! frameworks, LDAP (`{SSHA}`), databases, Kerberos and dumps of Windows. A number of hex digits alone is none.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::token::{Alphabet, holds_run};
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject, rule::keep, shown};
use crate::bytes::{self, is_word, word_before};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct PasswordHash;

static ABOUT: RuleInfo = RuleInfo {
    name: "password-hash",
    group: Group::Secrets,
    by_default: true,
    version: 1,
    description: "Hashes of passwords: crypt, bcrypt, Argon2, scrypt, PBKDF2, LDAP, databases, Kerberos and Windows.",
    keys: None,
    validator: "The sign of the scheme in front, and its least length.",
    reads_base64: true,
    hits: shown(&[
        (
            "hash $2b$12$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUV0123456789 ok",
            "$2b$12$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUV0123456789",
        ),
        (
            "pbkdf2_sha256$260000$abcdefgh$abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG=",
            "pbkdf2_sha256$260000$abcdefgh$abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG=",
        ),
        ("{SSHA}abcdefghijklmnopqrstuvwxyz012345", "{SSHA}abcdefghijklmnopqrstuvwxyz012345"),
        ("'*0123456789ABCDEF0123456789ABCDEF01234567'", "*0123456789ABCDEF0123456789ABCDEF01234567"),
        (
            "jane:1001:0123456789abcdef0123456789abcdef:0123456789abcdef0123456789abcdef:::",
            "0123456789abcdef0123456789abcdef:0123456789abcdef0123456789abcdef",
        ),
    ]),
    misses: shown(&[
        "costs $1$ and more for everybody who asks",
        "replace with $1$2 and $3",
        "md5 0123456789abcdef0123456789abcdef",
        "0123456789ABCDEF0123456789ABCDEF01234567",
        "${abcdefghijklmnopqrstuvwxyz}",
        "{MD5} of the file",
    ]),
};

impl BuiltIn for PasswordHash {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::LETTER | Signals::DIGIT
    }

    fn clues(&self) -> Clues {
        Clues::RUN | Clues::DOLLAR
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        let text = subject.text;
        find_crypt(text, hits);
        find_framework(text, hits);
        find_ldap(text, hits);
        find_database(text, hits);
        find_dumps(text, hits);
    }
}

/// What a hash of modular crypt begins with, and how long the rest is at least.
const SCHEMES: &[(&str, usize)] = &[
    ("$2a$", 40),
    ("$2b$", 40),
    ("$2x$", 40),
    ("$2y$", 40),
    ("$2$", 40),
    ("$1$", 20),
    ("$apr1$", 20),
    ("$5$", 36),
    ("$6$", 60),
    ("$y$", 36),
    ("$7$", 36),
    ("$gy$", 36),
    ("$8$", 36),
    ("$9$", 36),
    ("$md5", 20),
    ("$sha1$", 24),
    ("$sm3$", 36),
    ("$argon2", 36),
    ("$scrypt$", 24),
    ("$s0$", 24),
    ("$s1$", 24),
    ("$pbkdf2", 24),
    ("$bcrypt-sha", 40),
    ("$P$", 28),
    ("$H$", 28),
    ("$S$", 44),
    ("$wp$", 40),
    ("$krb5", 24),
    ("$ml$", 40),
    ("$DCC2$", 30),
    ("$NT$", 30),
    ("$sha512$", 40),
    ("$sha256$", 40),
    ("$SHA$", 40),
    ("$bitlocker$", 40),
    ("$keepass$", 40),
    ("$zip2$", 20),
    ("$office$", 40),
    ("$pdf$", 40),
    ("$rar5$", 30),
    ("$7z$", 30),
    ("$ansible$", 40),
    ("$episerver$", 30),
    ("$fvde$", 40),
    ("$ethereum$", 40),
    ("$bitcoin$", 40),
    ("$netntlm", 30),
    ("$mskrb5$", 30),
    ("$B$", 30),
];

/// Modular crypt: a scheme between dollar signs, then all that parameters, salts and digests are written with.
fn find_crypt(text: &[u8], hits: &mut Hits) {
    let mut searched = 0;
    for at in memchr_iter(b'$', text) {
        if at < searched {
            continue;
        }
        let rest = &text[at..];
        let Some((scheme, least)) = SCHEMES.iter().find(|(scheme, _)| rest.starts_with(scheme.as_bytes())) else {
            continue;
        };
        let end = at + hash_length(rest);
        // Whatever begins in here is a part of it, or as short.
        searched = end;
        if end - at >= scheme.len() + least {
            hits.push(at..end);
        }
    }
}

/// How long the hash is that text starts with.
fn hash_length(rest: &[u8]) -> usize {
    let is_kerberos = rest.starts_with(b"$krb5") || rest.starts_with(b"$mskrb5");
    let is_part = |byte: &u8| {
        is_word(*byte)
            || matches!(byte, b'$' | b'.' | b'/' | b'=' | b'+' | b'-' | b'_' | b',' | b'*')
            || is_kerberos && matches!(byte, b':' | b'@' | b'~')
    };
    let length = rest.iter().take_while(|byte| is_part(byte)).count();
    // A comma ends a list's item, and a full stop a sentence.
    length - rest[..length].iter().rev().take_while(|byte| matches!(byte, b',')).count()
}

/// What hashes of frameworks begin with.
const FRAMEWORKS: &[&str] = &[
    "pbkdf2_sha",
    "bcrypt_sha256$",
    "bcrypt$$2",
    "argon2$argon2",
    "md5$",
    "sha1$",
    "scrypt$",
    "scrypt:",
    "pbkdf2:sha",
    "sha256$",
    "sha512$",
    "SCRAM-SHA-",
    "PBKDF2WithHmac",
    "PBKDF2$sha",
    "pbkdf2$",
    "sha512:",
    "sha256:1",
    "grub.pbkdf2.",
    "crypt$",
    "unsalted_md5$$",
    "unsalted_sha1$$",
];

/// Hashes of Django, Werkzeug, Postgres, Java and GRUB.
fn find_framework(text: &[u8], hits: &mut Hits) {
    if memchr(b'$', text).is_none() && memchr(b':', text).is_none() && bytes::find(text, b"grub.").is_none() {
        return;
    }
    for start in FRAMEWORKS {
        let mut searched = 0;
        for at in bytes::find_iter(text, start.as_bytes()) {
            if at < searched || word_before(text, at) {
                continue;
            }
            let end = framework_end(text, at);
            searched = end;
            if is_framework(&text[at..end]) && holds_run(text, at..end) {
                hits.push(at..end);
            }
        }
    }
}

fn framework_end(text: &[u8], at: usize) -> usize {
    let is_part = |byte: &u8| {
        is_word(*byte) || matches!(byte, b'$' | b'.' | b'/' | b'=' | b'+' | b'-' | b'_' | b':' | b'!' | b'#' | b'*')
    };
    let end = at + text[at..].iter().take_while(|byte| is_part(byte)).count();
    end - text[at..end].iter().rev().take_while(|byte| matches!(byte, b':' | b'!' | b'.')).count()
}

/// Whether there is a salt and a digest of some length, or a count of rounds: `sha512:` alone may be an image's digest.
fn is_framework(hash: &[u8]) -> bool {
    const DIGEST: usize = 20;
    let parts = || hash.split(|byte| matches!(byte, b'$' | b':' | b'.')).filter(|part| !part.is_empty());
    let is_long = |least| parts().skip(1).any(|part| part.len() >= least);
    parts().count() > 2 && is_long(DIGEST) || hash.contains(&b'$') && is_long(DIGEST + DIGEST / 2)
}

/// LDAP's schemes, which may be written in lower case.
const LDAP: &[&[u8]] = &[
    b"ssha",
    b"sha",
    b"smd5",
    b"md5",
    b"crypt",
    b"ssha224",
    b"ssha256",
    b"ssha384",
    b"ssha512",
    b"sha256",
    b"sha384",
    b"sha512",
    b"pbkdf2",
    b"pbkdf2-sha1",
    b"pbkdf2-sha256",
    b"pbkdf2-sha512",
    b"bcrypt",
    b"argon2",
    b"scrypt",
    b"noop",
    b"x-pbkdf2",
    b"blf-crypt",
    b"sha512-crypt",
    b"cram-md5",
    b"digest-md5",
    b"lanman",
    b"nt",
    b"x-nthash",
];

/// A scheme in braces, then base64 or what that scheme writes.
fn find_ldap(text: &[u8], hits: &mut Hits) {
    const LONGEST: usize = 16;
    const SHORTEST: usize = 12;
    for at in memchr_iter(b'{', text) {
        let window = &text[at + 1..text.len().min(at + 1 + LONGEST)];
        let Some(length) = memchr(b'}', window) else { continue };
        if !LDAP.iter().any(|scheme| scheme.eq_ignore_ascii_case(&window[..length])) {
            continue;
        }
        let start = at + length + 2;
        let end = start + hash_length(&text[start..]);
        if end - start >= SHORTEST && holds_run(text, at..end) {
            hits.push(at..end);
        }
    }
}

/// Hashes of MySQL, Oracle, SQL Server and old Postgres.
fn find_database(text: &[u8], hits: &mut Hits) {
    find_form(text, b"*", Alphabet::UPPER_HEX, 40..=40, hits);
    find_form(text, b"S:", Alphabet::UPPER_HEX, 60..=60, hits);
    find_form(text, b"T:", Alphabet::UPPER_HEX, 160..=160, hits);
    find_form(text, b"0x0100", Alphabet::HEX, 44..=92, hits);
    find_form(text, b"0x0200", Alphabet::HEX, 128..=140, hits);
    let first = hits.len();
    find_form(text, b"md5", Alphabet::LOWER_HEX, 32..=32, hits);
    keep(hits, first, |hit| is_role(text, hit.start));
}

/// Whether a statement about a role or a password is in front: `md5` and 32 digits also name files and cache entries.
fn is_role(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(60)..at];
    let holds = |word: &[u8]| before.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    holds(b"passw") || holds(b"rolpass") || holds(b"role ")
}

fn find_form(text: &[u8], sign: &[u8], alphabet: Alphabet, length: std::ops::RangeInclusive<usize>, hits: &mut Hits) {
    for at in bytes::find_iter(text, sign) {
        let start = at + sign.len();
        let end = alphabet.end_within(text, start, length.end() + 1);
        let is_whole = text.get(end).is_none_or(|byte| !is_word(*byte));
        if length.contains(&(end - start)) && is_whole && !word_before(text, at) {
            hits.push(at..end);
        }
    }
}

/// Lines of pwdump: two hashes in front of three colons.
fn find_dumps(text: &[u8], hits: &mut Hits) {
    for at in bytes::find_iter(text, b":::") {
        if let Some(hash) = dumped(text, at) {
            hits.push(hash);
        }
    }
}

fn dumped(text: &[u8], end: usize) -> Option<Range<usize>> {
    const HASHES: usize = 32 + 1 + 32;
    let start = end.checked_sub(HASHES)?;
    let is_hash = |range: Range<usize>| text[range].iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'*');
    let is_dump = is_hash(start..start + 32) && text[start + 32] == b':' && is_hash(start + 33..end);
    (is_dump && !word_before(text, start)).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::rule::found_texts;

    fn find(text: &str) -> Vec<&str> {
        found_texts(&PasswordHash, text)
    }

    const DIGITS: &str =
        "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    #[test]
    fn every_scheme_is_hit_in_every_place() {
        let crypt = SCHEMES.iter().map(|(scheme, least)| format!("{scheme}{}", &DIGITS[..*least]));
        let forms = [
            format!("$argon2id$v=19$m=65536,t=3,p=4${}${}", &DIGITS[..22], &DIGITS[..43]),
            format!("$6$rounds=5000${}${}", &DIGITS[..16], &DIGITS[..86]),
            format!("scrypt:32768:8:1${}${}", &DIGITS[..16], &DIGITS[..64]),
            format!("pbkdf2:sha256:600000${}${}", &DIGITS[..16], &DIGITS[..64]),
            format!("SCRAM-SHA-256$4096:{}=={}:{}=", &DIGITS[..22], "$", &DIGITS[..43]),
            format!("sha1${}${}", &DIGITS[..8], "0123456789".repeat(4)),
            format!("{{CRYPT}}$6${}${}", &DIGITS[..16], &DIGITS[..86]),
            format!("0x0200{}", "0123456789ABCDEF".repeat(8) + "01234567"),
            format!("S:{}", "0123456789".repeat(6)),
        ];
        for hash in crypt.chain(forms) {
            for place in ["@", "is @ now", "a:@:b:", "\"@\"", "h=@&b", "('@',)", "@\\n"] {
                let text = place.replace('@', &hash);
                let mut found = find(&text);
                found.sort_by_key(|hit| std::cmp::Reverse(hit.len()));
                let rest = found.iter().fold(text.clone(), |rest, hit| rest.replace(hit, ""));
                assert!(
                    !hash.as_bytes().windows(6).any(|part| rest.contains(str::from_utf8(part).expect("ASCII"))),
                    "{text} left {rest}"
                );
            }
        }
    }

    #[test]
    fn digests_of_images_and_files_stay() {
        for text in [
            format!("sha256:{}", "0123456789abcdef".repeat(4)),
            format!("app@sha256:1{}", "123456789abcdef".repeat(4)),
            format!("sha512:{}", "0123456789abcdef".repeat(8)),
            format!("md5{}", "0123456789abcdef".repeat(2)),
            format!("integrity sha512-{}==", &DIGITS[..86]),
        ] {
            assert!(find(&text).is_empty(), "{text}");
        }
    }
}
