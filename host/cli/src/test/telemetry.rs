//! Recorded telemetry: one event as JSON per line. An empty line ends a batch; a file may also be a JSON array, as the
//! platform posts it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use telesieve_core::{Body, Stitcher, split};

/// The folder in which recordings are looked for.
const FOLDER: &str = "telemetry";

/// A file of recorded telemetry.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) path: PathBuf,
    /// Its batches.
    pub(super) bodies: Vec<Body>,
}

impl Recording {
    /// Name of the file without its ending.
    pub(super) fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Reads the named files, or all of `telemetry/`.
pub(super) fn read(named: &[PathBuf], folder: &Path) -> Result<Vec<Recording>> {
    let paths = if named.is_empty() { found(&folder.join(FOLDER))? } else { named.to_vec() };
    paths.into_iter().map(recording).collect()
}

fn found(folder: &Path) -> Result<Vec<PathBuf>> {
    let is_recording = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "ndjson" || ending == "json");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(is_recording).collect();
    paths.sort();
    ensure!(
        !paths.is_empty(),
        "there is no telemetry in {}: name a file with --events, or record one with `telesieve run --record`",
        folder.display()
    );
    Ok(paths)
}

fn recording(path: PathBuf) -> Result<Recording> {
    let bytes = std::fs::read(&path).with_context(|| format!("failed to read telemetry from {}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let bodies = bodies(&text);
    if malformed(&bodies) > 0 {
        let line = text.lines().position(|line| split(line).malformed > 0).map_or(1, |at| at + 1);
        bail!("{}:{line}: no event: one JSON object with `type` and `record` per line is expected", path.display());
    }
    ensure!(bodies.iter().any(|body| !split(body.as_str()).envelopes.is_empty()), "{} holds no events", path.display());
    Ok(Recording { path, bodies })
}

/// Elements that are no events, even put together with their neighbours.
fn malformed(bodies: &[Body]) -> u32 {
    let mut stitcher = Stitcher::new();
    let found: u32 = bodies.iter().map(|body| stitcher.stitch(split(body.as_str())).malformed).sum();
    found + stitcher.finish().malformed
}

fn bodies(text: &str) -> Vec<Body> {
    let clean = |text: &str| Body::clean(text.as_bytes().to_vec());
    if text.trim_start().starts_with('[') {
        return vec![clean(text)];
    }
    let lines: Vec<&str> = text.lines().collect();
    let batches = lines.split(|line| line.trim().is_empty()).filter(|batch| !batch.is_empty());
    batches.map(|batch| clean(&batch.join("\n"))).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn empty_lines_end_batches() {
        let event = r#"{"type":"function","record":"a"}"#;
        assert_eq!(bodies(&format!("{event}\n{event}\n\n\n{event}\n")).len(), 2);
        assert_eq!(bodies(&format!("[{event},\n\n{event}]")).len(), 1);
    }

    #[test]
    fn what_is_no_event_has_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ndjson");
        std::fs::write(&path, "{\"type\":\"function\",\"record\":1}\n{\"no\":1}\n").unwrap();
        let error = recording(path.clone()).unwrap_err().to_string();
        assert!(error.contains("a.ndjson:2: no event"), "{error}");
        std::fs::write(&path, "\n").unwrap();
        assert!(recording(path).unwrap_err().to_string().contains("holds no events"));
        assert!(read(&[], folder.path()).unwrap_err().to_string().contains("telesieve run --record"));
    }
}
