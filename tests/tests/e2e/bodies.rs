//! Bodies that no platform should post: 200 for each, and no neighbour is lost.

use std::time::Duration;

use telesieve_sandbox::scenarios::hostile;
use telesieve_sandbox::{Invocation, Line, Sandbox};
use telesieve_tests::opt_tree;

use crate::play::{Receivers, finish};

#[tokio::test]
async fn hostile_bodies_cost_nothing_but_themselves() {
    let receivers = Receivers::start().await;
    let sandbox = Sandbox::start(receivers.options(opt_tree())).await.unwrap();
    let mut invocations = vec![invoke(&sandbox, "before").await];
    sandbox.thaw();
    for case in hostile() {
        for body in &case.bodies {
            let status = sandbox.post_raw(body).await.unwrap();
            assert_eq!(status, 200, "{}", case.name);
        }
    }
    invocations.push(invoke(&sandbox, "after").await);
    finish(&sandbox, invocations).await;
    let text = receivers.documents_text();
    for case in hostile() {
        for survivor in case.survivors {
            assert!(text.contains(survivor), "{}: {survivor}", case.name);
        }
    }
    assert!(text.contains("before") && text.contains("after"));
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert!(accounting.dropped.get("malformed").is_some_and(|count| *count > 0.0), "{accounting:?}");
}

/// More than the intake takes, faster than it can be worked on: what is too much is counted.
#[tokio::test]
async fn a_flood_is_bounded_and_counted() {
    let receivers = Receivers::start().await;
    let options = receivers.options(opt_tree()).env("TELESIEVE_TELEMETRY_MAX_QUEUE_BYTES", "65536");
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut invocations = vec![invoke(&sandbox, "before").await];
    sandbox.thaw();
    let event = r#"{"time":"2026-03-02T08:15:20.929Z","type":"function","record":"a line that is repeated"}"#;
    let body = format!("[{}]", vec![event; 500].join(","));
    for _ in 0..20 {
        assert_eq!(sandbox.post_raw(body.as_bytes()).await.unwrap(), 200);
    }
    sandbox.run_idle(Duration::from_millis(200)).await;
    invocations.push(invoke(&sandbox, "after").await);
    finish(&sandbox, invocations).await;
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert!(accounting.received >= 10_000.0, "{accounting:?}");
}

/// The platform cuts long records: an address that straddles the cut is in neither piece.
#[tokio::test]
async fn a_secret_across_a_cut_does_not_get_out() {
    let receivers = Receivers::start().await;
    let sandbox = Sandbox::start(receivers.options(opt_tree())).await.unwrap();
    let filling = "x ".repeat((128 << 10) - 8);
    let text = format!("{filling}jane.straddles@example.com is the end");
    let object = serde_json::json!({ "message": text }).to_string();
    let lines = vec![Line::text(&text), Line::json(object), Line::text("after")];
    let invocations = vec![sandbox.invoke(Invocation::new(lines)).await.unwrap()];
    finish(&sandbox, invocations).await;
    let documents = receivers.documents_text();
    assert!(!documents.contains("straddles") && !documents.contains("@example"), "a piece got out");
    assert!(documents.contains("after"));
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!(accounting.dropped.get("malformed").copied().unwrap_or_default(), 0.0, "{accounting:?}");
}

async fn invoke(sandbox: &Sandbox, line: &str) -> telesieve_sandbox::InvokeReport {
    sandbox.invoke(Invocation::new(vec![Line::text(line)])).await.unwrap()
}
