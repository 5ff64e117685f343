//! What people install: an archive of the `telesieve` program, and a Python wheel that puts it on the PATH.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::paths;
use crate::process::{command, run};

/// The version of the workspace.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Which machines a program runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linkage {
    /// Every Linux of the architecture.
    Static,
    /// This machine, and those that are like it.
    Dynamic,
}

/// Writes `telesieve-<version>-linux-<architecture>.tar.gz` into a folder; `files` are put next to the program.
///
/// # Errors
/// A file cannot be read or written.
pub fn archive(program: &Path, architecture: &str, files: &[(&str, PathBuf)], folder: &Path) -> Result<PathBuf> {
    let name = format!("telesieve-{VERSION}-linux-{architecture}");
    let out = folder.join(format!("{name}.tar.gz"));
    let mut python = script();
    python.arg("archive").arg(program).arg(name).arg(&out);
    python.args(files.iter().map(|(name, path)| format!("{name}={}", path.display())));
    run(&mut python)?;
    Ok(out)
}

/// Writes a wheel into a folder. `machine` is the architecture as Python calls it: `x86_64` or `aarch64`.
///
/// # Errors
/// A file cannot be read or written.
pub fn wheel(program: &Path, machine: &str, linkage: Linkage, folder: &Path) -> Result<PathBuf> {
    let tag = match linkage {
        Linkage::Static => format!("manylinux2014_{machine}.manylinux_2_17_{machine}.musllinux_1_1_{machine}"),
        Linkage::Dynamic => format!("linux_{machine}"),
    };
    let out = folder.join(format!("telesieve-{VERSION}-py3-none-{tag}.whl"));
    run(script().arg("wheel").arg(program).args([VERSION, &tag]).arg(&out))?;
    Ok(out)
}

fn script() -> std::process::Command {
    let mut python = command("python3");
    python.arg(paths::root().join("xtask/python/package.py"));
    python
}
