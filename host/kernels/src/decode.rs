//! From escapes to text, level by level, with the way back.
//!
//! A string token may hold JSON whose strings hold JSON again. Each level is the text before it with its escapes
//! decoded, and knows for each of its bytes where in the raw token the escape (or plain byte) starts that made it. So a
//! span of any level can be cut out of the raw token without cutting an escape in two.
//!
//! Decoding is lenient: what is no escape stays as it is.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use crate::encoded::{Spelling, percent_byte};

/// Text of one level.
#[derive(Debug, Default)]
pub(crate) struct Level {
    text: String,
    /// For each byte of `text`, and for its end, the offset in the raw token.
    origins: Vec<u32>,
}

impl Level {
    /// Text of which no origins are asked for.
    pub(crate) fn plain(text: String) -> Self {
        Self { origins: vec![0; text.len() + 1], text }
    }

    /// Becomes the first level of a raw token. Says whether anything was decoded.
    pub(crate) fn decode_raw(&mut self, raw: &str) -> bool {
        self.fill(raw, |at| at)
    }

    /// Becomes the level behind another one. Says whether anything was decoded: if not, it is not there.
    pub(crate) fn decode_level(&mut self, before: &Self) -> bool {
        memchr(b'\\', before.text.as_bytes()).is_some() && self.fill(&before.text, |at| before.origins[at as usize])
    }

    /// Becomes another level with its URL-encoding taken off. What is no UTF-8 then becomes U+FFFD.
    pub(crate) fn decode_percent(&mut self, before: &Self) {
        self.text.clear();
        self.origins.clear();
        let (source, mut at) = (before.text.as_bytes(), 0);
        while at < source.len() {
            let plain = memchr(b'%', &source[at..]).unwrap_or(source.len() - at).max(1);
            let encoded = percent_bytes(source, at);
            if encoded.is_empty() {
                let end = before.text.ceil_char_boundary(at + plain);
                self.text.push_str(&before.text[at..end]);
                self.origins.extend(&before.origins[at..end]);
                at = end;
                continue;
            }
            self.push_percent(&encoded, &before.origins[at..]);
            at += 3 * encoded.len();
        }
        self.origins.push(before.origins[source.len()]);
    }

    fn push_percent(&mut self, bytes: &[u8], origins: &[u32]) {
        let mut done = 0;
        for chunk in bytes.utf8_chunks() {
            let invalid = if chunk.invalid().is_empty() { None } else { Some(char::REPLACEMENT_CHARACTER) };
            for (character, length) in
                chunk.valid().chars().map(|c| (c, c.len_utf8())).chain(invalid.map(|c| (c, chunk.invalid().len())))
            {
                self.text.push(character);
                self.origins.extend(std::iter::repeat_n(origins[3 * done], character.len_utf8()));
                done += length;
            }
        }
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where in the raw token a span of the text comes from.
    pub(crate) fn origin(&self, span: &Range<usize>) -> Range<usize> {
        self.origins[span.start] as usize..self.origins[span.end] as usize
    }

    fn fill(&mut self, source: &str, origin: impl Fn(u32) -> u32) -> bool {
        self.text.clear();
        self.origins.clear();
        let (mut at, mut decoded) = (0, false);
        while at < source.len() {
            let plain = memchr(b'\\', &source.as_bytes()[at..]).unwrap_or(source.len() - at);
            self.text.push_str(&source[at..at + plain]);
            self.origins.extend((offset(at)..offset(at + plain)).map(&origin));
            at += plain;
            if at == source.len() {
                break;
            }
            let (character, length) = escape(&source[at..]).inspect(|_| decoded = true).unwrap_or(('\\', 1));
            self.text.push(character);
            self.origins.extend(std::iter::repeat_n(origin(offset(at)), character.len_utf8()));
            at += length;
        }
        self.origins.push(origin(offset(source.len())));
        decoded
    }
}

/// The bytes that one `%XX` behind another stand for.
fn percent_bytes(text: &[u8], start: usize) -> Vec<u8> {
    (start..).step_by(3).map_while(|at| percent_byte(text, at)).collect()
}

/// Offsets are kept in 32 bits. Bodies are far smaller than 4 GiB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The character of the escape that `text` starts with, and the escape's length.
pub(crate) fn escape(text: &str) -> Option<(char, usize)> {
    let character = match text.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        plain @ (b'"' | b'\\' | b'/') => char::from(*plain),
        b'u' => return unicode_escape(text.as_bytes()),
        _ => return None,
    };
    Some((character, 2))
}

/// Half a surrogate pair becomes U+FFFD.
fn unicode_escape(text: &[u8]) -> Option<(char, usize)> {
    let unit = code_unit(text)?;
    if let (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) = (unit, text.get(6..).and_then(code_unit)) {
        let code = 0x1_0000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
        return Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12));
    }
    Some((char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}

/// The code unit of `\uXXXX` at the start of `text`.
fn code_unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |code, digit| Some(code << 4 | char::from(*digit).to_digit(16)?))
}

/// Whether text holds an escape that may stand for a letter, a digit, or anything else that matters to a rule: `\u`,
/// but not `\u00` with a control character, which colour codes are full of.
pub(crate) fn holds_hidden_letters(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr_iter(b'\\', bytes).any(|at| {
        bytes.get(at + 1) == Some(&b'u') && !matches!(bytes.get(at + 2..at + 5), Some([b'0', b'0', b'0' | b'1']))
    })
}

/// Decodes raw text in the way that it is spelled.
pub(crate) fn spelled_out(raw: &str, spelling: Spelling) -> String {
    let text = unescape_times(raw, spelling.level());
    if spelling.percent() == 0 {
        return text;
    }
    let (mut level, mut next) = (Level::plain(text), Level::default());
    for _ in 0..spelling.percent() {
        next.decode_percent(&level);
        std::mem::swap(&mut level, &mut next);
    }
    level.text
}

/// Decodes text as many times as its level says.
pub(crate) fn unescape_times(raw: &str, times: u8) -> String {
    let mut level = Level::default();
    let mut text = raw.to_owned();
    for _ in 0..times {
        if memchr(b'\\', text.as_bytes()).is_none() || !level.decode_raw(&text) {
            break;
        }
        text = std::mem::take(&mut level.text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, text: &str) {
        let mut level = Level::default();
        level.decode_raw(raw);
        assert_eq!(level.text(), text);
        assert_eq!(level.origin(&(0..text.len())), 0..raw.len());
    }

    #[test]
    fn escapes_become_text() {
        check("plain é", "plain é");
        check(r#"\n\t\r\b\f\"\\\/"#, "\n\t\r\u{8}\u{c}\"\\/");
        check(r"jane\u0040x \ud83e\uddfe", "jane@x 🧾");
    }

    #[test]
    fn what_is_no_escape_stays() {
        check(r"C:\data\x", r"C:\data\x");
        check("\\", "\\");
        check(r"\u12", r"\u12");
        check(r"\u12é4", r"\u12é4");
        check(r"\ud83dA \udc00", "\u{fffd}A \u{fffd}");
    }

    #[test]
    fn url_encoding_becomes_text() {
        let (mut first, mut second) = (Level::default(), Level::default());
        first.decode_raw(r"x%40\u0025C3%a9%2%ff% é");
        second.decode_percent(&first);
        assert_eq!(second.text(), "x@é%2\u{fffd}% é");
        assert_eq!(second.origin(&(1..2)), 1..4);
        assert_eq!(second.origin(&(2..4)), 4..15);
        assert_eq!(spelled_out("a%2540", Spelling::json(1).url().url()), "a@");
    }

    #[test]
    fn spans_go_back_to_whole_escapes() {
        let raw = r"a\\u0062c";
        let (mut first, mut second) = (Level::default(), Level::default());
        assert!(first.decode_raw(raw));
        assert!(second.decode_level(&first));
        assert_eq!(second.text(), "abc");
        assert_eq!(&raw[second.origin(&(1..2))], r"\\u0062");
        assert_eq!(unescape_times(raw, 1), r"a\u0062c");
        assert_eq!(unescape_times(raw, 2), "abc");
        assert_eq!(unescape_times(raw, 9), "abc");
    }

    #[test]
    fn colour_codes_hide_no_letters() {
        assert!(!holds_hidden_letters(r"\u001b[31mred\u001b[0m \\u001b \n"));
        assert!(holds_hidden_letters(r"\u0040"));
        assert!(holds_hidden_letters(r"\\\\u0040"));
        assert!(holds_hidden_letters(r"\u00"));
    }
}
