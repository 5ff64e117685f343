//! One instance of a guest: started, called under limits, and given up after any fault.

use std::rc::Rc;
use std::time::{Duration, Instant};

use telesieve_core::FunctionIdentity;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Engine, Store, Trap};

use crate::bindings::types::{self, FunctionInfo};
use crate::bindings::{Transform, TransformPre, guest};
use crate::call_fault::CallFault;
use crate::contract;
use crate::fixed::Fixed;
use crate::host::{Refusal, State};
use crate::loan::{Loan, Records};
use crate::tuning;
use crate::watchdog::{Deadline, Watchdog};
use crate::{Fault, NoteLevel};

/// Time to start an instance, for `describe` and for `init`, each. Far above what any needs, and far below what the
/// platform allows an extension to start.
pub(crate) const START_BUDGET: Duration = Duration::from_secs(1);

/// Most bytes that a guest may hand to the host in one call, as a share of its memory.
const FUEL_SHARE: usize = 2;

/// What instances of one engine share.
#[derive(Clone)]
pub(crate) struct Runtime {
    pub(crate) engine: Engine,
    pub(crate) linker: Rc<Linker<State>>,
    pub(crate) watchdog: Watchdog,
}

impl Runtime {
    pub(crate) fn new(engine: Engine) -> wasmtime::Result<Self> {
        let mut linker = Linker::new(&engine);
        Transform::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
        Ok(Self { watchdog: Watchdog::new(&engine), linker: Rc::new(linker), engine })
    }
}

/// One instance of a guest, in its own store.
pub(crate) struct Instance {
    store: Store<State>,
    guest: Transform,
    watchdog: Watchdog,
}

/// Runs code of a store until `budget` is over.
fn guarded<R>(
    store: &mut Store<State>,
    watchdog: &Watchdog,
    budget: Duration,
    call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<R>,
) -> Result<R, CallFault> {
    let deadline = Deadline::after(Instant::now(), budget);
    store.data_mut().deadline = Some(deadline);
    store.set_epoch_deadline(1);
    watchdog.arm(deadline.at()).map_err(|_| CallFault::new(Fault::Init, "failed to start the watchdog thread"))?;
    let result = call(store);
    watchdog.disarm();
    store.data_mut().deadline = None;
    result.map_err(|error| classify(&error, store.data()))
}

/// What an error of wasmtime means. Its text is not used: it may quote the guest.
fn classify(error: &wasmtime::Error, state: &State) -> CallFault {
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        return CallFault::new(refusal.fault, refusal.message);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => CallFault::new(Fault::Timeout, "exceeded its time budget"),
        _ if state.limits.denied() => CallFault::new(Fault::Memory, "exceeded its memory limit (`max_memory_bytes`)"),
        Some(trap) => CallFault::new(Fault::Trap, trap.to_string()),
        None => CallFault::new(Fault::Script, "returned an invalid or too large result"),
    }
}

/// Why an instance cannot be made, if neither its own code nor its memory's cap is to blame.
fn not_started(runtime: &Runtime, pre: &TransformPre<State>, max_memory: usize) -> CallFault {
    let mut store = store(runtime, max_memory);
    let starts = |store: &mut Store<State>| pre.instance_pre().instantiate(store);
    if guarded(&mut store, &runtime.watchdog, START_BUDGET, starts).is_ok() {
        let contract = contract::contract_text();
        let detail = format!("its function types do not match {contract}: rebuild it with the SDK of this version");
        return CallFault::new(Fault::Init, detail);
    }
    if tuning::has_space(&runtime.engine) {
        return CallFault::new(Fault::Init, "it exceeds the limits of tables and instances");
    }
    CallFault { no_space: true, ..CallFault::new(Fault::Init, "not enough address space for its memory") }
}

/// What an instance lives in.
fn store(runtime: &Runtime, max_memory: usize) -> Store<State> {
    let state = State::new(max_memory, Rc::new(Loan::default()), runtime.watchdog.clone());
    let mut store = Store::new(&runtime.engine, state);
    store.limiter(|state| &mut state.limits);
    store.epoch_deadline_callback(|mut context| context.data_mut().rung());
    store.set_hostcall_fuel(max_memory.saturating_mul(FUEL_SHARE));
    store.set_max_component_handles(1_000);
    #[cfg(feature = "compile")]
    fill(&mut store);
    store
}

/// Fills the tank, if the engine has one: see `meter`.
#[cfg(feature = "compile")]
fn fill(store: &mut Store<State>) {
    // An engine that does not count refuses, and needs none.
    let _no_tank = store.set_fuel(u64::MAX);
}

impl Instance {
    /// Starts an instance.
    pub(crate) fn start(runtime: &Runtime, pre: &TransformPre<State>, max_memory: usize) -> Result<Self, CallFault> {
        let mut store = store(runtime, max_memory);
        let guest = guarded(&mut store, &runtime.watchdog, START_BUDGET, |store| pre.instantiate(store));
        match guest {
            Ok(guest) => Ok(Self { store, guest, watchdog: runtime.watchdog.clone() }),
            Err(fault) if fault.fault == Fault::Script => Err(not_started(runtime, pre, max_memory)),
            Err(fault) => Err(fault),
        }
    }

    /// Asks what it is. Where it runs, its pack says so.
    #[cfg(feature = "compile")]
    pub(crate) fn describe(&mut self) -> Result<types::Manifest, CallFault> {
        let guest = self.guest.telesieve_transform_guest();
        guarded(&mut self.store, &self.watchdog, START_BUDGET, |store| guest.call_describe(store))
    }

    /// Gives it its settings and learns what it needs. The inner error are its complaints about the settings.
    pub(crate) fn init(
        &mut self,
        settings: &str,
        function: &FunctionIdentity,
        budget: Duration,
    ) -> Result<Result<types::Setup, Vec<types::SettingError>>, CallFault> {
        let guest = self.guest.telesieve_transform_guest();
        let info = function_info(function);
        guarded(&mut self.store, &self.watchdog, budget, |store| guest.call_init(store, settings, info))
    }

    /// Has it look at a batch.
    pub(crate) fn process(
        &mut self,
        records: &dyn Records,
        batch: guest::Batch<'_>,
        budget: Duration,
    ) -> Result<types::Script, CallFault> {
        let guest = self.guest.telesieve_transform_guest();
        let loan = Rc::clone(&self.store.data().loan);
        self.store.data_mut().log.in_batch = true;
        let answer = guarded(&mut self.store, &self.watchdog, budget, |store| {
            loan.lend(records, || guest.call_process(store, batch))
        })?;
        answer.map_err(|error| {
            let detail = format!("returned an error of {} bytes (not shown because it may quote records)", error.len());
            CallFault::new(Fault::Error, detail)
        })
    }

    /// The patterns that `matches` may look for.
    pub(crate) fn set_patterns(&mut self, patterns: &[std::sync::Arc<telesieve_kernels::Pattern>]) {
        self.store.data_mut().patterns = patterns.to_vec();
    }

    /// Keeps lines at debug level from now on.
    #[cfg(feature = "compile")]
    pub(crate) fn keep_debug_lines(&mut self) {
        self.store.data_mut().log.debug = true;
    }

    /// What is left of the fuel that it was started with; 0 if its engine does not count.
    #[cfg(feature = "compile")]
    pub(crate) fn fuel(&self) -> u64 {
        self.store.get_fuel().unwrap_or(0)
    }

    /// Takes the lines that it logged.
    ///
    /// `fixed` tells which of them hold no payload.
    pub(crate) fn take_log(&mut self, fixed: &mut Fixed) -> Vec<(NoteLevel, String)> {
        let log = &mut self.store.data_mut().log;
        log.show(fixed);
        log.take()
    }

    /// Whether its memory has grown so much that a new instance is due.
    pub(crate) fn is_high(&self) -> bool {
        self.store.data().limits.is_high()
    }

    /// Bytes of linear memory.
    pub(crate) fn memory(&self) -> usize {
        self.store.data().limits.memory()
    }
}

fn function_info(function: &FunctionIdentity) -> FunctionInfo<'_> {
    FunctionInfo {
        name: &function.name,
        version: &function.version,
        region: &function.region,
        account_id: &function.account_id,
        memory_mb: function.memory_mb,
    }
}
