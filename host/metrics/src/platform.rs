//! What the platform says about the function: invocations, durations, memory, faults.
//!
//! Durations are seconds, sizes are bytes. Each invocation counts once, whatever is delivered twice and in whatever
//! order.

use prometheus::{Counter, Gauge, Histogram};
use telesieve_core::FunctionIdentity;
use telesieve_core::platform::{InitDone, LogsDropped, PlatformEvent, Report, RestoreDone, RuntimeDone, Spans, Status};

use crate::family::{Definition, Family, Maker, OTHER};
use crate::seen::{Part, Seen};

/// From a millisecond to Lambda's longest timeout, dense where most functions are.
const INVOKE: [f64; 14] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0, 10.0, 30.0, 120.0, 900.0];
/// Initialisations: at most ten seconds, except with provisioned concurrency.
const INIT: [f64; 7] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Phases of an invocation.
const SPAN: [f64; 5] = [0.001, 0.01, 0.1, 1.0, 10.0];
/// Distinct error types that get a series of their own: functions can make up theirs.
const MAX_ERROR_TYPES: usize = 16;
const MEGABYTE: f64 = 1_048_576.0;

const STATUSES: [&str; 4] = ["success", "error", "failure", "timeout"];
const PHASES: [&str; 3] = ["init", "invoke", "snap-start"];

/// What the platform's own error types begin with.
const ERROR_SOURCES: [&str; 4] = ["Runtime", "Function", "Sandbox", "Extension"];

const ERROR_TYPES: &str = "Invocations with an error type, by the platform's name for it.";
const MEMORY_USED: &str = "Most memory that the sandbox has used so far.";

/// Names of spans, of their metrics, and what they are.
const SPANS: [(&str, &str, &str); 4] = [
    ("responseLatency", "faas_response_latency_seconds", "Time to the first byte of a response."),
    ("responseDuration", "faas_response_duration_seconds", "Time from the first to the last byte of a response."),
    ("runtimeOverhead", "faas_runtime_overhead_seconds", "Time from the response to the runtime being ready."),
    ("extensionOverhead", "faas_extension_overhead_seconds", "Time that extensions took after the runtime was done."),
];

/// Metrics of the platform.
pub(crate) struct Platform {
    seen: Seen,
    /// Whether the next invocation finds a sandbox that was made for it.
    cold: bool,
    invocations: Counter,
    cold_starts: Counter,
    errors: Family<Counter>,
    error_types: Family<Counter>,
    timeouts: Counter,
    out_of_memory: Counter,
    invoke: Histogram,
    billed: Counter,
    billed_restore: Counter,
    produced: Counter,
    memory_size: Gauge,
    memory_used: Family<Gauge>,
    inits: Family<Counter>,
    init: Family<Histogram>,
    restores: Family<Counter>,
    restore: Family<Histogram>,
    spans: SpanMetrics,
    dropped_records: Counter,
    dropped_bytes: Counter,
}

impl Platform {
    pub(crate) fn new(make: &Maker, function: &FunctionIdentity) -> Self {
        let family = |name, help, labels: &[&str], max| make.family(Definition::new(name, help, labels), max);
        let platform = Self {
            seen: Seen::default(),
            cold: starts_cold(&function.init_type),
            invocations: make.single("faas_invocations_total", "Invocations, however they ended."),
            cold_starts: make.single("faas_coldstarts_total", "Invocations that had to wait for a new sandbox."),
            errors: family("faas_errors_total", "Invocations that did not succeed, by status.", &["status"], 4)
                .seed(&[&["error"], &["failure"], &["timeout"]]),
            error_types: family("faas_error_types_total", ERROR_TYPES, &["error_type"], MAX_ERROR_TYPES),
            timeouts: make.single("faas_timeouts_total", "Invocations that ran out of time."),
            out_of_memory: make.single("faas_out_of_memory_total", "Invocations that ran out of memory."),
            invoke: make.histogram("faas_invoke_duration_seconds", "Time that the function took.", &INVOKE),
            billed: make.single("faas_billed_duration_seconds_total", "Time billed."),
            billed_restore: make.single("faas_billed_restore_duration_seconds_total", "Time billed for restores."),
            produced: make.single("faas_produced_bytes_total", "Bytes of responses."),
            memory_size: make.single("faas_memory_size_bytes", "Memory that the function is configured with."),
            memory_used: make.family(Definition::new("faas_memory_max_used_bytes", MEMORY_USED, &[]), 1),
            inits: family("faas_inits_total", "Initialisations by phase and status.", &["phase", "status"], 12)
                .seed(&[&["init", "success"]]),
            init: lazy(make, "faas_init_duration_seconds", "Time that initialisations took.", &INIT),
            restores: family("faas_restores_total", "Restores from a snapshot by status.", &["status"], 4),
            restore: lazy(make, "faas_restore_duration_seconds", "Time that restores took.", &INIT),
            spans: SpanMetrics::new(make),
            dropped_records: make
                .single("faas_logs_dropped_records_total", "Records that the platform did not deliver."),
            dropped_bytes: make.single("faas_logs_dropped_bytes_total", "Bytes that the platform did not deliver."),
        };
        platform.memory_size.set(f64::from(function.memory_mb) * MEGABYTE);
        platform
    }

    pub(crate) fn observe(&mut self, event: &PlatformEvent) {
        match event {
            PlatformEvent::InitReport(init) => self.init_report(init),
            PlatformEvent::Start(start) => self.invocation(start.request_id.as_deref()),
            PlatformEvent::RuntimeDone(done) => self.runtime_done(done),
            PlatformEvent::Report(report) => self.report(report),
            PlatformEvent::RestoreStart(_) => self.cold = true,
            PlatformEvent::RestoreReport(restore) => self.restore_report(restore),
            PlatformEvent::LogsDropped(dropped) => self.logs_dropped(dropped),
            PlatformEvent::InitStart(_)
            | PlatformEvent::InitRuntimeDone(_)
            | PlatformEvent::RestoreRuntimeDone(_)
            | PlatformEvent::Extension(_)
            | PlatformEvent::Subscription(_)
            | PlatformEvent::Other(_) => {}
        }
    }

    fn invocation(&mut self, request_id: Option<&str>) {
        if !self.seen.is_new(request_id, Part::Invocation) {
            return;
        }
        self.invocations.inc();
        if std::mem::take(&mut self.cold) {
            self.cold_starts.inc();
        }
    }

    fn runtime_done(&mut self, done: &RuntimeDone) {
        let id = done.request_id.as_deref();
        if !self.seen.is_new(id, Part::RuntimeDone) {
            return;
        }
        if id.is_some() {
            self.invocation(id);
        }
        self.duration(id, done.duration_ms);
        add(&self.produced, done.produced_bytes);
        self.spans.observe(&done.spans);
        self.fault(id, done.status.as_ref(), done.error_type.as_deref(), false);
    }

    fn report(&mut self, report: &Report) {
        let id = report.request_id.as_deref();
        if !self.seen.is_new(id, Part::Report) {
            return;
        }
        if id.is_some() {
            self.invocation(id);
        }
        self.duration(id, report.duration_ms);
        add(&self.billed, seconds(report.billed_duration_ms));
        add(&self.billed_restore, seconds(report.billed_restore_duration_ms));
        set(&self.memory_size, report.memory_size_mb.map(|size| size * MEGABYTE));
        if let Some(used) = report.max_memory_used_mb.filter(usable) {
            self.memory_used.with(&[]).set(used * MEGABYTE);
        }
        self.spans.observe(&report.spans);
        let full =
            matches!((report.max_memory_used_mb, report.memory_size_mb), (Some(used), Some(size)) if used >= size);
        self.fault(id, report.status.as_ref(), report.error_type.as_deref(), full);
    }

    /// The runtime's own time, or, where only the report comes, the report's.
    fn duration(&mut self, id: Option<&str>, duration_ms: Option<f64>) {
        if id.is_some() && duration_ms.is_some() && self.seen.is_new(id, Part::Duration) {
            observe(&self.invoke, seconds(duration_ms));
        }
    }

    /// `full`: all of the memory was in use at some time.
    fn fault(&mut self, id: Option<&str>, status: Option<&Status>, error_type: Option<&str>, full: bool) {
        let failed = status.is_some_and(|status| *status != Status::Success);
        if error_type.is_none() && !failed {
            return;
        }
        let exited = matches!(error_type, Some("Runtime.ExitError"));
        if (error_type == Some("Runtime.OutOfMemory") || exited && full) && self.seen.is_new(id, Part::OutOfMemory) {
            self.out_of_memory.inc();
        }
        let timeout = matches!(status, Some(Status::Timeout))
            || matches!(error_type, Some("Sandbox.Timeout" | "Sandbox.Timedout"));
        if timeout && self.seen.is_new(id, Part::Timeout) {
            self.timeouts.inc();
        }
        if !self.seen.is_new(id, Part::Fault) {
            return;
        }
        if failed {
            self.errors.with(&[known(status.map(Status::as_str), &STATUSES)]).inc();
        }
        if let Some(error_type) = error_type {
            self.error_types.with(&[error_label(error_type)]).inc();
        }
    }

    fn init_report(&mut self, init: &InitDone) {
        let phase = known(init.phase.as_deref(), &PHASES);
        let status = known(init.status.as_ref().map(Status::as_str), &STATUSES);
        self.inits.with(&[phase, status]).inc();
        observe_lazy(&mut self.init, init.duration_ms);
    }

    fn restore_report(&mut self, restore: &RestoreDone) {
        self.restores.with(&[known(restore.status.as_ref().map(Status::as_str), &STATUSES)]).inc();
        observe_lazy(&mut self.restore, restore.duration_ms);
    }

    fn logs_dropped(&self, dropped: &LogsDropped) {
        add(&self.dropped_records, dropped.dropped_records);
        add(&self.dropped_bytes, dropped.dropped_bytes);
    }
}

/// Histograms of the spans that the platform reports.
struct SpanMetrics([(&'static str, Family<Histogram>); SPANS.len()]);

impl SpanMetrics {
    fn new(make: &Maker) -> Self {
        Self(SPANS.map(|(span, name, help)| (span, lazy(make, name, help, &SPAN))))
    }

    fn observe(&mut self, spans: &Spans) {
        for (name, family) in &mut self.0 {
            observe_lazy(family, spans.duration_ms(name));
        }
    }
}

/// A histogram that takes no series before its first value: not every function has every phase.
fn lazy(make: &Maker, name: &str, help: &str, buckets: &[f64]) -> Family<Histogram> {
    make.family(Definition { buckets: buckets.to_vec(), ..Definition::new(name, help, &[]) }, 1)
}

/// Sandboxes of these kinds are made ahead of the invocations.
fn starts_cold(init_type: &str) -> bool {
    !matches!(init_type, "provisioned-concurrency" | "lambda-managed-instances")
}

fn known(word: Option<&str>, words: &[&'static str]) -> &'static str {
    let Some(word) = word else { return "unknown" };
    words.iter().find(|known| **known == word).copied().unwrap_or(OTHER)
}

/// Functions can send any error type, and it is not looked at by any transform: what is not made like the platform's own
/// names (`Runtime.ExitError`), of letters alone, could be payload.
fn error_label(error_type: &str) -> &str {
    let reason =
        error_type.split_once('.').filter(|(source, _)| ERROR_SOURCES.contains(source)).map(|(_, reason)| reason);
    let fits = reason.is_some_and(|reason| {
        (1..=48).contains(&reason.len()) && reason.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    if fits { error_type } else { OTHER }
}

fn usable(value: &f64) -> bool {
    value.is_finite() && *value >= 0.0
}

fn seconds(milliseconds: Option<f64>) -> Option<f64> {
    milliseconds.map(|milliseconds| milliseconds / 1_000.0)
}

fn add(counter: &Counter, value: Option<f64>) {
    if let Some(value) = value.filter(usable) {
        counter.inc_by(value);
    }
}

fn set(gauge: &Gauge, value: Option<f64>) {
    if let Some(value) = value.filter(usable) {
        gauge.set(value);
    }
}

fn observe(histogram: &Histogram, value: Option<f64>) {
    if let Some(value) = value.filter(usable) {
        histogram.observe(value);
    }
}

fn observe_lazy(family: &mut Family<Histogram>, milliseconds: Option<f64>) {
    if let Some(value) = seconds(milliseconds).filter(usable) {
        family.with(&[]).observe(value);
    }
}
