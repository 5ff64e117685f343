//! Versions: of the contract with transforms, and of what makes and loads artifacts.

/// Version of the WIT package `telesieve:transform`, as `major.minor`. The host accepts components of the same major
/// version and of this minor version or an older one.
pub const CONTRACT: (u64, u64) = (1, 0);

/// The exact version of wasmtime. Its own check of artifacts compares major versions only, and would let machine code of
/// a miscompiling patch release live on.
pub const WASMTIME: &str = "48.0.8";

/// Goes into every artifact and is compared when one is loaded. The number at the end counts changes of ours that make
/// older artifacts unfit: of the engine's settings, of the pack, of what patterns mean.
pub const ARTIFACT: &str = "48.0.8+telesieve4";

/// Name of the WIT package.
pub(crate) const PACKAGE: &str = "telesieve:transform";

/// The contract as text.
pub(crate) fn contract_text() -> String {
    format!("{PACKAGE}@{}.{}", CONTRACT.0, CONTRACT.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_are_those_of_the_workspace() {
        let manifest = include_str!("../../../Cargo.toml");
        assert!(manifest.contains(&format!("wasmtime = {{ version = \"={WASMTIME}\"")));
        assert!(ARTIFACT.starts_with(&format!("{WASMTIME}+telesieve")));
        let wit = include_str!("../../../guest-sdk/wit/transform.wit");
        assert!(wit.contains(&format!("package {}.", contract_text())));
    }
}
