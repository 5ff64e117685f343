//! A number with its noun, for messages: `1 document`, `3 documents`.

use std::fmt;

/// Shows `count` and `noun`, with the regular plural of `noun` unless there is exactly one.
///
/// ```
/// use telesieve_core::counted;
///
/// assert_eq!(counted(1, "document").to_string(), "1 document");
/// assert_eq!(counted(0, "document").to_string(), "0 documents");
/// ```
pub fn counted(count: impl TryInto<u64>, noun: &str) -> impl fmt::Display {
    // Only a negative count, or one beyond 64 bits, is not converted; no caller has one.
    let count = count.try_into().unwrap_or(u64::MAX);
    fmt::from_fn(move |f| {
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{count} {noun}{plural}")
    })
}
