//! `cargo xtask docs`: writes the pages that are made of the code.

use anyhow::Result;

use crate::process::{cargo, run};

/// Writes them. That they are up to date is a test.
///
/// # Errors
/// Something does not compile.
pub fn write() -> Result<()> {
    // The test that compares the page with the code writes it if told to.
    run(cargo().args(["test", "-p", "telesieve-config", "--test", "load"]).env("TELESIEVE_BLESS", "1"))?;
    run(cargo().args(["test", "-p", "telesieve-guest", "--test", "cookbook"]).env("TELESIEVE_BLESS", "1"))
}
