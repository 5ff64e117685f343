//! Real binary, real components, real servers: one test binary, a module for each thing that is promised.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod real_servers;
