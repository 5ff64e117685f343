//! The small file beside an artifact's machine code: what it was made by and of, and the automata of its patterns.
//!
//! Layout, all numbers little-endian, text and bytes behind a `u32` length:
//!
//! ```text
//! magic "telesieve-pack\0\x01" · contract · toolchain · sha-256 of the component
//! kind u8 · name · version · u32 n, kinds to see (n texts) · u32 n, patterns (n × source, automaton)
//! u32 CRC-32 of all that
//! ```
//!
//! Contract and toolchain stand first, so that a file of another version can still say what it is. The checksum finds
//! damage: a flipped bit could make another kind of a redaction. Whatever is wrong
//! with a file ends in an error, never in a panic or a large allocation. `pack_writer` writes them.

use std::collections::BTreeMap;

use crate::TransformKind;
use crate::contract;
use crate::seal::crc32;

pub(crate) const MAGIC: &[u8; 16] = b"telesieve-pack\0\x01";

/// Content of a `.pack` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pack {
    /// What the component's manifest said.
    pub(crate) kind: TransformKind,
    /// The component's name for itself.
    pub(crate) name: String,
    /// The component's own version.
    pub(crate) version: String,
    /// Event kinds that it asked for, with the settings it was packed with.
    pub(crate) kinds: Vec<String>,
    /// SHA-256 of the component: what binds the pack to the machine code, see `seal`.
    pub(crate) component: [u8; 32],
    /// Patterns that `init` declared: source and automaton.
    pub(crate) patterns: BTreeMap<String, Vec<u8>>,
}

/// Why a file is no pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PackError {
    /// Something else altogether.
    #[error("not a telesieve pack")]
    Foreign,
    /// Made by another version.
    #[error(
        "made for {found_contract} by {found_toolchain}, but this host accepts {}.x by {}",
        contract::contract_text(),
        contract::ARTIFACT
    )]
    Version {
        /// Contract in the file.
        found_contract: String,
        /// Toolchain in the file.
        found_toolchain: String,
    },
    /// It ends too early, goes on too long, or holds what it cannot.
    #[error("the file is damaged")]
    Damaged,
}

impl Pack {
    /// Reads a file's content.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, PackError> {
        let mut reader = Reader(bytes.strip_prefix(MAGIC).ok_or(PackError::Foreign)?);
        let found = (reader.text(), reader.text());
        let (Some(found_contract), Some(found_toolchain)) = found else { return Err(PackError::Damaged) };
        if found_contract != contract::contract_text() || found_toolchain != contract::ARTIFACT {
            return Err(PackError::Version {
                found_contract: crate::text::one_line(&found_contract, 60),
                found_toolchain: crate::text::one_line(&found_toolchain, 60),
            });
        }
        let pack = reader.rest().ok_or(PackError::Damaged)?;
        let (content, checksum) = bytes.split_last_chunk().ok_or(PackError::Damaged)?;
        let whole = reader.0 == checksum && crc32(content) == u32::from_le_bytes(*checksum);
        if whole { Ok(pack) } else { Err(PackError::Damaged) }
    }
}

/// What is left to read.
struct Reader<'p>(&'p [u8]);

impl<'p> Reader<'p> {
    fn rest(&mut self) -> Option<Pack> {
        let component = self.take(32)?.try_into().ok()?;
        let kind = *TransformKind::ALL.get(usize::from(self.take(1)?[0]))?;
        let (name, version) = (self.text()?, self.text()?);
        let kinds = (0..self.count()?).map(|_| self.text()).collect::<Option<_>>()?;
        let patterns =
            (0..self.count()?).map(|_| Some((self.text()?, self.bytes()?.to_vec()))).collect::<Option<_>>()?;
        Some(Pack { kind, name, version, kinds, component, patterns })
    }

    fn take(&mut self, count: usize) -> Option<&'p [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn count(&mut self) -> Option<usize> {
        let bytes = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    }

    fn bytes(&mut self) -> Option<&'p [u8]> {
        let count = self.count()?;
        self.take(count)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pack() -> Pack {
        Pack {
            kind: TransformKind::Redact,
            name: "redact".to_owned(),
            version: "1.2.3".to_owned(),
            kinds: vec!["function".to_owned(), "platform.*".to_owned()],
            component: [7; 32],
            patterns: BTreeMap::from([("[0-9]+".to_owned(), vec![0, 1, 2]), ("é".to_owned(), Vec::new())]),
        }
    }

    #[test]
    fn a_pack_is_read_as_it_was_written() {
        assert_eq!(Pack::from_bytes(&pack().to_bytes()), Ok(pack()));
    }

    #[test]
    fn every_truncation_and_every_tail_is_refused() {
        let bytes = pack().to_bytes();
        for end in 0..bytes.len() {
            assert!(Pack::from_bytes(&bytes[..end]).is_err(), "{end}");
        }
        assert_eq!(Pack::from_bytes(&[bytes.as_slice(), b"x"].concat()), Err(PackError::Damaged));
    }

    #[test]
    fn another_version_is_named() {
        let bytes = pack().to_bytes();
        let at =
            bytes.windows(contract::ARTIFACT.len()).position(|found| found == contract::ARTIFACT.as_bytes()).unwrap();
        let mut other = bytes;
        other[at..at + 2].copy_from_slice(b"47");
        let message = Pack::from_bytes(&other).unwrap_err().to_string();
        assert!(message.contains("by 47.0.8+telesieve4"), "{message}");
        assert!(message.contains(&format!("accepts {}.x by {}", contract::contract_text(), contract::ARTIFACT)));
    }

    #[test]
    fn other_files_are_foreign() {
        for bytes in [&b""[..], b"\0asm\x01\0\0\0", b"\x7fELF", b"telesieve-pack\0\x02"] {
            assert_eq!(Pack::from_bytes(bytes), Err(PackError::Foreign));
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let bytes = pack().to_bytes();
        for at in 0..8 * bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at / 8] ^= 1 << (at % 8);
            assert!(Pack::from_bytes(&damaged).is_err(), "bit {at}");
        }
    }

    proptest! {
        #[test]
        fn damage_never_panics(at in 0usize..1_000, byte: u8, cut in 0usize..1_000) {
            let mut bytes = pack().to_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut.max(at));
            let _ = Pack::from_bytes(&bytes);
        }
    }
}
