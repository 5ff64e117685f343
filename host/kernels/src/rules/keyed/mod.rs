//! Values that are secret by the name of their key.
//!
//! In JSON the key is a token of its own, and the caller asks for the family of its name. In text, every word is asked
//! whether it is such a name. `connector.rs` finds where its value starts, `quote.rs` and `value.rs` where it ends, and
//! `harmless.rs` whether it is one. Everything is linear: where a value ends, the search goes on.

mod commands;
mod connector;
mod harmless;
mod marks;
mod quote;
mod value;

use std::ops::Range;

use memchr::{memchr_iter, memchr2_iter};

use super::names::{Family, LONGEST_NAME, Names, has_stem};
use super::{Hits, Subject};
use crate::bytes;
use crate::decode::unescape_times;
use connector::{Form, Start};
use harmless::{Candidate, is_harmless, is_telling};
pub(crate) use harmless::{is_harmless_json, is_pointer};
pub(crate) use marks::{is_marked, is_marked_whole, mark};

/// The value of a key in text.
#[derive(Clone, Debug)]
pub(crate) struct Keyed {
    value: Range<usize>,
    family: Family,
}

/// Finds the values of keys in text.
pub(crate) fn keyed(text: &[u8], names: &Names, families: Family, markers: &[String], values: &mut Vec<Keyed>) {
    // Few texts have the `za` of `authorization`, which is all that some rules ask for.
    if families == Family::AUTHORIZATION && !may_hold_authorization(text) {
        return;
    }
    let mut search = Search { text, names, families, markers, values };
    search.words();
    search.escaped();
    if families.meets(Family::SECRET) {
        commands::find(text, &mut |value| search.push(value, Family::SECRET));
    }
}

/// Whether the `za` of `authorization` may be in text: what separates words may be between, and any letter an escape.
fn may_hold_authorization(text: &[u8]) -> bool {
    let goes_on = |at: usize| matches!(text.get(at + 1), Some(b'a' | b'A' | b' ' | b'_' | b'-' | b'.'));
    memchr2_iter(b'z', b'Z', text).any(goes_on) || bytes::find(text, b"\\u").is_some()
}

/// Reports the values of a family.
pub(crate) fn find(subject: &Subject<'_>, family: Family, hits: &mut Hits) {
    hits.extend(subject.keyed.iter().filter(|keyed| keyed.family.meets(family)).map(|keyed| keyed.value.clone()));
}

struct Search<'s> {
    text: &'s [u8],
    names: &'s Names,
    families: Family,
    markers: &'s [String],
    values: &'s mut Vec<Keyed>,
}

impl Search<'_> {
    /// Looks at all words.
    fn words(&mut self) {
        let mut at = 0;
        let mut before = 0..0;
        while let Some(word) = next_word(self.text, at) {
            at = word.end;
            let (name, family) = self.name(&word, &before);
            before = word;
            if !family.meets(self.families) {
                continue;
            }
            if let Some(value) = value_of(self.text, &name, family, self.markers) {
                at = at.max(value.end);
                self.push(value, family);
            }
        }
    }

    /// The name that ends with a word, and its families: the word, or the one in front of it, too, as in `api key`.
    fn name(&self, word: &Range<usize>, before: &Range<usize>) -> (Range<usize>, Family) {
        let own = with_words(self.text, without_call(self.text, word));
        // Most words are none by their last letters, and then nothing in front of them makes them one.
        if !self.names.may_end(&self.text[own.clone()]) {
            return (own, Family::NONE);
        }
        let family = self.family(&own);
        if !family.is_empty() || before.end + 1 != word.start || self.text[before.end] != b' ' {
            return (own, family);
        }
        let is_tag = before.start > 0 && self.text[before.start - 1] == b'<';
        if is_tag {
            return (own, family);
        }
        let both = before.start..own.end;
        let family = self.family(&both);
        (both, family)
    }

    fn family(&self, name: &Range<usize>) -> Family {
        self.names.family(&self.text[name.clone()])
    }

    /// Looks at keys in double quotes that hold escapes, in JSON that is text itself: there, the value still has its escapes
    /// too, and ends where it should.
    fn escaped(&mut self) {
        if bytes::find(self.text, b"\\u").is_none() {
            return;
        }
        let mut searched = 0;
        for colon in memchr_iter(b':', self.text) {
            let Some(name) = escaped_key(self.text, colon).filter(|_| colon >= searched) else { continue };
            let key = String::from_utf8_lossy(&self.text[name.clone()]);
            let family = self.names.family(unescape_times(&key, 1).as_bytes());
            if !family.meets(self.families) {
                continue;
            }
            if let Some(value) = value_of(self.text, &name, family, self.markers) {
                searched = value.end;
                self.push(value, family);
            }
        }
    }

    fn push(&mut self, value: Range<usize>, family: Family) {
        if !is_marked(self.text, &value, self.markers) {
            self.values.push(Keyed { value, family });
        }
    }
}

/// A key in front of a colon, between double quotes, that holds an escape.
fn escaped_key(text: &[u8], colon: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 6 * LONGEST_NAME;
    let key = text[..colon].trim_ascii_end().strip_suffix(b"\"")?;
    let length = key.iter().rev().take(LONGEST).take_while(|byte| **byte != b'"').count();
    let start = key.len() - length;
    bytes::find(&key[start..], b"\\u").map(|_| start..key.len())
}

/// The next word from a place on: letters, digits and what joins them.
fn next_word(text: &[u8], at: usize) -> Option<Range<usize>> {
    // The hyphens of a flag are none of its name.
    let start = at + text[at..].iter().position(|byte| is_name(*byte) && !matches!(byte, b'-' | b'.'))?;
    let length = text[start..].iter().take_while(|byte| is_name(**byte)).count();
    Some(behind_colour(text, start, start + length)..start + length)
}

/// Behind the end of a colour code that a word starts with.
fn behind_colour(text: &[u8], start: usize, end: usize) -> usize {
    if !matches!(text[start], b'0'..=b'9' | b'm') {
        return start;
    }
    let digits = text[start..end].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let behind = start + digits + 1;
    if behind <= end && crate::bytes::ends_colour(&text[..behind]) { behind } else { start }
}

/// What names are made of: letters of any script that has names here, digits and what joins words.
#[inline]
fn is_name(byte: u8) -> bool {
    IS_NAME[usize::from(byte)]
}

static IS_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric()
            || matches!(byte as u8, b'_' | b'-' | b'.' | 0x80..=0xbf | 0xc3..=0xdf | 0xe3..=0xee);
        byte += 1;
    }
    table
};

/// A name of three words, of which the last one alone is no name.
fn with_words(text: &[u8], word: Range<usize>) -> Range<usize> {
    const WORDS: &[u8] = b"mot de ";
    const LAST: &[u8] = b"passe";
    let Some(start) = word.start.checked_sub(WORDS.len()) else { return word };
    let is_whole = text[word.clone()].eq_ignore_ascii_case(LAST) && text[start..word.start].eq_ignore_ascii_case(WORDS);
    if is_whole { start..word.end } else { word }
}

/// A name without the method that compares it: `password.equals`.
fn without_call(text: &[u8], word: &Range<usize>) -> Range<usize> {
    const METHODS: &[&[u8]] =
        &[b".equals", b".equalsIgnoreCase", b".Equals", b".compareTo", b".contentEquals", b".eq", b".matches"];
    if text.get(word.end) != Some(&b'(') {
        return word.clone();
    }
    let name = &text[word.clone()];
    let method = METHODS.iter().find(|method| name.ends_with(method)).map_or(0, |method| method.len());
    word.start..word.end - method
}

/// The name at the end of text, without quotes around it; in forms, the last one of `user[password]`.
pub(crate) fn key_at_end(text: &[u8]) -> &[u8] {
    match text {
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

/// The value of the name at a place, if it has one that is not harmless.
fn value_of(text: &[u8], name: &Range<usize>, family: Family, markers: &[String]) -> Option<Range<usize>> {
    if is_in_resource_name(text, name.start) {
        return None;
    }
    let goes_told = family.intersects(Family::PASSWORD) || family.is_own();
    let found = connector::start(text, &behind_method(text, name), goes_told);
    let found = found.and_then(|start| read(text, name, family, start, markers));
    found.or_else(|| has_stem(&text[name.clone()]).then(|| compared(text, name.start)).flatten())
}

/// A name with the method that compares it: the connector starts behind it.
fn behind_method(text: &[u8], name: &Range<usize>) -> Range<usize> {
    let method = text[name.end..].iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'.').count();
    let is_call = text[name.end..].starts_with(b".") && text.get(name.end + method) == Some(&b'(');
    name.start..if is_call { name.end + method } else { name.end }
}

/// Whether a name is a part of an ARN, such as `…:secret:name`: what follows names a secret and is none.
fn is_in_resource_name(text: &[u8], name: usize) -> bool {
    const LONGEST: usize = 160;
    if name == 0 || !matches!(text[name - 1], b':' | b'/') {
        return false;
    }
    let before = &text[name.saturating_sub(LONGEST)..name];
    let word = before.iter().rposition(|byte| byte.is_ascii_whitespace()).map_or(before, |at| &before[at + 1..]);
    bytes::find(word, b"arn:").is_some()
}

/// Reads the value that starts somewhere.
fn read(text: &[u8], name: &Range<usize>, family: Family, start: Start, markers: &[String]) -> Option<Range<usize>> {
    let value = span(text, name, family, start, markers)?;
    let is_quoted = value.inner.start > start.at;
    let inner = &text[value.inner.clone()];
    let candidate = Candidate {
        family,
        name: &text[name.clone()],
        value: inner,
        after: &text[value.end..],
        is_quoted,
        is_told: matches!(start.form, Form::Told | Form::Prose),
    };
    let is_name = || matches!(text[value.end..].trim_ascii_start().first(), Some(b':' | b'='));
    let is_last = || matches!(text[value.end..].trim_ascii_start().first(), Some(b')' | b']') | None);
    let is_one = match start.form {
        Form::Pair => is_last() || is_telling(inner) && !is_name(),
        Form::Member => is_telling(inner) && !is_name(),
        Form::Prose => is_quoted || is_telling(inner),
        Form::Flag => !inner.starts_with(b"-"),
        _ => true,
    };
    (!inner.is_empty() && is_one && !is_harmless(&candidate)).then_some(value.inner)
}

/// A value, and the place behind the quotes around it.
struct Span {
    inner: Range<usize>,
    end: usize,
}

impl Span {
    fn bare(start: usize, end: usize) -> Self {
        Self { inner: start..end, end }
    }
}

/// Where a value starts and ends.
fn span(text: &[u8], name: &Range<usize>, family: Family, start: Start, markers: &[String]) -> Option<Span> {
    let at = start.at;
    let first = *text.get(at)?;
    if let Some(quote) = quote::open(text, at).or_else(|| quote::open_behind_prefix(text, at)) {
        let pem = value::pem_end(text, quote.start);
        let end = pem.unwrap_or_else(|| quote.end(text));
        let (end, behind) = joined(text, end, quote.behind(text, end));
        return Some(Span { inner: quote.start..end, end: behind });
    }
    if start.form == Form::Told
        && let Some(behind) = value::behind_tag(text, at)
    {
        let value = span(text, name, family, Start { at: behind, form: Form::Assigned }, markers)?;
        return Some(Span { inner: at..value.inner.end, end: value.end });
    }
    if let Some(length) = mark(&text[at..], markers) {
        // The signs of a mark are none of a value's: what is joined to it belongs to the value.
        return Some(Span::bare(at, behind_mark(text, at + length, family, start.form)));
    }
    if let Some(end) = value::here_document_end(text, at) {
        return Some(Span::bare(at, end));
    }
    if matches!(text[at..], [b'\\', b'n' | b'r', ..]) {
        // The line ends, in a text that is escaped once more.
        return None;
    }
    if matches!(first, b'\n' | b'\r') || matches!(first, b'|' | b'>') {
        let block = value::block(text, name.start, at)?;
        return Some(Span::bare(block.start, block.end));
    }
    let end = match start.form {
        Form::Element => value::element_end(text, at),
        Form::Parameter => value::parameter_end(text, at),
        _ if matches!(first, b'{' | b'[') => container(text, at),
        _ if family.meets(Family::AUTHORIZATION) => {
            return credentials(text, at).map(|value| Span::bare(value.start, value.end));
        }
        _ if family.meets(Family::COOKIE) => value::rest_of_line(text, at),
        _ if family.intersects(Family::LINE) => value::rest_of_line(text, at),
        _ => value::pem_end(text, at).unwrap_or_else(|| wrapped_end(text, at)),
    };
    Some(Span::bare(at, end))
}

/// The end of a value whose strings are joined by operators, and the place behind the last quote.
fn joined(text: &[u8], end: usize, behind: usize) -> (usize, usize) {
    let (mut end, mut behind) = (end, behind);
    while behind > end {
        let operator = connector::skip_blanks(text, behind, true);
        let is_joined = matches!(text[operator..], [b'+' | b'.' | b'&' | b'~', b' ' | b'\n', ..]);
        let next = if is_joined { connector::skip_blanks(text, operator + 1, true) } else { text.len() };
        let Some(quote) = text.get(next).and_then(|_| quote::open(text, next)) else { break };
        end = quote.end(text);
        behind = quote.behind(text, end);
    }
    (end, behind)
}

/// Where a value ends that starts with a mark, from behind the mark on.
fn behind_mark(text: &[u8], from: usize, family: Family, form: Form) -> usize {
    match form {
        Form::Element => value::element_end(text, from),
        Form::Parameter => value::parameter_end(text, from),
        _ if family.intersects(Family::COOKIE | Family::LINE) => value::rest_of_line(text, from),
        _ => value::word_end(text, from),
    }
}

/// A container, and what is joined to it.
fn container(text: &[u8], start: usize) -> usize {
    let end = value::container_end(text, start);
    if text.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric()) { value::word_end(text, end) } else { end }
}

/// Where a value without quotes around it ends. Something in quotes may belong to it: `Some("x")`, `String::from("x")`.
fn wrapped_end(text: &[u8], start: usize) -> usize {
    const LONGEST: usize = 32;
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.' | b'(');
    let word = text[start..].iter().take(LONGEST).take_while(is_part).count();
    let call = start + word;
    if word < 2 || text[call - 1] != b'(' {
        return value::word_end(text, start);
    }
    let opened = text[start..call].iter().filter(|byte| **byte == b'(').count();
    let inner = connector::skip_blanks(text, call, true);
    let Some(quote) = text.get(inner).and_then(|_| quote::open(text, inner)) else {
        return value::word_end(text, start);
    };
    let behind = quote.behind(text, quote.end(text));
    behind + text[behind..].iter().take(opened).take_while(|byte| **byte == b')').count()
}

/// A value in quotes in front of the name, and a comparison: `"x" == password`.
fn compared(text: &[u8], name: usize) -> Option<Range<usize>> {
    const OPERATORS: &[&[u8]] = &[b"===", b"!==", b"==", b"!=", b".equals(", b".Equals("];
    let before = text[..name].trim_ascii_end();
    let operator = OPERATORS.iter().find(|operator| before.ends_with(operator))?;
    let left = before[..before.len() - operator.len()].trim_ascii_end();
    let quote = *left.last().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
    let inner = &left[..left.len() - 1];
    let start = inner.iter().rposition(|byte| *byte == quote || *byte == b'\n').filter(|at| inner[*at] == quote)? + 1;
    (start < inner.len()).then_some(start..inner.len())
}

/// The value of `Authorization`: what follows the scheme; to the end of the line for schemes that list parameters and for
/// those that are not known.
pub(super) fn credentials(text: &[u8], start: usize) -> Option<Range<usize>> {
    let scheme_end =
        start + text[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    let scheme = &text[start..scheme_end];
    let gap = text[scheme_end..].iter().take(2).take_while(|byte| matches!(byte, b' ' | b':' | b'=')).count();
    let rest = connector::skip_blanks(text, scheme_end + gap, false);
    let is_followed = gap > 0 && text.get(rest).is_some_and(|byte| !byte.is_ascii_whitespace());
    if !is_scheme(scheme) {
        let end = wrapped_end(text, start);
        let is_words = end == scheme_end && text.get(end) == Some(&b' ');
        let end = if is_words && is_followed { value::rest_of_line(text, start) } else { end };
        return (end > start).then_some(start..end);
    }
    if !is_followed {
        return None;
    }
    let end = if is_listing(scheme) { value::rest_of_line(text, rest) } else { value::word_end(text, rest) };
    (end > rest).then_some(rest..end)
}

fn is_scheme(word: &[u8]) -> bool {
    const SCHEMES: &[&[u8]] = &[
        b"apikey",
        b"basic",
        b"bearer",
        b"geniekey",
        b"key",
        b"negotiate",
        b"ntlm",
        b"snowflake",
        b"splunk",
        b"ssws",
        b"token",
    ];
    is_listing(word) || SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(word))
}

/// Schemes whose credentials are a list of parameters.
fn is_listing(word: &[u8]) -> bool {
    const LISTING: &[&[u8]] = &[
        b"aws",
        b"aws4-hmac-sha256",
        b"digest",
        b"hawk",
        b"mac",
        b"oauth",
        b"sharedaccesssignature",
        b"sharedkey",
        b"sharedkeylite",
    ];
    LISTING.iter().any(|scheme| scheme.eq_ignore_ascii_case(word))
}
