//! cargo-deny, built once from source.

use std::path::PathBuf;

use anyhow::Result;

use super::fetched;
use crate::process::{cargo, fetch, step};

const VERSION: &str = "0.20.2";

/// The `cargo-deny` program.
///
/// # Errors
/// It cannot be fetched or built.
pub fn cargo_deny() -> Result<PathBuf> {
    let folder = fetched(&format!("cargo-deny-{VERSION}"), |folder| {
        step("building cargo-deny (once, about two minutes)");
        let mut install = cargo();
        install.args(["install", "--locked", "-q", "cargo-deny", "--version", VERSION, "--no-default-features"]);
        fetch(install.arg("--root").arg(folder))
    })?;
    Ok(folder.join("bin/cargo-deny"))
}
