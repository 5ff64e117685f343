//! Checksums that tell numbers that mean something from numbers that happen to be as long.

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

/// Whether digits (values 0 to 9, not ASCII) pass the Luhn check. No digits do not.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits.iter().rev().enumerate().map(|(place, digit)| luhn_term(place, *digit)).sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

fn luhn_term(place: usize, digit: u8) -> u32 {
    let digit = u32::from(digit);
    match (place % 2, digit) {
        (0, _) => digit,
        (_, 0..=4) => digit * 2,
        _ => digit * 2 - 9,
    }
}

/// Whether the letters and digits of an account number pass ISO 7064 mod 97-10, the way IBANs use it: the first four
/// characters go to the end, letters count from 10, and the remainder is 1.
pub(crate) fn mod97(account: &[u8]) -> bool {
    if account.len() < 5 || !account.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let (head, tail) = account.split_at(4);
    tail.iter().chain(head).fold(0_u32, |rest, byte| mod97_step(rest, *byte)) == 1
}

fn mod97_step(rest: u32, byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| byte - b'0').collect()
    }

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

    #[test]
    fn luhn_knows_good_numbers() {
        for good in ["0", "18", "79927398713", "4111111111111111", "378282246310005", "6304000000000000"] {
            assert!(luhn(&digits(good)), "{good}");
        }
        for bad in ["", "1", "79927398710", "4111111111111112", "1411111111111111"] {
            assert!(!luhn(&digits(bad)), "{bad}");
        }
    }

    #[test]
    fn luhn_sees_every_single_wrong_digit() {
        let good = digits("4111111111111111");
        for place in 0..good.len() {
            for add in 1..10 {
                let mut bad = good.clone();
                bad[place] = (bad[place] + add) % 10;
                assert!(!luhn(&bad), "{bad:?}");
            }
        }
    }

    #[test]
    fn mod97_knows_good_accounts() {
        for good in ["DE89370400440532013000", "GB82WEST12345698765432", "nl91abna0417164300", "NO9386011117947"] {
            assert!(mod97(good.as_bytes()), "{good}");
        }
        for bad in ["", "DE89", "DE88370400440532013000", "GB82WEST12345698765423", "DE89 3704 0044 0532 0130 00"] {
            assert!(!mod97(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn mod97_sees_every_single_wrong_digit() {
        let good = b"DE89370400440532013000";
        for place in 2..good.len() {
            for add in 1..10 {
                let mut bad = *good;
                bad[place] = b'0' + (bad[place] - b'0' + add) % 10;
                assert!(!mod97(&bad), "{bad:?}");
            }
        }
    }
}
