//! The extension's binary, looked at before it goes into a layer.
//!
//! A binary for the other architecture, or of another version than this program, would start nowhere or refuse every
//! artifact, and only in the sandbox. Both can be seen in the file.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};
use telesieve_engine::{ARTIFACT, Target};

use crate::assets::Binary;

/// Where an ELF file says what machine it is for: two bytes, little-endian.
const MACHINE: std::ops::Range<usize> = 18..20;

/// Refuses a binary that would not load the artifacts of this program on `target`.
///
/// # Errors
/// It is no ELF file, of another architecture, or of another version.
pub fn check(binary: &[u8], target: Target) -> Result<()> {
    ensure!(binary.starts_with(b"\x7fELF"), "not a Linux executable");
    let machine = binary.get(MACHINE).context("the file is truncated")?;
    ensure!(machine == machine_of(target), "not built for {}", target.lambda_name());
    // The version that it compares stands in it as text.
    ensure!(
        memchr::memmem::find(binary, ARTIFACT.as_bytes()).is_some(),
        "built by another version than this program: it does not load artifacts of {ARTIFACT}"
    );
    Ok(())
}

fn machine_of(target: Target) -> [u8; 2] {
    match target {
        Target::X86_64 => 0x3e_u16.to_le_bytes(),
        Target::Aarch64 => 0xb7_u16.to_le_bytes(),
    }
}

/// Reads a file.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))
}

/// Reads a binary of the extension, and the bill of materials next to it, if there is one.
///
/// # Errors
/// One of them cannot be read.
pub fn open(path: &Path) -> Result<Binary> {
    let bill = path.with_added_extension("cdx.json");
    let bill = bill.is_file().then(|| read(&bill)).transpose()?;
    Ok(Binary { name: path.display().to_string(), program: read(path)?.into(), bill: bill.map(Into::into) })
}

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A file that passes for the extension: an ELF header without sections.
#[cfg(test)]
pub fn stand_in(target: Target) -> Vec<u8> {
    let mut binary = vec![0; 64];
    binary[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    binary[MACHINE].copy_from_slice(&machine_of(target));
    binary[52] = 64;
    binary.extend(ARTIFACT.as_bytes());
    binary
}
