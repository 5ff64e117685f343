//! What the extension was built of, as the bill of materials beside its binary says: whoever built it made that bill, and it
//! counts if it names this very binary.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::binary;

/// The parts of a binary that its bill lists; none, if it has no bill.
///
/// # Errors
/// The bill cannot be read, or is that of another binary.
pub fn of(program: &Path, digest: &str) -> Result<Vec<Value>> {
    let path = bill_of(program);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let read = || format!("failed to read {}", path.display());
    let mut bill: Value = serde_json::from_slice(&binary::read(&path)?).with_context(read)?;
    let named = &bill["metadata"]["component"]["hashes"][0]["content"];
    ensure!(named == digest, "{} is the bill of materials of another binary", path.display());
    match bill["components"].take() {
        Value::Array(components) => Ok(components),
        _ => Err(anyhow::anyhow!("it lists no components")).with_context(read),
    }
}

fn bill_of(program: &Path) -> PathBuf {
    let mut name = program.as_os_str().to_owned();
    name.push(".cdx.json");
    PathBuf::from(name)
}
