//! Whether a way did what it was asked to: a figure of one that did not would be worthless.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::batch::{Batch, EVENTS};
use crate::sieve::DROPPED;

/// Checks the lines of a bulk request: no secret in them, as many redacted events as there were secrets, no event of a
/// dropped kind and none too few, two labels on each.
pub fn check(way: &str, lines: &[u8], batch: &Batch) -> Result<()> {
    let text = std::str::from_utf8(lines).with_context(|| format!("{way}: the lines are no text"))?;
    let out = batch.secrets.iter().filter(|secret| text.contains(secret.as_str())).count();
    ensure!(out == 0, "{way}: {out} secrets are still there");
    let mut documents = 0;
    let mut redacted = 0;
    for (number, line) in text.lines().enumerate() {
        let value: Value = serde_json::from_str(line).with_context(|| format!("{way}: line {number} is no JSON"))?;
        if number % 2 == 0 {
            ensure!(value["create"]["_index"] == "logs", "{way}: line {number} is no action");
            continue;
        }
        documents += 1;
        redacted += usize::from(line.contains("[REDACTED]"));
        let kind = value["type"].as_str().unwrap_or_default();
        ensure!(!DROPPED.contains(&kind), "{way}: an event of kind {kind} is still there");
        let labels = &value["labels"];
        ensure!(labels["team"] == "checkout" && labels["stage"] == "production", "{way}: labels are missing");
    }
    let expected = EVENTS - EVENTS / 10 * DROPPED.len();
    ensure!(documents == expected, "{way}: {documents} documents instead of {expected}");
    ensure!(redacted == batch.secrets.len(), "{way}: {redacted} events redacted, and {} secrets", batch.secrets.len());
    Ok(())
}
