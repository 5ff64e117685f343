//! A sink without a network, for tests that stop the clock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use telesieve_config::Config;
use telesieve_core::{FunctionIdentity, SandboxId};
use telesieve_sinks::{
    BulkReport, ErrorType, Fault, Item, ItemOutcome, PushError, Sending, Sink, TakesDocuments, TakesMetrics,
};
use tokio::time::{Instant, sleep, sleep_until};

use super::bench::Bench;

/// What a stand-in does with everything that it gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Does {
    /// Takes it, after so long.
    Take(Duration),
    /// Says nothing until the deadline.
    Hang,
    /// Says nothing, and does not even keep the deadline.
    HangForEver,
    /// Refuses at once.
    Fail,
    /// Takes one document at a time, and rejects it for good.
    RejectEach,
}

#[derive(Debug)]
pub(super) struct StandIn {
    name: &'static str,
    does: Mutex<Does>,
    /// When something was sent, and how many documents; 0: metrics.
    pub(super) calls: Mutex<Vec<(Instant, usize)>>,
    pub(super) documents: Mutex<Vec<Item>>,
    pub(super) texts: Mutex<Vec<String>>,
    /// How often connections had to be forgotten.
    pub(super) forgotten: AtomicUsize,
    pub(super) sandboxes: Mutex<Vec<String>>,
}

impl StandIn {
    pub(super) fn new(name: &'static str, does: Does) -> Arc<Self> {
        Arc::new(Self {
            name,
            does: Mutex::new(does),
            calls: Mutex::default(),
            documents: Mutex::default(),
            texts: Mutex::default(),
            forgotten: AtomicUsize::new(0),
            sandboxes: Mutex::default(),
        })
    }

    pub(super) fn now_does(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    fn rejects(&self) -> bool {
        matches!(*self.does.lock().unwrap(), Does::RejectEach)
    }

    async fn reacts(&self, count: usize, deadline: Instant) -> Result<(), Fault> {
        self.calls.lock().unwrap().push((Instant::now(), count));
        let does = *self.does.lock().unwrap();
        match does {
            Does::Take(after) if Instant::now() + after <= deadline => {
                sleep(after).await;
                return Ok(());
            }
            Does::Take(_) | Does::Hang => sleep_until(deadline).await,
            Does::HangForEver => std::future::pending().await,
            Does::Fail => return Err(Fault::Unavailable { status: 503, retry_after: None }),
            Does::RejectEach => return Ok(()),
        }
        Err(Fault::TimedOut)
    }
}

impl Sink for StandIn {
    fn name(&self) -> &'static str {
        self.name
    }

    fn documents(&self) -> Option<&dyn TakesDocuments> {
        Some(self)
    }

    fn metrics(&self) -> Option<&dyn TakesMetrics> {
        Some(self)
    }

    fn forget_connections(&self) {
        self.forgotten.fetch_add(1, Ordering::Relaxed);
    }

    fn restored(&self, _function: &FunctionIdentity, sandbox: &SandboxId) {
        self.sandboxes.lock().unwrap().push(sandbox.as_str().to_owned());
    }
}

impl TakesDocuments for StandIn {
    fn max_body_bytes(&self) -> usize {
        if self.rejects() { 1 } else { 1 << 20 }
    }

    fn max_waiting_bytes(&self) -> usize {
        1 << 20
    }

    fn send<'s>(&'s self, items: &'s [Item], deadline: Instant) -> Sending<'s, BulkReport> {
        Box::pin(async move {
            let mut report = BulkReport::nothing_sent(items.len());
            match self.reacts(items.len(), deadline).await {
                Ok(()) if self.rejects() => report.outcomes.fill(ItemOutcome::Rejected(ErrorType::ours("nonsense"))),
                Ok(()) => {
                    self.documents.lock().unwrap().extend_from_slice(items);
                    report.outcomes.fill(ItemOutcome::Stored);
                }
                Err(fault) => report.fault = Some(fault),
            }
            report
        })
    }
}

impl TakesMetrics for StandIn {
    fn min_interval(&self) -> Duration {
        Duration::ZERO
    }

    fn push(&self, text: String, deadline: Instant) -> Sending<'_, Result<(), PushError>> {
        Box::pin(async move {
            self.reacts(0, deadline).await?;
            self.texts.lock().unwrap().push(text);
            Ok(())
        })
    }
}

/// A life cycle with these sinks.
pub(super) fn bench(config: &Config, sinks: &[&Arc<StandIn>]) -> Bench {
    Bench::with(config, |_, _| sinks.iter().map(|sink| Arc::clone(*sink) as Arc<dyn Sink>).collect())
}
