//! Where things are: the repository, the target folder, the tools in it.

use std::path::PathBuf;

/// The repository.
#[must_use]
pub fn root() -> PathBuf {
    // `cargo run` names the manifest's folder; a program started by hand was built from it.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR");
    let xtask = manifest.map(PathBuf::from).filter(|folder| folder.ends_with("xtask"));
    let xtask = xtask.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    xtask.parent().expect("xtask lies in the repository").to_owned()
}

/// Cargo's target folder: `CARGO_TARGET_DIR`, else `target` in the repository.
#[must_use]
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Programs that were fetched, each in a folder with its version in the name.
#[must_use]
pub fn tools() -> PathBuf {
    target().join("tools")
}

/// The `/opt` tree of the demo, as a layer would unpack it.
#[must_use]
pub fn opt() -> PathBuf {
    target().join("demo").join("opt")
}
