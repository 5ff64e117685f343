//! Programs as Debian packages them: Prometheus and its PushGateway, the emulator of the other architecture, Valgrind, perf.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{apt, fetched};
use crate::paths;
use crate::process::find;

/// `prometheus`.
///
/// # Errors
/// It is not installed and cannot be fetched.
pub fn prometheus() -> Result<PathBuf> {
    program("prometheus", "prometheus")
}

/// `promtool`, which comes with Prometheus.
///
/// # Errors
/// It is not installed and cannot be fetched.
pub fn promtool() -> Result<PathBuf> {
    program("prometheus", "promtool")
}

/// `prometheus-pushgateway`.
///
/// # Errors
/// It is not installed and cannot be fetched.
pub fn pushgateway() -> Result<PathBuf> {
    program("prometheus-pushgateway", "prometheus-pushgateway")
}

/// Runs programs for arm64 on this machine.
///
/// # Errors
/// It is not installed and cannot be fetched.
pub fn qemu_aarch64() -> Result<PathBuf> {
    program("qemu-user-static", "qemu-aarch64-static")
}

/// Samples what the machine does.
///
/// # Errors
/// It is not installed and cannot be fetched.
pub fn perf() -> Result<PathBuf> {
    program("linux-perf", "perf")
}

/// Runs programs and counts their instructions: the program itself, and the folder of its own programs if it has to be
/// told.
///
/// # Errors
/// It is not installed and cannot be fetched.
pub fn valgrind() -> Result<(PathBuf, Option<PathBuf>)> {
    let program = program("valgrind", "valgrind")?;
    let usr = program.parent().and_then(Path::parent);
    let own = usr.map(|usr| usr.join("libexec/valgrind")).filter(|own| own.starts_with(paths::tools()));
    Ok((program, own))
}

fn program(package: &str, name: &str) -> Result<PathBuf> {
    if let Some(path) = find(name) {
        return Ok(path);
    }
    let folder = fetched(package, |folder| apt::unpack(&[package], folder))?;
    let path = folder.join("usr/bin").join(name);
    path.is_file().then_some(path).with_context(|| format!("the package {package} holds no {name}"))
}
