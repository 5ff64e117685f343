//! How a sandbox ends, and what does not end it.

use std::process::Command;
use std::time::Duration;

use telesieve_sandbox::receivers::Fault;
use telesieve_sandbox::{Invocation, Line, Outcome, Sandbox};
use telesieve_tests::opt_tree;

use crate::play::{Receivers, finish, options};

/// Nobody on Lambda sends SIGTERM to an extension, but containers and terminals do. It must not take the function along.
#[tokio::test]
async fn sigterm_makes_data_leave_and_ends_nothing() {
    let receivers = Receivers::start().await;
    let options = receivers.options(opt_tree()).env("TELESIEVE_FLUSH_MODE", "interval");
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut invocations = vec![sandbox.invoke(Invocation::new(vec![Line::text("first")])).await.unwrap()];
    // Telemetry comes in, and its interval is far from over.
    sandbox.run_idle(Duration::from_millis(200)).await;
    assert!(!receivers.documents_text().contains("first"));
    sandbox.thaw();
    terminate(&sandbox);
    sandbox.run_idle(Duration::from_millis(300)).await;
    assert!(receivers.documents_text().contains("first"));
    let during = sandbox.invoke(Invocation::new(vec![Line::text("second")]).taking(Duration::from_millis(200)));
    let (during, ()) = tokio::join!(during, async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        terminate(&sandbox);
    });
    invocations.push(during.unwrap());
    assert!(invocations.iter().all(|invocation| invocation.outcome == Outcome::Success), "{invocations:?}");
    finish(&sandbox, invocations).await;
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!(accounting.dropped_total() + accounting.pending, 0.0, "{accounting:?}");
}

/// A document says what was lost, and nothing of it.
#[tokio::test]
async fn a_loss_is_recorded_where_events_go() {
    let receivers = Receivers::start().await;
    receivers.opensearch.set_fault(Fault::RejectItems(2));
    let sandbox = Sandbox::start(receivers.options(opt_tree())).await.unwrap();
    let lines = (0..10).map(|number| Line::text(format!("order {number} for jane.doe@example.com"))).collect();
    let invocations = vec![sandbox.invoke(Invocation::new(lines)).await.unwrap()];
    receivers.opensearch.set_fault(Fault::None);
    finish(&sandbox, invocations).await;
    let documents = receivers.opensearch.documents();
    let loss = documents.iter().find(|document| document.fields["type"] == "telesieve.loss").unwrap();
    assert!(loss.fields["record"]["lost"]["rejected"].as_u64() > Some(3), "{loss:?}");
    assert_eq!(loss.fields["severity_text"], "ERROR", "{loss:?}");
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!(loss.fields["record"]["lost"]["rejected"].as_f64(), Some(accounting.dropped["rejected"]));
}

/// Sinks of every kind hang: what is planned is kept, to leave the platform its share of the two seconds.
#[tokio::test]
async fn a_shutdown_with_hanging_sinks_keeps_its_plan() {
    let receivers = Receivers::start().await;
    let sandbox = Sandbox::start(receivers.options(opt_tree())).await.unwrap();
    let invocation = sandbox.invoke(Invocation::new(vec![Line::text("first")])).await.unwrap();
    receivers.opensearch.set_fault(Fault::Hang);
    receivers.pushgateway.set_fault(Fault::Hang);
    assert_eq!(invocation.outcome, Outcome::Success);
    let shutdown = sandbox.shutdown("spindown").await;
    assert!(shutdown.clean(), "{shutdown:?}");
    assert!((1_300..1_700).contains(&shutdown.took.as_millis()), "{shutdown:?}");
}

/// Nothing listens anywhere: neither a name nor a port.
#[tokio::test]
async fn sinks_that_are_not_there_do_not_keep_a_sandbox() {
    let options = options(opt_tree(), "http://sink.invalid", "http://127.0.0.1:9");
    let sandbox = Sandbox::start(options).await.unwrap();
    let invocations = vec![sandbox.invoke(Invocation::new(vec![Line::text("first")])).await.unwrap()];
    finish(&sandbox, invocations).await;
}

fn terminate(sandbox: &Sandbox) {
    let pid = sandbox.pid().unwrap().to_string();
    xtask::process::run(Command::new("kill").args(["-TERM", &pid])).unwrap();
}
