//! Brings events to one subscriber: in batches, one at a time, again if need be.
//!
//! A batch is sent when it has enough items or bytes, or when its first event has waited long enough; time in the
//! freezer does not count. How a body is posted is [`crate::post`]'s business.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::post::{Outcome, Poster};
use crate::relay::{Delivery, Relay};
use crate::subscription::{Destination, Subscription};

/// The platform's words for a subscriber that is too slow.
const TOO_SLOW: &str = "Some logs were dropped because the downstream consumer is slower than the logs production rate";

/// What a courier is told.
pub(crate) enum Command {
    /// An event as JSON text.
    Item(String),
    /// Send everything, and say when it is gone.
    Flush(oneshot::Sender<()>),
}

/// Starts a courier. It ends when the sender is dropped; the task then tells what became of the rest.
pub(crate) fn spawn(
    relay: Arc<Relay>,
    name: String,
    subscription: &Subscription,
    generation: u64,
) -> (mpsc::UnboundedSender<Command>, JoinHandle<()>) {
    let (commands, inbox) = mpsc::unbounded_channel();
    let frozen = relay.frozen.subscribe();
    let poster = Poster::new(&subscription.destination, &relay.options, frozen.clone());
    let courier = Courier {
        relay,
        name,
        generation,
        max_items: subscription.max_items,
        max_bytes: subscription.max_bytes,
        patience: subscription.timeout,
        lines: matches!(subscription.destination, Destination::Tcp { .. }),
        queue: VecDeque::new(),
        queued_bytes: 0,
        wait: None,
        flushes: Vec::new(),
        poster: Some(poster),
        under_way: None,
        batches: 0,
    };
    (commands, tokio::spawn(courier.run(inbox, frozen)))
}

struct Courier {
    relay: Arc<Relay>,
    name: String,
    generation: u64,
    max_items: usize,
    max_bytes: usize,
    patience: Duration,
    /// TCP: newline-separated objects instead of an array.
    lines: bool,
    queue: VecDeque<String>,
    queued_bytes: usize,
    wait: Option<Wait>,
    flushes: Vec<oneshot::Sender<()>>,
    /// `None` while it is out with a batch.
    poster: Option<Poster>,
    /// The batch that it is out with.
    under_way: Option<UnderWay>,
    batches: u32,
}

/// A batch that is being posted: what is known of it if nobody lives to see its end.
struct UnderWay {
    body: Bytes,
    items: usize,
    attempts: Arc<AtomicU32>,
}

/// How long the first event of the batch still waits.
#[derive(Clone, Copy)]
struct Wait {
    left: Duration,
    since: Instant,
}

impl Wait {
    fn due(self) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.since + self.left)
    }
}

struct Trip {
    poster: Poster,
    outcome: Outcome,
}

impl Courier {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Command>, mut frozen: watch::Receiver<bool>) {
        let mut trips: JoinSet<Trip> = JoinSet::new();
        loop {
            self.depart(&mut trips, *frozen.borrow());
            let due = self.wait.filter(|_| self.poster.is_some() && !*frozen.borrow()).map(Wait::due);
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(command) => self.take(command),
                    None => return self.end(),
                },
                Some(trip) = trips.join_next() => self.arrived(trip.ok()),
                () = tokio::time::sleep_until(due.unwrap_or_else(tokio::time::Instant::now)), if due.is_some() => {}
                Ok(()) = frozen.changed() => self.freeze_timer(*frozen.borrow_and_update()),
            }
        }
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Flush(done) => self.flushes.push(done),
            Command::Item(item) => {
                self.queued_bytes += item.len();
                self.queue.push_back(item);
                self.wait.get_or_insert(Wait { left: self.patience, since: Instant::now() });
                self.drop_backlog();
            }
        }
    }

    fn drop_backlog(&mut self) {
        if self.queued_bytes <= self.relay.options.backlog_bytes {
            return;
        }
        let (records, bytes) = (self.queue.len(), self.queued_bytes);
        self.queue.clear();
        self.queued_bytes = 0;
        self.wait = None;
        self.relay.dropped(TOO_SLOW, records, bytes);
    }

    /// The timer stands still in the freezer.
    fn freeze_timer(&mut self, frozen: bool) {
        let Some(wait) = &mut self.wait else { return };
        if frozen {
            wait.left = wait.left.saturating_sub(wait.since.elapsed());
        }
        wait.since = Instant::now();
    }

    fn is_due(&self) -> bool {
        let full = self.queue.len() >= self.max_items || self.queued_bytes >= self.max_bytes;
        let waited = self.wait.is_some_and(|wait| wait.since.elapsed() >= wait.left);
        full || waited || !self.flushes.is_empty()
    }

    /// Sends a batch if there is one to be sent and none under way.
    fn depart(&mut self, trips: &mut JoinSet<Trip>, frozen: bool) {
        if self.queue.is_empty() && self.poster.is_some() {
            for done in self.flushes.drain(..) {
                let _gone = done.send(());
            }
        }
        if self.queue.is_empty() || frozen || !self.is_due() {
            return;
        }
        let Some(mut poster) = self.poster.take() else { return };
        let (body, items) = self.batch();
        let twice = self.relay.options.duplicate_every.is_some_and(|every| self.batches.is_multiple_of(every.max(1)));
        let attempts = Arc::<AtomicU32>::default();
        self.under_way = Some(UnderWay { body: body.clone(), items, attempts: attempts.clone() });
        trips.spawn(async move {
            let mut outcome = poster.deliver(&body, &attempts).await;
            if twice {
                outcome = poster.deliver(&body, &attempts).await;
            }
            Trip { poster, outcome }
        });
    }

    /// Cuts a batch off the queue. The event that crosses the limit is still in it, as on the platform.
    fn batch(&mut self) -> (Bytes, usize) {
        let mut events = Vec::new();
        let mut bytes = 0;
        while events.len() < self.max_items && bytes < self.max_bytes {
            let Some(event) = self.queue.pop_front() else { break };
            bytes += event.len();
            events.push(event);
        }
        self.queued_bytes -= bytes;
        self.wait = (!self.queue.is_empty()).then(|| Wait { left: self.patience, since: Instant::now() });
        self.batches += 1;
        let body = if self.lines { events.join("\n") + "\n" } else { format!("[{}]", events.join(",")) };
        (Bytes::from(body), events.len())
    }

    fn arrived(&mut self, trip: Option<Trip>) {
        let (Some(Trip { poster, outcome }), Some(batch)) = (trip, self.under_way.take()) else { return };
        self.poster = Some(poster);
        if let Some(reason) = &outcome.failure {
            self.relay.dropped(&format!("could not send events: {reason}"), batch.items, batch.body.len());
        }
        self.delivered(batch, outcome.status);
    }

    /// The subscriber is gone. It may have taken the batch at hand without anybody hearing of it.
    fn end(&mut self) {
        if let Some(batch) = self.under_way.take() {
            self.delivered(batch, None);
        }
        self.relay.never_sent(self.queue.len());
    }

    fn delivered(&self, batch: UnderWay, status: Option<u16>) {
        self.relay.delivered(Delivery {
            subscriber: self.name.clone(),
            body: if self.relay.options.keep_bodies { batch.body } else { Bytes::new() },
            items: batch.items,
            attempts: batch.attempts.load(Ordering::Relaxed),
            status,
            at: Instant::now(),
            generation: self.generation,
        });
    }
}
