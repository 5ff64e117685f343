//! The tree that ships, in an emulator that somebody else wrote.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use telesieve_tests::servers::{Emulator, Mode};
use telesieve_tests::{free_port, opt_tree};

use crate::play::{Receivers, assert_secretless};

const LINES: [&str; 2] = ["order 1 for jane.doe@example.com", "a line like any other"];

/// No telemetry in classic mode: the extension says so once, registers, is invoked and shut down like any other.
#[tokio::test]
async fn without_a_telemetry_api_the_function_goes_on() {
    let receivers = Receivers::start().await;
    let emulator = start(Mode::Classic, opt_tree(), &receivers).await;
    for _ in 0..3 {
        let answer = emulator.invoke(&LINES).await.unwrap();
        assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"ok":true}"#), "{}", emulator.log());
    }
    emulator.shut_down().await.unwrap();
    let log = emulator.log();
    assert!(log.contains("telesieve-extension") && log.contains("registered"), "{log}");
    assert!(!log.contains("Extension.Crash") && !log.contains("Extension.ExitError"), "{log}");
}

/// On managed instances telemetry is delivered for real: what arrives has no secret in it.
#[tokio::test]
async fn on_managed_instances_telemetry_is_delivered() {
    let receivers = Receivers::start().await;
    let emulator = start(Mode::Managed, opt_tree(), &receivers).await;
    for _ in 0..3 {
        let answer = emulator.invoke(&LINES).await.unwrap();
        assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"ok":true}"#), "{}", emulator.log());
    }
    // A flush of its interval; the last one is made at shutdown.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    emulator.shut_down().await.unwrap();
    let text = receivers.documents_text();
    assert_eq!(text.matches("a line like any other").count(), 3, "{text}\n{}", emulator.log());
    assert_eq!(text.matches("order 1 for [REDACTED:email]").count(), 3, "{text}");
    assert_secretless("documents", text.as_bytes());
    receivers.accounting().assert_balanced();
}

/// Two invocations at a time: a line that names its request belongs to it, whoever else is running.
#[tokio::test]
async fn overlapping_invocations_keep_their_own_lines() {
    let receivers = Receivers::start().await;
    let emulator = start(Mode::Managed, opt_tree(), &receivers).await;
    let lines = [r#"{"level":"INFO","requestId":"{request}","message":"held {request}"}"#; 4];
    for _ in 0..3 {
        let pause = Duration::from_millis(60);
        let answers = tokio::join!(emulator.invoke_slowly(&lines, pause), emulator.invoke_slowly(&lines, pause));
        for answer in [answers.0.unwrap(), answers.1.unwrap()] {
            assert_eq!(answer.status, 200, "{answer:?}\n{}", emulator.log());
        }
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    emulator.shut_down().await.unwrap();
    let documents = receivers.opensearch.documents();
    let held: Vec<_> = documents.iter().filter(|document| document.source.contains("held ")).collect();
    assert_eq!(held.len(), 24, "{}", emulator.log());
    for document in held {
        let source: serde_json::Value = serde_json::from_str(&document.source).unwrap();
        let id = source["faas.invocation_id"].as_str().unwrap_or("nobody's");
        // Once as the field, and twice in what the function printed.
        assert!(document.source.matches(id).count() >= 3, "{source}");
    }
    receivers.accounting().assert_balanced();
}

/// The extension of a tree, shipping to the receivers.
pub(crate) async fn start(mode: Mode, opt: &Path, receivers: &Receivers) -> Emulator {
    start_for(mode, opt, "telesieve-logs", receivers.opensearch.url(), receivers.pushgateway.url()).await
}

/// The extension of a tree, shipping to an index and, under the job of that name, to a gateway.
pub(crate) async fn start_for(mode: Mode, opt: &Path, name: &str, opensearch: String, pushgateway: String) -> Emulator {
    let env = [
        ("TELESIEVE_OPENSEARCH_URL", opensearch),
        ("TELESIEVE_OPENSEARCH_INDEX", name.to_owned()),
        ("TELESIEVE_PUSHGATEWAY_URL", pushgateway),
        ("TELESIEVE_PUSHGATEWAY_JOB", name.to_owned()),
        ("TELESIEVE_PUSHGATEWAY_MIN_INTERVAL_MS", "0".to_owned()),
        ("TELESIEVE_TELEMETRY_PORT", free_port().to_string()),
        ("TELESIEVE_FLUSH_INTERVAL_MS", "500".to_owned()),
        ("TELESIEVE_LOG_LEVEL", "debug".to_owned()),
    ];
    let env: BTreeMap<_, _> = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Emulator::start(mode, opt, &env).await.unwrap()
}
