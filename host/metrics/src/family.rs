//! Metrics of one name that differ in the values of their labels.
//!
//! The `prometheus` crate has vectors for this, but they look children up by a hash over all values without a
//! separator, so that `("a", "bc")` and `("ab", "c")` are one. Here each child is a metric of its own whose labels are
//! constant, which the crate's registry merges into one family by name.

use std::collections::HashMap;

use prometheus::core::Collector;
use prometheus::{Counter, Gauge, Histogram, HistogramOpts, Opts};

/// Value of the last label of children beyond the limit of a family.
pub(crate) const OTHER: &str = "other";

/// Makes metrics and registers them.
#[derive(Clone)]
pub(crate) struct Maker {
    registry: prometheus::Registry,
}

/// What a family's metrics have in common.
#[derive(Clone)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) help: String,
    pub(crate) label_names: Vec<String>,
    pub(crate) buckets: Vec<f64>,
}

/// A kind of metric.
pub(crate) trait Metric: Collector + Clone + 'static {
    fn make(opts: Opts, buckets: &[f64]) -> prometheus::Result<Self>;
}

/// See the module's documentation.
pub(crate) struct Family<M> {
    maker: Maker,
    definition: Definition,
    children: HashMap<String, M>,
    max_children: usize,
}

impl Maker {
    pub(crate) fn new(registry: prometheus::Registry) -> Self {
        Self { registry }
    }

    /// A metric without labels, seeded with zero.
    pub(crate) fn single<M: Metric>(&self, name: &str, help: &str) -> M {
        self.register(&Definition::new(name, help, &[]), &[]).expect("our own definitions are valid and unique")
    }

    /// A histogram without labels, seeded with zero.
    pub(crate) fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Histogram {
        let definition = Definition { buckets: buckets.to_vec(), ..Definition::new(name, help, &[]) };
        self.register(&definition, &[]).expect("our own definitions are valid and unique")
    }

    /// A family without children.
    pub(crate) fn family<M: Metric>(&self, definition: Definition, max_children: usize) -> Family<M> {
        Family { maker: self.clone(), definition, children: HashMap::new(), max_children }
    }

    fn register<M: Metric>(&self, definition: &Definition, values: &[&str]) -> prometheus::Result<M> {
        let values = values.iter().map(|value| (*value).to_owned());
        let labels: HashMap<_, _> = definition.label_names.iter().cloned().zip(values).collect();
        let opts = Opts::new(&definition.name, &definition.help).const_labels(labels);
        let metric = M::make(opts, &definition.buckets)?;
        self.registry.register(Box::new(metric.clone()))?;
        Ok(metric)
    }
}

impl Definition {
    pub(crate) fn new(name: &str, help: &str, label_names: &[&str]) -> Self {
        let label_names = label_names.iter().map(|name| (*name).to_owned()).collect();
        Self { name: name.to_owned(), help: help.to_owned(), label_names, buckets: Vec::new() }
    }
}

impl<M: Metric> Family<M> {
    /// The child with these values. Beyond the limit, the last value becomes `other`.
    pub(crate) fn with(&mut self, values: &[&str]) -> M {
        match self.try_with(values) {
            Some(child) => child,
            None => {
                let mut values = values.to_vec();
                if let Some(last) = values.last_mut() {
                    *last = OTHER;
                }
                self.make(&values).expect("our own definitions are valid and unique")
            }
        }
    }

    /// Makes children at zero, so that their first increment is one that PromQL's `increase` can see.
    pub(crate) fn seed(mut self, values: &[&[&str]]) -> Self {
        for values in values {
            self.with(values);
        }
        self
    }

    /// The child with these values; `None` beyond the limit.
    pub(crate) fn try_with(&mut self, values: &[&str]) -> Option<M> {
        match self.children.get(&key(values)) {
            Some(child) => Some(child.clone()),
            None if self.children.len() >= self.max_children => None,
            None => self.make(values).ok(),
        }
    }

    /// Whether the child with these values is there already.
    pub(crate) fn has(&self, values: &[&str]) -> bool {
        self.children.contains_key(&key(values))
    }

    fn make(&mut self, values: &[&str]) -> prometheus::Result<M> {
        let key = key(values);
        if let Some(child) = self.children.get(&key) {
            return Ok(child.clone());
        }
        let child: M = self.maker.register(&self.definition, values)?;
        self.children.insert(key, child.clone());
        Ok(child)
    }
}

/// Raises a counter to a total that is kept elsewhere. A total that shrinks is ignored.
pub(crate) fn raise(counter: &Counter, total: u64) {
    let more = total as f64 - counter.get();
    if more > 0.0 {
        counter.inc_by(more);
    }
}

fn key(values: &[&str]) -> String {
    let mut key = String::with_capacity(values.iter().map(|value| value.len() + 4).sum());
    for value in values {
        key.push_str(&value.len().to_string());
        key.push(':');
        key.push_str(value);
    }
    key
}

impl Metric for Counter {
    fn make(opts: Opts, _: &[f64]) -> prometheus::Result<Self> {
        Self::with_opts(opts)
    }
}

impl Metric for Gauge {
    fn make(opts: Opts, _: &[f64]) -> prometheus::Result<Self> {
        Self::with_opts(opts)
    }
}

impl Metric for Histogram {
    fn make(opts: Opts, buckets: &[f64]) -> prometheus::Result<Self> {
        Self::with_opts(HistogramOpts { common_opts: opts, buckets: buckets.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::{Counter, Definition, Family, Maker, raise};

    fn family(max: usize) -> (prometheus::Registry, Family<Counter>) {
        let registry = prometheus::Registry::new();
        let maker = Maker::new(registry.clone());
        (registry, maker.family(Definition::new("x_total", "X.", &["a", "b"]), max))
    }

    fn text(registry: &prometheus::Registry) -> String {
        prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap()
    }

    #[test]
    fn values_do_not_run_together() {
        let (registry, mut family) = family(10);
        family.with(&["a", "bc"]).inc();
        family.with(&["ab", "c"]).inc_by(2.0);
        family.with(&["a", "bc"]).inc();
        assert_eq!(
            text(&registry),
            "# HELP x_total X.\n# TYPE x_total counter\n\
             x_total{a=\"a\",b=\"bc\"} 2\nx_total{a=\"ab\",b=\"c\"} 2\n"
        );
    }

    #[test]
    fn beyond_the_limit_the_last_value_is_other() {
        let (registry, mut family) = family(2);
        for value in ["1", "2", "3", "4", "1"] {
            family.with(&["a", value]).inc();
        }
        let text = text(&registry);
        assert_eq!(text.matches("x_total{").count(), 3);
        assert!(text.contains("b=\"1\"} 2\n") && text.contains("b=\"other\"} 2\n"));
        assert!(family.try_with(&["a", "5"]).is_none());
    }

    #[test]
    fn totals_only_rise() {
        let (_, mut family) = family(1);
        let counter = family.with(&["a", "b"]);
        for (total, expected) in [(5, 5.0), (3, 5.0), (9, 9.0)] {
            raise(&counter, total);
            assert_eq!(counter.get(), expected);
        }
    }
}
