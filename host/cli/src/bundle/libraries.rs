//! What the extension was built of, as the bill of materials that comes with its binary lists it: the build wrote that
//! bill, and it counts if it names this very binary.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::assets::Binary;

/// The parts of a binary that its bill lists; none, if it has no bill.
///
/// # Errors
/// The bill cannot be read, or is that of another binary.
pub fn of(binary: &Binary, digest: &str) -> Result<Vec<Value>> {
    let Some(bill) = &binary.bill else { return Ok(Vec::new()) };
    let read = || format!("failed to read the bill of materials of {}", binary.name);
    let mut bill: Value = serde_json::from_slice(bill).with_context(read)?;
    let named = &bill["metadata"]["component"]["hashes"][0]["content"];
    ensure!(named == digest, "the bill of materials of {} is that of another binary", binary.name);
    match bill["components"].take() {
        Value::Array(components) => Ok(components),
        _ => Err(anyhow::anyhow!("it lists no components")).with_context(read),
    }
}
