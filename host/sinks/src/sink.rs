//! What a sink is to the rest of telesieve.
//!
//! A sink takes documents, or metrics, or both. It knows how to send and what an answer means; when to send, whether to
//! try again and what to do with what it did not take is the caller's business. Adding one: implement [`Sink`], and name
//! it where the extension lists those that are configured.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use telesieve_core::{FunctionIdentity, SandboxId};
use tokio::time::Instant;

use crate::{BulkReport, Item, OpenSearch, PushError, PushGateway};

/// Something that is being sent. Boxed, because which sinks there are is known when the process runs.
pub type Sending<'s, T> = Pin<Box<dyn Future<Output = T> + Send + 's>>;

/// A place that data is sent to. Its methods do not block, and connect to nothing until something is sent.
pub trait Sink: fmt::Debug + Send + Sync {
    /// For metric labels and log lines.
    fn name(&self) -> &'static str;

    /// The side of it that takes documents, if it does.
    fn documents(&self) -> Option<&dyn TakesDocuments> {
        None
    }

    /// The side of it that takes metrics, if it does.
    fn metrics(&self) -> Option<&dyn TakesMetrics> {
        None
    }

    /// The sandbox has been frozen, or will be: connections that are idle now will be dead.
    fn forget_connections(&self) {}

    /// A snapshot was restored: this is another sandbox now.
    fn restored(&self, _function: &FunctionIdentity, _sandbox: &SandboxId) {}
}

/// A sink for documents.
pub trait TakesDocuments: Send + Sync {
    /// Bytes of documents for one call, before compression. 0: none can be sent, ever.
    fn max_body_bytes(&self) -> usize;

    /// Bytes of documents that may wait for it.
    fn max_waiting_bytes(&self) -> usize;

    /// Sends documents, in order, and says what became of each by the deadline. To be called again with those that are
    /// not settled; dropping the future is safe.
    fn send<'s>(&'s self, items: &'s [Item], deadline: Instant) -> Sending<'s, BulkReport>;
}

/// A sink for metrics.
pub trait TakesMetrics: Send + Sync {
    /// Shortest time between two pushes.
    fn min_interval(&self) -> Duration;

    /// Whether it adds up what is pushed, and is to be sent what is new.
    fn adds_up(&self) -> bool {
        false
    }

    /// Replaces what was pushed before by `text`, metrics in the text format 0.0.4, or adds it up.
    fn push(&self, text: String, deadline: Instant) -> Sending<'_, Result<(), PushError>>;

    /// What is to be done at the end of the sandbox in place of a last push, if anything is.
    fn end(&self, _deadline: Instant) -> Option<Sending<'_, Result<(), PushError>>> {
        None
    }
}

impl Sink for OpenSearch {
    fn name(&self) -> &'static str {
        "opensearch"
    }

    fn documents(&self) -> Option<&dyn TakesDocuments> {
        Some(self)
    }

    fn forget_connections(&self) {
        self.forget_connections();
    }

    fn restored(&self, _function: &FunctionIdentity, _sandbox: &SandboxId) {
        self.forget_login();
    }
}

impl TakesDocuments for OpenSearch {
    fn max_body_bytes(&self) -> usize {
        self.max_body_bytes()
    }

    fn max_waiting_bytes(&self) -> usize {
        self.max_waiting_bytes()
    }

    fn send<'s>(&'s self, items: &'s [Item], deadline: Instant) -> Sending<'s, BulkReport> {
        Box::pin(self.send(items, deadline))
    }
}

impl Sink for PushGateway {
    fn name(&self) -> &'static str {
        "pushgateway"
    }

    fn metrics(&self) -> Option<&dyn TakesMetrics> {
        Some(self)
    }

    fn forget_connections(&self) {
        self.forget_connections();
    }

    fn restored(&self, function: &FunctionIdentity, sandbox: &SandboxId) {
        self.regroup(function, sandbox);
        self.forget_login();
    }
}

impl TakesMetrics for PushGateway {
    fn min_interval(&self) -> Duration {
        self.min_interval()
    }

    fn adds_up(&self) -> bool {
        self.adds_up()
    }

    fn push(&self, text: String, deadline: Instant) -> Sending<'_, Result<(), PushError>> {
        Box::pin(self.push(text, deadline))
    }

    fn end(&self, deadline: Instant) -> Option<Sending<'_, Result<(), PushError>>> {
        self.deletes_at_the_end().then(|| Box::pin(self.delete(deadline)) as Sending<'_, _>)
    }
}

/// A sink that is configured and cannot be used: what is meant for it waits, and is dropped and counted in the end.
#[derive(Debug)]
pub struct Unusable {
    /// Name of the sink that it stands for.
    pub name: &'static str,
    /// Bytes of documents that may wait.
    pub max_waiting_bytes: usize,
}

impl Sink for Unusable {
    fn name(&self) -> &'static str {
        self.name
    }

    fn documents(&self) -> Option<&dyn TakesDocuments> {
        Some(self)
    }
}

impl TakesDocuments for Unusable {
    fn max_body_bytes(&self) -> usize {
        0
    }

    fn max_waiting_bytes(&self) -> usize {
        self.max_waiting_bytes
    }

    fn send<'s>(&'s self, items: &'s [Item], _deadline: Instant) -> Sending<'s, BulkReport> {
        Box::pin(async { BulkReport::nothing_sent(items.len()) })
    }
}
