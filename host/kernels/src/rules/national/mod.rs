//! Numbers that states give to persons and companies: one rule per country.
//!
//! A country is a list of [`Number`]s: a shape, a check, and when it counts. One scanner tries them wherever a word
//! starts. Shapes, checks and how rare they are were taken from the national rules; a number whose check lets more than one
//! of 250 random ones pass counts only with its separators or behind its name. All of these rules are off unless they are
//! asked for.

mod america;
mod asia;
mod checks;
mod europe;
mod north;
mod south;

use super::before::Before;
use super::runs::is_separator;
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject};
use crate::bytes::{is_word, word_before};
use crate::signals::Signals;

pub(super) use america::{AR, BR, CA, CL, CO, MX, US};
pub(super) use asia::{AU, CN, IL, IN, JP, KR, MY, NZ, SG, TH, TR, TW, ZA};
pub(super) use europe::{AT, BE, CH, DE, ES, FR, IE, IT, NL, PT, UK};
pub(super) use north::{DK, EE, FI, LT, NO, SE};
pub(super) use south::{BG, CZ, GR, HR, PL, RO, SI, UA};

/// The rule of a country.
pub(super) struct Country {
    about: &'static RuleInfo,
    numbers: &'static [Number],
}

/// A kind of number.
struct Number {
    /// `9` for a digit, `A` for a letter, `*` for either, `-` for a separator that may be there, `+` for the sign of a
    /// century in Finland. Other digits stand for themselves.
    shape: &'static str,
    /// How many random numbers of the shape there are for one that passes.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests hold numbers to it"))]
    one_in: u32,
    when: When,
    /// Its names, in lower case.
    names: &'static [&'static str],
    /// Whether its digits and upper-case letters, without separators, are a number.
    check: fn(&[u8]) -> bool,
}

/// When something of the shape that passes the check is a hit. Behind its name it always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// By its form, with letters in upper case.
    Alone,
    /// With all its separators.
    Separated,
    /// Never otherwise.
    Named,
}

const fn number(
    shape: &'static str,
    one_in: u32,
    when: When,
    names: &'static [&'static str],
    check: fn(&[u8]) -> bool,
) -> Number {
    Number { shape, one_in, when, names, check }
}

const fn about(
    name: &'static str,
    description: &'static str,
    hits: &'static [(&'static str, &'static str)],
    misses: &'static [&'static str],
) -> RuleInfo {
    RuleInfo {
        name,
        group: Group::NationalIds,
        by_default: false,
        version: 1,
        description,
        keys: None,
        validator: "Check digits or dates. Where many random numbers pass, separators or a name in front.",
        reads_base64: false,
        hits,
        misses,
    }
}

impl BuiltIn for Country {
    fn info(&self) -> &'static RuleInfo {
        self.about
    }

    fn signals(&self) -> Signals {
        Signals::DIGIT
    }

    fn clues(&self) -> Clues {
        Clues::ANY
    }

    fn same_text(&self, text: String) -> String {
        super::without_separators(&text).to_uppercase()
    }

    fn reads_names(&self) -> bool {
        true
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        let text = subject.text;
        for start in (0..text.len()).filter(|start| is_word(text[*start]) && !word_before(text, *start)) {
            let found = self.numbers.iter().filter_map(|number| number.end_at(text, start));
            hits.extend(found.max().map(|end| start..end));
        }
    }
}

impl Number {
    /// Where the number ends that starts at `start`.
    fn end_at(&self, text: &[u8], start: usize) -> Option<usize> {
        let found = Found::new(self.shape.as_bytes(), &text[start..])?;
        let end = start + found.length;
        if goes_on(&text[end..]) || !(self.check)(&found.characters[..found.count]) {
            return None;
        }
        let is_alone = !is_joined(&text[..start])
            && match self.when {
                When::Alone => !found.has_lower_case,
                When::Separated => found.separators > 0 && found.separators == found.slots,
                When::Named => false,
            };
        (is_alone || Before::new(text, start).holds(self.names)).then_some(end)
    }
}

/// The most characters of a number.
const LONGEST: usize = 24;

/// What has the shape of a number.
struct Found {
    /// Its digits and letters, in upper case.
    characters: [u8; LONGEST],
    count: usize,
    has_lower_case: bool,
    separators: usize,
    slots: usize,
    /// How many bytes of text it has.
    length: usize,
}

impl Found {
    fn new(shape: &[u8], text: &[u8]) -> Option<Self> {
        let mut found =
            Self { characters: [0; LONGEST], count: 0, has_lower_case: false, separators: 0, slots: 0, length: 0 };
        for wanted in shape {
            let rest = &text[found.length..];
            if *wanted == b'-' {
                found.skip_separator(rest);
            } else {
                found.push(*rest.first().filter(|byte| is_kind(*wanted, **byte))?)?;
            }
        }
        Some(found)
    }

    fn skip_separator(&mut self, rest: &[u8]) {
        let length = separator(rest);
        self.slots += 1;
        self.separators += usize::from(length > 0);
        self.length += length;
    }

    fn push(&mut self, byte: u8) -> Option<()> {
        *self.characters.get_mut(self.count)? = byte.to_ascii_uppercase();
        self.has_lower_case |= byte.is_ascii_lowercase();
        self.count += 1;
        self.length += 1;
        Some(())
    }
}

fn is_kind(wanted: u8, byte: u8) -> bool {
    match wanted {
        b'9' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_alphabetic(),
        b'*' => byte.is_ascii_alphanumeric(),
        b'+' => b"-+ABCDEFYXWVU".contains(&byte),
        _ => byte == wanted,
    }
}

/// How many bytes of a separator start a text.
fn separator(text: &[u8]) -> usize {
    let is_one = |length: usize| text.get(..length).is_some_and(is_separator);
    match text.first() {
        Some(b'/' | b'+') => 1,
        _ => (1..=3).find(|length| is_one(*length)).unwrap_or(0),
    }
}

/// Whether a number goes on: with a letter, a digit, or a separator and another group.
fn goes_on(rest: &[u8]) -> bool {
    match *rest {
        [byte, ..] if is_word(byte) || byte == b'_' => true,
        [b'-' | b'/' | b'+' | b'@', byte, ..] => is_word(byte),
        [b'.' | b':' | b',', byte, ..] => byte.is_ascii_digit(),
        _ => false,
    }
}

/// Whether what precedes makes a part of something longer of a number, such as a UUID, a decimal number or a name.
fn is_joined(before: &[u8]) -> bool {
    match *before {
        [.., b'_'] => true,
        [.., byte, b'-' | b'/' | b'+'] => is_word(byte) || byte == b'_',
        [.., byte, b'.' | b':' | b','] => byte.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
