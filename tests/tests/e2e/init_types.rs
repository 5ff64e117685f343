//! Every way in which a sandbox comes to be.

use std::collections::BTreeSet;

use telesieve_sandbox::scenarios::shop;
use telesieve_sandbox::{InitType, Invocation, Line};
use telesieve_tests::opt_tree;

use crate::play::{Receivers, play};

/// Plays a story in a sandbox of this type. Returns the sandboxes that documents name.
async fn sandboxes(init_type: InitType, story: Vec<Invocation>) -> BTreeSet<String> {
    let receivers = Receivers::start().await;
    let invocations = story.len();
    let options = receivers.options(opt_tree()).init_type(init_type).env("TELESIEVE_FLUSH_INTERVAL_MS", "200");
    let played = play(options, story).await;
    assert_eq!(played.invocations.len(), invocations);
    receivers.assert_no_leak();
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    let documents = receivers.opensearch.documents();
    assert_eq!(documents.len() as f64, accounting.shipped, "{}", played.output);
    let field = |document: &telesieve_sandbox::receivers::Document| document.fields["telesieve.sandbox"].to_string();
    documents.iter().map(field).collect()
}

fn three_lines() -> Vec<Invocation> {
    let line = |n| Invocation::new(vec![Line::text(format!("line {n} for jane.doe@example.com"))]);
    (1..=3).map(line).collect()
}

#[tokio::test]
async fn provisioned() {
    assert_eq!(sandboxes(InitType::Provisioned, three_lines()).await.len(), 1);
}

/// All copies of a snapshot start with the same memory. What is shipped after the restore says another sandbox than
/// what had been rendered before, and there is one for the whole life.
#[tokio::test]
async fn snap_start() {
    let sandboxes = sandboxes(InitType::SnapStart, three_lines()).await;
    assert!((1..=2).contains(&sandboxes.len()), "{sandboxes:?}");
}

/// Nobody says when an invocation begins or ends: data leaves by the clock.
#[tokio::test]
async fn managed_instances() {
    assert_eq!(sandboxes(InitType::Managed, three_lines()).await.len(), 1);
}

/// The story holds a timeout, after which the sandbox is set up again.
#[tokio::test]
async fn on_demand_with_a_reset() {
    assert_eq!(sandboxes(InitType::OnDemand, shop()).await.len(), 2);
}
