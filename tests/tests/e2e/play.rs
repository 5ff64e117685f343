//! One life of a sandbox with the extension that ships, and what holds for every one of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use telesieve_sandbox::receivers::{Family, OpenSearch, PushGateway, parse_exposition};
use telesieve_sandbox::scenarios::leaks;
use telesieve_sandbox::{Invocation, InvokeReport, Options, Outcome, Sandbox};
use telesieve_tests::free_port;

/// The extension's own lines in this sandbox, with the function undisturbed.
pub(crate) struct Played {
    pub(crate) invocations: Vec<InvokeReport>,
    /// What the extension wrote to its outputs.
    pub(crate) output: String,
}

/// Receivers inside the test process.
pub(crate) struct Receivers {
    pub(crate) opensearch: OpenSearch,
    pub(crate) pushgateway: PushGateway,
}

impl Receivers {
    pub(crate) async fn start() -> Self {
        Self { opensearch: OpenSearch::start().await.unwrap(), pushgateway: PushGateway::start().await.unwrap() }
    }

    /// A sandbox that ships to them.
    pub(crate) fn options(&self, opt: &Path) -> Options {
        options(opt, &self.opensearch.url(), &self.pushgateway.url())
    }

    /// The accounting of the last push of every sandbox.
    pub(crate) fn accounting(&self) -> Accounting {
        Accounting::read(&self.pushgateway.last_families())
    }

    /// Kinds and texts of all documents, for searching.
    pub(crate) fn documents_text(&self) -> String {
        self.opensearch.documents().iter().map(|document| document.source.clone() + "\n").collect()
    }

    /// Nothing secret in any byte that left.
    pub(crate) fn assert_no_leak(&self) {
        for (name, wire) in [("OpenSearch", self.opensearch.wire()), ("PushGateway", self.pushgateway.wire())] {
            assert_secretless(name, &wire.bytes());
        }
    }
}

/// A sandbox with the extension of this tree. Metrics are pushed as often as there is a flush, so that the last push
/// tells everything.
pub(crate) fn options(opt: &Path, opensearch: &str, pushgateway: &str) -> Options {
    Options::opt_tree(opt)
        .env("TELESIEVE_OPENSEARCH_URL", opensearch)
        .env("TELESIEVE_PUSHGATEWAY_URL", pushgateway)
        .env("TELESIEVE_PUSHGATEWAY_MIN_INTERVAL_MS", "0")
        // Many sandboxes of many tests share this machine's loopback address.
        .env("TELESIEVE_TELEMETRY_PORT", free_port().to_string())
        .env("TELESIEVE_LOG_LEVEL", "debug")
}

/// Plays the story to its end.
pub(crate) async fn play(options: Options, story: Vec<Invocation>) -> Played {
    let sandbox = Sandbox::start(options).await.unwrap();
    assert_eq!(sandbox.init_report().outcome, Outcome::Success, "{}", output(&sandbox));
    let mut invocations = Vec::new();
    for invocation in story {
        invocations.push(sandbox.invoke(invocation).await.unwrap());
    }
    finish(&sandbox, invocations).await
}

/// Shuts the sandbox down and looks at what must hold whatever happened.
pub(crate) async fn finish(sandbox: &Sandbox, invocations: Vec<InvokeReport>) -> Played {
    let shutdown = sandbox.shutdown("spindown").await;
    let output = output(sandbox);
    assert!(shutdown.clean(), "{shutdown:?}\n{output}");
    assert!(shutdown.took < Duration::from_secs(2), "{shutdown:?}");
    assert_secretless("the extension's own lines", output.as_bytes());
    for invocation in &invocations {
        assert!(!matches!(invocation.outcome, Outcome::ExtensionError(_)), "{invocation:?}\n{output}");
    }
    Played { invocations, output }
}

/// None of the known secrets is in there, however it is escaped.
pub(crate) fn assert_secretless(what: &str, bytes: &[u8]) {
    let found = leaks(bytes);
    assert!(found.is_empty(), "{what}: {found:?}");
}

fn output(sandbox: &Sandbox) -> String {
    sandbox.output().iter().map(|output| format!("{}\n", output.line)).collect()
}

/// `received = shipped + filtered + dropped + pending`, over all sandboxes of a test.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Accounting {
    pub(crate) received: f64,
    pub(crate) shipped: f64,
    pub(crate) filtered: f64,
    pub(crate) pending: f64,
    /// By reason, those that are not zero.
    pub(crate) dropped: BTreeMap<String, f64>,
}

impl Accounting {
    pub(crate) fn parse(text: &str) -> Self {
        Self::read(&parse_exposition(text).unwrap())
    }

    pub(crate) fn read(families: &[Family]) -> Self {
        let mut read = Self::default();
        for sample in families.iter().flat_map(|family| &family.samples).filter(|sample| sample.value != 0.0) {
            match sample.name.as_str() {
                "telesieve_events_received_total" => read.received += sample.value,
                "telesieve_events_shipped_total" => read.shipped += sample.value,
                "telesieve_events_filtered_total" => read.filtered += sample.value,
                "telesieve_events_pending" => read.pending += sample.value,
                "telesieve_events_dropped_total" => {
                    *read.dropped.entry(sample.labels["reason"].clone()).or_default() += sample.value;
                }
                _ => {}
            }
        }
        read
    }

    pub(crate) fn dropped_total(&self) -> f64 {
        self.dropped.values().sum()
    }

    /// Every event is accounted for, and there were events.
    pub(crate) fn assert_balanced(&self) {
        let right = self.shipped + self.filtered + self.dropped_total() + self.pending;
        assert!(self.received > 0.0, "nothing was received: {self:?}");
        assert_eq!(self.received, right, "received = shipped + filtered + dropped + pending: {self:?}");
    }
}
