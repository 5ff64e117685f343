//! Everything that ships, and the `/opt` tree that a sandbox mounts.
//!
//! The extension is the same static binary that a layer holds. Transforms are components, compiled ahead of time
//! by the `telesieve` program, which is the only one that holds a compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::{cargo, command, path_with, run, step};
use crate::{assets, bill, paths, slim, tools};

/// The ready-made transforms and the commented example: name and package.
const TRANSFORMS: [(&str, &str); 4] = [
    ("filter", "telesieve-filter"),
    ("redact", "telesieve-redact"),
    ("relabel", "telesieve-relabel"),
    ("order-tags", "order-tags"),
];

/// The ready-made transforms: folders under `transforms`.
pub const READY_MADE: [&str; 3] = ["filter", "redact", "relabel"];

/// The architecture that tests, demo and benchmarks run on.
pub const HOST: &str = "x86_64";

/// Packages of the transforms.
pub fn transform_packages() -> impl Iterator<Item = &'static str> {
    TRANSFORMS.into_iter().map(|(_, package)| package)
}

/// What the demo runs.
#[derive(Clone, Debug)]
pub struct Built {
    /// The `telesieve` program.
    pub cli: PathBuf,
    /// A sandbox's `/opt`: `extensions/telesieve-extension` and `telesieve/`.
    pub opt: PathBuf,
}

/// Builds all of it and fills `target/demo/opt`.
///
/// # Errors
/// A tool is missing and cannot be had, or something does not compile.
pub fn everything() -> Result<Built> {
    everything_for(&[HOST])
}

/// The same, with a program that carries the extension for architectures, as Lambda calls them.
///
/// # Errors
/// As [`everything`].
pub fn everything_for(architectures: &[&str]) -> Result<Built> {
    tools::targets()?;
    for architecture in architectures {
        step(&format!("building the extension for {architecture}: static, optimised (the first time takes minutes)"));
        extension_for(architecture)?;
    }
    step("building the transforms for WebAssembly");
    let modules = modules()?;
    assets::fill(architectures)?;
    step("building the telesieve program");
    let cli = cli()?;
    let built = Built { cli, opt: paths::opt() };
    step(&format!("compiling the transforms ahead of time, into {}", built.opt.display()));
    built.bundle(&paths::root().join("transforms/demo/telesieve.toml"), &built.opt, None, &modules)?;
    Ok(built)
}

/// The three ready-made transforms alone, in a tree of their own.
///
/// # Errors
/// As [`everything`].
pub fn ready_made() -> Result<Built> {
    everything()?.ready_made(&shipped("telesieve-extension", HOST), "bench/opt")
}

impl Built {
    /// An extension with the three ready-made transforms alone, in a folder under `target`.
    ///
    /// # Errors
    /// Something does not compile.
    pub fn ready_made(self, extension: &Path, folder: &str) -> Result<Self> {
        let built = Self { opt: paths::target().join(folder), ..self };
        let config = paths::root().join("xtask/bench/telesieve.toml");
        built.bundle(&config, &built.opt, Some(extension), &modules()?[..3])?;
        Ok(built)
    }

    /// A layer of the repository's own configuration, for this machine, in a folder.
    ///
    /// # Errors
    /// It cannot be bundled.
    pub fn layer(&self, folder: &Path) -> Result<PathBuf> {
        let mut bundle = command(&self.cli);
        bundle.arg("bundle").arg(paths::root().join("deploy/layer")).args(["--arch", HOST, "--out"]).arg(folder);
        run(&mut bundle)?;
        Ok(folder.join(format!("telesieve-layer-{HOST}.zip")))
    }

    /// Without an extension, the one that the program carries.
    fn bundle(&self, config: &Path, out: &Path, extension: Option<&Path>, modules: &[PathBuf]) -> Result<()> {
        let mut bundle = command(&self.cli);
        bundle.arg("bundle").arg("--config").arg(config).args(["--arch", HOST]).arg("--tree").arg(out);
        if let Some(extension) = extension {
            bundle.arg("--extension").arg(extension);
        }
        for ((name, _), module) in TRANSFORMS.iter().zip(modules) {
            bundle.arg("--component").arg(format!("{name}={}", module.display()));
        }
        run(&mut bundle)
    }
}

/// The extension as it ships, for an architecture as Lambda calls it, and beside it the bill of its materials.
///
/// # Errors
/// The linker cannot be had, or it does not compile.
pub fn extension_for(architecture: &str) -> Result<PathBuf> {
    static_binary("telesieve-extension", architecture, &["-p", "telesieve-extension"])?;
    let program = shipped("telesieve-extension", architecture);
    slim::slim(&program)?;
    bill::write(&program, "telesieve-extension", target(architecture))?;
    Ok(program)
}

/// The `telesieve` program, static and optimised, for an architecture as Lambda calls it. It carries what is in the folder
/// of assets.
///
/// # Errors
/// The linker cannot be had, or it does not compile.
pub fn program_for(architecture: &str) -> Result<PathBuf> {
    let mut build = zigbuild("program", architecture)?;
    // Code of libdeflate for AVX-512 that zig's compiler refuses, because it knows a newer name of the feature. Nothing here
    // waits for checksums.
    let without = ["AVX512VNNI", "VPCLMULQDQ"].map(|name| format!("-DLIBDEFLATE_ASSEMBLER_DOES_NOT_SUPPORT_{name}"));
    build.env(format!("CFLAGS_{}", target(architecture).replace('-', "_")), without.join(" "));
    run(build.args(["-p", "telesieve-cli"]))
        .with_context(|| format!("failed to build telesieve for {architecture}"))?;
    Ok(paths::target().join(target(architecture)).join("program").join("telesieve"))
}

/// Builds something with the extension's profile and linker.
///
/// # Errors
/// The linker cannot be had, or it does not compile.
pub fn static_binary(what: &str, architecture: &str, selection: &[&str]) -> Result<()> {
    let mut build = static_build(architecture, selection)?;
    run(&mut build).with_context(|| format!("failed to build {what} for {architecture}"))
}

/// The command of [`static_binary`].
///
/// # Errors
/// The linker cannot be had.
pub fn static_build(architecture: &str, selection: &[&str]) -> Result<Command> {
    let mut build = zigbuild("ship", architecture)?;
    build.args(selection);
    Ok(build)
}

/// Builds for a static target, with zig as C compiler and linker.
fn zigbuild(profile: &str, architecture: &str) -> Result<Command> {
    let linker = tools::venv()?;
    let mut build = cargo();
    build.args(["zigbuild", "--profile", profile, "--target", target(architecture)]);
    // cargo-zigbuild and the Python that holds zig lie in the same folder.
    build.env("PATH", path_with(&linker)).env("CARGO_ZIGBUILD_PYTHON_PATH", linker.join("python3"));
    Ok(build)
}

/// Where a binary of [`static_binary`] lies.
#[must_use]
pub fn shipped(name: &str, architecture: &str) -> PathBuf {
    shipped_in(&paths::target(), name, architecture)
}

/// The same for another target folder.
#[must_use]
pub fn shipped_in(folder: &Path, name: &str, architecture: &str) -> PathBuf {
    folder.join(target(architecture)).join("ship").join(name)
}

fn target(architecture: &str) -> &'static str {
    let known = tools::EXTENSION_TARGETS.into_iter().find(|(name, _)| *name == architecture);
    known.map(|(_, target)| target).expect("architectures are those of the list")
}

/// The `telesieve` program, for this machine.
///
/// # Errors
/// It does not compile.
pub fn cli() -> Result<PathBuf> {
    // `--workspace` chooses the same features of dependencies as `cargo test` does: nothing is compiled twice.
    run(cargo().args(["build", "--workspace", "--bin", "telesieve"]))?;
    Ok(paths::target().join("debug").join("telesieve"))
}

/// The transforms as WebAssembly modules, not components yet.
///
/// # Errors
/// One does not compile.
pub(crate) fn modules() -> Result<Vec<PathBuf>> {
    let mut build = cargo();
    build.args(["build", "--profile", "guest", "--target", tools::COMPONENT_TARGET]);
    for package in transform_packages() {
        build.args(["-p", package]);
    }
    run(&mut build)?;
    Ok(TRANSFORMS.map(|(name, _)| module(name)).to_vec())
}

/// Where the module of a transform lies once it is built.
///
/// # Panics
/// There is no transform of that name.
#[must_use]
pub fn module(transform: &str) -> PathBuf {
    let folder = paths::target().join(tools::COMPONENT_TARGET).join("guest");
    folder.join(format!("{}.wasm", package_of(transform).replace('-', "_")))
}

/// The package of a transform.
pub(crate) fn package_of(transform: &str) -> &'static str {
    let known = TRANSFORMS.into_iter().find(|(name, _)| *name == transform);
    known.map(|(_, package)| package).expect("transforms are those of the list")
}
