//! The end of a sandbox: the last report, the last documents, a record of what is lost, the last metrics.
//!
//! It is planned for 1.4 s. Of the two seconds that the platform gives, it spends some on the runtime before we hear of
//! it. Sinks of a kind are served side by side, so that none takes another one's time; metrics come last, because they
//! tell what became of the documents. Breakers are not asked: there is no later.

use std::time::Duration;

use telesieve_core::platform::Status;
use telesieve_core::{DropReason, counted};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use super::Lifecycle;
use crate::listener::Queue;
use crate::message::Message;
use crate::runtime_api::NextEvent;
use crate::sinks::{Events, Metrics, Time};

/// How long it may take altogether.
const SHUTDOWN_BUDGET: Duration = Duration::from_millis(1_400);

/// Parts of the budget, of 14, after which documents and after which the record of the loss have had their time.
const DOCUMENTS: u32 = 7;
const LOSS_RECORD: u32 = 9;
const PARTS: u32 = 14;

/// How long the report of the last invocation, or of a start that failed, may take to come in.
const LAST_REPORT: Duration = Duration::from_millis(100);

/// Time for transforms with an event that waited for more of it.
const LAST_TRANSFORMS: Duration = Duration::from_millis(200);

/// Numbers of the first and the last event that was not delivered.
type Undelivered = Option<(u64, u64)>;

impl Lifecycle {
    /// Sends what can be sent in what is left of the shutdown, and says what could not.
    pub(crate) async fn shut_down(
        &mut self,
        event: &NextEvent,
        inbox: &mut UnboundedReceiver<Message>,
        intake: &Queue,
    ) {
        let now = Instant::now();
        let left = self.time_left(event);
        let budget = left.map_or(SHUTDOWN_BUDGET, |left| SHUTDOWN_BUDGET.min(left * 4 / 5));
        self.log.make_room();
        self.hold = None;
        self.flush_time = Time::Last;
        self.log.debug(format_args!("shutting down: {}", reason(&event.shutdown_reason)));
        self.forget_connections();
        self.last_report(inbox, now + LAST_REPORT.min(budget)).await;
        self.end_unreported(&event.shutdown_reason);
        let (documents, transforms) = (now + budget * DOCUMENTS / PARTS, LAST_TRANSFORMS.min(budget / 4));
        self.pipeline.finish((self.wall_clock)(), transforms, &mut self.log);
        self.last_documents(inbox, documents).await;
        // From here on nothing is answered that the last metrics would not know of.
        intake.close();
        self.hear_what_came(inbox);
        self.pipeline.finish((self.wall_clock)(), transforms, &mut self.log);
        self.last_documents(inbox, documents).await;
        // Whatever each request had to say: what is lost is said, and so is what all of it comes to.
        self.log.make_room();
        let undelivered = self.count_undelivered(inbox);
        self.tell_the_loss(undelivered, inbox, now + budget * LOSS_RECORD / PARTS).await;
        self.last_metrics(inbox, now + budget).await;
        self.log.make_room();
        let ledger = &self.pipeline.ledger;
        self.log.debug(format_args!("{ledger}"));
    }

    async fn last_report(&mut self, inbox: &mut UnboundedReceiver<Message>, until: Instant) {
        self.hear_what_came(inbox);
        while self.report_is_due() {
            let Ok(Some(message)) = tokio::time::timeout_at(until, inbox.recv()).await else { return };
            self.hear(message);
        }
    }

    /// Reports come late: that of the invocation before says nothing of the last one. Before the first one, it is how the
    /// sandbox started that is told.
    fn report_is_due(&self) -> bool {
        self.latest.as_ref().map_or(self.start_unreported, |latest| !latest.reported)
    }

    /// An invocation took the sandbox along, and the platform said neither that it is done nor how it went.
    fn end_unreported(&mut self, reason: &str) {
        let status = match reason.to_ascii_lowercase().as_str() {
            "timeout" => Status::Timeout,
            "failure" => Status::Error,
            _ => return,
        };
        if let Some(latest) = self.latest.take().filter(|latest| !latest.done && !latest.reported) {
            self.pipeline.ended_unreported(&latest.request_id, status, (self.wall_clock)());
        }
    }

    fn hear_what_came(&mut self, inbox: &mut UnboundedReceiver<Message>) {
        while let Ok(message) = inbox.try_recv() {
            self.hear(message);
        }
    }

    async fn last_documents(&mut self, inbox: &mut UnboundedReceiver<Message>, until: Instant) {
        self.flush_until = until;
        while self.pipeline.waiting() + self.documents_in_flight() > 0 {
            for sink in 0..self.events.len() {
                self.send_documents(sink, Instant::now());
            }
            if self.documents_in_flight() == 0 {
                return;
            }
            let Ok(Some(message)) = tokio::time::timeout_at(until, inbox.recv()).await else { return };
            self.hear(message);
        }
    }

    /// What has not left by now never will. A request of which no answer came may have been carried out all the same.
    fn count_undelivered(&mut self, inbox: &mut UnboundedReceiver<Message>) -> Undelivered {
        // An answer that is here already must not be counted again as one that never came.
        self.hear_what_came(inbox);
        let mut numbers: Undelivered = None;
        for sink in 0..self.events.len() {
            let waiting = self.pipeline.take(sink, usize::MAX);
            let (on_its_way, numbers_on_their_way) = self.events[sink].abandon();
            let lost = waiting.len() as u64 + on_its_way;
            let of_waiting = waiting.first().zip(waiting.last()).map(|(first, last)| (first.sequence, last.sequence));
            for (first, last) in [numbers_on_their_way, of_waiting].into_iter().flatten() {
                numbers = Some(numbers.map_or((first, last), |(low, high)| (low.min(first), high.max(last))));
            }
            if lost > 0 {
                let name = self.events[sink].name();
                self.pipeline.ledger.dropped(DropReason::Undelivered, lost);
                let lost = counted(lost, "event");
                self.log.error(format_args!("lost {lost}: the sandbox ended before {name} accepted them"));
            }
        }
        numbers
    }

    /// Sends a document that says what was lost. It is small, so a sink that did not get through all of it may take this.
    async fn tell_the_loss(
        &mut self,
        undelivered: Undelivered,
        inbox: &mut UnboundedReceiver<Message>,
        until: Instant,
    ) {
        if self.pipeline.put_loss_record(undelivered, (self.wall_clock)()) {
            self.events.iter_mut().for_each(Events::try_again);
            self.last_documents(inbox, until).await;
            self.count_undelivered(inbox);
        }
    }

    async fn last_metrics(&mut self, inbox: &mut UnboundedReceiver<Message>, end: Instant) {
        self.flush_until = end;
        self.pushes_are_over(inbox, end).await;
        for sink in 0..self.metrics.len() {
            if !self.metrics[sink].end(end, &self.inbox) {
                self.push_now(sink, Instant::now());
            }
        }
        self.pushes_are_over(inbox, end).await;
    }

    async fn pushes_are_over(&mut self, inbox: &mut UnboundedReceiver<Message>, end: Instant) {
        while self.metrics.iter().any(Metrics::in_flight) {
            let Ok(Some(message)) = tokio::time::timeout_at(end, inbox.recv()).await else { return };
            self.hear(message);
        }
    }
}

/// The reason of a shutdown, if it is one of those known: other text is not ours to print.
fn reason(text: &str) -> &'static str {
    match text.to_ascii_lowercase().as_str() {
        "spindown" => "spindown",
        "timeout" => "timeout",
        "failure" => "failure",
        "sandboxterminated" => "sandbox terminated",
        _ => "another reason",
    }
}
