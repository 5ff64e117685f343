//! The bill of materials of a layer, as CycloneDX 1.5 writes it.
//!
//! What the extension was built of is taken over from a bill of its own ([`libraries`](super::libraries)). Transforms are
//! listed by name, version and the digest of their component. There is no serial number and no time: the same layer has
//! the same bill.

use anyhow::Result;
use serde_json::{Value, json};

use super::binary;
use super::contents::{Contents, Part};

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
