//! Values that are secret by the name of their key.
//!
//! A name is compared without case, `_`, `-`, `.` and spaces. In JSON the key is a token of its own, and the caller asks
//! for the family of its name. In text, a key stands before `=`, `:`, `=>` or `:=`, with or without quotes, and its value
//! is what the quotes behind it hold, or a JSON container, or goes on to a blank or one of `,;&"'<>)]}` and the backtick.
//! Everything is linear: where a value ends, the search goes on.

use std::ops::Range;

use memchr::memchr2_iter;

use super::{Hits, Subject};
use crate::bytes::{is_escaped, word_after};

/// A set of families of key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Family(u8);

impl Family {
    /// None of them.
    pub(crate) const NONE: Self = Self(0);
    /// Credentials of any kind.
    pub(crate) const SECRET: Self = Self(1);
    /// `Authorization`, whose value goes on behind a blank.
    pub(crate) const AUTHORIZATION: Self = Self(2);
    /// Keys of AWS.
    pub(crate) const AWS: Self = Self(4);
    /// Cookies, whose value goes on to the end of the line.
    const COOKIE: Self = Self(8);

    /// Whether the sets have a family in common.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets together.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Names of keys whose values a rule hits, in lower case and without what separates words.
#[derive(Clone, Copy, Debug)]
pub struct KeyNames {
    /// These, and longer names that end with them: `password` stands for `db_password`, too.
    pub endings: &'static [&'static str],
    /// These alone.
    pub names: &'static [&'static str],
    /// Names that end with these are none of them.
    pub except: &'static [&'static str],
}

/// The names of [`Family::SECRET`]. Those of the other families belong to it as well.
pub(super) const SECRET: KeyNames = KeyNames { endings: SECRET_ENDINGS, names: SECRET_NAMES, except: HARMLESS_ENDINGS };
/// The names of [`Family::AUTHORIZATION`].
pub(super) const AUTHORIZATION: KeyNames = KeyNames { endings: &[], names: AUTHORIZATION_NAMES, except: &[] };
/// The names of [`Family::AWS`].
pub(super) const AWS: KeyNames = KeyNames { endings: AWS_ENDINGS, names: &[], except: &[] };

/// Names that are secret also as the end of a longer name, such as `db_password`.
const SECRET_ENDINGS: &[&str] = &[
    "accesskey",
    "apikey",
    "apisecret",
    "authtoken",
    "clientsecret",
    "connectionstring",
    "credential",
    "credentials",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwordhash",
    "privatekey",
    "pwd",
    "secret",
    "secretkey",
    "signingkey",
    "token",
];

/// Names that are secret only as a whole.
const SECRET_NAMES: &[&str] =
    &["auth", "cvc", "cvv", "encryptionkey", "jwt", "otp", "pass", "pin", "sessionid", "ssn", "xamzsignature"];

/// Names that end like secret ones and are not: places in lists, and numbers that make requests unique.
const HARMLESS_ENDINGS: &[&str] = &[
    "clientrequesttoken",
    "clienttoken",
    "continuationtoken",
    "nextpagetoken",
    "nexttoken",
    "pagetoken",
    "paginationtoken",
    "requesttoken",
    "startingtoken",
    "synctoken",
];

/// Names of AWS's secret keys.
const AWS_ENDINGS: &[&str] =
    &["awssecretaccesskey", "awssecretkey", "awssessiontoken", "secretaccesskey", "sessiontoken", "xamzsecuritytoken"];

const AUTHORIZATION_NAMES: &[&str] = &["authorization", "proxyauthorization", "xauthorization"];
const COOKIE_NAMES: &[&str] = &["cookie", "setcookie"];

/// Letters of the longest name that is looked at. Of a longer key, its end is.
const LONGEST_NAME: usize = 48;

const SHORTEST_NAME: usize = 3;

/// For each last letter of a name, the letters before it: most keys are none of these by that alone.
static LAST_LETTERS: [u32; 32] = last_letters();

const fn last_letters() -> [u32; 32] {
    let lists = [SECRET_ENDINGS, SECRET_NAMES, AWS_ENDINGS, AUTHORIZATION_NAMES, COOKIE_NAMES];
    let mut letters = [0; 32];
    let mut list = 0;
    while list < lists.len() {
        let mut index = 0;
        while index < lists[list].len() {
            let name = lists[list][index].as_bytes();
            letters[letter(name[name.len() - 1])] |= 1 << letter(name[name.len() - 2]);
            index += 1;
        }
        list += 1;
    }
    letters
}

/// Letters by number, without case.
const fn letter(byte: u8) -> usize {
    (byte & 31) as usize
}

fn may_be_known(name: &[u8]) -> bool {
    let mut letters = name.iter().rev().filter(|byte| byte.is_ascii_alphabetic());
    let (Some(last), Some(before)) = (letters.next(), letters.next()) else { return false };
    LAST_LETTERS[letter(*last)] & (1 << letter(*before)) != 0
}

/// The families of a key by its name.
pub(crate) fn family_of_key(name: &[u8]) -> Family {
    if !may_be_known(name) {
        return Family::NONE;
    }
    let mut buffer = [0; LONGEST_NAME];
    let name = plain_name(name, &mut buffer);
    family_of_plain(name)
}

/// The end of a name in lower case, without what separates its words and without a number at its end.
fn plain_name<'b>(name: &[u8], buffer: &'b mut [u8; LONGEST_NAME]) -> &'b [u8] {
    let letters = name.iter().rev().filter(|byte| !matches!(byte, b'_' | b'-' | b'.' | b' '));
    let letters = letters.skip_while(|byte| byte.is_ascii_digit());
    let mut start = LONGEST_NAME;
    for (place, byte) in buffer.iter_mut().rev().zip(letters) {
        *place = byte.to_ascii_lowercase();
        start -= 1;
    }
    &buffer[start..]
}

fn family_of_plain(name: &[u8]) -> Family {
    let is = |names: &[&str]| names.iter().any(|known| known.as_bytes() == name);
    let ends = |names: &[&str]| names.iter().any(|known| name.ends_with(known.as_bytes()));
    if name.len() < SHORTEST_NAME {
        return Family::NONE;
    }
    if ends(HARMLESS_ENDINGS) {
        Family::NONE
    } else if ends(AWS_ENDINGS) {
        Family::AWS.and(Family::SECRET)
    } else if is(AUTHORIZATION_NAMES) {
        Family::AUTHORIZATION.and(Family::SECRET)
    } else if is(COOKIE_NAMES) {
        Family::COOKIE.and(Family::SECRET)
    } else if is(SECRET_NAMES) || ends(SECRET_ENDINGS) {
        Family::SECRET
    } else {
        Family::NONE
    }
}

/// The value of a key in text.
#[derive(Clone, Debug)]
pub(crate) struct Keyed {
    value: Range<usize>,
    family: Family,
}

/// Finds the values of keys in text.
pub(crate) fn keyed(text: &[u8], families: Family, markers: &[String], values: &mut Vec<Keyed>) {
    let mut searched = 0;
    for at in memchr2_iter(b':', b'=', text) {
        if at < searched {
            continue;
        }
        let family = family_of_key(key_before(text, at));
        if !family.meets(families) {
            continue;
        }
        if let Some(value) = value_behind(text, at, family) {
            searched = value.end;
            if !is_marked(text, &value, markers) {
                values.push(Keyed { value, family });
            }
        }
    }
}

/// Reports the values of a family.
pub(super) fn find(subject: &Subject<'_>, family: Family, hits: &mut Hits) {
    hits.extend(subject.keyed.iter().filter(|keyed| keyed.family.meets(family)).map(|keyed| keyed.value.clone()));
}

/// The name that stands before a separator, without quotes around it; in forms, the last one of `user[password]`.
fn key_before(text: &[u8], separator: usize) -> &[u8] {
    const MOST_BLANKS: usize = 16;
    let blanks = text[..separator].iter().rev().take(MOST_BLANKS).take_while(|byte| **byte == b' ').count();
    let text = &text[..separator - blanks];
    match text {
        [rest @ .., b'"' | b'\'' | b'`'] => name_at_end(rest),
        [rest @ .., b']'] => {
            let name = name_at_end(rest);
            let is_part = matches!(rest[..rest.len() - name.len()], [.., before, b'['] if is_name(before));
            if is_part { name } else { b"" }
        }
        _ => name_at_end(text),
    }
}

fn name_at_end(text: &[u8]) -> &[u8] {
    let length = text.iter().rev().take(LONGEST_NAME).take_while(|byte| is_name(**byte)).count();
    &text[text.len() - length..]
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The value behind the separator at `at`. An empty one is none.
fn value_behind(text: &[u8], at: usize, family: Family) -> Option<Range<usize>> {
    let mut start = at + 1;
    if matches!((text[at], text.get(start)), (b'=', Some(b'>' | b'=')) | (b':', Some(b'='))) {
        start += 1;
    }
    start += text[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let value = match *text.get(start)? {
        quote @ (b'"' | b'\'' | b'`') => start + 1..quoted_end(text, start + 1, quote),
        b'{' | b'[' => start..word_end(text, container_end(text, start)),
        _ if family.meets(Family::AUTHORIZATION) => return credentials(text, start),
        _ if family.meets(Family::COOKIE) => start..line_end(text, start),
        _ => start..word_end(text, start),
    };
    (!value.is_empty() && !is_nothing(&text[value.clone()])).then_some(value)
}

/// Words that say that there is no value.
fn is_nothing(value: &[u8]) -> bool {
    matches!(value, b"null" | b"None" | b"nil" | b"undefined" | b"{}" | b"[]")
}

/// The value of `Authorization`: what follows the scheme, to the end of the line for schemes that list parameters.
pub(super) fn credentials(text: &[u8], start: usize) -> Option<Range<usize>> {
    let scheme_end = word_end(text, start);
    let scheme = &text[start..scheme_end];
    if scheme.is_empty()
        || !scheme.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-') && !is_listing(scheme)
    {
        return (!scheme.is_empty()).then_some(start..scheme_end);
    }
    if text.get(scheme_end) != Some(&b' ') {
        return (!is_scheme(scheme)).then_some(start..scheme_end);
    }
    let rest = scheme_end + text[scheme_end..].iter().take_while(|byte| **byte == b' ').count();
    let end = if is_listing(scheme) { line_end(text, rest) } else { word_end(text, rest) };
    match (end > rest, is_scheme(scheme)) {
        (true, true) => Some(rest..end),
        (true, false) => Some(start..end),
        (false, true) => None,
        (false, false) => Some(start..scheme_end),
    }
}

fn is_scheme(word: &[u8]) -> bool {
    const SCHEMES: &[&[u8]] = &[b"apikey", b"basic", b"bearer", b"negotiate", b"ntlm", b"token"];
    is_listing(word) || SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(word))
}

fn is_listing(word: &[u8]) -> bool {
    const LISTING: &[&[u8]] = &[b"aws4-hmac-sha256", b"digest"];
    LISTING.iter().any(|scheme| scheme.eq_ignore_ascii_case(word))
}

/// The closing quote, or the end of the line if there is none. A quote behind a backslash does not close.
fn quoted_end(text: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start;
    loop {
        match text.get(at) {
            None | Some(b'\n') => return at,
            Some(b'\\') => at = (at + 2).min(text.len()),
            Some(byte) if *byte == quote => return at,
            Some(_) => at += 1,
        }
    }
}

/// Behind the bracket that closes the one at `start`. What was cut off goes on to the end of the text.
fn container_end(text: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at = quoted_end(text, at + 1, b'"'),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// Where a value without quotes ends. A quote behind a backslash belongs to text around it, backslash and all.
fn word_end(text: &[u8], start: usize) -> usize {
    let length = text[start..].iter().take_while(|byte| !ends_word(**byte)).count();
    let end = start + length;
    let is_before_quote = matches!(text.get(end), Some(b'"' | b'\''));
    if is_before_quote && end > start && is_escaped(text, end) { end - 1 } else { end }
}

fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b',' | b';' | b'&' | b'"' | b'\'' | b'`' | b'<' | b'>' | b')' | b']' | b'}')
}

/// Where the line ends, or the quotes around it.
fn line_end(text: &[u8], start: usize) -> usize {
    let length = text[start..].iter().take_while(|byte| !matches!(byte, b'\n' | b'\r' | b'"')).count();
    let end = start + length;
    if text.get(end) == Some(&b'"') && end > start && is_escaped(text, end) { end - 1 } else { end }
}

/// Whether a value was redacted before. Something other than a word may follow, because a hit that overlapped the end of
/// the value may have taken its closing quote along.
pub(crate) fn is_marked(text: &[u8], value: &Range<usize>, markers: &[String]) -> bool {
    let rest = &text[value.start..];
    let of_markers = || markers.iter().find(|marker| rest.starts_with(marker.as_bytes())).map(String::len);
    let is_masked = text[value.clone()].iter().all(|byte| *byte == b'*');
    is_masked || marker(rest).or_else(of_markers).is_some_and(|end| !word_after(rest, end))
}

/// The length of what telesieve puts in the place of a hit if it is not told otherwise: `[REDACTED]`, `[REDACTED:name]`
/// and tokens.
fn marker(value: &[u8]) -> Option<usize> {
    if let Some(rest) = value.strip_prefix(b"h:") {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        return (digits == 32).then_some(34);
    }
    let rest = value.strip_prefix(b"[REDACTED")?;
    let name = rest.iter().take_while(|byte| **byte == b':' || is_name(**byte)).count();
    (rest.get(name) == Some(&b']')).then_some(value.len() - rest.len() + name + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known() {
        let lists = [SECRET_ENDINGS, SECRET_NAMES, AWS_ENDINGS, AUTHORIZATION_NAMES, COOKIE_NAMES];
        for name in lists.into_iter().flatten() {
            assert!(family_of_key(name.as_bytes()).meets(Family::SECRET), "{name}");
            assert!(family_of_key(name.to_uppercase().as_bytes()).meets(Family::SECRET), "{name}");
            assert_eq!(plain_name(name.as_bytes(), &mut [0; LONGEST_NAME]), name.as_bytes());
        }
    }

    #[test]
    fn names_are_compared_without_what_separates_words() {
        for name in ["DB_PASSWORD", "api-key", "x.Api.Key", "clientSecret2", "user password_", "X-Amz-Security-Token"] {
            assert!(family_of_key(name.as_bytes()).meets(Family::SECRET), "{name}");
        }
        for name in ["", "d", "12", "passwords", "nextToken", "next_page_token", "monkey", "pins", "spin", "é"] {
            assert_eq!(family_of_key(name.as_bytes()), Family::NONE, "{name}");
        }
    }

    #[test]
    fn families_are_told_apart() {
        let families = |name: &str| {
            let family = family_of_key(name.as_bytes());
            [Family::SECRET, Family::AUTHORIZATION, Family::AWS, Family::COOKIE].map(|of| family.meets(of))
        };
        assert_eq!(families("Authorization"), [true, true, false, false]);
        assert_eq!(families("aws_secret_access_key"), [true, false, true, false]);
        assert_eq!(families("Set-Cookie"), [true, false, false, true]);
        assert_eq!(families("token"), [true, false, false, false]);
    }
}
