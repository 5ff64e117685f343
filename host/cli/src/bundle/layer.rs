//! Writes a bundle as a layer: the zip, its bill of materials and its digest.
//!
//! The zip holds no time and no user, and its files are sorted, so the same contents give the same bytes: whoever bundles
//! again can compare.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::contents::Contents;
use super::{archive, binary, sbom};

/// Lambda refuses layers that are larger than this when unpacked, all layers of a function together.
const MAX_UNPACKED: usize = 250 << 20;

/// Writes `telesieve-layer-<arch>.zip`, `.cdx.json` and `.sha256`, the last as `sha256sum -c` reads it.
///
/// # Errors
/// A file cannot be written.
pub fn write(folder: &Path, contents: &Contents) -> Result<Vec<String>> {
    let unpacked: usize = contents.files.values().map(|file| file.bytes.len()).sum();
    anyhow::ensure!(
        unpacked <= MAX_UNPACKED,
        "the layer is too large for Lambda: {unpacked} bytes unpacked, the limit is {MAX_UNPACKED}"
    );
    let name = format!("telesieve-layer-{}", contents.target.lambda_name());
    let (archive, bill) = (format!("{name}.zip"), format!("{name}.cdx.json"));
    let packed = archive::pack(&contents.files).context("failed to create the zip")?;
    let materials = sbom::bill(contents, &name, &packed)?;
    let digests = [(&archive, packed.as_slice()), (&bill, materials.as_slice())]
        .map(|(file, bytes)| format!("{}  {file}\n", binary::sha256(bytes)));
    std::fs::create_dir_all(folder).with_context(|| format!("failed to create {}", folder.display()))?;
    put(&folder.join(&archive), &packed)?;
    put(&folder.join(&bill), &materials)?;
    put(&folder.join(format!("{name}.sha256")), digests.concat().as_bytes())?;
    let sizes = format!("{} KiB, {} KiB unpacked", packed.len().div_ceil(1024), unpacked.div_ceil(1024));
    Ok(vec![format!("{}: {sizes}, sha256 {}", folder.join(archive).display(), binary::sha256(&packed))])
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("failed to write {}", path.display()))
}
