//! Reads the tokens of JSON text.

use std::borrow::Cow;

use serde::de::{Error as _, Expected, Unexpected};

use super::fault::Fault;
use crate::number::parse_number;

/// JSON text and how far it is read. It comes from the host, which made it of TOML: errors in it are the host's.
pub(super) struct Text<'t> {
    rest: &'t str,
}

/// A value, or the beginning of one.
pub(super) enum Token<'t> {
    /// `{`, which is taken.
    Table,
    /// `[`, which is taken.
    List,
    Text(Cow<'t, str>),
    Bool(bool),
    Null,
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}

impl Token<'_> {
    /// The error that it is where something else is expected.
    pub(super) fn instead_of(&self, expected: &dyn Expected) -> Fault {
        let found = match self {
            Self::Table => Unexpected::Map,
            Self::List => Unexpected::Seq,
            Self::Text(text) => Unexpected::Str(text),
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Null => Unexpected::Unit,
            Self::Unsigned(number) => Unexpected::Unsigned(*number),
            Self::Signed(number) => Unexpected::Signed(*number),
            Self::Float(number) => Unexpected::Float(*number),
        };
        Fault::invalid_type(found, expected)
    }
}

impl<'t> Text<'t> {
    pub(super) fn new(json: &'t str) -> Self {
        Self { rest: json }
    }

    /// Bytes that are not read yet.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// The first byte of the next token; 0 at the end.
    pub(super) fn peek(&mut self) -> u8 {
        self.rest = self.rest.trim_ascii_start();
        self.rest.bytes().next().unwrap_or(0)
    }

    /// Takes a token if it is the next one.
    pub(super) fn take(&mut self, token: &str) -> bool {
        self.peek();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(super) fn expect(&mut self, token: &str) -> Result<(), Fault> {
        if self.take(token) { Ok(()) } else { Err(broken()) }
    }

    /// Reads a value up to the point where there are others in it.
    pub(super) fn token(&mut self) -> Result<Token<'t>, Fault> {
        let take = |token: Token<'t>, text: &mut Self, literal| text.expect(literal).map(|()| token);
        match self.peek() {
            b'{' => take(Token::Table, self, "{"),
            b'[' => take(Token::List, self, "["),
            b't' => take(Token::Bool(true), self, "true"),
            b'f' => take(Token::Bool(false), self, "false"),
            b'n' => take(Token::Null, self, "null"),
            b'"' => self.string().map(Token::Text),
            _ => self.number(),
        }
    }

    /// Reads over a value and all that is in it.
    pub(super) fn skip_value(&mut self) -> Result<(), Fault> {
        let mut open = 0_u32;
        loop {
            match self.peek() {
                b'}' | b']' => {
                    self.cut(1);
                    open = open.checked_sub(1).ok_or_else(broken)?;
                }
                b',' | b':' if open > 0 => {
                    self.cut(1);
                    continue;
                }
                _ => open += u32::from(matches!(self.token()?, Token::Table | Token::List)),
            }
            if open == 0 {
                return Ok(());
            }
        }
    }

    fn number(&mut self) -> Result<Token<'t>, Fault> {
        let is_part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        let len = self.rest.bytes().take_while(|byte| is_part(*byte)).count();
        let number = self.cut(len);
        let unsigned = number.parse().map(Token::Unsigned);
        let integer = unsigned.or_else(|_| number.parse().map(Token::Signed));
        integer.ok().or_else(|| parse_number(number).map(Token::Float)).ok_or_else(broken)
    }

    /// A string, without its quotes and escapes.
    pub(super) fn string(&mut self) -> Result<Cow<'t, str>, Fault> {
        self.expect("\"")?;
        let start = self.cut(self.plain());
        if self.skip(b'"') {
            return Ok(Cow::Borrowed(start));
        }
        let mut string = start.to_owned();
        while !self.skip(b'"') {
            if !self.skip(b'\\') {
                return Err(broken());
            }
            string.push(self.escape()?);
            string.push_str(self.cut(self.plain()));
        }
        Ok(Cow::Owned(string))
    }

    /// Cuts off the beginning of what is left. All that are cut off end at an ASCII byte, so nothing is left to say about a
    /// cut within a character: the words for that are a fiftieth of a component.
    fn cut(&mut self, len: usize) -> &'t str {
        let (start, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        start
    }

    /// Bytes up to the next quote, escape or the end.
    fn plain(&self) -> usize {
        self.rest.bytes().take_while(|byte| !matches!(byte, b'"' | b'\\')).count()
    }

    fn skip(&mut self, byte: u8) -> bool {
        let is_next = self.rest.bytes().next() == Some(byte);
        self.cut(usize::from(is_next));
        is_next
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let mut chars = self.rest.chars();
        let kind = chars.next().ok_or_else(broken)?;
        self.rest = chars.as_str();
        Ok(match kind {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => self.unicode()?,
            other => other,
        })
    }

    /// A code unit, or two that stand for one character. A half of a pair alone becomes U+FFFD.
    fn unicode(&mut self) -> Result<char, Fault> {
        let first = self.code_unit()?;
        if !(0xd800..0xdc00).contains(&first) || !self.rest.starts_with("\\u") {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.cut(2);
        let second = self.code_unit()?;
        let pair = 0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff);
        Ok(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn code_unit(&mut self) -> Result<u32, Fault> {
        let (digits, rest) = self.rest.split_at_checked(4).ok_or_else(broken)?;
        self.rest = rest;
        u32::from_str_radix(digits, 16).map_err(|_| broken())
    }
}

pub(super) fn broken() -> Fault {
    Fault("the host sent settings that are not valid JSON".to_owned())
}
