//! The pure core of telesieve: what an event is, how a body is taken apart, to which invocation a line belongs,
//! what became of everything, and how a document looks.
//!
//! Nothing here does I/O or reads a clock. The edges (listener, sinks, extension loop) do, and hand in what they know.

#![forbid(unsafe_code)]

mod body;
mod context;
mod document;
mod event;
mod identity;
pub mod json;
mod ledger;
pub mod platform;
pub mod record;
mod split;
pub mod time;

pub use body::Body;
pub use context::Tracker;
pub use document::Renderer;
pub use event::{Event, Invocation, Kind, LabelSet, Labels, Released, Shape};
pub use identity::{Arn, FunctionIdentity, SandboxId};
pub use ledger::{Balance, DropReason, Ledger, Origin};
pub use split::{Envelope, Split, split};
