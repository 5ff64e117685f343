//! The result of a test for programs: JSON with everything, JUnit for CI servers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::snapshot::metrics;
use super::trial::{After, Hit, Traced, redactions};
use super::{File, Tested};

/// Everything. Records stand in it as they were recorded.
pub(super) fn json(tested: &Tested) -> Value {
    let hits: Vec<_> = tested.files.iter().flat_map(|file| redactions(std::slice::from_ref(&file.trial))).collect();
    json!({
        "ok": tested.failures().is_empty(),
        "failures": tested.failures(),
        "transforms": (0..tested.transforms.len()).map(|at| transform(tested, at)).collect::<Vec<_>>(),
        "redaction": summed(&hits).iter().map(hit).collect::<Vec<_>>(),
        "files": tested.files.iter().map(file).collect::<Vec<_>>(),
    })
}

fn transform(tested: &Tested, at: usize) -> Value {
    let tried = &tested.transforms[at];
    let runs: Vec<_> = tested.files.iter().map(|file| &file.trial.stages[at]).collect();
    let fuel: Vec<u64> = runs.iter().flat_map(|run| run.fuel.iter().copied()).collect();
    json!({
        "name": tried.name,
        "component": tried.component,
        "kind": tried.kind,
        "memoryBytes": tried.memory,
        "seen": runs.iter().map(|run| run.seen).sum::<u64>(),
        "micros": runs.iter().map(|run| run.time.as_secs_f64() * 1e6).sum::<f64>().round(),
        "fuel": { "measured": fuel.len(), "sum": fuel.iter().sum::<u64>(), "most": fuel.iter().max() },
    })
}

fn file(file: &File) -> Value {
    let injected = file.verdicts.iter().map(|verdict| {
        json!({
            "fault": verdict.inject.to_string(),
            "transform": verdict.transform,
            "fate": verdict.fate,
            "broken": verdict.broken,
        })
    });
    json!({
        "file": file.name(),
        "snapshot": { "file": file.snapshot.path.display().to_string(), "status": file.snapshot.status().as_str() },
        "events": file.trial.events.iter().enumerate().map(|(at, traced)| event(at + 1, traced)).collect::<Vec<_>>(),
        "metrics": metrics(&file.trial),
        "notes": file.trial.stages.iter().flat_map(|stage| {
            stage.notes.iter().map(|(level, text)| json!({
                "transform": stage.name, "level": format!("{level:?}").to_lowercase(), "text": text,
            }))
        }).collect::<Vec<_>>(),
        "injected": injected.collect::<Vec<_>>(),
    })
}

fn event(number: usize, event: &Traced) -> Value {
    let outcome = match (&event.after, &event.gone) {
        (Some(_), _) if event.is_unchanged() => "unchanged",
        (Some(_), _) => "edited",
        (None, Some((_, why))) if why == "filtered" => "filtered",
        (None, _) => "dropped",
    };
    json!({
        "number": number,
        "type": event.kind,
        "outcome": outcome,
        "by": event.gone.as_ref().map(|(by, _)| by),
        "reason": event.gone.as_ref().map(|(_, why)| why),
        "before": value(&event.before),
        "after": event.after.as_ref().map(leaving),
        "appended": event.appended.iter().map(leaving).collect::<Vec<_>>(),
        "fuel": event.fuel,
        "found": event.found.iter().map(hit).collect::<Vec<_>>(),
    })
}

fn leaving(after: &After) -> Value {
    let labels: BTreeMap<_, _> = after.labels.iter().cloned().collect();
    json!({ "type": after.kind, "record": value(&after.record), "labels": labels })
}

/// A record as the value that it is; text that is no JSON as a string.
fn value(record: &str) -> Value {
    serde_json::from_str(record).unwrap_or_else(|_| record.into())
}

fn hit(hit: &Hit) -> Value {
    json!({ "transform": hit.transform, "rule": hit.rule, "path": hit.path, "hits": hit.hits })
}

/// Hits of several files together.
pub(super) fn summed(hits: &[Hit]) -> Vec<Hit> {
    let mut sums: Vec<Hit> = Vec::new();
    for hit in hits {
        let known = sums
            .iter_mut()
            .find(|sum| (&sum.transform, &sum.rule, &sum.path) == (&hit.transform, &hit.rule, &hit.path));
        match known {
            Some(known) => known.hits += hit.hits,
            None => sums.push(hit.clone()),
        }
    }
    sums.sort();
    sums
}

/// A suite for each file: its snapshot, its cost, its accounting, and each injected fault.
pub(super) fn junit(tested: &Tested) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for file in &tested.files {
        suite(&mut xml, file, tested);
    }
    xml + "</testsuites>"
}

fn suite(xml: &mut String, file: &File, tested: &Tested) {
    let mut cases: Vec<(String, Vec<String>)> = vec![
        ("snapshot".to_owned(), snapshot_failure(file, tested.accepted)),
        ("accounting".to_owned(), file.trial.unaccounted.clone()),
    ];
    if tested.max_fuel.is_some() {
        cases.push(("fuel".to_owned(), file.too_costly(tested.max_fuel)));
    }
    let injected = file.verdicts.iter();
    cases.extend(
        injected.map(|verdict| (format!("{} in {}", verdict.inject, verdict.transform), verdict.broken.clone())),
    );
    let failed = cases.iter().filter(|(_, failures)| !failures.is_empty()).count();
    let name = escaped(&file.name());
    let _ = writeln!(xml, "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failed}\">", cases.len());
    for (case, failures) in &cases {
        let case = escaped(case);
        if failures.is_empty() {
            let _ = writeln!(xml, "    <testcase classname=\"{name}\" name=\"{case}\"/>");
        } else {
            let message = escaped(&failures.join("\n"));
            let _ = writeln!(
                xml,
                "    <testcase classname=\"{name}\" name=\"{case}\"><failure>{message}</failure></testcase>"
            );
        }
    }
    xml.push_str("  </testsuite>\n");
}

/// That a snapshot differs, and how: a report has no other output.
fn snapshot_failure(file: &File, accepted: bool) -> Vec<String> {
    let failure = file.snapshot_failure(accepted);
    failure.map(|failure| format!("{failure}\n{}", file.snapshot_difference())).into_iter().collect()
}

/// Text for XML, without what XML does not allow.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_escaped() {
        assert_eq!(escaped("a <b> & \"c\"\u{1}"), "a &lt;b&gt; &amp; &quot;c&quot;\u{fffd}");
    }

    #[test]
    fn hits_of_files_are_added() {
        let hit = |path: &str, hits| Hit { transform: "t".into(), rule: "r".into(), path: path.into(), hits };
        assert_eq!(summed(&[hit("b", 1), hit("a", 2), hit("b", 3)]), [hit("a", 2), hit("b", 4)]);
    }
}
