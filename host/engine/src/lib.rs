//! The wasmtime embedding: artifacts made before deployment, the chain of transforms, and their edit scripts.
//!
//! The chain takes events and gives back released ones. Whatever a transform does wrong (it is missing, foreign, traps,
//! loops, grows, answers nonsense) ends in records that are dropped or passed with a count, never in an error of the
//! chain as a whole. Scanning and editing of text is `telesieve-kernels`' job; shipping is the sinks'.

mod chain;
mod report;

#[cfg(feature = "compile")]
mod compile;

pub use chain::Chain;
#[cfg(feature = "compile")]
pub use compile::{Artifact, CompileError, Target, compile};
pub use report::{
    Fault, GuestSample, LoadFault, MetricDef, MetricKind, Note, NoteLevel, Outcome, RuleHits, SampleOp, StageReport,
};
