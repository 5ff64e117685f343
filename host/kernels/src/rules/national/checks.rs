//! Checks of national numbers.
//!
//! All of them get digits and upper-case letters of the shape that the number has, so that places that are digits need
//! no check. Each says which rule it follows.

pub(super) use crate::checksums::luhn as luhn_values;

/// The value of a digit.
pub(super) fn digit(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

/// The value of a digit, or of a letter that counts from 10.
pub(super) fn value(byte: u8) -> u32 {
    if byte.is_ascii_digit() { digit(byte) } else { u32::from(byte.wrapping_sub(b'A')) + 10 }
}

/// The number that digits are.
pub(super) fn whole(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, byte| number * 10 + u64::from(digit(*byte)))
}

/// The sum of digits, each times its weight.
pub(super) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(byte, weight)| digit(*byte) * weight).sum()
}

/// The same, with the digits of each product added up.
pub(super) fn cross_weighted(digits: &[u8], weights: &[u32]) -> u32 {
    let products = digits.iter().zip(weights).map(|(byte, weight)| digit(*byte) * weight);
    products.map(|product| product / 10 + product % 10).sum()
}

/// Whether the last digit is `11 - sum mod 11`, where 11 and 10 stand for the digits given; `None`: there is no such number.
pub(super) fn ends_mod11(number: &[u8], weights: &[u32], ten: Option<u32>) -> bool {
    let Some((last, digits)) = number.split_last() else { return false };
    let check = match 11 - weighted(digits, weights) % 11 {
        11 => Some(0),
        10 => ten,
        check => Some(check),
    };
    check == Some(digit(*last))
}

/// Luhn, ISO/IEC 7812-1 annex B.
pub(super) fn luhn(number: &[u8]) -> bool {
    let mut digits = [0; super::LONGEST];
    for (place, byte) in digits.iter_mut().zip(number) {
        *place = byte.wrapping_sub(b'0');
    }
    luhn_values(&digits[..number.len().min(digits.len())])
}

/// ISO/IEC 7064 mod 11,10.
pub(super) fn mod11_10(number: &[u8]) -> bool {
    let Some((last, digits)) = number.split_last() else { return false };
    let product = digits.iter().fold(10, |product, byte| {
        let sum = (digit(*byte) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == digit(*last)
}

/// ISO/IEC 7064 mod 11-2, with X for 10.
pub(super) fn mod11_2(number: &[u8]) -> bool {
    let Some((last, digits)) = number.split_last() else { return false };
    let rest = digits.iter().fold(0, |rest, byte| (rest + digit(*byte)) * 2 % 11);
    let check = (12 - rest) % 11;
    if check == 10 { *last == b'X' } else { digit(*last) == check }
}

/// Verhoeff's check, with the dihedral group of order ten.
pub(super) fn verhoeff(number: &[u8]) -> bool {
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permuted = |place: usize, byte: u8| (0..place % 8).fold(digit(byte), |at, _| PERMUTATION[(at % 10) as usize]);
    let places = number.iter().rev().enumerate();
    places.fold(0, |product, (place, byte)| dihedral(product, permuted(place, *byte))) == 0
}

/// The product of two elements of the dihedral group: 0 to 4 are rotations, 5 to 9 reflections.
fn dihedral(left: u32, right: u32) -> u32 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => (left + right - 5) % 5 + 5,
        (false, true) => (left - 5 + 5 - right) % 5 + 5,
        (false, false) => (left + 5 - right) % 5,
    }
}

/// Whether two digits of a month and two of a day are a date in some year.
pub(super) fn is_day(month: u32, day: u32) -> bool {
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 29,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// The number that two digits are.
pub(super) fn two(number: &[u8], at: usize) -> u32 {
    digit(number[at]) * 10 + digit(number[at + 1])
}

/// Whether a number has a year, a month and a day from `at` on, two digits each.
pub(super) fn has_ymd(number: &[u8], at: usize) -> bool {
    is_day(two(number, at + 2), two(number, at + 4))
}

/// Whether a number has a day, a month and a year from `at` on, two digits each.
pub(super) fn has_dmy(number: &[u8], at: usize) -> bool {
    is_day(two(number, at + 2), two(number, at))
}

/// What has a name in front needs no check.
pub(super) fn any(_: &[u8]) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_and_weights_are_those_of_published_examples() {
        assert!(luhn(b"79927398713") && !luhn(b"79927398710"));
        assert_eq!(weighted(b"123", &[3, 2, 1]), 3 + 4 + 3);
        assert_eq!(cross_weighted(b"99", &[2, 1]), 1 + 8 + 9);
        assert!(ends_mod11(b"9434765919", &[10, 9, 8, 7, 6, 5, 4, 3, 2], None));
    }

    /// The group is that of the symmetries of a pentagon: `x -> ±x + n`.
    #[test]
    fn dihedral_products_are_compositions() {
        let apply = |element: u32, corner: u32| {
            let turned = if element < 5 { corner } else { 5 - corner };
            (turned + element) % 5
        };
        for (left, right) in (0..100).map(|pair| (pair / 10, pair % 10)) {
            for corner in 0..5 {
                let both = apply(left, apply(right, corner) % 5);
                assert_eq!(apply(dihedral(left, right), corner), both, "{left} {right}");
            }
        }
    }

    #[test]
    fn iso_7064_knows_its_examples() {
        assert!(mod11_10(b"07945") && !mod11_10(b"07946"), "the standard's example for mod 11,10");
        assert!(mod11_2(b"079X") && !mod11_2(b"0790"), "the standard's example for mod 11-2");
        assert!(verhoeff(b"2363") && !verhoeff(b"2364"));
    }

    /// Mod 11-2 by its definition: the sum of values times powers of two leaves 1.
    #[test]
    fn mod11_2_follows_its_definition() {
        for number in 0..2_000_u32 {
            let digits = format!("{number:04}");
            let sum: u32 = digits.bytes().rev().zip(1..).map(|(byte, place)| digit(byte) << place).sum();
            let passing: Vec<u32> = (0..11).filter(|check| (sum + check) % 11 == 1).collect();
            let last = if passing[0] == 10 { "X".to_owned() } else { passing[0].to_string() };
            assert!(mod11_2(format!("{digits}{last}").as_bytes()), "{digits}{last}");
        }
    }

    #[test]
    fn days_are_those_of_months() {
        assert!(is_day(2, 29) && !is_day(2, 30) && !is_day(4, 31) && !is_day(13, 1) && !is_day(0, 1) && !is_day(1, 0));
        assert!(has_ymd(b"991231", 0) && has_dmy(b"311299", 0) && !has_dmy(b"123199", 0));
    }
}
