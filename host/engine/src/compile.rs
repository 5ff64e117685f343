//! Makes artifacts of components. The extension is built without this module.
//!
//! A component is checked against the contract, run on this machine far enough to say what it is and what it wants with
//! the user's settings, and compiled for the machine it is meant for.

use std::collections::BTreeMap;
use std::rc::Rc;

use sha2::{Digest, Sha256};
use telesieve_config::Transform as Configured;
use telesieve_core::FunctionIdentity;
use telesieve_kernels::{HashKey, Pattern};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, OptLevel};

use crate::bindings::types;
use crate::instance::Runtime;
use crate::pack::Pack;
use crate::seal;
use crate::setup::Source;
use crate::transform::{SetupFault, Terms, Transform};
use crate::tuning::{self, Reservation};
use crate::{SettingFault, TransformKind, contract, text};

/// What an artifact is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Lambda's `x86_64`. Needs what the level `x86-64-v3` names (AVX2, BMI2, FMA): every host of the service has it.
    X86_64,
    /// Lambda's `arm64`. Needs what a Graviton2 has: LSE atomics, half-precision floats, dot products.
    Aarch64,
}

impl Target {
    /// Both.
    pub const ALL: [Self; 2] = [Self::X86_64, Self::Aarch64];

    /// What this program runs on, if artifacts can be made for it.
    #[must_use]
    pub fn host() -> Option<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::Aarch64),
            _ => None,
        }
    }

    /// As Lambda says it.
    #[must_use]
    pub fn lambda_name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "arm64",
        }
    }

    /// Only architecture and system are compared when an artifact is loaded: it runs in musl and in GNU programs.
    fn triple(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-musl",
            Self::Aarch64 => "aarch64-unknown-linux-musl",
        }
    }

    /// Cranelift's names of what the code may use. Its `x86-64-v3` leaves out AVX itself.
    fn cpu(self) -> &'static [&'static str] {
        match self {
            Self::X86_64 => &["x86-64-v3", "has_avx"],
            Self::Aarch64 => &["has_lse", "has_fp16", "has_dotprod"],
        }
    }
}

/// What becomes of a component.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Content of `<artifact>.cwasm`: machine code.
    pub cwasm: Vec<u8>,
    /// Content of `<artifact>.pack`: versions, and the automata of the patterns that the settings ask for.
    pub pack: Vec<u8>,
    /// What the component is for.
    pub kind: TransformKind,
    /// The component's name for itself.
    pub name: String,
    /// The component's own version.
    pub version: String,
}

/// Why a component does not become an artifact.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Not WebAssembly, a core module, or damaged.
    #[error("not a WebAssembly component: {0}")]
    NotAComponent(String),
    /// It wants something that the host does not offer, or exports another contract.
    #[error("it violates the transform contract: {0}")]
    Contract(String),
    /// It refuses its settings, or hands on what stands in them and cannot be used.
    #[error("it rejected its settings: {}", lines(.0))]
    Settings(Vec<SettingFault>),
    /// It could not be started, or asks for what cannot be had.
    #[error("setup failed: {0}")]
    Setup(String),
    /// The compiler failed.
    #[error("compilation for {target} failed: {reason}")]
    Codegen {
        /// For what.
        target: &'static str,
        /// Why.
        reason: String,
    },
}

fn lines(faults: &[SettingFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl From<SetupFault> for CompileError {
    fn from(fault: SetupFault) -> Self {
        if fault.settings.is_empty() { Self::Setup(fault.message) } else { Self::Settings(fault.settings) }
    }
}

/// Makes an artifact of a component for one architecture. `transform` gives settings and limits, `function` is what the
/// component is told of the function at this point: most of it is known only later.
///
/// # Errors
/// The component does not keep the contract, refuses its settings, or cannot be compiled.
pub fn compile(
    component: &[u8],
    target: Target,
    transform: &Configured,
    function: &FunctionIdentity,
) -> Result<Artifact, CompileError> {
    let (set_up, patterns, manifest) = try_out(component, transform, function)?;
    let cwasm = machine_code(component, target, Reservation::Full)?;
    let pack = Pack {
        kind: manifest.kind.into(),
        name: manifest.name,
        version: manifest.version,
        kinds: set_up.resolved().kinds.clone(),
        component: Sha256::digest(component).into(),
        patterns,
    };
    let bytes = pack.to_bytes();
    Ok(Artifact { cwasm, pack: bytes, kind: pack.kind, name: pack.name, version: pack.version })
}

/// Machine code for hosts whose address space is too small for 4 GiB per memory, about half as fast. It stands as
/// `<artifact>.small.cwasm` beside the other and is loaded where that one finds no room. Lambda does not need it.
///
/// # Errors
/// The component cannot be compiled.
pub fn compile_small(component: &[u8], target: Target) -> Result<Vec<u8>, CompileError> {
    machine_code(component, target, Reservation::Small)
}

type TriedOut = (Transform, BTreeMap<String, Vec<u8>>, types::Manifest);

/// Runs the component here: is it what it should be, and what does it want with these settings?
fn try_out(bytes: &[u8], transform: &Configured, function: &FunctionIdentity) -> Result<TriedOut, CompileError> {
    let setup = |error: String| CompileError::Setup(error);
    let engine = quick_engine().map_err(|error| setup(error.to_string()))?;
    let component = Component::new(&engine, bytes).map_err(|error| not_a_component(bytes, &error))?;
    check_contract(&engine, &component)?;
    let terms = Terms::new(transform, Rc::new(function.clone()));
    let runtime = Runtime::new(engine).map_err(|error| setup(error.to_string()))?;
    let mut source = Compiled::default();
    let set_up = Transform::set_up(&runtime, &component, terms, &mut source);
    runtime.watchdog.stop();
    let (set_up, manifest) = set_up?;
    Ok((set_up, source.patterns, manifest))
}

/// For code that runs twice and is thrown away.
pub(crate) fn quick_engine() -> wasmtime::Result<Engine> {
    let mut config = tuning::config(Reservation::Full)?;
    Engine::new(config.cranelift_opt_level(OptLevel::None))
}

pub(crate) fn not_a_component(bytes: &[u8], error: &wasmtime::Error) -> CompileError {
    let core_module = bytes.starts_with(b"\0asm\x01\0\0\0");
    let reason = if core_module {
        "it is a core module; `telesieve build` turns it into a component".to_owned()
    } else {
        text::one_line(&format!("{error:#}"), 300)
    };
    CompileError::NotAComponent(reason)
}

/// Only our own interfaces go in, and the guest's must come out.
fn check_contract(engine: &Engine, component: &Component) -> Result<(), CompileError> {
    let found = foreign_imports(engine, component).or_else(|| foreign_exports(engine, component));
    found.map_or(Ok(()), |found| Err(CompileError::Contract(found)))
}

/// What is wrong with the imports.
pub(crate) fn foreign_imports(engine: &Engine, component: &Component) -> Option<String> {
    let described = component.component_type();
    let foreign: Vec<_> = described.imports(engine).map(|(name, _)| name).filter(|name| !is_ours(name)).collect();
    let wasi = foreign.iter().any(|name| name.starts_with("wasi:"));
    let hint = if wasi { " (build for wasm32-unknown-unknown)" } else { "" };
    let names = text::one_line(&foreign.join(", "), 300);
    (!foreign.is_empty()).then(|| format!("it imports {names}{hint}; this host accepts {}", accepted()))
}

/// What is wrong with the exports.
pub(crate) fn foreign_exports(engine: &Engine, component: &Component) -> Option<String> {
    let described = component.component_type();
    let exports: Vec<_> = described.exports(engine).map(|(name, _)| name).collect();
    let found = if exports.is_empty() { "nothing".to_owned() } else { text::one_line(&exports.join(", "), 300) };
    let is_guest = |name: &&str| is_ours(name) && name.contains("/guest@");
    (!exports.iter().any(is_guest)).then(|| format!("it exports {found}; this host accepts {}", accepted()))
}

fn accepted() -> String {
    let (major, minor) = contract::CONTRACT;
    let package = contract::PACKAGE;
    format!(
        "the export {package}/guest and the import {package}/host, in version {major}.{minor} or an older {major}.x"
    )
}

/// Whether an interface is one of ours, in a version that this host accepts.
fn is_ours(name: &str) -> bool {
    let Some((interface, version)) = name.split_once('@') else { return false };
    let Some(interface) = interface.strip_prefix(contract::PACKAGE) else { return false };
    let mut parts = version.split('.').map(|part| part.parse::<u64>().ok());
    let (major, minor) = (parts.next().flatten(), parts.next().flatten());
    ["/host", "/types", "/guest"].contains(&interface)
        && major == Some(contract::CONTRACT.0)
        && minor.is_some_and(|minor| minor <= contract::CONTRACT.1)
}

fn machine_code(component: &[u8], target: Target, reservation: Reservation) -> Result<Vec<u8>, CompileError> {
    let compile = || Engine::new(&target_config(target, reservation)?)?.precompile_component(component);
    let sealed = |code| seal::put(code, &Sha256::digest(component).into());
    compile().map(sealed).map_err(|error| CompileError::Codegen {
        target: target.lambda_name(),
        reason: text::one_line(&format!("{error:#}"), 300),
    })
}

/// The shared settings, for another machine. An explicit target drops all that was found out about this one's CPU.
fn target_config(target: Target, reservation: Reservation) -> wasmtime::Result<Config> {
    let mut config = tuning::config(reservation)?;
    config.target(target.triple())?;
    for flag in target.cpu() {
        #[expect(unsafe_code, reason = "see SAFETY")]
        // SAFETY: these flags name instructions that the code may use. They go into the artifact, and a host that lacks
        // one of them refuses to load it.
        unsafe {
            config.cranelift_flag_enable(flag);
        }
    }
    Ok(config)
}

/// Compiles every pattern that is asked for. Keys are not known yet, and nothing is hashed here.
#[derive(Default)]
pub(crate) struct Compiled {
    pub(crate) patterns: BTreeMap<String, Vec<u8>>,
    /// Names of the keys that were asked for.
    pub(crate) keys: Vec<String>,
}

impl Source for Compiled {
    fn pattern(&mut self, regex: &str) -> Result<Pattern, String> {
        let shown = text::one_line(regex, 80);
        let failed = |error: &dyn std::fmt::Display| format!("invalid pattern `{shown}`: {error}");
        let bytes = Pattern::compile(regex).map_err(|error| failed(&error))?;
        let pattern = Pattern::from_bytes(&bytes).map_err(|error| failed(&error))?;
        self.patterns.insert(regex.to_owned(), bytes);
        Ok(pattern)
    }

    fn key(&mut self, name: &str) -> Option<HashKey> {
        self.keys.push(name.to_owned());
        Some(HashKey::new(b""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_are_ours_up_to_our_minor_version() {
        let (major, minor) = contract::CONTRACT;
        assert!(is_ours(&format!("telesieve:transform/host@{major}.{minor}.0")));
        assert!(is_ours(&format!("telesieve:transform/types@{major}.{minor}.7")));
        assert!(!is_ours(&format!("telesieve:transform/host@{major}.{}.0", minor + 1)));
        assert!(!is_ours(&format!("telesieve:transform/host@{}.0.0", major + 1)));
        for name in ["wasi:cli/environment@0.2.6", "telesieve:transform/host", "telesieve:transform/net@1.0.0", "run"] {
            assert!(!is_ours(name), "{name}");
        }
    }
}
