//! What the process of an extension leaves behind: the lines that it wrote, and how it ended.

use std::process::ExitStatus;
use std::time::Instant;

/// A line that an extension wrote.
#[derive(Clone, Debug)]
pub struct Output {
    /// Name of the extension.
    pub extension: String,
    /// The line, without its newline; bytes that are no UTF-8 are replaced.
    pub line: String,
    /// Whether it went to standard error.
    pub is_error: bool,
}

/// The end of an extension's process.
#[derive(Clone, Debug)]
pub struct Exit {
    /// Name of the extension.
    pub name: String,
    /// Status; tells exit codes from signals.
    pub status: ExitStatus,
    /// When it was noticed.
    pub at: Instant,
}
