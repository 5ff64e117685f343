//! What the loop hears of: the one way from the tasks to the owner of the state.

use telesieve_sinks::PushError;

use crate::delivery::Delivery;
use crate::listener::Intake;
use crate::runtime_api::NextEvent;

/// What the loop hears of.
#[derive(Debug)]
pub(crate) enum Message {
    /// The platform has something for us.
    Next(NextEvent),
    /// The listener got a body.
    Intake(Intake),
    /// A flush of documents is over.
    Delivered(Delivery),
    /// A push of metrics is over.
    Pushed(Result<(), PushError>),
}

impl From<Intake> for Message {
    fn from(intake: Intake) -> Self {
        Self::Intake(intake)
    }
}
