//! Sinks that refuse, hang, answer nonsense or come and go: the function never notices, and nothing is lost unseen.

use std::time::Duration;

use telesieve_sandbox::receivers::Fault;
use telesieve_sandbox::{Invocation, Line, Outcome, Sandbox};
use telesieve_tests::opt_tree;

use crate::play::{Receivers, finish};

const INVOCATIONS: usize = 4;

/// OpenSearch fails all the time: the function goes on, and the metrics say what became of the events.
async fn opensearch_fails_with(fault: Fault) {
    let receivers = Receivers::start().await;
    receivers.opensearch.set_fault(fault);
    let sandbox = Sandbox::start(receivers.options(opt_tree()).env("TELESIEVE_FLUSH_BUDGET_MS", "300")).await.unwrap();
    let invocations = invoke(&sandbox, INVOCATIONS).await;
    let played = finish(&sandbox, invocations).await;
    for invocation in &played.invocations {
        assert_eq!(invocation.outcome, Outcome::Success, "{fault:?}");
        assert!(invocation.response_to_next < Duration::from_secs(1), "{fault:?}: {invocation:?}");
    }
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!(accounting.shipped, 0.0, "{fault:?}: {accounting:?}");
    assert!(accounting.pending + accounting.dropped_total() > 0.0, "{fault:?}: {accounting:?}");
}

#[tokio::test]
async fn refused_connections() {
    opensearch_fails_with(Fault::Refuse).await;
}

#[tokio::test]
async fn a_server_that_hangs() {
    opensearch_fails_with(Fault::Hang).await;
}

#[tokio::test]
async fn a_server_that_closes() {
    opensearch_fails_with(Fault::Close).await;
}

#[tokio::test]
async fn a_proxy_that_answers_html() {
    opensearch_fails_with(Fault::Html).await;
}

#[tokio::test]
async fn wrong_credentials() {
    opensearch_fails_with(Fault::Unauthorized).await;
}

#[tokio::test]
async fn internal_errors() {
    opensearch_fails_with(Fault::Status(500)).await;
}

/// Both sinks hang, so that nobody is told anything: the function still goes on, and shutdown ends in time.
#[tokio::test]
async fn nobody_answers() {
    let receivers = Receivers::start().await;
    receivers.opensearch.set_fault(Fault::Hang);
    receivers.pushgateway.set_fault(Fault::Hang);
    let sandbox = Sandbox::start(receivers.options(opt_tree()).env("TELESIEVE_FLUSH_BUDGET_MS", "300")).await.unwrap();
    let invocations = invoke(&sandbox, INVOCATIONS).await;
    let played = finish(&sandbox, invocations).await;
    assert!(played.invocations.iter().all(|invocation| invocation.outcome == Outcome::Success));
}

/// The server comes back: what waited is stored, once.
#[tokio::test]
async fn what_waited_is_shipped_when_the_server_is_back() {
    let receivers = Receivers::start().await;
    receivers.opensearch.set_fault(Fault::Status(503));
    let sandbox = Sandbox::start(receivers.options(opt_tree())).await.unwrap();
    let mut invocations = invoke(&sandbox, 2).await;
    assert_eq!(receivers.opensearch.documents().len(), 0);
    receivers.opensearch.set_fault(Fault::None);
    // After some seconds the breaker lets a probe through, and then everything.
    sandbox.run_idle(Duration::from_secs(7)).await;
    invocations.extend(invoke(&sandbox, 3).await);
    finish(&sandbox, invocations).await;
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!((accounting.dropped_total(), accounting.pending), (0.0, 0.0), "{accounting:?}");
    assert_eq!(receivers.opensearch.documents().len() as f64, accounting.shipped);
}

async fn invoke(sandbox: &Sandbox, times: usize) -> Vec<telesieve_sandbox::InvokeReport> {
    let mut reports = Vec::new();
    for number in 0..times {
        let lines = vec![Line::text(format!("order {number} for jane.doe@example.com"))];
        reports.push(sandbox.invoke(Invocation::new(lines)).await.unwrap());
    }
    reports
}
