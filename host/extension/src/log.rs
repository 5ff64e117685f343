//! Our own lines on standard error.
//!
//! They end up in the function's log group and come back as `extension` events, so each starts with a mark by which
//! [`is_ours`] knows it again: a line about telemetry must not become telemetry. Lines never hold payload.

use std::fmt::{self, Display};
use std::io::{self, Write};

use telesieve_config::LogLevel;

/// What every line starts with.
pub(crate) const MARK: &str = "[telesieve] ";

/// Lines that one sandbox writes at most: a fault that repeats for ever must not fill a log group.
const MAX_LINES: u32 = 1_000;

/// Lines kept for its end, which says what was lost.
const LAST_LINES: u32 = 20;

/// Writes lines of a level or a more important one.
pub(crate) struct Log {
    level: LogLevel,
    lines: u32,
    max_lines: u32,
    out: Box<dyn Write>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log({:?}, {} lines)", self.level, self.lines)
    }
}

impl Log {
    pub(crate) fn new(level: LogLevel) -> Self {
        Self::to(level, Box::new(io::stderr()))
    }

    /// Writes somewhere else than to standard error.
    pub(crate) fn to(level: LogLevel, out: Box<dyn Write>) -> Self {
        Self { level, lines: 0, max_lines: MAX_LINES, out }
    }

    /// The sandbox ends: a few lines more, whatever was said before.
    pub(crate) fn make_room(&mut self) {
        self.max_lines = self.lines + LAST_LINES;
    }

    pub(crate) fn error(&mut self, line: impl Display) {
        self.line(LogLevel::Error, "error", line);
    }

    pub(crate) fn warn(&mut self, line: impl Display) {
        self.line(LogLevel::Warn, "warn", line);
    }

    pub(crate) fn info(&mut self, line: impl Display) {
        self.line(LogLevel::Info, "info", line);
    }

    pub(crate) fn debug(&mut self, line: impl Display) {
        self.line(LogLevel::Debug, "debug", line);
    }

    fn line(&mut self, level: LogLevel, word: &str, line: impl Display) {
        if level > self.level || self.lines >= self.max_lines {
            return;
        }
        self.lines += 1;
        let last = if self.lines == self.max_lines { " (no more lines from this sandbox)" } else { "" };
        // Nobody is left to tell if standard error is closed.
        let _ = writeln!(self.out, "{MARK}{word}: {line}{last}");
    }
}

/// An error and its sources in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Whether the record of an `extension` event is a line of ours: as text, or wrapped into JSON by the platform.
pub(crate) fn is_ours(record: &str) -> bool {
    let text = record.strip_prefix('"').or_else(|| {
        let span = telesieve_core::record::message_span(record)?;
        record.get(span)?.strip_prefix('"')
    });
    text.is_some_and(|text| text.starts_with(MARK))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn lines_are_bounded_and_the_end_has_some_of_its_own() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut log = Log::to(LogLevel::Warn, Box::new(file.reopen().unwrap()));
        (0..2 * MAX_LINES).for_each(|number| log.warn(number));
        log.debug("not worth a line");
        log.make_room();
        (0..2 * LAST_LINES).for_each(|number| log.error(number));
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert_eq!(text.lines().count(), (MAX_LINES + LAST_LINES) as usize);
        assert_eq!(text.matches("(no more lines from this sandbox)").count(), 2);
        assert!(text.lines().all(|line| line.starts_with(MARK)));
    }

    #[test]
    fn our_lines_are_known_again_in_both_log_formats() {
        assert!(is_ours(r#""[telesieve] warn: x\n""#));
        assert!(is_ours(r#"{"level":"INFO","message":"[telesieve] warn: x"}"#));
        for other in [r#""[example] x""#, r#"{"message":"x [telesieve] y"}"#, "null", "3", r#""""#] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
