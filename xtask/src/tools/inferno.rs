//! Inferno, which draws flame graphs, built once from source.

use std::path::PathBuf;

use anyhow::Result;

use super::fetched;
use crate::process::{cargo, fetch, step};

const VERSION: &str = "0.12.8";

/// The folder with `inferno-collapse-perf` and `inferno-flamegraph`.
///
/// # Errors
/// It cannot be fetched or built.
pub fn inferno() -> Result<PathBuf> {
    let folder = fetched(&format!("inferno-{VERSION}"), |folder| {
        step("building inferno (once, half a minute)");
        let mut install = cargo();
        install.args(["install", "--locked", "-q", "inferno", "--version", VERSION]);
        install.args(["--no-default-features", "--features", "cli"]);
        fetch(install.arg("--root").arg(folder))
    })?;
    Ok(folder.join("bin"))
}
