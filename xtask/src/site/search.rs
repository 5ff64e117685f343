//! Whether the search of the site finds what readers look for.
//!
//! The browser searches an index that MkDocs wrote; this reads the same file. A word counts as found if an entry has all its
//! parts, as whole words. How the browser ranks them is not looked at.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::process::say;

/// Words of all parts of the documentation.
const WORDS: [&str; 12] = [
    "redact",
    "PushGateway",
    "own-secrets",
    "adaptive",
    "SigV4",
    "grouping key",
    "breaker",
    "snapshot",
    "SnapStart",
    "wasmtime",
    "outbox",
    "max_outbox_bytes",
];

/// Looks all of them up.
///
/// # Errors
/// There is no index, or a word is not in it.
pub(super) fn check(site: &Path) -> Result<()> {
    let path = site.join("search/search_index.json");
    let text = fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
    let entries = entries(&text).context("failed to read the index of the search")?;
    let missing: Vec<_> = WORDS.into_iter().filter(|word| !entries.iter().any(|entry| has(entry, word))).collect();
    ensure!(missing.is_empty(), "the search finds nothing for: {}", missing.join(", "));
    say(&format!("  {} words among {} entries of the search", WORDS.len(), entries.len()));
    Ok(())
}

/// The words of each entry.
fn entries(index: &str) -> Result<Vec<Vec<String>>> {
    let index: Value = serde_json::from_str(index)?;
    let Some(entries) = index.get("docs").and_then(Value::as_array) else {
        bail!("it has no list of entries");
    };
    Ok(entries.iter().map(|entry| words(&format!("{} {}", member(entry, "title"), member(entry, "text")))).collect())
}

fn member<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whether an entry has all parts of a word, in any order, as a browser's search asks for.
fn has(entry: &[String], word: &str) -> bool {
    words(word).iter().all(|part| entry.contains(part))
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|next: char| !next.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_and_in_any_case() {
        let index = r#"{"docs":[{"title":"Rules","text":"<p>The rule <code>own-secrets</code> redacts.</p>"}]}"#;
        let entries = entries(index).expect("an index");
        assert!(has(&entries[0], "Own-Secrets"));
        assert!(has(&entries[0], "rules"));
        assert!(!has(&entries[0], "redact"));
    }

    #[test]
    fn an_index_without_entries_is_an_error() {
        assert!(entries("{}").is_err());
        assert!(entries("<html>").is_err());
    }
}
