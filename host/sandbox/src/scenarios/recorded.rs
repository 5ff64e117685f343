//! Recorded telemetry, played between ordinary invocations.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::invocation::{Invocation, Line};

/// Events that one invocation brings along.
const PER_INVOCATION: usize = 25;

/// Reads a file with one event per line and spreads it over invocations that print a line before and after. The events
/// are taken as they are, times and request ids included; they need not be JSON.
///
/// # Errors
/// If the file cannot be read, or holds no events.
pub fn recorded(path: &Path) -> Result<Vec<Invocation>> {
    let text =
        std::fs::read(path).with_context(|| format!("failed to read recorded events from {}", path.display()))?;
    let text = String::from_utf8_lossy(&text);
    let events: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    ensure!(!events.is_empty(), "{} holds no events: one event as JSON per line is expected", path.display());
    Ok(events.chunks(PER_INVOCATION).map(invocation).collect())
}

fn invocation(events: &[&str]) -> Invocation {
    let first = Line::text("before the recorded events");
    let last = Line::text("after the recorded events");
    let events = events.iter().map(|event| Line::Event((*event).to_owned()));
    Invocation::new([first].into_iter().chain(events).chain([last]).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn spreads_events_over_invocations() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{\"type\":\"function\"}\n\n".repeat(26)).unwrap();
        let invocations = recorded(file.path()).unwrap();
        assert_eq!(invocations.iter().map(|one| one.lines.len()).collect::<Vec<_>>(), [27, 3]);
        std::fs::write(file.path(), "\n").unwrap();
        recorded(file.path()).unwrap_err();
    }
}
