//! The harness itself: that the servers are there and behave as the real ones do, so that other tests can rely on it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use telesieve_tests::Http;
use telesieve_tests::servers::{Emulator, Mode, OpenSearch, Prometheus, PushGateway};

/// `create` of a new id, of the same id again, and of a document that contradicts the mapping.
#[tokio::test]
async fn opensearch_answers_bulk_requests_item_by_item() {
    for node in OpenSearch::every_plain().await {
        let template = json!({
            "index_patterns": ["harness-*"],
            "data_stream": {},
            "priority": 1_000,
            "template": {"mappings": {"properties": {
                "@timestamp": {"type": "date"},
                "record": {"type": "flat_object"},
            }}},
        });
        node.admin.put("/_index_template/harness", &template).await.unwrap().ok().unwrap();
        let action = r#"{"create":{"_index":"harness-logs","_id":"1"}}"#;
        let good = r#"{"@timestamp":"2026-03-02T08:15:20.101Z","record":{"a":{"b":[1,"x",null]}}}"#;
        let bad = r#"{"@timestamp":"yesterday"}"#;
        let other = r#"{"create":{"_index":"harness-logs","_id":"2"}}"#;
        let lines = format!("{action}\n{good}\n{action}\n{good}\n{other}\n{bad}\n");
        let answer = OpenSearch::bulk(&node.admin, &lines).await.unwrap();
        assert_eq!((answer.status, statuses(&answer.json().unwrap())), (200, vec![201, 409, 400]));
        assert_eq!(node.documents("harness-logs").await.unwrap().len(), 1);
        let query = json!({"query": {"term": {"record.a.b": "x"}}});
        assert_eq!(node.search("harness-logs", &query).await.unwrap().len(), 1);
    }
}

/// The role that `telesieve setup` offers, as the file has it.
#[tokio::test]
async fn a_writer_can_create_in_its_own_stream_and_nothing_else() {
    let node = OpenSearch::secured().await;
    let template = json!({"index_patterns": ["own-*"], "data_stream": {}, "priority": 1_000});
    node.admin.put("/_index_template/own", &template).await.unwrap().ok().unwrap();
    node.admin.put("/_data_stream/own-logs", &json!({})).await.unwrap().ok().unwrap();
    let mut role: Value = serde_json::from_str(include_str!("../../../host/cli/setup/writer-role.json")).unwrap();
    role["index_permissions"][0]["index_patterns"] = json!(["own-logs"]);
    node.admin.put_security("/_plugins/_security/api/roles/own-writer", &role).await.unwrap();
    let writer = node.make_user("harness", "own-writer").await.unwrap();
    let seen = node.seen_by(&writer);
    let document = r#"{"@timestamp":"2026-03-02T08:15:20.101Z"}"#;
    let lines = ["own-logs", "foreign"].map(|index| format!("{{\"create\":{{\"_index\":\"{index}\"}}}}\n{document}\n"));
    let answer = OpenSearch::bulk(&seen, &lines.concat()).await.unwrap();
    assert_eq!(statuses(&answer.json().unwrap()), [201, 403]);
    assert_eq!(seen.get("/own-logs/_search").await.unwrap().status, 403);
    assert_eq!(node.admin.as_user("harness", "wrong").get("/").await.unwrap().status, 401);
    let stranger = Http::new(&node.url, node.ca_file.as_deref()).unwrap();
    assert_eq!(stranger.get("/").await.unwrap().status, 401);
    assert!(
        Http::new(&node.url, None).unwrap().get("/").await.is_err(),
        "its certificate is not to be trusted blindly"
    );
}

#[tokio::test]
async fn prometheus_finds_what_was_pushed_under_the_labels_of_the_group() {
    let (gateway, prometheus) = (PushGateway::shared().await, Prometheus::shared().await);
    let text = "# TYPE harness_total counter\nharness_total{version=\"1\"} 42\n".to_owned();
    let group = "/metrics/job/harness/function/orders-api/instance/0123456789abcdef";
    let answer = gateway.http.send(put(), group, "text/plain; version=0.0.4", text).await.unwrap();
    assert_eq!(answer.status, 200);
    let query = r#"harness_total{job="harness",function="orders-api",instance="0123456789abcdef"}"#;
    assert_eq!(prometheus.settles_at(query, 42.0).await.unwrap(), 42.0);
    assert_eq!(gateway.groups("harness").await.unwrap().len(), 1);
    gateway.http.delete(group).await.unwrap().ok().unwrap();
}

#[tokio::test]
async fn amazons_emulator_runs_a_function_in_both_modes() {
    for mode in [Mode::Classic, Mode::Managed] {
        let opt = tempfile::tempdir().unwrap();
        let emulator = Emulator::start(mode, opt.path(), &BTreeMap::new()).await.unwrap();
        let answer = emulator.invoke(&["a line of the function"]).await.unwrap();
        assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"ok":true}"#));
        emulator.shut_down().await.unwrap();
        assert!(emulator.log().contains("a line of the function"));
    }
}

fn statuses(answer: &Value) -> Vec<u64> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|item| item["create"]["status"].as_u64().unwrap()).collect()
}

fn put() -> reqwest::Method {
    reqwest::Method::PUT
}
