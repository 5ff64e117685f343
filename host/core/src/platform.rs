//! What platform events say, for the metrics.
//!
//! Everything is optional, numbers come in any form, and unknown values are kept, because the platform adds and leaves
//! out what it likes. Nothing here fails: what cannot be read is absent.

use crate::{json, time};

/// From here on `instanceMaxMemory` is taken for bytes, below it for megabytes. The platform has been seen to send both.
const BYTES_FROM: f64 = 1_000_000.0;

/// A platform event, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub enum PlatformEvent {
    /// `platform.initStart`.
    InitStart(InitStart),
    /// `platform.initRuntimeDone`.
    InitRuntimeDone(InitDone),
    /// `platform.initReport`.
    InitReport(InitDone),
    /// `platform.start`.
    Start(Start),
    /// `platform.runtimeDone`.
    RuntimeDone(RuntimeDone),
    /// `platform.report`.
    Report(Report),
    /// `platform.restoreStart`.
    RestoreStart(InitStart),
    /// `platform.restoreRuntimeDone`.
    RestoreRuntimeDone(RestoreDone),
    /// `platform.restoreReport`.
    RestoreReport(RestoreDone),
    /// `platform.extension`.
    Extension(Extension),
    /// `platform.telemetrySubscription`, and `platform.logsSubscription` of old.
    Subscription(Subscription),
    /// `platform.logsDropped`.
    LogsDropped(LogsDropped),
    /// Any other kind; its name.
    Other(String),
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It worked, as far as the platform can tell: a handler that raised counts as success.
    Success,
    /// The code, the runtime or an extension is at fault.
    Error,
    /// The platform is at fault.
    Failure,
    /// Time ran out.
    Timeout,
    /// What the platform will think of next.
    Other(String),
}

impl Status {
    /// The word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Failure => "failure",
            Self::Timeout => "timeout",
            Self::Other(word) => word,
        }
    }

    fn of(word: String) -> Self {
        match word.as_str() {
            "success" => Self::Success,
            "error" => Self::Error,
            "failure" => Self::Failure,
            "timeout" => Self::Timeout,
            _ => Self::Other(word),
        }
    }
}

/// A phase of something, such as `responseLatency`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    /// Its name.
    pub name: String,
    /// Unix milliseconds.
    pub start_ms: Option<i64>,
    /// Milliseconds.
    pub duration_ms: Option<f64>,
}

/// The spans of an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spans(pub Vec<Span>);

impl Spans {
    /// Milliseconds of the span of that name, the last one if there are several.
    #[must_use]
    pub fn duration_ms(&self, name: &str) -> Option<f64> {
        self.0.iter().rev().find(|span| span.name == name)?.duration_ms
    }
}

/// The start of an initialisation or of a restore.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InitStart {
    /// `on-demand`, `provisioned-concurrency`, `snap-start`, `lambda-managed-instances`, …
    pub initialization_type: Option<String>,
    /// `init`, `invoke`, `snap-start`, …
    pub phase: Option<String>,
    /// Name of the function.
    pub function_name: Option<String>,
    /// Version of the function.
    pub function_version: Option<String>,
    /// Such as `nodejs:22.v41`.
    pub runtime_version: Option<String>,
    /// ARN of the runtime version.
    pub runtime_version_arn: Option<String>,
    /// A UUID or a log stream's name.
    pub instance_id: Option<String>,
    /// Bytes. The platform sends megabytes or bytes; below a million it is taken for megabytes.
    pub instance_max_memory_bytes: Option<f64>,
}

/// The end of an initialisation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InitDone {
    /// See [`InitStart::initialization_type`].
    pub initialization_type: Option<String>,
    /// See [`InitStart::phase`].
    pub phase: Option<String>,
    /// How it ended.
    pub status: Option<Status>,
    /// Such as `Runtime.ExitError`. An unbounded set.
    pub error_type: Option<String>,
    /// Milliseconds; only in reports.
    pub duration_ms: Option<f64>,
    /// Phases.
    pub spans: Spans,
}

/// The start of an invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// Request id.
    pub request_id: Option<String>,
    /// Version of the function.
    pub version: Option<String>,
    /// ARN of the function.
    pub function_arn: Option<String>,
    /// Tenant, with tenant isolation.
    pub tenant_id: Option<String>,
}

/// The runtime is done with an invocation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuntimeDone {
    /// Request id.
    pub request_id: Option<String>,
    /// How it ended.
    pub status: Option<Status>,
    /// See [`InitDone::error_type`].
    pub error_type: Option<String>,
    /// Milliseconds.
    pub duration_ms: Option<f64>,
    /// Bytes of the response.
    pub produced_bytes: Option<f64>,
    /// `responseLatency`, `responseDuration`, `runtimeOverhead`, …
    pub spans: Spans,
}

/// An invocation is over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Request id.
    pub request_id: Option<String>,
    /// How it ended.
    pub status: Option<Status>,
    /// See [`InitDone::error_type`].
    pub error_type: Option<String>,
    /// Milliseconds, with what extensions added.
    pub duration_ms: Option<f64>,
    /// Milliseconds.
    pub billed_duration_ms: Option<f64>,
    /// Configured memory in megabytes.
    pub memory_size_mb: Option<f64>,
    /// Peak of the sandbox so far, in megabytes.
    pub max_memory_used_mb: Option<f64>,
    /// Milliseconds; on the first invocation only.
    pub init_duration_ms: Option<f64>,
    /// Milliseconds; after a restore.
    pub restore_duration_ms: Option<f64>,
    /// Milliseconds; after a restore.
    pub billed_restore_duration_ms: Option<f64>,
    /// `extensionOverhead`; on managed instances the response spans.
    pub spans: Spans,
}

/// The end of a restore.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RestoreDone {
    /// How it ended.
    pub status: Option<Status>,
    /// See [`InitDone::error_type`].
    pub error_type: Option<String>,
    /// Milliseconds; only in reports.
    pub duration_ms: Option<f64>,
    /// Phases.
    pub spans: Spans,
}

/// An extension at the end of the initialisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extension {
    /// Its name.
    pub name: Option<String>,
    /// `Ready`, `Registered`, `LaunchError`, …
    pub state: Option<String>,
    /// `INVOKE`, `SHUTDOWN`.
    pub events: Vec<String>,
    /// See [`InitDone::error_type`].
    pub error_type: Option<String>,
}

/// A subscription to telemetry or logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// Name of the subscriber.
    pub name: Option<String>,
    /// `Subscribed`.
    pub state: Option<String>,
    /// Streams.
    pub types: Vec<String>,
}

/// The platform lost something.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogsDropped {
    /// Free text.
    pub reason: Option<String>,
    /// Records lost.
    pub dropped_records: Option<f64>,
    /// Bytes lost.
    pub dropped_bytes: Option<f64>,
}

/// Reads a platform event; `None` if `kind` is not `platform.*`. `record` may be anything.
#[must_use]
pub fn read(kind: &str, record: &str) -> Option<PlatformEvent> {
    let event = match kind.strip_prefix("platform.")? {
        "initStart" => PlatformEvent::InitStart(init_start(record)),
        "initRuntimeDone" => PlatformEvent::InitRuntimeDone(init_done(record)),
        "initReport" => PlatformEvent::InitReport(init_done(record)),
        "start" => PlatformEvent::Start(start(record)),
        "runtimeDone" => PlatformEvent::RuntimeDone(runtime_done(record)),
        "report" => PlatformEvent::Report(report(record)),
        "restoreStart" => PlatformEvent::RestoreStart(init_start(record)),
        "restoreRuntimeDone" => PlatformEvent::RestoreRuntimeDone(restore_done(record)),
        "restoreReport" => PlatformEvent::RestoreReport(restore_done(record)),
        "extension" => PlatformEvent::Extension(extension(record)),
        "telemetrySubscription" | "logsSubscription" => PlatformEvent::Subscription(subscription(record)),
        "logsDropped" => PlatformEvent::LogsDropped(logs_dropped(record)),
        _ => PlatformEvent::Other(kind.to_owned()),
    };
    Some(event)
}

fn init_start(record: &str) -> InitStart {
    InitStart {
        initialization_type: text(record, "initializationType"),
        phase: text(record, "phase"),
        function_name: text(record, "functionName"),
        function_version: text(record, "functionVersion"),
        runtime_version: text(record, "runtimeVersion"),
        runtime_version_arn: text(record, "runtimeVersionArn"),
        instance_id: text(record, "instanceId"),
        instance_max_memory_bytes: number(record, "instanceMaxMemory").map(memory_bytes),
    }
}

fn memory_bytes(memory: f64) -> f64 {
    if memory >= BYTES_FROM { memory } else { memory * 1_048_576.0 }
}

fn init_done(record: &str) -> InitDone {
    InitDone {
        initialization_type: text(record, "initializationType"),
        phase: text(record, "phase"),
        status: status(record),
        error_type: text(record, "errorType"),
        duration_ms: metric(record, "durationMs"),
        spans: spans(record),
    }
}

fn start(record: &str) -> Start {
    Start {
        request_id: text(record, "requestId"),
        version: text(record, "version"),
        function_arn: text(record, "functionArn"),
        tenant_id: text(record, "tenantId"),
    }
}

fn runtime_done(record: &str) -> RuntimeDone {
    RuntimeDone {
        request_id: text(record, "requestId"),
        status: status(record),
        error_type: text(record, "errorType"),
        duration_ms: metric(record, "durationMs"),
        produced_bytes: metric(record, "producedBytes"),
        spans: spans(record),
    }
}

fn report(record: &str) -> Report {
    Report {
        request_id: text(record, "requestId"),
        status: status(record),
        error_type: text(record, "errorType"),
        duration_ms: metric(record, "durationMs"),
        billed_duration_ms: metric(record, "billedDurationMs"),
        memory_size_mb: metric(record, "memorySizeMB"),
        max_memory_used_mb: metric(record, "maxMemoryUsedMB"),
        init_duration_ms: metric(record, "initDurationMs"),
        restore_duration_ms: metric(record, "restoreDurationMs"),
        billed_restore_duration_ms: metric(record, "billedRestoreDurationMs"),
        spans: spans(record),
    }
}

fn restore_done(record: &str) -> RestoreDone {
    RestoreDone {
        status: status(record),
        error_type: text(record, "errorType"),
        duration_ms: metric(record, "durationMs"),
        spans: spans(record),
    }
}

fn extension(record: &str) -> Extension {
    Extension {
        name: text(record, "name"),
        state: text(record, "state"),
        events: texts(record, "events"),
        error_type: text(record, "errorType"),
    }
}

fn subscription(record: &str) -> Subscription {
    Subscription { name: text(record, "name"), state: text(record, "state"), types: texts(record, "types") }
}

fn logs_dropped(record: &str) -> LogsDropped {
    LogsDropped {
        reason: text(record, "reason"),
        dropped_records: number(record, "droppedRecords"),
        dropped_bytes: number(record, "droppedBytes"),
    }
}

/// The text of a member; absent if it is no text or empty.
fn text(object: &str, key: &str) -> Option<String> {
    let text = json::text(json::get(object, key)?)?;
    (!text.is_empty()).then(|| text.into_owned())
}

fn texts(object: &str, key: &str) -> Vec<String> {
    let array = json::get(object, key).unwrap_or_default();
    json::elements(array).filter_map(|(_, value)| json::text(value)).map(String::from).collect()
}

/// The number of a member, bare or in quotes; absent if it is none or not finite.
fn number(object: &str, key: &str) -> Option<f64> {
    let value = json::get(object, key)?;
    let number = match json::text(value) {
        Some(text) => text.trim().parse::<f64>().ok()?,
        None => value.parse::<f64>().ok()?,
    };
    number.is_finite().then_some(number)
}

fn metric(record: &str, name: &str) -> Option<f64> {
    number(json::get(record, "metrics")?, name)
}

fn status(record: &str) -> Option<Status> {
    text(record, "status").map(Status::of)
}

fn spans(record: &str) -> Spans {
    let array = json::get(record, "spans").unwrap_or_default();
    Spans(json::elements(array).map(|(_, value)| span(value)).collect())
}

fn span(value: &str) -> Span {
    Span {
        name: text(value, "name").unwrap_or_default(),
        start_ms: text(value, "start").and_then(|start| time::parse_rfc3339(&start)),
        duration_ms: number(value, "durationMs"),
    }
}
