//! Strings, numbers and literals, strictly by the grammar.

use telesieve_simd::Quotes;

use super::Findings;
use super::scan::{HIGH, ONES, short_string_end, special};
use super::text::code_unit;

/// Reads scalars, one behind the other, and what in them other parsers stumble over.
pub(super) struct Scalars<'t> {
    pub(super) bytes: &'t [u8],
    /// Where the next one starts; behind a fault, the place of it.
    pub(super) at: usize,
    /// Whether the last string may have escapes.
    pub(super) escaped: bool,
    pub(super) found: Findings,
    /// All quotes of the text, if they are known; then no string in it is odd.
    quotes: Option<&'t Quotes>,
}

impl<'t> Scalars<'t> {
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        Self { bytes: text.as_bytes(), at, escaped: false, found: Findings::default(), quotes: None }
    }

    /// For a text whose quotes are known.
    pub(super) fn with_quotes(text: &'t str, quotes: Option<&'t Quotes>) -> Self {
        Self { quotes, ..Self::new(text, 0) }
    }

    /// Goes behind the scalar that stands here. `path` is the length of the keys that lead to it.
    #[inline]
    pub(super) fn scalar(&mut self, path: usize) -> Option<()> {
        let start = self.at;
        match self.peek()? {
            b'"' => self.string()?,
            b't' => self.literal(b"true")?,
            b'f' => self.literal(b"false")?,
            b'n' => self.literal(b"null")?,
            _ => self.number()?,
        }
        self.found.longest_leaf = self.found.longest_leaf.max(path + self.at - start);
        Some(())
    }

    #[inline]
    pub(super) fn string(&mut self) -> Option<()> {
        if let Some(quotes) = self.quotes {
            self.at = quotes.next(self.at + 1)? + 1;
            return Some(());
        }
        let end = short_string_end(self.bytes, self.at);
        self.escaped = end.is_none();
        match end.or_else(|| telesieve_simd::plain_token_end(self.bytes, self.at)) {
            Some(end) => self.at = end,
            None => self.odd_string()?,
        }
        Some(())
    }

    /// A string that is broken or holds `\u`.
    fn odd_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let Some(at) = special(self.bytes, self.at) else {
                self.at = self.bytes.len();
                return None;
            };
            self.at = at;
            match self.bytes[at] {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.escape()?,
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.bytes.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                let (length, paired) = surrogates(self.bytes, self.at)?;
                self.found.lone_surrogate |= !paired;
                self.at += length;
            }
            _ => return None,
        }
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        let first = self.at;
        self.digits()?;
        if self.bytes[first] == b'0' && self.at > first + 1 {
            self.at = first + 1;
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        let exponent = self.exponent()?;
        self.found.huge_number |= is_huge(&self.bytes[start..self.at], exponent);
        Some(())
    }

    /// Whether there is one.
    fn exponent(&mut self) -> Option<bool> {
        if !matches!(self.peek(), Some(b'e' | b'E')) {
            return Some(false);
        }
        self.at += 1;
        if matches!(self.peek()?, b'+' | b'-') {
            self.at += 1;
        }
        self.digits().map(|()| true)
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let count = digits(&self.bytes[self.at..]);
        self.at += count;
        (count > 0).then_some(())
    }

    fn literal(&mut self, word: &[u8]) -> Option<()> {
        if !self.bytes[self.at..].starts_with(word) {
            return None;
        }
        self.at += word.len();
        Some(())
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

/// Digits that bytes start with. Most numbers are short.
#[inline]
fn digits(bytes: &[u8]) -> usize {
    if let Some(word) = bytes.first_chunk() {
        let word = u64::from_le_bytes(*word) ^ (ONES * 0x30);
        // Ten and more reach the highest bit, and no sum reaches the next byte.
        let others = (((word & !HIGH) + ONES * (0x80 - 10)) | word) & HIGH;
        if others != 0 {
            return (others.trailing_zeros() / 8) as usize;
        }
    }
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Whether text is a string token and nothing else; if so, whether half a surrogate pair is in there.
pub(crate) fn string_token(text: &str) -> Option<bool> {
    if text.starts_with('"') && telesieve_simd::plain_token_end(text.as_bytes(), 0) == Some(text.len()) {
        return Some(false);
    }
    let mut scalars = Scalars::new(text, 0);
    let whole = scalars.peek()? == b'"' && scalars.string().is_some() && scalars.at == text.len();
    whole.then_some(scalars.found.lone_surrogate)
}

/// Bytes that the `\u` escape at `at` takes, its other half included, and whether it is not just half a pair.
pub(crate) fn surrogates(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    match unit(bytes, at)? {
        0xd800..0xdc00 => match unit(bytes, at + 6) {
            Some(0xdc00..0xe000) => Some((12, true)),
            _ => Some((6, false)),
        },
        0xdc00..0xe000 => Some((6, false)),
        _ => Some((6, true)),
    }
}

fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    code_unit(str::from_utf8(bytes.get(at..at + 6)?).ok()?)
}

/// Whether parsers that keep numbers in 64-bit floats, or limit their length, would refuse a number.
fn is_huge(number: &[u8], exponent: bool) -> bool {
    let parsed = || str::from_utf8(number).ok().and_then(|text| text.parse::<f64>().ok());
    number.len() > 300 || (exponent && parsed().is_none_or(f64::is_infinite))
}
