//! What a stage calls: a transform, or what stands in for one in tests.

use std::sync::Arc;
use std::time::Duration;

use telesieve_kernels::OwnValues;

use crate::NoteLevel;
use crate::isolate::Attempt;
use crate::setup::Resolved;

/// What a stage calls.
pub(crate) trait Callee: Attempt {
    /// What it asked for.
    fn resolved(&self) -> &Resolved;
    /// Time for one batch.
    fn budget(&self) -> Duration;
    /// Bytes of linear memory that it holds at present.
    fn memory(&self) -> usize;
    /// Has the rule `own-secrets` look for other values.
    fn set_own_values(&mut self, values: Arc<OwnValues>);
    /// Takes the lines that it logged.
    fn take_log(&mut self) -> Vec<(NoteLevel, String)>;
    /// Has hits of rules located, and lets debug lines through.
    #[cfg(feature = "compile")]
    fn observe(&mut self);
    /// Has every call fail that an event takes part in.
    #[cfg(feature = "compile")]
    fn inject(&mut self, injection: crate::Injection);
    /// Has calls fail and answers garbled.
    #[cfg(any(test, feature = "fault-injection"))]
    fn sabotage(&mut self, injector: crate::inject::Injector);
}
