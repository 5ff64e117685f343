//! The ways in which a server fails.

use std::time::Duration;

/// What a receiver does instead of its work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is wrong.
    #[default]
    None,
    /// Nobody listens: connections are refused.
    Refuse,
    /// Requests are taken and never answered.
    Hang,
    /// Answers take this long.
    Slow(Duration),
    /// The connection is closed after the request, without an answer.
    Close,
    /// The work is done, but the connection is closed before the answer.
    CloseAfterWork,
    /// Every request is answered with this status.
    Status(u16),
    /// 200 with a page that is not what was asked for, as proxies do.
    Html,
    /// 401.
    Unauthorized,
    /// 413 for bodies longer than this many bytes, after decompression.
    TooLarge(usize),
    /// OpenSearch: every so many items is answered with 429, the rest is stored.
    ThrottleItems(u32),
    /// OpenSearch: every so many items is refused for good, the rest is stored.
    RejectItems(u32),
}
