//! The pure core of telesieve: what an event is, how a body is taken apart, to which invocation a line belongs,
//! what became of everything, and how a document looks.
//!
//! Nothing here does I/O or reads a clock. The edges (listener, sinks, extension loop) do, and hand in what they know.
//!
//! ```
//! use telesieve_core::{Body, Tracker, split};
//!
//! let body = Body::clean(br#"[{"time":"2026-03-02T08:15:20.290Z","type":"function","record":"hello\n"}]"#.to_vec());
//! let split = split(body.as_str());
//! let mut tracker = Tracker::new();
//! for envelope in &split.envelopes {
//!     assert_eq!((envelope.kind.as_ref(), envelope.record), ("function", r#""hello\n""#));
//!     assert_eq!(tracker.observe(&envelope.kind, &envelope.record.into()), None, "no invocation has started yet");
//! }
//! assert_eq!(split.malformed, 0);
//! ```

#![forbid(unsafe_code)]

mod body;
mod context;
mod counted;
mod document;
mod event;
mod form;
mod identity;
pub mod json;
mod ledger;
pub mod platform;
mod reading;
pub mod record;
mod shape;
mod split;
mod stitch;
pub mod time;

pub use body::Body;
pub use context::Tracker;
pub use counted::counted;
pub use document::Renderer;
pub use event::{Event, Invocation, Kind, LabelSet, Labels, Released};
pub use identity::{Arn, FunctionIdentity, SandboxId};
pub use ledger::{Balance, DropReason, Ledger, Origin};
pub use reading::{Reader, Record};
pub use shape::Shape;
pub use split::{Envelope, Fragment, Split, split};
pub use stitch::{Stitched, Stitcher};
