//! The end of a sandbox: the last report, the last documents, the last metrics, and what is lost.

use std::time::Duration;

use telesieve_core::DropReason;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use super::{Lifecycle, now_ms};
use crate::log::chain;
use crate::message::Message;
use crate::runtime_api::NextEvent;
use crate::sinks::Metrics;

/// Of the two seconds of a shutdown, the platform spends some before we hear of it.
const SHUTDOWN_BUDGET: Duration = Duration::from_millis(1_400);

/// How much of the shutdown documents may take; metrics, which tell of them, come last.
const SHUTDOWN_DOCUMENTS: Duration = Duration::from_millis(900);

/// How long the report of the last invocation may take to come in.
const LAST_REPORT: Duration = Duration::from_millis(40);

/// Time for transforms with an event that waited for more of it.
const LAST_TRANSFORMS: Duration = Duration::from_millis(200);

impl Lifecycle {
    /// Sends what can be sent in what is left of the shutdown, and says what could not.
    pub(crate) async fn shut_down(&mut self, event: &NextEvent, inbox: &mut UnboundedReceiver<Message>) {
        let now = Instant::now();
        let left = Duration::from_millis(u64::try_from(event.deadline_ms.saturating_sub(now_ms())).unwrap_or(0));
        let budget = if left.is_zero() { SHUTDOWN_BUDGET } else { SHUTDOWN_BUDGET.min(left * 4 / 5) };
        let end = now + budget;
        self.hold = None;
        self.log.debug(format_args!("shutting down: {}", reason(&event.shutdown_reason)));
        self.forget_connections();
        self.last_report(inbox, now + LAST_REPORT.min(budget)).await;
        self.pipeline.finish(now_ms(), LAST_TRANSFORMS.min(budget / 4), &mut self.log);
        self.last_documents(inbox, now + SHUTDOWN_DOCUMENTS.min(budget * 2 / 3)).await;
        self.count_loss();
        self.last_metrics(inbox, end).await;
        let ledger = &self.pipeline.ledger;
        self.log.debug(format_args!("{ledger}"));
    }

    async fn last_report(&mut self, inbox: &mut UnboundedReceiver<Message>, until: Instant) {
        while let Ok(message) = inbox.try_recv() {
            self.hear(message);
        }
        while self.report_is_due {
            let Ok(Some(message)) = tokio::time::timeout_at(until, inbox.recv()).await else { return };
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

    /// What has not left by now never will.
    fn count_loss(&mut self) {
        for sink in 0..self.events.len() {
            let lost = self.pipeline.take(sink, usize::MAX).len() as u64 + self.events[sink].abandon();
            if lost > 0 {
                let name = self.events[sink].name();
                self.pipeline.ledger.dropped(DropReason::Undelivered, lost);
                self.log.error(format_args!("{lost} events are lost: the sandbox ends and {name} did not take them"));
            }
        }
    }

    async fn last_metrics(&mut self, inbox: &mut UnboundedReceiver<Message>, end: Instant) {
        self.pushes_are_over(inbox, end).await;
        for sink in 0..self.metrics.len() {
            match self.metrics[sink].end(end).await {
                None => self.push_now(sink, Instant::now(), end),
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    let name = self.metrics[sink].name();
                    self.log.warn(format_args!("{name}: failed to delete the group: {}", chain(&error)));
                }
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
        _ => "for another reason",
    }
}
