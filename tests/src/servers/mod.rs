//! Real servers, shared by all tests of a binary.

mod certificates;
mod opensearch;
mod prometheus;
mod rie;

pub use opensearch::{OpenSearch, Writer};
pub use prometheus::{Prometheus, PushGateway};
pub use rie::{Emulator, Mode};
