//! A flush: what is sent to each sink, what came back, and what is sent next.

use telesieve_core::counted;
use telesieve_metrics::Told;
use telesieve_sinks::{BreakerState, PushError};
use tokio::time::Instant;

use super::{BACKGROUND_BUDGET, Lifecycle};
use crate::delivery::Delivery;
use crate::log::chain;
use crate::reports::{self, Breakers};
use crate::sinks::{Events, Metrics, Time, When};

impl Lifecycle {
    /// Sends documents and metrics to all sinks, side by side, as long as there is time.
    pub(super) fn start_flush(&mut self, now: Instant, until: Instant, time: Time) {
        (self.flush_until, self.flush_time) = (until, time);
        self.policy.flushed(now);
        for sink in 0..self.events.len() {
            self.send_documents(sink, now);
        }
        for sink in 0..self.metrics.len() {
            if self.metrics[sink].is_due(now) {
                self.push_now(sink, now);
            }
        }
    }

    /// Asks sinks that were down whether they are back, while the function runs and nobody waits for us.
    pub(super) fn probe(&mut self, now: Instant) {
        let is_back = |state| state == BreakerState::HalfOpen;
        (self.flush_until, self.flush_time) = (now + BACKGROUND_BUDGET, Time::Free);
        for sink in 0..self.events.len() {
            if is_back(self.events[sink].state(now)) {
                self.send_documents(sink, now);
            }
        }
        for sink in 0..self.metrics.len() {
            if is_back(self.metrics[sink].state(now)) && self.metrics[sink].is_due(now) {
                self.push_now(sink, now);
            }
        }
    }

    pub(super) fn send_documents(&mut self, sink: usize, now: Instant) {
        if self.pipeline.waiting_for(sink) > 0 {
            let when = self.when(now);
            let take = |max_bytes| self.pipeline.take(sink, max_bytes);
            self.events[sink].send(take, when, &self.inbox);
        }
    }

    pub(super) fn push_now(&mut self, sink: usize, now: Instant) {
        let (breakers, with_guests) = (self.breakers(now), !self.metrics[sink].without_guests);
        let (when, now_ms) = (self.when(now), (self.wall_clock)());
        let text = |told: Option<&mut Told>| self.pipeline.metrics_text(&breakers, told, with_guests, now_ms);
        self.metrics[sink].push(text, when, &self.inbox);
    }

    fn when(&self, now: Instant) -> When {
        When { now, deadline: self.flush_until, time: self.flush_time, freezes: self.freezes }
    }

    /// The worse one, where a sink takes both documents and metrics.
    fn breakers(&self, now: Instant) -> Breakers {
        let events = self.events.iter().map(|sink| (sink.name(), sink.state(now)));
        let metrics = self.metrics.iter().map(|sink| (sink.name(), sink.state(now)));
        let mut breakers: Breakers = events.chain(metrics).collect();
        breakers.sort_by_key(|(name, state)| (*name, u8::MAX - state.as_number()));
        breakers.dedup_by_key(|(name, _)| *name);
        breakers
    }

    /// Whether anything is on its way that is worth waiting for.
    pub(super) fn is_awaited(&self) -> bool {
        self.events.iter().any(Events::is_awaited) || self.metrics.iter().any(Metrics::is_awaited)
    }

    /// Documents that are on their way.
    pub(super) fn documents_in_flight(&self) -> u64 {
        self.events.iter().map(Events::in_flight).sum()
    }

    pub(super) fn delivered(&mut self, sink: usize, delivery: Delivery) {
        let now = Instant::now();
        let awake = self.events[sink].delivered(&delivery, now, self.freezes);
        let name = self.events[sink].name();
        self.pipeline.settled(delivery.stored, delivery.rejected.len() as u64);
        reports::delivery(&mut self.pipeline.registry, name, &delivery, awake);
        if let Some(fault) = &delivery.fault {
            let pending = counted(delivery.left.len(), "document");
            self.log.warn(format_args!("{name}: {}; {pending} pending", chain(fault)));
        }
        if let Some(kind) = delivery.rejected.first() {
            let rejected = counted(delivery.rejected.len(), "document");
            self.log.error(format_args!("{name} rejected {rejected}, the first one with {kind}"));
        }
        let again = delivery.healthy;
        self.pipeline.put_back(sink, delivery.left);
        if again && now < self.flush_until {
            self.send_documents(sink, now);
        }
    }

    pub(super) fn pushed(&mut self, sink: usize, result: &Result<(), PushError>) {
        let now = Instant::now();
        let name = self.metrics[sink].name();
        reports::push(&mut self.pipeline.registry, name, result);
        self.metrics[sink].pushed(result, now, self.freezes);
        let Err(error) = result else { return };
        self.log.warn(format_args!("{name}: {}", chain(error)));
        if let PushError::Refused { family } = error
            && self.leave_out(sink, family.as_deref())
            && now < self.flush_until
        {
            self.push_now(sink, now);
        }
    }

    /// Pushes without the family that the gateway refuses from now on, or without those of all transforms if it does
    /// not say which. Returns whether that changes anything.
    fn leave_out(&mut self, sink: usize, family: Option<&str>) -> bool {
        let named = family.is_some_and(|family| self.pipeline.registry.leave_out(family));
        named || !std::mem::replace(&mut self.metrics[sink].without_guests, true)
    }
}
