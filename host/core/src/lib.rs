//! The pure core of telesieve: what an event is, how a body is taken apart, to which invocation a line belongs,
//! what became of everything, and how a document looks.
//!
//! Nothing here does I/O or reads a clock. The edges (listener, sinks, extension loop) do, and hand in what they know.

#![forbid(unsafe_code)]

mod event;

pub use event::{Event, Invocation, Kind, LabelSet, Labels, Released, Shape};
