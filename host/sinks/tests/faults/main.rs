//! Both sinks against a server that does everything wrong that a server can do.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod fake;
mod opensearch;
mod pushgateway;
mod secrets;
mod signed;
mod tls;

use std::time::Duration;

use telesieve_config::{Credential, Secrets};
use telesieve_sinks::Aws;
use tokio::time::Instant;

/// Far away: the fake answers at once or the test is wrong.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// Soon: for servers that never answer.
fn soon() -> Instant {
    Instant::now() + Duration::from_millis(100)
}

/// Credentials that stand in the configuration.
fn text(text: &str) -> Option<Credential> {
    Credential::read(text).ok()
}

/// No AWS around.
fn nowhere() -> Aws {
    Aws::new(&Secrets::default(), |_| None)
}

/// A URL at which nobody listens.
async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
