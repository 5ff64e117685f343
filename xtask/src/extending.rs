//! The worked patches of `docs/extending`: a new rule and a new vendor. Each is applied to a copy of what is committed, and
//! the tests of the rules run there.

use anyhow::{Context as _, Result};

use crate::paths;
use crate::process::{cargo, command, run, say};

/// The patches, and the tests that a mistake in them would fail.
const PATCHES: [(&str, &str); 2] = [("new-vendor.patch", "rules::token"), ("new-rule.patch", "rules::tests")];

/// Applies and tests all of them.
///
/// # Errors
/// A patch does not apply any more, or the tests fail with it.
pub fn check() -> Result<()> {
    for (patch, tests) in PATCHES {
        say(&format!("  {patch}"));
        let copy = paths::target().join("extending");
        if copy.exists() {
            std::fs::remove_dir_all(&copy).with_context(|| format!("failed to remove {}", copy.display()))?;
        }
        run(command("git").args(["clone", "--quiet", "--no-tags"]).arg(paths::root()).arg(&copy))?;
        let patch = paths::root().join("docs/extending").join(patch);
        run(command("git").arg("-C").arg(&copy).arg("apply").arg(&patch))?;
        let test = ["test", "-p", "telesieve-kernels", "--lib", tests];
        run(cargo().args(test).current_dir(&copy).env("CARGO_TARGET_DIR", paths::target()))?;
    }
    Ok(())
}
