//! The life of a sandbox: one loop that owns all state and hears of everything by message.
//!
//! The listener, the pending call of Next and the requests to sinks are tasks that share nothing with it. When to hold
//! the sandbox and when to flush is [`Policy`]'s decision; what events become is [`Pipeline`]'s. What a flush is, is in
//! `flush`; how it all ends is in `shutdown`.

mod flush;
mod shutdown;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use telesieve_config::{Config, Flush, FlushMode};
use telesieve_core::{DropReason, counted};
use telesieve_sinks::Sink;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;

use crate::listener::{Closed, Intake, Refusal};
use crate::log::{Log, chain};
use crate::message::Message;
use crate::pipeline::Pipeline;
use crate::policy::{Plan, Policy};
use crate::runtime_api::NextEvent;
use crate::sinks::{Events, Metrics, Time};
use crate::surroundings::{self, Initialization};

/// A flush that costs the invocation nothing may take this long.
const BACKGROUND_BUDGET: Duration = Duration::from_secs(10);

/// Time for transforms when no invocation sets a bound.
const UNBOUND_TRANSFORM_TIME: Duration = Duration::from_secs(5);

/// Transforms get this much even where the deadline is near: without time they could only drop what they see.
const LEAST_TRANSFORM_TIME: Duration = Duration::from_millis(100);

/// Invocations in a row whose end did not come by, after which nobody waits for it any more.
const MISSED_ENDS: u32 = 2;

/// Nothing was heard for so long after the next event was asked for: the sandbox has probably been frozen.
const LIKELY_FREEZE: Duration = Duration::from_millis(500);

/// The longest that an invocation may take. A deadline beyond it is one of a clock that is wrong.
const LONGEST_INVOCATION: Duration = Duration::from_secs(900);

/// An invocation that we hold until its data has left.
#[derive(Debug)]
struct Hold {
    request_id: String,
    /// The function is done.
    done: bool,
    /// When to stop waiting for that.
    latest: Instant,
    /// When to stop waiting for the sinks; `None`: the flush has not begun.
    flush_until: Option<Instant>,
}

/// The invocation that was announced last, and what the platform has said of it since.
#[derive(Debug, Default)]
struct Latest {
    request_id: String,
    /// The runtime is done with it.
    done: bool,
    /// It was reported: nothing more is to come.
    reported: bool,
}

/// See the module's documentation.
pub(crate) struct Lifecycle {
    pub(crate) pipeline: Pipeline,
    sinks: Vec<Arc<dyn Sink>>,
    /// Of `sinks`, those that take documents. Each has an outbox of the same number.
    events: Vec<Events>,
    /// Of `sinks`, those that take metrics.
    metrics: Vec<Metrics>,
    pub(crate) policy: Policy,
    pub(crate) log: Log,
    flush: Flush,
    inbox: UnboundedSender<Message>,
    ask_next: UnboundedSender<()>,
    started: Instant,
    hold: Option<Hold>,
    missed_ends: u32,
    /// The request id of the invocation that was done last: it may be before we hear that it began.
    last_done: String,
    latest: Option<Latest>,
    deadline: Option<Instant>,
    /// Until when the flush that goes on may start another request.
    flush_until: Instant,
    /// On whose time it goes on.
    flush_time: Time,
    /// When the next event was asked for, if none has come since.
    asked: Option<Instant>,
    /// How often the sandbox has been frozen, as far as it can be told.
    freezes: u64,
    /// Milliseconds since 1970. It may jump, both ways.
    wall_clock: fn() -> i64,
    /// The snapshot has not been restored yet, or nobody said so.
    in_snapshot: bool,
    /// Before the first invocation: the report of the initialisation, or of the restore if there is one, is still to come.
    start_unreported: bool,
    snap_start: bool,
    /// Connections of the listener that were closed without an answer.
    closed_connections: u64,
}

impl Lifecycle {
    pub(crate) fn new(
        config: &Config,
        sinks: Vec<Arc<dyn Sink>>,
        mut pipeline: Pipeline,
        log: Log,
        inbox: UnboundedSender<Message>,
        ask_next: UnboundedSender<()>,
    ) -> Self {
        let seed = u64::from_le_bytes(surroundings::random());
        let now = Instant::now();
        let (mut events, mut metrics) = (Vec::new(), Vec::new());
        for sink in &sinks {
            events.extend(Events::new(sink, events.len(), seed));
            metrics.extend(Metrics::new(sink, metrics.len(), seed));
        }
        events.iter().for_each(|sink| pipeline.add_outbox(sink.max_waiting_bytes()));
        Self {
            sinks,
            events,
            metrics,
            pipeline,
            policy: Policy::new(&config.flush),
            log,
            flush: config.flush.clone(),
            inbox,
            ask_next,
            started: now,
            hold: None,
            missed_ends: 0,
            last_done: String::new(),
            latest: None,
            deadline: None,
            flush_until: now,
            flush_time: Time::Free,
            asked: Some(now),
            freezes: 0,
            wall_clock: now_ms,
            in_snapshot: false,
            start_unreported: true,
            snap_start: false,
            closed_connections: 0,
        }
    }

    /// How the sandbox came to be makes a difference to what follows.
    pub(crate) fn initialized(&mut self, initialization: Initialization) {
        match initialization {
            Initialization::Ordinary => {}
            // What is unique in this process is not unique until the snapshot is restored.
            Initialization::SnapStart => (self.in_snapshot, self.snap_start) = (true, true),
            Initialization::ManagedInstances => {
                self.flush.mode = FlushMode::Interval;
                self.policy = Policy::new(&self.flush);
                self.pipeline.managed_instances();
            }
        }
    }

    /// Goes on until the platform says that it is over. The first event was asked for before.
    pub(crate) async fn run(&mut self, inbox: &mut UnboundedReceiver<Message>) -> NextEvent {
        loop {
            let wake = self.wake_at();
            tokio::select! {
                biased;
                message = inbox.recv() => match message {
                    Some(Message::Next(event)) if event.event_type == "SHUTDOWN" => return event,
                    Some(message) => self.hear(message),
                    // We hold a sender ourselves, so this cannot be; a loop without messages would spin.
                    None => std::future::pending().await,
                },
                () = tokio::time::sleep_until(wake) => {}
            }
            self.advance(Instant::now());
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Next(event) if event.event_type == "INVOKE" => self.invoked(&event),
            Message::Next(_) => {
                self.log.warn("skipped unknown event type");
                self.go_on();
            }
            Message::Intake(intake) => self.take_in(intake),
            Message::NextFailed(error) => {
                self.log.warn(format_args!("failed to request the next event, retrying: {}", chain(&error)));
            }
            Message::Terminated => self.terminated(),
            Message::Delivered(sink, delivery) => self.delivered(sink, delivery),
            Message::Pushed(sink, result) => self.pushed(sink, &result),
        }
    }

    /// Somebody wants the process to end. It may not before SHUTDOWN, which takes the function along, but what waits can
    /// leave: whoever sends SIGTERM may go on to SIGKILL.
    fn terminated(&mut self) {
        self.log.info("received SIGTERM: flushing pending data; the extension ends with the platform's SHUTDOWN event");
        let now = Instant::now();
        if self.hold.is_none() {
            self.start_flush(now, now + BACKGROUND_BUDGET, Time::Free);
        }
    }

    /// Asks for the next event: from here on the sandbox may freeze.
    fn go_on(&mut self) {
        self.asked = Some(Instant::now());
        // The task that asks lives as long as the process.
        let _ = self.ask_next.send(());
    }

    fn invoked(&mut self, event: &NextEvent) {
        let now = Instant::now();
        if self.asked.take().is_some_and(|asked| now.duration_since(asked) >= LIKELY_FREEZE) {
            self.freezes += 1;
        }
        self.forget_connections();
        if self.in_snapshot {
            self.restored();
        }
        let trace = event.tracing.as_ref().map_or("", |tracing| tracing.value.as_str());
        self.pipeline.invoked(&event.request_id, &event.invoked_function_arn, trace);
        let done = self.last_done == event.request_id;
        self.latest = Some(Latest { request_id: event.request_id.clone(), done, reported: false });
        self.deadline = self.time_left(event).map(|left| now + left);
        match self.policy.invoked(now, self.pipeline.waiting_bytes()) {
            Plan::GoOn { flush } => {
                self.go_on();
                if flush {
                    self.start_flush(now, now + BACKGROUND_BUDGET, Time::Free);
                }
            }
            Plan::FlushAtEnd => {
                self.probe(now);
                let latest = self.latest_end(now);
                self.hold = Some(Hold { request_id: event.request_id.clone(), done, latest, flush_until: None });
            }
        }
    }

    /// Time until a deadline; `None` if it has passed or makes no sense, as with a clock that is wrong.
    fn time_left(&self, event: &NextEvent) -> Option<Duration> {
        let left = u64::try_from(event.deadline_ms.saturating_sub((self.wall_clock)())).ok()?;
        Some(Duration::from_millis(left)).filter(|left| !left.is_zero() && *left <= LONGEST_INVOCATION)
    }

    /// How long to wait for the end of an invocation, so that a flush still fits before its deadline.
    fn latest_end(&self, now: Instant) -> Instant {
        let Some(deadline) = self.deadline else { return now + self.flush.budget };
        let left = deadline.saturating_duration_since(now);
        let kept = self.flush.margin + self.flush.budget;
        now + left.checked_sub(kept).unwrap_or(left.saturating_sub(self.flush.margin) / 2)
    }

    fn restored(&mut self) {
        self.in_snapshot = false;
        self.pipeline.restored(surroundings::sandbox_id());
        self.policy.restored();
        let seed = u64::from_le_bytes(surroundings::random());
        self.events.iter_mut().for_each(|sink| sink.restored(seed));
        self.metrics.iter_mut().for_each(|sink| sink.restored(seed));
        for sink in &self.sinks {
            sink.restored(&self.pipeline.function, self.pipeline.sandbox());
        }
        self.forget_connections();
    }

    fn forget_connections(&self) {
        self.sinks.iter().for_each(|sink| sink.forget_connections());
    }

    fn take_in(&mut self, intake: Intake) {
        match intake {
            Intake::Body(bytes, room) => {
                let left = self.transform_time();
                let seen = self.pipeline.process(bytes, (self.wall_clock)(), left, &mut self.log);
                drop(room);
                // A process is restored once; the platform's event may come before the first INVOKE or after it.
                if seen.restored && self.in_snapshot {
                    self.restored();
                }
                self.ended(&seen.done);
                self.start_unreported &= !(seen.restore_reported || seen.init_reported && !self.snap_start);
                if let Some(latest) = &mut self.latest {
                    latest.done |= seen.done.contains(&latest.request_id);
                    latest.reported |= seen.reported.contains(&latest.request_id);
                }
            }
            Intake::Refused(refusal, events) => {
                let reason = match refusal {
                    Refusal::TooLarge => DropReason::TooLarge,
                    Refusal::QueueFull => DropReason::IntakeFull,
                };
                self.pipeline.lost_before_the_chain(reason, events);
            }
            Intake::Aborted => self.pipeline.lost_before_the_chain(DropReason::Malformed, 1),
            Intake::Closed(closed) => self.connection_closed(closed),
        }
    }

    /// A line for the first one and each time that their number has doubled: there can be thousands.
    fn connection_closed(&mut self, closed: Closed) {
        self.pipeline.registry.health().connection_closed(closed.as_str());
        self.closed_connections += 1;
        if self.closed_connections.is_power_of_two() {
            let connections = counted(self.closed_connections, "connection");
            self.log.warn(format_args!(
                "telemetry listener: {connections} closed without a response: too slow, or too many at once"
            ));
        }
    }

    fn transform_time(&self) -> Duration {
        match (&self.hold, self.deadline) {
            (Some(_), Some(deadline)) => {
                let left = deadline.saturating_duration_since(Instant::now() + self.flush.margin);
                left.max(LEAST_TRANSFORM_TIME)
            }
            _ => UNBOUND_TRANSFORM_TIME,
        }
    }

    fn ended(&mut self, done: &[String]) {
        let Some(last) = done.last() else { return };
        last.clone_into(&mut self.last_done);
        if let Some(hold) = &mut self.hold
            && done.contains(&hold.request_id)
        {
            hold.done = true;
            self.missed_ends = 0;
        }
    }

    /// Does what is due.
    fn advance(&mut self, now: Instant) {
        match self.hold.take() {
            Some(hold) => self.hold = self.advance_hold(hold, now),
            None => {
                if self.policy.next_flush(self.started).is_some_and(|due| due <= now) {
                    self.start_flush(now, now + BACKGROUND_BUDGET, Time::Free);
                }
            }
        }
    }

    /// Lets the sandbox go on if there is nothing to hold it for any more; gives the hold back otherwise.
    fn advance_hold(&mut self, mut hold: Hold, now: Instant) -> Option<Hold> {
        if !hold.done && now < hold.latest {
            return Some(hold);
        }
        let Some(until) = hold.flush_until else {
            if !hold.done {
                self.missed_end();
            }
            let until = self.flush_end(now);
            self.start_flush(now, until, Time::Billed);
            hold.flush_until = Some(until);
            return self.advance_hold(hold, now);
        };
        if self.is_awaited() && now < until {
            return Some(hold);
        }
        self.go_on();
        None
    }

    /// An invocation went on to its deadline, or its end never came by. If that repeats, it is the latter.
    fn missed_end(&mut self) {
        self.missed_ends += 1;
        if self.missed_ends == MISSED_ENDS {
            self.policy.cannot_see_the_end();
            self.log.warn("no runtimeDone events; flushing on next invocation");
        }
    }

    fn flush_end(&self, now: Instant) -> Instant {
        let end = now + self.flush.budget;
        match self.deadline {
            Some(deadline) => end.min(deadline.checked_sub(self.flush.margin).unwrap_or(now)).max(now),
            None => end,
        }
    }

    fn wake_at(&self) -> Instant {
        let far = Instant::now() + Duration::from_secs(3_600);
        match &self.hold {
            Some(Hold { flush_until: Some(until), .. }) => *until,
            Some(hold) => hold.latest,
            None => self.policy.next_flush(self.started).unwrap_or(far),
        }
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
