//! A transform that is loaded: its artifact, what it asked for, and the instance that is kept from batch to batch.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telesieve_config::Transform as Configured;
use telesieve_core::{Event, FunctionIdentity, Reader};
use telesieve_kernels::{OwnValues, Scratch};
use wasmtime::component::Component;

use crate::apply::{Applied, apply};
use crate::batch::{Arrays, Selection};
use crate::bindings::{TransformPre, types};
use crate::call_fault::CallFault;
use crate::callee::Callee;
use crate::fixed::Fixed;
use crate::host::State;
#[cfg(any(test, feature = "fault-injection"))]
use crate::inject::{CallStep, Injector};
use crate::instance::{Instance, Runtime, START_BUDGET};
use crate::isolate::Attempt;
use crate::plan::Plan;
#[cfg(feature = "compile")]
use crate::quoted::in_settings;
use crate::setup::{Problem, Resolved, Source, resolve};
use crate::{Fault, NoteLevel, SettingFault, text};

/// What every instance of a transform is started with.
#[derive(Clone)]
pub(crate) struct Terms {
    pub(crate) name: Arc<str>,
    /// The user's settings as JSON.
    pub(crate) settings: String,
    pub(crate) function: Rc<FunctionIdentity>,
    pub(crate) max_memory: usize,
    pub(crate) budget: Duration,
}

impl Terms {
    /// What is configured.
    pub(crate) fn new(transform: &Configured, function: Rc<FunctionIdentity>) -> Self {
        Self {
            name: transform.name.as_str().into(),
            settings: transform.settings.to_string(),
            function,
            max_memory: transform.max_memory_bytes,
            budget: transform.budget,
        }
    }
}

/// A transform that is loaded.
pub(crate) struct Transform {
    terms: Terms,
    runtime: Runtime,
    pre: TransformPre<State>,
    resolved: Resolved,
    instance: Option<Instance>,
    scratch: Scratch,
    reader: Reader,
    log: Vec<(NoteLevel, String)>,
    fixed: Fixed,
    #[cfg(feature = "compile")]
    pub(crate) probe: crate::probe::Probe,
    #[cfg(any(test, feature = "fault-injection"))]
    injector: Injector,
}

/// Why a transform cannot be set up.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SetupFault {
    pub(crate) message: String,
    /// See [`CallFault::no_space`].
    pub(crate) no_space: bool,
    /// The settings that it refuses.
    pub(crate) settings: Vec<SettingFault>,
}

impl SetupFault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), no_space: false, settings: Vec::new() }
    }

    fn during(step: &str, fault: &CallFault) -> Self {
        Self { no_space: fault.no_space, ..Self::new(format!("failed in `{step}`: {fault}")) }
    }
}

/// Loads machine code.
pub(crate) fn load_component(runtime: &Runtime, cwasm: &Path) -> Result<Component, SetupFault> {
    #[expect(unsafe_code, reason = "see SAFETY")]
    // SAFETY: the file is run as machine code, so it must be what wasmtime compiled, and must not change while it is
    // mapped. It comes from `telesieve bundle` and lies beside the configuration, in a layer or a function package: the
    // platform mounts both read-only, and who can replace files there can replace this program as well. wasmtime checks
    // its form, its version (ours, exact), its settings and what it asks of the CPU; a truncated or foreign file is an
    // error. That no byte of it changed since, and that it was made of the component that its pack was made of, is
    // checked by the caller, by the seal.
    let component = unsafe { Component::deserialize_file(&runtime.engine, cwasm) };
    component.map_err(|error| {
        let reason = text::one_line(&error.root_cause().to_string(), 200);
        SetupFault::new(format!("its artifact is incompatible with this host ({reason}): run `telesieve bundle`"))
    })
}

/// A transform that runs and knows nothing of its settings yet.
pub(crate) struct Started {
    runtime: Runtime,
    pre: TransformPre<State>,
    instance: Instance,
    fixed: Fixed,
}

impl Started {
    /// Starts the first instance.
    pub(crate) fn new(runtime: &Runtime, component: &Component, max_memory: usize) -> Result<Self, SetupFault> {
        let pre = runtime.linker.instantiate_pre(component).and_then(TransformPre::new).map_err(|error| {
            let reason = text::one_line(&error.root_cause().to_string(), 200);
            SetupFault::new(format!("it violates the transform contract ({reason})"))
        })?;
        let instance =
            Instance::start(runtime, &pre, max_memory).map_err(|fault| SetupFault::during("start", &fault))?;
        Ok(Self { runtime: runtime.clone(), pre, instance, fixed: Fixed::default() })
    }

    /// Its machine code, to look for fixed texts in.
    pub(crate) fn of(self, artifact: PathBuf) -> Self {
        Self { fixed: Fixed::of(artifact), ..self }
    }

    /// Gives it its settings.
    pub(crate) fn set_up(self, terms: Terms, source: &mut dyn Source) -> Result<Transform, SetupFault> {
        let Self { runtime, pre, mut instance, mut fixed } = self;
        let answer = instance.init(&terms.settings, &terms.function, START_BUDGET);
        let log = instance.take_log(&mut fixed);
        let setup = answer.map_err(|fault| SetupFault::during("init", &fault))?.map_err(|errors| refused(&errors))?;
        let resolved = resolve(&terms.name, setup, source).map_err(|problems| unusable(&problems, &terms.settings))?;
        instance.set_patterns(&resolved.patterns);
        Ok(Transform {
            runtime,
            pre,
            resolved,
            instance: Some(instance),
            scratch: Scratch::default(),
            reader: Reader::default(),
            log,
            fixed,
            terms,
            #[cfg(feature = "compile")]
            probe: crate::probe::Probe::default(),
            #[cfg(any(test, feature = "fault-injection"))]
            injector: Injector::default(),
        })
    }
}

impl Transform {
    /// Starts a transform, asks what it is and gives it its settings.
    #[cfg(feature = "compile")]
    pub(crate) fn set_up(
        runtime: &Runtime,
        component: &Component,
        terms: Terms,
        source: &mut dyn Source,
    ) -> Result<(Self, types::Manifest), SetupFault> {
        let mut started = Started::new(runtime, component, terms.max_memory)?;
        let manifest = started.instance.describe().map_err(|fault| SetupFault::during("describe", &fault))?;
        Ok((started.set_up(terms, source)?, manifest))
    }

    /// What it asked for.
    pub(crate) fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    fn run(&mut self, events: &[&Event<'_>], budget: Duration) -> Result<Applied, CallFault> {
        let deadline = Instant::now() + budget;
        let mut instance = self.take_instance(budget)?;
        #[cfg(feature = "compile")]
        self.probe.before_call(&mut instance, events)?;
        #[cfg(any(test, feature = "fault-injection"))]
        self.injector.before(CallStep::Process)?;
        let arrays = Arrays::of(events, &self.resolved.columns, &mut self.reader);
        let left = deadline.saturating_duration_since(Instant::now());
        let answer = arrays.with(|batch| instance.process(&Selection(events), batch, left));
        self.log.extend(instance.take_log(&mut self.fixed));
        #[cfg(feature = "compile")]
        self.probe.after_call(&mut instance);
        let script = answer?;
        #[cfg(any(test, feature = "fault-injection"))]
        let script = self.injector.after(script);
        let plan = Plan::new(script, events.len(), &self.resolved)
            .map_err(|error| CallFault::new(Fault::Script, error.to_string()))?;
        let applied = apply(&plan, events, &self.resolved, &mut self.scratch, deadline)?;
        if !instance.is_high() {
            self.instance = Some(instance);
        }
        Ok(applied)
    }

    fn take_instance(&mut self, budget: Duration) -> Result<Instance, CallFault> {
        if let Some(instance) = self.instance.take() {
            return Ok(instance);
        }
        #[cfg(any(test, feature = "fault-injection"))]
        self.injector.before(CallStep::Start)?;
        let mut instance =
            Instance::start(&self.runtime, &self.pre, self.terms.max_memory).map_err(|fault| as_init(&fault))?;
        #[cfg(any(test, feature = "fault-injection"))]
        self.injector.before(CallStep::Init)?;
        let answer =
            instance.init(&self.terms.settings, &self.terms.function, budget).map_err(|fault| as_init(&fault))?;
        answer.map_err(|_| CallFault::new(Fault::Init, "it rejected settings that it accepted before"))?;
        instance.set_patterns(&self.resolved.patterns);
        Ok(instance)
    }
}

impl Attempt for Transform {
    /// Runs it on events. After any fault the instance is given up, and nothing of the batch is left behind.
    fn attempt(&mut self, events: &[&Event<'_>], budget: Duration) -> Result<Applied, CallFault> {
        self.run(events, budget)
    }
}

impl Callee for Transform {
    fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    fn budget(&self) -> Duration {
        self.terms.budget
    }

    fn memory(&self) -> usize {
        self.instance.as_ref().map_or(0, Instance::memory)
    }

    fn set_own_values(&mut self, values: Arc<OwnValues>) {
        self.scratch.set_own_values(values);
    }

    fn take_log(&mut self) -> Vec<(NoteLevel, String)> {
        std::mem::take(&mut self.log)
    }

    #[cfg(feature = "compile")]
    fn observe(&mut self) {
        (self.probe.observed, self.resolved.observed) = (true, true);
    }

    #[cfg(feature = "compile")]
    fn inject(&mut self, injection: crate::Injection) {
        self.probe.injections.push(injection);
    }

    #[cfg(any(test, feature = "fault-injection"))]
    fn sabotage(&mut self, injector: Injector) {
        self.injector = injector;
    }
}

/// A transform that started once may still fail to start again.
fn as_init(fault: &CallFault) -> CallFault {
    CallFault::new(Fault::Init, format!("restart failed: {fault}"))
}

/// All complaints about the settings, with their paths. They are the user's own words and no payload.
fn refused(errors: &[types::SettingError]) -> SetupFault {
    let said = errors.iter().take(20).map(|error| SettingFault {
        path: text::one_line(&error.path, 80),
        message: text::one_line(&error.message, 200),
    });
    let settings: Vec<_> = said.collect();
    let lines: Vec<_> = settings.iter().map(ToString::to_string).collect();
    let lines = if lines.is_empty() { "no reason given".to_owned() } else { lines.join("; ") };
    SetupFault { settings, ..SetupFault::new(format!("it rejected its settings: {lines}")) }
}

/// All that is wrong with what it asks for.
fn unusable(problems: &[Problem], settings: &str) -> SetupFault {
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    SetupFault { settings: in_settings(problems, settings), ..SetupFault::new(messages.join("; ")) }
}

/// Who changes settings does so where artifacts are made; an extension that finds a fault in them only says what it is.
#[cfg(not(feature = "compile"))]
fn in_settings(_: &[Problem], _: &str) -> Vec<SettingFault> {
    Vec::new()
}
