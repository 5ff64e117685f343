//! Telemetry that `telesieve run` recorded, tried in the chain of a bundle: what a layer's user has, without any source.

use std::path::Path;

use telesieve_sandbox::scenarios::leaks;
use telesieve_tests::{opt_tree, telesieve};

use crate::play::assert_secretless;

/// The bundle's own folder, where a snapshot may be written.
fn bundle(to: &Path) {
    for entry in std::fs::read_dir(opt_tree().join("telesieve")).unwrap().flatten() {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn what_was_recorded_is_tried_in_the_bundled_chain() {
    let folder = tempfile::tempdir().unwrap();
    bundle(folder.path());
    let (folder, recording) = (folder.path().to_str().unwrap(), folder.path().join("story.ndjson"));
    let recording = recording.to_str().unwrap();
    let played = telesieve(&["run", opt_tree().to_str().unwrap(), "--record", recording], &[]).unwrap();
    let recorded = std::fs::read_to_string(recording).unwrap();
    assert!(!leaks(recorded.as_bytes()).is_empty(), "a recording is raw telemetry: {played}");
    assert!(recorded.contains("\n\n"), "an empty line is between batches");
    let events = recorded.lines().filter(|line| !line.is_empty());
    let events: Vec<serde_json::Value> = events.map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = events.len();
    let counted = format!("✓ ok: {count} events");

    let test = ["test", folder, "--events", recording];
    telesieve(&test, &[]).expect_err("nothing was accepted yet");
    let accepted = telesieve(&[&test[..], &["--accept"]].concat(), &[]).unwrap();
    assert!(accepted.contains(&counted) && accepted.contains("redact (bundled)"), "{accepted}");
    let snapshot = std::fs::read_to_string(Path::new(folder).join("snapshots/story.txt")).unwrap();
    assert_secretless("what is accepted", snapshot.as_bytes());
    let line = events.iter().position(|event| event.to_string().contains("payment authorised")).unwrap();
    let trap = format!("trap@{}", line + 1);
    let again = telesieve(&[&test[..], &["--inject", &trap]].concat(), &[]).unwrap();
    assert!(again.contains(&counted) && again.contains(&format!("{trap} in redact: dropped")), "{again}");
}
