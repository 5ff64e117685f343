//! Where a value without quotes ends.
//!
//! Passwords hold any sign there is. Where the end is in doubt, more is taken: a sign ends a value only if what follows
//! says so.

use super::quote::line_end;
use crate::bytes;

/// The end of a private key or certificate that starts here, which has many lines. What was cut off goes on to the end of
/// the text.
pub(super) fn pem_end(text: &[u8], start: usize) -> Option<usize> {
    const DASHES: &[u8] = b"-----";
    const END: &[u8] = b"-----END";
    let block = text[start..].strip_prefix(b"-----BEGIN")?;
    let from = text.len() - block.len();
    let end = bytes::find(block, END).and_then(|end| {
        let behind = from + end + END.len();
        bytes::find(&text[behind..], DASHES).map(|dashes| behind + dashes + DASHES.len())
    });
    Some(end.unwrap_or(text.len()))
}

/// Where a word ends that is a value.
pub(super) fn word_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut open = 0_usize;
    while let Some(byte) = text.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => return at,
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' if open > 0 => open -= 1,
            b',' | b';' | b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b'>' | b'|' if ends_here(text, at) => {
                return before_backslash(text, start, at);
            }
            b'&' if is_parameter(&text[at + 1..]) => return at,
            b'<' if is_tag(&text[at + 1..]) => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// A quote behind a backslash belongs to text around it, backslash and all.
fn before_backslash(text: &[u8], start: usize, at: usize) -> usize {
    let backslashes = text[start..at].iter().rev().take_while(|byte| **byte == b'\\').count();
    if matches!(text[at], b'"' | b'\'') { at - backslashes } else { at }
}

/// Whether a sign ends a value: behind it, and others like it, is a blank, the end, or the next name.
fn ends_here(text: &[u8], at: usize) -> bool {
    const MOST: usize = 12;
    let rest = &text[at..];
    let signs = rest.iter().take(MOST).take_while(|byte| is_closing(**byte)).count();
    let behind = &rest[signs..];
    match behind.first() {
        None => true,
        Some(byte) if byte.is_ascii_whitespace() => true,
        // An escape, or a tag.
        Some(b'\\') => matches!(behind.get(1), Some(b'n' | b'r' | b't' | b'"' | b'\'' | b'\\' | b'/')),
        Some(b'<' | b'{' | b'[') => true,
        Some(_) => is_name_and_operator(behind),
    }
}

fn is_closing(byte: u8) -> bool {
    matches!(byte, b',' | b';' | b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b'>' | b'|' | b'.' | b':')
}

/// Whether a name and `=` or `:` follow, in quotes or not.
fn is_name_and_operator(rest: &[u8]) -> bool {
    const LONGEST: usize = 64;
    let name = rest.iter().take(LONGEST).take_while(|byte| is_name(**byte)).count();
    let quotes =
        rest[name..].iter().take(4).take_while(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ' | b']')).count();
    name > 0 && matches!(rest.get(name + quotes), Some(b'=' | b':'))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'@')
}

/// Whether the name of a parameter of a form follows, and `=`.
fn is_parameter(rest: &[u8]) -> bool {
    const LONGEST: usize = 64;
    let is_part = |byte: &&u8| is_name(**byte) || matches!(**byte, b'%' | b'[' | b']');
    let rest = rest.strip_prefix(b"amp;").unwrap_or(rest);
    let name = rest.iter().take(LONGEST).take_while(is_part).count();
    name > 0 && rest.get(name) == Some(&b'=')
}

/// Whether what follows `<` makes it the start of a tag.
fn is_tag(rest: &[u8]) -> bool {
    matches!(rest.first(), Some(b'/' | b'!' | b'a'..=b'z' | b'A'..=b'Z'))
}

/// Where a value of a query ends, behind `?` or `&` and its name.
pub(super) fn parameter_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = text.get(at) {
        match byte {
            b'&' | b'#' | b'"' | b'\'' | b'`' | b'<' | b'>' => return before_backslash(text, start, at),
            b';' if is_parameter(&text[at + 1..]) => return at,
            b')' | b',' | b']' | b'}' | b';' | b'|' if ends_here(text, at) => return at,
            byte if byte.is_ascii_whitespace() => return at,
            _ => at += 1,
        }
    }
    text.len()
}

/// Where the content of an element ends, which may have several lines.
pub(super) fn element_end(text: &[u8], start: usize) -> usize {
    let end = memchr::memchr(b'<', &text[start..]).map_or(text.len(), |length| start + length);
    let escaped = bytes::find(&text[start..end], b"&lt;").map_or(end, |length| start + length);
    let blanks = text[start..escaped].iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
    escaped - blanks
}

/// Behind the bracket that closes the one at `start`. What was cut off goes on to the end of the text.
pub(super) fn container_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut depth = 0_usize;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at = quoted_end(text, at + 1),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at.min(text.len());
        }
    }
    text.len()
}

/// The closing quote of a string in a container, or the end of the line.
fn quoted_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    loop {
        match text.get(at) {
            None | Some(b'\n' | b'"') => return at.min(text.len()),
            Some(b'\\') => at = (at + 2).min(text.len()),
            Some(_) => at += 1,
        }
    }
}

/// Where the line ends, or the quotes around it. Quotes behind `=` are those of a parameter, and it goes on behind them.
pub(super) fn rest_of_line(text: &[u8], start: usize) -> usize {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r' | b'"');
    let mut at = start;
    while let Some(found) = text[at..].iter().position(is_end) {
        at += found;
        if text[at] != b'"' {
            return at;
        }
        // A quote in the middle of a word is a part of it.
        if at > start && text[at - 1].is_ascii_alphanumeric() && text.get(at + 1).is_some_and(u8::is_ascii_alphanumeric)
        {
            at += 1;
            continue;
        }
        let escape = text[start..at].iter().rev().take_while(|byte| **byte == b'\\').count().min(1);
        if text[start..at - escape].last() != Some(&b'=') {
            return at - escape;
        }
        at += 1;
        at += text[at..].iter().position(is_end).unwrap_or(text.len() - at);
        at += usize::from(text.get(at) == Some(&b'"'));
    }
    text.len()
}

/// Where a block of YAML ends that starts behind `:`: a scalar behind `|` or `>`, or a list, whose lines are deeper than the
/// one that the name is in. `None` if there is no block.
pub(super) fn block(text: &[u8], name: usize, start: usize) -> Option<std::ops::Range<usize>> {
    let first = line_end(text, start);
    let header = text[start..first].trim_ascii();
    let is_scalar = matches!(header, [b'|' | b'>', rest @ ..] if rest.len() < 3 && rest.iter().all(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9')));
    let depth = indentation(text, text[..name].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
    let content = first + text[first..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let is_list = header.is_empty() && text[content..].starts_with(b"- ");
    if !is_scalar && !is_list {
        return None;
    }
    let mut end = first;
    let mut line = next_line(text, first);
    while line < text.len() && is_of_block(text, line, depth, is_list) {
        end = line_end(text, line);
        line = next_line(text, end);
    }
    (end > content).then_some(content..end)
}

/// The end of a document in a script: `<<END`, and lines up to one that is `END`.
pub(super) fn here_document_end(text: &[u8], at: usize) -> Option<usize> {
    const LONGEST: usize = 32;
    let opening = text[at..].strip_prefix(b"<<")?;
    let signs = opening.iter().take(3).take_while(|byte| matches!(byte, b'-' | b'~' | b'<' | b'\'' | b'"')).count();
    let word = &opening[signs..];
    let word =
        &word[..word.iter().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()];
    let mut line = next_line(text, line_end(text, at));
    while !word.is_empty() && line < text.len() {
        let end = line_end(text, line);
        if text[line..end].trim_ascii().strip_suffix(b";").unwrap_or(text[line..end].trim_ascii()) == word {
            return Some(end);
        }
        line = next_line(text, end);
    }
    (!word.is_empty()).then_some(text.len())
}

/// Behind a tag or an anchor of YAML, which are in front of a value: `!!binary |`, `&name x`.
pub(super) fn behind_tag(text: &[u8], at: usize) -> Option<usize> {
    const LONGEST: usize = 24;
    let signs = text[at..].iter().take(2).take_while(|byte| matches!(byte, b'!' | b'&')).count();
    let is_part = |byte: &&u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'/' | b':' | b'.');
    let name = text[at + signs..].iter().take(LONGEST).take_while(is_part).count();
    let behind = at + signs + name;
    let is_tag = signs > 0 && name > 0 && text.get(behind) == Some(&b' ');
    let next = behind + text[behind..].iter().take_while(|byte| **byte == b' ').count();
    (is_tag && text.get(next).is_some_and(|byte| !byte.is_ascii_whitespace())).then_some(next)
}

/// The start of the line behind the one that ends at a place.
fn next_line(text: &[u8], end: usize) -> usize {
    let rest = &text[end..];
    let breaks = if rest.starts_with(b"\r\n") { 2 } else { usize::from(!rest.is_empty()) };
    end + breaks
}

fn indentation(text: &[u8], line: usize) -> usize {
    text[line..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn is_of_block(text: &[u8], line: usize, depth: usize, is_list: bool) -> bool {
    let own = indentation(text, line);
    let is_empty = line + own == line_end(text, line);
    is_empty || own > depth || is_list && own == depth && text[line + own..].starts_with(b"- ")
}
