//! Properties of the kernels over generated records, with public means alone.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod edits;
mod oracle;
mod records;
mod redaction;
