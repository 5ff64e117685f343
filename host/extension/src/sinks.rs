//! The sinks as the life cycle uses them: what is on its way to each, whether it may be tried, what came back.
//!
//! At most one request to each is on its way. It runs as a task and reports back by message; everything else (the
//! outboxes, the counts) stays with the owner of the state.

use std::sync::Arc;

use telesieve_config::Config;
use telesieve_core::{FunctionIdentity, SandboxId};
use telesieve_sinks::{
    Aws, Backoff, Breaker, BreakerState, Fault, FileSink, Item, OpenSearch, Permit, PushError, PushGateway,
    PushSchedule, RetryBudget, SetupError, Sink, TakesDocuments, TakesMetrics, Unusable,
};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::delivery::{Delivery, deliver};
use crate::log::{Log, MARK, chain};
use crate::message::Message;

/// Bytes of documents in a request that only asks whether the sink is back.
const PROBE_BYTES: usize = 32 << 10;

/// The sinks that are configured. Another one is added here, and nowhere else in the extension.
///
/// What cannot be used is said; documents that are meant for it then wait until they are dropped and counted.
pub(crate) fn configured(
    config: &Config,
    function: &FunctionIdentity,
    sandbox: &SandboxId,
    log: &mut Log,
) -> Vec<Arc<dyn Sink>> {
    let aws = Aws::from_environment();
    let mut sinks: Vec<Arc<dyn Sink>> = Vec::new();
    if let Some(config) = &config.opensearch {
        let stand_in = Unusable { name: "opensearch", max_waiting_bytes: config.max_outbox_bytes };
        let sink = OpenSearch::new(config, &aws);
        sinks.push(sink.map_or_else(|error| unusable(stand_in, &error, log), |sink| Arc::new(sink)));
    }
    if let Some(config) = &config.pushgateway {
        match PushGateway::new(config, function, sandbox) {
            Ok(sink) => sinks.push(Arc::new(sink)),
            Err(error) => log.error(format_args!("pushgateway: failed to {}", chain(&error))),
        }
    }
    if let Some(config) = &config.file {
        sinks.push(Arc::new(FileSink::new(config, MARK)));
    }
    sinks
}

fn unusable(stand_in: Unusable, error: &SetupError, log: &mut Log) -> Arc<dyn Sink> {
    log.error(format_args!("{}: failed to {}", stand_in.name, chain(error)));
    Arc::new(stand_in)
}

/// A sink for documents, and what is on its way there.
#[derive(Debug)]
pub(crate) struct Events {
    sink: Arc<dyn Sink>,
    /// Of the sink's outbox.
    number: usize,
    breaker: Breaker,
    retries: RetryBudget,
    seed: u64,
    flight: Option<Flight>,
}

#[derive(Debug)]
struct Flight {
    task: JoinHandle<()>,
    items: u64,
}

impl Events {
    /// `None` if the sink takes no documents.
    pub(crate) fn new(sink: &Arc<dyn Sink>, number: usize, seed: u64) -> Option<Self> {
        sink.documents()?;
        let sink = Arc::clone(sink);
        let (breaker, retries) = (Breaker::new(seed), RetryBudget::default());
        Some(Self { sink, number, breaker, retries, seed, flight: None })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.sink.name()
    }

    fn documents(&self) -> &dyn TakesDocuments {
        documents(&*self.sink)
    }

    /// Bytes of documents that may wait.
    pub(crate) fn max_waiting_bytes(&self) -> usize {
        self.documents().max_waiting_bytes()
    }

    /// Bytes of documents that may be sent now; zero if one request is on its way or the breaker is open.
    pub(crate) fn allowance(&mut self, now: Instant) -> usize {
        if self.flight.is_some() {
            return 0;
        }
        match self.breaker.permit(now) {
            Permit::Send => self.documents().max_body_bytes(),
            Permit::Probe => self.documents().max_body_bytes().min(PROBE_BYTES),
            Permit::Wait(_) => 0,
        }
    }

    pub(crate) fn send(&mut self, items: Vec<Item>, deadline: Instant, inbox: &UnboundedSender<Message>) {
        self.seed = self.seed.wrapping_add(1);
        let backoff = Backoff::new(self.seed).at_most(self.retries.left());
        let (sink, number, inbox) = (Arc::clone(&self.sink), self.number, inbox.clone());
        let count = items.len() as u64;
        let task = tokio::spawn(async move {
            let delivery = deliver(documents(&*sink), items, deadline, backoff).await;
            // The owner is gone only when the process is about to end.
            let _ = inbox.send(Message::Delivered(number, delivery));
        });
        self.flight = Some(Flight { task, items: count });
    }

    /// Takes note of how it went.
    pub(crate) fn delivered(&mut self, delivery: &Delivery, now: Instant) {
        self.flight = None;
        self.retries.spend(u32::try_from(delivery.attempts.len()).unwrap_or(u32::MAX).saturating_sub(1));
        if delivery.healthy {
            self.retries.earn();
        }
        match &delivery.fault {
            Some(fault) if !fault.is_of_the_sink() => {}
            _ if delivery.healthy => self.breaker.succeeded(),
            fault => self.breaker.failed(now, fault.as_ref().and_then(Fault::retry_after)),
        }
    }

    /// Documents that are on their way.
    pub(crate) fn in_flight(&self) -> u64 {
        self.flight.as_ref().map_or(0, |flight| flight.items)
    }

    /// Gives up what is on its way: how many documents of which nobody will know.
    pub(crate) fn abandon(&mut self) -> u64 {
        self.flight.take().map_or(0, |flight| {
            flight.task.abort();
            flight.items
        })
    }

    pub(crate) fn state(&self, now: Instant) -> BreakerState {
        self.breaker.state(now)
    }
}

fn documents(sink: &dyn Sink) -> &dyn TakesDocuments {
    sink.documents().expect("it was asked when `Events` was made, and a sink does not change its mind")
}

/// A sink for metrics, and the push that is on its way there.
#[derive(Debug)]
pub(crate) struct Metrics {
    sink: Arc<dyn Sink>,
    number: usize,
    schedule: PushSchedule,
    breaker: Breaker,
    in_flight: bool,
    /// The gateway refused a family of a transform: push without those from now on.
    pub(crate) without_guests: bool,
}

impl Metrics {
    /// `None` if the sink takes no metrics.
    pub(crate) fn new(sink: &Arc<dyn Sink>, number: usize, seed: u64) -> Option<Self> {
        let schedule = PushSchedule::new(sink.metrics()?.min_interval(), seed);
        let (sink, breaker) = (Arc::clone(sink), Breaker::new(seed));
        Some(Self { sink, number, schedule, breaker, in_flight: false, without_guests: false })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.sink.name()
    }

    /// Whether a push should be made now.
    pub(crate) fn is_due(&mut self, now: Instant) -> bool {
        !self.in_flight && self.schedule.is_due(now) && !matches!(self.breaker.permit(now), Permit::Wait(_))
    }

    pub(crate) fn in_flight(&self) -> bool {
        self.in_flight
    }

    pub(crate) fn push(&mut self, text: String, deadline: Instant, inbox: &UnboundedSender<Message>) {
        self.in_flight = true;
        self.schedule.tried(Instant::now());
        let (sink, number, inbox) = (Arc::clone(&self.sink), self.number, inbox.clone());
        tokio::spawn(async move {
            let _ = inbox.send(Message::Pushed(number, metrics(&*sink).push(text, deadline).await));
        });
    }

    /// Does what takes the place of a last push, if anything does.
    pub(crate) async fn end(&self, deadline: Instant) -> Option<Result<(), PushError>> {
        Some(metrics(&*self.sink).end(deadline)?.await)
    }

    /// Takes note of how it went.
    pub(crate) fn pushed(&mut self, result: &Result<(), PushError>, now: Instant) {
        self.in_flight = false;
        match result {
            Err(PushError::Fault(fault)) if !fault.is_of_the_sink() => {}
            Err(PushError::Fault(fault)) => self.breaker.failed(now, fault.retry_after()),
            Ok(()) | Err(PushError::Refused { .. }) => self.breaker.succeeded(),
        }
    }

    pub(crate) fn state(&self, now: Instant) -> BreakerState {
        self.breaker.state(now)
    }
}

fn metrics(sink: &dyn Sink) -> &dyn TakesMetrics {
    sink.metrics().expect("it was asked when `Metrics` was made, and a sink does not change its mind")
}
