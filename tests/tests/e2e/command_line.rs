//! `telesieve setup` against real clusters.

use serde_json::json;
use telesieve_tests::servers::{Front, OpenSearch};
use telesieve_tests::telesieve;

#[tokio::test]
async fn setup_can_be_run_again_and_again() {
    for node in OpenSearch::every_plain().await {
        let args = ["setup", "--url", &node.url, "--index", "again"];
        let first = telesieve(&args, &[]).unwrap();
        assert!(first.contains("created"), "{first}");
        let second = telesieve(&args, &[]).unwrap();
        assert!(second.contains("unchanged") && !second.contains("created"), "{second}");
        let mapping = node.admin.get("/again/_mapping").await.unwrap().text;
        assert!(mapping.contains(r#""record":{"type":"flat_object"}"#), "{mapping}");
        assert_eq!(second.matches("unchanged").count(), 3, "{second}");
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

/// What the cluster's own people put into the template that is theirs holds for what is made later, and stays.
#[tokio::test]
async fn setup_leaves_alone_what_is_yours() {
    let node = OpenSearch::plain().await;
    let own = json!({"template": {"settings": {"index.refresh_interval": "30s"}}});
    node.admin.put("/_component_template/owned-custom", &own).await.unwrap().ok().unwrap();
    let text = telesieve(&["setup", "--url", &node.url, "--index", "owned"], &[]).unwrap();
    assert!(text.contains("exists, not changed"), "{text}");
    let settings = node.admin.get("/owned/_settings").await.unwrap().text;
    assert!(settings.contains(r#""refresh_interval":"30s""#) && settings.contains("best_compression"), "{settings}");
}

/// The plugins behind these cannot be had: the front answers as they are documented to.
#[tokio::test(flavor = "multi_thread")]
async fn setup_brings_retention_and_dashboards_up_to_date() {
    let front = Front::start(&OpenSearch::plain().await.admin).await.unwrap();
    let url = front.url();
    let run = |days: &str| {
        let args = ["setup", "--url", &url, "--index", "kept", "--dashboards-url", &url, "--retention-days", days];
        telesieve(&args, &[]).unwrap()
    };
    let first = run("30");
    assert!(first.contains("/_plugins/_ism/policies/kept") && first.contains("15 objects imported"), "{first}");
    assert!(front.asked().iter().any(|asked| asked == "PUT /_plugins/_ism/policies/kept"));
    let second = run("30");
    assert!(!second.contains("created"), "{second}");
    let asked = front.asked();
    assert!(asked.iter().all(|asked| !asked.starts_with("PUT") || asked == "PUT /kept/_mapping"), "{asked:?}");
    assert!(asked.iter().all(|asked| !asked.starts_with("POST /_plugins/_ism/")), "{asked:?}");
    let third = run("7");
    assert!(
        third.lines().any(|line| line.starts_with("retention") && line.ends_with("updated; 1 index switched to it")),
        "{third}"
    );
    // What is managed already would go on with the days that it began with.
    assert!(front.asked().iter().any(|asked| asked == "POST /_plugins/_ism/change_policy/.ds-kept-000001"));
    assert!(front.policy().unwrap().to_string().contains(r#""min_rollover_age":"7d""#));
    let imported = front.imported();
    assert_eq!(imported.len(), 3);
    assert!(imported[0].contains(r#""title": "kept""#) && !imported[0].contains("telesieve-logs"));
}

/// A stream that was there before is put under the policy, too.
#[tokio::test(flavor = "multi_thread")]
async fn retention_holds_for_a_stream_that_was_there() {
    let node = OpenSearch::plain().await;
    let there = telesieve(&["setup", "--url", &node.url, "--index", "older"], &[]).unwrap();
    assert!(there.contains("skipped: the cluster has no index state management"), "{there}");
    let front = Front::start(&node.admin).await.unwrap();
    telesieve(&["setup", "--url", &front.url(), "--index", "older"], &[]).unwrap();
    let asked = front.asked();
    assert!(asked.iter().any(|asked| asked == "POST /_plugins/_ism/add/.ds-older-000001"), "{asked:?}");
}

/// A run that ended between the policy and the indices that it is for is finished by the next one.
#[tokio::test(flavor = "multi_thread")]
async fn retention_that_holds_for_half_of_it_is_finished() {
    let node = OpenSearch::plain().await;
    telesieve(&["setup", "--url", &node.url, "--index", "half"], &[]).unwrap();
    let front = Front::start(&node.admin).await.unwrap();
    let url = front.url();
    let run = |days: &str| telesieve(&["setup", "--url", &url, "--index", "half", "--retention-days", days], &[]);
    let line = |text: &str| text.lines().find(|line| line.starts_with("retention")).unwrap().to_owned();
    for (days, call) in [("30", "attached to it"), ("7", "switched to it")] {
        front.refuse_indices(true);
        let error = run(days).unwrap_err().to_string();
        assert!(error.contains("503 for POST /_plugins/_ism/"), "{error}");
        front.refuse_indices(false);
        let finished = line(&run(days).unwrap());
        assert!(finished.ends_with(&format!("unchanged; 1 index {call}")), "{finished}");
        let again = line(&run(days).unwrap());
        assert!(again.ends_with("unchanged"), "{again}");
    }
}

/// Who has the role keeps it; who is asked for gets it.
#[tokio::test]
async fn setup_gives_the_role_to_those_who_need_it() {
    let node = OpenSearch::secured().await;
    let ca_file = node.ca_file.as_ref().unwrap().display().to_string();
    let (name, password) = OpenSearch::ADMIN;
    let admin = [("TELESIEVE_OPENSEARCH_USERNAME", name), ("TELESIEVE_OPENSEARCH_PASSWORD", password)];
    let run = |writer: &str| {
        let place = ["setup", "--url", &node.url, "--ca-file", &ca_file, "--index", "given"];
        let role = ["--writer-role", "given-writer", "--writer", writer];
        telesieve(&[&place[..], &role[..]].concat(), &admin).unwrap()
    };
    assert!(run("arn:aws:iam::123456789012:role/one").contains("updated"));
    run("arn:aws:iam::123456789012:role/two");
    let again = run("arn:aws:iam::123456789012:role/two");
    assert!(!again.contains("updated") && !again.contains("created"), "{again}");
    let mapping = node.admin.get("/_plugins/_security/api/rolesmapping/given-writer").await.unwrap().json().unwrap();
    let writers = json!(["arn:aws:iam::123456789012:role/one", "arn:aws:iam::123456789012:role/two"]);
    assert_eq!(mapping["given-writer"]["backend_roles"], writers);
}

/// The authority that the cluster is trusted by is that of Dashboards as well: what answers here is no Dashboards, but is
/// listened to only where it is trusted.
#[tokio::test]
async fn dashboards_are_trusted_by_the_same_authority() {
    let node = OpenSearch::secured().await;
    let ca_file = node.ca_file.as_ref().unwrap().display().to_string();
    let (name, password) = OpenSearch::ADMIN;
    let admin = [("TELESIEVE_OPENSEARCH_USERNAME", name), ("TELESIEVE_OPENSEARCH_PASSWORD", password)];
    let plain = OpenSearch::plain().await;
    let run = |cluster: &[&str]| {
        let args = [&["setup", "--index", "trusted", "--dashboards-url", &node.url], cluster].concat();
        telesieve(&args, &admin).unwrap_err().to_string()
    };
    let trusted = run(&["--url", &node.url, "--ca-file", &ca_file]);
    assert!(trusted.contains("from OpenSearch Dashboards for the saved objects"), "{trusted}");
    let stranger = run(&["--url", &plain.url]);
    assert!(stranger.contains("failed to reach OpenSearch Dashboards"), "{stranger}");
}

/// Every line of a dry run, and nothing is sent.
#[tokio::test]
async fn a_dry_run_sends_nothing() {
    let node = OpenSearch::plain().await;
    let dashboards = ["--dashboards-url", "http://localhost:5601/"];
    let text =
        telesieve(&[&["setup", "--url", &node.url, "--index", "dry", "--dry-run"], &dashboards[..]].concat(), &[]);
    let text = text.unwrap();
    assert!(text.contains("POST http://localhost:5601/api/saved_objects/_import?overwrite=true\n{"), "{text}");
    assert!(text.contains("PUT /_component_template/dry-mappings") && text.contains("PUT /_plugins/_ism/policies/dry"));
    assert!(text.contains("GET /_plugins/_ism/explain/dry?show_policy=true"), "{text}");
    assert!(text.contains("POST /_plugins/_ism/add/<indices>\n{\n  \"policy_id\": \"dry\""), "{text}");
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
