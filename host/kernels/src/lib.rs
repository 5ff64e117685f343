//! Native kernels: redaction, hashing and edits of JSON text by path.
//!
//! A transform says what is to be done; these functions do it to the text of a record. They are pure: no I/O, no
//! clock, no panic on any input, and time linear in the length of the record. A record is UTF-8 without control
//! characters (`telesieve-core` sees to that) and may otherwise be as broken as JSON text can be. Valid JSON stays
//! valid JSON, and a record that nothing changes comes back borrowed.
//!
//! What a script of edits means, and what becomes of a record that is dropped, is the engine's business.
#![forbid(unsafe_code)]

mod action;
mod bytes;
mod checks;
mod checksums;
mod decode;
pub mod edit;
mod encoded;
mod hash;
mod own_values;
mod path;
mod pattern;
mod place;
mod rules;
mod scrub;
mod signals;
mod tokens;
mod triggers;
mod wrapped;

pub use action::Action;
pub use checks::Check;
pub use hash::HashKey;
pub use own_values::OwnValues;
pub use path::{Path, PathError};
#[cfg(feature = "compile")]
pub use pattern::CompileError;
pub use pattern::{Pattern, PatternError};
pub use place::{Place, text_of_field};
pub use rules::{
    Group, KeyList, KeyListError, KeyNames, Named, RuleInfo, SelectError, TokenForm, TokenFormError, is_secret_name,
    select,
};
pub use scrub::{Detector, Rule, Ruleset, Scratch, Scrubbed, is_match};
