//! What a sandbox is like: what it starts, the function it plays, and every way in which platforms differ.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::CpuQuota;
use crate::invocation::Ending;

/// Everything about a sandbox. [`Options::default`] is an ordinary on-demand sandbox without any extension.
#[derive(Clone, Debug)]
pub struct Options {
    /// What runs beside the function.
    pub launch: Launch,
    /// Environment variables that the function's owner configured. They win over the platform's own.
    pub env: BTreeMap<String, String>,
    /// The function.
    pub function: Function,
    /// Why the sandbox was made.
    pub init_type: InitType,
    /// How long init may take. 10 s.
    pub init_timeout: Duration,
    /// Time from the start of the shutdown to SIGKILL. 2 s.
    pub shutdown_budget: Duration,
    /// Whether everything is stopped (SIGSTOP) between invocations. On, except for managed instances.
    pub freeze: bool,
    /// The Telemetry API's answers and deliveries.
    pub telemetry: TelemetryOptions,
    /// When `platform.report` is delivered.
    pub report: ReportDelivery,
    /// Whether there is a `platform.report` of an invocation that timed out or crashed.
    pub report_failures: bool,
    /// Whether there is a `platform.runtimeDone` of an invocation that timed out or crashed.
    pub tell_failures: bool,
    /// Leaves `handler` out of the answer to a registration.
    pub omit_handler: bool,
    /// Puts every deadline of an INVOKE into the past.
    pub past_deadlines: bool,
    /// Whether lines of the extension come back as `extension` events.
    pub echo_extension_output: bool,
    /// What processes have of a processor; all of it, if nothing is said.
    pub cpu_quota: Option<CpuQuota>,
}

/// What runs beside the function.
#[derive(Clone, Debug)]
pub enum Launch {
    /// Every file in `extensions/` of this `/opt` tree. `TELESIEVE_CONFIG` is set to the tree's
    /// `telesieve/telesieve.toml`, because the tree does not lie at `/opt`.
    OptTree(PathBuf),
    /// One binary.
    Binary(PathBuf),
    /// Extensions by name that somebody else runs, such as a test in the same process.
    Declared(Vec<String>),
}

/// The function that the sandbox plays.
#[derive(Clone, Debug)]
pub struct Function {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Alias in the invoked ARN; none if empty.
    pub alias: String,
    /// Region.
    pub region: String,
    /// Account.
    pub account_id: String,
    /// Configured memory.
    pub memory_mb: u32,
    /// Handler.
    pub handler: String,
    /// `runtimeVersion` of `platform.initStart`; a custom runtime has none.
    pub runtime_version: Option<String>,
    /// Timeout of an invocation.
    pub timeout: Duration,
    /// How long the runtime needs to initialise, once every extension has registered.
    pub init_time: Duration,
    /// How its initialisations end, one after the other, those inside an invocation included. More of them succeed.
    pub inits: Vec<Ending>,
    /// How its restore from a snapshot ends.
    pub restore: Ending,
    /// Format of its lines.
    pub log_format: LogFormat,
}

/// How the platform delivers lines of the function and of extensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// As strings.
    #[default]
    Text,
    /// As objects, unless the subscriber's schema is the oldest one.
    Json,
}

/// Why a sandbox was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InitType {
    /// For an invocation that waits.
    #[default]
    OnDemand,
    /// Ahead of invocations.
    Provisioned,
    /// Once, to be resumed from a snapshot.
    SnapStart,
    /// On an instance of the customer's own, for many invocations at once.
    Managed,
}

impl InitType {
    /// The platform's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Provisioned => "provisioned-concurrency",
            Self::SnapStart => "snap-start",
            Self::Managed => "lambda-managed-instances",
        }
    }
}

/// When `platform.report` is delivered. It is always made after every extension has called Next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReportDelivery {
    /// With the next invocation, or at shutdown.
    #[default]
    Late,
    /// It slips out before the sandbox freezes.
    BeforeFreeze,
    /// Never.
    Never,
}

/// The Telemetry API's answers and deliveries.
#[derive(Clone, Debug)]
pub struct TelemetryOptions {
    /// Answer to a correct subscription.
    pub answer: SubscribeAnswer,
    /// Schema versions that are known. Managed instances know the newest one only.
    pub schema_versions: Vec<String>,
    /// Whether the path of the subscribed URI is kept; Amazon's own emulator drops it.
    pub keep_path: bool,
    /// Whether a failed POST is tried again with the same body. If not, its events are lost and
    /// `platform.logsDropped` says so.
    pub retry: bool,
    /// First pause before a retry; it doubles up to `backoff_max`.
    pub backoff_min: Duration,
    /// Longest pause before a retry.
    pub backoff_max: Duration,
    /// How long one POST may take. Time in the freezer does not count.
    pub post_timeout: Duration,
    /// Whether a connection serves more than one POST.
    pub keep_alive: bool,
    /// Sends bodies chunked, without `Content-Length`.
    pub chunked: bool,
    /// Every so many batches, one is delivered twice.
    pub duplicate_every: Option<u32>,
    /// Bytes that may wait for a slow subscriber. Beyond that everything waiting is dropped and
    /// `platform.logsDropped` says so.
    pub backlog_bytes: usize,
    /// Log records longer than this are cut into pieces.
    pub cut_records_at: usize,
    /// Whether the bodies of deliveries are kept for [`Sandbox::deliveries`](crate::Sandbox::deliveries).
    pub keep_bodies: bool,
    /// Delivers the events of the story alone: the platform makes none of its own, and what extensions print does not come
    /// back. For recordings, which hold all of these.
    pub replays: bool,
}

/// Answer to a correct subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SubscribeAnswer {
    /// 200 `"OK"`.
    #[default]
    Subscribed,
    /// 202, and nothing is ever delivered: a local tool.
    Unsupported,
    /// 403.
    Closed,
    /// 404.
    NotFound,
    /// 500.
    Broken,
}

impl Options {
    /// A sandbox for one extension binary.
    #[must_use]
    pub fn binary(path: impl AsRef<Path>) -> Self {
        Self { launch: Launch::Binary(path.as_ref().to_owned()), ..Self::default() }
    }

    /// A sandbox for the extensions of an `/opt` tree.
    #[must_use]
    pub fn opt_tree(path: impl AsRef<Path>) -> Self {
        Self { launch: Launch::OptTree(path.as_ref().to_owned()), ..Self::default() }
    }

    /// A sandbox for an extension that somebody else runs.
    #[must_use]
    pub fn declared(name: &str) -> Self {
        Self { launch: Launch::Declared(vec![name.to_owned()]), ..Self::default() }
    }

    /// Sets an environment variable, as the function's owner would.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// Sets why the sandbox was made.
    #[must_use]
    pub fn init_type(mut self, init_type: InitType) -> Self {
        self.init_type = init_type;
        self
    }

    /// Whether this is a managed instance.
    pub(crate) fn managed(&self) -> bool {
        self.init_type == InitType::Managed
    }

    /// Whether the subscriber may use this version.
    pub(crate) fn knows_schema(&self, version: &str) -> bool {
        let known = self.telemetry.schema_versions.iter().any(|known| known == version);
        known && (!self.managed() || version == "2025-01-29")
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            launch: Launch::Declared(Vec::new()),
            env: BTreeMap::new(),
            function: Function::default(),
            init_type: InitType::default(),
            init_timeout: Duration::from_secs(10),
            shutdown_budget: Duration::from_secs(2),
            freeze: true,
            telemetry: TelemetryOptions::default(),
            report: ReportDelivery::default(),
            report_failures: true,
            tell_failures: true,
            omit_handler: false,
            past_deadlines: false,
            echo_extension_output: true,
            cpu_quota: None,
        }
    }
}

impl Default for Function {
    fn default() -> Self {
        Self {
            name: "orders-api".to_owned(),
            version: "$LATEST".to_owned(),
            alias: String::new(),
            region: "eu-central-1".to_owned(),
            account_id: "210987654321".to_owned(),
            memory_mb: 512,
            handler: "index.handler".to_owned(),
            runtime_version: Some("nodejs:22.v41".to_owned()),
            timeout: Duration::from_secs(3),
            init_time: Duration::from_millis(5),
            inits: Vec::new(),
            restore: Ending::Success,
            log_format: LogFormat::default(),
        }
    }
}

impl Function {
    /// The ARN that the function was invoked by.
    pub(crate) fn arn(&self) -> String {
        let Self { name, alias, region, account_id, .. } = self;
        let colon = if alias.is_empty() { "" } else { ":" };
        format!("arn:aws:lambda:{region}:{account_id}:function:{name}{colon}{alias}")
    }
}

impl Default for TelemetryOptions {
    fn default() -> Self {
        Self {
            answer: SubscribeAnswer::default(),
            schema_versions: ["2022-07-01", "2022-12-13", "2025-01-29"].map(str::to_owned).to_vec(),
            keep_path: true,
            retry: true,
            backoff_min: Duration::from_millis(10),
            backoff_max: Duration::from_secs(1),
            post_timeout: Duration::from_secs(5),
            keep_alive: true,
            chunked: false,
            duplicate_every: None,
            backlog_bytes: 16 << 20,
            cut_records_at: 256 << 10,
            keep_bodies: true,
            replays: false,
        }
    }
}
