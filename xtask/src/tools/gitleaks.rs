//! gitleaks, a scanner for secrets, which `telesieve redact` is compared with. Go builds it from its module.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::fetched;
use crate::process::{command, fetch, step};

/// Go compares it with the public database of checksums.
const MODULE: &str = "github.com/zricethezav/gitleaks/v8@v8.30.0";

/// The program.
///
/// # Errors
/// Go is not installed, or the module cannot be had.
pub fn gitleaks() -> Result<PathBuf> {
    let folder = fetched("gitleaks-8.30.0", |folder| {
        step("building gitleaks");
        let mut install = command("go");
        install.args(["install", MODULE]).env("GOBIN", folder).env("GOFLAGS", "-modcacherw");
        fetch(&mut install).context("failed to build gitleaks: is Go installed?")
    })?;
    Ok(folder.join("gitleaks"))
}
