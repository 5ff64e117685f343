//! Merge multi-line logs
//!
//! If a runtime prints a stack trace as text, every line is an event. This transform appends lines that start with a
//! space or as stack traces continue (`Caused by:`, `...`) to the line before them, if both belong to the same
//! invocation. A trace that crosses the end of a batch stays in two parts.
//!
//! ```toml
//! [[transform]]
//! name = "merge-lines"
//! on_error = "pass"
//!
//! [transform.settings]
//! max_bytes = 32768   # of a merged text; the default
//! ```

use serde::Deserialize;
use telesieve_guest::{Batch, Event, Script, SettingError, Setup, Shape, transform};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    max_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_bytes: 32_768 }
    }
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<Settings, SettingError> {
    setup.kind("function");
    Ok(settings)
}

/// A line and those that join it.
struct Head {
    event: Event,
    text: String,
    lines: usize,
}

#[transform(kind = "enrich", name = "merge-lines", setup = setup)]
fn merge_lines(batch: &Batch, script: &mut Script, settings: &Settings) {
    let mut head: Option<Head> = None;
    for (event, text) in batch.events().zip(batch.all_texts()) {
        let line = Some(&event).filter(|event| event.shape() == Shape::Text);
        let Some(line) = line.and_then(|_| serde_json::from_str::<String>(&text).ok()) else {
            finish(head.take(), script);
            continue;
        };
        match &mut head {
            Some(head) if joins(head, &event, &line, settings.max_bytes) => {
                head.text.truncate(head.text.trim_end_matches('\n').len());
                head.text.push('\n');
                head.text.push_str(&line);
                head.lines += 1;
                script.edit(&event, |edit| _ = edit.drop());
            }
            _ => finish(head.replace(Head { event, text: line, lines: 1 }), script),
        }
    }
    finish(head, script);
    script.keep_rest();
}

fn joins(head: &Head, event: &Event, line: &str, max_bytes: usize) -> bool {
    let goes_on = [" ", "\t", "Caused by:", "..."].iter().any(|start| line.starts_with(start));
    let of_the_same = head.event.invocation_index() == event.invocation_index();
    goes_on && of_the_same && head.text.len() + line.len() < max_bytes
}

/// Lines that nothing joined pass as they are.
fn finish(head: Option<Head>, script: &mut Script) {
    if let Some(head) = head.filter(|head| head.lines > 1) {
        script.edit(&head.event, |edit| _ = edit.replace(head.text.as_str()));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_guest::testing::{Harness, TestEvent, json};

    use super::*;

    fn lines(settings: serde_json::Value, lines: &[(&str, &str)]) -> Vec<Vec<String>> {
        let mut transform = Harness::<merge_lines>::new(settings).unwrap();
        let events: Vec<_> = lines.iter().map(|(line, id)| TestEvent::function(*line).request(id)).collect();
        transform.run(&events)
    }

    #[test]
    fn a_trace_becomes_one_event() {
        let edits = lines(json!({}), &[("Error: x\n", "1"), ("  at a\n", "1"), ("  at b\n", "1"), ("done\n", "1")]);
        let merged = format!("replace {}", json!("Error: x\n  at a\n  at b\n"));
        assert_eq!(edits[0], [merged]);
        assert_eq!(edits[1..], [vec!["drop"], vec!["drop"], vec![]]);
    }

    #[test]
    fn other_invocations_and_full_texts_begin_anew() {
        assert_eq!(lines(json!({}), &[("Error", "1"), ("  at a", "2")]), [[""; 0], [""; 0]]);
        assert_eq!(lines(json!({"max_bytes": 8}), &[("Error", "1"), ("  at a", "1")]), [[""; 0], [""; 0]]);
    }

    #[test]
    fn records_that_are_no_text_end_a_trace() {
        let mut transform = Harness::<merge_lines>::new(json!({})).unwrap();
        let object = TestEvent::function(json!({"a": 1}));
        let edits = transform.run(&[TestEvent::function("Error"), object, TestEvent::function("  at a")]);
        assert_eq!(edits, [[""; 0], [""; 0], [""; 0]]);
    }
}
