//! Standard output and standard error.

use std::io::Write as _;

/// Prints a line of the result. A reader that has closed standard output wants no more of it.
pub(crate) fn line(text: &str) {
    let _closed = writeln!(std::io::stdout(), "{text}");
}

/// Prints a line that is not a part of the result, to standard error.
pub(crate) fn notice(text: &str) {
    let _closed = writeln!(std::io::stderr(), "{text}");
}

/// Prints an error and its causes.
pub(crate) fn error(error: &anyhow::Error) {
    notice(&format!("error: {error:#}"));
}
