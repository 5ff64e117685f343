//! A total walk over the tokens of JSON text.
//!
//! Whatever the text is, the walk ends, goes over each byte once, and leaves out nothing but brackets, separators and
//! quotes: text that is no JSON comes as strings and bare tokens too. It does not recurse.

use std::ops::Range;

use memchr::memchr2;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A string in the place of a key.
    Key,
    /// Any other string.
    Text,
    /// A number, a literal, or garbage.
    Bare,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) shape: Shape,
    /// Where it stands; for strings, what is between the quotes.
    pub(crate) span: Range<usize>,
    /// Where to go on; for keys, behind the colon and white space: where the value starts.
    pub(crate) next: usize,
}

/// The tokens of `text` in a span.
pub(crate) struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
}

/// Walks over the tokens that start in `span`.
pub(crate) fn tokens(text: &str, span: Range<usize>) -> Tokens<'_> {
    Tokens { text: &text.as_bytes()[..span.end], at: span.start }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.at += self.text[self.at..].iter().take_while(|byte| is_structure(**byte) || is_space(**byte)).count();
        let token = match self.text.get(self.at)? {
            b'"' => self.string(),
            _ => self.bare(),
        };
        self.at = token.next;
        Some(token)
    }
}

impl Tokens<'_> {
    fn string(&self) -> Token {
        let start = self.at + 1;
        let end = string_end(self.text, start);
        let behind = (end + 1).min(self.text.len());
        let colon = skip_space(self.text, behind);
        if self.text.get(colon) == Some(&b':') {
            return Token { shape: Shape::Key, span: start..end, next: skip_space(self.text, colon + 1) };
        }
        Token { shape: Shape::Text, span: start..end, next: colon }
    }

    fn bare(&self) -> Token {
        let rest = &self.text[self.at..];
        let length = rest.iter().take_while(|byte| !is_structure(**byte) && **byte != b'"').count();
        let blanks = rest[..length].iter().rev().take_while(|byte| is_space(**byte)).count();
        Token { shape: Shape::Bare, span: self.at..self.at + length - blanks, next: self.at + length }
    }
}

/// The closing quote of the string whose content starts at `start`, or the end of the text.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(found) = text.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if text[at] == b'"' {
            return at;
        }
        at += 2;
    }
    text.len()
}

fn skip_space(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().take_while(|byte| is_space(**byte)).count()
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_structure(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(Shape, &str)]) {
        let seen: Vec<_> = tokens(text, 0..text.len()).map(|token| (token.shape, &text[token.span])).collect();
        assert_eq!(seen, expected, "{text}");
    }

    #[test]
    fn valid_text_gives_its_tokens() {
        use Shape::{Bare, Key, Text};
        check(
            r#"{"a" : [1, "x\"y", true],"":{"b":-1.5e3 } }"#,
            &[(Key, "a"), (Bare, "1"), (Text, r#"x\"y"#), (Bare, "true"), (Key, ""), (Key, "b"), (Bare, "-1.5e3")],
        );
        check(r#""text""#, &[(Text, "text")]);
        check("", &[]);
    }

    #[test]
    fn broken_text_gives_all_it_holds() {
        use Shape::{Bare, Key, Text};
        check(r#"{"a":"x"#, &[(Key, "a"), (Text, "x")]);
        check(r#"{"a":"x\"#, &[(Key, "a"), (Text, r"x\")]);
        check(r#"\"a b\ "c" d"#, &[(Bare, r"\"), (Text, r"a b\ "), (Bare, "c"), (Text, " d")]);
        check("}}4111 1111,é", &[(Bare, "4111 1111"), (Bare, "é")]);
        check("\"", &[(Text, "")]);
    }

    #[test]
    fn depth_is_no_matter() {
        let text = "[".repeat(1 << 20) + "\"x\"" + &"{\"".repeat(1 << 20);
        assert!(tokens(&text, 0..text.len()).count() > 1 << 19);
    }

    #[test]
    fn a_key_leads_to_its_value() {
        let text = r#"{"a" :  7}"#;
        assert_eq!(tokens(text, 0..text.len()).next().map(|token| token.next), Some(8));
    }
}
