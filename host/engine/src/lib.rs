//! The wasmtime embedding: artifacts made before deployment, the chain of transforms, and their edit scripts.
//!
//! The chain takes events and gives back released ones. Whatever a transform does wrong (it is missing, foreign, traps,
//! loops, grows, answers nonsense) ends in records that are dropped or passed with a count, never in an error of the
//! chain as a whole. Scanning and editing of text is `telesieve-kernels`' job; shipping is the sinks'.

mod apply;
mod batch;
mod bindings;
mod call_fault;
mod callee;
mod chain;
mod commit;
#[cfg(feature = "compile")]
mod compile;
mod contract;
mod fixed;
#[cfg(any(test, feature = "fault-injection"))]
mod fuzzed;
mod health;
mod host;
#[cfg(any(test, feature = "fault-injection"))]
mod inject;
#[cfg(feature = "compile")]
mod inspect;
mod instance;
mod isolate;
mod kind;
mod limits;
mod load;
mod loan;
#[cfg(feature = "compile")]
mod locate;
mod marker;
mod marks;
#[cfg(feature = "compile")]
mod meter;
#[cfg(feature = "compile")]
mod native;
mod pack;
#[cfg(any(test, feature = "compile"))]
mod pack_writer;
mod plan;
#[cfg(feature = "compile")]
mod probe;
#[cfg(feature = "compile")]
mod quoted;
#[cfg(test)]
mod random_chains;
#[cfg(test)]
mod random_scripts;
mod report;
mod seal;
mod select;
mod setup;
mod stage;
#[cfg(any(test, feature = "fault-injection"))]
mod stand_in;
mod text;
mod tracked;
mod transform;
mod tuning;
mod verify;
mod watchdog;

pub use chain::Chain;
#[cfg(feature = "compile")]
pub use compile::{Artifact, CompileError, Target, compile, compile_small};
pub use contract::{ARTIFACT, CONTRACT, WASMTIME};
#[cfg(any(test, feature = "fault-injection"))]
pub use fuzzed::try_chain;
pub use health::HealthState;
#[cfg(any(test, feature = "fault-injection"))]
pub use inject::{Call, CallStep, Garbling, Sabotage};
#[cfg(feature = "compile")]
pub use inspect::{Inspection, inspect};
pub use kind::TransformKind;
pub use load::Loading;
pub use marker::{loss_record, unreported_end};
#[cfg(feature = "compile")]
pub use meter::Meter;
#[cfg(feature = "compile")]
pub use native::NativeProgram;
#[cfg(feature = "compile")]
pub use probe::{FIELDS, Found, Gone, Injection, Why};
pub use report::{
    Fault, GuestSample, LoadFault, MetricDef, MetricKind, Note, NoteLevel, Outcome, RuleHits, SampleOp, SettingFault,
    StageReport,
};
pub use telesieve_kernels::{OwnValues, is_secret_name};
