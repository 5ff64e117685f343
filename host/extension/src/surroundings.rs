//! What the environment says about the function and the sandbox, and the one piece of randomness.

use std::io::Read as _;

use telesieve_core::{FunctionIdentity, SandboxId};

/// How the sandbox came to be, as far as it makes a difference here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Initialization {
    /// On demand, provisioned, or a kind that is not known yet.
    Ordinary,
    /// From a snapshot: what was unique in it is not any more.
    SnapStart,
    /// Managed Instances: many invocations at once, no INVOKE events, no freeze.
    ManagedInstances,
}

impl Initialization {
    /// Reads `AWS_LAMBDA_INITIALIZATION_TYPE`.
    pub(crate) fn from_environment() -> Self {
        match variable("AWS_LAMBDA_INITIALIZATION_TYPE").as_str() {
            "snap-start" => Self::SnapStart,
            "lambda-managed-instances" => Self::ManagedInstances,
            _ => Self::Ordinary,
        }
    }
}

/// The function as far as the environment knows it. Account and ARN come later, from the API.
pub(crate) fn function() -> FunctionIdentity {
    FunctionIdentity {
        name: variable("AWS_LAMBDA_FUNCTION_NAME"),
        version: variable("AWS_LAMBDA_FUNCTION_VERSION"),
        region: variable("AWS_REGION"),
        memory_mb: variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").parse().unwrap_or(0),
        init_type: variable("AWS_LAMBDA_INITIALIZATION_TYPE"),
        ..FunctionIdentity::default()
    }
}

/// The file name of the executable: what Lambda knows the extension by, whatever it was renamed to.
pub(crate) fn extension_name() -> String {
    let path = std::env::args_os().next().unwrap_or_default();
    let name = std::path::Path::new(&path).file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "telesieve-extension".to_owned())
}

/// Keeps what is in this process from everybody else who runs as the same user, the function among them: no core dump, no
/// tracer, no reader of its memory or environment. Secrets that are fetched are nowhere else in the sandbox.
///
/// The environment itself stays as it is: everybody who was started with it has a copy.
pub(crate) fn close_to_others() {
    // Where that is refused, everything else works as before.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Makes the id of a sandbox. To be called again after a snapshot is restored.
pub(crate) fn sandbox_id() -> SandboxId {
    SandboxId::from_random(random())
}

/// Eight random bytes of the kernel; of the clock and the process id, where there is no such file.
pub(crate) fn random() -> [u8; 8] {
    let mut bytes = [0; 8];
    let read = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    if read.is_err() {
        let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        bytes = (clock.as_nanos() as u64 ^ u64::from(std::process::id()).rotate_left(32)).to_le_bytes();
    }
    bytes
}

/// All variables that are UTF-8.
pub(crate) fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The value of a variable; empty if it is not set or not UTF-8.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn nobody_looks_into_the_process() {
        super::close_to_others();
        let behavior = rustix::process::dumpable_behavior();
        assert!(matches!(behavior, Ok(rustix::process::DumpableBehavior::NotDumpable)), "{behavior:?}");
    }
}
