//! Makes artifacts of components.

use telesieve_config::Transform;
use telesieve_core::FunctionIdentity;

/// What an artifact is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Lambda's `x86_64`.
    X86_64,
    /// Lambda's `arm64`.
    Aarch64,
}

/// The two files that become of a component.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Content of `<artifact>.cwasm`.
    pub cwasm: Vec<u8>,
    /// Content of `<artifact>.pack`.
    pub pack: Vec<u8>,
}

/// Why a component does not become an artifact.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// To be replaced.
    #[error("compile components yet")]
    Unsupported,
}

/// Makes an artifact of a component for one architecture. `transform` gives the name and the settings.
///
/// # Errors
/// The component does not keep the contract, or refuses its settings.
pub fn compile(
    _component: &[u8],
    _target: Target,
    _transform: &Transform,
    _function: &FunctionIdentity,
) -> Result<Artifact, CompileError> {
    Err(CompileError::Unsupported)
}
