//! The bill of materials of a layer, as CycloneDX 1.5 writes it.
//!
//! What the extension was built of stands in a bill of its own beside the binary, made by whoever built it, and is taken
//! over if it names this very binary. Transforms are listed by name, version and the digest of their component. There is no
//! serial number and no time: the same layer has the same bill.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::binary;
use super::contents::{Contents, Part};

/// The parts of a binary that its bill lists; none, if it has no bill.
///
/// # Errors
/// The bill cannot be read, or is that of another binary.
pub fn libraries(program: &Path, digest: &str) -> Result<Vec<Value>> {
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

/// The bill, as JSON.
///
/// # Errors
/// None in practice: everything in it can be written as JSON.
pub fn bill(contents: &Contents, name: &str, packed: &[u8]) -> Result<Vec<u8>> {
    let parts: Vec<Value> = std::iter::once(extension(contents)).chain(contents.parts.iter().map(transform)).collect();
    let references = |parts: &[Value]| parts.iter().map(|part| part["bom-ref"].clone()).collect::<Vec<_>>();
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "application",
            "bom-ref": name,
            "name": name,
            "version": env!("CARGO_PKG_VERSION"),
            "hashes": [hash(&binary::sha256(packed))],
        }},
        "components": parts.iter().chain(&contents.libraries).collect::<Vec<_>>(),
        "dependencies": [
            { "ref": name, "dependsOn": references(&parts) },
            { "ref": "telesieve-extension", "dependsOn": references(&contents.libraries) },
        ],
    });
    let mut text = serde_json::to_vec_pretty(&bill)?;
    text.push(b'\n');
    Ok(text)
}

fn hash(digest: &str) -> Value {
    json!({ "alg": "SHA-256", "content": digest })
}

fn extension(contents: &Contents) -> Value {
    json!({
        "type": "application",
        "bom-ref": "telesieve-extension",
        "name": "telesieve-extension",
        "version": env!("CARGO_PKG_VERSION"),
        "hashes": [hash(&contents.extension_digest)],
    })
}

fn transform(part: &Part) -> Value {
    json!({
        "type": "application",
        "bom-ref": format!("transform/{}", part.artifact),
        "name": part.name,
        "version": part.version,
        "hashes": [hash(&part.digest)],
        "properties": [
            { "name": "telesieve:artifact", "value": part.artifact },
            { "name": "telesieve:kind", "value": part.kind },
        ],
    })
}
