//! Small tools for text that guests hand over.

use std::borrow::Cow;

use telesieve_core::json;

/// The longest start of `text` that has at most `max` bytes and ends between characters.
pub(crate) fn prefix(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// Text for one line of a log: cut, without control characters.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    prefix(text, max).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The kind of an event for our own log: kinds of the platform are shown, one that a transform made up may hold anything.
pub(crate) fn shown_kind(kind: &str) -> &str {
    let rest = kind.strip_prefix("platform.");
    let plain = |rest: &str| rest.len() <= 30 && rest.bytes().all(|byte| byte.is_ascii_alphabetic());
    if matches!(kind, "function" | "extension") || rest.is_some_and(plain) { kind } else { "of its own kind" }
}

/// `text` if it is one JSON value, without control characters: in valid JSON they stand between tokens only.
pub(crate) fn json_value(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    let found = json::inspect(text, 0).ok()?;
    if found.end != text.len() {
        return None;
    }
    if text.bytes().all(|byte| byte >= b' ') {
        return Some(Cow::Borrowed(text));
    }
    Some(Cow::Owned(text.chars().map(|c| if c < ' ' { ' ' } else { c }).collect()))
}

/// Text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    json::escape_into(text, &mut quoted);
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_end_between_characters() {
        assert_eq!(prefix("aé", 2), "a");
        assert_eq!(prefix("aé", 9), "aé");
    }

    #[test]
    fn kinds_of_the_platform_are_shown() {
        for kind in ["function", "extension", "platform.initStart"] {
            assert_eq!(shown_kind(kind), kind);
        }
        for kind in ["", "jane", "platform.4111111111111111", "platform.jane@example.com"] {
            assert_eq!(shown_kind(kind), "of its own kind");
        }
    }

    #[test]
    fn json_has_one_value_and_no_control_characters() {
        assert_eq!(json_value(" {\n\"a\": 1}\n").as_deref(), Some("{ \"a\": 1}"));
        assert_eq!(json_value("\"\u{e9}\"").as_deref(), Some("\"\u{e9}\""));
        for text in ["", " ", "{", "1 2", "\"a\nb\"", "{}x", "nul", "\u{0}1"] {
            assert_eq!(json_value(text), None, "{text:?}");
        }
    }
}
