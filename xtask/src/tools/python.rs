//! Python environments of our own: one holds the C compiler and linker for the static build and fetches wheels, one what
//! stands in for AWS in tests, one what checks examples of deployments, one what renders the documentation.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::apt;
use crate::paths;
use crate::process::{self, command, fetch, run, step};

/// A list of packages with the hashes of all their files, those that they depend on included. What ziglang links is what
/// ships, so nothing is installed that is not the file that was looked at.
struct Packages {
    environment: &'static str,
    pinned: &'static str,
}

/// zig is C compiler, linker and libc of the static build; both are prebuilt wheels.
const BUILD: Packages = Packages { environment: "venv", pinned: include_str!("../../python/build.txt") };

/// `moto` answers for AWS's services; `botocore` signs as AWS's own tools do.
const AWS: Packages = Packages { environment: "aws", pinned: include_str!("../../python/aws.txt") };

/// What the examples of deployments are checked with.
const LINTERS: Packages =
    Packages { environment: "deployment-linters", pinned: include_str!("../../python/deployment-linters.txt") };

/// What renders the documentation.
const SITE: Packages = Packages { environment: "site", pinned: include_str!("../../python/site.txt") };

/// The `bin` folder of an environment with zig and what cargo needs to call it.
///
/// # Errors
/// Python is missing, or the packages cannot be had.
pub fn venv() -> Result<PathBuf> {
    environment(&BUILD)
}

/// The `bin` folder of an environment with `moto_server`, and a `python3` that has `botocore`.
///
/// # Errors
/// Python is missing, or the packages cannot be had.
pub fn aws() -> Result<PathBuf> {
    environment(&AWS)
}

/// The `bin` folder of an environment with what reads templates of deployments.
///
/// # Errors
/// Python is missing, or the packages cannot be had.
pub fn deployment_linters() -> Result<PathBuf> {
    environment(&LINTERS)
}

/// The `bin` folder of an environment with `mkdocs` and its theme.
///
/// # Errors
/// Python is missing, or the packages cannot be had.
pub fn site_generator() -> Result<PathBuf> {
    environment(&SITE)
}

fn environment(packages: &Packages) -> Result<PathBuf> {
    let folder = paths::tools().join(packages.environment);
    // An environment knows its own place, so it cannot be made elsewhere and moved; the stamp says that it is whole.
    let stamp = folder.join("packages");
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(packages.pinned) {
        create(&folder)?;
        step(&format!("fetching packages of Python: {}", packages.environment));
        let wanted = folder.join("wanted.txt");
        std::fs::write(&wanted, packages.pinned)?;
        let install = ["install", "-q", "--require-hashes", "--requirement"];
        fetch(pip(&folder).args(install).arg(wanted)).context("failed to fetch packages of Python")?;
        std::fs::write(&stamp, packages.pinned)?;
    }
    Ok(folder.join("bin"))
}

/// Downloads one wheel, without what it depends on, and unpacks it into a folder. `pinned` is its version and its hashes.
pub(super) fn unpack_wheel(pinned: &str, folder: &Path) -> Result<()> {
    venv()?;
    step("fetching a wheel");
    let venv = paths::tools().join(BUILD.environment);
    let wanted = folder.join("wanted.txt");
    std::fs::write(&wanted, pinned)?;
    let download = ["download", "-q", "--no-deps", "--require-hashes", "--requirement"];
    fetch(pip(&venv).args(download).arg(&wanted).arg("--dest").arg(folder))?;
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
