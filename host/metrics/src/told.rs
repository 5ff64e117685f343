//! What a gateway that adds up has been told, and what it has not been told yet.
//!
//! Such a gateway has one series for all sandboxes and adds what each sends, so each must send what is new and nothing
//! else. What a push held counts as told only once it is known, or has to be feared, that it arrived. Gauges mean nothing
//! added up, and are not sent.

use std::collections::HashMap;
use std::fmt::Write as _;

use prometheus::proto::{Bucket, Counter, Histogram, Metric, MetricFamily, MetricType};

/// A counter's value; or sum, count and buckets of a histogram.
type Values = Vec<f64>;

/// What one gateway has been told. At most one push to it may be on its way.
#[derive(Debug, Default)]
pub struct Told {
    series: HashMap<String, Values>,
    /// What the series will be if the push arrives.
    on_its_way: HashMap<String, Values>,
}

impl Told {
    /// The push that is on its way is over. `arrived`: what it held must not be sent again.
    pub fn settle(&mut self, arrived: bool) {
        let sent = std::mem::take(&mut self.on_its_way);
        if arrived {
            self.series.extend(sent);
        }
    }

    /// What is new in families: counters and histograms that have grown, and those never told of, at zero, too, because
    /// `increase` cannot see the first value of a series.
    pub(crate) fn news(&mut self, families: Vec<MetricFamily>) -> Vec<MetricFamily> {
        families.into_iter().filter_map(|family| self.of_family(family)).collect()
    }

    fn of_family(&mut self, mut family: MetricFamily) -> Option<MetricFamily> {
        let is_histogram = match family.get_field_type() {
            MetricType::COUNTER => false,
            MetricType::HISTOGRAM => true,
            MetricType::GAUGE | MetricType::SUMMARY | MetricType::UNTYPED => return None,
        };
        let name = family.name().to_owned();
        let news = family.take_metric().into_iter().filter_map(|metric| self.of_metric(&name, metric, is_histogram));
        let news: Vec<_> = news.collect();
        family.set_metric(news);
        (!family.get_metric().is_empty()).then_some(family)
    }

    fn of_metric(&mut self, family: &str, mut metric: Metric, is_histogram: bool) -> Option<Metric> {
        let now =
            if is_histogram { of_histogram(metric.get_histogram()) } else { vec![metric.get_counter().get_value()] };
        let key = key(family, &metric);
        let news = match self.series.get(&key) {
            Some(told) if *told == now => return None,
            Some(told) => now.iter().zip(told).map(|(now, told)| now - told).collect(),
            None => now.clone(),
        };
        self.on_its_way.insert(key, now);
        if is_histogram {
            let histogram = histogram(metric.get_histogram(), &news);
            metric.set_histogram(histogram);
        } else {
            let mut counter = Counter::default();
            counter.set_value(news[0]);
            metric.set_counter(counter);
        }
        Some(metric)
    }
}

/// A name for a series. The labels that all series carry are not among these yet: they may become known late.
fn key(family: &str, metric: &Metric) -> String {
    let mut key = family.to_owned();
    for pair in metric.get_label() {
        let _ = write!(key, "\n{}={:?}", pair.name(), pair.value());
    }
    key
}

fn of_histogram(histogram: &Histogram) -> Values {
    let buckets = histogram.get_bucket().iter().map(|bucket| bucket.cumulative_count() as f64);
    [histogram.get_sample_sum(), histogram.get_sample_count() as f64].into_iter().chain(buckets).collect()
}

fn histogram(shape: &Histogram, values: &[f64]) -> Histogram {
    let mut histogram = Histogram::default();
    histogram.set_sample_sum(values[0]);
    histogram.set_sample_count(values[1] as u64);
    let buckets = shape.get_bucket().iter().zip(&values[2..]).map(|(shape, value)| {
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(shape.upper_bound());
        bucket.set_cumulative_count(*value as u64);
        bucket
    });
    histogram.set_bucket(buckets.collect());
    histogram
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use prometheus::{Counter, CounterVec, Gauge, HistogramOpts, Opts, Registry};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    /// Adds up what it is sent, as such a gateway does.
    fn add(gateway: &mut HashMap<String, Values>, news: &[MetricFamily]) {
        for (family, metric) in news.iter().flat_map(|family| family.get_metric().iter().map(move |m| (family, m))) {
            let values = match family.get_field_type() {
                MetricType::HISTOGRAM => of_histogram(metric.get_histogram()),
                _ => vec![metric.get_counter().get_value()],
            };
            let sums = gateway.entry(key(family.name(), metric)).or_insert_with(|| vec![0.0; values.len()]);
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }

    struct Sandbox {
        registry: Registry,
        total: CounterVec,
        seconds: prometheus::Histogram,
        told: Told,
    }

    impl Sandbox {
        fn new() -> Self {
            let registry = Registry::new();
            let total = CounterVec::new(Opts::new("a_total", "A."), &["b"]).unwrap();
            let buckets = HistogramOpts::new("seconds", "S.").buckets(vec![1.0, 2.0]);
            let seconds = prometheus::Histogram::with_opts(buckets).unwrap();
            let gauge = Gauge::new("waiting", "W.").unwrap();
            let idle = Counter::new("idle_total", "I.").unwrap();
            registry.register(Box::new(total.clone())).unwrap();
            registry.register(Box::new(seconds.clone())).unwrap();
            registry.register(Box::new(gauge)).unwrap();
            registry.register(Box::new(idle)).unwrap();
            Self { registry, total, seconds, told: Told::default() }
        }

        fn news(&mut self) -> Vec<MetricFamily> {
            self.told.news(self.registry.gather())
        }

        fn count(&self, label: &str, value: u32) {
            self.total.with_label_values(&[label]).inc_by(f64::from(value));
            self.seconds.observe(f64::from(value));
        }
    }

    #[test]
    fn what_is_new_is_sent_and_gauges_are_not() {
        let mut sandbox = Sandbox::new();
        sandbox.count("x", 1);
        let names = |news: &[MetricFamily]| news.iter().map(|family| family.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&sandbox.news()), ["a_total", "idle_total", "seconds"]);
        sandbox.told.settle(false);
        assert_eq!(names(&sandbox.news()), ["a_total", "idle_total", "seconds"], "it did not arrive");
        sandbox.told.settle(true);
        assert!(sandbox.news().is_empty());
        sandbox.told.settle(true);
        sandbox.total.with_label_values(&["x"]).inc_by(2.0);
        let news = sandbox.news();
        assert_eq!(
            (names(&news), news[0].get_metric()[0].get_counter().get_value()),
            (vec!["a_total".to_owned()], 2.0)
        );
    }

    /// What becomes of a push: it arrives or not, and that is known or not.
    #[derive(Clone, Copy, Debug)]
    struct Fate {
        arrives: bool,
        known: bool,
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

        /// Of two sandboxes, nothing is lost or counted twice where it is known what arrived; otherwise too little is
        /// counted, and never too much.
        #[test]
        fn a_gateway_never_counts_more_than_there_was(
            steps in proptest::collection::vec((0..2usize, 0..3usize, 0..4u32, any::<bool>(), any::<bool>()), 0..40),
        ) {
            let mut sandboxes = [Sandbox::new(), Sandbox::new()];
            let (mut gateway, mut all_known) = (HashMap::new(), true);
            for (at, label, value, arrives, known) in steps {
                let sandbox = &mut sandboxes[at];
                sandbox.count(["x", "y", "z"][label], value);
                let news = sandbox.news();
                // What was counted while the push was on its way is news the next time.
                sandbox.count("x", value);
                let fate = Fate { arrives, known };
                if fate.arrives {
                    add(&mut gateway, &news);
                }
                all_known &= fate.known || fate.arrives;
                sandbox.told.settle(fate.arrives || !fate.known);
            }
            for sandbox in &mut sandboxes {
                add(&mut gateway, &sandbox.news());
            }
            let mut truth = HashMap::new();
            sandboxes.iter().for_each(|sandbox| {
                let families = sandbox.registry.gather().into_iter();
                let counted: Vec<_> = families.filter(|family| family.get_field_type() != MetricType::GAUGE).collect();
                add(&mut truth, &counted);
            });
            for (series, true_values) in &truth {
                let none = vec![0.0; true_values.len()];
                let values = gateway.get(series).unwrap_or(&none);
                let fits = |(value, truth): (&f64, &f64)| if all_known { value == truth } else { value <= truth };
                prop_assert!(values.iter().zip(true_values).all(fits), "{}: {:?}, {:?}", series, values, true_values);
            }
        }
    }
}
