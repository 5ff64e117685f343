//! How telesieve itself is doing, and what became of every event.

use std::time::Duration;

use prometheus::{Counter, Gauge, Histogram};
use telesieve_core::{Ledger, Origin};

use crate::family::{Definition, Family, Maker, Metric, raise};

/// Flushes are capped by a budget of half a second by default.
const FLUSH: [f64; 5] = [0.01, 0.05, 0.2, 0.5, 2.0];
/// Transforms that get series of their own.
const MAX_TRANSFORMS: usize = 16;
/// Rules, of all transforms, that get a series of their own.
const MAX_RULES: usize = 64;
/// Kinds of fault per transform, outcomes per sink and so on: small sets in the code.
const MAX_KINDS: usize = 64;
/// Types of error of OpenSearch that get a series of their own.
const MAX_ERROR_TYPES: usize = 16;

const STATE: &str = "0 working, 1 tried again, 2 in quarantine, 3 not loaded.";
const LEFT_OUT: &str = "Metric families that are no longer pushed, because the PushGateway refused them.";
const HELD_BACK: &str = "Records dropped because a rule still found something when they were about to leave.";
const OLDEST: &str = "Time that the oldest document in an outbox has been pending; 0 if none is.";
const READY: &str = "1 if documents go where setup has prepared the ground; absent until one was sent.";
const CLOSED: &str = "Connections to the telemetry listener that were closed without a response, by reason.";
const REFUSED: &str = "Samples of transforms that were rejected.";
const REJECTED: &str = "Documents that OpenSearch rejected permanently, by error type.";

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

/// What waits in all outboxes together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waiting {
    /// Documents.
    pub events: u64,
    /// Their bytes.
    pub bytes: usize,
    /// How long the oldest of them has waited.
    pub oldest: Duration,
}

/// Whether a transform is called. The numbers are the metric's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransformHealth {
    /// It is.
    Working = 0,
    /// The next batch decides.
    HalfOpen = 1,
    /// Not for a while.
    Quarantined = 2,
    /// It did not load.
    Closed = 3,
}

/// Metrics of telesieve's own health. All methods are cheap enough to call per batch.
pub struct Health {
    accounts: Accounts,
    transforms: Transforms,
    sinks: Sinks,
    process: Process,
}

/// The identity `received = shipped + filtered + dropped + pending`, and what it is made of.
struct Accounts {
    received: Family<Counter>,
    shipped: Counter,
    filtered: Family<Counter>,
    dropped: Family<Counter>,
    pending: Gauge,
    bodies: Counter,
    body_bytes: Counter,
}

struct Transforms {
    batches: Family<Counter>,
    events: Family<Counter>,
    seconds: Family<Counter>,
    faults: Family<Counter>,
    closed: Family<Gauge>,
    state: Family<Gauge>,
    quarantines: Family<Counter>,
    rule_hits: Family<Counter>,
    held_back: Family<Counter>,
    refusals: Family<Counter>,
}

struct Sinks {
    requests: Family<Counter>,
    retries: Family<Counter>,
    sent_bytes: Family<Counter>,
    breaker: Family<Gauge>,
    rejections: Family<Counter>,
    duplicates: Counter,
    flush: Histogram,
    outbox_bytes: Gauge,
    outbox_events: Gauge,
    oldest: Gauge,
    target_ready: Family<Gauge>,
    left_out: Gauge,
}

struct Process {
    start: Gauge,
    config_errors: Gauge,
    closed_connections: Family<Counter>,
}

impl Accounts {
    fn new(make: &Maker) -> Self {
        let counters = |name, help, label| bounded(make, name, help, &[label], MAX_KINDS);
        Self {
            received: counters("telesieve_events_received_total", "Events received, by origin.", "origin"),
            shipped: make.single("telesieve_events_shipped_total", "Events that the sink has stored."),
            filtered: per_transform(make, "telesieve_events_filtered_total", "Events dropped on purpose."),
            dropped: counters("telesieve_events_dropped_total", "Events lost, by reason.", "reason"),
            pending: make.single("telesieve_events_pending", "Events received that have not met their end yet."),
            bodies: make.single("telesieve_bodies_total", "Telemetry bodies received."),
            body_bytes: make.single("telesieve_body_bytes_total", "Bytes of telemetry bodies received."),
        }
    }
}

impl Transforms {
    fn new(make: &Maker) -> Self {
        let counters = |name, help, labels: &[&str], max| bounded(make, name, help, labels, max);
        Self {
            batches: per_transform(make, "telesieve_transform_batches_total", "Batches worked on."),
            events: per_transform(make, "telesieve_transform_events_total", "Events seen."),
            seconds: per_transform(make, "telesieve_transform_seconds_total", "Time taken, edits included."),
            faults: counters(
                "telesieve_transform_faults_total",
                "Faults, by kind.",
                &["transform", "fault"],
                MAX_KINDS,
            ),
            closed: per_transform(make, "telesieve_transform_closed", "1 if it did not load or is in quarantine."),
            state: per_transform(make, "telesieve_transform_state", STATE),
            quarantines: per_transform(
                make,
                "telesieve_transform_quarantines_total",
                "Times it was put into quarantine.",
            ),
            rule_hits: counters("telesieve_rule_hits_total", "Matches of rules.", &["transform", "rule"], MAX_RULES),
            held_back: counters("telesieve_rule_held_back_total", HELD_BACK, &["transform", "rule"], MAX_RULES),
            refusals: counters("telesieve_guest_samples_refused_total", REFUSED, &["reason"], MAX_KINDS),
        }
    }
}

impl Sinks {
    fn new(make: &Maker) -> Self {
        let counters = |name, help, labels: &[&str]| bounded(make, name, help, labels, MAX_KINDS);
        Self {
            requests: counters("telesieve_sink_requests_total", "Passes, by outcome.", &["sink", "outcome"]),
            retries: counters("telesieve_sink_retries_total", "Passes after the first one of a flush.", &["sink"]),
            sent_bytes: counters("telesieve_sink_sent_bytes_total", "Bytes of request bodies, as sent.", &["sink"]),
            breaker: bounded(
                make,
                "telesieve_sink_breaker_state",
                "0 closed, 1 half-open, 2 open.",
                &["sink"],
                MAX_KINDS,
            ),
            rejections: bounded(make, "telesieve_rejections_total", REJECTED, &["error_type"], MAX_ERROR_TYPES),
            duplicates: make.single("telesieve_duplicates_total", "Documents that OpenSearch had stored before."),
            flush: make.histogram("telesieve_flush_duration_seconds", "Time that flushes took.", &FLUSH),
            outbox_bytes: make.single("telesieve_outbox_bytes", "Bytes of pending documents."),
            outbox_events: make.single("telesieve_outbox_events", "Pending documents."),
            oldest: make.single("telesieve_outbox_oldest_seconds", OLDEST),
            target_ready: bounded(make, "telesieve_target_ready", READY, &[], 1),
            left_out: make.single("telesieve_families_left_out", LEFT_OUT),
        }
    }
}

impl Process {
    fn new(make: &Maker, build: &str) -> Self {
        let info: Gauge =
            bounded(make, "telesieve_info", "Always 1; the label tells the build.", &["build"], 1).with(&[build]);
        info.set(1.0);
        Self {
            start: make.single("telesieve_start_duration_seconds", "Time from the process' start to the first Next."),
            config_errors: make.single("telesieve_config_errors", "Errors in the configuration."),
            closed_connections: bounded(make, "telesieve_listener_closed_total", CLOSED, &["reason"], MAX_KINDS),
        }
    }
}

impl Health {
    /// Everything that is known beforehand starts at zero.
    pub(crate) fn new(make: &Maker, build: &str) -> Self {
        let mut health = Self {
            accounts: Accounts::new(make),
            transforms: Transforms::new(make),
            sinks: Sinks::new(make),
            process: Process::new(make, build),
        };
        health.ledger(&Ledger::default());
        for sink in ["opensearch", "pushgateway"] {
            health.sinks.requests.with(&[sink, "ok"]);
        }
        health
    }

    pub(crate) fn ledger(&mut self, ledger: &Ledger) {
        // Hardly anybody has more than one sink for events, and each series costs the gateway.
        let there = |(origin, total): &(Origin, u64)| *origin != Origin::Copy || *total > 0;
        for (origin, total) in ledger.received_by_origin().filter(there) {
            raise(&self.accounts.received.with(&[origin.as_str()]), total);
        }
        for (transform, total) in ledger.filtered_by_transform() {
            raise(&self.accounts.filtered.with(&[transform]), total);
        }
        for (reason, total) in ledger.dropped_by_reason() {
            raise(&self.accounts.dropped.with(&[reason.as_str()]), total);
        }
        raise(&self.accounts.shipped, ledger.shipped_total());
        self.accounts.pending.set(ledger.pending() as f64);
    }

    /// A body came in.
    pub fn body(&mut self, bytes: usize) {
        self.accounts.bodies.inc();
        self.accounts.body_bytes.inc_by(bytes as f64);
    }

    /// A transform is part of the chain: its counters start at zero.
    pub fn transform(&mut self, transform: &str, closed: bool) {
        let idle = TransformRun { transform, seen: 0, time: Duration::ZERO, closed };
        self.count_run(&idle, 0.0);
        self.accounts.filtered.with(&[transform]);
        self.transform_health(transform, if closed { TransformHealth::Closed } else { TransformHealth::Working }, 0);
    }

    /// Whether a transform is called, and how often it was put into quarantine since it was asked last.
    pub fn transform_health(&mut self, transform: &str, health: TransformHealth, quarantines: u32) {
        self.transforms.state.with(&[transform]).set(f64::from(health as u8));
        self.transforms.quarantines.with(&[transform]).inc_by(f64::from(quarantines));
    }

    /// A transform worked on a batch.
    pub fn transform_run(&mut self, run: &TransformRun<'_>) {
        self.count_run(run, 1.0);
    }

    fn count_run(&mut self, run: &TransformRun<'_>, batches: f64) {
        let labels = [run.transform];
        self.transforms.batches.with(&labels).inc_by(batches);
        self.transforms.events.with(&labels).inc_by(run.seen as f64);
        self.transforms.seconds.with(&labels).inc_by(run.time.as_secs_f64());
        self.transforms.closed.with(&labels).set(f64::from(u8::from(run.closed)));
    }

    /// Faults of a transform: `trap`, `timeout`, ….
    pub fn transform_faults(&mut self, transform: &str, fault: &'static str, count: u64) {
        self.transforms.faults.with(&[transform, fault]).inc_by(count as f64);
    }

    /// A rule of a transform matched.
    pub fn rule_hits(&mut self, transform: &str, rule: &str, hits: u64) {
        self.transforms.rule_hits.with(&[transform, rule]).inc_by(hits as f64);
    }

    /// A rule of a transform found something in records that were about to leave, and they were dropped.
    pub fn held_back(&mut self, transform: &str, rule: &str, records: u64) {
        self.transforms.held_back.with(&[transform, rule]).inc_by(records as f64);
    }

    /// A pass of requests to a sink ended: `ok`, or the name of a fault.
    pub fn sink_pass(&mut self, sink: &'static str, outcome: &'static str, sent_bytes: u64) {
        self.sinks.requests.with(&[sink, outcome]).inc();
        self.sinks.sent_bytes.with(&[sink]).inc_by(sent_bytes as f64);
    }

    /// A pass was not the first one of its flush.
    pub fn sink_retry(&mut self, sink: &'static str) {
        self.sinks.retries.with(&[sink]).inc();
    }

    /// State of the breaker before a sink: 0 closed, 1 half-open, 2 open.
    pub fn breaker(&mut self, sink: &'static str, state: u8) {
        self.sinks.breaker.with(&[sink]).set(f64::from(state));
    }

    /// OpenSearch refused a document for good.
    pub fn rejection(&mut self, error_type: &str) {
        self.sinks.rejections.with(&[error_type]).inc();
    }

    /// Documents that OpenSearch had already.
    pub fn duplicates(&mut self, count: u64) {
        self.sinks.duplicates.inc_by(count as f64);
    }

    /// A flush took so long.
    pub fn flush(&mut self, time: Duration) {
        self.sinks.flush.observe(time.as_secs_f64());
    }

    /// What waits in the outbox.
    pub fn outbox(&mut self, waiting: Waiting) {
        self.sinks.outbox_events.set(waiting.events as f64);
        self.sinks.outbox_bytes.set(waiting.bytes as f64);
        self.sinks.oldest.set(waiting.oldest.as_secs_f64());
    }

    /// The first Next came so long after the process started.
    pub fn started(&mut self, time: Duration) {
        self.process.start.set(time.as_secs_f64());
    }

    /// Errors in the configuration.
    pub fn config_errors(&mut self, count: usize) {
        self.process.config_errors.set(count as f64);
    }

    /// A connection to the listener was closed without an answer: `slow` or `crowded`.
    pub fn connection_closed(&mut self, reason: &'static str) {
        self.process.closed_connections.with(&[reason]).inc();
    }

    /// Whether documents go where `telesieve setup` has prepared the ground.
    pub fn target_ready(&mut self, ready: bool) {
        self.sinks.target_ready.with(&[]).set(f64::from(u8::from(ready)));
    }

    pub(crate) fn guest_refused(&mut self, reason: &'static str) {
        self.transforms.refusals.with(&[reason]).inc();
    }

    pub(crate) fn left_out(&mut self, families: usize) {
        self.sinks.left_out.set(families as f64);
    }
}

fn per_transform<M: Metric>(make: &Maker, name: &str, help: &str) -> Family<M> {
    bounded(make, name, help, &["transform"], MAX_TRANSFORMS)
}

fn bounded<M: Metric>(make: &Maker, name: &str, help: &str, labels: &[&str], max: usize) -> Family<M> {
    make.family(Definition::new(name, help, labels), max)
}
