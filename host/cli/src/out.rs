//! Standard output.

use std::io::Write as _;

/// Prints a line. Nobody is left to tell if standard output is closed.
pub(crate) fn line(text: &str) {
    let _closed = writeln!(std::io::stdout(), "{text}");
}
