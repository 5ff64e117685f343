//! Amazon's own emulator of the Lambda runtime, from the wheel of the SAM command line.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{fetched, python};

const VERSION: &str = "1.170.0";

/// The same version, with the hashes of its files.
const PINNED: &str = include_str!("../../python/emulator.txt");

/// The Runtime Interface Emulator.
///
/// # Errors
/// It cannot be fetched.
pub fn runtime_interface_emulator() -> Result<PathBuf> {
    let folder = fetched(&format!("rie-{VERSION}"), |folder| {
        let wheel = folder.join("wheel");
        fs::create_dir(&wheel)?;
        python::unpack_wheel(PINNED, &wheel)?;
        let program = folder.join("aws-lambda-rie");
        fs::rename(wheel.join("samcli/local/rapid/aws-lambda-rie-x86_64"), &program)
            .context("the wheel holds no emulator")?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        Ok(fs::remove_dir_all(wheel)?)
    })?;
    Ok(folder.join("aws-lambda-rie"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_pinned_one() {
        assert!(PINNED.contains(&format!("\naws-sam-cli=={VERSION} ")));
    }
}
