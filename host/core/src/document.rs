//! How a document looks: two lines of a bulk request for each event.

use crate::event::Released;
use crate::identity::{FunctionIdentity, SandboxId};
use crate::{json, time};

/// Renders events for `_bulk`. Whatever is the same for all of them is rendered once.
#[derive(Clone, Debug)]
pub struct Renderer {
    action: String,
    constant: String,
    max_document_bytes: usize,
}

impl Renderer {
    /// Default of `max_document_bytes`: 1 MiB.
    pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

    /// For one function, one sandbox and one index or data stream.
    #[must_use]
    pub fn new(function: &FunctionIdentity, sandbox: &SandboxId, index: &str, max_document_bytes: usize) -> Self {
        let mut action = String::from(r#"{"create":{"_index":""#);
        json::escape_into(index, &mut action);
        action.push_str(r#"","_id":""#);
        action.push_str(sandbox.as_str());
        let mut constant = String::new();
        json::escape_into(&function.name, &mut constant);
        Self { action, constant, max_document_bytes }
    }

    /// Appends the two lines of an event. `received_ms` stands in for a time that cannot be read.
    pub fn render(&mut self, released: &Released<'_>, received_ms: i64, out: &mut Vec<u8>) {
        let event = released.event();
        let time = time::format_rfc3339(event.time_ms.unwrap_or(received_ms));
        let lines = format!(
            "{}-{:012}\"}}}}\n{{\"@timestamp\":\"{time}\",\"faas.name\":\"{}\"}}\n",
            self.action, event.sequence, self.constant
        );
        debug_assert!(self.max_document_bytes > 0);
        out.extend_from_slice(lines.as_bytes());
    }
}
