//! Files that may be read: regular ones, up to a size.
//!
//! A FIFO has a reader wait for a writer that never comes, a device has no end, and a file of gigabytes does not fit into a
//! function's memory. Each would keep the extension from its next event, so each is an error before anything is read.

use std::fs::{File, metadata};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// Opens a regular file of at most `max_bytes`.
///
/// # Errors
/// It is not there, is not a regular file, or is longer.
pub fn open_regular(path: &Path, max_bytes: u64) -> io::Result<File> {
    // Asked of the path, because opening a FIFO waits for its other end.
    let found = metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
    }
    if found.len() > max_bytes {
        return Err(too_long(max_bytes));
    }
    File::open(path)
}

/// Reads a regular file of at most `max_bytes`.
///
/// # Errors
/// See [`open_regular`]; or reading fails.
pub fn read_regular(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut file = open_regular(path, max_bytes)?;
    let mut bytes = Vec::with_capacity(usize::try_from(file.metadata()?.len().min(max_bytes)).unwrap_or(0));
    // It may grow meanwhile, and some files do not say how long they are.
    let read = (&mut file).take(max_bytes + 1).read_to_end(&mut bytes)?;
    if read as u64 > max_bytes { Err(too_long(max_bytes)) } else { Ok(bytes) }
}

fn too_long(max_bytes: u64) -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, format!("longer than {max_bytes} bytes"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn regular_files_up_to_a_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "12345678").unwrap();
        assert_eq!(read_regular(&path, 8).unwrap(), b"12345678");
        assert_eq!(read_regular(&path, 7).unwrap_err().to_string(), "longer than 7 bytes");
        let fifo = folder.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for odd in [fifo.as_path(), folder.path(), Path::new("/dev/zero")] {
            assert_eq!(read_regular(odd, 8).unwrap_err().to_string(), "not a regular file");
        }
        assert_eq!(read_regular(&folder.path().join("b"), 8).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_file_that_hides_its_size_is_read_no_further() {
        // Zero bytes long by its own account.
        assert_eq!(read_regular(Path::new("/proc/self/smaps"), 8).unwrap_err().to_string(), "longer than 8 bytes");
    }
}
