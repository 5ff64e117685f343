//! A Python environment of our own: it holds the C compiler and linker for the static build, and fetches wheels.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::apt;
use crate::paths;
use crate::process::{self, command, run, step};

/// zig is C compiler, linker and libc of the static build; both are prebuilt wheels.
const PACKAGES: [&str; 2] = ["ziglang==0.15.2", "cargo-zigbuild==0.23.4"];

/// The `bin` folder of an environment with the pinned packages.
///
/// # Errors
/// Python is missing, or the packages cannot be had.
pub fn venv() -> Result<PathBuf> {
    let folder = paths::tools().join("venv");
    // An environment knows its own place, so it cannot be made elsewhere and moved; the stamp says that it is whole.
    let stamp = folder.join("packages");
    let wanted = PACKAGES.join("\n");
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(wanted.as_str()) {
        create(&folder)?;
        step(&format!("fetching {}", PACKAGES.join(", ")));
        run(pip(&folder).args(["install", "-q"]).args(PACKAGES)).context("failed to fetch the linker")?;
        std::fs::write(&stamp, wanted)?;
    }
    Ok(folder.join("bin"))
}

/// Downloads one wheel, without what it depends on, and unpacks it into a folder.
pub(super) fn unpack_wheel(requirement: &str, folder: &Path) -> Result<()> {
    venv()?;
    step(&format!("fetching {requirement}"));
    let venv = paths::tools().join("venv");
    run(pip(&venv).args(["download", "-q", "--no-deps", "--dest"]).arg(folder).arg(requirement))?;
    for file in std::fs::read_dir(folder)? {
        let file = file?.path();
        if file.extension().is_some_and(|extension| extension == "whl") {
            unzip(&file, folder)?;
            std::fs::remove_file(&file)?;
        }
    }
    Ok(())
}

/// Unpacks a zip archive.
pub(super) fn unzip(archive: &Path, folder: &Path) -> Result<()> {
    run(command("python3").args(["-m", "zipfile", "-e"]).arg(archive).arg(folder))
}

fn create(folder: &Path) -> Result<()> {
    let works = || process::succeeds(command("python3").args(["-m", "venv", "--clear"]).arg(folder));
    if !works() {
        apt::install(&["python3-venv"], "python3 with its venv module")?;
        run(command("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    }
    Ok(())
}

fn pip(venv: &Path) -> std::process::Command {
    let mut python = command(venv.join("bin").join("python3"));
    python.args(["-m", "pip", "--disable-pip-version-check"]);
    python
}
