//! `cargo xtask docs`: writes the pages that are made of the code.

use anyhow::Result;

use crate::process::{cargo, run};

/// Writes them. That they are up to date is a test.
///
/// # Errors
/// Something does not compile.
pub fn write() -> Result<()> {
    // The tests that compare the pages with the code write them if told to.
    for (package, test) in
        [("telesieve-config", "load"), ("telesieve-guest", "cookbook"), ("telesieve-kernels", "rules_page")]
    {
        run(cargo().args(["test", "-p", package, "--test", test]).env("TELESIEVE_BLESS", "1"))?;
    }
    Ok(())
}
