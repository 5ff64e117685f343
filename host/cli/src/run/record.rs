//! What the platform sent, as `telesieve test` reads it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::value::RawValue;
use telesieve_sandbox::Delivery;

/// Writes one event per line, and an empty line between batches. Bodies that are no arrays cannot be told apart, and are
/// left out.
pub(super) fn write(path: &Path, deliveries: &[Delivery]) -> Result<()> {
    let batches: Vec<String> = deliveries.iter().filter(|delivery| delivery.taken()).filter_map(batch).collect();
    ensure!(!batches.is_empty(), "nothing to record: no telemetry was delivered");
    std::fs::write(path, batches.join("\n")).with_context(|| format!("failed to record to {}", path.display()))
}

fn batch(delivery: &Delivery) -> Option<String> {
    let events: Vec<&RawValue> = serde_json::from_slice(&delivery.body).ok()?;
    // A line break is white space between tokens; in a string it would be escaped.
    let lines = events.iter().map(|event| event.get().replace(['\n', '\r'], " ") + "\n");
    Some(lines.collect()).filter(|lines: &String| !lines.is_empty())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::time::Instant;

    use super::*;

    fn delivery(body: &'static str, status: u16) -> Delivery {
        Delivery {
            subscriber: String::new(),
            body: body.into(),
            items: 0,
            attempts: 1,
            status: Some(status),
            at: Instant::now(),
            generation: 1,
        }
    }

    #[test]
    fn batches_are_lines_with_a_gap_between() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let deliveries =
            [delivery("[{\"a\":\n1},{\"b\":2}]", 200), delivery("[{\"lost\":1}]", 500), delivery("[{\"c\":3}]", 200)];
        write(file.path(), &deliveries).unwrap();
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "{\"a\": 1}\n{\"b\":2}\n\n{\"c\":3}\n");
        write(file.path(), &[delivery("no array", 200)]).unwrap_err();
    }
}
