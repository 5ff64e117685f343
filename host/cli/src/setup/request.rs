//! A request of a setup, and how to tell whether the cluster has its content already.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A `PUT`.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) path: String,
    pub(super) body: Value,
}

/// Of a request's content, to tell whether the cluster has the same already.
pub(super) fn digest(content: &Value) -> String {
    let bytes = Sha256::digest(content.to_string());
    bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
