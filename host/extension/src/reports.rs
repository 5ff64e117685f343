//! What happened, told to the metrics registry and to the operator.
//!
//! The crates that things happen in know nothing of metrics; this is where their reports become series and lines.

use std::time::Duration;

use telesieve_config::Loaded;
use telesieve_engine::{GuestSample, HealthState, LoadFault, MetricKind, NoteLevel, Outcome};
use telesieve_metrics::{GuestKind, Registry, TransformHealth, TransformRun};
use telesieve_sinks::{BreakerState, PushError, Target};

use crate::delivery::Delivery;
use crate::log::Log;

/// What is known when the sandbox starts: series that exist from here on start at zero. `ready` is the time from the
/// start of the process to the first call of Next.
pub(crate) fn start(registry: &mut Registry, loaded: &Loaded, faults: &[LoadFault], ready: Duration) {
    let health = registry.health();
    health.config_errors(loaded.errors.len());
    for transform in &loaded.config.transforms {
        let closed = faults.iter().any(|fault| *fault.transform == *transform.name);
        health.transform(&transform.name, closed);
    }
    health.started(ready);
}

/// What the chain did with a batch.
pub(crate) fn batch(registry: &mut Registry, outcome: &Outcome<'_>, log: &mut Log) {
    for stage in &outcome.stages {
        let (transform, seen, time, closed) = (&*stage.transform, stage.seen, stage.time, stage.closed);
        let health = registry.health();
        health.transform_run(&TransformRun { transform, seen, time, closed });
        for (fault, count) in &stage.faults {
            health.transform_faults(transform, fault.as_str(), u64::from(*count));
        }
        for rule in &stage.rule_hits {
            health.rule_hits(transform, &rule.rule, rule.hits);
        }
        health.transform_health(transform, health_of(stage.state), stage.quarantines);
        for rule in &stage.held_back {
            health.held_back(transform, &rule.rule, rule.hits);
        }
    }
    for sample in &outcome.samples {
        // A sample that is not taken is counted by the registry.
        let _ = registry.guest(&guest_sample(sample));
    }
    for note in &outcome.notes {
        let line = format_args!("transform `{}`: {}", note.transform, note.text);
        match note.level {
            NoteLevel::Error => log.error(line),
            NoteLevel::Warn => log.warn(line),
            NoteLevel::Info => log.info(line),
            NoteLevel::Debug => log.debug(line),
        }
    }
}

fn health_of(state: HealthState) -> TransformHealth {
    match state {
        HealthState::Working => TransformHealth::Working,
        HealthState::HalfOpen => TransformHealth::HalfOpen,
        HealthState::Quarantined => TransformHealth::Quarantined,
        HealthState::Closed => TransformHealth::Closed,
    }
}

fn guest_sample(sample: &GuestSample) -> telesieve_metrics::GuestSample<'_> {
    let metric = &sample.metric;
    let kind = match metric.kind {
        MetricKind::Counter => GuestKind::Counter,
        MetricKind::Gauge => GuestKind::Gauge,
        MetricKind::Histogram => GuestKind::Histogram,
    };
    telesieve_metrics::GuestSample {
        name: &metric.name,
        help: &metric.help,
        kind,
        label_names: &metric.label_names,
        label_values: &sample.label_values,
        buckets: &metric.buckets,
        value: sample.value,
    }
}

/// A flush of documents is over. The time of one that a freeze interrupted says nothing.
pub(crate) fn delivery(registry: &mut Registry, sink: &'static str, delivery: &Delivery, awake: bool) {
    let health = registry.health();
    for (attempt, (outcome, sent_bytes)) in delivery.attempts.iter().enumerate() {
        health.sink_pass(sink, outcome, *sent_bytes);
        if attempt > 0 {
            health.sink_retry(sink);
        }
    }
    for kind in &delivery.rejected {
        health.rejection(kind);
    }
    health.duplicates(delivery.duplicates);
    if awake {
        health.flush(delivery.took);
    }
    if let Some(target) = delivery.target {
        health.target_ready(target == Target::DataStream);
    }
}

/// A push of metrics is over.
pub(crate) fn push(registry: &mut Registry, sink: &'static str, result: &Result<(), PushError>) {
    let outcome = match result {
        Ok(()) => "ok",
        Err(PushError::Refused { .. }) => "refused",
        Err(PushError::Fault(fault) | PushError::Unanswered(fault)) => fault.as_str(),
    };
    registry.health().sink_pass(sink, outcome, 0);
}

/// Whether the sinks may be tried.
pub(crate) fn breakers(registry: &mut Registry, breakers: &Breakers) {
    for (sink, state) in breakers {
        registry.health().breaker(sink, state.as_number());
    }
}

/// States of the breakers, by name of the sink.
pub(crate) type Breakers = Vec<(&'static str, BreakerState)>;
