//! The `/opt` tree that `cargo xtask demo` leaves, which is the one that ships.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The tree. `cargo xtask test` built it and says where it is; without that it is built now.
///
/// # Panics
/// It cannot be built.
pub fn opt_tree() -> &'static Path {
    static TREE: OnceLock<PathBuf> = OnceLock::new();
    TREE.get_or_init(|| match std::env::var_os("TELESIEVE_TEST_OPT") {
        Some(tree) => tree.into(),
        None => xtask::build::everything().expect("the /opt tree can be built").opt,
    })
}
