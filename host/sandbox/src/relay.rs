//! Takes every event to every subscriber, and earlier ones to those who subscribe later.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::json;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::courier::{self, Command};
use crate::lock;
use crate::options::TelemetryOptions;
use crate::subscription::Subscription;
use crate::telemetry::Emitted;

/// One POST of a batch, or one write over TCP.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Name of the extension that it was for.
    pub subscriber: String,
    /// The body; empty if bodies are not kept.
    pub body: Bytes,
    /// Events in it.
    pub items: usize,
    /// Tries until it was taken or given up.
    pub attempts: u32,
    /// Status of the answer; `None` if nobody ever answered. The subscriber may have taken it all the same, once for
    /// each attempt.
    pub status: Option<u16>,
    /// When it was taken or given up.
    pub at: Instant,
    /// Number of the init that the subscriber was started by, from 1.
    pub generation: u64,
}

impl Delivery {
    /// Whether the subscriber took it.
    #[must_use]
    pub fn taken(&self) -> bool {
        self.status.is_some_and(|status| status < 400)
    }
}

/// Fan-out of events.
pub(crate) struct Relay {
    pub(crate) options: TelemetryOptions,
    /// Whether the sandbox is frozen: then timers stand still and nothing is sent.
    pub(crate) frozen: watch::Sender<bool>,
    state: Mutex<State>,
    generation: AtomicU64,
}

#[derive(Default)]
struct State {
    /// Events since the start of init, for those who subscribe later; `None` once that is over.
    history: Option<Vec<Emitted>>,
    subscribers: Vec<Subscriber>,
    deliveries: Vec<Delivery>,
    never_sent: usize,
}

struct Subscriber {
    subscription: Subscription,
    commands: mpsc::UnboundedSender<Command>,
    courier: JoinHandle<()>,
}

impl Relay {
    pub(crate) fn new(options: TelemetryOptions) -> Self {
        Self { options, frozen: watch::Sender::new(false), state: Mutex::default(), generation: AtomicU64::new(0) }
    }

    /// Init starts: keep events for those who will subscribe, forget those who did.
    pub(crate) fn open(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        let mut state = lock(&self.state);
        state.subscribers.clear();
        state.history = Some(Vec::new());
    }

    /// Number of the init that is going on or was the last one, from 1.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Init is over: nobody may subscribe any more.
    pub(crate) fn close(&self) {
        lock(&self.state).history = None;
    }

    pub(crate) fn is_open(&self) -> bool {
        lock(&self.state).history.is_some()
    }

    /// Everyone is gone.
    pub(crate) fn forget_subscribers(&self) {
        lock(&self.state).subscribers.clear();
    }

    /// Everyone is gone; returns when it is known what became of all that was on its way to them.
    pub(crate) async fn dismiss_subscribers(&self) {
        let subscribers = std::mem::take(&mut lock(&self.state).subscribers);
        for Subscriber { commands, courier, .. } in subscribers {
            drop(commands);
            let _ended = courier.await;
        }
    }

    /// An event of this moment.
    pub(crate) fn emit(&self, event: Emitted) {
        if self.options.replays && !event.is_verbatim() {
            return;
        }
        let mut state = lock(&self.state);
        for subscriber in &state.subscribers {
            subscriber.take(&event, &self.options);
        }
        if let Some(history) = &mut state.history {
            history.push(event);
        }
    }

    /// Adds a subscriber and replays what happened since init started.
    pub(crate) fn subscribe(self: &std::sync::Arc<Self>, name: &str, subscription: Subscription) {
        let generation = self.generation.load(Ordering::Relaxed);
        let (commands, courier) = courier::spawn(self.clone(), name.to_owned(), &subscription, generation);
        let announcement = json!({ "name": name, "state": "Subscribed", "types": subscription.types });
        let subscriber = Subscriber { subscription, commands, courier };
        let mut state = lock(&self.state);
        for event in state.history.iter().flatten() {
            subscriber.take(event, &self.options);
        }
        state.subscribers.push(subscriber);
        drop(state);
        self.emit(Emitted::platform("telemetrySubscription", &announcement));
    }

    /// Destination of the first subscriber.
    pub(crate) fn first_destination(&self) -> Option<crate::subscription::Destination> {
        lock(&self.state).subscribers.first().map(|subscriber| subscriber.subscription.destination.clone())
    }

    /// Sends whatever waits and returns when it is gone, or at the end of the time.
    pub(crate) async fn flush(&self, within: Duration) {
        let waits: Vec<_> = lock(&self.state).subscribers.iter().map(Subscriber::flush).collect();
        let all = async {
            for wait in waits {
                let _gone = wait.await;
            }
        };
        let _late = tokio::time::timeout(within, all).await;
    }

    pub(crate) fn delivered(&self, delivery: Delivery) {
        lock(&self.state).deliveries.push(delivery);
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        lock(&self.state).deliveries.clone()
    }

    /// Events were left when their subscriber was gone.
    pub(crate) fn never_sent(&self, events: usize) {
        lock(&self.state).never_sent += events;
    }

    /// Events that were left when their subscribers were gone.
    pub(crate) fn events_never_sent(&self) -> usize {
        lock(&self.state).never_sent
    }

    /// Events were lost on the way.
    pub(crate) fn dropped(&self, reason: &str, records: usize, bytes: usize) {
        let record = json!({ "reason": reason, "droppedRecords": records, "droppedBytes": bytes });
        self.emit(Emitted::platform("logsDropped", &record));
    }
}

impl Subscriber {
    fn take(&self, event: &Emitted, options: &TelemetryOptions) {
        if !self.subscription.wants(&event.kind) {
            return;
        }
        for item in event.render(&self.subscription, options.cut_records_at) {
            let _gone = self.commands.send(Command::Item(item));
        }
    }

    fn flush(&self) -> oneshot::Receiver<()> {
        let (done, wait) = oneshot::channel();
        let _gone = self.commands.send(Command::Flush(done));
        wait
    }
}
