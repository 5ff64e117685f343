//! Python environments of our own: one holds the C compiler and linker for the static build and fetches wheels, one what
//! stands in for AWS in tests, one what checks examples of deployments.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::apt;
use crate::paths;
use crate::process::{self, command, fetch, run, step};

/// zig is C compiler, linker and libc of the static build; both are prebuilt wheels.
const PACKAGES: [&str; 2] = ["ziglang==0.15.2", "cargo-zigbuild==0.23.4"];

/// `moto` answers for AWS's services; `botocore` signs as AWS's own tools do.
const AWS_PACKAGES: [&str; 2] = ["moto[secretsmanager,server,ssm]==5.2.5", "botocore==1.44.5"];

/// What the examples of deployments are checked with.
const DEPLOYMENT_PACKAGES: [&str; 2] = ["cfn-lint==1.58.0", "python-hcl2==8.1.4"];

/// The `bin` folder of an environment with zig and what cargo needs to call it.
///
/// # Errors
/// Python is missing, or the packages cannot be had.
pub fn venv() -> Result<PathBuf> {
    environment("venv", &PACKAGES)
}

/// The `bin` folder of an environment with `moto_server`, and a `python3` that has `botocore`.
///
/// # Errors
/// Python is missing, or the packages cannot be had.
pub fn aws() -> Result<PathBuf> {
    environment("aws", &AWS_PACKAGES)
}

/// The `bin` folder of an environment with what reads templates of deployments.
///
/// # Errors
/// Python is missing, or the packages cannot be had.
pub fn deployment_linters() -> Result<PathBuf> {
    environment("deployment-linters", &DEPLOYMENT_PACKAGES)
}

fn environment(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = paths::tools().join(name);
    // An environment knows its own place, so it cannot be made elsewhere and moved; the stamp says that it is whole.
    let stamp = folder.join("packages");
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(wanted.as_str()) {
        create(&folder)?;
        step(&format!("fetching {}", packages.join(", ")));
        fetch(pip(&folder).args(["install", "-q"]).args(packages)).context("failed to fetch packages of Python")?;
        std::fs::write(&stamp, wanted)?;
    }
    Ok(folder.join("bin"))
}

/// Downloads one wheel, without what it depends on, and unpacks it into a folder.
pub(super) fn unpack_wheel(requirement: &str, folder: &Path) -> Result<()> {
    venv()?;
    step(&format!("fetching {requirement}"));
    let venv = paths::tools().join("venv");
    fetch(pip(&venv).args(["download", "-q", "--no-deps", "--dest"]).arg(folder).arg(requirement))?;
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
