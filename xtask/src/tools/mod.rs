//! Programs that are not ours: found where they are installed, else fetched once into `target/tools`.
//!
//! Every fetched thing lies in a folder with its version in the name, and appears there complete or not at all.

mod apt;
mod debian;
mod deny;
mod gitleaks;
mod inferno;
mod java;
mod opensearch;
mod python;
mod rie;
mod rust;

pub use debian::{perf, prometheus, promtool, pushgateway, qemu_aarch64, valgrind};
pub use deny::cargo_deny;
pub use gitleaks::gitleaks;
pub use inferno::inferno;
pub use java::Java;
pub use opensearch::{OpenSearch, opensearch_2, opensearch_3};
pub use python::{aws, deployment_linters, site_generator, venv};
pub use rie::runtime_interface_emulator;
pub use rust::{ARM_TARGET, COMPONENT_TARGET, EXTENSION_TARGETS, components, target, targets};

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::paths;

/// Returns the folder `target/tools/<name>`; if it is not there, `fill` makes its content first.
fn fetched(name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let folder = paths::tools().join(name);
    if folder.is_dir() {
        return Ok(folder);
    }
    let unfinished = paths::tools().join(format!("{name}.{}.part", std::process::id()));
    fs::create_dir_all(&unfinished).with_context(|| format!("failed to create {}", unfinished.display()))?;
    fill(&unfinished).inspect_err(|_| drop(fs::remove_dir_all(&unfinished)))?;
    if let Err(error) = fs::rename(&unfinished, &folder) {
        drop(fs::remove_dir_all(&unfinished));
        // Somebody else was quicker, which is as good.
        if !folder.is_dir() {
            return Err(error).with_context(|| format!("failed to create {}", folder.display()));
        }
    }
    Ok(folder)
}
