//! Keyed hashes: the same value gives the same token, and nobody without the key can tell which value it was.
//!
//! The same value: however it is spelled. A string is its text, so `"12"` and `12` have the same token; numbers are written
//! out, so `12.0` and `1.2e1` have it too; objects and arrays are taken without blanks between their tokens.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;
use std::sync::OnceLock;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use telesieve_core::json;

/// A key for tokens.
#[derive(Clone)]
pub struct HashKey {
    secret: Box<[u8]>,
    /// Made with the first token: asking the CPU what it can do takes longer than loading a transform's settings.
    keyed: OnceLock<Hmac<Sha256>>,
}

impl HashKey {
    /// Makes a key of a secret of any length.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self { secret: secret.into(), keyed: OnceLock::new() }
    }

    fn keyed(&self) -> &Hmac<Sha256> {
        self.keyed.get_or_init(|| Hmac::new_from_slice(&self.secret).expect("HMAC takes keys of any length"))
    }

    /// The token of a value: `h:` and 32 lower-case hex digits, the first half of its HMAC-SHA-256.
    #[must_use]
    pub fn token(&self, value: &[u8]) -> String {
        let mut mac = self.keyed().clone();
        mac.update(value);
        let mut token = String::with_capacity(34);
        token.push_str("h:");
        for byte in mac.finalize().into_bytes().iter().take(16) {
            write!(token, "{byte:02x}").expect("a string takes any text");
        }
        token
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey([secret])")
    }
}

/// The text of a JSON value that stands for it however it is spelled.
pub(crate) fn canonical(value: &str) -> Cow<'_, str> {
    if let Some(text) = json::text(value) {
        return text;
    }
    match value.as_bytes().first() {
        Some(b'{' | b'[') => without_blanks(value),
        _ => written_out(value).map_or(Cow::Borrowed(value), Cow::Owned),
    }
}

fn without_blanks(container: &str) -> Cow<'_, str> {
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    if !container.bytes().any(is_blank) {
        return Cow::Borrowed(container);
    }
    let (mut out, mut in_string, mut is_escaped) = (String::with_capacity(container.len()), false, false);
    for letter in container.chars() {
        if in_string || !matches!(letter, ' ' | '\t' | '\n' | '\r') {
            out.push(letter);
        }
        in_string ^= letter == '"' && !is_escaped;
        is_escaped = in_string && letter == '\\' && !is_escaped;
    }
    Cow::Owned(out)
}

/// A number without exponent and without zeros that say nothing. Very large and very small ones stay as they are.
fn written_out(number: &str) -> Option<String> {
    const FAR: i32 = 64;
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent: i32 = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() <= FAR)?;
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let (whole, fraction) = match usize::try_from(point) {
        Ok(point) if point <= digits.len() => (digits[..point].to_owned(), digits[point..].to_owned()),
        Ok(point) => (format!("{digits}{}", "0".repeat(point - digits.len())), String::new()),
        Err(_) => (String::new(), format!("{}{digits}", "0".repeat(point.unsigned_abs() as usize))),
    };
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if whole == "0" && fraction.is_empty() { "" } else { sign };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_the_same_however_they_are_spelled() {
        for (value, same) in [
            (r#""j\u0061ne""#, "jane"),
            ("12", "12"),
            (r#""12""#, "12"),
            ("12.0", "12"),
            ("1.2e1", "12"),
            ("1200E-2", "12"),
            ("0.012e+3", "12"),
            ("-0.0", "0"),
            ("-1.50", "-1.5"),
            ("1e-3", "0.001"),
            ("1e999", "1e999"),
            ("null", "null"),
            ("true", "true"),
            (r#"{ "a b" : [1, "\" "] }"#, r#"{"a b":[1,"\" "]}"#),
            ("-", "-"),
            ("", ""),
        ] {
            assert_eq!(canonical(value), same);
        }
    }

    #[test]
    fn token_is_the_first_half_of_the_hmac() {
        // RFC 4231, test case 2.
        let token = HashKey::new(b"Jefe").token(b"what do ya want for nothing?");
        assert_eq!(token, "h:5bdcc146bf60754e6a042426089575c7");
    }

    #[test]
    fn debug_output_holds_no_key() {
        assert_eq!(format!("{:?}", HashKey::new(b"hunter2")), "HashKey([secret])");
    }
}
