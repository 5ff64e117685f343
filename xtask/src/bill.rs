//! What a binary was built of, as a CycloneDX bill of materials beside it.
//!
//! `cargo tree` resolves features for this one package and target, so the bill lists what went in, and not everything that
//! the lock file knows. What only ran while it was built, macros and build scripts, is left out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::process::{cargo, command, output};

/// Where the bill of a binary stands.
#[must_use]
pub(crate) fn beside(program: &Path) -> PathBuf {
    program.with_added_extension("cdx.json")
}

/// Writes the bill of a binary that was built for a target.
///
/// # Errors
/// `cargo tree` fails, or the file cannot be written.
pub(crate) fn write(program: &Path, package: &str, target: &str) -> Result<()> {
    let sums = output(command("sha256sum").arg(program))?;
    let digest = sums.split_whitespace().next().context("sha256sum says nothing")?;
    let mut tree = cargo();
    tree.args(["tree", "--locked", "-p", package, "--target", target, "-e", "normal,no-proc-macro"]);
    tree.args(["--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"]);
    let tree = output(&mut tree)?;
    let listed: BTreeSet<&str> = tree.lines().filter(|line| !line.is_empty()).collect();
    let libraries: Vec<Value> = listed.into_iter().filter_map(library).filter(|part| part["name"] != package).collect();
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "application",
            "name": package,
            "version": env!("CARGO_PKG_VERSION"),
            "hashes": [{ "alg": "SHA-256", "content": digest }],
        }},
        "components": libraries,
    });
    let path = beside(program);
    std::fs::write(&path, bill.to_string()).with_context(|| format!("failed to write {}", path.display()))
}

/// A line such as `hyper v1.12.0|MIT`; crates of ours have their folder behind the version.
fn library(line: &str) -> Option<Value> {
    let (package, licence) = line.split_once('|')?;
    let mut words = package.split_whitespace();
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    let identity = format!("pkg:cargo/{name}@{version}");
    Some(json!({
        "type": "library",
        "bom-ref": identity,
        "name": name,
        "version": version,
        "purl": identity,
        "licenses": [{ "expression": licence }],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_is_a_library() {
        let found = library("hyper v1.12.0|MIT").expect("a library");
        assert_eq!((&found["name"], &found["purl"]), (&json!("hyper"), &json!("pkg:cargo/hyper@1.12.0")));
        let ours = library("telesieve-core v0.1.0 (/somewhere/host/core)|Apache-2.0").expect("a library");
        assert_eq!((&ours["version"], &ours["licenses"][0]["expression"]), (&json!("0.1.0"), &json!("Apache-2.0")));
        assert_eq!(library("no tree"), None);
    }
}
