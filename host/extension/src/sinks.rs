//! The sinks as the life cycle uses them: what is on its way to each, whether it may be tried, what came back.
//!
//! At most one request to each is on its way. It runs as a task and reports back by message; everything else (the
//! outboxes, the counts) stays with the owner of the state.

use std::sync::Arc;

use telesieve_config::Config;
use telesieve_core::{FunctionIdentity, SandboxId};
use telesieve_metrics::Told;
use telesieve_sinks::{
    Aws, Backoff, Breaker, BreakerState, Fault, FileSink, Item, OpenSearch, Permit, PushError, PushGateway,
    PushSchedule, RetryBudget, SetupError, Sink, TakesDocuments, TakesMetrics, Unusable,
};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::delivery::{Delivery, GRACE, deliver};
use crate::log::{Log, MARK, chain};
use crate::message::Message;

/// On whose time something is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// Nobody waits for it: the function is running, or nothing is.
    Free,
    /// An invocation is held until it is done: there are no probes, and running out of time opens the breaker at once.
    Billed,
    /// There is no other time: the breaker is not asked.
    Last,
}

/// When something is sent, and until when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    pub(crate) now: Instant,
    pub(crate) deadline: Instant,
    pub(crate) time: Time,
    /// Freezes of the sandbox so far.
    pub(crate) freezes: u64,
}

/// Bytes of documents in a request that only asks whether the sink is back.
const PROBE_BYTES: usize = 32 << 10;

/// The sinks that are configured. Another one is added here, and nowhere else in the extension.
///
/// What cannot be used is said; documents that are meant for it then wait until they are dropped and counted.
pub(crate) fn configured(
    config: &Config,
    function: &FunctionIdentity,
    sandbox: &SandboxId,
    aws: &Aws,
    log: &mut Log,
) -> Vec<Arc<dyn Sink>> {
    let mut sinks: Vec<Arc<dyn Sink>> = Vec::new();
    if let Some(config) = &config.opensearch {
        let stand_in = Unusable { name: "opensearch", max_waiting_bytes: config.max_outbox_bytes };
        let sink = OpenSearch::new(config, aws);
        sinks.push(sink.map_or_else(|error| unusable(stand_in, &error, log), |sink| Arc::new(sink)));
    }
    if let Some(config) = &config.pushgateway {
        match PushGateway::new(config, function, sandbox, aws) {
            Ok(sink) => sinks.push(Arc::new(sink)),
            Err(error) => log.error(format_args!("pushgateway: {}", chain(&error))),
        }
    }
    if let Some(config) = &config.file {
        sinks.push(Arc::new(FileSink::new(config, MARK)));
    }
    sinks
}

fn unusable(stand_in: Unusable, error: &SetupError, log: &mut Log) -> Arc<dyn Sink> {
    log.error(format_args!("{}: {}", stand_in.name, chain(error)));
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
    /// At the end of the sandbox, it has had its try.
    failed_at_last: bool,
    flight: Option<Flight>,
}

#[derive(Debug)]
struct Flight {
    task: JoinHandle<()>,
    items: u64,
    /// Numbers of the first and the last of them.
    numbers: Option<(u64, u64)>,
    on: On,
}

/// What is known of something that is on its way.
#[derive(Clone, Copy, Debug)]
struct On {
    time: Time,
    /// It asks whether the sink is back: nobody waits for it.
    probe: bool,
    /// Freezes of the sandbox before it left.
    freezes: u64,
}

impl On {
    /// Asks the breaker. `None`: not now.
    fn permitted(breaker: &mut Breaker, when: When) -> Option<Self> {
        let When { now, time, freezes, .. } = when;
        let closed = breaker.state(now) == BreakerState::Closed;
        let probe = match time {
            Time::Last => false,
            Time::Billed if !closed => return None,
            Time::Billed | Time::Free => match breaker.permit(now) {
                Permit::Send => false,
                Permit::Probe => true,
                Permit::Wait(_) => return None,
            },
        };
        Some(Self { time, probe, freezes })
    }

    /// Tells the breaker of a fault, unless it is one that a freeze makes.
    fn failed(self, fault: &Fault, breaker: &mut Breaker, now: Instant, freezes: u64) {
        let froze = self.freezes != freezes;
        match fault {
            fault if !fault.is_of_the_sink() => {}
            Fault::TimedOut | Fault::ConnectionLost(_) | Fault::Unreachable(_) if froze => {}
            Fault::TimedOut if self.time == Time::Billed => breaker.cost_too_much(now),
            fault => breaker.failed(now, fault.retry_after()),
        }
    }
}

impl Events {
    /// `None` if the sink takes no documents.
    pub(crate) fn new(sink: &Arc<dyn Sink>, number: usize, seed: u64) -> Option<Self> {
        sink.documents()?;
        let sink = Arc::clone(sink);
        let (breaker, retries) = (Breaker::new(seed), RetryBudget::default());
        Some(Self { sink, number, breaker, retries, seed, failed_at_last: false, flight: None })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.sink.name()
    }

    fn documents(&self) -> &dyn TakesDocuments {
        documents(&*self.sink)
    }

    #[cfg(test)]
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// Bytes of documents that may wait.
    pub(crate) fn max_waiting_bytes(&self) -> usize {
        self.documents().max_waiting_bytes()
    }

    /// Sends what `take` gives for so many bytes, unless one request is on its way already or the breaker is open.
    pub(crate) fn send(&mut self, take: impl FnOnce(usize) -> Vec<Item>, when: When, inbox: &UnboundedSender<Message>) {
        let max_bytes = self.documents().max_body_bytes();
        let had_its_try = when.time == Time::Last && self.failed_at_last;
        if self.flight.is_some() || max_bytes == 0 || had_its_try {
            return;
        }
        let Some(on) = On::permitted(&mut self.breaker, when) else { return };
        let items = take(if on.probe { max_bytes.min(PROBE_BYTES) } else { max_bytes });
        self.seed = self.seed.wrapping_add(1);
        let backoff = Backoff::new(self.seed).at_most(self.retries.left());
        let (sink, number, inbox) = (Arc::clone(&self.sink), self.number, inbox.clone());
        let count = items.len() as u64;
        let numbers = items.first().zip(items.last()).map(|(first, last)| (first.sequence, last.sequence));
        let task = tokio::spawn(async move {
            let delivery = deliver(documents(&*sink), items, when.deadline, backoff).await;
            // The owner is gone only when the process is about to end.
            let _ = inbox.send(Message::Delivered(number, delivery));
        });
        self.flight = Some(Flight { task, items: count, numbers, on });
    }

    /// Takes note of how it went. Returns whether the sandbox was awake all the time.
    pub(crate) fn delivered(&mut self, delivery: &Delivery, now: Instant, freezes: u64) -> bool {
        let Some(flight) = self.flight.take() else { return false };
        self.failed_at_last = flight.on.time == Time::Last && !delivery.healthy;
        self.retries.spend(u32::try_from(delivery.attempts.len()).unwrap_or(u32::MAX).saturating_sub(1));
        if delivery.healthy {
            self.retries.earn();
        }
        match &delivery.fault {
            Some(fault) => flight.on.failed(fault, &mut self.breaker, now, freezes),
            None if delivery.healthy => self.breaker.succeeded(),
            None => self.breaker.failed(now, None),
        }
        flight.on.freezes == freezes
    }

    /// A snapshot was restored. What was random in it is the same in all its copies, and what was known of the sink may
    /// be days old.
    pub(crate) fn restored(&mut self, seed: u64) {
        (self.breaker, self.retries, self.seed) = (Breaker::new(seed), RetryBudget::default(), seed);
    }

    /// Whether it is worth waiting for what is on its way.
    pub(crate) fn is_awaited(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| !flight.on.probe)
    }

    /// At the end of the sandbox, there is something else to try.
    pub(crate) fn try_again(&mut self) {
        self.failed_at_last = false;
    }

    /// Documents that are on their way.
    pub(crate) fn in_flight(&self) -> u64 {
        self.flight.as_ref().map_or(0, |flight| flight.items)
    }

    /// Gives up what is on its way: how many documents of which nobody will know, and numbers of the first and the last.
    pub(crate) fn abandon(&mut self) -> (u64, Option<(u64, u64)>) {
        self.flight.take().map_or((0, None), |flight| {
            flight.task.abort();
            (flight.items, flight.numbers)
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
    flight: Option<On>,
    /// What a gateway that adds up has been told.
    told: Option<Told>,
    /// The gateway refused a family of a transform: push without those from now on.
    pub(crate) without_guests: bool,
}

impl Metrics {
    /// `None` if the sink takes no metrics.
    pub(crate) fn new(sink: &Arc<dyn Sink>, number: usize, seed: u64) -> Option<Self> {
        let metrics = sink.metrics()?;
        let (schedule, told) = (PushSchedule::new(metrics.min_interval(), seed), metrics.adds_up().then(Told::default));
        let (sink, breaker) = (Arc::clone(sink), Breaker::new(seed));
        Some(Self { sink, number, schedule, breaker, flight: None, told, without_guests: false })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.sink.name()
    }

    #[cfg(test)]
    pub(crate) fn told(&mut self) -> Option<&mut Told> {
        self.told.as_mut()
    }

    /// Whether a push should be made now, breaker aside.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.flight.is_none() && self.schedule.is_due(now)
    }

    pub(crate) fn in_flight(&self) -> bool {
        self.flight.is_some()
    }

    /// Whether it is worth waiting for what is on its way.
    pub(crate) fn is_awaited(&self) -> bool {
        self.flight.is_some_and(|on| !on.probe)
    }

    /// Pushes what `text` gives, unless the breaker is open.
    ///
    /// `text` is given what a gateway that adds up has been told, if it is one.
    pub(crate) fn push(
        &mut self,
        text: impl FnOnce(Option<&mut Told>) -> String,
        when: When,
        inbox: &UnboundedSender<Message>,
    ) {
        self.flight = On::permitted(&mut self.breaker, when);
        if self.flight.is_none() {
            return;
        }
        self.schedule.tried(when.now);
        let text = text(self.told.as_mut());
        let (sink, number, inbox) = (Arc::clone(&self.sink), self.number, inbox.clone());
        tokio::spawn(async move {
            let push = timeout_at(when.deadline + GRACE, metrics(&*sink).push(text, when.deadline));
            let result = push.await.unwrap_or(Err(PushError::Unanswered(Fault::TimedOut)));
            let _ = inbox.send(Message::Pushed(number, result));
        });
    }

    /// Begins what takes the place of a last push; false if nothing does.
    pub(crate) fn end(&mut self, deadline: Instant, inbox: &UnboundedSender<Message>) -> bool {
        if metrics(&*self.sink).end(deadline).is_none() {
            return false;
        }
        self.flight = Some(On { time: Time::Last, probe: false, freezes: 0 });
        let (sink, number, inbox) = (Arc::clone(&self.sink), self.number, inbox.clone());
        tokio::spawn(async move {
            if let Some(end) = metrics(&*sink).end(deadline) {
                let end = timeout_at(deadline + GRACE, end);
                let _ = inbox.send(Message::Pushed(number, end.await.unwrap_or(Err(Fault::TimedOut.into()))));
            }
        });
        true
    }

    /// Takes note of how it went.
    pub(crate) fn pushed(&mut self, result: &Result<(), PushError>, now: Instant, freezes: u64) {
        let Some(on) = self.flight.take() else { return };
        if let Some(told) = &mut self.told {
            told.settle(matches!(result, Ok(()) | Err(PushError::Unanswered(_))));
        }
        match result {
            Err(PushError::Fault(fault) | PushError::Unanswered(fault)) => {
                on.failed(fault, &mut self.breaker, now, freezes);
            }
            Ok(()) | Err(PushError::Refused { .. }) => self.breaker.succeeded(),
        }
    }

    /// A snapshot was restored: see [`Events::restored`].
    pub(crate) fn restored(&mut self, seed: u64) {
        self.schedule = PushSchedule::new(metrics(&*self.sink).min_interval(), seed);
        self.breaker = Breaker::new(seed);
    }

    pub(crate) fn state(&self, now: Instant) -> BreakerState {
        self.breaker.state(now)
    }
}

fn metrics(sink: &dyn Sink) -> &dyn TakesMetrics {
    sink.metrics().expect("it was asked when `Metrics` was made, and a sink does not change its mind")
}
