//! A document on its way, and what can become of it.

use std::fmt;

use bytes::Bytes;

use crate::ErrorType;

/// One bulk item: an action line and a document line, rendered, each ending in a line feed.
#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    /// Both lines. Sharing them is cheap.
    pub lines: Bytes,
    /// Number of the event in this sandbox: the way to name an item without showing it.
    pub sequence: u64,
    /// Since when it waits, in Unix milliseconds by our own clock; 0 if that was not said.
    pub(crate) since_ms: i64,
    /// How often the server has refused this item alone, for the time being.
    pub(crate) refusals: u8,
}

impl Item {
    /// Wraps two rendered lines.
    #[must_use]
    pub fn new(lines: impl Into<Bytes>, sequence: u64) -> Self {
        Self { lines: lines.into(), sequence, since_ms: 0, refusals: 0 }
    }

    /// The same, with the time since when it waits: Unix milliseconds.
    #[must_use]
    pub fn since(self, since_ms: i64) -> Self {
        Self { since_ms, ..self }
    }

    /// Bytes on the wire, before compression.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl fmt::Debug for Item {
    /// Names the item by number and length: its text is payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item #{} ({} bytes)", self.sequence, self.lines.len())
    }
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemOutcome {
    /// It is stored.
    Stored,
    /// It was stored before: an earlier answer was lost. As good as [`ItemOutcome::Stored`].
    Duplicate,
    /// It may be sent again, and should be.
    Retry(RetryReason),
    /// It will never be stored.
    Rejected(ErrorType),
}

/// Why an item should be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryReason {
    /// The request as a whole failed; see the fault of the report.
    Request,
    /// The server asked for less: 429 or 402 for this item.
    Throttled,
    /// The server could not do it just now: 5xx for this item.
    Unavailable,
    /// The server does not let us write there: 401 or 403 for this item.
    Forbidden,
    /// The cluster or the index is blocked: 403 for this item.
    Blocked,
    /// The answer did not say what became of this item.
    Unknown,
}

impl RetryReason {
    /// Every reason, in the order of their names.
    pub const ALL: [Self; 6] =
        [Self::Blocked, Self::Forbidden, Self::Request, Self::Throttled, Self::Unavailable, Self::Unknown];

    /// Name for a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Forbidden => "forbidden",
            Self::Request => "request",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Unknown => "unknown",
        }
    }
}
