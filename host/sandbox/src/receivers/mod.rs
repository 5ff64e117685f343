//! What stands where the sinks' servers would stand: a PushGateway and an OpenSearch that remember everything.
//!
//! Both keep the rules that real servers were seen to keep, where that is cheap, and both can be told to fail in the
//! ways that servers fail ([`Fault`]). Every byte that reaches them is kept ([`Wire`]), so that a test can prove what
//! never left. They are for tests and laptops: memory grows with what is received.

mod base64;
mod bulk;
mod exposition;
mod fault;
mod filter_path;
mod opensearch;
mod push_gateway;
mod server;
mod wire;

pub use exposition::{Family, FamilyKind, Sample};
pub use fault::Fault;
pub use opensearch::{BulkRequest, Document, OpenSearch};
pub use push_gateway::{Group, Push, PushGateway};
pub use wire::Wire;

/// Reads the text format of metrics by the rules of a PushGateway.
///
/// # Errors
/// A sentence that says what is wrong, and in which line.
pub fn parse_exposition(text: &str) -> Result<Vec<Family>, String> {
    exposition::parse(text)
}
