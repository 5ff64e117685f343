//! Real binary, real components, real servers: one test binary, a module for each thing that is promised.
//!
//! `play` runs the extension in the emulated sandbox and reads what it left behind; every run asserts the accounting
//! identity, that nothing known to be secret left, and that the function was not disturbed.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

mod amazons_emulator;
mod artifacts;
mod at_least_once;
mod aws;
mod bodies;
mod command_line;
mod cookbook;
mod dashboards;
mod dead_sinks;
mod debugging;
mod delivery;
mod ending;
mod failures;
mod first_mistakes;
mod freezes;
mod front_door;
mod init_types;
mod kept_keys;
mod layers;
mod metrics;
mod own_secrets;
mod play;
mod proxies;
mod real_servers;
mod recorded;
mod shipped;
mod soak;
mod tutorial;
