//! The life cycle in-process: real clients, servers that misbehave, and everything that it says and counts.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod aggregate;
mod bench;
mod budgets;
mod ending;
#[expect(dead_code, reason = "the tests of the sinks look at requests more closely")]
#[path = "../../../../sinks/tests/faults/fake.rs"]
mod fake;
mod fault_table;
mod freeze;
mod independence;
mod listener;
mod servers;
mod stand_in;
