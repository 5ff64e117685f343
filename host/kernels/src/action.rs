//! What becomes of a hit.

use std::sync::Arc;

use crate::hash::HashKey;

/// What becomes of a hit.
#[derive(Clone, Debug)]
pub enum Action {
    /// This text takes its place.
    Replace(String),
    /// `*` takes the place of each letter and digit but the last ones.
    Mask {
        /// How many letters and digits stay, counted from the end.
        keep_last: u32,
    },
    /// A keyed token takes its place.
    Hash(Arc<HashKey>),
    /// It is cut out.
    Remove,
    /// The whole record goes.
    DropRecord,
}
