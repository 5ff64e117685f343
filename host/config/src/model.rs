//! The configuration as the rest of telesieve uses it: typed, complete, every default filled in.
//!
//! How it is read, and what the keys are called, is `options`' and `load`'s business.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::secret::Credential;

/// Everything that can be configured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// `[log]`
    pub log: Log,
    /// `[telemetry]`
    pub telemetry: Telemetry,
    /// `[flush]`
    pub flush: Flush,
    /// `[secrets]`
    pub secrets: Secrets,
    /// `[opensearch]`; `None` without a URL.
    pub opensearch: Option<OpenSearch>,
    /// `[pushgateway]`; `None` without a URL.
    pub pushgateway: Option<PushGateway>,
    /// `[file]`; `None` without a path.
    pub file: Option<File>,
    /// `[keys]`: secrets for keyed hashes, by name.
    pub keys: BTreeMap<String, Credential>,
    /// `[[transform]]`, in order.
    pub transforms: Vec<Transform>,
    /// `locked`: nothing outside of the file may remove or weaken its transforms, or change its keys.
    pub locked: bool,
}

/// Our own lines on standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// What is worth a line.
    pub level: LogLevel,
}

/// What is worth a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing at all.
    Off,
    /// What costs data.
    Error,
    /// What may cost data. The default.
    #[default]
    Warn,
    /// What happens once per sandbox.
    Info,
    /// What happens per invocation or flush.
    Debug,
}

/// The subscription and the intake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telemetry {
    /// `platform`, `function`, `extension`.
    pub types: Vec<String>,
    /// Batch limits that the platform is asked for.
    pub max_items: u32,
    /// See `max_items`.
    pub max_bytes: u32,
    /// See `max_items`.
    pub timeout: Duration,
    /// Port of the listener.
    pub port: u16,
    /// Largest body that is taken.
    pub max_body_bytes: usize,
    /// Bytes of bodies that may wait to be worked on.
    pub max_queue_bytes: usize,
}

/// When to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flush {
    /// See [`FlushMode`].
    pub mode: FlushMode,
    /// Period of `interval`, and of `adaptive` in a busy sandbox.
    pub interval: Duration,
    /// Longest time that one flush may take while an invocation is billed.
    pub budget: Duration,
    /// How long before the invocation's deadline a flush must be over.
    pub margin: Duration,
}

/// When to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlushMode {
    /// After the function is done, before the sandbox freezes.
    End,
    /// While the next invocation runs.
    Next,
    /// Every so often.
    Interval,
    /// `End` until the invocation rate is known, `Next` in a busy sandbox.
    #[default]
    Adaptive,
}

/// The OpenSearch sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSearch {
    /// Base URL, without a trailing slash.
    pub url: String,
    /// Data stream or index.
    pub index: String,
    /// Basic authentication.
    pub username: Option<Credential>,
    /// Basic authentication.
    pub password: Option<Credential>,
    /// `Authorization: ApiKey …`.
    pub api_key: Option<Credential>,
    /// Requests are signed with the role's credentials; takes precedence over the other ways to be let in.
    pub sigv4: Option<AwsService>,
    /// Region of the signature; `None`: that of the host name, else the function's.
    pub region: Option<String>,
    /// Whether documents have ids of ours, so that one that is delivered twice is stored once.
    pub document_ids: bool,
    /// Bodies of at least this many bytes are compressed; `None`: never.
    pub gzip_min_bytes: Option<usize>,
    /// Largest body of one bulk request, before compression.
    pub max_body_bytes: usize,
    /// Bytes of documents that may wait in memory.
    pub max_outbox_bytes: usize,
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Time for one request.
    pub timeout: Duration,
    /// PEM bundle of certificate authorities to trust besides the compiled-in ones.
    pub ca_file: Option<PathBuf>,
    /// PEM file of the certificate that we show, and of those that vouch for it.
    pub client_cert_file: Option<PathBuf>,
    /// PEM file of its key.
    pub client_key_file: Option<PathBuf>,
}

/// Secrets that are kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// Age at which one is read again.
    pub max_age: Duration,
    /// Variables whose values are secrets whatever their names are. One may end with `*`.
    pub variables: Vec<String>,
}

/// What of AWS OpenSearch runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsService {
    /// A domain of the OpenSearch Service.
    Es,
    /// A collection of OpenSearch Serverless.
    Aoss,
}

impl AwsService {
    /// The name that goes into signatures: `es` or `aoss`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::Aoss => "aoss",
        }
    }
}

/// What kind of gateway metrics are pushed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PushMode {
    /// One that keeps what each sandbox pushed last, such as the PushGateway.
    #[default]
    Group,
    /// One that adds up what all sandboxes push, such as prom-aggregation-gateway.
    Aggregate,
}

/// The PushGateway sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushGateway {
    /// Base URL, without a trailing slash; may have a path.
    pub url: String,
    /// `job` of the grouping key.
    pub job: String,
    /// What kind of gateway it is.
    pub mode: PushMode,
    /// Basic authentication.
    pub username: Option<Credential>,
    /// Basic authentication.
    pub password: Option<Credential>,
    /// Shortest time between two pushes.
    pub min_interval: Duration,
    /// Delete the group at shutdown.
    pub delete_on_shutdown: bool,
    /// Pushes of at least this many bytes are compressed, in mode `Group`; `None`: never.
    pub gzip_min_bytes: Option<usize>,
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Time for one request.
    pub timeout: Duration,
    /// See [`OpenSearch::ca_file`].
    pub ca_file: Option<PathBuf>,
    /// See [`OpenSearch::client_cert_file`].
    pub client_cert_file: Option<PathBuf>,
    /// See [`OpenSearch::client_key_file`].
    pub client_key_file: Option<PathBuf>,
    /// Most series that transforms may make, all metrics together.
    pub max_guest_series: usize,
}

/// The sink for debugging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// A file that is appended to; `stdout`: standard output.
    pub path: PathBuf,
    /// Whether metrics are written, too.
    pub metrics: bool,
    /// Length beyond which the file does not grow.
    pub max_bytes: u64,
}

/// One transform of the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Transform {
    /// Unique; appears in metrics and log lines.
    pub name: String,
    /// Base name of the artifact: `<artifact>.cwasm` and `<artifact>.json` in the folder of the configuration file.
    /// The default is the name.
    pub artifact: String,
    /// Where the artifact lies, if not beside the configuration file.
    pub folder: Option<PathBuf>,
    /// It stands in a file that is locked.
    pub locked: bool,
    /// Kinds to see, `platform.*` style; `None`: what the transform itself asks for.
    pub on: Option<Vec<String>>,
    /// What becomes of records when the transform fails. Without effect on transforms of kind `redact`.
    pub on_error: OnError,
    /// Whether what a transform of kind `redact` declared is looked for again in what is about to leave.
    pub verify: bool,
    /// Time for one batch.
    pub budget: Duration,
    /// Most linear memory.
    pub max_memory_bytes: usize,
    /// The transform's own settings.
    pub settings: serde_json::Value,
    /// An error in this transform's own table: it is set up as one that failed, so that redaction closes (P2).
    pub broken: Option<String>,
}

/// What becomes of records when a transform fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// They are dropped and counted. The default.
    #[default]
    Drop,
    /// They pass as they were.
    Pass,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            types: ["platform", "function", "extension"].map(str::to_owned).to_vec(),
            max_items: 1_000,
            max_bytes: 262_144,
            timeout: Duration::from_millis(25),
            port: 8_089,
            max_body_bytes: 6 << 20,
            max_queue_bytes: 12 << 20,
        }
    }
}

impl Default for Flush {
    fn default() -> Self {
        Self {
            mode: FlushMode::default(),
            interval: Duration::from_secs(20),
            budget: Duration::from_millis(500),
            margin: Duration::from_millis(200),
        }
    }
}

impl Default for Secrets {
    fn default() -> Self {
        Self { max_age: Duration::from_secs(3_600), variables: Vec::new() }
    }
}

impl Default for OpenSearch {
    fn default() -> Self {
        Self {
            url: String::new(),
            index: "telesieve-logs".to_owned(),
            username: None,
            password: None,
            api_key: None,
            sigv4: None,
            region: None,
            document_ids: true,
            gzip_min_bytes: Some(4_096),
            max_body_bytes: 4 << 20,
            max_outbox_bytes: 16 << 20,
            connect_timeout: Duration::from_millis(500),
            timeout: Duration::from_secs(2),
            ca_file: None,
            client_cert_file: None,
            client_key_file: None,
        }
    }
}

impl Default for PushGateway {
    fn default() -> Self {
        Self {
            url: String::new(),
            job: "telesieve".to_owned(),
            mode: PushMode::Group,
            username: None,
            password: None,
            min_interval: Duration::from_secs(15),
            delete_on_shutdown: false,
            gzip_min_bytes: Some(4_096),
            connect_timeout: Duration::from_millis(500),
            timeout: Duration::from_secs(2),
            ca_file: None,
            client_cert_file: None,
            client_key_file: None,
            max_guest_series: 200,
        }
    }
}

impl Default for File {
    fn default() -> Self {
        Self { path: PathBuf::new(), metrics: false, max_bytes: 64 << 20 }
    }
}

impl Default for Transform {
    fn default() -> Self {
        Self {
            name: String::new(),
            artifact: String::new(),
            folder: None,
            locked: false,
            on: None,
            on_error: OnError::default(),
            verify: true,
            budget: Duration::from_millis(100),
            max_memory_bytes: 32 << 20,
            settings: serde_json::Value::Object(serde_json::Map::new()),
            broken: None,
        }
    }
}
