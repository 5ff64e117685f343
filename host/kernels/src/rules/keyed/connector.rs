//! What stands between a name and its value: operators, types, calls, tags, flags, words.
//!
//! From the end of a name, this finds where its value starts, and how it has to be read.

use std::ops::Range;

use super::quote::behind_closers;
use crate::bytes;
use crate::rules::has_stem;

/// Where a value starts, and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// Its first byte, or that of the quote around it.
    pub(super) at: usize,
    /// How it is read.
    pub(super) form: Form,
}

/// How a value is read, and what it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Behind an operator.
    Assigned,
    /// Behind `:` and a blank, where sentences go on, too.
    Told,
    /// A parameter of a query or a form.
    Parameter,
    /// The content of an element.
    Element,
    /// An argument: in quotes.
    Argument,
    /// The second one of two arguments or elements: in quotes, and the last one or a word that is none of a sentence.
    Pair,
    /// One of more: in quotes, and a word that is none of a sentence.
    Member,
    /// The word behind a flag.
    Flag,
    /// Behind words: in quotes, or a word that is none of a sentence.
    Prose,
}

/// Where the value of the name at `name` starts. `goes_told` says whether prose may lead to it. A name without a stem needs
/// an operator, or to be all of a tag: triggers see no more of it.
pub(super) fn start(text: &[u8], name: &Range<usize>, goes_told: bool) -> Option<Start> {
    if text[..name.start].ends_with(b"</") {
        return None;
    }
    if !has_stem(&text[name.clone()]) {
        return plain_start(text, name);
    }
    if is_in_tag(text, name.start)
        && let Some(start) = element(text, name.end)
    {
        return Some(start);
    }
    let closed = behind_closers(text, name.end);
    if is_named_element(text, name, closed) {
        return named_element(text, closed);
    }
    if let Some(start) = of_pair(text, closed) {
        return Some(start);
    }
    let is_quoted = closed > name.end && matches!(text[name.end], b'"' | b'\\');
    let at = skip_blanks(text, closed, is_quoted);
    if let Some(behind) = operator(text, at) {
        return Some(assigned(text, name, at, behind, is_quoted));
    }
    if let Some(start) = argument(text, name, closed, at) {
        return Some(start);
    }
    if at == closed {
        return None;
    }
    let typed = behind_type(text, at).map(|at| Start { at, form: Form::Assigned });
    let flag =
        || (is_flag(text, name.start) || is_variable(text, name.start)).then_some(Start { at, form: Form::Flag });
    typed.or_else(flag).or_else(|| prose(text, name, at, goes_told))
}

/// [`start`] for a name without a stem.
fn plain_start(text: &[u8], name: &Range<usize>) -> Option<Start> {
    const MOST: usize = 3;
    if is_in_tag(text, name.start) && text.get(name.end) == Some(&b'>') {
        return element(text, name.end);
    }
    let is_closer = |byte: &&u8| matches!(byte, b'"' | b'\'' | b'`' | b']' | b'\\');
    let closed = name.end + text[name.end..].iter().take(MOST).take_while(is_closer).count();
    let is_quoted = closed > name.end && matches!(text[name.end], b'"' | b'\\');
    let at = skip_blanks(text, closed, is_quoted);
    let is_seen = matches!(text.get(at), Some(b'=' | b':'))
        || at == name.end && !text[at - 1].is_ascii() && matches!(text[at..], [0xef, 0xbc, 0x9a | 0x9d, ..]);
    let behind = operator(text, at).filter(|_| is_seen)?;
    Some(assigned(text, name, at, behind, is_quoted))
}

fn assigned(text: &[u8], name: &Range<usize>, operator: usize, behind: usize, is_quoted: bool) -> Start {
    let at = behind_length(text, behind_more(text, skip_blanks(text, behind, is_quoted)));
    if text[operator..behind].ends_with(b":")
        && let Some(typed) = behind_type(text, at)
    {
        return Start { at: typed, form: Form::Assigned };
    }
    let is_parameter = name.start > 0 && matches!(text[name.start - 1], b'?' | b'&') && &text[operator..behind] == b"=";
    let is_told = text[operator..behind] == *b":" && at > behind;
    let form = match (is_parameter, is_told) {
        (true, _) => Form::Parameter,
        (_, true) => Form::Told,
        _ => Form::Assigned,
    };
    Start { at, form }
}

/// Behind a further operator with a blank behind it: `name: => x`.
fn behind_more(text: &[u8], at: usize) -> usize {
    let behind = text.get(at).filter(|byte| matches!(byte, b'=' | b':')).and_then(|_| operator(text, at));
    behind.filter(|behind| text.get(*behind) == Some(&b' ')).map_or(at, |behind| skip_blanks(text, behind, false))
}

/// Blanks; behind a key of JSON, and what follows it, lines may end.
pub(super) fn skip_blanks(text: &[u8], at: usize, over_lines: bool) -> usize {
    let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t') || over_lines && matches!(byte, b'\n' | b'\r');
    at + text[at..].iter().take_while(is_blank).count()
}

/// Behind the operator at a place, if one is there: the longest run of its signs that ends with `=`, `:` or `>`.
fn operator(text: &[u8], at: usize) -> Option<usize> {
    const LONGEST: usize = 6;
    const WIDE: &[&[u8]] = &["＝".as_bytes(), "：".as_bytes(), b"&gt;", b"<-"];
    let rest = &text[at..];
    if let Some(wide) = WIDE.iter().find(|wide| rest.starts_with(wide)) {
        return Some(at + wide.len());
    }
    let is_sign = |byte: &&u8| matches!(byte, b'=' | b':' | b'>' | b'!' | b'?' | b'+' | b'|' | b'~' | b'<' | b'-');
    let signs = rest.iter().take(LONGEST).take_while(is_sign).count();
    let length = rest[..signs].iter().rposition(|byte| matches!(byte, b'=' | b':' | b'>'))? + 1;
    let operator = &rest[..length];
    let is_one = match operator {
        b">" => is_before_quote(rest, length) && length < rest.len(),
        b"->" | b"~>" => true,
        _ => operator.iter().any(|byte| matches!(byte, b'=' | b':')),
    };
    let is_address = operator.ends_with(b":") && rest[length..].starts_with(b"//");
    (is_one && !is_address).then_some(at + length)
}

/// Whether a quote follows, behind blanks.
fn is_before_quote(rest: &[u8], length: usize) -> bool {
    matches!(rest[length..].trim_ascii_start().first(), Some(b'"' | b'\'' | b'`'))
}

/// Behind a type and `=`, as in `name: string = "x"`, `var name string = "x"` and `name As String = "x"`.
fn behind_type(text: &[u8], at: usize) -> Option<usize> {
    const LONGEST: usize = 32;
    let is_part = |byte: &&u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'&' | b'*' | b'?' | b'<' | b'>' | b'[' | b']' | b'.' | b'\'')
    };
    let word = |at: usize| text[at..].iter().take(LONGEST).take_while(is_part).count();
    let mut start = behind_lifetime(text, at);
    if text[at..].len() > 3 && text[at..at + 3].eq_ignore_ascii_case(b"as ") {
        start += 3;
    }
    let length = word(start);
    let is_name = text[start..start + length].iter().any(u8::is_ascii_alphabetic);
    let behind = skip_blanks(text, start + length, false);
    let equals = match &text[behind..] {
        [b':', b'=', ..] => 2,
        [b'=', next, ..] if !matches!(next, b'=' | b'>') => 1,
        _ => return None,
    };
    (length > 0 && is_name && behind > start + length).then(|| skip_blanks(text, behind + equals, false))
}

/// Behind the lifetime of a reference of Rust: `&'static str`.
fn behind_lifetime(text: &[u8], at: usize) -> usize {
    const LONGEST: usize = 16;
    let Some(lifetime) = text[at..].strip_prefix(b"&'") else { return at };
    let length = lifetime.iter().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if lifetime.get(length) == Some(&b' ') { at + 2 + length + 1 } else { at }
}

/// Behind a type and a length in front of a quote, as PHP dumps values: `string(12) "x"`.
fn behind_length(text: &[u8], at: usize) -> usize {
    const LONGEST: usize = 12;
    let letters = text[at..].iter().take(LONGEST).take_while(|byte| byte.is_ascii_lowercase()).count();
    let Some(inner) = text[at + letters..].strip_prefix(b"(").filter(|_| letters > 0) else { return at };
    let digits = inner.iter().take(LONGEST).take_while(|byte| byte.is_ascii_digit()).count();
    let behind = at + letters + 1 + digits;
    if digits > 0 && text[behind..].starts_with(b") \"") { behind + 2 } else { at }
}

/// Whether the name at a place is that of an element, or one of its attributes' values.
fn is_in_tag(text: &[u8], name: usize) -> bool {
    const LONGEST: usize = 32;
    let before = &text[..name];
    let prefix =
        before.iter().rev().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b':').count();
    let before = &before[..name - prefix];
    before.ends_with(b"<") || before.ends_with(b"&lt;")
}

/// The content of an element whose name ends at a place.
fn element(text: &[u8], name_end: usize) -> Option<Start> {
    const LONGEST: usize = 200;
    let rest = &text[name_end..text.len().min(name_end + LONGEST)];
    let end = rest.iter().position(|byte| matches!(byte, b'>' | b'<' | b'\n'))?;
    let escaped = bytes::find(rest, b"&gt;");
    let behind = match (rest[end], escaped) {
        (_, Some(escaped)) if escaped < end => name_end + escaped + 4,
        (b'>', _) if end == 0 || rest[end - 1] != b'/' => name_end + end + 1,
        _ => return None,
    };
    // An operator in the tag is that of an attribute.
    let at = behind + text[behind..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let is_empty = matches!(text.get(at), None | Some(b'<')) && !text[at..].starts_with(b"<![CDATA[");
    (!is_empty).then_some(Start { at, form: Form::Element })
}

/// The value that is told by another field, where the name is a value itself: `name="password" value="x"`.
fn of_pair(text: &[u8], closed: usize) -> Option<Start> {
    const NEAR: usize = 24;
    const NAMES: &[&[u8]] = &[b"value", b"val", b"content"];
    if text[closed..].starts_with(b"</key>") || text[closed..].starts_with(b"</name>") {
        return of_element_pair(text, closed);
    }
    let is_between =
        |byte: &&u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'"' | b'\'' | b'\\' | b'@' | b'{');
    let gap = text[closed..].iter().take(NEAR).take_while(is_between).count();
    let at = closed + gap;
    let name =
        NAMES.iter().find(|name| text.get(at..at + name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name)))?;
    let end = behind_closers(text, at + name.len());
    let behind = operator(text, skip_blanks(text, end, true))?;
    (gap > 0).then(|| Start { at: skip_blanks(text, behind, true), form: Form::Assigned })
}

/// Whether the name is the last attribute of an element, which it gives its name: `<param name="password">`.
fn is_named_element(text: &[u8], name: &Range<usize>, closed: usize) -> bool {
    const ATTRIBUTES: &[&[u8]] = &[b" name=", b" key="];
    let before = &text[..before_quote(text, name.start)];
    closed > name.end
        && text.get(closed) == Some(&b'>')
        && ATTRIBUTES.iter().any(|attribute| before.ends_with(attribute))
}

/// The content of an element that an attribute names, or of the element `value` in it.
fn named_element(text: &[u8], end: usize) -> Option<Start> {
    const VALUE: &[u8] = b"<value";
    let inner = end + 1 + text[end + 1..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let has_value = text[inner..].starts_with(VALUE);
    element(text, if has_value { inner + VALUE.len() } else { end })
}

/// `<key>password</key><string>x</string>`, as property lists have it.
fn of_element_pair(text: &[u8], closed: usize) -> Option<Start> {
    let behind = closed + memchr::memchr(b'>', &text[closed..])? + 1;
    let at = behind + text[behind..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let tag = text[at..].strip_prefix(b"<")?.first()?;
    tag.is_ascii_alphabetic().then(|| element(text, at + 1)).flatten()
}

/// A value in quotes behind `(`, or behind a comma among arguments or elements.
fn argument(text: &[u8], name: &Range<usize>, closed: usize, at: usize) -> Option<Start> {
    if closed == name.end && text.get(at) == Some(&b'(') {
        let inner = skip_blanks(text, at + 1, true);
        return is_quote(text, inner).then_some(Start { at: inner, form: Form::Argument });
    }
    let is_in = |start: &&[u8]| text[at..].starts_with(start);
    if at > closed && [&b"in ("[..], b"IN (", b"in ["].iter().any(is_in) {
        let inner = skip_blanks(text, at + 4, true);
        return is_quote(text, inner).then_some(Start { at: inner, form: Form::Argument });
    }
    // Pairs of Lisp have a dot between blanks.
    let is_pair = at > closed && text[at..].starts_with(b". ");
    if text.get(at) != Some(&b',') && !is_pair {
        return None;
    }
    let opened = before_quote(text, name.start);
    let is_first = matches!(text[..opened].last(), Some(b'(' | b'['));
    let next = skip_blanks(text, at + 1, true);
    let next = if text[next..].starts_with(b"default ") { next + 8 } else { next };
    let is_quoted = closed > name.end || is_first;
    let form = if is_first { Form::Pair } else { Form::Member };
    (is_quoted && is_quote(text, next)).then_some(Start { at: next, form })
}

/// Where the quotes in front of a name start, with blanks before them.
fn before_quote(text: &[u8], name: usize) -> usize {
    let quotes = text[..name].iter().rev().take_while(|byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\')).count();
    let rest = name - quotes;
    rest - text[..rest].iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Whether a quote opens at a place, maybe behind letters that belong to it.
fn is_quote(text: &[u8], at: usize) -> bool {
    at < text.len() && (super::quote::open(text, at).is_some() || super::quote::open_behind_prefix(text, at).is_some())
}

/// Whether a hyphen makes the name that of a flag.
fn is_flag(text: &[u8], name: usize) -> bool {
    let hyphens = text[..name].iter().rev().take(3).take_while(|byte| **byte == b'-').count();
    matches!(hyphens, 1 | 2) && text[..name - hyphens].last().is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

/// Whether a command that sets variables is in front of the name: `ENV NAME value`, `aws configure set NAME value`. There
/// may be a path in front of the name: `npm config set //registry/:_authToken value`.
fn is_variable(text: &[u8], name: usize) -> bool {
    const COMMANDS: &[&[u8]] = &[b"ENV ", b"setx ", b"setenv ", b"configure set ", b"config set "];
    const LONGEST_PATH: usize = 80;
    let path = text[..name].iter().rev().take(LONGEST_PATH).take_while(|byte| !byte.is_ascii_whitespace()).count();
    COMMANDS.iter().any(|command| text[..name - path].ends_with(command))
}

/// A value behind words: `password is x`, `password for jane was set to x`; or behind a blank or a bar alone.
fn prose(text: &[u8], name: &Range<usize>, at: usize, goes_told: bool) -> Option<Start> {
    const VERBS: &[&[u8]] = &[
        b"has been changed to ",
        b"has been reset to ",
        b"has been set to ",
        b"has been generated: ",
        b"is now ",
        b"is: ",
        b"is ",
        b"was changed to ",
        b"was created: ",
        b"was generated: ",
        b"was reset to ",
        b"was set to ",
        b"set to ",
        b"changed to ",
        b"was ",
        b"will be ",
        b"equals ",
        b"lautet ",
        b"ist ",
        b"est ",
        b"es ",
        b"to ",
        b"as ",
    ];
    let rest = &text[at..];
    if text[at..].starts_with(b"| ") || text[at - 1] == b'\t' {
        let at = if rest.starts_with(b"| ") { at + 2 } else { at };
        return Some(Start { at, form: Form::Prose });
    }
    if name.start > 0 && text[name.start - 1] == b'{' {
        return Some(Start { at, form: Form::Prose });
    }
    if !goes_told {
        return None;
    }
    if is_quote(text, at) || is_behind_login(text, name.start) {
        return Some(Start { at, form: if is_quote(text, at) { Form::Argument } else { Form::Flag } });
    }
    if let Some(verb) = VERBS.iter().find(|verb| starts_with_word(rest, verb)) {
        return Some(Start { at: at + verb.len(), form: Form::Prose });
    }
    behind_whom(rest).map(|length| Start { at: at + length, form: Form::Prose })
}

fn starts_with_word(rest: &[u8], word: &[u8]) -> bool {
    rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// The length of `for jane is `, with the verb within a few words.
fn behind_whom(rest: &[u8]) -> Option<usize> {
    const LONGEST: usize = 60;
    const VERBS: &[&[u8]] = &[b" is ", b" was ", b" = ", b": ", b" to "];
    if !starts_with_word(rest, b"for ") && !starts_with_word(rest, b"of ") {
        return None;
    }
    let line = rest.iter().take(LONGEST).take_while(|byte| **byte != b'\n').count();
    let ends = VERBS.iter().filter_map(|verb| Some(bytes::find(&rest[..line], verb)? + verb.len()));
    ends.min()
}

/// Whether a login is in front of the name, as in `machine h login u password x`.
fn is_behind_login(text: &[u8], name: usize) -> bool {
    const NEAR: usize = 80;
    let before = &text[name.saturating_sub(NEAR)..name];
    bytes::find(before, b"login ").is_some()
}
