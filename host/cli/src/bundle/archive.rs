//! Writes zip files: small, and the same for the same files.
//!
//! A layer is packed once and fetched at every cold start, so it is compressed by a compressor that looks for the shortest
//! way to say a block and takes its time, 4 % less than zlib's strongest. Files are in memory, whole, so each is compressed
//! in one go and its sizes are known before it is written. No time and no user are stored.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use libdeflater::{CompressionLvl, Compressor, Crc};

use super::contents::File;

/// What a reader must know: version 2.0 of the format, which is deflate.
const NEEDED: u16 = 20;
/// What made it: the same version, on Unix, so that modes are read.
const MADE_BY: u16 = 3 << 8 | NEEDED;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
const DEFLATED: u16 = 8;
/// Midnight of the first day that the format knows: 1 January 1980.
const TIME: u16 = 0;
const DATE: u16 = 1 << 5 | 1;
/// A regular file, among the bits of the mode.
const REGULAR: u32 = 0o100_000;

/// A zip of files, in the order of their paths.
///
/// # Errors
/// It would be larger than 4 GiB, or have more than 65,535 files.
pub fn pack(files: &BTreeMap<String, File>) -> Result<Vec<u8>> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for (path, file) in files {
        let offset = u32::try_from(zip.len()).context("the zip is too large")?;
        let packed = deflate(&file.bytes)?;
        let common = common(path, file, &packed)?;
        zip.extend(b"PK\x03\x04");
        zip.extend(&common);
        zip.extend(path.as_bytes());
        zip.extend(&packed);
        directory.extend(b"PK\x01\x02");
        directory.extend(MADE_BY.to_le_bytes());
        directory.extend(&common);
        // No comment, on the first and only disk, no text.
        directory.extend([0; 6]);
        directory.extend(((REGULAR | file.mode) << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(path.as_bytes());
    }
    let end = end(files.len(), zip.len(), directory.len())?;
    zip.extend(directory);
    zip.extend(end);
    Ok(zip)
}

fn deflate(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::best());
    let mut packed = vec![0; compressor.deflate_compress_bound(bytes.len())];
    let length = compressor.deflate_compress(bytes, &mut packed).context("failed to compress")?;
    packed.truncate(length);
    Ok(packed)
}

/// What a file's own header and its entry in the directory both say.
fn common(path: &str, file: &File, packed: &[u8]) -> Result<Vec<u8>> {
    let mut crc = Crc::new();
    crc.update(&file.bytes);
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).context("a file is too large");
    let mut header = Vec::new();
    header.extend([NEEDED, FLAGS, DEFLATED, TIME, DATE].map(u16::to_le_bytes).concat());
    header.extend([crc.sum(), length(packed)?, length(&file.bytes)?].map(u32::to_le_bytes).concat());
    header.extend(u16::try_from(path.len()).context("a path is too long")?.to_le_bytes());
    // Nothing extra.
    header.extend([0; 2]);
    Ok(header)
}

/// The end of the directory.
fn end(files: usize, start: usize, length: usize) -> Result<Vec<u8>> {
    let files = u16::try_from(files).context("there are too many files")?.to_le_bytes();
    let [length, start] = [u32::try_from(length)?, u32::try_from(start)?].map(u32::to_le_bytes);
    Ok([&b"PK\x05\x06\0\0\0\0"[..], &files, &files, &length, &start, &[0; 2]].concat())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::io::{Cursor, Read as _};

    use super::*;

    fn files() -> BTreeMap<String, File> {
        let program = (0..200_000_u32).flat_map(|at| (at / 7 % 251).to_le_bytes()).collect();
        BTreeMap::from([
            ("extensions/program".to_owned(), File { mode: 0o755, bytes: program }),
            ("telesieve/empty".to_owned(), File { mode: 0o644, bytes: Vec::new() }),
            ("telesieve/größe.toml".to_owned(), File { mode: 0o600, bytes: b"a = 1\n".to_vec() }),
        ])
    }

    #[test]
    fn others_read_what_was_packed() {
        let mut archive = zip::ZipArchive::new(Cursor::new(pack(&files()).unwrap())).unwrap();
        assert_eq!(archive.len(), 3);
        for (at, (path, file)) in files().iter().enumerate() {
            let mut read = archive.by_index(at).unwrap();
            assert_eq!(read.name().unwrap(), path.as_str());
            assert_eq!(read.unix_mode(), Some(REGULAR | file.mode));
            let mut bytes = Vec::new();
            read.read_to_end(&mut bytes).unwrap();
            assert!(bytes == file.bytes, "{path} differs");
        }
    }

    #[test]
    fn the_same_files_make_the_same_zip() {
        assert!(pack(&files()).unwrap() == pack(&files()).unwrap());
    }
}
