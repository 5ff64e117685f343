//! The demo's story: what ships has no secret in it, every event is accounted for, and queries find what is left.

use serde_json::json;
use telesieve_sandbox::scenarios::shop;
use telesieve_tests::servers::{OpenSearch, Prometheus, PushGateway};
use telesieve_tests::{opt_tree, telesieve};

use crate::play::{Accounting, Receivers, assert_secretless, options, play};

/// Into real servers: every document is stored, PromQL finds every invocation.
#[tokio::test]
async fn a_shops_telemetry_arrives_in_real_servers_without_its_secrets() {
    for (node, index) in OpenSearch::every_plain().await.into_iter().zip(["shop-a", "shop-b"]) {
        telesieve(&["setup", "--url", &node.url, "--index", index], &[]).unwrap();
        let (gateway, prometheus) = (PushGateway::shared().await, Prometheus::shared().await);
        let options = options(opt_tree(), &node.url, &gateway.url)
            .env("TELESIEVE_OPENSEARCH_INDEX", index)
            .env("TELESIEVE_PUSHGATEWAY_JOB", index);
        let story = shop();
        let count = story.len();
        let played = play(options, story).await;

        let metrics = metrics_of(gateway, index).await;
        let accounting = Accounting::parse(&metrics);
        accounting.assert_balanced();
        assert_eq!((accounting.pending, accounting.dropped_total()), (0.0, 0.0), "{accounting:?}\n{}", played.output);
        let documents = node.documents(index).await.unwrap();
        assert_eq!(documents.len() as f64, accounting.shipped);
        assert_secretless("documents", serde_json::to_string(&documents).unwrap().as_bytes());
        assert_secretless("metrics", metrics.as_bytes());

        let query = format!(r#"sum(faas_invocations_total{{job="{index}"}})"#);
        assert_eq!(prometheus.settles_at(&query, count as f64).await.unwrap(), count as f64, "{metrics}");
        let balance = format!(
            r#"sum(telesieve_events_received_total{{job="{index}"}}) - sum(telesieve_events_shipped_total{{job="{index}"}}) - sum(telesieve_events_filtered_total{{job="{index}"}})"#
        );
        assert_eq!(prometheus.settles_at(&balance, 0.0).await.unwrap(), 0.0);
    }
}

/// What an operator asks OpenSearch for finds something, by the types that `telesieve setup` gave the fields.
#[tokio::test]
async fn documents_can_be_searched_by_function_severity_label_and_field() {
    let node = OpenSearch::plain().await;
    let index = "searched";
    telesieve(&["setup", "--url", &node.url, "--index", index], &[]).unwrap();
    let gateway = PushGateway::shared().await;
    let options = options(opt_tree(), &node.url, &gateway.url)
        .env("TELESIEVE_OPENSEARCH_INDEX", index)
        .env("TELESIEVE_PUSHGATEWAY_JOB", index);
    play(options, shop()).await;
    node.documents(index).await.unwrap();
    let found = async |query| node.search(index, &json!({"size": 100, "query": query})).await.unwrap().len();
    assert!(found(json!({"term": {"faas.name": "orders-api"}})).await > 0);
    assert!(found(json!({"term": {"faas.coldstart": true}})).await > 0);
    assert!(found(json!({"term": {"type": "platform.report"}})).await > 0);
    assert!(found(json!({"term": {"severity_text": "ERROR"}})).await > 0);
    assert!(found(json!({"range": {"@timestamp": {"gte": "now-1h"}}})).await > 0);
    assert!(found(json!({"match": {"message": "payment authorised"}})).await > 0);
    assert!(found(json!({"term": {"record.orderId": "7733"}})).await > 0);
    assert!(found(json!({"term": {"labels.order": "7733"}})).await > 0);
    assert_eq!(found(json!({"match_phrase": {"message": "GET /health"}})).await, 0);
}

/// Into receivers that keep every byte: none of them holds a secret, whatever the protocol around it.
#[tokio::test]
async fn no_secret_is_in_any_byte_that_leaves() {
    let receivers = Receivers::start().await;
    let played = play(receivers.options(opt_tree()), shop()).await;
    receivers.assert_no_leak();
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!(receivers.opensearch.documents().len() as f64, accounting.shipped, "{}", played.output);
    assert!(accounting.filtered > 0.0);
    let text = receivers.documents_text();
    assert!(text.contains("[REDACTED:payment-card]") && text.contains("[REDACTED:email]"), "{text}");
    assert!(text.contains("order 7735 failed") && !text.contains("GET /health"));
}

/// All example events, one invocation after the other: whatever the platform has ever sent arrives.
#[tokio::test]
async fn every_known_event_arrives_or_is_accounted_for() {
    let receivers = Receivers::start().await;
    let file = xtask::paths::root().join("tests/fixtures/events.ndjson");
    let events = std::fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
    let mut options = receivers.options(opt_tree());
    options.telemetry.replays = true;
    let played = play(options, telesieve_sandbox::scenarios::replay(events)).await;
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!(receivers.opensearch.documents().len() as f64, accounting.shipped, "{}", played.output);
    assert!(accounting.dropped.keys().all(|reason| reason == "malformed"), "{accounting:?}");
}

/// The exposition of all groups of a job.
async fn metrics_of(gateway: &PushGateway, job: &str) -> String {
    let label = format!("job=\"{job}\"");
    let text = gateway.exposition().await.unwrap();
    let ours = |line: &&str| line.starts_with('#') || line.contains(&label);
    text.lines().filter(ours).map(|line| format!("{line}\n")).collect()
}
