//! What the host offers while a batch is worked on. Natively, the test harness stands in for it.

use crate::bindings::types::Place;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Data is lost or wrong.
    Error = 0,
    /// Data may be lost or wrong.
    Warning = 1,
    /// Worth knowing once.
    Info = 2,
    /// For the author of the transform.
    Debug = 3,
}

/// A line for the operator. The host prefixes it with the transform's name and caps their number per batch.
///
/// It must not hold payload: it ends up in the extension's own log.
pub fn log(level: Level, message: &str) {
    inner::log(level as u8, message);
}

/// A number that depends on the text alone: for sampling and sharding.
#[must_use]
pub fn hash64(text: &str) -> u64 {
    inner::hash64(text)
}

pub(crate) fn read(index: u32) -> Vec<u8> {
    inner::read(index)
}

pub(crate) fn read_many(indices: &[u32]) -> Vec<Vec<u8>> {
    inner::read_many(indices)
}

pub(crate) fn body() -> Vec<u8> {
    inner::body()
}

pub(crate) fn matches(pattern: u32, place: &Place) -> Vec<u32> {
    inner::matches(pattern, place)
}

#[cfg(target_arch = "wasm32")]
use crate::bindings::host as inner;

#[cfg(not(target_arch = "wasm32"))]
use crate::testing::stand_in as inner;
