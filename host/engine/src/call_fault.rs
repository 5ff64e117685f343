//! A call that went wrong, on its way from the instance to whoever decides what becomes of the records.

use crate::Fault;

/// Why a call failed. The detail holds no payload.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct CallFault {
    pub(crate) fault: Fault,
    pub(crate) detail: String,
    /// There was no address space for its memory, see `tuning::Reservation`.
    pub(crate) no_space: bool,
}

impl CallFault {
    pub(crate) fn new(fault: Fault, detail: impl Into<String>) -> Self {
        Self { fault, detail: detail.into(), no_space: false }
    }
}
