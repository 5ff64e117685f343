//! The engine with real components: each test makes an artifact of a guest that misbehaves on demand, loads it the way
//! the extension does, and looks at what comes out.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod address_space;
mod behaviour;
mod contract;
mod faults;
mod hostile;
mod lab;
mod loading;
mod observed;
#[cfg(feature = "fault-injection")]
mod sabotage;
mod verified;
