//! Every query of every dashboard that ships finds something in real servers that hold the demo's data.
//!
//! Queries are read out of the files, with the variables that Grafana fills in filled in. What may be empty is listed, with
//! the reason; a name in the list that no dashboard has is a failure too.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use telesieve_sandbox::Sandbox;
use telesieve_sandbox::scenarios::shop;
use telesieve_tests::servers::{OpenSearch, Prometheus, PushGateway};
use telesieve_tests::{opt_tree, telesieve};
use xtask::paths;

use crate::play::{finish, options, play};

/// `job` of the metrics.
const JOB: &str = "dashboards";

/// Between two invocations: Prometheus looks twice.
const PAUSE: Duration = Duration::from_millis(650);

/// Queries that may find nothing: panel, what the query is about, and why.
const MAY_BE_EMPTY: [(&str, &str, &str); 9] = [
    ("Out of time, out of memory", "faas_out_of_memory_total", "no invocation of the demo runs out of memory"),
    (
        "Out of time, out of memory",
        "faas_timeouts_total",
        "the only timeout is counted before the series is first scraped",
    ),
    (
        "Telemetry that the platform did not deliver",
        "faas_logs_dropped_records_total",
        "the sandbox delivers everything",
    ),
    ("Dropped by reason", "telesieve_events_dropped_total", "nothing is lost"),
    ("Held back by rule", "telesieve_rule_held_back_total", "the redaction is complete"),
    ("Retries", "telesieve_sink_retries_total", "both sinks are up"),
    ("Documents refused by OpenSearch", "telesieve_rejections_total", "the mapping takes every document"),
    ("Documents stored before", "telesieve_duplicates_total", "nothing is sent twice"),
    ("Faults of transforms", "telesieve_transform_faults_total", "no transform fails"),
];

#[tokio::test]
async fn every_prometheus_query_of_grafana_finds_something() {
    let (gateway, prometheus) = (PushGateway::shared().await, Prometheus::shared().await);
    let node = OpenSearch::plain().await;
    telesieve(&["setup", "--url", &node.url, "--index", "dashboards-metrics"], &[]).unwrap();
    let options = options(opt_tree(), &node.url, &gateway.url)
        .env("TELESIEVE_OPENSEARCH_INDEX", "dashboards-metrics")
        .env("TELESIEVE_PUSHGATEWAY_JOB", JOB)
        .env("TELESIEVE_FLUSH_MODE", "end");
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut invocations = Vec::new();
    for invocation in shop().into_iter().chain(shop()) {
        invocations.push(sandbox.invoke(invocation).await.unwrap());
        tokio::time::sleep(PAUSE).await;
    }
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in ["functions", "health"] {
        let dashboard = read(file);
        for variable in dashboard["templating"]["list"].as_array().unwrap() {
            if let Some(query) = variable["definition"].as_str() {
                seen += 1;
                wrong.extend(fault(prometheus, "variable", &as_vector(query)).await);
            }
        }
        for (panel, target) in targets(&dashboard) {
            seen += 1;
            wrong.extend(fault(prometheus, panel, target["expr"].as_str().unwrap()).await);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 60, "{seen} queries");
    finish(&sandbox, invocations).await;
}

/// A list that names what is not there hides nothing.
#[test]
fn the_list_of_what_may_be_empty_is_about_queries_that_there_are() {
    let dashboards = ["functions", "health"].map(read);
    let all: Vec<_> = dashboards.iter().flat_map(targets).collect();
    for (panel, metric, _) in MAY_BE_EMPTY {
        let named = |(title, target): &(&str, &Value)| {
            *title == panel && target["expr"].as_str().is_some_and(|expr| expr.contains(metric))
        };
        assert!(all.iter().any(named), "{panel}: {metric}");
    }
}

#[tokio::test]
async fn every_opensearch_query_finds_something() {
    let (node, gateway) = (OpenSearch::plain().await, PushGateway::shared().await);
    let index = "dashboards-logs";
    telesieve(&["setup", "--url", &node.url, "--index", index], &[]).unwrap();
    let options = options(opt_tree(), &node.url, &gateway.url).env("TELESIEVE_OPENSEARCH_INDEX", index);
    play(options, shop()).await;
    node.documents(index).await.unwrap();
    let dashboard = read("logs");
    let grafana = targets(&dashboard).into_iter().map(|(panel, target)| (panel.to_owned(), of_grafana(target)));
    let printed = telesieve(&["setup", "--print-dashboards", "--index", index], &[]).unwrap();
    let objects: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let pattern = objects.iter().find(|object| object["type"] == "index-pattern").unwrap();
    assert_eq!((&pattern["attributes"]["title"], &pattern["id"]), (&json!(index), &json!(index)));
    let saved = objects.iter().filter_map(of_dashboards);
    let queries: Vec<_> = grafana.chain(saved).collect();
    assert!(queries.len() > 20, "{}", queries.len());
    let mut wrong = Vec::new();
    for (title, query) in queries {
        let answer = node.admin.post(&format!("/{index}/_search"), &query).await.unwrap();
        let found = answer.json().unwrap_or_default();
        if answer.status != 200 || found["hits"]["total"]["value"] == 0 || has_empty(&found["aggregations"]) {
            wrong.push(format!("{title}: {query}\n  {}", answer.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn read(name: &str) -> Value {
    let file = paths::root().join(format!("deploy/grafana/{name}.json"));
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// Title of the panel, and a query in it.
fn targets(dashboard: &Value) -> Vec<(&str, &Value)> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let each = panels.flat_map(|panel| {
        let title = panel["title"].as_str().unwrap();
        panel["targets"].as_array().unwrap().iter().map(move |target| (title, target))
    });
    each.collect()
}

/// What is wrong with an answer, if anything.
async fn fault(prometheus: &Prometheus, panel: &str, query: &str) -> Option<String> {
    let filled = [("$__rate_interval", "5m"), ("$__range", "1h"), ("$job", JOB), ("$function", ".*")];
    let asked = filled.into_iter().fold(query.to_owned(), |query, (name, value)| query.replace(name, value));
    let optional = MAY_BE_EMPTY.iter().any(|(title, metric, _)| *title == panel && query.contains(metric));
    let mut told = String::new();
    for _ in 0..10 {
        told = match prometheus.query(&asked).await {
            Ok(found) if optional || is_data(&found) => return None,
            Ok(found) => format!("{panel}: {asked}\n  {found:?}"),
            Err(error) => return Some(format!("{panel}: {asked}\n  {error:#}")),
        };
        // The last push may not have been scraped yet.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Some(told)
}

/// Something, and one of the values is a number.
fn is_data(found: &[Value]) -> bool {
    let numbers = found.iter().filter_map(|one| one["value"][1].as_str()?.parse::<f64>().ok());
    numbers.into_iter().any(f64::is_finite)
}

/// `label_values(selector, label)` as something that Prometheus itself understands.
fn as_vector(definition: &str) -> String {
    let inner = definition.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')).unwrap();
    let (selector, label) = inner.rsplit_once(", ").unwrap();
    format!("count by ({label}) ({selector})")
}

/// What Grafana's data source makes of a target.
fn of_grafana(target: &Value) -> Value {
    let query = target["query"].as_str().unwrap().replace("$function", "*").replace("$search", "*");
    let mut aggregations = json!({});
    for metric in target["metrics"].as_array().unwrap().iter().rev() {
        if metric["type"] == "cardinality" {
            aggregations = json!({"metric": {"cardinality": {"field": metric["field"]}}});
        }
    }
    for bucket in target["bucketAggs"].as_array().unwrap().iter().rev() {
        aggregations = json!({"bucket": around(bucket["type"].as_str().unwrap(), &bucket["field"], &aggregations)});
    }
    search(&query, &aggregations)
}

/// What Dashboards makes of a visualisation or a saved search.
fn of_dashboards(object: &Value) -> Option<(String, Value)> {
    let attributes = &object["attributes"];
    let inner = |text: &Value| serde_json::from_str::<Value>(text.as_str().unwrap()).unwrap();
    if object["type"] != "visualization" && object["type"] != "search" {
        return None;
    }
    let source = inner(&attributes["kibanaSavedObjectMeta"]["searchSourceJSON"]);
    assert_eq!(source["query"]["language"], "lucene");
    let mut aggregations = json!({});
    if object["type"] == "visualization" {
        for one in inner(&attributes["visState"])["aggs"].as_array().unwrap() {
            let (kind, field) = (one["type"].as_str().unwrap(), &one["params"]["field"]);
            match kind {
                "count" => {}
                "cardinality" => aggregations = json!({"metric": {"cardinality": {"field": field}}}),
                _ => aggregations = json!({"bucket": around(kind, field, &aggregations)}),
            }
        }
    }
    let title = attributes["title"].as_str().unwrap().to_owned();
    Some((title, search(source["query"]["query"].as_str().unwrap(), &aggregations)))
}

fn around(kind: &str, field: &Value, inner: &Value) -> Value {
    let mut bucket = match kind {
        "terms" => json!({"terms": {"field": field, "size": 50}}),
        "date_histogram" => json!({"date_histogram": {"field": field, "fixed_interval": "1m", "min_doc_count": 1}}),
        other => panic!("no test knows the aggregation {other}"),
    };
    if inner.as_object().is_some_and(|inner| !inner.is_empty()) {
        bucket["aggs"] = inner.clone();
    }
    bucket
}

fn search(query: &str, aggregations: &Value) -> Value {
    let query = json!({"query_string": {"query": query, "analyze_wildcard": true}});
    let time = json!({"range": {"@timestamp": {"gte": "now-1h"}}});
    json!({"size": 1, "query": {"bool": {"filter": [time, query]}}, "aggs": aggregations})
}

/// An aggregation without a bucket, or a count of nothing.
fn has_empty(aggregations: &Value) -> bool {
    let bucket = &aggregations["bucket"]["buckets"];
    bucket.as_array().is_some_and(|buckets| buckets.is_empty() || buckets.iter().any(has_empty))
        || aggregations["metric"]["value"] == 0
}
