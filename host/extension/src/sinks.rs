//! The two sinks as the life cycle uses them: what is on its way to each, whether it may be tried, what came back.
//!
//! At most one request to each is on its way. It runs as a task and reports back by message; everything else (the
//! outbox, the counts) stays with the owner of the state.

use telesieve_config::Config;
use telesieve_core::{FunctionIdentity, SandboxId};
use telesieve_sinks::{
    Backoff, Breaker, BreakerState, Fault, Item, OpenSearch, Permit, PushError, PushGateway, PushSchedule, RetryBudget,
};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::delivery::{Delivery, deliver};
use crate::log::{Log, chain};
use crate::message::Message;

/// Bytes of documents in a request that only asks whether the sink is back.
const PROBE_BYTES: usize = 32 << 10;

/// OpenSearch, and what is on its way there.
#[derive(Debug)]
pub(crate) struct Events {
    sink: OpenSearch,
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
    /// Makes the client. What cannot be used is said, and events then wait until they are dropped and counted.
    pub(crate) fn new(config: &Config, seed: u64, log: &mut Log) -> Option<Self> {
        let sink = OpenSearch::new(config.opensearch.as_ref()?);
        let sink = sink.map_err(|error| log.error(format_args!("opensearch: failed to {}", chain(&error)))).ok()?;
        Some(Self { sink, breaker: Breaker::new(seed), retries: RetryBudget::default(), seed, flight: None })
    }

    /// Bytes of documents that may be sent now; zero if one request is on its way or the breaker is open.
    pub(crate) fn allowance(&mut self, now: Instant) -> usize {
        if self.flight.is_some() {
            return 0;
        }
        match self.breaker.permit(now) {
            Permit::Send => self.sink.max_body_bytes(),
            Permit::Probe => PROBE_BYTES,
            Permit::Wait(_) => 0,
        }
    }

    pub(crate) fn send(&mut self, items: Vec<Item>, deadline: Instant, inbox: &UnboundedSender<Message>) {
        self.seed = self.seed.wrapping_add(1);
        let backoff = Backoff::new(self.seed).at_most(self.retries.left());
        let (sink, inbox) = (self.sink.clone(), inbox.clone());
        let count = items.len() as u64;
        let task = tokio::spawn(async move {
            // The owner is gone only when the process is about to end.
            let _ = inbox.send(Message::Delivered(deliver(sink, items, deadline, backoff).await));
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

    pub(crate) fn forget_connections(&self) {
        self.sink.forget_connections();
    }
}

/// PushGateway, and the push that is on its way there.
#[derive(Debug)]
pub(crate) struct Metrics {
    sink: PushGateway,
    schedule: PushSchedule,
    breaker: Breaker,
    in_flight: bool,
    /// The gateway refused a family of a transform: push without those from now on.
    pub(crate) without_guests: bool,
}

impl Metrics {
    /// Makes the client. What cannot be used is said, and no metric leaves.
    pub(crate) fn new(
        config: &Config,
        function: &FunctionIdentity,
        sandbox: &SandboxId,
        seed: u64,
        log: &mut Log,
    ) -> Option<Self> {
        let config = config.pushgateway.as_ref()?;
        let sink = PushGateway::new(config, function, sandbox);
        let sink = sink.map_err(|error| log.error(format_args!("pushgateway: failed to {}", chain(&error)))).ok()?;
        let schedule = PushSchedule::new(config.min_interval, seed);
        Some(Self { sink, schedule, breaker: Breaker::new(seed), in_flight: false, without_guests: false })
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
        let (sink, inbox) = (self.sink.clone(), inbox.clone());
        tokio::spawn(async move {
            let _ = inbox.send(Message::Pushed(sink.push(text, deadline).await));
        });
    }

    pub(crate) async fn delete(&self, deadline: Instant) -> Result<(), PushError> {
        self.sink.delete(deadline).await
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

    pub(crate) fn regroup(&mut self, function: &FunctionIdentity, sandbox: &SandboxId) {
        self.sink.regroup(function, sandbox);
    }

    pub(crate) fn forget_connections(&self) {
        self.sink.forget_connections();
    }
}
