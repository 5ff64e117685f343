//! Parts of the Rust toolchain that `rust-toolchain.toml` names, where rustup does not install them by itself.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::process::{cargo, command, fetch, output, step, succeeds};

/// What the extension is built for: static, so that it runs on every Amazon Linux. As Lambda calls the architectures, and
/// as Rust does.
pub const EXTENSION_TARGETS: [(&str, &str); 2] =
    [("x86_64", "x86_64-unknown-linux-musl"), ("arm64", "aarch64-unknown-linux-musl")];

/// What transforms are built for. Not WASI: a component made of it imports nothing but our interfaces.
pub const COMPONENT_TARGET: &str = "wasm32-unknown-unknown";

/// The other processor that Lambda has.
pub const ARM_TARGET: &str = EXTENSION_TARGETS[1].1;

/// Makes sure of the standard libraries for the extension and for transforms.
///
/// # Errors
/// One is missing and rustup cannot add it.
pub fn targets() -> Result<()> {
    let extensions = EXTENSION_TARGETS.map(|(_, target)| target);
    extensions.into_iter().chain([COMPONENT_TARGET]).try_for_each(target)
}

/// Makes sure of the standard library for a target.
///
/// # Errors
/// It is missing and rustup cannot add it.
pub fn target(target: &str) -> Result<()> {
    let installed = sysroot()?.join("lib").join("rustlib");
    if !installed.join(target).is_dir() {
        step(&format!("adding the target {target}"));
        fetch(command("rustup").args(["target", "add", target]))
            .with_context(|| format!("the standard library for {target} is missing"))?;
    }
    Ok(())
}

/// Makes sure of rustfmt and clippy.
///
/// # Errors
/// One is missing and rustup cannot add it.
pub fn components() -> Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if !succeeds(cargo().args([subcommand, "--version"])) {
            step(&format!("adding {component}"));
            fetch(command("rustup").args(["component", "add", component]))?;
        }
    }
    Ok(())
}

fn sysroot() -> Result<PathBuf> {
    Ok(PathBuf::from(output(command("rustc").args(["--print", "sysroot"]))?.trim()))
}
