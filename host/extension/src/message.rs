//! What the loop hears of: the one way from the tasks to the owner of the state.

use telesieve_sinks::PushError;

use crate::delivery::Delivery;
use crate::listener::Intake;
use crate::runtime_api::{CallError, NextEvent};

/// What the loop hears of.
#[derive(Debug)]
pub(crate) enum Message {
    /// The platform has something for us.
    Next(NextEvent),
    /// The listener got a body.
    Intake(Intake),
    /// Asking for the next event failed, and is tried again.
    NextFailed(CallError),
    /// SIGTERM.
    Terminated,
    /// A flush of documents is over, of the sink with this number.
    Delivered(usize, Delivery),
    /// A push of metrics is over, to the sink with this number.
    Pushed(usize, Result<(), PushError>),
}

impl From<Intake> for Message {
    fn from(intake: Intake) -> Self {
        Self::Intake(intake)
    }
}
