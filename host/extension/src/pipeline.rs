//! From a body to documents: the one owner of everything that is known about events.
//!
//! It does no I/O. The life cycle hands in bodies and what sinks answered, and takes out documents and the text of the
//! metrics.

use std::time::Duration;

use telesieve_config::{Config, OpenSearch};
use telesieve_core::platform::{self, PlatformEvent, RuntimeDone, Status};
use telesieve_core::{
    Body, DropReason, Envelope, Event, FunctionIdentity, Kind, LabelSet, Ledger, Origin, Released, Renderer, SandboxId,
    Stitched, Stitcher, Tracker, split,
};
use telesieve_engine::{Chain, Outcome, loss_record, unreported_end};
use telesieve_metrics::{Limits, Registry, Told, Waiting};
use telesieve_sinks::{Evicted, Item, Outbox};

use crate::log;
use crate::own_secrets::OwnSecrets;
use crate::reports::{self, Breakers};

/// Bytes that are kept for the lines of the next document.
const LINES: usize = 64 << 10;

/// What a body held that the life cycle wants to know.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Request ids of invocations whose runtime is done.
    pub(crate) done: Vec<String>,
    /// Request ids of invocations that were reported.
    pub(crate) reported: Vec<String>,
    /// A snapshot was restored.
    pub(crate) restored: bool,
    /// How the initialisation went was reported.
    pub(crate) init_reported: bool,
    /// How the restore went was reported.
    pub(crate) restore_reported: bool,
}

/// See the module's documentation.
pub(crate) struct Pipeline {
    pub(crate) ledger: Ledger,
    pub(crate) registry: Registry,
    pub(crate) function: FunctionIdentity,
    sandbox: SandboxId,
    index: String,
    document_ids: bool,
    stitcher: Stitcher,
    tracker: Tracker,
    /// What events have when they come.
    no_labels: LabelSet,
    chain: Chain,
    own_secrets: OwnSecrets,
    renderer: Renderer,
    /// The lines of the document at hand. What waits is a copy, which takes no more room than it has bytes.
    lines: Vec<u8>,
    /// One for each sink that takes documents.
    outboxes: Vec<Outbox>,
    next_sequence: u64,
}

impl Pipeline {
    pub(crate) fn new(
        config: &Config,
        chain: Chain,
        own_secrets: OwnSecrets,
        function: FunctionIdentity,
        sandbox: SandboxId,
    ) -> Self {
        let OpenSearch { index, document_ids, .. } = config.opensearch.clone().unwrap_or_default();
        let renderer = renderer(&function, &sandbox, &index, document_ids);
        let max_guest_series = config.pushgateway.as_ref().map_or(0, |sink| sink.max_guest_series);
        Self {
            ledger: Ledger::new(),
            registry: Registry::new(&function, env!("CARGO_PKG_VERSION"), Limits { max_guest_series }),
            function,
            sandbox,
            index,
            document_ids,
            stitcher: Stitcher::new(),
            tracker: Tracker::new(),
            no_labels: LabelSet::default(),
            chain,
            own_secrets,
            renderer,
            lines: Vec::new(),
            outboxes: Vec::new(),
            next_sequence: 0,
        }
    }

    /// Makes room for documents that wait for one more sink. Its number is the number of those made before.
    pub(crate) fn add_outbox(&mut self, max_bytes: usize) {
        self.outboxes.push(Outbox::new(max_bytes));
    }

    pub(crate) fn managed_instances(&mut self) {
        self.tracker.managed_instances();
    }

    /// An invocation was announced.
    pub(crate) fn invoked(&mut self, request_id: &str, arn: &str, trace: &str) {
        self.tracker.invoked(request_id, trace);
        if self.function.learn_arn(arn) {
            self.registry.identify(&self.function);
            self.renderer = renderer(&self.function, &self.sandbox, &self.index, self.document_ids);
        }
    }

    /// This is another sandbox now.
    pub(crate) fn restored(&mut self, sandbox: SandboxId) {
        self.sandbox = sandbox;
        self.tracker.restored();
        // The role has others than in the snapshot.
        self.own_secrets.fetch_role_keys();
        self.renderer = renderer(&self.function, &self.sandbox, &self.index, self.document_ids);
    }

    pub(crate) fn sandbox(&self) -> &SandboxId {
        &self.sandbox
    }

    /// Takes a body apart, runs its events through the chain, and puts what is left into the outbox.
    pub(crate) fn process(&mut self, bytes: Vec<u8>, now_ms: i64, time_left: Duration, log: &mut log::Log) -> Seen {
        self.registry.health().body(bytes.len());
        let body = Body::clean(bytes);
        let parts = self.stitcher.stitch(split(body.as_str()));
        self.run(&parts, now_ms, time_left, log)
    }

    /// Nothing comes any more: what waited for its other half does so no longer.
    pub(crate) fn finish(&mut self, now_ms: i64, time_left: Duration, log: &mut log::Log) {
        let parts = self.stitcher.finish();
        self.run(&parts, now_ms, time_left, log);
    }

    fn run(&mut self, parts: &Stitched<'_>, now_ms: i64, time_left: Duration, log: &mut log::Log) -> Seen {
        self.lost_before_the_chain(DropReason::Malformed, u64::from(parts.malformed));
        self.lost_before_the_chain(DropReason::TooLarge, u64::from(parts.too_large));
        let mut seen = Seen::default();
        let mut events = Vec::with_capacity(parts.len());
        events.extend(parts.envelopes().filter_map(|envelope| self.take_in(envelope, &mut seen)));
        if let Some(values) = self.own_secrets.renewed() {
            self.chain.set_own_values(&values);
        }
        let outcome = self.chain.process(events, time_left, &mut self.next_sequence);
        self.settle(&outcome, now_ms, log);
        seen
    }

    /// Events that never became events.
    pub(crate) fn lost_before_the_chain(&mut self, reason: DropReason, count: u64) {
        self.ledger.received(Origin::Other, count);
        self.ledger.dropped(reason, count);
    }

    /// Takes note of an event, and lets it go on unless it is a line of ours.
    fn take_in<'b>(&mut self, envelope: Envelope<'b>, seen: &mut Seen) -> Option<Event<'b>> {
        let kind = Kind::of(&envelope.kind);
        self.ledger.received(Origin::from(kind), 1);
        if kind == Kind::Extension && log::is_ours(envelope.record) {
            self.ledger.filtered("own_lines", 1);
            return None;
        }
        if kind == Kind::Platform
            && let Some(event) = platform::read(&envelope.kind, envelope.record)
        {
            seen.note(&event);
            self.registry.observe(&event);
        }
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        Some(self.tracker.arrived(envelope, &self.no_labels, sequence))
    }

    fn settle(&mut self, outcome: &Outcome<'_>, now_ms: i64, log: &mut log::Log) {
        self.ledger.received(Origin::Transform, outcome.appended);
        self.ledger.received(Origin::Telesieve, outcome.markers);
        for (transform, count) in &outcome.filtered {
            self.ledger.filtered(transform, *count);
        }
        for (reason, count) in &outcome.dropped {
            self.ledger.dropped(*reason, *count);
        }
        for released in &outcome.released {
            self.put(released, now_ms);
        }
        reports::batch(&mut self.registry, outcome, log);
    }

    /// Renders a document and puts it into every outbox.
    fn put(&mut self, released: &Released<'_>, now_ms: i64) {
        let Some((last, others)) = self.outboxes.split_last_mut() else {
            self.ledger.filtered("no_event_sink", 1);
            return;
        };
        self.lines.clear();
        self.lines.shrink_to(LINES);
        self.renderer.render(released, now_ms, &mut self.lines);
        let item = Item::new(Box::<[u8]>::from(&*self.lines), released.event().sequence).since(now_ms);
        self.ledger.received(Origin::Copy, others.len() as u64);
        for outbox in others {
            evicted(&mut self.ledger, outbox.push(item.clone()));
        }
        evicted(&mut self.ledger, last.push(item));
    }

    /// The platform will not say how an invocation ended: it counts like one of which it does, and a document says so.
    pub(crate) fn ended_unreported(&mut self, request_id: &str, status: Status, now_ms: i64) {
        let Some(invocation) = self.tracker.invocation(request_id) else { return };
        let record = unreported_end(invocation, &status, self.next_sequence);
        self.next_sequence += 1;
        self.ledger.received(Origin::Telesieve, 1);
        self.put(&record, now_ms);
        let (request_id, status) = (Some(request_id.to_owned()), Some(status));
        self.registry.observe(&PlatformEvent::RuntimeDone(RuntimeDone {
            request_id,
            status,
            ..RuntimeDone::default()
        }));
    }

    /// Makes a document of what was lost so far, if anything was and somebody takes documents; says whether it did.
    pub(crate) fn put_loss_record(&mut self, undelivered: Option<(u64, u64)>, now_ms: i64) -> bool {
        let lost: Vec<_> = self.ledger.dropped_by_reason().collect();
        if self.outboxes.is_empty() || lost.iter().all(|(_, count)| *count == 0) {
            return false;
        }
        let record = loss_record(lost, undelivered, self.next_sequence);
        self.next_sequence += 1;
        self.ledger.received(Origin::Telesieve, 1);
        self.put(&record, now_ms);
        true
    }

    /// The oldest documents that wait for a sink, up to so many bytes.
    pub(crate) fn take(&mut self, sink: usize, max_bytes: usize) -> Vec<Item> {
        self.outboxes[sink].take(max_bytes)
    }

    /// Documents come back.
    pub(crate) fn put_back(&mut self, sink: usize, items: Vec<Item>) {
        evicted(&mut self.ledger, self.outboxes[sink].put_back(items));
    }

    /// Documents that wait for a sink.
    pub(crate) fn waiting_for(&self, sink: usize) -> u64 {
        self.outboxes[sink].len() as u64
    }

    /// Documents that wait for any sink.
    pub(crate) fn waiting(&self) -> u64 {
        self.outboxes.iter().map(|outbox| outbox.len() as u64).sum()
    }

    pub(crate) fn waiting_bytes(&self) -> usize {
        self.outboxes.iter().map(Outbox::bytes).sum()
    }

    /// Everything that is to be pushed, as it stands now; to a gateway that adds up, what it has not been told.
    pub(crate) fn metrics_text(
        &mut self,
        breakers: &Breakers,
        told: Option<&mut Told>,
        with_guests: bool,
        now_ms: i64,
    ) -> String {
        self.registry.ledger(&self.ledger);
        let oldest = self.outboxes.iter().filter_map(Outbox::oldest_since_ms).min();
        let waiting = Waiting {
            events: self.waiting(),
            bytes: self.waiting_bytes(),
            oldest: Duration::from_millis(oldest.map_or(0, |since| now_ms.saturating_sub(since).max(0).unsigned_abs())),
        };
        self.registry.health().outbox(waiting);
        reports::breakers(&mut self.registry, breakers);
        match told {
            Some(told) => self.registry.encode_news(told, with_guests),
            None if with_guests => self.registry.encode_all(),
            None => self.registry.encode_platform(),
        }
    }

    /// What a flush came to.
    pub(crate) fn settled(&mut self, stored: u64, rejected: u64) {
        self.ledger.shipped(stored);
        self.ledger.dropped(DropReason::Rejected, rejected);
    }
}

impl Seen {
    fn note(&mut self, event: &PlatformEvent) {
        match event {
            PlatformEvent::RuntimeDone(done) => self.done.extend(done.request_id.clone()),
            PlatformEvent::Report(report) => self.reported.extend(report.request_id.clone()),
            PlatformEvent::RestoreStart(_) => self.restored = true,
            PlatformEvent::InitReport(_) => self.init_reported = true,
            PlatformEvent::RestoreReport(_) => self.restore_reported = true,
            _ => {}
        }
    }
}

fn evicted(ledger: &mut Ledger, evicted: Evicted) {
    ledger.dropped(DropReason::OutboxFull, evicted.items);
}

fn renderer(function: &FunctionIdentity, sandbox: &SandboxId, index: &str, document_ids: bool) -> Renderer {
    let renderer = Renderer::new(function, sandbox, index, Renderer::MAX_DOCUMENT_BYTES);
    if document_ids { renderer } else { renderer.without_ids() }
}

#[cfg(test)]
mod tests;
