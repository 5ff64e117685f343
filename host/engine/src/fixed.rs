//! Tells lines that a transform was compiled with from lines that it made up.
//!
//! What stands in the artifact cannot come from a record, so a line of that text holds no payload. Such lines are few: the
//! artifact is read once for each.

use std::fs;
use std::path::PathBuf;

/// Shorter texts prove nothing: anything can be spelled with them.
const LEAST: usize = 12;

/// Lines that are remembered; when there are as many, no others are looked for.
const MOST: usize = 64;

/// Digits of a number behind a line, as in `records without an order: 3`.
const DIGITS: usize = 6;

/// The fixed texts of an artifact.
#[derive(Debug, Default)]
pub(crate) struct Fixed {
    artifact: Option<PathBuf>,
    known: Vec<(String, bool)>,
}

impl Fixed {
    pub(crate) fn of(artifact: PathBuf) -> Self {
        Self { artifact: Some(artifact), known: Vec::new() }
    }

    /// Whether a line is a text of the artifact, perhaps with a small number behind it.
    pub(crate) fn has(&mut self, line: &str) -> bool {
        let text = without_count(line);
        if let Some((_, fixed)) = self.known.iter().find(|(known, _)| known == text) {
            return *fixed;
        }
        if text.len() < LEAST || self.known.len() == MOST {
            return false;
        }
        let bytes = self.artifact.as_ref().and_then(|artifact| fs::read(artifact).ok());
        let fixed = bytes.is_some_and(|bytes| bytes.windows(text.len()).any(|found| found == text.as_bytes()));
        self.known.push((text.to_owned(), fixed));
        fixed
    }
}

fn without_count(line: &str) -> &str {
    match line.rsplit_once(": ") {
        Some((text, count)) if count.len() <= DIGITS && count.bytes().all(|byte| byte.is_ascii_digit()) => text,
        _ => line,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_artifact_are_known_and_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cwasm");
        fs::write(&path, b"\0\x01an order without amount\xffshort").unwrap();
        let mut fixed = Fixed::of(path.clone());
        for (line, expected) in [
            ("an order without amount", true),
            ("an order without amount: 17", true),
            ("an order without amount: 4111111111111111", false),
            ("an order without amount of jane", false),
            ("short", false),
            ("", false),
        ] {
            assert_eq!(fixed.has(line), expected, "{line}");
        }
        fs::remove_file(path).unwrap();
        assert!(fixed.has("an order without amount"), "it is remembered");
        assert!(!Fixed::default().has("an order without amount"));
    }
}
