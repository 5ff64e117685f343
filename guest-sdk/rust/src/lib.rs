//! Write telesieve transforms.
//!
//! A transform is a function with an attribute. It becomes a WebAssembly component that filters, redacts or relabels
//! telemetry, and runs natively in tests, without any WebAssembly:
//!
//! ```
//! use telesieve_guest::{Edit, Event, Severity, transform};
//!
//! #[derive(serde::Deserialize)]
//! struct Settings {
//!     max_bytes: usize,
//! }
//!
//! /// Drops what is long and unimportant, and says where the rest came from.
//! #[transform(kind = "filter")]
//! fn trim(event: &Event, edit: &mut Edit, settings: &Settings) {
//!     if event.len() > settings.max_bytes && event.severity() < Some(Severity::WARN) {
//!         edit.drop();
//!     } else {
//!         edit.label("source", event.kind());
//!     }
//! }
//!
//! # fn main() {
//! use telesieve_guest::testing::{Harness, TestEvent, json};
//!
//! let mut trim = Harness::<trim>::new(json!({"max_bytes": 20})).unwrap();
//! let edits = trim.run(&[TestEvent::function("short"), TestEvent::function("a line that is much too long")]);
//! assert_eq!(edits, [vec!["label source=function"], vec!["drop"]]);
//! # }
//! ```
//!
//! - [`transform`](macro@transform) has the three forms that such a function can take.
//! - [`Event`] and [`Batch`] are what goes in, [`Edit`] and [`Script`] what comes out.
//! - [`Setup`] is where a transform asks the host for rules, patterns, columns, keys and metrics.
//! - [`Recent`] is state that stays bounded, [`log`] and [`debug!`] are lines for people.
//! - [`testing`] runs a transform natively.

// The macro's code and the generated bindings name this crate from outside.
extern crate self as telesieve_guest;

mod batch;
mod edit;
mod error;
mod handle;
mod host;
mod json;
mod number;
mod recent;
mod script;
mod settings;
mod setup;
mod severity;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod transform;
mod tree;

pub use batch::{Batch, Event, Invocation, Shape};
pub use bindings::types::{FunctionInfo, Place};
pub use edit::Edit;
pub use error::{Error, Result, SettingError, Verdict};
pub use handle::{Column, Counter, Gauge, Histogram, Key, Pattern, Recipe, Ruleset};
pub use host::{Level, hash64, log, log_count};
pub use json::{Json, ToJson};
pub use number::parse_number;
pub use recent::Recent;
pub use script::Script;
pub use settings::{NoSettings, Table};
pub use setup::{Action, Rule, Setup};
pub use severity::Severity;
pub use telesieve_guest_macros::transform;
pub use transform::{Manifest, Running, Transform, TransformKind};

#[doc(hidden)]
pub mod bindings;
#[doc(hidden)]
pub use host::debug_line;
#[doc(hidden)]
pub use transform::{exports, glue};
#[doc(hidden)]
pub use wit_bindgen;

/// The examples of the page on writing transforms.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/writing-transforms.md")]
mod page {}
