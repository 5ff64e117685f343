//! Everything that can be said of a component before it is deployed, and everything that is wrong with it, at once.

use std::rc::Rc;

use telesieve_config::Transform as Configured;
use telesieve_core::FunctionIdentity;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::callee::Callee as _;
use crate::compile::{Compiled, foreign_exports, foreign_imports, not_a_component, quick_engine};
use crate::instance::Runtime;
use crate::transform::{Terms, Transform};
use crate::{SettingFault, TransformKind};

/// A component larger than this is worth a word: it is mapped at every cold start.
const LARGE: usize = 4 << 20;

/// What a component is, as far as it can be found out, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// Name and version that it gives itself.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// What it is for.
    pub kind: Option<TransformKind>,
    /// The version of the contract that it was built with, such as `1.0.0`.
    pub contract: Option<String>,
    /// Bytes of the component.
    pub bytes: usize,
    /// Bytes of linear memory after its start.
    pub memory: usize,
    /// Rules that it declares with these settings.
    pub rules: usize,
    /// Patterns that it declares with these settings, those of rules included, and the bytes of their automata.
    pub patterns: (usize, usize),
    /// Names of keys that it needs with these settings.
    pub keys: Vec<String>,
    /// Metrics that it declares with these settings.
    pub metrics: usize,
    /// Settings that it refuses.
    pub settings: Vec<SettingFault>,
    /// Everything else that is wrong.
    pub findings: Vec<String>,
}

/// Looks at a component, and runs it far enough to say what it wants with these settings.
#[must_use]
pub fn inspect(bytes: &[u8], transform: &Configured, function: &FunctionIdentity) -> Inspection {
    let mut inspection = Inspection { bytes: bytes.len(), ..Inspection::default() };
    if let Err(problem) = inspection.look(bytes, transform, function) {
        inspection.findings.push(problem);
    }
    inspection
}

impl Inspection {
    fn look(&mut self, bytes: &[u8], transform: &Configured, function: &FunctionIdentity) -> Result<(), String> {
        if bytes.len() > LARGE {
            let (mib, most) = (bytes.len() >> 20, LARGE >> 20);
            self.findings.push(format!("its size is {mib} MiB; above {most} MiB, starts get slow"));
        }
        let engine = quick_engine().map_err(|error| error.to_string())?;
        let component = Component::new(&engine, bytes).map_err(|error| not_a_component(bytes, &error).to_string())?;
        self.contract = contract_of(&engine, &component);
        let wrong = [foreign_imports(&engine, &component), foreign_exports(&engine, &component)];
        let wrong: Vec<_> = wrong.into_iter().flatten().collect();
        if !wrong.is_empty() {
            self.findings.extend(wrong);
            return Ok(());
        }
        self.set_up(engine, &component, transform, function)
    }

    fn set_up(
        &mut self,
        engine: Engine,
        component: &Component,
        transform: &Configured,
        function: &FunctionIdentity,
    ) -> Result<(), String> {
        let runtime = Runtime::new(engine).map_err(|error| error.to_string())?;
        let mut source = Compiled::default();
        let terms = Terms::new(transform, Rc::new(function.clone()));
        let set_up = Transform::set_up(&runtime, component, terms, &mut source);
        runtime.watchdog.stop();
        let (transform, manifest) = match set_up {
            Ok(set_up) => set_up,
            Err(fault) if fault.settings.is_empty() => return Err(fault.message),
            Err(fault) => {
                self.settings = fault.settings;
                return Ok(());
            }
        };
        (self.name, self.version, self.kind) = (manifest.name, manifest.version, Some(manifest.kind.into()));
        self.memory = transform.memory();
        let resolved = transform.resolved();
        self.rules = resolved.rule_names.iter().map(Vec::len).sum();
        self.metrics = resolved.metrics.len();
        self.keys = std::mem::take(&mut source.keys);
        self.patterns = (source.patterns.len(), source.patterns.values().map(Vec::len).sum());
        Ok(())
    }
}

/// The version of the first of our interfaces that it exports or imports.
fn contract_of(engine: &Engine, component: &Component) -> Option<String> {
    let described = component.component_type();
    let exports = described.exports(engine).map(|(name, _)| name.to_owned());
    let imports = described.imports(engine).map(|(name, _)| name.to_owned());
    let names: Vec<_> = exports.chain(imports).collect();
    let ours = names.iter().find_map(|name| name.strip_prefix(crate::contract::PACKAGE)?.split_once('@'));
    ours.map(|(_, version)| version.to_owned())
}
