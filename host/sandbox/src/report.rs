//! What a sandbox tells of its phases, for tests to assert and people to read.

use std::time::Duration;

use crate::invocation::Ending;
use crate::outcome::Exit;

/// How a phase went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Success,
    /// Time ran out.
    TimedOut,
    /// The function failed, with this error type.
    FunctionError(String),
    /// An extension failed, with this error type.
    ExtensionError(String),
}

impl Outcome {
    /// How the platform takes it that the function ended so; `None` if it never does.
    pub(crate) fn of(ending: &Ending) -> Option<Self> {
        match ending {
            Ending::Success => Some(Self::Success),
            Ending::Error(error_type) | Ending::Crash(error_type) => Some(Self::FunctionError(error_type.clone())),
            Ending::Timeout => None,
        }
    }

    /// The platform's `status`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::TimedOut => "timeout",
            Self::FunctionError(_) | Self::ExtensionError(_) => "error",
        }
    }

    /// The platform's `errorType`.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        match self {
            Self::FunctionError(error_type) | Self::ExtensionError(error_type) => Some(error_type),
            Self::Success | Self::TimedOut => None,
        }
    }
}

/// How init went.
#[derive(Clone, Debug)]
pub struct InitReport {
    /// How it went.
    pub outcome: Outcome,
    /// From start to end.
    pub took: Duration,
    /// From just before the first extension was executed until it first called Next.
    pub exec_to_first_next: Option<Duration>,
    /// The reset that followed, if the function failed.
    pub reset: Option<ShutdownReport>,
}

/// How an invocation went.
#[derive(Clone, Debug)]
pub struct InvokeReport {
    /// Its request id.
    pub request_id: String,
    /// How it went.
    pub outcome: Outcome,
    /// How long the function ran.
    pub function_time: Duration,
    /// From the function's answer until the last extension called Next: billed time that the extensions added. Zero
    /// if they called Next while the function ran.
    pub response_to_next: Duration,
    /// The init that came first, if the sandbox had been reset.
    pub suppressed_init: Option<InitReport>,
    /// The reset that followed a failure.
    pub reset: Option<ShutdownReport>,
}

/// How a shutdown went.
#[derive(Clone, Debug)]
pub struct ShutdownReport {
    /// The reason that the extensions were told.
    pub reason: String,
    /// From the SHUTDOWN event until the last process was gone.
    pub took: Duration,
    /// How the processes ended.
    pub exits: Vec<Exit>,
    /// Names of the extensions that had to be killed although they were told to stop.
    pub killed: Vec<String>,
}

impl ShutdownReport {
    /// Whether every extension ended by itself with status 0.
    #[must_use]
    pub fn clean(&self) -> bool {
        self.killed.is_empty() && self.exits.iter().all(|exit| exit.status.success())
    }
}

/// Memory of an extension's process.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Resident now, in bytes.
    pub resident: u64,
    /// Most that was ever resident, in bytes.
    pub peak: u64,
}
