//! `telesieve setup` against real clusters.

use serde_json::json;
use telesieve_tests::servers::OpenSearch;
use telesieve_tests::telesieve;

#[tokio::test]
async fn setup_can_be_run_again_and_again() {
    for node in OpenSearch::every_plain().await {
        let args = ["setup", "--url", &node.url, "--index", "again"];
        let first = telesieve(&args, &[]).unwrap();
        assert!(first.contains("created"), "{first}");
        let second = telesieve(&args, &[]).unwrap();
        assert!(second.contains("unchanged") && !second.contains("created"), "{second}");
        let template = node.admin.get("/_index_template/again").await.unwrap().json().unwrap();
        let template = &template["index_templates"][0]["index_template"];
        assert_eq!(template["template"]["mappings"]["properties"]["record"]["type"], "flat_object");
        let stream = node.admin.get("/_data_stream/again").await.unwrap().json().unwrap();
        assert_eq!(stream["data_streams"][0]["template"], "again");
    }
}

#[tokio::test]
async fn setup_changes_nothing_if_the_name_is_taken_by_something_else() {
    let node = OpenSearch::plain().await;
    node.admin.put("/taken", &json!({})).await.unwrap().ok().unwrap();
    let error = telesieve(&["setup", "--url", &node.url, "--index", "taken"], &[]).unwrap_err().to_string();
    assert!(error.contains("taken is a plain index"), "{error}");
    assert_eq!(node.admin.get("/_index_template/taken").await.unwrap().status, 404);
}

/// Every line of a dry run, and nothing is sent.
#[tokio::test]
async fn a_dry_run_sends_nothing() {
    let node = OpenSearch::plain().await;
    let text = telesieve(&["setup", "--url", &node.url, "--index", "dry", "--dry-run"], &[]).unwrap();
    assert!(text.contains("PUT /_index_template/dry") && text.contains("PUT /_data_stream/dry"), "{text}");
    assert_eq!(node.admin.get("/_index_template/dry").await.unwrap().status, 404);
}

/// Text, object, array, number and null side by side: the mapping takes them all, and no field is made up.
#[tokio::test]
async fn records_of_any_shape_fit_the_mapping() {
    let node = OpenSearch::plain().await;
    telesieve(&["setup", "--url", &node.url, "--index", "shapes"], &[]).unwrap();
    let shapes = [
        json!({"message": "text"}),
        json!({"record": {"a": 1}}),
        json!({"record": {"a": {"b": "c"}}}),
        json!({"x": 1}),
    ];
    let mut lines = String::new();
    for (number, shape) in shapes.into_iter().enumerate() {
        let mut document = json!({"@timestamp": "2026-03-02T08:15:20.101Z", "type": "function"});
        document.as_object_mut().unwrap().extend(shape.as_object().unwrap().clone());
        lines += &format!("{{\"create\":{{\"_index\":\"shapes\",\"_id\":\"{number}\"}}}}\n{document}\n");
    }
    let answer = OpenSearch::bulk(&node.admin, &lines).await.unwrap().json().unwrap();
    assert_eq!(answer["errors"], false, "{answer}");
    let mapping = node.admin.get("/shapes/_mapping").await.unwrap().text;
    assert!(!mapping.contains("\"x\""), "{mapping}");
}
