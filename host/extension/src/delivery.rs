//! One flush of documents: attempts with back-off inside a deadline, and what became of each document in the end.
//!
//! It runs as a task of its own and owns the documents meanwhile; the owner of the state hears of it through a message.

use std::time::Duration;

use telesieve_sinks::{Backoff, BulkReport, Fault, Item, TakesDocuments, Target};
use tokio::time::{Instant, timeout_at};

/// Sinks keep deadlines. One that does not must not keep its documents, and with them the life cycle, for ever.
pub(crate) const GRACE: Duration = Duration::from_millis(50);

/// What became of one flush.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    /// Documents that are stored, those that an earlier attempt stored included.
    pub(crate) stored: u64,
    /// Of these, those that an earlier attempt stored.
    pub(crate) duplicates: u64,
    /// The server's error types, one for each document that will never be stored.
    pub(crate) rejected: Vec<String>,
    /// Documents to send again, oldest first.
    pub(crate) left: Vec<Item>,
    /// Outcome of each attempt (`ok`, `partial`, or the name of a fault), and bytes sent, compressed.
    pub(crate) attempts: Vec<(&'static str, u64)>,
    /// What broke off the last attempt.
    pub(crate) fault: Option<Fault>,
    /// Whether the last attempt got somewhere.
    pub(crate) healthy: bool,
    /// What is known about the place where documents go.
    pub(crate) target: Option<Target>,
    /// Time that it took.
    pub(crate) took: Duration,
}

/// Sends documents until all are settled, the deadline is there, or another attempt makes no sense.
pub(crate) async fn deliver(
    sink: &dyn TakesDocuments,
    items: Vec<Item>,
    deadline: Instant,
    mut backoff: Backoff,
) -> Delivery {
    let started = Instant::now();
    let mut delivery = Delivery { left: items, ..Delivery::default() };
    loop {
        let items = std::mem::take(&mut delivery.left);
        let report = match timeout_at(deadline + GRACE, sink.send(&items, deadline)).await {
            Ok(report) => report,
            Err(_) => BulkReport { fault: Some(Fault::TimedOut), ..BulkReport::nothing_sent(items.len()) },
        };
        delivery.take_in(report, items);
        let again = !delivery.left.is_empty() && delivery.fault.as_ref().is_none_or(Fault::is_transient);
        let retry_after = delivery.fault.as_ref().and_then(Fault::retry_after);
        let wait = if again { backoff.next_wait(retry_after) } else { None };
        let Some(wait) = wait.filter(|wait| Instant::now() + *wait < deadline) else { break };
        tokio::time::sleep(wait).await;
    }
    delivery.took = started.elapsed();
    delivery
}

impl Delivery {
    fn take_in(&mut self, report: BulkReport, items: Vec<Item>) {
        let tally = report.tally();
        self.stored += tally.stored + tally.duplicates;
        self.duplicates += tally.duplicates;
        self.rejected.extend(report.rejected().map(|kind| kind.as_str().to_owned()));
        let outcome = match &report.fault {
            Some(fault) => fault.as_str(),
            None if tally.retry > 0 => "partial",
            None => "ok",
        };
        self.attempts.push((outcome, report.sent_bytes));
        self.healthy = report.is_healthy();
        self.target = report.target.or(self.target);
        self.left = report.to_retry(items);
        self.fault = report.fault;
    }
}
