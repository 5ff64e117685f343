//! The extension: registration, the listener, the loop, and everything put together.
//!
//! What events are, what transforms do and how sinks are spoken to is the business of the crates beside this one.
//! Whatever goes wrong in here, the extension keeps asking for the next event (promise P1): the only way out is the
//! platform's SHUTDOWN, or an environment that is no Lambda sandbox.

#![forbid(unsafe_code)]

mod delivery;
mod keys;
mod lifecycle;
mod listener;
mod log;
mod message;
mod own_secrets;
mod pipeline;
mod policy;
mod reports;
mod root;
mod runtime_api;
mod sinks;
mod startup;
mod surroundings;

pub use root::run;
