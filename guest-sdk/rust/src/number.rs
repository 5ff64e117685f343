//! Reads numbers with a fraction or an exponent.
//!
//! The standard library's parser brings 6 KB of code and 12 KB of tables that do not compress into every component, and
//! more of both once that is machine code. Nearly all numbers in settings and records are short, and exact by one
//! multiplication; for all others this one takes its time and works in 128 bits.

/// Digits of a mantissa that are read: as many as fit in 128 bits, whatever they are. Of those behind them it only matters
/// whether there are any.
const DIGITS: u32 = 38;

/// With a larger exponent, up or down, any number is zero or infinite.
const LARGEST_EXPONENT: i32 = 400;

/// The exponent of the last bit of the smallest numbers.
const LAST_BIT: i32 = -1_074;

/// Reads a number, such as `-1.5e-3`: the nearest `f64`, as `str::parse` has it, with 25 KB less of machine code. `None` if
/// the text is none, or too large for one. White space is no part of a number, nor are `inf` and `nan` numbers.
///
/// ```
/// use telesieve_guest::parse_number;
///
/// assert_eq!(parse_number("-1.5e-3"), Some(-0.0015));
/// assert_eq!(parse_number("1e999"), None);
/// ```
#[must_use]
pub fn parse_number(text: &str) -> Option<f64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent = exponent.parse::<i32>().ok()?;
    let Digits { digits, shift, more } = Digits::of(mantissa)?;
    let number = nearest(digits, more, exponent.saturating_add(shift))?;
    Some(if negative { -number } else { number })
}

/// The digits of `12.5`.
#[derive(Default)]
struct Digits {
    /// The first of them as a whole number.
    digits: u128,
    /// The power of ten that it is to be multiplied with.
    shift: i32,
    /// Whether there are others that are not 0.
    more: bool,
}

impl Digits {
    fn of(mantissa: &str) -> Option<Self> {
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut read = Self::default();
        for (byte, behind_point) in whole.bytes().map(|byte| (byte, 0)).chain(fraction.bytes().map(|byte| (byte, 1))) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            if read.digits < 10_u128.pow(DIGITS - 1) {
                read.digits = read.digits * 10 + u128::from(digit);
                read.shift -= behind_point;
            } else {
                read.shift += 1 - behind_point;
                read.more |= digit > 0;
            }
        }
        Some(read)
    }
}

/// The `f64` that is nearest to `digits`, or a little `more`, times a power of ten. `None`: it is larger than any.
fn nearest(digits: u128, more: bool, power: i32) -> Option<f64> {
    if digits == 0 {
        return Some(0.0);
    }
    if let Some(number) = exact(digits, power) {
        return Some(number);
    }
    let power = power.clamp(-LARGEST_EXPONENT, LARGEST_EXPONENT);
    let mut number = Binary { bits: digits, exponent: 0, more }.normalized();
    for _ in 0..power.unsigned_abs() {
        number = if power > 0 { number.times_ten() } else { number.tenth() };
    }
    number.rounded()
}

/// Whole numbers of 53 bits and powers of ten up to this one are without error, so their product and quotient are right.
fn exact(digits: u128, power: i32) -> Option<f64> {
    const LARGEST_POWER: u32 = 22;
    if digits >> f64::MANTISSA_DIGITS != 0 || power.unsigned_abs() > LARGEST_POWER {
        return None;
    }
    let (number, by) = (digits as u64 as f64, (0..power.abs()).fold(1.0, |by, _| by * 10.0));
    Some(if power < 0 { number / by } else { number * by })
}

/// `bits` times two to the power of `exponent`. The highest bit is set, so that each step of calculation loses less than the
/// last one of 124 bits.
struct Binary {
    bits: u128,
    exponent: i32,
    /// The number is a little larger.
    more: bool,
}

impl Binary {
    fn normalized(self) -> Self {
        let free = self.bits.leading_zeros();
        Self { bits: self.bits << free, exponent: self.exponent - free as i32, ..self }
    }

    fn times_ten(self) -> Self {
        let more = self.more || self.bits & 0xf != 0;
        Self { bits: (self.bits >> 4) * 10, exponent: self.exponent + 4, more }.normalized()
    }

    /// By hand: division of 128 bits is a kilobyte of code.
    fn tenth(self) -> Self {
        let (mut bits, mut rest) = (0, 0);
        for shift in [96, 64, 32, 0] {
            let part = rest << 32 | u64::from((self.bits >> shift) as u32);
            bits |= u128::from(part / 10) << shift;
            rest = part % 10;
        }
        Self { bits, more: self.more || rest != 0, ..self }.normalized()
    }

    /// All but 53 bits are too many, and more of them where the exponent is at its end.
    fn rounded(self) -> Option<f64> {
        let surplus = 75.max(LAST_BIT - self.exponent) as u32;
        let kept = self.bits.checked_shr(surplus).unwrap_or(0);
        let rest = self.bits - kept.checked_shl(surplus).unwrap_or(0);
        let up = match 1_u128.checked_shl(surplus - 1) {
            Some(half) => rest > half || rest == half && (self.more || kept % 2 == 1),
            None => false,
        };
        let number = (kept as u64 + u64::from(up)) as f64 * power_of_two(self.exponent + surplus as i32)?;
        number.is_finite().then_some(number)
    }
}

/// `None`: there is no such number.
fn power_of_two(exponent: i32) -> Option<f64> {
    match exponent {
        -1_022..=1_023 => Some(f64::from_bits(((exponent + 1_023) as u64) << 52)),
        LAST_BIT..-1_022 => Some(f64::from_bits(1 << (exponent - LAST_BIT))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str) {
        let expected = text.parse::<f64>().ok().filter(|number| number.is_finite());
        assert_eq!(parse_number(text).map(f64::to_bits), expected.map(f64::to_bits), "{text}");
    }

    #[test]
    fn numbers_are_read_as_the_standard_library_reads_them() {
        for text in [
            "0",
            "0.0",
            "-0.0",
            "0.1",
            "1.5",
            "-2.25",
            "1e3",
            "1E-3",
            "1e+2",
            "0.30000000000000004",
            "1e22",
            "1e23",
            "9007199254740993",
            "9007199254740992.5",
            "8.5e22",
            "1.7976931348623157e308",
            "1e309",
            "-1e400",
            "1e-400",
            "2.2250738585072014e-308",
            "2.2250738585072011e-308",
            "5e-324",
            "4.9e-324",
            "2.4703282292062327e-324",
            "2.4703282292062329e-324",
            "+1",
            "1.",
            ".5",
            "-.5e1",
            "1.e1",
            "123456789012345678901234567890",
            "0.000000000000000000000000000001",
            "0.00000000000000000000000000000012345678901234567890123",
            "1e2147483647",
            "0e999",
            "1.0000000000000002",
            "9007199254740993.000000000000000000001",
            "9007199254740993.000000000000000000000",
            "9007199254740995.0",
        ] {
            check(text);
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "-",
            ".",
            "-.",
            "1e",
            "e1",
            "1e+",
            "--1",
            "+-1",
            "1.2.3",
            "1e1e1",
            "inf",
            "-infinity",
            "nan",
            "1e99999999999",
            "é",
            "1_000",
            "0x1",
            " 1",
        ] {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn every_number_comes_back(bits: u64) {
            let number = f64::from_bits(bits);
            if number.is_finite() {
                for text in [number.to_string(), format!("{number:e}"), format!("{number:.17e}")] {
                    check(&text);
                }
            }
        }

        #[test]
        fn decimals_are_read_as_the_standard_library_reads_them(text in "-?[0-9]{1,45}(\\.[0-9]{1,45})?([eE][+-]?[0-9]{1,3})?") {
            check(&text);
        }
    }
}
