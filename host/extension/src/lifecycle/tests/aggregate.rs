//! A gateway that adds up is told everything once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use telesieve_config::Config;
use telesieve_sinks::{Fault, PushError, Sending, Sink, TakesMetrics};
use tokio::time::Instant;

use super::bench::Bench;

/// What becomes of a push, and whether it arrives.
type Fate = (Result<(), PushError>, bool);

#[derive(Debug, Default)]
struct AddsUp {
    fates: Mutex<VecDeque<Fate>>,
    sums: Mutex<BTreeMap<String, f64>>,
}

impl AddsUp {
    fn add(&self, text: &str) {
        assert!(!text.contains(" gauge\n"), "{text}");
        let series = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
        for (series, value) in series {
            *self.sums.lock().unwrap().entry(series.to_owned()).or_default() += value.parse::<f64>().unwrap();
        }
    }

    fn sum(&self, family: &str) -> f64 {
        let sums = self.sums.lock().unwrap();
        sums.iter().filter(|(series, _)| series.starts_with(&format!("{family}{{"))).map(|(_, value)| value).sum()
    }
}

impl Sink for AddsUp {
    fn name(&self) -> &'static str {
        "pushgateway"
    }

    fn metrics(&self) -> Option<&dyn TakesMetrics> {
        Some(self)
    }
}

impl TakesMetrics for AddsUp {
    fn min_interval(&self) -> Duration {
        Duration::ZERO
    }

    fn adds_up(&self) -> bool {
        true
    }

    fn push(&self, text: String, _deadline: Instant) -> Sending<'_, Result<(), PushError>> {
        let (result, arrives) = self.fates.lock().unwrap().pop_front().unwrap_or((Ok(()), true));
        if arrives {
            self.add(&text);
        }
        Box::pin(async { result })
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_failed_push_held_is_told_by_the_next_one() {
    let unavailable = || Fault::Unavailable { status: 503, retry_after: None };
    let fates = [
        (Ok(()), true),
        (Err(unavailable().into()), false),
        (Err(PushError::Refused { family: None }), false),
        (Ok(()), true),
        (Err(PushError::Unanswered(Fault::TimedOut)), true),
        (Ok(()), true),
    ];
    let sink = Arc::new(AddsUp { fates: Mutex::new(fates.into()), ..AddsUp::default() });
    let mut bench = Bench::with(&Config::default(), |_, _| vec![Arc::clone(&sink) as Arc<dyn Sink>]);
    for request in 0..9 {
        bench.invoke(&request.to_string(), Duration::from_secs(60));
        bench.events(1);
        bench.done(&request.to_string());
        bench.settle().await;
        tokio::time::advance(Duration::from_secs(60)).await;
    }
    assert_eq!(sink.fates.lock().unwrap().len(), 0);
    assert_eq!(sink.sum("telesieve_bodies_total"), 18.0);
    assert_eq!(sink.sum("faas_invocations_total"), 9.0);
}
