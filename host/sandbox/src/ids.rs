//! Random identifiers. They need not be secret, only different.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Sixty-four random bits: the standard library's hash maps are seeded by the system.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A random UUID of version 4.
pub(crate) fn uuid() -> String {
    let (high, low) = (random(), random());
    let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0x0fff | 0x4000);
    let (d, e) = (low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff);
    format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
}

/// Sixteen random hexadecimal digits.
pub(crate) fn hex16() -> String {
    format!("{:016x}", random())
}

/// Whether text has the shape of a UUID.
pub(crate) fn is_uuid(text: &str) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| if dash(at) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::{is_uuid, uuid};

    #[test]
    fn makes_different_uuids() {
        let (one, two) = (uuid(), uuid());
        assert!(is_uuid(&one) && is_uuid(&two), "{one} {two}");
        assert_ne!(one, two);
        assert!(!is_uuid("not-a-uuid") && !is_uuid(""));
    }
}
