//! The bill of materials of a layer, as CycloneDX 1.5 writes it.
//!
//! What the extension was built of is taken over from a bill of its own ([`libraries`](super::libraries)). Transforms are
//! listed by name, version and the digest of their component. There is no serial number and no time: the same layer has
//! the same bill.

use std::collections::BTreeMap;

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
    let of_transforms = contents.parts.iter().map(|part| (reference_of(part), references(&part.libraries)));
    let own =
        [(name.to_owned(), references(&parts)), ("telesieve-extension".to_owned(), references(&contents.libraries))];
    let dependencies = own.into_iter().chain(of_transforms);
    let dependencies = dependencies.map(|(reference, on)| json!({ "ref": reference, "dependsOn": on }));
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
        "components": parts.iter().chain(&libraries(contents)).collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_vec_pretty(&bill)?;
    text.push(b'\n');
    Ok(text)
}

/// The libraries of the extension and of transforms, each once.
fn libraries(contents: &Contents) -> Vec<Value> {
    let all = contents.libraries.iter().chain(contents.parts.iter().flat_map(|part| &part.libraries));
    let by_reference: BTreeMap<&str, &Value> = all.filter_map(|part| Some((part["bom-ref"].as_str()?, part))).collect();
    by_reference.into_values().cloned().collect()
}

fn reference_of(part: &Part) -> String {
    format!("transform/{}", part.artifact)
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
        "bom-ref": reference_of(part),
        "name": part.name,
        "version": part.version,
        "hashes": [hash(&part.digest)],
        "properties": [
            { "name": "telesieve:artifact", "value": part.artifact },
            { "name": "telesieve:kind", "value": part.kind },
        ],
    })
}
