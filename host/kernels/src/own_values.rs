//! Values that must not appear anywhere, known by themselves: secrets of the sandbox.
//!
//! Each value is looked for as it is, and as base64 at each of the three places where it may start in what was encoded.
//! Escapes and URL-encoding are taken off before anything is looked for. One pass looks for all of them: three letters or
//! digits of each, by the block; what is met is compared. Short values and words that say nothing are left out, so that
//! `production` does not disappear from every line.

use std::fmt;
use std::ops::Range;

use telesieve_simd::{Marks, Places, Tables, Traces, traces};
use zeroize::Zeroizing;

use crate::rules::{Hits, is_pointer};
use crate::triggers::TABLES;

/// Shorter values are not looked for: they are there by chance.
const SHORTEST: usize = 8;

/// Longer ones are cut: what is left of them tells as much.
const LONGEST: usize = 8_192;

/// Bytes of a value that are looked for by the block.
const WORD: usize = 3;

/// The values to look for. They are wiped when this is dropped, and never shown.
#[derive(Default)]
pub struct OwnValues {
    values: Vec<Value>,
    marks: Option<Marks>,
}

struct Value {
    bytes: Zeroizing<Vec<u8>>,
    /// Letters and digits, [`WORD`] of them or more, that are spelled in one way.
    plain: Range<usize>,
    /// Where in them the bytes are that are looked for by the block.
    word: usize,
}

impl OwnValues {
    /// No values.
    pub const EMPTY: Self = Self { values: Vec::new(), marks: None };

    /// Takes in values, but for those that are too short, or words that say nothing.
    #[must_use]
    pub fn new<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut own = Self::default();
        for value in values.into_iter().filter(|value| is_telling(value)) {
            own.add_all(value.as_bytes());
        }
        let words: Vec<[u8; WORD]> = own.values.iter().map(Value::word).collect();
        own.marks = (!words.is_empty()).then(|| Marks::of_words(&words));
        own
    }

    /// How many spellings are looked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Adds a value in all its spellings.
    fn add_all(&mut self, value: &[u8]) {
        let value = &value[..value.len().min(LONGEST)];
        self.add(Zeroizing::new(value.to_vec()));
        for skipped in 0..3 {
            let standard = base64_within(value, skipped);
            let url: Vec<u8> = standard.iter().map(|digit| url_digit(*digit)).collect();
            self.add(Zeroizing::new(url));
            self.add(standard);
        }
    }

    fn add(&mut self, bytes: Zeroizing<Vec<u8>>) {
        let is_known = self.values.iter().any(|value| value.bytes == bytes);
        if let Some(plain) = longest_plain(&bytes).filter(|_| !is_known && bytes.len() >= SHORTEST) {
            let word = rarest_word(&bytes[plain.clone()]);
            self.values.push(Value { bytes, plain, word });
        }
    }

    /// What triggers look for by the block.
    pub(crate) fn marks(&self) -> Option<&Marks> {
        self.marks.as_ref()
    }

    /// Whether the letters and digits of a value are around a place in raw text.
    pub(crate) fn may_be_at(&self, text: &[u8], at: usize) -> bool {
        self.values.iter().any(|value| value.is_plain_at(text, at))
    }

    /// Finds all values in a text.
    pub(crate) fn find(&self, text: &[u8], hits: &mut Hits) {
        if self.marks.is_none() {
            return;
        }
        let mut places = Places::default();
        _ = traces(text, Traces::OWN, Tables { own: self.marks(), ..TABLES }, &mut places);
        for at in places.own {
            hits.extend(self.values.iter().filter_map(|value| value.at(text, at)));
        }
    }
}

impl fmt::Debug for OwnValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnValues({})", self.values.len())
    }
}

impl Value {
    fn word(&self) -> [u8; WORD] {
        let start = self.plain.start + self.word;
        std::array::from_fn(|at| self.bytes[start + at])
    }

    /// Where the value is whose word is at a place.
    fn at(&self, text: &[u8], at: usize) -> Option<Range<usize>> {
        let start = at.checked_sub(self.plain.start + self.word)?;
        let end = start + self.bytes.len();
        (text.get(start..end)? == self.bytes.as_slice()).then_some(start..end)
    }

    fn is_plain_at(&self, text: &[u8], at: usize) -> bool {
        let plain = &self.bytes[self.plain.clone()];
        at.checked_sub(self.word).and_then(|start| text.get(start..start + plain.len())) == Some(plain)
    }
}

/// Whether a value says something: it is long enough, and no word, number of a version, region or address.
fn is_telling(value: &str) -> bool {
    const LONG: usize = 16;
    let bytes = value.as_bytes();
    let has_digit = bytes.iter().any(u8::is_ascii_digit);
    let has_letter = bytes.iter().any(u8::is_ascii_alphabetic);
    let has_sign = bytes.iter().any(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'.' | b'/'));
    let is_mixed = has_digit && has_letter || has_sign || bytes.len() >= LONG;
    bytes.len() >= SHORTEST && longest_plain(bytes).is_some() && is_mixed && !is_region(value) && !is_pointer(bytes)
}

/// Names of regions and their zones: `eu-central-1`, `us-gov-west-1a`.
fn is_region(value: &str) -> bool {
    let mut parts = value.split('-');
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let last = parts.next_back().unwrap_or_default();
    let is_number = last.len() <= 2 && last.starts_with(|letter: char| letter.is_ascii_digit());
    is_number && parts.clone().count() >= 2 && parts.all(is_word)
}

/// The longest run of letters and digits; `None` if it is too short to be looked for.
fn longest_plain(bytes: &[u8]) -> Option<Range<usize>> {
    let mut best = 0..0;
    let mut start = 0;
    for (at, byte) in bytes.iter().chain(b" ").enumerate() {
        if byte.is_ascii_alphanumeric() {
            continue;
        }
        if at - start > best.len() {
            best = start..at;
        }
        start = at + 1;
    }
    (best.len() >= WORD).then_some(best)
}

/// Where the three bytes start that text has most rarely: capitals and digits among letters.
fn rarest_word(plain: &[u8]) -> usize {
    let rarity = |byte: &u8| match byte {
        b'A'..=b'Z' => 3,
        b'0'..=b'9' => 2,
        b'j' | b'q' | b'x' | b'z' | b'k' | b'v' => 2,
        _ => 0,
    };
    // Digits alone are parts of times and ids.
    let has_letter = |word: &[u8]| usize::from(word.iter().any(u8::is_ascii_alphabetic));
    let score = |word: &[u8]| word.iter().map(rarity).sum::<usize>() + 4 * has_letter(word);
    let words = plain.windows(WORD).enumerate();
    words.max_by_key(|(_, word)| score(word)).map_or(0, |(at, _)| at)
}

/// The digits of base64 that a value has wherever it is encoded behind so many bytes more than a multiple of three,
/// whatever is around it.
fn base64_within(value: &[u8], behind: usize) -> Zeroizing<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // Whole groups of three bytes of the value alone.
    let first = (3 - behind) % 3;
    let whole = value.get(first..).unwrap_or_default();
    let mut digits = Zeroizing::new(Vec::with_capacity(whole.len() / 3 * 4));
    for group in whole.chunks_exact(3) {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        digits.extend([18, 12, 6, 0].map(|shift| DIGITS[bits >> shift & 63]));
    }
    digits
}

fn url_digit(digit: u8) -> u8 {
    match digit {
        b'+' => b'-',
        b'/' => b'_',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str], text: &str) -> Vec<String> {
        let own = OwnValues::new(values.iter().copied());
        let mut hits = Vec::new();
        own.find(text.as_bytes(), &mut hits);
        hits.into_iter().map(|hit| text[hit].to_owned()).collect()
    }

    #[test]
    fn values_are_found_wherever_they_are() {
        let value = "wJalr/XUtnFEMI+K7";
        for before in ["", "x", "key=", "0123456789012345678901234567890123456789012345678901234567890123456789"] {
            let text = format!("{before}{value}yz");
            assert_eq!(found(&["hunter2hunter2", value], &text), [value], "{text}");
        }
        assert_eq!(found(&[value], "wJalr/XUtnFEMI"), [""; 0]);
    }

    #[test]
    fn base64_of_a_value_is_found_whatever_is_in_front_of_it() {
        // "xyz:Tr0ub4dor&3xyz" and the same behind one and two bytes more.
        for text in ["eHl6OlRyMHViNGRvciYzeHl6", "YXh5ejpUcjB1YjRkb3ImM3h5eg", "YWF4eXo6VHIwdWI0ZG9yJjN4eXo"] {
            assert_eq!(found(&["Tr0ub4dor&3"], text).len(), 1, "{text}");
        }
    }

    #[test]
    fn words_that_say_nothing_are_left_out() {
        for value in [
            "short1",
            "production",
            "postgres",
            "eu-central-1",
            "us-gov-west-1a",
            "true",
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x",
            "https://example.com/path1",
            "........!",
        ] {
            assert!(OwnValues::new([value]).is_empty(), "{value}");
        }
        assert!(!OwnValues::new(["correct horse battery"]).is_empty());
    }

    #[test]
    fn values_are_not_shown() {
        let own = OwnValues::new(["Tr0ub4dor&3"]);
        assert_eq!(format!("{own:?}"), format!("OwnValues({})", own.len()));
    }
}
