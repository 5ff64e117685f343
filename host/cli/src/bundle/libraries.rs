//! What the extension was built of, as the bill of materials that comes with its binary lists it: the build wrote that
//! bill, and it counts if it names this very binary.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::assets::{self, Binary};

/// The parts of a binary that its bill lists; none, if it has no bill.
///
/// # Errors
/// The bill cannot be read, or is that of another binary.
pub fn of(binary: &Binary, digest: &str) -> Result<Vec<Value>> {
    let Some(bill) = &binary.bill else { return Ok(Vec::new()) };
    let read = || format!("failed to read the bill of materials of {}", binary.name);
    let bill: Value = serde_json::from_slice(bill).with_context(read)?;
    let named = &bill["metadata"]["component"]["hashes"][0]["content"];
    ensure!(named == digest, "the bill of materials of {} belongs to another binary", binary.name);
    listed(bill).with_context(read)
}

/// The crates of a component, if it is a ready-made transform; other components come without a bill.
///
/// # Errors
/// None in practice: the bill was written with the program.
pub fn of_component(component: &[u8]) -> Result<Vec<Value>> {
    let Some(bill) = assets::bill_of(component) else { return Ok(Vec::new()) };
    listed(serde_json::from_slice(bill)?)
}

/// The parts that a bill lists.
fn listed(mut bill: Value) -> Result<Vec<Value>> {
    match bill["components"].take() {
        Value::Array(components) => Ok(components),
        _ => bail!("it lists no components"),
    }
}
