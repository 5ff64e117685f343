//! Whether an object has a key twice.

use super::text::unescape;

/// Keys up to which each new one is compared with those before it. Beyond, they are sorted when the object closes.
const FEW: usize = 24;

/// Hashes of the keys of all open objects, those of the innermost one last. Two keys with one hash count as the same:
/// that can be provoked, and costs no more than a record that is shipped as text.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<u64>);

impl Keys {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a key of the innermost object, whose keys start at `first`. Tells whether it was there already, as far as that
    /// is known before [`Keys::close`].
    pub(super) fn add(&mut self, raw: &str, first: usize) -> bool {
        let hash = if raw.contains('\\') { hash(&unescape(raw)) } else { hash(raw) };
        let known = &self.0[first..];
        let repeated = known.len() <= FEW && known.contains(&hash);
        self.0.push(hash);
        repeated
    }

    /// Forgets the keys of the innermost object. Tells whether one was there twice.
    pub(super) fn close(&mut self, first: usize) -> bool {
        let keys = &mut self.0[first..];
        let many = keys.len() > FEW;
        if many {
            keys.sort_unstable();
        }
        let repeated = many && keys.windows(2).any(|pair| pair[0] == pair[1]);
        self.0.truncate(first);
        repeated
    }
}

fn hash(key: &str) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    key.as_bytes().chunks(8).fold(key.len() as u64, |hash, word| {
        let mut bytes = [0; 8];
        bytes[..word.len()].copy_from_slice(word);
        (hash.rotate_left(23) ^ u64::from_le_bytes(bytes)).wrapping_mul(FACTOR)
    })
}
