//! The accounting identity, read from the metrics that the extension pushed.

use std::collections::BTreeMap;

use telesieve_sandbox::receivers::Family;

const RECEIVED: &str = "telesieve_events_received_total";
const SHIPPED: &str = "telesieve_events_shipped_total";
const FILTERED: &str = "telesieve_events_filtered_total";
const DROPPED: &str = "telesieve_events_dropped_total";
const PENDING: &str = "telesieve_events_pending";

/// `received = shipped + filtered + dropped + pending`, over all sandboxes of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Accounting {
    /// By origin.
    pub(super) received: BTreeMap<String, f64>,
    pub(super) shipped: f64,
    /// By what filtered them.
    pub(super) filtered: BTreeMap<String, f64>,
    /// By reason.
    pub(super) dropped: BTreeMap<String, f64>,
    pub(super) pending: f64,
}

impl Accounting {
    /// Reads it; `None` if the metrics are not there.
    pub(super) fn read(families: &[Family]) -> Option<Self> {
        families.iter().find(|family| family.name == RECEIVED)?;
        let total = |name| sum(&by_label(families, name));
        Some(Self {
            received: by_label(families, RECEIVED),
            shipped: total(SHIPPED),
            filtered: by_label(families, FILTERED),
            dropped: by_label(families, DROPPED),
            pending: total(PENDING),
        })
    }

    pub(super) fn total_received(&self) -> f64 {
        sum(&self.received)
    }

    pub(super) fn total_filtered(&self) -> f64 {
        sum(&self.filtered)
    }

    pub(super) fn total_dropped(&self) -> f64 {
        sum(&self.dropped)
    }

    /// What is wrong once every process has ended, given the events that the extension has taken and, if they are
    /// known, the documents that were stored.
    pub(super) fn faults(&self, taken: usize, documents: Option<usize>) -> Vec<String> {
        let mut faults = Vec::new();
        if !self.balances() {
            faults.push("the counts do not balance".to_owned());
        }
        if self.pending > 0.0 {
            faults.push(format!("{} still pending at the end", events(self.pending)));
        }
        let uncounted = taken as f64 - self.platform_events();
        if uncounted > 0.0 {
            faults.push(format!("{} accepted with HTTP 200 but never counted", events(uncounted)));
        }
        if let Some(documents) = documents.filter(|documents| *documents as f64 != self.shipped) {
            faults.push(format!("{} counted as shipped, but {documents} stored", events(self.shipped)));
        }
        faults
    }

    /// Events that came from the platform.
    fn platform_events(&self) -> f64 {
        let own = ["transform", "telesieve"];
        self.received.iter().filter(|(origin, _)| !own.contains(&origin.as_str())).map(|(_, count)| count).sum()
    }

    /// Whether every event is accounted for. Counts are whole numbers, so there is nothing to round.
    pub(super) fn balances(&self) -> bool {
        self.total_received() == self.shipped + self.total_filtered() + self.total_dropped() + self.pending
    }
}

/// The sum of nothing is zero here; the standard library's is minus zero, and shows.
/// A metric's count of events, with the noun.
pub(super) fn events(count: f64) -> String {
    format!("{count} event{}", if count == 1.0 { "" } else { "s" })
}

fn sum(values: &BTreeMap<String, f64>) -> f64 {
    values.values().fold(0.0, |sum, value| sum + value)
}

/// Sums of a metric by the values of the labels that tell its series apart. Nothing is left out: what has no such
/// label counts under an empty one.
fn by_label(families: &[Family], name: &str) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    let samples = families.iter().filter(|family| family.name == name).flat_map(|family| &family.samples);
    for sample in samples.filter(|sample| sample.value != 0.0) {
        let labels = ["origin", "transform", "by", "reason"];
        let label = labels.iter().find_map(|label| sample.labels.get(*label)).cloned();
        *sums.entry(label.unwrap_or_default()).or_insert(0.0) += sample.value;
    }
    sums
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_sandbox::receivers::parse_exposition;

    use super::*;

    fn read(text: &str) -> Option<Accounting> {
        Accounting::read(&parse_exposition(text).unwrap())
    }

    #[test]
    fn reads_and_checks_the_identity() {
        let text = "telesieve_events_received_total{origin=\"function\"} 5\n\
                    telesieve_events_received_total{origin=\"platform\"} 3\n\
                    telesieve_events_shipped_total 4\n\
                    telesieve_events_filtered_total{transform=\"filter\"} 2\n\
                    telesieve_events_dropped_total{reason=\"malformed\"} 1\n";
        let accounting = read(text).unwrap();
        assert!(!accounting.balances());
        assert_eq!(accounting.filtered["filter"], 2.0);
        let balanced = read(&format!("{text}telesieve_events_pending 1\n")).unwrap();
        assert!(balanced.balances());
        assert_eq!(balanced.faults(8, Some(4)), ["1 event still pending at the end"]);
        assert_eq!(balanced.faults(9, Some(3)).len(), 3);
    }

    #[test]
    fn is_absent_without_metrics() {
        assert_eq!(read("faas_invocations_total 1\n"), None);
    }
}
