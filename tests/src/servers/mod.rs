//! Real servers, shared by all tests of a binary.

mod aws;
mod certificates;
mod front;
mod opensearch;
mod prometheus;
mod proxy;
mod rie;

pub use aws::{Moto, SignedRequest, botocore_authorization};
pub use front::Front;
pub use opensearch::{OpenSearch, User};
pub use prometheus::{Prometheus, PushGateway};
pub use proxy::{Answers, Proxy, Tunnels};
pub use rie::{Emulator, Mode};
