//! Checksums that tell numbers that mean something from numbers that happen to be as long.

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
