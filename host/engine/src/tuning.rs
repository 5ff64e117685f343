//! The one place that says how WebAssembly is compiled and run.
//!
//! wasmtime compares most of these settings when it loads an artifact, so whoever compiles and whoever runs must say the
//! same. Both call [`config`]; the compiling side adds a target and nothing else.

use wasmtime::{Config, Engine, InstanceAllocationStrategy, Memory, MemoryType, ModuleVersionStrategy, Store};

use crate::contract;

/// Stack that a guest may use, in bytes. The callers run on threads with at least 2 MiB.
const WASM_STACK: usize = 512 << 10;

/// How much address space every linear memory reserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reservation {
    /// All that a 32-bit guest can address, so that no access needs a check (1.02 × native, small ones 1.7 ×).
    Full,
    /// For where the address space is limited. Needs artifacts of its own: accesses are checked in the code.
    Small,
}

impl Reservation {
    /// Bytes.
    fn bytes(self) -> u64 {
        match self {
            Self::Full => 4 << 30,
            Self::Small => 16 << 20,
        }
    }

    /// End of the name of artifacts made for it.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Full => "cwasm",
            Self::Small => "small.cwasm",
        }
    }
}

/// Settings that compiling and running share.
pub(crate) fn config(reservation: Reservation) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    features(&mut config);
    config
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .memory_reservation(reservation.bytes())
        .memory_reservation_for_growth(1 << 20)
        .native_unwind_info(false)
        .generate_address_map(false)
        .debug_symbols(false)
        .module_version(ModuleVersionStrategy::Custom(contract::ARTIFACT.to_owned()))?;
    Ok(config)
}

/// As little of WebAssembly as today's toolchains need. Reference types stay on: without them, modules of current
/// compilers are refused because of the way they encode `call_indirect`.
fn features(config: &mut Config) {
    config
        .wasm_component_model(true)
        .wasm_component_model_map(false)
        .wasm_component_model_fixed_length_lists(false)
        .wasm_memory64(false)
        .wasm_multi_memory(true)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .concurrency_support(false);
}

/// An engine that runs.
pub(crate) fn engine(reservation: Reservation) -> wasmtime::Result<Engine> {
    Engine::new(&config(reservation)?)
}

/// Whether one more memory can be reserved at present. Asked only after something went wrong: a start without trouble
/// pays for no probe.
pub(crate) fn has_space(engine: &Engine) -> bool {
    Memory::new(Store::new(engine, ()), MemoryType::new(1, None)).is_ok()
}
