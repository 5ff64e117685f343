//! Delivery: what waits to be sent, and the two places it is sent to.
//!
//! A [`Sink`] is a place that data is sent to. [`Outbox`] holds rendered bulk items, bounded by bytes. [`OpenSearch`] sends them and says what became of each one;
//! [`PushGateway`] replaces or deletes this sandbox's group of metrics. Both go through one HTTP client that knows
//! about freezes. [`FileSink`] is for debugging. When to send, how long, and what to do about a failure is the extension's decision: [`Backoff`],
//! [`Breaker`], [`RetryBudget`] and [`PushSchedule`] are pure pieces that it makes it with.
//!
//! Nothing here looks into a document, and no error or `Debug` output holds a secret or a piece of one.

#![forbid(unsafe_code)]

mod answer;
mod aws;
mod backoff;
mod base64;
mod breaker;
mod endpoint;
mod error_type;
mod fault;
mod file;
mod grouping;
mod gzip;
mod http;
mod item;
mod login;
mod opensearch;
mod outbox;
mod pushgateway;
mod report;
mod retry_after;
mod retry_budget;
mod schedule;
mod sink;

pub use answer::{AnswerFault, ItemStatus, read_answer};
pub use aws::{Aws, AwsFault};
pub use backoff::Backoff;
pub use breaker::{Breaker, BreakerState, Permit};
pub use error_type::ErrorType;
pub use fault::{Fault, SetupError};
pub use file::FileSink;
pub use grouping::GroupingKey;
pub use item::{Item, ItemOutcome, RetryReason};
pub use opensearch::{OpenSearch, Target};
pub use outbox::{Evicted, Outbox};
pub use pushgateway::{PushError, PushGateway};
pub use report::{BulkReport, Tally};
pub use retry_budget::RetryBudget;
pub use schedule::PushSchedule;
pub use sink::{Sending, Sink, TakesDocuments, TakesMetrics, Unusable};
