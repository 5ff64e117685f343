//! Every combination of sinks, and that none of them is in another one's way.

use std::time::Duration;

use super::bench::{Bench, config};
use super::fake::{Fake, Reply};
use super::servers::nobody;

fn debugging(path: std::path::PathBuf) -> Option<telesieve_config::File> {
    Some(telesieve_config::File { path, metrics: true, ..Default::default() })
}

async fn flushed(config: &telesieve_config::Config) -> Bench {
    let mut bench = Bench::new(config);
    bench.events(3);
    bench.invoke("1", Duration::from_secs(60));
    bench.settle().await;
    bench
}

#[tokio::test]
async fn a_dead_sink_is_not_in_the_way_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Fake::start(|_, _| Reply::status(200)).await;
    let (nobody, _kept) = nobody();
    let mut config = config(Some(&nobody), Some(&gateway.url));
    config.file = debugging(folder.path().join("events"));
    let mut bench = flushed(&config).await;
    assert_eq!(bench.accounts(), (3, vec![], 3), "a copy of each is in the file, and one waits for the cluster");
    assert_eq!(bench.counts("telesieve_events_received_total", "origin", "copy"), [("copy".to_owned(), 3)]);
    let text = std::fs::read_to_string(folder.path().join("events")).unwrap();
    assert_eq!(text.matches("a line for jane@example.com").count(), 3);
    assert_eq!(gateway.requests().len(), 1);
    assert!(folder.path().join("events.prom").exists());
}

#[tokio::test]
async fn without_any_sink_events_are_filtered_and_nothing_is_held_up() {
    let mut bench = flushed(&config(None, None)).await;
    assert_eq!(bench.accounts(), (0, vec![], 0));
    assert_eq!(bench.counts("telesieve_events_filtered_total", "transform", "no_event_sink").len(), 1);
    assert_eq!(bench.asked(), 1);
}

#[tokio::test]
async fn a_sink_that_cannot_be_set_up_keeps_what_is_meant_for_it_and_says_so() {
    let mut config = config(Some("http://127.0.0.1:1"), Some("http://127.0.0.1:1"));
    config.opensearch.as_mut().unwrap().ca_file = Some("/nowhere/ca.pem".into());
    config.pushgateway.as_mut().unwrap().ca_file = Some("/nowhere/ca.pem".into());
    let bench = flushed(&config).await;
    assert_eq!(bench.accounts(), (0, vec![], 3));
    let lines = bench.lines();
    assert!(lines[0].starts_with("error: opensearch: failed to read the certificates in /nowhere/ca.pem"), "{lines:?}");
    assert!(
        lines[1].starts_with("error: pushgateway: failed to read the certificates in /nowhere/ca.pem"),
        "{lines:?}"
    );
}

/// Standard output is telemetry of an extension on Lambda: what a sink prints must not come back as an event.
#[test]
fn lines_of_the_sink_on_standard_output_are_known_again() {
    let printed = format!("{}{{\"message\":\"a document\"}}\n", crate::log::MARK);
    assert!(crate::log::is_ours(&serde_json::to_string(&printed).unwrap()));
    let wrapped = serde_json::json!({ "level": "INFO", "message": printed });
    assert!(crate::log::is_ours(&wrapped.to_string()));
}
