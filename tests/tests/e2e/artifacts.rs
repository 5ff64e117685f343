//! Transforms that are missing, foreign or damaged, and configurations that cannot be read: redaction fails closed, the
//! function goes on.

use std::fs;
use std::path::Path;

use telesieve_sandbox::scenarios::shop;
use telesieve_tests::opt_tree;
use tempfile::TempDir;

use crate::play::{Accounting, Played, Receivers, play};

/// Plays the shop with a tree that somebody has damaged.
async fn with_tree(damage: impl Fn(&Path)) -> (Receivers, Played, Accounting) {
    let tree = copy_of_opt();
    damage(&tree.path().join("telesieve"));
    let receivers = Receivers::start().await;
    let played = play(receivers.options(tree.path()), shop()).await;
    receivers.assert_no_leak();
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    (receivers, played, accounting)
}

/// Nothing gets past a `redact` transform that is not there.
fn assert_closed(receivers: &Receivers, played: &Played, accounting: &Accounting) {
    assert!(accounting.dropped_total() > 0.0, "{accounting:?}");
    let text = receivers.documents_text();
    assert!(!text.contains("order 7731") && !text.contains("payment authorised"), "{text}");
    assert!(played.output.contains("redact"), "the operator is told: {}", played.output);
}

#[tokio::test]
async fn a_missing_artifact_closes() {
    let (receivers, played, accounting) = with_tree(|folder| {
        fs::remove_file(folder.join("redact.cwasm")).unwrap();
    })
    .await;
    assert_closed(&receivers, &played, &accounting);
}

#[tokio::test]
async fn a_missing_pack_closes() {
    let (receivers, played, accounting) = with_tree(|folder| {
        fs::remove_file(folder.join("redact.pack")).unwrap();
    })
    .await;
    assert_closed(&receivers, &played, &accounting);
}

/// Machine code of another transform, or of nobody.
#[tokio::test]
async fn a_foreign_artifact_closes() {
    for foreign in ["filter.cwasm", "telesieve.toml"] {
        let (receivers, played, accounting) = with_tree(|folder| {
            fs::copy(folder.join(foreign), folder.join("redact.cwasm")).unwrap();
        })
        .await;
        assert_closed(&receivers, &played, &accounting);
    }
}

#[tokio::test]
async fn a_truncated_artifact_closes() {
    for name in ["redact.cwasm", "redact.pack"] {
        let (receivers, played, accounting) = with_tree(|folder| {
            let path = folder.join(name);
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        })
        .await;
        assert_closed(&receivers, &played, &accounting);
    }
}

/// A transform that may fail open does, because its configuration says so; redaction behind it goes on.
#[tokio::test]
async fn a_missing_relabel_passes_and_redaction_goes_on() {
    let (receivers, played, accounting) = with_tree(|folder| {
        fs::remove_file(folder.join("relabel.cwasm")).unwrap();
    })
    .await;
    assert!(receivers.documents_text().contains("payment authorised"), "{}", played.output);
    assert_eq!(accounting.dropped_total(), 0.0, "{accounting:?}");
}

/// A file that cannot be read may have held a transform: nothing leaves.
#[tokio::test]
async fn a_configuration_that_is_not_toml_closes_everything() {
    let (receivers, played, accounting) = with_tree(|folder| {
        fs::write(folder.join("telesieve.toml"), "[[transform]\nname = ").unwrap();
    })
    .await;
    assert_eq!(receivers.documents_text().matches("\"type\":\"function\"").count(), 0);
    assert!(accounting.dropped_total() > 0.0, "{accounting:?}");
    assert!(played.output.contains("telesieve.toml"), "{}", played.output);
}

/// Everything wrong at once, in sections that hold no transform: what is usable runs.
#[tokio::test]
async fn mistakes_in_other_sections_cost_only_themselves() {
    let (receivers, played, _) = with_tree(|folder| {
        let path = folder.join("telesieve.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("[opensearch]", "[flush]\nmode = \"sometimes\"\n\n[opensearch]")).unwrap();
    })
    .await;
    assert!(receivers.documents_text().contains("payment authorised"));
    assert!(played.output.contains("flush.mode"), "{}", played.output);
}

fn copy_of_opt() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for folder in ["extensions", "telesieve"] {
        fs::create_dir(tree.path().join(folder)).unwrap();
        for entry in fs::read_dir(opt_tree().join(folder)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), tree.path().join(folder).join(entry.file_name())).unwrap();
        }
    }
    tree
}
