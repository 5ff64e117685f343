//! The series pushed, one line for each metric.

use std::collections::BTreeMap;

use telesieve_sandbox::receivers::{Family, FamilyKind};

/// A metric over all groups.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Summary {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) series: usize,
    /// What there is to say in a word or two.
    pub(super) value: String,
}

impl Summary {
    /// Whether nothing was counted or observed.
    pub(super) fn is_zero(&self) -> bool {
        self.value == "0" || self.value == NOTHING
    }
}

/// Of a histogram without observations.
const NOTHING: &str = "no observations";

/// Metrics by name; families of the same name in several groups become one.
pub(super) fn summaries(families: &[Family]) -> Vec<Summary> {
    let mut merged: BTreeMap<&str, Family> = BTreeMap::new();
    for family in families {
        match merged.get_mut(family.name.as_str()) {
            Some(known) => known.samples.extend(family.samples.clone()),
            None => drop(merged.insert(&family.name, family.clone())),
        }
    }
    merged.into_values().map(|family| summary(&family)).collect()
}

fn summary(family: &Family) -> Summary {
    let sum = |suffix: &str| -> f64 {
        let name = format!("{}{suffix}", family.name);
        family.samples.iter().filter(|sample| sample.name == name).map(|sample| sample.value).sum()
    };
    let histogram = family.kind == FamilyKind::Histogram;
    let counted = |suffix: &str| family.samples.iter().filter(|sample| sample.name.ends_with(suffix)).count();
    let value = match family.kind {
        FamilyKind::Histogram if sum("_count") > 0.0 => {
            let mean = sum("_sum") / sum("_count");
            let mean = if family.name.ends_with("_seconds") { time(mean) } else { short(mean) };
            format!("{} observations, mean {mean}", sum("_count"))
        }
        FamilyKind::Histogram => NOTHING.to_owned(),
        FamilyKind::Gauge if family.samples.len() > 1 => {
            short(family.samples.iter().map(|sample| sample.value).fold(f64::MIN, f64::max))
        }
        _ => short(sum("")),
    };
    let series = if histogram { counted("_count") } else { family.samples.len() };
    Summary { name: family.name.clone(), kind: word(family.kind), series, value }
}

fn word(kind: FamilyKind) -> &'static str {
    match kind {
        FamilyKind::Counter => "counter",
        FamilyKind::Gauge => "gauge",
        FamilyKind::Histogram => "histogram",
        FamilyKind::Summary => "summary",
        FamilyKind::Untyped => "untyped",
    }
}

fn time(seconds: f64) -> String {
    if seconds < 1e-3 { format!("{:.0} µs", seconds * 1e6) } else { format!("{:.1} ms", seconds * 1e3) }
}

/// A number with no more digits than are worth reading.
fn short(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value}") } else { format!("{value:.4}") }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use telesieve_sandbox::receivers::parse_exposition;

    use super::*;

    #[test]
    fn sums_up_each_kind() {
        let text = "# TYPE a counter\na{x=\"1\"} 2\na{x=\"2\"} 3\n# TYPE b histogram\nb_bucket{le=\"+Inf\"} 2\n\
                    b_sum 0.5\nb_count 2\n# TYPE c gauge\nc 1.5\n";
        let lines: Vec<_> = summaries(&parse_exposition(text).unwrap())
            .into_iter()
            .map(|s| format!("{} {} {} {}", s.name, s.kind, s.series, s.value))
            .collect();
        assert_eq!(lines, ["a counter 2 5", "b histogram 1 2 observations, mean 0.2500", "c gauge 1 1.5000"]);
    }
}
