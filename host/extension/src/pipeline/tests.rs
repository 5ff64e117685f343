//! Side doors: what is told of an event beside its record comes out of telemetry that no transform has seen. (What loggers
//! call a trace or a span is a copy of the record, and leaves as that does.)

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use telesieve_config::LogLevel;
use telesieve_sinks::Aws;

use super::*;

const SECRETS: [&str; 3] = ["jane@example.com", "4111111111111111", "4111-1111-1111-1111"];

/// Members of platform records, as the platform has them and as it had them once.
const MEMBERS: [&str; 17] = [
    "requestId",
    "version",
    "status",
    "errorType",
    "phase",
    "initializationType",
    "functionName",
    "functionVersion",
    "functionArn",
    "runtimeVersion",
    "runtimeVersionArn",
    "instanceId",
    "tenantId",
    "name",
    "state",
    "reason",
    "invokedFunctionArn",
];

const KINDS: [&str; 13] = [
    "initStart",
    "initRuntimeDone",
    "initReport",
    "start",
    "runtimeDone",
    "report",
    "restoreStart",
    "restoreRuntimeDone",
    "restoreReport",
    "extension",
    "telemetrySubscription",
    "logsDropped",
    "brandNew",
];

fn pipeline() -> Pipeline {
    let function = FunctionIdentity { name: "orders-api".to_owned(), ..FunctionIdentity::default() };
    let (chain, _) = Chain::load(&[], &BTreeMap::new(), Path::new(""), &function);
    let config = Config::default();
    let own_secrets = OwnSecrets::new(&config, &Aws::new(&config.secrets, |_| None), std::iter::empty());
    let mut pipeline = Pipeline::new(&config, chain, own_secrets, function, SandboxId::from_random([7; 8]));
    pipeline.add_outbox(1 << 20);
    pipeline
}

fn platform_event(kind: &str, secret: &str) -> Value {
    let mut record = json!({
        "tracing": {"type": "X-Amzn-Trace-Id", "value": format!("Root={secret};Parent={secret};Sampled=1")},
        "spans": [{"name": secret, "start": secret, "durationMs": 1}],
        "metrics": {"durationMs": secret, "billedDurationMs": 1},
        "types": [secret],
        "events": [secret],
    });
    for member in MEMBERS {
        record[member] = secret.into();
    }
    json!({"time": "2026-03-02T08:15:20.290Z", "type": format!("platform.{kind}"), "record": record})
}

/// Everything that telemetry can say beside records, with a secret in each place.
fn events(secret: &str) -> Vec<Value> {
    let mut events: Vec<Value> = KINDS.iter().map(|kind| platform_event(kind, secret)).collect();
    let invocation = "0b7c1f5e-3a52-4d0e-9a41-6f2d8c9e1b30";
    let header = format!("Root={secret}");
    events.extend([
        json!({"time": "2026-03-02T08:15:21Z", "type": "platform.start",
            "record": {"requestId": invocation, "tracing": {"type": "X-Amzn-Trace-Id", "value": header}}}),
        json!({"time": secret, "type": "function", "record": "a line"}),
        json!({"time": format!("2026-03-02T08:15:20.{}Z", "4111111111111111"), "type": "function", "record": "a line"}),
        json!({"time": "2026-03-02T08:15:20.290Z", "type": secret, "record": "a line"}),
        json!({"time": "2026-03-02T08:15:20.290Z", "type": format!("platform.{secret}"), "record": "a line"}),
        json!({"time": "2026-03-02T08:15:20.290Z", "type": "platform.report",
            "record": {"requestId": invocation, "status": "error", "errorType": format!("Runtime.{secret}")}}),
    ]);
    events
}

/// What of a document is not the record, which is for transforms to redact.
fn beside_the_record(document: &str) -> String {
    let mut document: Value = serde_json::from_str(document).unwrap();
    let fields = document.as_object_mut().unwrap();
    fields.remove("record");
    fields.remove("message");
    document.to_string()
}

#[test]
fn no_secret_leaves_beside_the_record() {
    for secret in SECRETS {
        let mut pipeline = pipeline();
        let mut log = log::Log::to(LogLevel::Debug, Box::new(std::io::sink()));
        pipeline.invoked(secret, "", &format!("Root={secret}"));
        let body = serde_json::to_vec(&events(secret)).unwrap();
        pipeline.process(body, 1_772_439_400_000, Duration::from_secs(60), &mut log);
        pipeline.ended_unreported(secret, Status::Timeout, 1_772_439_400_000);
        let documents = pipeline.take(0, usize::MAX);
        assert_eq!(documents.len(), events(secret).len());
        for item in documents {
            let lines = String::from_utf8(item.lines.to_vec()).unwrap();
            let (action, document) = lines.split_once('\n').unwrap();
            let beside = beside_the_record(document);
            assert!(!action.contains(secret) && !beside.contains(secret), "{secret}: {action} {beside}");
            assert!(!beside.contains("4111111111111111"), "{beside}");
        }
        let metrics = pipeline.metrics_text(&Breakers::new(), None, true, 0);
        assert!(!metrics.contains(secret), "{secret}: {metrics}");
        assert!(metrics.contains("faas_errors_total"));
    }
}

#[test]
fn what_is_new_but_made_like_the_rest_is_shown() {
    let mut pipeline = pipeline();
    let mut log = log::Log::to(LogLevel::Debug, Box::new(std::io::sink()));
    let body = json!([{"time": "02/Mar/2026", "type": "platform.brandNew2", "record": {"requestId": "r-1", "tracing":
        {"value": "Root=1-68b9f1c4-7a3e2d1c0b9a8f7e6d5c4b3a;Sampled=1"}}}]);
    pipeline.process(serde_json::to_vec(&body).unwrap(), 0, Duration::from_secs(60), &mut log);
    let lines = String::from_utf8(pipeline.take(0, usize::MAX)[0].lines.to_vec()).unwrap();
    for field in [
        r#""type":"platform.brandNew2""#,
        r#""event.time":"02/Mar/2026""#,
        r#""faas.invocation_id":"r-1""#,
        r#""trace_id":"1-68b9f1c4-7a3e2d1c0b9a8f7e6d5c4b3a""#,
    ] {
        assert!(lines.contains(field), "{field}: {lines}");
    }
}
