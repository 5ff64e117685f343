//! How telesieve itself is doing, and what became of every event.

use std::time::Duration;

use prometheus::{Counter, Gauge, Histogram};
use telesieve_core::{DropReason, Ledger, Origin};

use crate::family::{Definition, Family, Maker, raise};

/// Flushes are capped by a budget of half a second by default.
const FLUSH: [f64; 5] = [0.01, 0.05, 0.2, 0.5, 2.0];
/// Transforms that get series of their own.
const MAX_TRANSFORMS: usize = 16;
/// Rules, of all transforms, that get a series of their own.
const MAX_RULES: usize = 64;
/// Kinds of fault per transform, outcomes per sink and so on: small sets in the code.
const MAX_KINDS: usize = 64;

/// What one transform did with one batch.
#[derive(Clone, Copy, Debug)]
pub struct TransformRun<'a> {
    /// Its name in the configuration.
    pub transform: &'a str,
    /// Records that it saw.
    pub seen: u64,
    /// Time that it took, edits included.
    pub time: Duration,
    /// Whether it is closed: not loaded, or in quarantine.
    pub closed: bool,
}

/// Metrics of telesieve's own health. All methods are cheap enough to call per batch.
pub struct Health {
    received: Family<Counter>,
    shipped: Counter,
    filtered: Family<Counter>,
    dropped: Family<Counter>,
    pending: Gauge,
    bodies: Counter,
    body_bytes: Counter,
    transform_batches: Family<Counter>,
    transform_events: Family<Counter>,
    transform_seconds: Family<Counter>,
    transform_faults: Family<Counter>,
    transform_closed: Family<Gauge>,
    rule_hits: Family<Counter>,
    requests: Family<Counter>,
    retries: Family<Counter>,
    sent_bytes: Family<Counter>,
    breaker: Family<Gauge>,
    rejections: Family<Counter>,
    duplicates: Counter,
    flush: Histogram,
    outbox_bytes: Gauge,
    outbox_events: Gauge,
    start: Gauge,
    config_errors: Gauge,
    target_ready: Family<Gauge>,
    guest_refusals: Family<Counter>,
    left_out: Gauge,
}

impl Health {
    pub(crate) fn new(make: &Maker, build: &str) -> Self {
        let info: Gauge = make
            .family(Definition::new("telesieve_info", "Always 1; the labels tell the build.", &["build"]), 1)
            .with(&[build]);
        info.set(1.0);
        Self {
            received: counters(make, "telesieve_events_received_total", "Events received, by origin.", &["origin"]),
            shipped: make.single("telesieve_events_shipped_total", "Events that the sink has stored."),
            filtered: bounded(
                make,
                "telesieve_events_filtered_total",
                "Events that a transform dropped on purpose.",
                &["transform"],
                MAX_TRANSFORMS,
            ),
            dropped: counters(make, "telesieve_events_dropped_total", "Events lost, by reason.", &["reason"]),
            pending: make.single("telesieve_events_pending", "Events received that have not met their end yet."),
            bodies: make.single("telesieve_bodies_total", "Telemetry bodies received."),
            body_bytes: make.single("telesieve_body_bytes_total", "Bytes of telemetry bodies received."),
            transform_batches: bounded(
                make,
                "telesieve_transform_batches_total",
                "Batches that a transform worked on.",
                &["transform"],
                MAX_TRANSFORMS,
            ),
            transform_events: bounded(
                make,
                "telesieve_transform_events_total",
                "Events that a transform saw.",
                &["transform"],
                MAX_TRANSFORMS,
            ),
            transform_seconds: bounded(
                make,
                "telesieve_transform_seconds_total",
                "Time that a transform took, edits included.",
                &["transform"],
                MAX_TRANSFORMS,
            ),
            transform_faults: counters(
                make,
                "telesieve_transform_faults_total",
                "Faults of a transform, by kind.",
                &["transform", "fault"],
            ),
            transform_closed: bounded(
                make,
                "telesieve_transform_closed",
                "1 if a transform did not load or is in quarantine.",
                &["transform"],
                MAX_TRANSFORMS,
            ),
            rule_hits: bounded(
                make,
                "telesieve_rule_hits_total",
                "Matches of a rule.",
                &["transform", "rule"],
                MAX_RULES,
            ),
            requests: counters(
                make,
                "telesieve_sink_requests_total",
                "Requests to a sink, by outcome.",
                &["sink", "outcome"],
            ),
            retries: counters(make, "telesieve_sink_retries_total", "Tries after the first one of a flush.", &["sink"]),
            sent_bytes: counters(
                make,
                "telesieve_sink_sent_bytes_total",
                "Bytes of request bodies, as sent.",
                &["sink"],
            ),
            breaker: bounded(
                make,
                "telesieve_sink_breaker_state",
                "0 closed, 1 half-open, 2 open.",
                &["sink"],
                MAX_KINDS,
            ),
            rejections: bounded(
                make,
                "telesieve_rejections_total",
                "Documents that OpenSearch refused for good, by error type.",
                &["error_type"],
                16,
            ),
            duplicates: make
                .single("telesieve_duplicates_total", "Documents that were stored before, their answer lost."),
            flush: make.histogram("telesieve_flush_duration_seconds", "Time that flushes took.", &FLUSH),
            outbox_bytes: make.single("telesieve_outbox_bytes", "Bytes of documents that wait."),
            outbox_events: make.single("telesieve_outbox_events", "Documents that wait."),
            start: make
                .single("telesieve_start_duration_seconds", "Time from the start of the process to the first Next."),
            config_errors: make.single("telesieve_config_errors", "Mistakes in the configuration."),
            target_ready: bounded(
                make,
                "telesieve_target_ready",
                "1 if documents go into a data stream that was set up; absent until one was sent.",
                &[],
                1,
            ),
            guest_refusals: counters(
                make,
                "telesieve_guest_samples_refused_total",
                "Samples of transforms that were not taken.",
                &["reason"],
            ),
            left_out: make.single(
                "telesieve_families_left_out",
                "Metric families that the PushGateway refused, and that are no longer pushed.",
            ),
        }
        .seeded()
    }

    /// Everything that is known beforehand, at zero.
    fn seeded(mut self) -> Self {
        self.ledger(&Ledger::default());
        for sink in ["opensearch", "pushgateway"] {
            self.requests.with(&[sink, "ok"]);
        }
        self
    }

    pub(crate) fn ledger(&mut self, ledger: &Ledger) {
        for (origin, total) in ledger.received_by_origin() {
            if total > 0 || matches!(origin, Origin::Function | Origin::Platform | Origin::Extension) {
                raise(&self.received.with(&[origin.as_str()]), total);
            }
        }
        for (transform, total) in ledger.filtered_by_transform() {
            raise(&self.filtered.with(&[transform]), total);
        }
        for (reason, total) in ledger.dropped_by_reason() {
            if total > 0 || reason == DropReason::OutboxFull {
                raise(&self.dropped.with(&[reason.as_str()]), total);
            }
        }
        raise(&self.shipped, ledger.shipped_total());
        self.pending.set(ledger.pending() as f64);
    }

    /// A body came in.
    pub fn body(&mut self, bytes: usize) {
        self.bodies.inc();
        self.body_bytes.inc_by(bytes as f64);
    }

    /// A transform is part of the chain: its counters start at zero.
    pub fn transform(&mut self, transform: &str, closed: bool) {
        let idle = TransformRun { transform, seen: 0, time: Duration::ZERO, closed };
        self.count_run(&idle, 0.0);
        self.filtered.with(&[transform]);
    }

    /// A transform worked on a batch.
    pub fn transform_run(&mut self, run: &TransformRun<'_>) {
        self.count_run(run, 1.0);
    }

    fn count_run(&mut self, run: &TransformRun<'_>, batches: f64) {
        let labels = [run.transform];
        self.transform_batches.with(&labels).inc_by(batches);
        self.transform_events.with(&labels).inc_by(run.seen as f64);
        self.transform_seconds.with(&labels).inc_by(run.time.as_secs_f64());
        self.transform_closed.with(&labels).set(f64::from(u8::from(run.closed)));
    }

    /// Faults of a transform: `trap`, `timeout`, ….
    pub fn transform_faults(&mut self, transform: &str, fault: &'static str, count: u64) {
        self.transform_faults.with(&[transform, fault]).inc_by(count as f64);
    }

    /// A rule of a transform matched.
    pub fn rule_hits(&mut self, transform: &str, rule: &str, hits: u64) {
        self.rule_hits.with(&[transform, rule]).inc_by(hits as f64);
    }

    /// A pass of requests to a sink ended: `ok`, or the name of a fault.
    pub fn sink_pass(&mut self, sink: &'static str, outcome: &'static str, sent_bytes: u64) {
        self.requests.with(&[sink, outcome]).inc();
        self.sent_bytes.with(&[sink]).inc_by(sent_bytes as f64);
    }

    /// A pass was not the first one of its flush.
    pub fn sink_retry(&mut self, sink: &'static str) {
        self.retries.with(&[sink]).inc();
    }

    /// State of the breaker before a sink: 0 closed, 1 half-open, 2 open.
    pub fn breaker(&mut self, sink: &'static str, state: u8) {
        self.breaker.with(&[sink]).set(f64::from(state));
    }

    /// OpenSearch refused a document for good.
    pub fn rejection(&mut self, error_type: &str) {
        self.rejections.with(&[error_type]).inc();
    }

    /// Documents that OpenSearch had already.
    pub fn duplicates(&mut self, count: u64) {
        self.duplicates.inc_by(count as f64);
    }

    /// A flush took so long.
    pub fn flush(&mut self, time: Duration) {
        self.flush.observe(time.as_secs_f64());
    }

    /// What waits in the outbox.
    pub fn outbox(&mut self, events: usize, bytes: usize) {
        self.outbox_events.set(events as f64);
        self.outbox_bytes.set(bytes as f64);
    }

    /// The first Next came so long after the process started.
    pub fn started(&mut self, time: Duration) {
        self.start.set(time.as_secs_f64());
    }

    /// Mistakes in the configuration.
    pub fn config_errors(&mut self, count: usize) {
        self.config_errors.set(count as f64);
    }

    /// Whether documents go where `telesieve setup` has prepared the ground.
    pub fn target_ready(&mut self, ready: bool) {
        self.target_ready.with(&[]).set(f64::from(u8::from(ready)));
    }

    pub(crate) fn guest_refused(&mut self, reason: &'static str) {
        self.guest_refusals.with(&[reason]).inc();
    }

    pub(crate) fn left_out(&mut self, families: usize) {
        self.left_out.set(families as f64);
    }
}

fn counters(make: &Maker, name: &str, help: &str, labels: &[&str]) -> Family<Counter> {
    bounded(make, name, help, labels, MAX_KINDS)
}

fn bounded<M: crate::family::Metric>(make: &Maker, name: &str, help: &str, labels: &[&str], max: usize) -> Family<M> {
    make.family(Definition::new(name, help, labels), max)
}
