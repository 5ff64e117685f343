//! The whole process is stopped in the middle of whatever it is doing.

use std::time::Duration;

use telesieve_sandbox::{Invocation, InvokeReport, Line, Outcome, Sandbox};
use telesieve_tests::opt_tree;
use telesieve_tests::servers::{OpenSearch, Proxy};

use crate::play::{Receivers, finish};

/// Invokes once, and stops everything after `at`, for `length`.
async fn frozen_invocation(sandbox: &Sandbox, number: usize, at: Duration, length: Duration) -> InvokeReport {
    let invocation = sandbox.invoke(Invocation::new(vec![Line::text(format!("order {number} ends"))]));
    let freezer = async {
        tokio::time::sleep(at).await;
        sandbox.freeze_now();
        tokio::time::sleep(length).await;
        sandbox.thaw();
    };
    tokio::join!(invocation, freezer).0.unwrap()
}

/// A handshake that takes its time, so that freezes hit each of its messages, the request and the answer.
#[tokio::test]
async fn in_the_middle_of_a_handshake_a_request_and_an_answer() {
    let node = OpenSearch::secured().await;
    let proxy = Proxy::start(&node.url, Duration::from_millis(15)).await.unwrap();
    let (receivers, index) = (Receivers::start().await, "frozen-handshakes");
    let options = receivers
        .options(opt_tree())
        .env("TELESIEVE_OPENSEARCH_URL", proxy.url("https"))
        .env("TELESIEVE_OPENSEARCH_INDEX", index)
        .env("TELESIEVE_OPENSEARCH_CA_FILE", node.ca_file.as_ref().unwrap().display().to_string())
        .env("TELESIEVE_OPENSEARCH_USERNAME", OpenSearch::ADMIN.0)
        .env("TELESIEVE_OPENSEARCH_PASSWORD", OpenSearch::ADMIN.1)
        .env("TELESIEVE_FLUSH_MODE", "end");
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut invocations = Vec::new();
    for number in 0..20 {
        let at = Duration::from_millis(25 + 7 * number as u64);
        let length = Duration::from_millis([10, 100, 700][number % 3]);
        invocations.push(frozen_invocation(&sandbox, number, at, length).await);
    }
    invocations.push(sandbox.invoke(Invocation::new(vec![Line::text("the last one")])).await.unwrap());
    for invocation in &invocations {
        assert_eq!(invocation.outcome, Outcome::Success, "{invocation:?}");
    }
    finish(&sandbox, invocations).await;
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!(accounting.dropped_total() + accounting.pending, 0.0, "{accounting:?}");
    let documents = node.documents(index).await.unwrap();
    assert_eq!(documents.len() as f64, accounting.shipped);
    let text = serde_json::to_string(&documents).unwrap();
    assert!((0..20).all(|number| text.matches(&format!("order {number} ends")).count() == 1));
}

/// Connections that were open before a long freeze are dead after it: none is used again, and nothing is lost or doubled.
#[tokio::test]
async fn connections_that_die_in_a_freeze_are_not_used_again() {
    let receivers = Receivers::start().await;
    let sandbox = Sandbox::start(receivers.options(opt_tree())).await.unwrap();
    let mut invocations = Vec::new();
    for number in 0..10 {
        let line = Line::text(format!("order {number} ends"));
        invocations.push(sandbox.invoke(Invocation::new(vec![line])).await.unwrap());
        sandbox.freeze_now();
        receivers.opensearch.cut_connections();
        receivers.pushgateway.cut_connections();
        sandbox.freeze(Duration::from_millis(20)).await;
    }
    finish(&sandbox, invocations).await;
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!(accounting.dropped_total() + accounting.pending, 0.0, "{accounting:?}");
    let text = receivers.documents_text();
    assert!((0..10).all(|number| text.matches(&format!("order {number} ends")).count() == 1));
    assert_eq!(receivers.pushgateway.sum("telesieve_sink_requests_total", &[("outcome", "connection_lost")]), 0.0);
}
