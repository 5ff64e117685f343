//! Over the members of an object and the elements of an array.

use std::borrow::Cow;
use std::ops::Range;

use super::scan::{skip_space, string_end, value_end};
use super::text::unescape;

/// A member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// What stands between the quotes of the key, escapes and all.
    pub key_raw: &'a str,
    /// Where the key's token stands in the object's text, quotes included.
    pub key_span: Range<usize>,
    /// The value's JSON text.
    pub value: &'a str,
    /// Where the value stands in the object's text.
    pub value_span: Range<usize>,
}

impl<'a> Member<'a> {
    /// The key as text.
    #[must_use]
    pub fn key(&self) -> Cow<'a, str> {
        unescape(self.key_raw)
    }

    /// Whether the key means this name, however it is spelled.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.key_raw == name || (self.key_raw.contains('\\') && unescape(self.key_raw) == name)
    }
}

/// The members of an object, in order. See [`members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    text: &'a str,
    at: usize,
}

/// The elements of an array, in order. See [`elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    text: &'a str,
    at: usize,
}

/// Walks over the members of an object. There are none if `object` is not one; the walk ends where the text is broken.
#[must_use]
pub fn members(object: &str) -> Members<'_> {
    Members { text: object, at: opening(object, b'{') }
}

/// Walks over the elements of an array: where each stands, and its text. There are none if `array` is not one; the
/// walk ends where the text is broken.
#[must_use]
pub fn elements(array: &str) -> Elements<'_> {
    Elements { text: array, at: opening(array, b'[') }
}

/// The value of a member, the last one if the key is repeated.
#[must_use]
pub fn get<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    members(object).filter(|member| member.is(key)).last().map(|member| member.value)
}

/// Behind the opening bracket, or behind the end of a text that does not start with it.
fn opening(text: &str, bracket: u8) -> usize {
    let start = skip_space(text.as_bytes(), 0);
    if text.as_bytes().get(start) == Some(&bracket) { start + 1 } else { text.len() }
}

/// Behind the comma at `at`, or behind the end of the text if there is none.
fn behind_comma(text: &str, at: usize) -> usize {
    let at = skip_space(text.as_bytes(), at);
    if text.as_bytes().get(at) == Some(&b',') { at + 1 } else { text.len() }
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        let bytes = self.text.as_bytes();
        let key_start = skip_space(bytes, self.at);
        if bytes.get(key_start) != Some(&b'"') {
            return None;
        }
        let key_end = string_end(bytes, key_start)?;
        let colon = skip_space(bytes, key_end);
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let start = skip_space(bytes, colon + 1);
        let end = value_end(self.text, start)?;
        self.at = behind_comma(self.text, end);
        Some(Member {
            key_raw: &self.text[key_start + 1..key_end - 1],
            key_span: key_start..key_end,
            value: &self.text[start..end],
            value_span: start..end,
        })
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = (Range<usize>, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let start = skip_space(self.text.as_bytes(), self.at);
        let end = value_end(self.text, start)?;
        self.at = behind_comma(self.text, end);
        Some((start..end, &self.text[start..end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_order_with_their_places() {
        let object = r#" { "a" : 1 ,"b\u0063":[2,{"a":3}], "d":"x" } "#;
        let seen: Vec<_> = members(object).map(|member| (member.key().into_owned(), member.value)).collect();
        assert_eq!(seen, [("a".into(), "1"), ("bc".into(), r#"[2,{"a":3}]"#), ("d".into(), "\"x\"")]);
        for member in members(object) {
            assert_eq!(&object[member.value_span.clone()], member.value);
            assert_eq!(object[member.key_span.clone()], format!("\"{}\"", member.key_raw));
        }
    }

    #[test]
    fn the_last_of_repeated_keys_wins() {
        assert_eq!(get(r#"{"a":1,"\u0061":2,"b":3}"#, "a"), Some("2"));
        assert_eq!(get(r#"{"a":1}"#, "b"), None);
        assert_eq!(get("[1]", "a"), None);
    }

    #[test]
    fn elements_come_in_order_with_their_places() {
        let array = r#"[ 1, "a,b" ,[2], {"c":3}]"#;
        let seen: Vec<_> = elements(array).map(|(_, value)| value).collect();
        assert_eq!(seen, ["1", "\"a,b\"", "[2]", r#"{"c":3}"#]);
        assert!(elements(array).all(|(span, value)| &array[span] == value));
    }

    #[test]
    fn walks_end_where_the_text_is_broken() {
        assert_eq!(members(r#"{"a":1,"b":[1"#).count(), 1);
        assert_eq!(members(r#"{"a" 1}"#).count(), 0);
        assert_eq!(members("").count(), 0);
        assert_eq!(elements("[1,2,\"x").count(), 2);
        assert_eq!(elements("[]").count(), 0);
        assert_eq!(elements("{}").count(), 0);
    }
}
