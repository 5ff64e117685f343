//! `cargo xtask dist`: everything that a release holds, under `target/dist`.
//!
//! ```text
//! telesieve                                     the program, static, for this machine's architecture
//! telesieve-<version>-linux-<arch>.tar.gz       the program with its licence, completions and man pages
//! telesieve-<version>-py3-none-<platform>.whl   a wheel that puts the program on the PATH
//! telesieve-layer-<arch>.zip                    layers of the repository's own configuration, with bills and digests
//! ```
//!
//! The program carries the ready-made transforms and the extension for both architectures.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::package::{self, Linkage};
use crate::process::{command, output, run, step};
use crate::{assets, build, paths, tools};

/// Architectures as Lambda and as Python call them.
const ARCHITECTURES: [(&str, &str); 2] = [("x86_64", "x86_64"), ("arm64", "aarch64")];

/// Shells that the archive has completions for.
const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// Builds all of it.
///
/// # Errors
/// A tool is missing and cannot be had, or something does not compile.
pub fn run_all() -> Result<()> {
    tools::targets()?;
    let folder = paths::target().join("dist");
    fs::create_dir_all(&folder)?;
    for (architecture, _) in ARCHITECTURES {
        step(&format!("building the extension for {architecture}"));
        build::extension_for(architecture)?;
    }
    step("building the transforms");
    build::modules()?;
    assets::fill(&ARCHITECTURES.map(|(architecture, _)| architecture))?;
    let programs = ARCHITECTURES.map(|(architecture, machine)| {
        step(&format!("building the telesieve program for {architecture} (the compiler is in it: this takes minutes)"));
        build::program_for(architecture).map(|program| (architecture, machine, program))
    });
    let programs = programs.into_iter().collect::<Result<Vec<_>>>()?;
    let program = folder.join("telesieve");
    let (_, _, own) =
        programs.iter().find(|(architecture, ..)| *architecture == build::HOST).context("this machine")?;
    copy(own, &program)?;
    step("packaging");
    let files = extras(&program, &folder.join("extras"))?;
    for (architecture, machine, program) in &programs {
        package::archive(program, architecture, &files, &folder)?;
        package::wheel(program, machine, Linkage::Static, &folder)?;
    }
    step("bundling");
    let config = paths::root().join("deploy/layer");
    run(command(&program).arg("bundle").arg(config).args(["--arch", "all", "--out"]).arg(&folder))
}

/// What the archive holds besides the program: licence, completions, man pages.
fn extras(program: &Path, folder: &Path) -> Result<Vec<(&'static str, PathBuf)>> {
    fs::create_dir_all(folder)?;
    let mut files = vec![("LICENSE", paths::root().join("LICENSE"))];
    for (shell, name) in
        SHELLS.into_iter().zip(["completions/telesieve.bash", "completions/_telesieve", "completions/telesieve.fish"])
    {
        let file = folder.join(shell);
        fs::write(&file, output(command(program).args(["completions", shell]))?)?;
        files.push((name, file));
    }
    run(command(program).args(["man", "--out"]).arg(folder))?;
    files.push(("man/telesieve.1", folder.join("telesieve.1")));
    Ok(files)
}

/// The new file takes the old one's place, so that a program that runs is left alone.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let unfinished = to.with_added_extension("part");
    let copied = fs::copy(from, &unfinished).and_then(|_| fs::rename(&unfinished, to));
    copied.with_context(|| format!("failed to copy {} to {}", from.display(), to.display()))
}
