//! `cargo xtask dist`: everything that a release holds, under `target/dist`.
//!
//! ```text
//! telesieve                         the program, for this machine
//! telesieve-extension-<arch>        the extension, static, for both architectures, and its bill of materials
//! components/<name>.wasm            the ready-made transforms
//! telesieve-layer-<arch>.zip        layers of the repository's own configuration, with bill of materials and digests
//! ```
//!
//! The program finds extensions and components beside itself, so the folder as it is can be unpacked anywhere and used.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::process::{cargo, command, run, step};
use crate::{bill, build, paths, tools};

/// Builds all of it.
///
/// # Errors
/// A tool is missing and cannot be had, or something does not compile.
pub fn run_all() -> Result<()> {
    tools::targets()?;
    let folder = paths::target().join("dist");
    fs::create_dir_all(folder.join("components"))?;
    for (architecture, _) in tools::EXTENSION_TARGETS {
        step(&format!("building the extension for {architecture}"));
        let extension = build::extension_for(architecture)?;
        let shipped = folder.join(format!("telesieve-extension-{architecture}"));
        copy(&extension, &shipped)?;
        copy(&bill::beside(&extension), &bill::beside(&shipped))?;
    }
    step("building the telesieve program (optimised: the compiler is in it, so this takes minutes)");
    run(cargo().args(["build", "--release", "-p", "telesieve-cli"]))?;
    let program = folder.join("telesieve");
    copy(&paths::target().join("release/telesieve"), &program)?;
    step("building the transforms");
    for name in build::READY_MADE {
        let component = folder.join("components").join(format!("{name}.wasm"));
        let crate_folder = paths::root().join("transforms").join(name);
        run(command(&program).arg("build").arg(crate_folder).args(["--profile", "guest", "--out"]).arg(component))?;
    }
    step("bundling");
    let config = paths::root().join("deploy/layer");
    run(command(&program).arg("bundle").arg(config).args(["--arch", "all", "--out"]).arg(&folder))
}

/// The new file takes the old one's place, so that a program that runs is left alone.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let unfinished = to.with_added_extension("part");
    let copied = fs::copy(from, &unfinished).and_then(|_| fs::rename(&unfinished, to));
    copied.with_context(|| format!("failed to copy {} to {}", from.display(), to.display()))
}
