//! The end of an artifact's machine code: the digest of the component that it was made of.
//!
//! The pack beside it has the same digest, and the two are compared when they are loaded. Nothing is hashed then: that
//! would cost a small function more than all the rest of loading. What is bound is the right pair of files, against a
//! deployment that mixes them up; who can forge a digest can replace this program as well.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

const MAGIC: &[u8; 16] = b"telesieve-seal\0\x01";
const DIGEST: usize = 32;
const SEAL: usize = MAGIC.len() + DIGEST;

/// Puts a seal behind machine code, which ends where its own headers say: what follows is not looked at.
#[cfg(any(test, feature = "compile"))]
pub(crate) fn put(mut code: Vec<u8>, component: &[u8; DIGEST]) -> Vec<u8> {
    code.extend_from_slice(MAGIC);
    code.extend_from_slice(component);
    code
}

/// The digest at the end of a file; `None` if there is none. Two system calls, whatever the file's size.
pub(crate) fn read(path: &Path) -> io::Result<Option<[u8; DIGEST]>> {
    let file = File::open(path)?;
    let Some(start) = file.metadata()?.len().checked_sub(SEAL as u64) else { return Ok(None) };
    let mut seal = [0; SEAL];
    match file.read_exact_at(&mut seal, start) {
        Ok(()) => Ok(seal.strip_prefix(MAGIC).and_then(|digest| digest.try_into().ok())),
        // It became shorter meanwhile.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_found_at_the_end_and_only_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cwasm");
        let found = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(&path).unwrap()
        };
        let sealed = put(b"code".to_vec(), &[7; DIGEST]);
        assert_eq!(found(&sealed), Some([7; DIGEST]));
        assert_eq!(found(&put(Vec::new(), &[1; DIGEST])), Some([1; DIGEST]));
        assert_eq!(found(&sealed[..sealed.len() - 1]), None);
        assert_eq!(found(&[&sealed[..], b"x"].concat()), None);
        assert_eq!(found(b""), None);
        assert_eq!(found(&[0; 100]), None);
        assert!(read(folder.path()).is_err() || read(folder.path()).unwrap().is_none());
    }
}
