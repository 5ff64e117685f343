//! Checks that the matches of a user's pattern may have to pass, by the names that the configuration has for them.

use crate::checksums::{luhn, mod97};
use crate::rules::{is_account, is_card};

/// A check that the matches of a user's pattern must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Two digits or more that pass the Luhn check, whatever stands between them.
    Luhn,
    /// Letters and digits that pass ISO 7064 mod 97-10 as in IBANs, whatever stands between them.
    Mod97,
    /// A number of a payment card: the prefix and length of an issuer, and the Luhn check.
    Card,
    /// An IBAN: a country's length, and mod 97-10.
    Iban,
    /// At least one letter and one digit: what tells a token from a word or a number.
    Mixed,
}

impl Check {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Luhn, Self::Mod97, Self::Card, Self::Iban, Self::Mixed];

    /// The check of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.name() == name)
    }

    /// Its name in configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Luhn => "luhn",
            Self::Mod97 => "mod97",
            Self::Card => "card",
            Self::Iban => "iban",
            Self::Mixed => "mixed",
        }
    }

    /// Whether a text passes. Only its ASCII letters and digits count. A longer one than 64 of them passes none.
    #[must_use]
    pub fn passes(self, text: &str) -> bool {
        let mut buffer = [0; LONGEST];
        let Some(text) = plain(text, &mut buffer) else { return false };
        let has_digit = text.iter().any(u8::is_ascii_digit);
        let has_letter = text.iter().any(u8::is_ascii_alphabetic);
        match self {
            Self::Mixed => has_digit && has_letter,
            Self::Mod97 => mod97(text),
            Self::Iban => is_account(text),
            Self::Luhn | Self::Card if has_letter => false,
            Self::Luhn => text.len() > 1 && luhn(&digits(text)[..text.len()]),
            Self::Card => is_card(&digits(text)[..text.len()]),
        }
    }
}

const LONGEST: usize = 64;

/// The letters and digits of a text; `None` if there are too many.
fn plain<'b>(text: &str, buffer: &'b mut [u8; LONGEST]) -> Option<&'b [u8]> {
    let mut length = 0;
    for byte in text.bytes().filter(u8::is_ascii_alphanumeric) {
        *buffer.get_mut(length)? = byte;
        length += 1;
    }
    Some(&buffer[..length])
}

fn digits(text: &[u8]) -> [u8; LONGEST] {
    std::array::from_fn(|place| text.get(place).map_or(0, |digit| digit.wrapping_sub(b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_have_names() {
        for check in Check::ALL {
            assert_eq!(Check::from_name(check.name()), Some(check));
        }
        assert_eq!(Check::from_name("none"), None);
    }

    #[test]
    fn checks_look_at_letters_and_digits_alone() {
        for (check, good, bad) in [
            (Check::Luhn, "7992-7398 713", "7992-7398 710"),
            (Check::Luhn, "18", "0"),
            (Check::Luhn, "1-8", "1-8x"),
            (Check::Card, "4111 1111 1111 1111", "9111 1111 1111 1111"),
            (Check::Card, "378282246310005", "79927398713"),
            (Check::Mod97, "DE89 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"),
            (Check::Iban, "de89 3704-0044 0532 0130 00", "XX89 3704 0044 0532 0130 00"),
            (Check::Mixed, "ab-1", "ab-c"),
            (Check::Mixed, "1a", "12"),
        ] {
            assert!(check.passes(good), "{} {good}", check.name());
            assert!(!check.passes(bad), "{} {bad}", check.name());
        }
        for check in Check::ALL {
            assert!(!check.passes("") && !check.passes(&"a1".repeat(40)), "{}", check.name());
        }
    }
}
