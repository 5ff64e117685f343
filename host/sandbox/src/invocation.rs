//! One invocation, told beforehand: what the function prints, how long it takes, how it ends.

use std::time::Duration;

/// What happens in one invocation.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// What the function does, in order.
    pub lines: Vec<Line>,
    /// Lines that reach the platform after the function has answered.
    pub late_lines: Vec<Line>,
    /// How it ends.
    pub ending: Ending,
    /// Time that the function takes on top of the pauses between its lines.
    pub takes: Duration,
    /// Timeout of this invocation; `None`: the function's.
    pub timeout: Option<Duration>,
    /// Request id; `None`: a random one.
    pub request_id: Option<String>,
    /// The trace header.
    pub tracing: Tracing,
    /// Size of the function's answer.
    pub produced_bytes: u64,
    /// All of its memory is in use at some time.
    pub fills_memory: bool,
    /// Whether `platform.start` is made only after the extension has its INVOKE, and `platform.runtimeDone` of a short
    /// function may be there before it.
    pub start_after_invoke: bool,
}

/// A step of the function. `{request_id}` and `{time}` in its text are filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Prints a line; the function's log format decides how it is delivered.
    Print(String),
    /// A record that is a string, whatever the log format. A newline is added, as the platform does.
    Text(String),
    /// A record given as JSON text, whatever the log format.
    Json(String),
    /// A whole event, taken as it is.
    Event(String),
    /// Time passes.
    Pause(Duration),
}

/// How a function ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// It answers.
    #[default]
    Success,
    /// It answers with an error of this type. The sandbox lives on.
    Error(String),
    /// Its process ends, with this error type. The sandbox is reset.
    Crash(String),
    /// It never answers: its time runs out. The sandbox is reset.
    Timeout,
}

/// The trace header of an invocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tracing {
    /// There, and sampled.
    #[default]
    Sampled,
    /// There, and not sampled.
    Unsampled,
    /// Left out.
    Absent,
}

impl Invocation {
    /// An invocation that succeeds after a millisecond.
    #[must_use]
    pub fn new(lines: Vec<Line>) -> Self {
        Self { lines, takes: Duration::from_millis(1), produced_bytes: 318, ..Self::default() }
    }

    /// Sets how it ends.
    #[must_use]
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// Sets how long the function takes.
    #[must_use]
    pub fn taking(mut self, takes: Duration) -> Self {
        self.takes = takes;
        self
    }

    /// Sets the timeout.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Uses all of its memory.
    #[must_use]
    pub fn filling_memory(mut self) -> Self {
        self.fills_memory = true;
        self
    }

    /// Sets the request id.
    #[must_use]
    pub fn request_id(mut self, id: &str) -> Self {
        self.request_id = Some(id.to_owned());
        self
    }
}

impl Line {
    /// See [`Line::Print`].
    #[must_use]
    pub fn print(text: impl Into<String>) -> Self {
        Self::Print(text.into())
    }

    /// See [`Line::Text`].
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// See [`Line::Json`].
    #[must_use]
    pub fn json(json: impl Into<String>) -> Self {
        Self::Json(json.into())
    }
}
