//! Recorded telemetry: one event as JSON per line. An empty line ends a batch; a file may also be a JSON array, as the
//! platform posts it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::value::RawValue;
use telesieve_core::{Body, Stitcher, split};

/// The folder in which recordings are looked for.
const FOLDER: &str = "telemetry";

/// A file of recorded telemetry.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) path: PathBuf,
    /// Its batches.
    pub(crate) bodies: Vec<Body>,
    /// JSON text of each event, or of each piece of one that the platform cut.
    pub(crate) events: Vec<String>,
}

impl Recording {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, holds something that is no event, or no event at all.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("failed to read telemetry from {}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let bodies = bodies(&text);
        if malformed(&bodies) > 0 {
            let line = text.lines().position(|line| split(line).malformed > 0).map_or(1, |at| at + 1);
            bail!(
                "{}:{line}: not an event: expected one JSON object with `type` and `record` per line",
                path.display()
            );
        }
        let has_events = bodies.iter().any(|body| !split(body.as_str()).envelopes.is_empty());
        ensure!(has_events, "{} contains no events", path.display());
        Ok(Self { path: path.to_owned(), bodies, events: events(&text) })
    }

    /// Name of the file without its ending.
    pub(crate) fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Reads the named files, or all of `telemetry/`.
pub(crate) fn read(named: &[PathBuf], folder: &Path) -> Result<Vec<Recording>> {
    let paths = if named.is_empty() { found(&folder.join(FOLDER))? } else { named.to_vec() };
    paths.iter().map(|path| Recording::read(path)).collect()
}

fn found(folder: &Path) -> Result<Vec<PathBuf>> {
    let is_recording = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "ndjson" || ending == "json");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(is_recording).collect();
    paths.sort();
    ensure!(
        !paths.is_empty(),
        "no telemetry in {}: name a file with --events, or record one with `telesieve run --record`",
        folder.display()
    );
    Ok(paths)
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

/// The events as they were recorded: the elements of an array, or the lines.
fn events(text: &str) -> Vec<String> {
    if let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) {
        return elements.into_iter().map(|element| element.get().to_owned()).collect();
    }
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
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
        assert_eq!(events(&format!("[{event},\n\n{event}]")), [event, event]);
        assert_eq!(events(&format!("{event}\n\n{event}\n")), [event, event]);
    }

    #[test]
    fn what_is_no_event_has_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ndjson");
        std::fs::write(&path, "{\"type\":\"function\",\"record\":1}\n{\"no\":1}\n").unwrap();
        let error = Recording::read(&path).unwrap_err().to_string();
        assert!(error.contains("a.ndjson:2: not an event"), "{error}");
        std::fs::write(&path, "\n").unwrap();
        assert!(Recording::read(&path).unwrap_err().to_string().contains("contains no events"));
        assert!(read(&[], folder.path()).unwrap_err().to_string().contains("telesieve run --record"));
    }
}
