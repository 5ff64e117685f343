//! Runs the sandbox and gathers what it left behind.

use anyhow::{Context, Result};
use telesieve_sandbox::receivers::{BulkRequest, Family, OpenSearch, Push, PushGateway, parse_exposition};
use telesieve_sandbox::scenarios::{self, Secret};
use telesieve_sandbox::{
    Delivery, InitReport, Invocation, InvokeReport, Memory, Options, Outcome, Output, Sandbox, ShutdownReport,
};

use super::accounting::Accounting;
use super::pairs::{self, Pair};
use super::surroundings::{self, Variables};

/// Where the extension ships to: servers of the user's, or receivers of ours.
pub(super) struct Sinks {
    opensearch: Sink<OpenSearch>,
    pushgateway: Sink<PushGateway>,
}

enum Sink<T> {
    Ours(T),
    Theirs(String),
}

impl Sinks {
    pub(super) async fn open(opensearch: Option<&str>, pushgateway: Option<&str>) -> Result<Self> {
        let opensearch = match opensearch {
            Some(url) => Sink::Theirs(url.to_owned()),
            None => Sink::Ours(OpenSearch::start().await?),
        };
        let pushgateway = match pushgateway {
            Some(url) => Sink::Theirs(url.to_owned()),
            None => Sink::Ours(PushGateway::start().await?),
        };
        Ok(Self { opensearch, pushgateway })
    }

    /// Where documents go, and where metrics go.
    pub(super) fn urls(&self) -> [String; 2] {
        let opensearch = match &self.opensearch {
            Sink::Ours(server) => server.url(),
            Sink::Theirs(url) => url.clone(),
        };
        let pushgateway = match &self.pushgateway {
            Sink::Ours(server) => server.url(),
            Sink::Theirs(url) => url.clone(),
        };
        [opensearch, pushgateway]
    }

    /// The variables that send data there.
    pub(super) fn variables(&self) -> Variables {
        let [opensearch, pushgateway] = self.urls();
        let mut variables = Variables::new();
        variables.insert("TELESIEVE_OPENSEARCH_URL".to_owned(), opensearch);
        variables.insert("TELESIEVE_PUSHGATEWAY_URL".to_owned(), pushgateway);
        if self.opensearch().is_some() {
            variables.insert("TELESIEVE_OPENSEARCH_SIGV4".to_owned(), "off".to_owned());
            variables.extend(surroundings::without_credentials("OPENSEARCH"));
        }
        if self.pushgateway().is_some() {
            variables.extend(surroundings::without_credentials("PUSHGATEWAY"));
        }
        variables
    }

    fn opensearch(&self) -> Option<&OpenSearch> {
        match &self.opensearch {
            Sink::Ours(server) => Some(server),
            Sink::Theirs(_) => None,
        }
    }

    fn pushgateway(&self) -> Option<&PushGateway> {
        match &self.pushgateway {
            Sink::Ours(server) => Some(server),
            Sink::Theirs(_) => None,
        }
    }
}

/// What a run left behind.
pub(super) struct Played {
    pub(super) init: InitReport,
    pub(super) invocations: Vec<InvokeReport>,
    pub(super) shutdown: ShutdownReport,
    pub(super) memory: Option<Memory>,
    pub(super) output: Vec<Output>,
    /// What the platform sent.
    pub(super) deliveries: Vec<Delivery>,
    pub(super) pairs: Vec<Pair>,
    /// Whether documents came to a receiver of ours.
    pub(super) documents_seen: bool,
    /// Whether metrics came to a receiver of ours.
    pub(super) metrics_seen: bool,
    pub(super) documents: usize,
    pub(super) bulk: Vec<BulkRequest>,
    pub(super) pushes: Vec<Push>,
    /// Metrics of the last push of each process.
    pub(super) families: Vec<Family>,
    pub(super) accounting: Option<Accounting>,
    /// What is wrong with it.
    pub(super) accounting_faults: Vec<String>,
    /// What was lost and was not meant to be.
    pub(super) losses: Vec<String>,
    /// Bytes that were searched for secrets.
    pub(super) searched: usize,
    pub(super) leaks: Vec<&'static Secret>,
    /// Whether the story was the shop's, whose secrets are known.
    pub(super) shop: bool,
    /// What the extension did to the function that it must not do.
    pub(super) disturbances: Vec<String>,
    /// Where documents went, and where metrics went.
    pub(super) urls: [String; 2],
}

/// Plays the invocations in a new sandbox, and shuts it down.
pub(super) async fn play(options: Options, story: Vec<Invocation>, sinks: &Sinks) -> Result<Played> {
    let sandbox = Sandbox::start(options).await?;
    let mut invocations = Vec::new();
    for invocation in story {
        invocations.push(sandbox.invoke(invocation).await.context("failed to restart the extension")?);
    }
    let memory = sandbox.memory();
    let shutdown = sandbox.shutdown("spindown").await;
    Ok(gather(&sandbox, invocations, memory, shutdown, sinks))
}

fn gather(
    sandbox: &Sandbox,
    invocations: Vec<InvokeReport>,
    memory: Option<Memory>,
    shutdown: ShutdownReport,
    sinks: &Sinks,
) -> Played {
    let documents = sinks.opensearch().map(OpenSearch::documents).unwrap_or_default();
    let pushes = sinks.pushgateway().map(PushGateway::pushes).unwrap_or_default();
    let resets = invocations.iter().filter_map(|report| report.reset.as_ref());
    let families = final_families(&pushes, resets.chain([&shutdown]));
    let output = sandbox.output();
    let (searched, leaks) = search(sinks, &output);
    let deliveries = sandbox.deliveries();
    let pairs = pairs::pairs(&deliveries, &documents);
    let taken = pairs.iter().filter(|pair| pair.before.is_some()).count();
    let stored = sinks.opensearch().map(|_| documents.len());
    let accounting = Accounting::read(&families);
    let accounting_faults = match &accounting {
        Some(accounting) => accounting.faults(taken, stored),
        None if sinks.pushgateway().is_some() => vec!["no telesieve_events_* metrics were pushed".to_owned()],
        None => Vec::new(),
    };
    Played {
        init: sandbox.init_report().clone(),
        disturbances: disturbances(sandbox.init_report(), &invocations, &shutdown),
        invocations,
        shutdown,
        memory,
        output,
        deliveries,
        pairs,
        documents_seen: sinks.opensearch().is_some(),
        metrics_seen: sinks.pushgateway().is_some(),
        documents: documents.len(),
        bulk: sinks.opensearch().map(OpenSearch::requests).unwrap_or_default(),
        pushes,
        accounting,
        accounting_faults,
        losses: Vec::new(),
        families,
        searched,
        leaks,
        shop: true,
        urls: sinks.urls(),
    }
}

/// What each process pushed last. Groups do not tell: a process that was resumed from a snapshot has another one.
fn final_families<'r>(pushes: &[Push], ends: impl Iterator<Item = &'r ShutdownReport>) -> Vec<Family> {
    let mut rest = pushes;
    let mut families = Vec::new();
    for end in ends.filter_map(|report| report.exits.iter().map(|exit| exit.at).max()) {
        let (before, after) = rest.split_at(rest.partition_point(|push| push.at <= end));
        let last = before.iter().rev().find(|push| push.status == 200 && push.method != "DELETE");
        families.extend(last.map(|push| parse_exposition(&push.body).unwrap_or_default()).unwrap_or_default());
        rest = after;
    }
    families
}

/// Looks for secrets in every byte that left.
fn search(sinks: &Sinks, output: &[Output]) -> (usize, Vec<&'static Secret>) {
    let mut bytes = Vec::new();
    bytes.extend(sinks.opensearch().map(|server| server.wire().bytes()).unwrap_or_default());
    bytes.extend(sinks.pushgateway().map(|server| server.wire().bytes()).unwrap_or_default());
    for line in output {
        bytes.extend_from_slice(line.line.as_bytes());
        bytes.push(b'\n');
    }
    (bytes.len(), scenarios::leaks(&bytes))
}

/// A timeout or an error of the function's own is no fault of the extension.
fn disturbances(init: &InitReport, invocations: &[InvokeReport], shutdown: &ShutdownReport) -> Vec<String> {
    let mut found = Vec::new();
    if init.outcome != Outcome::Success {
        found.push(format!("init ended with {} {}", init.outcome.status(), init.outcome.error_type().unwrap_or("")));
    }
    for report in invocations {
        if let Outcome::ExtensionError(error_type) = &report.outcome {
            found.push(format!("invocation {} ended with {error_type}", report.request_id));
        }
    }
    for shutdown in invocations.iter().filter_map(|report| report.reset.as_ref()).chain([shutdown]) {
        let names = shutdown.killed.iter();
        found.extend(names.map(|name| format!("{name} did not end in time at SHUTDOWN and was killed")));
        let failed =
            shutdown.exits.iter().filter(|exit| !exit.status.success() && !shutdown.killed.contains(&exit.name));
        found.extend(failed.map(|exit| format!("{} ended with {}", exit.name, exit.status)));
    }
    found
}
