//! Keyed hashes: the same value gives the same token, and nobody without the key can tell which value it was.

use std::fmt;
use std::fmt::Write as _;
use std::sync::OnceLock;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

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

#[cfg(test)]
mod tests {
    use super::*;

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
