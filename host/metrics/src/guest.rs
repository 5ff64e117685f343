//! Metrics that transforms declare.
//!
//! They live in a registry of their own, under a prefix of their own, so that whatever a transform does, the platform's
//! metrics and ours are pushed. Transforms that declare the same metric in the same way share it; one that declares it
//! differently is refused.

use std::collections::HashMap;

use prometheus::{Counter, Gauge, Histogram};

use crate::family::{Definition, Family, Maker};

/// What the names of all metrics of transforms start with.
pub const GUEST_PREFIX: &str = "telesieve_guest_";

/// Labels that we or the gateway set.
const RESERVED: [&str; 7] = ["function", "instance", "job", "le", "quantile", "region", "sandbox"];
/// See [`RESERVED`]; apart because of its length.
const RESERVED_VERSION: &str = "version";
/// For durations in seconds.
const DEFAULT_BUCKETS: [f64; 8] = [0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];
const MAX_BUCKETS: usize = 20;
const MAX_LABELS: usize = 8;
const MAX_FAMILIES: usize = 64;
const MAX_NAME: usize = 100;
const MAX_HELP: usize = 200;
const MAX_VALUE: usize = 128;

/// The type of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestKind {
    /// The value is added; it must not be negative.
    Counter,
    /// The value is set.
    Gauge,
    /// The value is observed.
    Histogram,
}

/// A value, and the metric it is for.
#[derive(Clone, Copy, Debug)]
pub struct GuestSample<'a> {
    /// Name without the prefix.
    pub name: &'a str,
    /// Help text; may be empty.
    pub help: &'a str,
    /// Type.
    pub kind: GuestKind,
    /// Names of labels.
    pub label_names: &'a [String],
    /// As many values. Longer ones than 128 bytes are cut.
    pub label_values: &'a [String],
    /// Upper bounds for a histogram; none: bounds for durations in seconds.
    pub buckets: &'a [f64],
    /// The value.
    pub value: f64,
}

/// Why a sample was not taken. It is counted, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuestError {
    /// The name, a label's name or the buckets break Prometheus' rules or our limits.
    #[error("define the metric: its name, labels or buckets are not valid")]
    Definition,
    /// The same name was declared before with another type, other labels or buckets.
    #[error("define the metric: another of the same name differs in type, labels or buckets")]
    Conflict,
    /// As many series as allowed exist. Those go on counting.
    #[error("make another series: the limit is reached")]
    SeriesLimit,
    /// Not finite, negative for a counter, or not as many label values as names.
    #[error("use the value")]
    Value,
}

impl GuestError {
    /// For a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Definition => "definition",
            Self::Conflict => "conflict",
            Self::SeriesLimit => "series_limit",
            Self::Value => "value",
        }
    }
}

/// All metrics of transforms.
pub(crate) struct Guests {
    maker: Maker,
    families: HashMap<String, GuestFamily>,
    series: usize,
    max_series: usize,
}

struct GuestFamily {
    kind: GuestKind,
    label_names: Vec<String>,
    buckets: Vec<f64>,
    children: Children,
}

enum Children {
    Counter(Family<Counter>),
    Gauge(Family<Gauge>),
    Histogram(Family<Histogram>),
}

impl Guests {
    pub(crate) fn new(maker: Maker, max_series: usize) -> Self {
        Self { maker, families: HashMap::new(), series: 0, max_series }
    }

    pub(crate) fn record(&mut self, sample: &GuestSample<'_>) -> Result<(), GuestError> {
        let negative = sample.kind == GuestKind::Counter && sample.value < 0.0;
        if !sample.value.is_finite() || negative || sample.label_names.len() != sample.label_values.len() {
            return Err(GuestError::Value);
        }
        let (room, series) = (self.max_series - self.series, series_of(sample));
        let values: Vec<&str> = sample.label_values.iter().map(|value| cut(value, MAX_VALUE)).collect();
        let family = self.family(sample)?;
        let is_new = !family.has(&values);
        if is_new && series > room {
            return Err(GuestError::SeriesLimit);
        }
        family.record(&values, sample.value)?;
        self.series += if is_new { series } else { 0 };
        Ok(())
    }

    fn family(&mut self, sample: &GuestSample<'_>) -> Result<&mut GuestFamily, GuestError> {
        if !self.families.contains_key(sample.name) {
            let family = self.define(sample)?;
            self.families.insert(sample.name.to_owned(), family);
        }
        let family = self.families.get_mut(sample.name).ok_or(GuestError::Definition)?;
        if family.matches(sample) { Ok(family) } else { Err(GuestError::Conflict) }
    }

    fn define(&self, sample: &GuestSample<'_>) -> Result<GuestFamily, GuestError> {
        if !is_valid(sample) || self.families.len() >= MAX_FAMILIES {
            return Err(GuestError::Definition);
        }
        if self.overlaps(sample) {
            return Err(GuestError::Conflict);
        }
        let help = if sample.help.is_empty() { "Declared by a transform." } else { cut(sample.help, MAX_HELP) };
        let definition = Definition {
            name: format!("{GUEST_PREFIX}{}", sample.name),
            help: help.to_owned(),
            label_names: sample.label_names.to_vec(),
            buckets: buckets_of(sample).to_vec(),
        };
        let children = match sample.kind {
            GuestKind::Counter => Children::Counter(self.maker.family(definition, usize::MAX)),
            GuestKind::Gauge => Children::Gauge(self.maker.family(definition, usize::MAX)),
            GuestKind::Histogram => Children::Histogram(self.maker.family(definition, usize::MAX)),
        };
        let (label_names, buckets) = (sample.label_names.to_vec(), sample.buckets.to_vec());
        Ok(GuestFamily { kind: sample.kind, label_names, buckets, children })
    }

    /// Whether a histogram's `x_bucket`, `x_sum` or `x_count` would be another metric's name.
    fn overlaps(&self, sample: &GuestSample<'_>) -> bool {
        let clash = |histogram: &str, other: &str| {
            other.strip_prefix(histogram).is_some_and(|rest| matches!(rest, "_bucket" | "_sum" | "_count"))
        };
        self.families.iter().any(|(name, family)| {
            family.kind == GuestKind::Histogram && clash(name, sample.name)
                || sample.kind == GuestKind::Histogram && clash(sample.name, name)
        })
    }
}

impl GuestFamily {
    fn matches(&self, sample: &GuestSample<'_>) -> bool {
        self.kind == sample.kind && self.label_names == sample.label_names && self.buckets == sample.buckets
    }

    fn has(&self, values: &[&str]) -> bool {
        match &self.children {
            Children::Counter(family) => family.has(values),
            Children::Gauge(family) => family.has(values),
            Children::Histogram(family) => family.has(values),
        }
    }

    fn record(&mut self, values: &[&str], value: f64) -> Result<(), GuestError> {
        match &mut self.children {
            Children::Counter(family) => family.try_with(values).map(|child| child.inc_by(value)),
            Children::Gauge(family) => family.try_with(values).map(|child| child.set(value)),
            Children::Histogram(family) => family.try_with(values).map(|child| child.observe(value)),
        }
        .ok_or(GuestError::Definition)
    }
}

fn is_valid(sample: &GuestSample<'_>) -> bool {
    let labels = sample.label_names;
    let unique = labels.iter().enumerate().all(|(index, label)| !labels[..index].contains(label));
    let free = |label: &String| {
        is_name(label) && !label.starts_with("__") && !RESERVED.contains(&label.as_str()) && label != RESERVED_VERSION
    };
    let buckets = sample.buckets;
    is_name(sample.name)
        && labels.len() <= MAX_LABELS
        && unique
        && labels.iter().all(free)
        && buckets.len() <= MAX_BUCKETS
        && buckets.iter().all(|bound| bound.is_finite())
        && buckets.is_sorted_by(|low, high| low < high)
}

fn is_name(name: &str) -> bool {
    let body = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let first = name.bytes().next();
    name.len() <= MAX_NAME && first.is_some_and(|byte| !byte.is_ascii_digit()) && name.bytes().all(body)
}

fn buckets_of<'a>(sample: &GuestSample<'a>) -> &'a [f64] {
    if sample.buckets.is_empty() { &DEFAULT_BUCKETS } else { sample.buckets }
}

fn series_of(sample: &GuestSample<'_>) -> usize {
    // `+Inf`, `_sum` and `_count`.
    if sample.kind == GuestKind::Histogram { buckets_of(sample).len() + 3 } else { 1 }
}

/// At most `max` bytes, whole characters.
fn cut(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::{GuestError, GuestKind, GuestSample, Guests, MAX_FAMILIES};
    use crate::family::Maker;
    use proptest::prelude::*;

    struct Fixture {
        registry: prometheus::Registry,
        guests: Guests,
    }

    impl Fixture {
        fn new(max_series: usize) -> Self {
            let registry = prometheus::Registry::new();
            let guests = Guests::new(Maker::new(registry.clone()), max_series);
            Self { registry, guests }
        }

        fn record(
            &mut self,
            kind: GuestKind,
            name: &str,
            labels: &[(&str, &str)],
            value: f64,
        ) -> Result<(), GuestError> {
            let label_names: Vec<String> = labels.iter().map(|(name, _)| (*name).to_owned()).collect();
            let label_values: Vec<String> = labels.iter().map(|(_, value)| (*value).to_owned()).collect();
            let (label_names, label_values) = (&*label_names, &*label_values);
            self.guests.record(&GuestSample { name, help: "", kind, label_names, label_values, buckets: &[], value })
        }

        fn count(&mut self, name: &str, labels: &[(&str, &str)]) -> Result<(), GuestError> {
            self.record(GuestKind::Counter, name, labels, 1.0)
        }

        fn lines(&self) -> Vec<String> {
            let text = prometheus::TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap();
            text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
        }
    }

    #[test]
    fn all_kinds_work() {
        let mut fixture = Fixture::new(100);
        for value in [1.0, 2.5] {
            fixture.record(GuestKind::Counter, "c_total", &[("a", "b")], value).unwrap();
            fixture.record(GuestKind::Gauge, "g", &[], -value).unwrap();
            fixture.record(GuestKind::Histogram, "h", &[], value).unwrap();
        }
        let lines = fixture.lines();
        for line in ["telesieve_guest_c_total{a=\"b\"} 3.5", "telesieve_guest_g -2.5", "telesieve_guest_h_count 2"] {
            assert!(lines.iter().any(|there| there == line), "{line} in {lines:?}");
        }
        assert_eq!(lines.len(), 13);
    }

    #[test]
    fn series_are_limited_and_old_ones_go_on() {
        let mut fixture = Fixture::new(3);
        for value in ["1", "2", "3"] {
            fixture.count("x", &[("a", value)]).unwrap();
        }
        assert_eq!(fixture.count("x", &[("a", "4")]), Err(GuestError::SeriesLimit));
        assert_eq!(fixture.count("y", &[]), Err(GuestError::SeriesLimit));
        assert_eq!(fixture.record(GuestKind::Histogram, "h", &[], 1.0), Err(GuestError::SeriesLimit));
        fixture.count("x", &[("a", "1")]).unwrap();
        assert_eq!(fixture.lines().len(), 3);
    }

    #[test]
    fn a_histogram_takes_as_many_series_as_it_has() {
        let mut fixture = Fixture::new(11);
        fixture.record(GuestKind::Histogram, "h", &[], 1.0).unwrap();
        assert_eq!(fixture.lines().len(), 11);
        assert_eq!(fixture.count("x", &[]), Err(GuestError::SeriesLimit));
    }

    #[test]
    fn families_are_limited() {
        let mut fixture = Fixture::new(1_000);
        for n in 0..MAX_FAMILIES {
            fixture.count(&format!("x{n}"), &[]).unwrap();
        }
        assert_eq!(fixture.count("y", &[]), Err(GuestError::Definition));
    }

    #[test]
    fn another_definition_of_the_same_name_is_refused() {
        let mut fixture = Fixture::new(100);
        fixture.count("x", &[("a", "1")]).unwrap();
        assert_eq!(fixture.record(GuestKind::Gauge, "x", &[("a", "2")], 1.0), Err(GuestError::Conflict));
        assert_eq!(fixture.count("x", &[("b", "1")]), Err(GuestError::Conflict));
        assert_eq!(fixture.count("x", &[]), Err(GuestError::Conflict));
        assert_eq!(fixture.lines().len(), 1);
    }

    #[test]
    fn the_parts_of_a_histogram_are_taken() {
        let mut fixture = Fixture::new(100);
        fixture.record(GuestKind::Histogram, "h", &[], 1.0).unwrap();
        fixture.count("k_sum", &[]).unwrap();
        for name in ["h_bucket", "h_sum", "h_count"] {
            assert_eq!(fixture.count(name, &[]), Err(GuestError::Conflict), "{name}");
        }
        assert_eq!(fixture.record(GuestKind::Histogram, "k", &[], 1.0), Err(GuestError::Conflict));
        fixture.count("h_total", &[]).unwrap();
    }

    #[test]
    fn bad_definitions_are_refused() {
        let mut fixture = Fixture::new(100);
        for name in ["", "9x", "a b", "a-b", "a:b", "é", "x\n# TYPE y counter"] {
            assert_eq!(fixture.count(name, &[]), Err(GuestError::Definition), "{name:?}");
        }
        for label in ["", "le", "function", "version", "job", "__x", "a-b"] {
            assert_eq!(fixture.count("x", &[(label, "1")]), Err(GuestError::Definition), "{label:?}");
        }
        assert_eq!(fixture.count("x", &[("a", "1"), ("a", "2")]), Err(GuestError::Definition));
        for buckets in [&[1.0, 1.0][..], &[2.0, 1.0], &[f64::NAN], &[f64::INFINITY], &[0.0; 21]] {
            let (label_names, label_values) = (&[][..], &[][..]);
            let kind = GuestKind::Histogram;
            let sample = GuestSample { name: "h", help: "", kind, label_names, label_values, buckets, value: 1.0 };
            assert_eq!(fixture.guests.record(&sample), Err(GuestError::Definition), "{buckets:?}");
        }
        assert!(fixture.lines().is_empty());
    }

    #[test]
    fn bad_values_are_refused() {
        let mut fixture = Fixture::new(100);
        for value in [f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(fixture.record(GuestKind::Counter, "x", &[], value), Err(GuestError::Value));
        }
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let mut fixture = Fixture::new(100);
        fixture.count("x", &[("a", &"é".repeat(100))]).unwrap();
        fixture.count("x", &[("a", &"é".repeat(64))]).unwrap();
        assert_eq!(fixture.lines(), [format!("telesieve_guest_x{{a=\"{}\"}} 2", "é".repeat(64))]);
    }

    proptest! {
        #[test]
        fn bounded_whatever_comes(
            max in 0_usize..40,
            samples in proptest::collection::vec((0_u8..3, "[a-c]{1,2}(_sum|_count)?", "[a-b]?", "\\PC{0,3}", any::<f64>()), 0..60),
        ) {
            let mut fixture = Fixture::new(max);
            for (kind, name, label, label_value, value) in samples {
                let kind = [GuestKind::Counter, GuestKind::Gauge, GuestKind::Histogram][usize::from(kind)];
                let labels = [(&*label, &*label_value)];
                let _ = fixture.record(kind, &name, &labels[usize::from(label.is_empty())..], value);
            }
            let mut series: Vec<_> = fixture.lines();
            prop_assert!(series.len() <= max);
            let count = series.len();
            series.iter_mut().for_each(|line| line.truncate(line.rfind(' ').unwrap_or(0)));
            series.sort_unstable();
            series.dedup();
            prop_assert_eq!(series.len(), count);
        }
    }
}
