//! Snapshots: what leaves, as text that people review and accept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use telesieve_engine::{GuestSample, SampleOp};

use super::trial::{After, Traced, Trial, redactions};

/// What names of metrics of transforms begin with in the extension.
const PREFIX: &str = "telesieve_guest_";
/// The folder of snapshots, beside the one of telemetry.
const FOLDER: &str = "snapshots";

/// A snapshot and what is on disk.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) path: PathBuf,
    pub(super) now: String,
    /// What was accepted; `None` if nothing was.
    pub(super) accepted: Option<String>,
}

/// How what leaves compares to what was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Same,
    New,
    Changed,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::New => "new",
            Self::Changed => "changed",
        }
    }
}

impl Snapshot {
    /// Of a recording with that name.
    pub(super) fn of(trial: &Trial, folder: &Path, stem: &str) -> Self {
        let path = folder.join(FOLDER).join(format!("{stem}.txt"));
        let accepted = std::fs::read_to_string(&path).ok().map(|text| text.replace("\r\n", "\n"));
        Self { now: render(trial, stem), accepted, path }
    }

    pub(super) fn status(&self) -> Status {
        match &self.accepted {
            None => Status::New,
            Some(accepted) if *accepted == self.now => Status::Same,
            Some(_) => Status::Changed,
        }
    }

    /// Writes it, so that it is what is expected from now on.
    pub(super) fn accept(&self) -> Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let write = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&self.path, &self.now));
        write.with_context(|| format!("failed to write {}", self.path.display()))
    }
}

fn render(trial: &Trial, stem: &str) -> String {
    let mut text = format!("# Expected output for `{stem}`. Review changes, then run `telesieve test --accept`.\n");
    for (at, event) in trial.events.iter().enumerate() {
        let _ = write!(text, "\n#{} {}\n", at + 1, event.kind);
        text.push_str(&fate(event));
        event.appended.iter().for_each(|new| text.push_str(&format!("  + {}\n{}", new.kind, leaving(new))));
    }
    section(&mut text, "metrics", &metrics(trial));
    section(&mut text, "redacted", &redacted(trial));
    text
}

fn fate(event: &Traced) -> String {
    match (&event.after, &event.gone) {
        (Some(after), _) if after.record == event.before && after.labels.is_empty() => "  unchanged\n".to_owned(),
        (Some(after), _) => leaving(after),
        (None, Some((by, why))) if why == "filtered" => format!("  filtered by {by}\n"),
        (None, Some((by, why))) => format!("  dropped by {by}: {why}\n"),
        (None, None) => "  lost\n".to_owned(),
    }
}

fn leaving(after: &After) -> String {
    let labels = after.labels.iter().map(|(name, value)| format!("  label {name} = {value}\n"));
    format!("  {}\n{}", after.record, labels.collect::<String>())
}

fn section(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = write!(text, "\n{title}\n");
    lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
}

/// Where rules hit, and how often. Never what.
fn redacted(trial: &Trial) -> Vec<String> {
    let hits = redactions(std::slice::from_ref(trial));
    hits.iter().map(|hit| format!("{}: {} in {}: {}", hit.transform, hit.rule, place(&hit.path), hit.hits)).collect()
}

/// The name of a place for people.
pub(super) fn place(path: &str) -> &str {
    if path.is_empty() { "the text" } else { path }
}

/// One line for each series, as the extension names it; what is beyond its limit is counted.
pub(super) fn metrics(trial: &Trial) -> Vec<String> {
    let mut series: BTreeMap<String, (SampleOp, f64, u64)> = BTreeMap::new();
    let mut refused = BTreeSet::new();
    for sample in &trial.samples {
        let name = name(sample);
        if series.len() >= trial.max_series && !series.contains_key(&name) {
            refused.insert(name);
            continue;
        }
        let known = series.entry(name).or_insert((sample.op, 0.0, 0));
        let value = if sample.op == SampleOp::Set { sample.value } else { known.1 + sample.value };
        (known.1, known.2) = (value, known.2 + 1);
    }
    let line = |(name, (op, value, count)): (String, (SampleOp, f64, u64))| match op {
        SampleOp::Add => format!("{name} +{value}"),
        SampleOp::Set => format!("{name} = {value}"),
        SampleOp::Observe => format!("{name} {count} observations, sum {value}"),
    };
    let left_out = Some(refused.len()).filter(|count| *count > 0);
    let left_out =
        left_out.map(|count| format!("{count} more series omitted: the limit is pushgateway.max_guest_series"));
    series.into_iter().map(line).chain(left_out).collect()
}

fn name(sample: &GuestSample) -> String {
    let labels = sample.metric.label_names.iter().zip(&sample.label_values);
    let labels: Vec<_> = labels.map(|(name, value)| format!("{name}={value:?}")).collect();
    let name = format!("{PREFIX}{}", sample.metric.name);
    if labels.is_empty() { name } else { format!("{name}{{{}}}", labels.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::super::trial::Hit;
    use super::*;

    #[test]
    fn snapshots_say_what_leaves_and_what_does_not() {
        let after = |record: &str, labels: &[(&str, &str)]| After {
            kind: "function".to_owned(),
            record: record.to_owned(),
            labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        let event = |before: &str, after: Option<After>| Traced {
            kind: "function".to_owned(),
            before: before.to_owned(),
            after,
            ..Traced::default()
        };
        let hit = Hit { transform: "redact".into(), rule: "email".into(), path: String::new(), hits: 2 };
        let mut edited = event("\"a@b.example\"", Some(after("\"[email]\"", &[("team", "shop")])));
        edited.found = vec![hit];
        edited.appended = vec![After { kind: "summary".to_owned(), ..after("1", &[]) }];
        let mut filtered = event("\"health\"", None);
        filtered.gone = Some(("quiet".to_owned(), "filtered".to_owned()));
        let trial = Trial { events: vec![event("1", Some(after("1", &[]))), edited, filtered], ..Trial::default() };
        let expected = "# Expected output for `sample`. Review changes, then run `telesieve test --accept`.\n\n\
                        #1 function\n  unchanged\n\n#2 function\n  \"[email]\"\n  label team = shop\n  + summary\n  1\n\n\
                        #3 function\n  filtered by quiet\n\nredacted\n  redact: email in the text: 2\n";
        assert_eq!(render(&trial, "sample"), expected);
    }
}
