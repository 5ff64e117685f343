//! `cargo xtask soak`: the soak tests at length, a life of 20,000 invocations among faults and a million events.

use anyhow::Result;

use crate::build;
use crate::process::{cargo, run as execute, step};

/// Builds everything and runs it. `args`: how many invocations, and a seed.
///
/// # Errors
/// Something does not compile, or is unaccounted for, or memory grew.
pub fn run(args: &[String]) -> Result<()> {
    let built = build::everything()?;
    let mut test = cargo();
    test.args(["test", "-p", "telesieve-tests", "--test", "e2e", "soak", "--", "--nocapture"]);
    test.env("XTASK_OPT", &built.opt).env("XTASK_CLI", &built.cli);
    test.env("SOAK_INVOCATIONS", args.first().map_or("20000", String::as_str)).env("SOAK_EVENTS", "1000000");
    if let Some(seed) = args.get(1) {
        test.env("SOAK_SEED", seed);
    }
    step("a long life among faults");
    execute(&mut test)
}
