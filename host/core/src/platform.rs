//! What platform events say, for the metrics.
//!
//! Everything is optional, numbers come in any form, and unknown values are kept, because the platform adds and leaves
//! out what it likes. Nothing here fails: what cannot be read is absent.

use crate::json::{self, Member};
use crate::time;

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
    let name = kind.strip_prefix("platform.")?;
    let record = Object::of(record);
    let event = match name {
        "initStart" => PlatformEvent::InitStart(init_start(&record)),
        "initRuntimeDone" => PlatformEvent::InitRuntimeDone(init_done(&record)),
        "initReport" => PlatformEvent::InitReport(init_done(&record)),
        "start" => PlatformEvent::Start(start(&record)),
        "runtimeDone" => PlatformEvent::RuntimeDone(runtime_done(&record)),
        "report" => PlatformEvent::Report(report(&record)),
        "restoreStart" => PlatformEvent::RestoreStart(init_start(&record)),
        "restoreRuntimeDone" => PlatformEvent::RestoreRuntimeDone(restore_done(&record)),
        "restoreReport" => PlatformEvent::RestoreReport(restore_done(&record)),
        "extension" => PlatformEvent::Extension(extension(&record)),
        "telemetrySubscription" | "logsSubscription" => PlatformEvent::Subscription(subscription(&record)),
        "logsDropped" => PlatformEvent::LogsDropped(logs_dropped(&record)),
        _ => PlatformEvent::Other(kind.to_owned()),
    };
    Some(event)
}

fn init_start(record: &Object<'_>) -> InitStart {
    InitStart {
        initialization_type: record.text("initializationType"),
        phase: record.text("phase"),
        function_name: record.text("functionName"),
        function_version: record.text("functionVersion"),
        runtime_version: record.text("runtimeVersion"),
        runtime_version_arn: record.text("runtimeVersionArn"),
        instance_id: record.text("instanceId"),
        instance_max_memory_bytes: record.number("instanceMaxMemory").map(memory_bytes),
    }
}

fn memory_bytes(memory: f64) -> f64 {
    if memory >= BYTES_FROM { memory } else { memory * 1_048_576.0 }
}

fn init_done(record: &Object<'_>) -> InitDone {
    let metrics = record.metrics();
    InitDone {
        initialization_type: record.text("initializationType"),
        phase: record.text("phase"),
        status: record.status(),
        error_type: record.text("errorType"),
        duration_ms: metrics.number("durationMs"),
        spans: record.spans(),
    }
}

fn start(record: &Object<'_>) -> Start {
    Start {
        request_id: record.text("requestId"),
        version: record.text("version"),
        function_arn: record.text("functionArn"),
        tenant_id: record.text("tenantId"),
    }
}

fn runtime_done(record: &Object<'_>) -> RuntimeDone {
    let metrics = record.metrics();
    RuntimeDone {
        request_id: record.text("requestId"),
        status: record.status(),
        error_type: record.text("errorType"),
        duration_ms: metrics.number("durationMs"),
        produced_bytes: metrics.number("producedBytes"),
        spans: record.spans(),
    }
}

fn report(record: &Object<'_>) -> Report {
    let metrics = record.metrics();
    Report {
        request_id: record.text("requestId"),
        status: record.status(),
        error_type: record.text("errorType"),
        duration_ms: metrics.number("durationMs"),
        billed_duration_ms: metrics.number("billedDurationMs"),
        memory_size_mb: metrics.number("memorySizeMB"),
        max_memory_used_mb: metrics.number("maxMemoryUsedMB"),
        init_duration_ms: metrics.number("initDurationMs"),
        restore_duration_ms: metrics.number("restoreDurationMs"),
        billed_restore_duration_ms: metrics.number("billedRestoreDurationMs"),
        spans: record.spans(),
    }
}

fn restore_done(record: &Object<'_>) -> RestoreDone {
    let metrics = record.metrics();
    RestoreDone {
        status: record.status(),
        error_type: record.text("errorType"),
        duration_ms: metrics.number("durationMs"),
        spans: record.spans(),
    }
}

fn extension(record: &Object<'_>) -> Extension {
    Extension {
        name: record.text("name"),
        state: record.text("state"),
        events: record.texts("events"),
        error_type: record.text("errorType"),
    }
}

fn subscription(record: &Object<'_>) -> Subscription {
    Subscription { name: record.text("name"), state: record.text("state"), types: record.texts("types") }
}

fn logs_dropped(record: &Object<'_>) -> LogsDropped {
    LogsDropped {
        reason: record.text("reason"),
        dropped_records: record.number("droppedRecords"),
        dropped_bytes: record.number("droppedBytes"),
    }
}

/// Members of an object that is larger than most.
const MEMBERS: usize = 8;

/// The members of an object, read once.
#[derive(Default)]
struct Object<'r>(Vec<Member<'r>>);

impl<'r> Object<'r> {
    fn of(text: &'r str) -> Self {
        let mut members = Vec::with_capacity(MEMBERS);
        members.extend(json::members(text));
        Self(members)
    }

    fn get(&self, key: &str) -> Option<&'r str> {
        self.0.iter().rev().find(|member| member.is(key)).map(|member| member.value)
    }

    /// The text of a member; absent if it is no text or empty.
    fn text(&self, key: &str) -> Option<String> {
        let text = json::text(self.get(key)?)?;
        (!text.is_empty()).then(|| text.into_owned())
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let array = self.get(key).unwrap_or_default();
        json::elements(array).filter_map(|(_, value)| json::text(value)).map(String::from).collect()
    }

    /// The number of a member, bare or in quotes; absent if it is none or not finite.
    fn number(&self, key: &str) -> Option<f64> {
        let value = self.get(key)?;
        let number = match json::text(value) {
            Some(text) => text.trim().parse::<f64>().ok()?,
            None => value.parse::<f64>().ok()?,
        };
        number.is_finite().then_some(number)
    }

    fn metrics(&self) -> Object<'r> {
        self.get("metrics").map(Object::of).unwrap_or_default()
    }

    fn status(&self) -> Option<Status> {
        self.text("status").map(Status::of)
    }

    fn spans(&self) -> Spans {
        let array = self.get("spans").unwrap_or_default();
        Spans(json::elements(array).map(|(_, value)| span(&Object::of(value))).collect())
    }
}

fn span(value: &Object<'_>) -> Span {
    Span {
        name: value.text("name").unwrap_or_default(),
        start_ms: value.text("start").and_then(|start| time::parse_rfc3339(&start)),
        duration_ms: value.number("durationMs"),
    }
}

#[cfg(test)]
mod tests;
