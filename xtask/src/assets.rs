//! The folder that the build script of the `telesieve` program embeds.
//!
//! A file is written only when its bytes change, so that the program is linked again only then.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::{bill, build, paths, tools};

/// What names the folder for the build script.
pub const VARIABLE: &str = "XTASK_ASSETS";

/// The folder.
#[must_use]
pub fn folder() -> PathBuf {
    paths::target().join("assets")
}

/// Fills the folder with what was built: the ready-made transforms, and the extension for architectures. What an earlier
/// build left there for other architectures is removed: it may be of another version.
///
/// # Errors
/// Something was not built, or the folder cannot be written.
pub fn fill(architectures: &[&str]) -> Result<()> {
    for name in build::READY_MADE {
        let module = build::module(name);
        bill::write(&module, build::package_of(name), tools::COMPONENT_TARGET)?;
        copy(&module, &format!("components/{name}.wasm"))?;
        copy(&bill::beside(&module), &format!("components/{name}.wasm.cdx.json"))?;
    }
    let extensions = folder().join("extensions");
    let is_wanted = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        architectures.iter().any(|architecture| name.contains(architecture))
    };
    for old in fs::read_dir(&extensions).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if !is_wanted(&old) {
            fs::remove_file(&old).with_context(|| format!("failed to remove {}", old.display()))?;
        }
    }
    for architecture in architectures {
        let extension = build::shipped("telesieve-extension", architecture);
        let name = format!("extensions/telesieve-extension-{architecture}");
        copy(&extension, &name)?;
        copy(&bill::beside(&extension), &format!("{name}.cdx.json"))?;
    }
    Ok(())
}

fn copy(from: &Path, name: &str) -> Result<()> {
    let to = folder().join(name);
    let bytes = fs::read(from).with_context(|| format!("failed to read {}", from.display()))?;
    if fs::read(&to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let parent = to.parent().context("assets have a folder")?;
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(&to, bytes))
        .with_context(|| format!("failed to write {}", to.display()))
}
