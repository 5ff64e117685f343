//! Everything that is pushed to the PushGateway: what the platform says about the function, what transforms count, and
//! how telesieve itself is doing.
//!
//! [`Registry`] is fed with typed platform events before any transform sees them, with the ledger of promise P3, with
//! sums about our own health, and with samples of transforms; [`Registry::encode_all`] gives the text to push,
//! [`Registry::encode_news`] the one for a gateway that adds up.
//! Nothing here does I/O or reads a clock. The number of series is bounded whatever comes in (P4), and no label holds a
//! request id or a piece of payload.
//!
//! | prefix | what |
//! |---|---|
//! | `faas_` | the platform's telemetry, with OpenTelemetry's names where there is one |
//! | `telesieve_` | our own health and the accounting identity |
//! | `telesieve_guest_` | metrics that transforms declare |
//!
//! Every series carries the labels `function`, `version` and `region`.

#![forbid(unsafe_code)]

mod family;
mod guest;
mod health;
mod platform;
mod registry;
mod seen;
mod told;

pub use guest::{GUEST_PREFIX, GuestError, GuestKind, GuestSample};
pub use health::{Health, TransformHealth, TransformRun, Waiting};
pub use registry::{Limits, Registry};
pub use told::Told;
