//! Values that are secret by the name of their key.
//!
//! In JSON the key is a token of its own, and the caller asks for the family of its name. In text, a key stands before `=`,
//! `:`, `=>` or `:=`, with or without quotes. Its value is what the quotes behind it hold, a JSON container, all lines of a
//! key or certificate, or a wrapper with quotes in it; else it goes on to a blank or one of `,;&"'<>)]}` and the backtick.
//! Everything is linear: where a value ends, the search goes on.

use std::ops::Range;

use memchr::{memchr2_iter, memmem};

use super::names::{Family, LONGEST_NAME, Names};
use super::{Hits, Subject};
use crate::bytes::{ends_colour, is_escaped, is_word, word_after};
use crate::decode::unescape_times;

/// The value of a key in text.
#[derive(Clone, Debug)]
pub(crate) struct Keyed {
    value: Range<usize>,
    family: Family,
}

/// Finds the values of keys in text.
pub(crate) fn keyed(text: &[u8], names: &Names, families: Family, markers: &[String], values: &mut Vec<Keyed>) {
    let mut searched = 0;
    for at in memchr2_iter(b':', b'=', text) {
        if at < searched {
            continue;
        }
        let family = family_of_key(text, at, names);
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

/// The families of a key whose value would start where text ends: something was cut out there.
pub(crate) fn open_key(text: &[u8], names: &Names) -> Family {
    let unquoted = text.strip_suffix(b"\"").or_else(|| text.strip_suffix(b"'")).or_else(|| text.strip_suffix(b"`"));
    let family = family_before(unquoted.unwrap_or(text), names);
    if family != Family::NONE || unquoted.is_some() {
        return family;
    }
    // A scheme may stand in front of the value.
    let trimmed = text.trim_ascii_end();
    let scheme = trimmed.iter().rev().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'-').count();
    let (rest, scheme) = trimmed.split_at(trimmed.len() - scheme);
    let family =
        if trimmed.len() < text.len() && is_scheme(scheme) { family_before(rest, names) } else { Family::NONE };
    if family.meets(Family::AUTHORIZATION) { family } else { Family::NONE }
}

/// The families of a key that stands at the end of text with its separator.
fn family_before(text: &[u8], names: &Names) -> Family {
    let text = &text[..text.len() - text.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count()];
    let at = match text {
        [rest @ .., b'=', b'>' | b'='] | [rest @ .., b':', b'='] | [rest @ .., b':' | b'='] => rest.len(),
        _ => return Family::NONE,
    };
    family_of_key(text, at, names)
}

/// Where what is left of a value ends of which the first part, up to `start`, was hit. Nowhere else, if it stands apart
/// from that part: see [`is_marked`].
pub(crate) fn value_end(text: &[u8], start: usize) -> usize {
    if word_after(text, start) { word_end(text, start) } else { start }
}

/// Reports the values of a family.
pub(crate) fn find(subject: &Subject<'_>, family: Family, hits: &mut Hits) {
    hits.extend(subject.keyed.iter().filter(|keyed| keyed.family.meets(family)).map(|keyed| keyed.value.clone()));
}

/// The families of the key that stands before a separator.
fn family_of_key(text: &[u8], separator: usize, names: &Names) -> Family {
    let before = before_blanks(&text[..separator]);
    let family = names.family(key_at_end(before)).and(names.family(two_words_at_end(before)));
    family.and(family_of_escaped(text, separator, names))
}

/// Text without the blanks at its end. A line may end between a key in quotes and what follows it.
fn before_blanks(text: &[u8]) -> &[u8] {
    const MOST: usize = 64;
    let without = |is_blank: fn(&u8) -> bool| {
        let blanks = text.iter().rev().take(MOST).take_while(|byte| is_blank(byte)).count();
        &text[..text.len() - blanks]
    };
    let before = without(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    if matches!(before.last(), Some(b'"' | b'\'' | b'`')) {
        before
    } else {
        without(|byte| matches!(byte, b' ' | b'\t'))
    }
}

/// The name at the end of text, without quotes around it; in forms, the last one of `user[password]`.
pub(crate) fn key_at_end(text: &[u8]) -> &[u8] {
    match text {
        [rest @ .., quote @ (b'"' | b'\'' | b'`')] => quoted_name(rest, *quote),
        [rest @ .., b']'] => {
            let name = name_at_end(rest);
            let is_part = matches!(rest[..rest.len() - name.len()], [.., before, b'['] if is_name(before));
            if is_part { name } else { b"" }
        }
        _ => name_at_end(text),
    }
}

/// The name in front of a closing quote. Behind an opening one it may hold spaces.
fn quoted_name(text: &[u8], quote: u8) -> &[u8] {
    let is_part = |byte: &&u8| is_name(**byte) || **byte == b' ';
    let (rest, name) = text.split_at(text.len() - text.iter().rev().take(LONGEST_NAME).take_while(is_part).count());
    if rest.last() == Some(&quote) { name } else { name_at_end(text) }
}

/// The two names at the end of text with a space between them, such as `api key`; empty if there are none.
fn two_words_at_end(text: &[u8]) -> &[u8] {
    let last = name_at_end(text).len();
    let Some(before) = text[..text.len() - last].strip_suffix(b" ").filter(|_| last > 0) else { return b"" };
    let first = name_at_end(before).len();
    if first == 0 { b"" } else { &text[before.len() - first..] }
}

/// The families of a key in double quotes that holds escapes, in JSON that is text itself: there, the value still has its
/// escapes too, and ends where it should.
fn family_of_escaped(text: &[u8], separator: usize, names: &Names) -> Family {
    const LONGEST: usize = 6 * LONGEST_NAME;
    let text = text[..separator].trim_ascii_end();
    let Some(key) = text.strip_suffix(b"\"") else { return Family::NONE };
    let length = key.iter().rev().take(LONGEST).take_while(|byte| **byte != b'"').count();
    let key = &key[key.len() - length..];
    if memmem::find(key, b"\\u").is_none() {
        return Family::NONE;
    }
    let key = String::from_utf8_lossy(key);
    names.family(unescape_times(&key, 1).as_bytes())
}

/// The name at the end of text, without the end of a colour code in front of it.
fn name_at_end(text: &[u8]) -> &[u8] {
    let length = text.iter().rev().take(LONGEST_NAME).take_while(|byte| is_name(**byte)).count();
    let start = text.len() - length;
    let digits = text[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let behind_colour = start + digits + 1;
    let is_coloured = text.get(..behind_colour).is_some_and(ends_colour);
    &text[if is_coloured { behind_colour } else { start }..]
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
    start += blanks_at(&text[start..], matches!(before_blanks(&text[..at]).last(), Some(b'"')));
    let value = match *text.get(start)? {
        quote @ (b'"' | b'\'' | b'`') => {
            let inner = start + 1;
            inner..pem_end(text, inner).unwrap_or_else(|| quoted_end(text, inner, quote))
        }
        b'{' | b'[' => start..word_end(text, container_end(text, start)),
        _ if family.meets(Family::AUTHORIZATION) => return credentials(text, start),
        _ if family.meets(Family::COOKIE) => start..line_end(text, start),
        _ => start..pem_end(text, start).unwrap_or_else(|| wrapped_end(text, start)),
    };
    (!value.is_empty() && !is_nothing(&text[value.clone()])).then_some(value)
}

/// How many blanks text starts with; behind a key of JSON, line breaks are blanks, too.
fn blanks_at(text: &[u8], of_json: bool) -> usize {
    let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t') || of_json && matches!(byte, b'\n' | b'\r');
    text.iter().take_while(is_blank).count()
}

/// The end of a private key or certificate that starts here, which has many lines. What was cut off goes on to the end of
/// the text.
fn pem_end(text: &[u8], start: usize) -> Option<usize> {
    const DASHES: &[u8] = b"-----";
    const END: &[u8] = b"-----END";
    let block = text[start..].strip_prefix(b"-----BEGIN")?;
    let from = text.len() - block.len();
    let end = memmem::find(block, END).and_then(|end| {
        let behind = from + end + END.len();
        memmem::find(&text[behind..], DASHES).map(|dashes| behind + dashes + DASHES.len())
    });
    Some(end.unwrap_or(text.len()))
}

/// Where a value without quotes around it ends. Something in quotes may belong to it: `Some("x")`, `b'x'`.
fn wrapped_end(text: &[u8], start: usize) -> usize {
    let end = word_end(text, start);
    let word = &text[start..end];
    let opened = word.iter().filter(|byte| **byte == b'(').count();
    let is_wrapper = word.ends_with(b"(");
    let is_prefix = matches!(word.len(), 1 | 2) && word.iter().all(|byte| b"bBfFrRuU".contains(byte));
    let inner = if is_wrapper { end + blanks_at(&text[end..], true) } else { end };
    match text.get(inner) {
        Some(quote @ (b'"' | b'\'' | b'`')) if is_wrapper || is_prefix => {
            let closing = quoted_end(text, inner + 1, *quote);
            let behind = closing + usize::from(text.get(closing) == Some(quote));
            behind + text[behind..].iter().take(opened).take_while(|byte| **byte == b')').count()
        }
        Some(_) if inner > end => word_end(text, inner),
        _ => end,
    }
}

/// Words that say that there is no value.
fn is_nothing(value: &[u8]) -> bool {
    matches!(value, b"null" | b"None" | b"nil" | b"undefined" | b"{}" | b"[]")
}

/// The value of `Authorization`: what follows the scheme, to the end of the line for schemes that list parameters.
pub(super) fn credentials(text: &[u8], start: usize) -> Option<Range<usize>> {
    let scheme_end = wrapped_end(text, start);
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

/// Where the line ends, or the quotes around it. Quotes behind `=` are those of a parameter, and it goes on behind them.
fn line_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(found) = text[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r' | b'"')) {
        at += found;
        if text[at] != b'"' {
            return at;
        }
        let escape = usize::from(at > start && is_escaped(text, at));
        if text[start..at - escape].last() != Some(&b'=') {
            return at - escape;
        }
        at += 1;
        at += text[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r' | b'"')).unwrap_or(text.len() - at);
        at += usize::from(text.get(at) == Some(&b'"'));
    }
    text.len()
}

/// Whether a value was redacted before. Something other than a word may follow, because a hit that overlapped the end of
/// the value may have taken its closing quote along.
pub(crate) fn is_marked(text: &[u8], value: &Range<usize>, markers: &[String]) -> bool {
    let rest = &text[value.start..];
    is_masked(&text[value.clone()]) || mark(rest, markers).is_some_and(|end| !word_after(rest, end))
}

/// Whether nothing but what was redacted before is left of a value: between marks there are no words.
pub(crate) fn is_marked_whole(value: &[u8], markers: &[String]) -> bool {
    let (mut rest, mut is_marked) = (value, is_masked(value));
    while let Some(first) = rest.first() {
        match mark(rest, markers) {
            Some(end) => (rest, is_marked) = (&rest[end..], true),
            None if is_word(*first) || !first.is_ascii() => return false,
            None => rest = &rest[1..],
        }
    }
    is_marked
}

fn is_masked(value: &[u8]) -> bool {
    value.iter().all(|byte| *byte == b'*')
}

/// The length of the mark that text starts with: one of telesieve's own, or one of the user's.
fn mark(text: &[u8], markers: &[String]) -> Option<usize> {
    let of_user = || markers.iter().find(|marker| text.starts_with(marker.as_bytes())).map(String::len);
    marker(text).or_else(of_user)
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
