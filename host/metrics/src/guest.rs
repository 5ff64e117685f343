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
