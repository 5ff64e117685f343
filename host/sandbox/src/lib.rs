//! An emulated Lambda sandbox, and receivers for what leaves it.
//!
//! [`Sandbox`] starts a real extension binary and speaks the Extensions and Telemetry APIs to it as the platform
//! does: registration and its checks, subscription and its limits, replay of init events, batches, retries, late
//! reports, frozen time, timeouts, SHUTDOWN and SIGKILL. It plays the function itself, from a script of
//! [`Invocation`]s. [`receivers`] stand at the other end, and [`scenarios`] holds stories to play.
//!
//! It shares no code with the extension that it tests, and it says nothing: whoever uses it reads reports.
#![forbid(unsafe_code)]

mod api;
mod clock;
mod courier;
mod environment;
mod ids;
mod init;
mod invocation;
mod invoke;
mod members;
mod options;
mod outcome;
mod platform;
mod post;
mod process;
mod quota;
pub mod receivers;
mod refusal;
mod relay;
mod report;
mod sandbox;
pub mod scenarios;
mod shutdown;
mod subscription;
mod telemetry;

pub use invocation::{Ending, Invocation, Line, Tracing};
pub use members::Phase;
pub use options::{Function, InitType, Launch, LogFormat, Options, ReportDelivery, SubscribeAnswer, TelemetryOptions};
pub use outcome::{Exit, Output};
pub use quota::CpuQuota;
pub use relay::Delivery;
pub use report::{InitReport, InvokeReport, Memory, Outcome, ShutdownReport};
pub use sandbox::{Prepared, Sandbox};

/// Locks a mutex whose holders cannot panic half-way through a change.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
