//! Runs a transform natively: no WebAssembly, no host, the same code.
//!
//! [`Harness`] sets a transform up with settings and runs it on events; what comes back is the edits of each event as
//! readable text. It applies no edits: that is the host's work, for which `telesieve test` runs the real engine.
//!
//! The host's functions have stand-ins. They follow the host where a test can tell: `read` and columns give the same
//! text; `matches` looks through decoded text with `regex-lite` instead of the host's automata; `hash64` is the
//! host's function, so samples are those of production.

mod display;
mod event;
mod fields;
mod harness;
pub(crate) mod stand_in;

pub use event::{TestEvent, parse};
#[cfg(test)]
pub(crate) use harness::function;
pub use harness::{Batches, Harness};
pub use serde_json::json;
