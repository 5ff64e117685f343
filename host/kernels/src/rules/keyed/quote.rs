//! Quotes around values, in the ways of many languages and encodings.

use crate::bytes;

/// What opens a quoted value, and what closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote<'t> {
    /// Where the value starts.
    pub(super) start: usize,
    close: Close<'t>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Close<'t> {
    /// One byte, unless it is escaped.
    Byte(u8),
    /// The same bytes as those that opened, or their twins.
    Bytes(&'t [u8]),
    /// C++: a bracket, a delimiter and a quote.
    Raw(&'t [u8]),
}

/// Pairs that are spelled with several bytes.
const PAIRS: &[(&[u8], &[u8])] = &[
    (b"\"\"\"", b"\"\"\""),
    (b"'''", b"'''"),
    (b"&quot;", b"&quot;"),
    (b"&#34;", b"&#34;"),
    (b"&apos;", b"&apos;"),
    (b"&#39;", b"&#39;"),
    (b"\\x22", b"\\x22"),
    (b"\\x27", b"\\x27"),
    (b"<![CDATA[", b"]]>"),
    ("“".as_bytes(), "”".as_bytes()),
    ("„".as_bytes(), "“".as_bytes()),
    ("‘".as_bytes(), "’".as_bytes()),
    ("«".as_bytes(), "»".as_bytes()),
];

/// Letters that may be in front of a quote and belong to it: Python, C, C++, C#, Objective-C, SQL, the shell, Perl.
const PREFIXES: &[u8] = b"bBrRfFuULN@$q";

/// The quote that opens at a place, if one does.
pub(super) fn open(text: &[u8], at: usize) -> Option<Quote<'_>> {
    let rest = &text[at..];
    let is_pair = |pair: &&(&[u8], &[u8])| rest.starts_with(pair.0) && is_closed(&rest[pair.0.len()..], pair.1);
    if let Some((opening, closing)) = PAIRS.iter().find(is_pair) {
        return Some(Quote { start: at + opening.len(), close: Close::Bytes(closing) });
    }
    let backslashes = rest.iter().take_while(|byte| **byte == b'\\').count();
    match *rest.get(backslashes)? {
        b'"' | b'\'' | b'`' if backslashes > 0 => {
            let closing = &rest[..=backslashes];
            Some(Quote { start: at + closing.len(), close: Close::Bytes(closing) })
        }
        // CSV and Visual Basic double the quotes of a text in quotes.
        b'"' if is_doubled(rest) => Some(Quote { start: at + 2, close: Close::Bytes(b"\"\"") }),
        quote @ (b'"' | b'\'' | b'`') => Some(Quote { start: at + 1, close: Close::Byte(quote) }),
        _ => None,
    }
}

/// Whether three quotes are closed somewhere: else the first two of them are an empty value. Other pairs need not be.
fn is_closed(rest: &[u8], closing: &[u8]) -> bool {
    const FAR: usize = 4_096;
    let is_triple = matches!(closing, [first, second, third] if first == second && second == third);
    !is_triple || bytes::find(&rest[..rest.len().min(FAR)], closing).is_some()
}

fn is_doubled(rest: &[u8]) -> bool {
    matches!(rest, [b'"', b'"', next, ..] if next.is_ascii_alphanumeric())
}

/// The quote that opens behind letters such as those of `b'x'`, `@"x"`, `R"x(…)x"`.
pub(super) fn open_behind_prefix(text: &[u8], at: usize) -> Option<Quote<'_>> {
    let letters = text[at..].iter().take(3).take_while(|byte| PREFIXES.contains(byte)).count();
    if letters == 0 || letters == 3 {
        return None;
    }
    let is_utf8 = text[at..].starts_with(b"u8");
    let quote = at + letters + usize::from(is_utf8);
    if text[quote - 1] == b'q' && text.get(quote) == Some(&b'{') {
        return Some(Quote { start: quote + 1, close: Close::Byte(b'}') });
    }
    if text[quote - 1] == b'r' && text[quote..].starts_with(b"#\"") {
        return Some(Quote { start: quote + 2, close: Close::Bytes(b"\"#") });
    }
    if text[quote - 1] == b'R' && text.get(quote) == Some(&b'"') {
        return raw(text, quote).or_else(|| open(text, quote));
    }
    matches!(text.get(quote), Some(b'"' | b'\'' | b'\\')).then(|| open(text, quote)).flatten()
}

/// A raw string of C++, whose quote is at a place.
fn raw(text: &[u8], quote: usize) -> Option<Quote<'_>> {
    const LONGEST_DELIMITER: usize = 16;
    let rest = &text[quote + 1..];
    let delimiter = rest.iter().take(LONGEST_DELIMITER + 1).position(|byte| *byte == b'(')?;
    Some(Quote { start: quote + 1 + delimiter + 1, close: Close::Raw(&rest[..delimiter]) })
}

impl Quote<'_> {
    /// Where the value ends: at the closing quote. Without one, it goes on to the end of the line.
    pub(super) fn end(self, text: &[u8]) -> usize {
        match self.close {
            Close::Byte(quote) => byte_end(text, self.start, quote),
            Close::Bytes(closing) => {
                let is_long = closing.len() == 3 && !closing.starts_with(b"\\");
                bytes_end(text, self.start, closing, is_long)
            }
            Close::Raw(delimiter) => raw_end(text, self.start, delimiter),
        }
    }

    /// Behind the closing quote, if there is one.
    pub(super) fn behind(self, text: &[u8], end: usize) -> usize {
        let length = match self.close {
            Close::Byte(_) => 1,
            Close::Bytes(closing) => closing.len(),
            Close::Raw(delimiter) => delimiter.len() + 2,
        };
        let is_closed = match self.close {
            Close::Byte(quote) => text.get(end) == Some(&quote),
            Close::Bytes(closing) => text[end..].starts_with(closing),
            Close::Raw(_) => text.get(end) == Some(&b')'),
        };
        if is_closed { (end + length).min(text.len()) } else { end }
    }
}

/// The closing quote, or the end of the line. What is behind a backslash does not close, nor does a quote that is doubled,
/// nor an apostrophe within a word.
fn byte_end(text: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start;
    loop {
        match text.get(at) {
            None | Some(b'\n') => return at.min(text.len()),
            Some(b'\\') => at = (at + 2).min(text.len()),
            Some(byte) if *byte == quote => match text.get(at + 1) {
                Some(next) if *next == quote && at > start => at += 2,
                Some(next) if quote == b'\'' && next.is_ascii_alphanumeric() && at > start => at += 1,
                _ => return at,
            },
            Some(_) => at += 1,
        }
    }
}

fn bytes_end(text: &[u8], start: usize, closing: &[u8], is_long: bool) -> usize {
    let line = if is_long { text.len() } else { line_end(text, start) };
    let mut at = start;
    while let Some(found) = bytes::find(&text[at..line], closing) {
        let end = at + found;
        // A longer run of backslashes is an escape within the value.
        if !closing.starts_with(b"\\") || end == start || text[end - 1] != b'\\' {
            return end;
        }
        at = end + 1;
    }
    line
}

fn raw_end(text: &[u8], start: usize, delimiter: &[u8]) -> usize {
    let mut at = start;
    while let Some(found) = memchr::memchr(b')', &text[at..]) {
        let end = at + found;
        let rest = &text[end + 1..];
        if rest.starts_with(delimiter) && rest.get(delimiter.len()) == Some(&b'"') {
            return end;
        }
        at = end + 1;
    }
    text.len()
}

/// Where the line ends that a place is in.
pub(super) fn line_end(text: &[u8], start: usize) -> usize {
    text[start..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(text.len(), |length| start + length)
}

/// Behind what closes a name: quotes, brackets, colour codes, the stars of Markdown.
pub(super) fn behind_closers(text: &[u8], at: usize) -> usize {
    const MOST: usize = 6;
    let mut at = at;
    for _ in 0..MOST {
        match closer(&text[at..]) {
            0 => break,
            length => at += length,
        }
    }
    at
}

/// The length of what closes a name at the start of text.
fn closer(rest: &[u8]) -> usize {
    const SPELLED: &[&[u8]] = &[
        b"&quot;",
        b"&#34;",
        b"&apos;",
        b"&#39;",
        b"\\x22",
        b"\\x27",
        b"%22",
        b"%27",
        "”".as_bytes(),
        "’".as_bytes(),
        "»".as_bytes(),
    ];
    if let Some(spelled) = SPELLED.iter().find(|spelled| rest.starts_with(spelled)) {
        return spelled.len();
    }
    match rest {
        [b'"' | b'\'' | b'`' | b']' | b'*', ..] => 1,
        [b'\\', b'"' | b'\'' | b'\\', ..] => 1,
        [b'[', inner @ ..] => index_length(inner),
        [0x1b | b'\\', ..] => colour_length(rest),
        _ => 0,
    }
}

/// The length of an index such as `[0]`, `[]` or `[25]`, whose bracket is in front of `inner`; 0 if it is none.
fn index_length(inner: &[u8]) -> usize {
    const LONGEST: usize = 6;
    let digits = inner.iter().take(LONGEST).take_while(|byte| byte.is_ascii_digit()).count();
    if inner.get(digits) == Some(&b']') { digits + 2 } else { 0 }
}

/// The length of a colour code at the start of text, as a terminal reads it or as it is printed; 0 if there is none.
pub(super) fn colour_length(rest: &[u8]) -> usize {
    const STARTS: &[&[u8]] = &[b"\x1b[", b"\\x1b[", b"\\033[", b"\\e[", b"\\u001b[", b"\\x1B[", b"\\u001B["];
    const LONGEST: usize = 16;
    let Some(start) = STARTS.iter().find(|start| rest.starts_with(start)) else { return 0 };
    let codes = &rest[start.len()..];
    let length = codes.iter().take(LONGEST).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    if codes.get(length).is_some_and(u8::is_ascii_alphabetic) { start.len() + length + 1 } else { 0 }
}
