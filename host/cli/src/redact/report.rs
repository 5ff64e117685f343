//! Which rule found something, where, and how often. The values are not kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use telesieve_core::counted;

use super::redactor::{Outcome, Redacted};

/// Places of a rule that are kept.
const MOST_PLACES: usize = 1_000;
/// Places of a rule that people are shown.
const SHOWN_PLACES: usize = 3;

/// The sums of a run.
#[derive(Debug, Default)]
pub(super) struct Report {
    records: u64,
    changed: u64,
    dropped: u64,
    rules: BTreeMap<String, Findings>,
    /// Why records were dropped that no rule wanted to drop, and how often.
    failures: BTreeMap<String, u64>,
}

/// What one rule found.
#[derive(Debug, Default)]
struct Findings {
    hits: u64,
    records: u64,
    /// File and line of the first records.
    places: Vec<String>,
}

impl Report {
    /// Counts a record of a file that starts at a line.
    pub(super) fn count(&mut self, file: &str, line: u64, redacted: &Redacted) {
        self.records += 1;
        self.changed += u64::from(matches!(redacted.outcome, Outcome::Changed(_)));
        self.dropped += u64::from(redacted.outcome == Outcome::Dropped);
        for (rule, hits) in &redacted.hits {
            self.findings(rule).add(*hits, file, line);
        }
        if let Some(failure) = &redacted.failure {
            *self.failures.entry(failure.clone()).or_default() += 1;
        }
    }

    fn findings(&mut self, rule: &str) -> &mut Findings {
        if !self.rules.contains_key(rule) {
            self.rules.insert(rule.to_owned(), Findings::default());
        }
        self.rules.get_mut(rule).expect("the rule was inserted above")
    }

    /// Whether a rule found something, or a record was dropped.
    pub(super) fn has_findings(&self) -> bool {
        !self.rules.is_empty() || self.dropped > 0
    }

    /// Text for people.
    pub(super) fn text(&self) -> String {
        let Self { records, changed, dropped, .. } = self;
        let mut text = String::new();
        for (rule, findings) in &self.rules {
            let _ = writeln!(
                text,
                "{rule:<20} {:>6} in {:>6}  {}",
                findings.hits,
                counted(findings.records, "record").to_string(),
                findings.shown()
            );
        }
        for (failure, count) in &self.failures {
            let _ = writeln!(text, "{} dropped: {failure}", counted(*count, "record"));
        }
        let _ = write!(text, "{}, {changed} redacted, {dropped} dropped", counted(*records, "record"));
        text
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let rules = self.rules.iter().map(|(rule, findings)| {
            json!({ "rule": rule, "hits": findings.hits, "records": findings.records, "places": findings.places })
        });
        json!({
            "records": self.records,
            "redacted": self.changed,
            "dropped": self.dropped,
            "failures": self.failures,
            "rules": rules.collect::<Vec<_>>(),
        })
    }
}

impl Findings {
    fn add(&mut self, hits: u64, file: &str, line: u64) {
        self.hits += hits;
        self.records += 1;
        if self.places.len() < MOST_PLACES {
            self.places.push(format!("{file}:{line}"));
        }
    }

    fn shown(&self) -> String {
        let places: Vec<&str> = self.places.iter().take(SHOWN_PLACES).map(String::as_str).collect();
        let more = self.records - places.len() as u64;
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        places.join(", ") + &more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(rule: &str) -> Redacted {
        Redacted { outcome: Outcome::Changed("x".to_owned()), hits: vec![(rule.to_owned(), 2)], failure: None }
    }

    #[test]
    fn findings_have_places_and_no_values() {
        let mut report = Report::default();
        (1..=5).for_each(|line| report.count("app.log", line, &redacted("email")));
        report.count("app.log", 6, &Redacted { outcome: Outcome::Unchanged, hits: vec![], failure: None });
        let text = report.text();
        assert!(text.contains("10 in 5 records  app.log:1, app.log:2, app.log:3 and 2 more"), "{text}");
        assert!(text.ends_with("6 records, 5 redacted, 0 dropped"), "{text}");
        assert_eq!(report.json()["rules"][0]["places"][4], "app.log:5");
        assert!(report.has_findings() && !Report::default().has_findings());
    }
}
