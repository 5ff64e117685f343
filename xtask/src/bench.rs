//! `cargo xtask bench`: how soon the extension is ready and what it holds, beside a bare loop of three HTTP calls.
//!
//! Both are built alike: static, with the profile and linker of what ships.

use anyhow::Result;

use crate::build;
use crate::process::{self, command, step};

/// Builds both and measures; `args` go to `telesieve bench`.
///
/// # Errors
/// Something cannot be built, or the measurement failed.
pub fn run(args: &[String]) -> Result<()> {
    let built = build::everything()?;
    step("building the bare loop");
    build::static_binary("the bare loop", &["-p", "telesieve-sandbox", "--example", "bare_loop"])?;
    step("measuring");
    let bare = build::shipped("examples/bare_loop");
    process::run(command(&built.cli).args(["bench", "--opt"]).arg(&built.opt).arg("--bare").arg(bare).args(args))
}
