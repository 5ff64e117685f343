//! What became of a pass of bulk items, item by item and in sums.

use crate::{ErrorType, Fault, Item, ItemOutcome, ItemStatus, RetryReason, Target};

/// How often an item may be refused for the time being while the server takes its neighbours.
const MAX_REFUSALS: u8 = 5;

/// The result of [`OpenSearch::send`](crate::OpenSearch::send).
#[derive(Debug, Default)]
pub struct BulkReport {
    /// One for each item, in order. Their number is the number of items: nothing is lost between the two.
    pub outcomes: Vec<ItemOutcome>,
    /// Why the pass was broken off, if it was: a request failed, or the server took none of its items and would not
    /// say that it never will. Items that the pass did not get to are to be sent again.
    pub fault: Option<Fault>,
    /// Requests made.
    pub requests: u32,
    /// Bytes of all bodies, before compression.
    pub plain_bytes: u64,
    /// Bytes of all bodies as they were sent.
    pub sent_bytes: u64,
    /// What is known about the place where documents go.
    pub target: Option<Target>,
}

/// Sums over outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Stored now.
    pub stored: u64,
    /// Stored before.
    pub duplicates: u64,
    /// To be sent again.
    pub retry: u64,
    /// Lost: the server will never take them.
    pub rejected: u64,
}

impl BulkReport {
    /// A report about so many items of which none was sent yet: all are to be sent again.
    #[must_use]
    pub fn nothing_sent(count: usize) -> Self {
        Self { outcomes: vec![ItemOutcome::Retry(RetryReason::Request); count], ..Self::default() }
    }

    /// Sums over the outcomes.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for outcome in &self.outcomes {
            *match outcome {
                ItemOutcome::Stored => &mut tally.stored,
                ItemOutcome::Duplicate => &mut tally.duplicates,
                ItemOutcome::Retry(_) => &mut tally.retry,
                ItemOutcome::Rejected(_) => &mut tally.rejected,
            } += 1;
        }
        tally
    }

    /// The types of error that items were rejected for, one for each.
    pub fn rejected(&self) -> impl Iterator<Item = &ErrorType> {
        self.outcomes.iter().filter_map(|outcome| match outcome {
            ItemOutcome::Rejected(error) => Some(error),
            _ => None,
        })
    }

    /// Of the items that were sent, those to put back into the outbox, in order.
    #[must_use]
    pub fn to_retry(&self, items: Vec<Item>) -> Vec<Item> {
        let retried = items.into_iter().zip(&self.outcomes).filter_map(|(mut item, outcome)| match outcome {
            ItemOutcome::Retry(RetryReason::Unavailable | RetryReason::Unknown) => {
                item.refusals = item.refusals.saturating_add(1);
                Some(item)
            }
            ItemOutcome::Retry(_) => Some(item),
            _ => None,
        });
        retried.collect()
    }

    /// Whether the sink did what it is there for: at least one item reached its end, or there was none.
    ///
    /// To tell a [`Breaker`](crate::Breaker). A pass for which there was no time says nothing about the sink: see
    /// [`Fault::is_of_the_sink`].
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let settled = |outcome: &ItemOutcome| !matches!(outcome, ItemOutcome::Retry(_));
        self.fault.is_none() && (self.outcomes.is_empty() || self.outcomes.iter().any(settled))
    }
}

/// Judges what an answer says about `items`. The fault is the sink's: none of the items met its end.
///
/// An item that a working server keeps refusing "for now" would go round for ever: after a while it counts as rejected.
/// As long as no neighbour fares better, it is the server that does not work, and patience costs nothing.
pub(crate) fn outcomes(items: &[Item], statuses: Vec<ItemStatus>, into: &mut [ItemOutcome]) -> Result<(), Fault> {
    for (status, outcome) in statuses.into_iter().zip(&mut *into) {
        *outcome = judge(status);
    }
    let reason = |outcome: &ItemOutcome| match outcome {
        ItemOutcome::Retry(reason) => Some(*reason),
        _ => None,
    };
    if into.iter().all(|outcome| reason(outcome).is_some()) {
        return into.first().and_then(reason).map_or(Ok(()), |reason| Err(fault(reason)));
    }
    for (item, outcome) in items.iter().zip(into) {
        if item.refusals >= MAX_REFUSALS && matches!(outcome, ItemOutcome::Retry(_)) {
            *outcome = ItemOutcome::Rejected(ErrorType::ours("refused_too_often"));
        }
    }
    Ok(())
}

/// The fault of a server that answers a request well and every item of it like this.
fn fault(reason: RetryReason) -> Fault {
    match reason {
        RetryReason::Blocked => Fault::Blocked { status: 403 },
        RetryReason::Forbidden => Fault::Unauthorized { status: 403 },
        RetryReason::Throttled => Fault::Throttled { status: 429, retry_after: None },
        RetryReason::Unavailable | RetryReason::Unknown | RetryReason::Request => {
            Fault::Unavailable { status: 503, retry_after: None }
        }
    }
}

fn judge(item: ItemStatus) -> ItemOutcome {
    match item.status {
        Some(200..=299) => ItemOutcome::Stored,
        Some(409) => ItemOutcome::Duplicate,
        Some(402 | 429) => ItemOutcome::Retry(RetryReason::Throttled),
        Some(403) if item.error.as_ref().is_some_and(ErrorType::is_block) => ItemOutcome::Retry(RetryReason::Blocked),
        Some(401 | 403) => ItemOutcome::Retry(RetryReason::Forbidden),
        Some(408 | 500..=599) => ItemOutcome::Retry(RetryReason::Unavailable),
        Some(status @ 400..=499) => ItemOutcome::Rejected(item.error.unwrap_or_else(|| ErrorType::of_status(status))),
        Some(_) | None => ItemOutcome::Retry(RetryReason::Unknown),
    }
}
