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
}

/// Where lines of [`debug!`](crate::debug) go: the contract's level that the extension does not listen to.
const DEBUG: u8 = 3;

/// A line for people. The host prefixes it with the transform's name and caps the lines of a batch.
///
/// The text is fixed when the transform is compiled, so no payload can get into a log. Other languages have no such
/// types, so the extension shows lines of `setup`, and of those that are written while there are records their number
/// and gravest level; `telesieve test` shows all. What depends on events goes to [`debug!`](crate::debug).
///
/// ```
/// use telesieve_guest::{Edit, Event, Level, Shape, log, transform};
///
/// #[transform(kind = "filter")]
/// fn objects(event: &Event, edit: &mut Edit) {
///     if event.shape() != Shape::Object {
///         log(Level::Warning, "a record that is no object was dropped");
///         edit.drop();
///     }
/// }
/// # fn main() {
/// # use telesieve_guest::testing::{Harness, TestEvent, json};
/// # let mut objects = Harness::<objects>::new(json!({})).unwrap();
/// # objects.run(&[TestEvent::function("text")]);
/// # assert_eq!(objects.log(), ["warning: a record that is no object was dropped"]);
/// # }
/// ```
pub fn log(level: Level, message: &'static str) {
    inner::log(level as u8, message);
}

/// A line for people with a number of things behind it, such as `records without an order: 3`.
pub fn log_count(level: Level, message: &'static str, count: usize) {
    inner::log(level as u8, &format!("{message}: {count}"));
}

/// A line for whoever writes the transform. It may quote records: `telesieve test` shows it, and nothing else does.
///
/// In the extension the host throws such lines away before anybody sees them, whatever the log level is.
///
/// ```
/// use telesieve_guest::{Edit, Event, debug, transform};
///
/// #[transform(kind = "filter")]
/// fn look(event: &Event, _edit: &mut Edit) {
///     debug!("{} bytes: {}", event.len(), event.text());
/// }
/// # fn main() {
/// # use telesieve_guest::testing::{Harness, TestEvent, json};
/// # let mut look = Harness::<look>::new(json!({})).unwrap();
/// # look.run(&[TestEvent::function("text")]);
/// # assert_eq!(look.log(), ["debug: 6 bytes: \"text\""]);
/// # }
/// ```
#[macro_export]
macro_rules! debug {
    ($($line:tt)+) => {
        $crate::debug_line(::core::format_args!($($line)+))
    };
}

#[doc(hidden)]
pub fn debug_line(line: std::fmt::Arguments<'_>) {
    inner::log(DEBUG, &line.to_string());
}

/// Where the transform panicked. The message may hold payload: the place has to do.
pub(crate) fn log_panic(place: &str) {
    inner::log(Level::Error as u8, &format!("the transform panicked at {place}"));
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
