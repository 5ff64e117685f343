//! `cargo xtask demo`: telemetry of an emulated function goes in, and what comes out is shown.

use anyhow::Result;

use crate::build;
use crate::process::{self, command, step};

/// Builds everything and plays the demo; `args` go to `telesieve run`.
///
/// # Errors
/// Something cannot be built, or the run failed.
pub fn run(args: &[String]) -> Result<()> {
    let built = build::everything()?;
    step(&format!("running the extension in an emulated sandbox; its /opt is {}", built.opt.display()));
    process::run(command(&built.cli).args(["run", "--demo"]).arg(&built.opt).args(args))
}
