//! From string tokens to text and back.

use std::borrow::Cow;

use memchr::memchr;

use super::scan::special;

/// Turns what stands between the quotes of a string token into text. Half a surrogate pair, an escape that JSON does
/// not know and one that is cut off become U+FFFD.
#[must_use]
pub fn unescape(raw: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'\\', raw.as_bytes()) else { return Cow::Borrowed(raw) };
    let mut out = String::with_capacity(raw.len());
    out.push_str(&raw[..first]);
    let mut rest = &raw[first..];
    loop {
        let (decoded, length) = escape(rest);
        out.push(decoded);
        rest = &rest[length..];
        let next = memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        out.push_str(&rest[..next]);
        rest = &rest[next..];
        if rest.is_empty() {
            return Cow::Owned(out);
        }
    }
}

/// The character of the escape that `text` starts with, and the bytes that the escape takes.
fn escape(text: &str) -> (char, usize) {
    let decoded = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(plain @ (b'"' | b'\\' | b'/')) => char::from(*plain),
        Some(b'u') => return unicode_escape(text),
        _ => return (char::REPLACEMENT_CHARACTER, 1),
    };
    (decoded, 2)
}

fn unicode_escape(text: &str) -> (char, usize) {
    let Some(first) = code_unit(text) else { return (char::REPLACEMENT_CHARACTER, 2) };
    let second = if (0xd800..0xdc00).contains(&first) { text.get(6..).and_then(code_unit) } else { None };
    if let Some(low @ 0xdc00..0xe000) = second {
        let code = 0x10000 + ((u32::from(first) & 0x3ff) << 10) + (u32::from(low) & 0x3ff);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

/// The code unit of `\uXXXX` at the start of `text`.
pub(super) fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

/// Appends `text` as it must stand between the quotes of a string token: quotes, backslashes and control characters
/// escaped, everything else as it is.
pub fn escape_into(text: &str, out: &mut String) {
    escape_pieces(text, |piece| out.push_str(piece));
}

/// Like [`escape_into`], for bytes.
pub(crate) fn escape_bytes(text: &str, out: &mut Vec<u8>) {
    escape_pieces(text, |piece| out.extend_from_slice(piece.as_bytes()));
}

/// Hands out the escaped text piece by piece.
fn escape_pieces(text: &str, mut put: impl FnMut(&str)) {
    let mut done = 0;
    while let Some(at) = special(text.as_bytes(), done) {
        put(&text[done..at]);
        put(ESCAPES[usize::from(text.as_bytes()[at])]);
        done = at + 1;
    }
    put(&text[done..]);
}

/// Escapes of the bytes that need one.
const ESCAPES: [&str; 0x5d] = {
    let mut escapes = [""; 0x5d];
    let controls = [
        "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007", "\\b", "\\t", "\\n",
        "\\u000b", "\\f", "\\r", "\\u000e", "\\u000f", "\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014",
        "\\u0015", "\\u0016", "\\u0017", "\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c", "\\u001d", "\\u001e",
        "\\u001f",
    ];
    let mut at = 0;
    while at < controls.len() {
        escapes[at] = controls[at];
        at += 1;
    }
    escapes[b'"' as usize] = "\\\"";
    escapes[b'\\' as usize] = "\\\\";
    escapes
};

/// The longest prefix of `text` that takes at most `room` bytes once escaped.
pub(crate) fn fitting_prefix(text: &str, room: usize) -> &str {
    let mut left = room;
    let cut = text.char_indices().find(|(_, letter)| {
        let length = match letter {
            '\0'..' ' | '"' | '\\' => ESCAPES[*letter as usize].len(),
            _ => letter.len_utf8(),
        };
        left.checked_sub(length).map(|rest| left = rest).is_none()
    });
    &text[..cut.map_or(text.len(), |(at, _)| at)]
}

/// The text of a string token, quotes and all; `None` for any other value.
#[must_use]
pub fn text(value: &str) -> Option<Cow<'_, str>> {
    let raw = value.strip_prefix('"')?.strip_suffix('"')?;
    Some(unescape(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_text() {
        assert_eq!(unescape("plain"), "plain");
        assert_eq!(unescape(r#"a\n\t\r\b\f\"\\\/b"#), "a\n\t\r\u{8}\u{c}\"\\/b");
        assert_eq!(unescape(r"jane\u0040x \ud83e\uddfe"), "jane@x 🧾");
    }

    #[test]
    fn broken_escapes_become_replacement_characters() {
        assert_eq!(unescape(r"\ud83d end"), "\u{fffd} end");
        assert_eq!(unescape(r"\ud83dA"), "\u{fffd}A");
        assert_eq!(unescape(r"\udc00"), "\u{fffd}");
        assert_eq!(unescape(r"\u00é"), "\u{fffd}00é");
        assert_eq!(unescape(r"\x"), "\u{fffd}x");
        assert_eq!(unescape("a\\"), "a\u{fffd}");
        assert_eq!(unescape("\\é"), "\u{fffd}é");
    }

    #[test]
    fn text_becomes_escapes() {
        let mut out = String::new();
        escape_into("a\"\\\n\u{1b}[é", &mut out);
        assert_eq!(out, r#"a\"\\\n\u001b[é"#);
    }

    #[test]
    fn prefixes_fit_when_escaped() {
        assert_eq!(fitting_prefix("ab\nc", 3), "ab");
        assert_eq!(fitting_prefix("ab\nc", 4), "ab\n");
        assert_eq!(fitting_prefix("aé", 2), "a");
        assert_eq!(fitting_prefix("\u{1}", 5), "");
        assert_eq!(fitting_prefix("abc", 9), "abc");
    }

    #[test]
    fn only_string_tokens_are_text() {
        assert_eq!(text(r#""a\tb""#).as_deref(), Some("a\tb"));
        assert_eq!(text("12"), None);
        assert_eq!(text("\""), None);
    }
}
