//! A sink that is only there behind a proxy.

use std::time::Duration;

use telesieve_sandbox::{Invocation, Line, Options, Sandbox};
use telesieve_tests::opt_tree;
use telesieve_tests::servers::{OpenSearch, Tunnels};

use crate::play::{Receivers, finish, options};

/// No name server knows the host, so whatever arrives there went through the proxy.
fn behind(proxy: &str, node: &OpenSearch, receivers: &Receivers, index: &str) -> Options {
    let port = node.url.rsplit(':').next().unwrap();
    let url = format!("https://search.example.test:{port}");
    let mut options = options(opt_tree(), &url, &receivers.pushgateway.url());
    // Time enough on a machine that is busy with other tests.
    options.function.timeout = Duration::from_secs(60);
    options
        .env("HTTPS_PROXY", proxy)
        .env("TELESIEVE_FLUSH_MODE", "interval")
        .env("TELESIEVE_FLUSH_INTERVAL_MS", "300")
        .env("TELESIEVE_OPENSEARCH_INDEX", index)
        .env("TELESIEVE_OPENSEARCH_USERNAME", OpenSearch::ADMIN.0)
        .env("TELESIEVE_OPENSEARCH_PASSWORD", OpenSearch::ADMIN.1)
        .env("TELESIEVE_OPENSEARCH_CONNECT_TIMEOUT_MS", "10000")
        .env("TELESIEVE_OPENSEARCH_TIMEOUT_MS", "15000")
        .env("TELESIEVE_OPENSEARCH_CA_FILE", node.ca_file.as_ref().unwrap().display().to_string())
}

/// TLS goes through the tunnel as it is: the proxy sees a name, and its own credentials.
#[tokio::test]
async fn https_goes_through_a_tunnel() {
    let (node, receivers) = (OpenSearch::secured().await, Receivers::start().await);
    let tunnels = Tunnels::start("Basic d3JpdGVyOmh1bnRlcjI=").await.unwrap();
    let proxy = format!("http://writer:hunter2@{}", tunnels.address());
    let sandbox = Sandbox::start(behind(&proxy, node, &receivers, "tunnelled")).await.unwrap();
    let line = Line::text("order 1 for jane.doe@example.com");
    let invocations = vec![sandbox.invoke(Invocation::new(vec![line])).await.unwrap()];
    for _ in 0..60 {
        sandbox.run_idle(Duration::from_millis(500)).await;
        if node.documents("tunnelled").await.is_ok_and(|documents| !documents.is_empty()) {
            break;
        }
    }
    let played = finish(&sandbox, invocations).await;
    let documents = serde_json::to_string(&node.documents("tunnelled").await.unwrap()).unwrap();
    assert!(documents.contains("order 1 for [REDACTED:email]"), "{documents}\n{}", played.output);
    let heads = tunnels.heads();
    assert!(!heads.is_empty());
    for head in &heads {
        assert!(head.starts_with("CONNECT search.example.test:"), "{head}");
        assert!(!head.contains("\r\nauthorization:"), "{head}");
    }
    assert!(!played.output.contains("hunter2"), "{}", played.output);
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!((accounting.dropped_total(), accounting.pending), (0.0, 0.0), "{accounting:?}\n{}", played.output);
}

/// A proxy that does not let us in is no connection.
#[tokio::test]
async fn a_proxy_that_refuses_is_told() {
    let (node, receivers) = (OpenSearch::secured().await, Receivers::start().await);
    let tunnels = Tunnels::start("Basic d3JpdGVyOmh1bnRlcjI=").await.unwrap();
    let proxy = format!("http://writer:wrong@{}", tunnels.address());
    let sandbox = Sandbox::start(behind(&proxy, node, &receivers, "refused")).await.unwrap();
    let invocations = vec![sandbox.invoke(Invocation::new(vec![Line::text("first")])).await.unwrap()];
    let played = finish(&sandbox, invocations).await;
    assert!(played.output.contains("warn: opensearch: connection failed: "), "{}", played.output);
    assert!(!played.output.contains("wrong"), "{}", played.output);
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert!(accounting.dropped["undelivered"] > 0.0, "{accounting:?}");
}
