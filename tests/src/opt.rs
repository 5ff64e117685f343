//! What `cargo xtask demo` builds, which is what ships: the `/opt` tree and the `telesieve` program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::Result;
use xtask::build::Built;
use xtask::process::output;

/// The tree that a layer unpacks.
///
/// # Panics
/// It cannot be built.
pub fn opt_tree() -> &'static Path {
    &built().opt
}

/// The `telesieve` program.
///
/// # Panics
/// It cannot be built.
pub fn cli() -> &'static Path {
    &built().cli
}

/// Runs the `telesieve` program and returns what it wrote.
///
/// # Errors
/// It failed; the message holds what it said.
pub fn telesieve(args: &[&str], env: &[(&str, &str)]) -> Result<String> {
    let mut command = Command::new(&built().cli);
    output(command.args(args).envs(env.iter().copied()).env_remove("TELESIEVE_CONFIG"))
}

/// `cargo xtask test` built everything and says where it is; without that it is built now.
fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| match (path("XTASK_OPT"), path("XTASK_CLI")) {
        (Some(opt), Some(cli)) => Built { cli, opt },
        _ => xtask::build::everything().expect("what ships can be built"),
    })
}

fn path(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}
