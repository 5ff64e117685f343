//! Functions that fail in every way that a platform knows: what the metrics count, and what is stored of it.

use std::time::Duration;

use telesieve_sandbox::{Ending, InitType, Invocation, InvokeReport, Line, Options, Outcome, Sandbox};
use telesieve_tests::opt_tree;

use crate::play::Receivers;

/// A sandbox that has been, and what it left.
struct Past {
    receivers: Receivers,
    invocations: Vec<InvokeReport>,
    first_reset_was_clean: bool,
}

impl Past {
    async fn of(change: impl FnOnce(&mut Options), story: Vec<Invocation>) -> Self {
        let receivers = Receivers::start().await;
        let mut options = receivers.options(opt_tree());
        change(&mut options);
        let sandbox = Sandbox::start(options).await.unwrap();
        let mut invocations = Vec::new();
        for invocation in story {
            invocations.push(sandbox.invoke(invocation).await.unwrap());
        }
        assert!(sandbox.shutdown("spindown").await.clean());
        for reset in invocations.iter().filter_map(|invocation| invocation.reset.as_ref()) {
            assert!(reset.clean(), "{reset:?}");
        }
        let first_reset_was_clean = sandbox.init_report().reset.as_ref().is_some_and(|reset| reset.clean());
        let accounting = receivers.accounting();
        accounting.assert_balanced();
        assert_eq!(accounting.dropped_total() + accounting.pending, 0.0, "{accounting:?}");
        assert_eq!(receivers.opensearch.documents().len() as f64, accounting.shipped);
        Self { receivers, invocations, first_reset_was_clean }
    }

    fn outcomes(&self) -> Vec<Outcome> {
        self.invocations.iter().map(|invocation| invocation.outcome.clone()).collect()
    }

    /// The sum of a counter over all sandboxes, of the series that have these labels.
    fn count(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let families = self.receivers.pushgateway.last_families();
        let samples = families.iter().flat_map(|family| &family.samples).filter(|sample| sample.name == name);
        let chosen = samples.filter(|sample| labels.iter().all(|(name, value)| sample.labels[*name] == *value));
        chosen.map(|sample| sample.value).sum()
    }

    /// The records of stored documents of a kind.
    fn records(&self, kind: &str) -> Vec<serde_json::Value> {
        let documents = self.receivers.opensearch.documents();
        let chosen = documents.into_iter().filter(|document| document.fields["type"] == kind);
        chosen.map(|document| document.fields["record"].clone()).collect()
    }

    /// The statuses of stored documents of a kind, in their order.
    fn statuses(&self, kind: &str) -> Vec<String> {
        let status = |record: serde_json::Value| record["status"].as_str().unwrap_or("none").to_owned();
        self.records(kind).into_iter().map(status).collect()
    }
}

fn line() -> Invocation {
    Invocation::new(vec![Line::text("a line like any other")])
}

fn crash(error_type: &str) -> Ending {
    Ending::Crash(error_type.to_owned())
}

fn failed(error_type: &str) -> Outcome {
    Outcome::FunctionError(error_type.to_owned())
}

/// Some runtimes are killed with a name for it, others just end with all of their memory in use.
#[tokio::test]
async fn out_of_memory() {
    for (error_type, filling) in [("Runtime.OutOfMemory", false), ("Runtime.ExitError", true)] {
        let mut invocation = line().ending(crash(error_type));
        invocation.fills_memory = filling;
        let past = Past::of(|_| {}, vec![line(), invocation, line()]).await;
        assert_eq!(past.outcomes(), [Outcome::Success, failed(error_type), Outcome::Success]);
        assert_eq!(past.count("faas_out_of_memory_total", &[]), 1.0, "{error_type}");
        assert_eq!(past.count("faas_errors_total", &[("status", "error")]), 1.0, "{error_type}");
        assert_eq!(past.count("faas_error_types_total", &[("error_type", error_type)]), 1.0);
        assert_eq!(past.count("faas_invocations_total", &[]), 3.0);
        assert_eq!(past.statuses("platform.report"), ["success", "error", "success"]);
        assert_eq!(past.records("telesieve.invocation").len(), 0);
    }
}

/// A crash for another reason is none for lack of memory.
#[tokio::test]
async fn a_crash() {
    let past = Past::of(|_| {}, vec![line().ending(crash("Runtime.ExitError")), line()]).await;
    assert_eq!(past.count("faas_out_of_memory_total", &[]), 0.0);
    assert_eq!(past.count("faas_errors_total", &[("status", "error")]), 1.0);
    assert_eq!(past.statuses("platform.runtimeDone"), ["error", "success"]);
}

/// The platform may say nothing but why it ends the sandbox. Who holds an invocation until its end is told hears of that
/// shortly before its time is over.
#[tokio::test]
async fn failures_that_nobody_reports() {
    let timeout = || line().ending(Ending::Timeout).timeout(Duration::from_millis(400));
    for (invocation, status) in [(timeout(), "timeout"), (line().ending(crash("Runtime.ExitError")), "error")] {
        let quiet = |options: &mut Options| {
            (options.report_failures, options.tell_failures) = (false, false);
            options
                .env
                .insert("TELESIEVE_FLUSH_MODE".to_owned(), if status == "error" { "next" } else { "end" }.to_owned());
        };
        let past = Past::of(quiet, vec![line(), invocation, line()]).await;
        assert_eq!(past.count("faas_errors_total", &[("status", status)]), 1.0, "{status}");
        assert_eq!(past.count("faas_timeouts_total", &[]), f64::from(u8::from(status == "timeout")));
        assert_eq!(past.count("faas_invocations_total", &[]), 3.0);
        assert_eq!(past.count("faas_errors_total", &[]), 1.0, "{status}");
        let [record] = &past.records("telesieve.invocation")[..] else { panic!("one document of it") };
        assert_eq!(
            (&record["status"], &record["requestId"]),
            (&status.into(), &(*past.invocations[1].request_id).into())
        );
    }
}

/// An init that fails is done again inside the first invocation, by other processes.
#[tokio::test]
async fn init_failure() {
    for (ending, status) in [(crash("Runtime.ExitError"), "error"), (Ending::Timeout, "timeout")] {
        let fails_once = |options: &mut Options| {
            options.init_timeout = Duration::from_millis(700);
            options.function.inits = vec![ending];
        };
        let past = Past::of(fails_once, vec![line(), line()]).await;
        assert!(past.first_reset_was_clean);
        assert_eq!(past.outcomes(), [Outcome::Success, Outcome::Success]);
        assert_eq!(past.count("faas_inits_total", &[("phase", "init"), ("status", status)]), 1.0, "{status}");
        assert_eq!(past.count("faas_inits_total", &[("phase", "invoke"), ("status", "success")]), 1.0);
        assert_eq!(past.count("faas_inits_total", &[]), 2.0);
        assert_eq!((past.count("faas_invocations_total", &[]), past.count("faas_errors_total", &[])), (2.0, 0.0));
        assert_eq!(past.count("faas_coldstarts_total", &[]), 1.0);
        assert_eq!(past.statuses("platform.initReport"), [status, "success"]);
        assert_eq!(past.statuses("platform.initRuntimeDone"), [status, "success"]);
    }
}

/// Neither attempt succeeds, and the invocation fails with the second one: its report is the last that is said.
#[tokio::test]
async fn suppressed_init_failure() {
    let fails_twice = |options: &mut Options| options.function.inits = vec![crash("Runtime.ExitError"); 2];
    let past = Past::of(fails_twice, vec![line(), line()]).await;
    assert_eq!(past.outcomes(), [failed("Runtime.ExitError"), Outcome::Success]);
    assert_eq!(past.count("faas_inits_total", &[("status", "error")]), 2.0);
    assert_eq!(past.count("faas_inits_total", &[("phase", "invoke"), ("status", "success")]), 1.0);
    assert_eq!((past.count("faas_invocations_total", &[]), past.count("faas_errors_total", &[])), (2.0, 1.0));
    assert_eq!(past.statuses("platform.initReport"), ["error", "error", "success"]);
    assert_eq!(past.statuses("platform.report"), ["error", "success"]);
}

#[tokio::test]
async fn restore_failure() {
    for (ending, status) in [(Ending::Error("Runtime.Unknown".to_owned()), "error"), (Ending::Timeout, "timeout")] {
        let fails = |options: &mut Options| {
            options.init_type = InitType::SnapStart;
            options.function.restore = ending;
        };
        let past = Past::of(fails, vec![line()]).await;
        assert_ne!(past.outcomes(), [Outcome::Success]);
        assert_eq!(past.count("faas_restores_total", &[("status", status)]), 1.0, "{status}");
        assert_eq!(past.statuses("platform.restoreReport"), [status]);
        assert_eq!(past.statuses("platform.initReport"), ["success"]);
        assert_eq!(past.count("faas_invocations_total", &[]), 0.0);
    }
}

/// Each report comes with the next invocation, and the last one after SHUTDOWN.
#[tokio::test]
async fn the_last_report() {
    let past = Past::of(|_| {}, vec![line(), line(), line()]).await;
    assert_eq!(past.statuses("platform.report"), ["success"; 3]);
}
