//! What a call costs, in a unit that does not depend on the machine: fuel, about one for each WebAssembly instruction.
//!
//! The extension's artifacts do not count: that would cost time. So a meter compiles the component again.

use std::rc::Rc;

use telesieve_config::Transform as Configured;
use telesieve_core::{Event, FunctionIdentity};
use wasmtime::component::Component;
use wasmtime::{Engine, OptLevel};

use crate::callee::Callee as _;
use crate::compile::{Compiled, not_a_component};
use crate::instance::Runtime;
use crate::isolate::Attempt as _;
use crate::select::Selector;
use crate::transform::{Terms, Transform};
use crate::tuning::{self, Reservation};
use crate::{CompileError, Fault};

/// A transform whose calls are measured.
pub struct Meter {
    transform: Transform,
    selector: Selector,
    runtime: Runtime,
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter").finish_non_exhaustive()
    }
}

impl Meter {
    /// Compiles a component and sets it up.
    ///
    /// # Errors
    /// As [`crate::compile`].
    pub fn new(component: &[u8], configured: &Configured, function: &FunctionIdentity) -> Result<Self, CompileError> {
        let setup = |error: wasmtime::Error| CompileError::Setup(error.to_string());
        let engine = engine().map_err(setup)?;
        let component = Component::new(&engine, component).map_err(|error| not_a_component(component, &error))?;
        let runtime = Runtime::new(engine).map_err(setup)?;
        let terms = Terms::new(configured, Rc::new(function.clone()));
        let set_up = Transform::set_up(&runtime, &component, terms, &mut Compiled::default());
        let (transform, _) = set_up.inspect_err(|_| runtime.watchdog.stop())?;
        let selector = Selector::new(configured.on.as_ref().unwrap_or(&transform.resolved().kinds));
        Ok(Self { transform, selector, runtime })
    }

    /// Whether the transform sees events of this kind.
    #[must_use]
    pub fn selects(&self, kind: &str) -> bool {
        self.selector.selects(kind)
    }

    /// Fuel that a call with these events burns. Edits are the host's work and not part of it.
    ///
    /// # Errors
    /// The call failed.
    pub fn fuel(&mut self, events: &[&Event<'_>]) -> Result<u64, Fault> {
        let budget = self.transform.budget();
        self.transform.attempt(events, budget).map_err(|fault| fault.fault)?;
        Ok(self.transform.probe.fuel)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.runtime.watchdog.stop();
    }
}

fn engine() -> wasmtime::Result<Engine> {
    let mut config = tuning::config(Reservation::Full)?;
    Engine::new(config.cranelift_opt_level(OptLevel::None).consume_fuel(true))
}
