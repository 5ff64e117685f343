//! The end of an artifact's machine code: the digest of the component that it was made of, and a checksum of all before it.
//!
//! The pack beside it has the same digest, and the two are compared when they are loaded: that binds the right pair of
//! files, against a deployment that mixes them up. The checksum finds damage, by a disk or on the way: one flipped bit in
//! machine code ends the process, or lets it go on wrongly. Neither is a signature. Who can forge them can replace this
//! program as well, so a hash that costs a small function more than all the rest of loading would win nothing.

use std::fs::File;
use std::io::{self, Read as _};

use flate2::Crc;

const MAGIC: &[u8; 16] = b"telesieve-seal\0\x02";
const DIGEST: usize = 32;
const CHECKSUM: usize = 4;
const SEAL: usize = MAGIC.len() + DIGEST + CHECKSUM;

/// Bytes that are read at a time: machine code of megabytes takes no more memory than this.
const PIECE: usize = 64 << 10;

/// The checksum of all of it.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut checksum = Crc::new();
    checksum.update(bytes);
    checksum.sum()
}

/// Puts a seal behind machine code, which ends where its own headers say: what follows is not looked at.
#[cfg(any(test, feature = "compile"))]
pub(crate) fn put(mut code: Vec<u8>, component: &[u8; DIGEST]) -> Vec<u8> {
    code.extend_from_slice(MAGIC);
    code.extend_from_slice(component);
    let checksum = crc32(&code);
    code.extend_from_slice(&checksum.to_le_bytes());
    code
}

/// The digest at the end of a file; `None` if there is none, or if any byte of the file is not what it was.
pub(crate) fn read(mut file: File) -> io::Result<Option<[u8; DIGEST]>> {
    let mut end = Vec::with_capacity(PIECE + SEAL);
    let mut checksum = Crc::new();
    while (&mut file).take(PIECE as u64).read_to_end(&mut end)? > 0 {
        // The last bytes are kept, because they may be the seal or a part of it.
        let summed = end.len().saturating_sub(SEAL);
        checksum.update(&end[..summed]);
        end.drain(..summed);
    }
    Ok(open(&end, checksum))
}

/// The digest of a seal, if it fits the checksum of what stands before it.
fn open(seal: &[u8], mut checksum: Crc) -> Option<[u8; DIGEST]> {
    let (sealed, expected) = seal.split_last_chunk::<CHECKSUM>()?;
    let digest = sealed.strip_prefix(MAGIC)?.try_into().ok()?;
    checksum.update(sealed);
    (checksum.sum() == u32::from_le_bytes(*expected)).then_some(digest)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::io::{Seek as _, Write as _};

    use super::*;

    fn found(bytes: &[u8]) -> Option<[u8; DIGEST]> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        read(file).unwrap()
    }

    #[test]
    fn a_seal_is_found_at_the_end_and_only_there() {
        let sealed = put(b"code".to_vec(), &[7; DIGEST]);
        assert_eq!(found(&sealed), Some([7; DIGEST]));
        assert_eq!(found(&put(Vec::new(), &[1; DIGEST])), Some([1; DIGEST]));
        assert_eq!(found(&sealed[..sealed.len() - 1]), None);
        assert_eq!(found(&[&sealed[..], b"x"].concat()), None);
        assert_eq!(found(b""), None);
        assert_eq!(found(&[0; 100]), None);
    }

    #[test]
    fn files_of_any_length_are_summed_as_a_whole() {
        for length in [0, 1, PIECE - SEAL - 1, PIECE - SEAL, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let sealed = put(vec![5; length], &[7; DIGEST]);
            assert_eq!(found(&sealed), Some([7; DIGEST]), "{length}");
            for at in [0, length / 2, length, sealed.len() - 1] {
                let mut damaged = sealed.clone();
                damaged[at] ^= 1;
                assert_eq!(found(&damaged), None, "{length}: {at}");
            }
        }
    }
}
