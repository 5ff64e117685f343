//! `cargo xtask bench`: how soon the extension is ready and what it holds, beside a bare loop of three HTTP calls.
//!
//! Both are built alike: static, with the profile and linker of what ships. `cargo xtask bench precision` counts what the
//! default rules touch of ten million identifiers instead.

use anyhow::Result;

use crate::build;
use crate::process::{self, cargo, command, step};

/// Runs the benchmark that the first argument names, or that of the start; the others go to it.
///
/// # Errors
/// Something cannot be built, or the measurement failed.
pub fn run(args: &[String]) -> Result<()> {
    match args {
        [name, rest @ ..] if name == "precision" => precision(rest),
        _ => start(args),
    }
}

/// How many identifiers the default rules touch, by kind; `args` are how many to make and a seed. Fails beyond one in a
/// million.
fn precision(args: &[String]) -> Result<()> {
    let example = ["run", "--release", "-p", "telesieve-kernels", "--example", "precision", "--"];
    process::run(cargo().args(example).args(args))
}

fn start(args: &[String]) -> Result<()> {
    let built = build::everything()?;
    step("building the bare loop");
    build::static_binary("the bare loop", &["-p", "telesieve-sandbox", "--example", "bare_loop"])?;
    step("measuring");
    let bare = build::shipped("examples/bare_loop");
    process::run(command(&built.cli).args(["bench", "--opt"]).arg(&built.opt).arg("--bare").arg(bare).args(args))
}
