//! Whether text is JSON, and what in it other parsers stumble over.
//!
//! One strict pass with a stack of its own. It costs several times what skipping a value costs, so it runs where
//! something is amiss or must be vouched for, not on every value.

use super::scan::skip_space;
use super::text::code_unit;

/// What a valid value holds that some parsers refuse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// End of the value, in bytes from the start of the text.
    pub end: usize,
    /// Containers inside one another; 0 for a scalar.
    pub depth: usize,
    /// A number that no 64-bit float can hold, such as `1e999`.
    pub huge_number: bool,
    /// Half a surrogate pair, such as `\ud83d`.
    pub lone_surrogate: bool,
    /// Bytes of the longest string token that is a value, quotes included.
    pub longest_string: usize,
}

/// Where text stops being JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Place of the first byte that cannot stand there, or the length of the text if it ends too early.
    pub at: usize,
    /// Places of the brackets that are still open there, outermost first.
    pub open: Vec<usize>,
}

/// Reads the value that starts at byte `start`, strictly by the grammar. What follows it is not looked at.
///
/// # Errors
/// The place of the fault, if the text there is no JSON value.
pub fn inspect(text: &str, start: usize) -> Result<Findings, Fault> {
    let mut inspector = Inspector { bytes: text.as_bytes(), at: start, open: Vec::new(), found: Findings::default() };
    match inspector.run() {
        Some(()) => Ok(Findings { end: inspector.at, ..inspector.found }),
        None => Err(Fault { at: inspector.at.min(text.len()), open: inspector.open }),
    }
}

struct Inspector<'t> {
    bytes: &'t [u8],
    at: usize,
    open: Vec<usize>,
    found: Findings,
}

impl Inspector<'_> {
    fn run(&mut self) -> Option<()> {
        loop {
            let opened = self.value()?;
            if opened && self.enter()? {
                continue;
            }
            if self.leave()? {
                return Some(());
            }
        }
    }

    /// Reads a scalar, or the bracket that opens a container, which gives `true`.
    fn value(&mut self) -> Option<bool> {
        match self.peek()? {
            b'{' | b'[' => {
                self.open.push(self.at);
                self.found.depth = self.found.depth.max(self.open.len());
                self.at += 1;
                return Some(true);
            }
            b'"' => {
                let start = self.at;
                self.string()?;
                self.found.longest_string = self.found.longest_string.max(self.at - start);
            }
            b't' => self.literal(b"true")?,
            b'f' => self.literal(b"false")?,
            b'n' => self.literal(b"null")?,
            _ => self.number()?,
        }
        Some(false)
    }

    /// Goes to the first value of the container just opened; `false` if there is none.
    fn enter(&mut self) -> Option<bool> {
        self.at = skip_space(self.bytes, self.at);
        let object = self.in_object();
        match (self.peek()?, object) {
            (b'}', true) | (b']', false) => Some(false),
            (_, true) => self.key().map(|()| true),
            (_, false) => Some(true),
        }
    }

    /// Goes behind a value, and out of each container that ends there, to the next value; `true` if nothing is open.
    fn leave(&mut self) -> Option<bool> {
        while !self.open.is_empty() {
            self.at = skip_space(self.bytes, self.at);
            match (self.peek()?, self.in_object()) {
                (b',', object) => return self.step_over_comma(object).map(|()| false),
                (b'}', true) | (b']', false) => {
                    self.at += 1;
                    self.open.pop();
                }
                _ => return None,
            }
        }
        Some(true)
    }

    fn step_over_comma(&mut self, object: bool) -> Option<()> {
        self.at = skip_space(self.bytes, self.at + 1);
        if object { self.key() } else { Some(()) }
    }

    /// A key, its colon, and the space up to the value.
    fn key(&mut self) -> Option<()> {
        self.expect(b'"').map(|()| self.at -= 1)?;
        self.string()?;
        self.at = skip_space(self.bytes, self.at);
        self.expect(b':')?;
        self.at = skip_space(self.bytes, self.at);
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.escape()?,
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.bytes.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                let unit = self.unit(self.at)?;
                let pair = (0xd800..0xdc00).contains(&unit)
                    && self.unit(self.at + 6).is_some_and(|low| (0xdc00..0xe000).contains(&low));
                self.found.lone_surrogate |= (0xd800..0xe000).contains(&unit) && !pair;
                self.at += if pair { 12 } else { 6 };
            }
            _ => return None,
        }
        Some(())
    }

    /// The code unit of the escape at `at`.
    fn unit(&self, at: usize) -> Option<u16> {
        code_unit(str::from_utf8(self.bytes.get(at..at + 6)?).ok()?)
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
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        self.exponent()?;
        self.found.huge_number |= is_huge(&self.bytes[start..self.at]);
        Some(())
    }

    fn exponent(&mut self) -> Option<()> {
        if !matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            return Some(());
        }
        self.at += 1;
        if matches!(self.peek()?, b'+' | b'-') {
            self.at += 1;
        }
        self.digits()
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
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

    fn expect(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            return None;
        }
        self.at += 1;
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn in_object(&self) -> bool {
        self.open.last().is_some_and(|open| self.bytes[*open] == b'{')
    }
}

/// Whether a number overflows a 64-bit float. Without an exponent that takes more than 300 digits.
fn is_huge(number: &[u8]) -> bool {
    let suspect = number.len() > 300 || number.iter().any(|byte| matches!(byte, b'e' | b'E'));
    let parsed = || str::from_utf8(number).ok().and_then(|text| text.parse::<f64>().ok());
    suspect && parsed().is_none_or(f64::is_infinite)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn oddities_are_found() {
        let found = |text| inspect(text, 0).ok();
        assert!(found(r#"{"n":1e999}"#).is_some_and(|found| found.huge_number));
        assert!(found(r#"{"n":1e300}"#).is_some_and(|found| !found.huge_number));
        assert!(found(r#"["\ud83d"]"#).is_some_and(|found| found.lone_surrogate));
        assert!(found(r#"["\ud83e\uddfe"]"#).is_some_and(|found| !found.lone_surrogate));
        assert_eq!(found("[[],[[1]]]").map(|found| found.depth), Some(3));
        assert_eq!(found(r#"{"long key":"ab"}"#).map(|found| found.longest_string), Some(4));
    }

    #[test]
    fn faults_say_where_and_in_what() {
        assert_eq!(inspect(r#"{"a":[1,2}"#, 0), Err(Fault { at: 9, open: vec![0, 5] }));
        assert_eq!(inspect("[1", 0), Err(Fault { at: 2, open: vec![0] }));
        assert_eq!(inspect("BBBB", 0), Err(Fault { at: 0, open: vec![] }));
        assert_eq!(inspect("", 0), Err(Fault { at: 0, open: vec![] }));
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(text in r#"[\[\]{}",:0-9eE.+tfn\\u d8a-]{0,24}"#) {
            let ours = inspect(text.trim_start_matches(' '), 0);
            let whole = ours.is_ok_and(|found| text.trim_start_matches(' ')[found.end..].trim_matches(' ').is_empty());
            let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            prop_assert_eq!(whole, theirs);
        }
    }
}
