//! Invocations: the function as the sandbox plays it, and the extensions beside it.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};
use tokio::time::timeout_at;

use crate::clock::{self, millis};
use crate::init::failed_extension;
use crate::invocation::{Ending, Invocation, Line, Tracing};
use crate::options::{InitType, ReportDelivery};
use crate::report::{InvokeReport, Outcome};
use crate::sandbox::Life;
use crate::telemetry::Emitted;
use crate::{Sandbox, ids};

/// Share of the shutdown's budget that is the runtime's. What a reset leaves of telemetry has as long at most.
const RUNTIME_SHARE: f64 = 0.3;

/// What one invocation knows of itself.
struct Call<'i> {
    invocation: &'i Invocation,
    request_id: String,
    trace: Option<Value>,
    begun: Instant,
    deadline: tokio::time::Instant,
}

impl Sandbox {
    /// Invokes the function once and returns when the sandbox is idle again. Managed instances take many invocations
    /// at once; elsewhere they queue.
    ///
    /// # Errors
    /// If the extensions cannot be started again after a reset.
    pub async fn invoke(&self, invocation: Invocation) -> Result<InvokeReport> {
        if self.platform.options.managed() {
            return Ok(self.invoke_managed(&invocation).await);
        }
        let mut life = self.life.lock().await;
        self.thaw();
        let suppressed_init = if life.ready { None } else { Some(self.init("invoke", &mut life).await?) };
        self.thaw();
        let call = self.call(&invocation);
        let failed = suppressed_init.as_ref().filter(|init| init.outcome != Outcome::Success);
        let mut report = match failed {
            Some(init) => self.not_initialized(&call, init.outcome.clone(), &mut life).await,
            None => match self.restore(&mut life).await {
                Outcome::Success => self.run(&call, &mut life).await,
                failed => self.not_restored(&call, failed, &mut life).await,
            },
        };
        report.suppressed_init = suppressed_init;
        Ok(report)
    }

    /// The init inside an invocation failed, and the invocation with it. Nobody is left to tell where an extension is at
    /// fault.
    async fn not_initialized(&self, call: &Call<'_>, outcome: Outcome, life: &mut Life) -> InvokeReport {
        if self.platform.relay.first_destination().is_none() {
            return report(call, outcome, Duration::ZERO, Duration::ZERO);
        }
        self.emit("start", &self.start_record(call));
        self.done(call, &outcome, Duration::ZERO);
        self.reset(call, life, outcome, Duration::ZERO).await
    }

    /// The snapshot could not be resumed. No invocation has begun.
    async fn not_restored(&self, call: &Call<'_>, outcome: Outcome, life: &mut Life) -> InvokeReport {
        life.ready = false;
        let reset = self.stop("failure").await;
        InvokeReport { reset: Some(reset), ..report(call, outcome, Duration::ZERO, Duration::ZERO) }
    }

    fn call<'i>(&self, invocation: &'i Invocation) -> Call<'i> {
        let begun = Instant::now();
        let timeout = invocation.timeout.unwrap_or(self.platform.options.function.timeout);
        Call {
            invocation,
            request_id: invocation.request_id.clone().unwrap_or_else(ids::uuid),
            trace: trace(invocation.tracing),
            begun,
            deadline: (begun + timeout).into(),
        }
    }

    async fn run(&self, call: &Call<'_>, life: &mut Life) -> InvokeReport {
        if !call.invocation.start_after_invoke {
            self.emit("start", &self.start_record(call));
        }
        let event = self.invoke_event(call).to_string();
        self.platform.change(|state| state.members.invoke(&event));
        if call.invocation.start_after_invoke {
            self.emit("start", &self.start_record(call));
        }
        let played = self.unless_broken(call, self.play(call)).await;
        let function_time = call.begun.elapsed();
        self.done(call, &played, function_time);
        self.say(&call.invocation.late_lines, call).await;
        if resets(&played, call.invocation) {
            return self.reset(call, life, played, function_time).await;
        }
        let ready = self.platform.until(|state| state.members.all_ready().then_some(Outcome::Success));
        let waited = self.unless_broken(call, ready).await;
        if waited != Outcome::Success {
            return self.reset(call, life, waited, function_time).await;
        }
        let tail = self.tail(call, function_time);
        self.report(call, &played, function_time + tail, tail, life);
        self.rest().await;
        report(call, played, function_time, tail)
    }

    /// Plays the function: its lines, its time, its end.
    async fn play(&self, call: &Call<'_>) -> Outcome {
        self.say(&call.invocation.lines, call).await;
        tokio::time::sleep(call.invocation.takes).await;
        match Outcome::of(&call.invocation.ending) {
            Some(outcome) => outcome,
            None => std::future::pending().await,
        }
    }

    fn done(&self, call: &Call<'_>, outcome: &Outcome, time: Duration) {
        if self.platform.options.tell_failures || !resets(outcome, call.invocation) {
            self.emit("runtimeDone", &runtime_done(call, outcome, time));
        }
    }

    /// Waits for something, unless the time runs out or an extension breaks.
    async fn unless_broken(&self, call: &Call<'_>, work: impl Future<Output = Outcome>) -> Outcome {
        let broken = self.platform.until(failed_extension);
        let either = async {
            tokio::select! {
                biased;
                outcome = broken => outcome,
                outcome = work => outcome,
            }
        };
        timeout_at(call.deadline, either).await.unwrap_or(Outcome::TimedOut)
    }

    async fn say(&self, lines: &[Line], call: &Call<'_>) {
        for line in lines {
            let fill = |text: &str| text.replace("{request_id}", &call.request_id).replace("{time}", &clock::now());
            let format = self.platform.options.function.log_format;
            self.platform.relay.emit(match line {
                Line::Pause(time) => {
                    tokio::time::sleep(*time).await;
                    continue;
                }
                Line::Print(text) => Emitted::line("function", &fill(text), format),
                Line::Text(text) => Emitted::record("function", json!(fill(text) + "\n").to_string()),
                Line::Json(record) => Emitted::record("function", fill(record)),
                Line::Event(event) => Emitted::verbatim(event),
            });
        }
    }

    /// Billed time after the function's answer.
    fn tail(&self, call: &Call<'_>, function_time: Duration) -> Duration {
        let answered = call.begun + function_time;
        let invoked = |member: &crate::members::Member| member.last_next.filter(|_| member.invoke);
        let last = self.platform.read(|state| state.members.iter().filter_map(invoked).max());
        last.map(|next| next.saturating_duration_since(answered)).unwrap_or_default()
    }

    fn report(&self, call: &Call<'_>, outcome: &Outcome, time: Duration, tail: Duration, life: &mut Life) {
        let init = life.init.take();
        if self.platform.options.report != ReportDelivery::Never {
            self.emit("report", &self.report_record(call, outcome, time, tail, init));
        }
    }

    /// Freezes until the next event.
    async fn rest(&self) {
        let options = &self.platform.options;
        if options.report == ReportDelivery::BeforeFreeze {
            self.platform.relay.flush(options.shutdown_budget).await;
        }
        if options.freeze {
            self.freeze_now();
        }
    }

    /// After a failure: the report, if there is one, SHUTDOWN, and an init before the next invocation.
    async fn reset(&self, call: &Call<'_>, life: &mut Life, outcome: Outcome, function_time: Duration) -> InvokeReport {
        if self.platform.options.report_failures {
            self.report(call, &outcome, call.begun.elapsed(), Duration::ZERO, life);
        }
        life.ready = false;
        let tail = call.begun.elapsed().saturating_sub(function_time);
        if !matches!(outcome, Outcome::ExtensionError(_)) {
            // The runtime is gone, so its stream is closed, and what was buffered goes out at once.
            self.platform.relay.flush(self.platform.options.shutdown_budget.mul_f64(RUNTIME_SHARE)).await;
        }
        let reason = if outcome == Outcome::TimedOut { "timeout" } else { "failure" };
        let reset = self.stop(reason).await;
        InvokeReport { reset: Some(reset), ..report(call, outcome, function_time, tail) }
    }

    /// Resumes the snapshot before the first invocation.
    async fn restore(&self, life: &mut Life) -> Outcome {
        let options = &self.platform.options;
        if options.init_type != InitType::SnapStart || life.restored {
            return Outcome::Success;
        }
        let (name, version) = (&options.function.name, &options.function.version);
        self.emit("restoreStart", &json!({ "functionName": name, "functionVersion": version }));
        tokio::time::sleep(options.function.init_time).await;
        let outcome = Outcome::of(&options.function.restore).unwrap_or(Outcome::TimedOut);
        let mut record = json!({ "status": outcome.status() });
        if let Some(error_type) = outcome.error_type() {
            record["errorType"] = error_type.into();
        }
        self.emit("restoreRuntimeDone", &record);
        record["metrics"] = json!({ "durationMs": millis(options.function.init_time) });
        self.emit("restoreReport", &record);
        life.restored = outcome == Outcome::Success;
        outcome
    }

    /// Managed instances: nobody is told, nobody is waited for, nothing is frozen.
    async fn invoke_managed(&self, invocation: &Invocation) -> InvokeReport {
        let call = self.call(invocation);
        self.emit("start", &self.start_record(&call));
        let played = timeout_at(call.deadline, self.play(&call)).await.unwrap_or(Outcome::TimedOut);
        self.say(&invocation.late_lines, &call).await;
        let time = call.begun.elapsed();
        let mut record = json!({
            "requestId": call.request_id,
            "status": played.status(),
            "metrics": { "durationMs": millis(time) },
            "spans": spans(time)[..2],
        });
        if played == Outcome::TimedOut {
            record["errorType"] = "Sandbox.Timedout".into();
        }
        self.emit("report", &record);
        report(&call, played, time, Duration::ZERO)
    }

    fn start_record(&self, call: &Call<'_>) -> Value {
        let mut record = json!({ "requestId": call.request_id, "version": self.platform.options.function.version });
        if let Some(trace) = &call.trace {
            record["tracing"] = trace.clone();
            record["tracing"]["spanId"] = ids::hex16().into();
        }
        if self.platform.options.managed() {
            record["functionArn"] = self.platform.options.function.arn().into();
        }
        record
    }

    fn invoke_event(&self, call: &Call<'_>) -> Value {
        let left = call.deadline.saturating_duration_since(tokio::time::Instant::now());
        let left = i64::try_from(left.as_millis()).unwrap_or(i64::MAX);
        let past = self.platform.options.past_deadlines;
        let mut event = json!({
            "eventType": "INVOKE",
            "deadlineMs": if past { 676_051 } else { clock::now_ms().saturating_add(left) },
            "requestId": call.request_id,
            "invokedFunctionArn": self.platform.options.function.arn(),
        });
        if let Some(trace) = &call.trace {
            event["tracing"] = trace.clone();
        }
        event
    }

    fn report_record(
        &self,
        call: &Call<'_>,
        outcome: &Outcome,
        time: Duration,
        tail: Duration,
        init: Option<Duration>,
    ) -> Value {
        let options = &self.platform.options;
        let memory_mb = options.function.memory_mb;
        let billed = time + init.filter(|_| options.init_type == InitType::OnDemand).unwrap_or_default();
        let mut record = json!({
            "requestId": call.request_id,
            "status": outcome.status(),
            "metrics": {
                "durationMs": millis(time),
                "billedDurationMs": millis(billed).ceil() as u64,
                "memorySizeMB": memory_mb,
                "maxMemoryUsedMB": if call.invocation.fills_memory { memory_mb } else { memory_mb.min(49) },
            },
        });
        match (init, options.init_type) {
            (Some(init), InitType::OnDemand) => record["metrics"]["initDurationMs"] = millis(init).into(),
            (Some(_), InitType::SnapStart) => {
                record["metrics"]["restoreDurationMs"] = millis(options.function.init_time).into();
                record["metrics"]["billedRestoreDurationMs"] = 1.into();
            }
            _ => {}
        }
        if let Some(error_type) = outcome.error_type() {
            record["errorType"] = error_type.into();
        }
        if !tail.is_zero() {
            record["spans"] = json!([span("extensionOverhead", tail)]);
        }
        record
    }
}

fn report(call: &Call<'_>, outcome: Outcome, function_time: Duration, tail: Duration) -> InvokeReport {
    InvokeReport {
        request_id: call.request_id.clone(),
        outcome,
        function_time,
        response_to_next: tail,
        suppressed_init: None,
        reset: None,
    }
}

/// Whether the sandbox has to be reset.
fn resets(outcome: &Outcome, invocation: &Invocation) -> bool {
    match outcome {
        Outcome::Success => false,
        Outcome::FunctionError(_) => matches!(invocation.ending, Ending::Crash(_)),
        Outcome::TimedOut | Outcome::ExtensionError(_) => true,
    }
}

fn runtime_done(call: &Call<'_>, outcome: &Outcome, time: Duration) -> Value {
    let mut record = json!({ "requestId": call.request_id, "status": outcome.status() });
    if let Some(error_type) = outcome.error_type() {
        record["errorType"] = error_type.into();
    }
    record["metrics"] = json!({ "durationMs": millis(time), "producedBytes": 0 });
    if *outcome == Outcome::Success {
        record["metrics"]["producedBytes"] = call.invocation.produced_bytes.into();
        record["spans"] = spans(time).into();
    }
    record
}

fn spans(time: Duration) -> Vec<Value> {
    let latency = time.mul_f64(0.99);
    vec![
        span("responseLatency", latency),
        span("responseDuration", Duration::from_micros(25)),
        span("runtimeOverhead", time.saturating_sub(latency)),
    ]
}

/// A span that ends now.
fn span(name: &str, time: Duration) -> Value {
    let ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    json!({ "name": name, "start": clock::rfc3339(clock::now_ms() - ms), "durationMs": millis(time) })
}

fn trace(tracing: Tracing) -> Option<Value> {
    let sampled = match tracing {
        Tracing::Absent => return None,
        Tracing::Sampled => 1,
        Tracing::Unsampled => 0,
    };
    let (one, two) = (ids::hex16(), ids::hex16());
    let root = format!("1-{}-{}{one}", &two[..8], &two[8..]);
    let value = format!("Root={root};Parent={};Sampled={sampled}", ids::hex16());
    Some(json!({ "type": "X-Amzn-Trace-Id", "value": value }))
}
