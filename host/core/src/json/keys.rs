//! Whether an object has a key twice.

/// Keys up to which each new one is compared with those before it. Beyond, they are sorted when the object closes.
const FEW: usize = 24;

/// Hashes of the keys of all open objects, those of the innermost one last. Two keys with one hash count as the same:
/// that can be provoked, and costs no more than a record that is shipped as text.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(Vec<u64>);

impl Keys {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a key of the innermost object, whose keys start at `first`. Tells whether it was there already, as far as that
    /// is known before [`Keys::close`].
    pub(super) fn add(&mut self, key: &str, first: usize) -> bool {
        let hash = hash(key);
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
    let bytes = key.as_bytes();
    let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    let Some(last) = bytes.last_chunk::<8>() else { return mix(bytes.len() as u64, short_word(bytes)) };
    let (words, _) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(bytes.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    mix(hash, u64::from_le_bytes(*last))
}

/// Up to seven bytes as a number.
fn short_word(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
}
