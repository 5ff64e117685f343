//! Bodies that are sent compressed, where that pays. `docs/delivery.md` has the figures.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Compresses the pieces, `bytes` in all, as quickly as it goes.
pub(crate) fn gzip<'p>(pieces: impl Iterator<Item = &'p [u8]>, bytes: usize) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes / 4), Compression::fast());
    for piece in pieces {
        encoder.write_all(piece).ok()?;
    }
    encoder.finish().ok()
}
