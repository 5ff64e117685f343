//! Where the SDK is: in a checkout of telesieve, of which this program was built.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The SDK's folder in a checkout.
const IN_CHECKOUT: &str = "guest-sdk/rust";

/// The SDK.
pub(super) struct Sdk {
    /// Its crate.
    pub(super) folder: PathBuf,
}

impl Sdk {
    /// The one that is named, or that of the checkout.
    pub(super) fn find(named: Option<&Path>) -> Result<Self> {
        let Some(named) = named else {
            return Self::of_checkout().context(
                "the telesieve checkout that this program was built from no longer exists: name one with --sdk PATH",
            );
        };
        let candidates = [named.to_owned(), named.join(IN_CHECKOUT)];
        let found = candidates.iter().find(|folder| is_sdk(folder));
        let found =
            found.with_context(|| format!("{} contains no SDK: expected a telesieve checkout", named.display()));
        Ok(Self { folder: found?.canonicalize()? })
    }

    fn of_checkout() -> Option<Self> {
        // Where the program lies now says more than where it was built.
        let program = std::env::current_exe().ok();
        let above = program.iter().flat_map(|program| program.ancestors()).map(Path::to_path_buf);
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(Path::to_path_buf);
        let folder = above.chain(built).map(|folder| folder.join(IN_CHECKOUT)).find(|folder| is_sdk(folder))?;
        Some(Self { folder: folder.canonicalize().ok()? })
    }

    /// The path as it stands in a TOML string.
    pub(super) fn in_toml(&self) -> String {
        self.folder.display().to_string().replace('\\', "\\\\").replace('"', "\\\"")
    }

    /// Versions of packages that are known to work, and on this machine already.
    pub(super) fn lock(&self) -> Option<PathBuf> {
        self.folder.ancestors().map(|folder| folder.join("Cargo.lock")).find(|lock| lock.is_file())
    }
}

fn is_sdk(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|text| text.contains("name = \"telesieve-guest\""))
}
