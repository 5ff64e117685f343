//! Every option of every section, defined once: name, what it takes, default, meaning, and where it goes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::{AwsService, Config, File, FlushMode, LogLevel, OpenSearch, PushGateway, PushMode};
use crate::secret::Credential;
use crate::value::{Takes, Value};

/// An option of a section.
#[derive(Clone, Copy, Debug)]
pub struct Opt {
    /// The section, such as `flush`.
    pub section: &'static str,
    /// The key, such as `mode`.
    pub key: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// The default as it would be written in a variable; empty: none.
    pub default: &'static str,
    /// What it means.
    pub about: &'static str,
    pub(crate) set: fn(&mut Draft, Value),
}

impl Opt {
    /// The variable that overrides the option.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("TELESIEVE_{}_{}", self.section, self.key).to_ascii_uppercase()
    }
}

/// A configuration in the making: all sinks are there until it is known whether they have a URL or a path.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    pub(crate) config: Config,
    pub(crate) opensearch: OpenSearch,
    pub(crate) pushgateway: PushGateway,
    pub(crate) file: File,
    /// Keys that nobody may change any more.
    pub(crate) locked_keys: BTreeSet<String>,
    /// Sections of sinks that the source that is being read disables: it has a URL or a credential that cannot be used.
    disabled: BTreeSet<&'static str>,
    /// The same of earlier sources. A later source enables the sink again with a URL.
    disabled_before: BTreeSet<&'static str>,
}

impl Draft {
    /// Whatever is read later may only add to what has been read so far.
    pub(crate) fn lock(&mut self) {
        self.config.transforms.iter_mut().for_each(|transform| transform.locked = true);
        self.locked_keys.extend(self.config.keys.keys().cloned());
    }

    /// Another file or the environment is read from here on.
    pub(crate) fn begin_source(&mut self) {
        self.disabled_before.append(&mut self.disabled);
    }

    /// Sets an option. Where the value is a URL or a credential that cannot be used, the sink is disabled: what an earlier
    /// source says is another destination, or a credential for another one.
    ///
    /// # Errors
    /// The message, with what follows from it.
    pub(crate) fn apply(&mut self, option: &Opt, value: Result<Value, String>) -> Result<(), String> {
        let decides = matches!(option.takes, Takes::Url | Takes::Credential | Takes::Secret);
        let is_of_sink = OPTIONS.iter().any(|url| url.section == option.section && url.takes == Takes::Url);
        match value {
            Ok(value) => {
                (option.set)(self, value);
                if option.takes == Takes::Url {
                    self.disabled_before.remove(option.section);
                }
                Ok(())
            }
            Err(message) if decides && is_of_sink => {
                self.disabled.insert(option.section);
                Err(format!("{message}; the sink `{}` is disabled", option.section))
            }
            Err(message) => Err(message),
        }
    }

    pub(crate) fn finish(self) -> Config {
        let Self { config, opensearch, pushgateway, file, disabled, disabled_before, .. } = self;
        let is_enabled = |section| !disabled.contains(section) && !disabled_before.contains(section);
        Config {
            opensearch: Some(opensearch).filter(|sink| !sink.url.is_empty() && is_enabled("opensearch")),
            pushgateway: Some(pushgateway).filter(|sink| !sink.url.is_empty() && is_enabled("pushgateway")),
            file: (!file.path.as_os_str().is_empty()).then_some(file),
            ..config
        }
    }
}

/// The sections, in the order of the reference page, and what they are about.
pub const SECTIONS: &[(&str, &str)] = &[
    ("log", "The log lines of telesieve itself, on standard error. They never contain payload."),
    ("telemetry", "The telemetry that the extension subscribes to, and how much of it may be pending in memory."),
    ("flush", "When the extension sends data. [Delivery](delivery.md) explains the modes and their cost."),
    ("secrets", SECRETS),
    ("opensearch", "The sink for events. Without a URL it is off."),
    ("pushgateway", "The sink for metrics. Without a URL it is off."),
    ("file", "A sink for debugging: the events that the transforms release, and metrics. Without a path it is off."),
];

const SECRETS: &str = "\
Secrets in AWS Secrets Manager or Parameter Store. The user name, password or API key of a sink can be a reference to a
secret:

| reference | meaning |
|---|---|
| `secretsmanager:<name>` | a secret in Secrets Manager, in the function's region |
| `ssm:<name>` | a parameter in Parameter Store, in the function's region |
| the ARN of a secret or a parameter | the same, in the region of the ARN |
| any of these, followed by `#<field>` | one field of a secret that is a JSON object |

The extension reads a secret when the first request needs it, after the function has started; again when the secret is
older than `max_age_ms`; and again when a sink answers 401 or 403, so that a rotation costs one request. While a secret
cannot be read, documents stay in the outbox and a log line gives the reason; for a missing permission it names the IAM
action. `telesieve setup --print-policy` prints the policy that the function's role needs.
`AWS_ENDPOINT_URL_SECRETS_MANAGER`, `AWS_ENDPOINT_URL_SSM`, `AWS_ENDPOINT_URL` and `AWS_CA_BUNDLE` work as they do for
the AWS CLI and SDKs.";

const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug"];
const MODES: &[&str] = &["adaptive", "end", "next", "interval"];
const SERVICES: &[&str] = &["off", "es", "aoss"];
const TYPES: &[&str] = &["platform", "function", "extension"];

/// The longest time that any option takes: the longest invocation.
const MAX_MS: u64 = 900_000;

macro_rules! options {
    ($($section:literal . $key:literal : $takes:expr, $default:literal, $about:literal => $set:expr;)*) => {
        &[$(Opt { section: $section, key: $key, takes: $takes, default: $default, about: $about, set: $set }),*]
    };
}

/// All options of all sections, in the order of the reference page.
pub const OPTIONS: &[Opt] = options! {
    "log"."level": Takes::Choice(LEVELS), "warn",
        "Least severe lines to write: `error` for what loses data, `warn` for what may, `info` for what happens once per sandbox, `debug` for what happens once per flush."
        => |draft, value| draft.config.log.level = level(&text(value));

    "telemetry"."types": Takes::Choices(TYPES), "platform,function,extension",
        "Streams to subscribe to. The `extension` stream also contains telesieve's own lines; the extension skips those."
        => |draft, value| draft.config.telemetry.types = list(value);
    "telemetry"."max_items": Takes::Int(1_000, 10_000), "1000",
        "Number of events after which the platform delivers a batch."
        => |draft, value| draft.config.telemetry.max_items = small(&value);
    "telemetry"."max_bytes": Takes::Int(262_144, 1_048_576), "262144",
        "Number of bytes after which the platform delivers a batch. The platform's buffer counts as the function's memory."
        => |draft, value| draft.config.telemetry.max_bytes = small(&value);
    "telemetry"."timeout_ms": Takes::Int(25, 30_000), "25",
        "Time after which the platform delivers a batch. With 25, the last lines of an invocation arrive before it ends."
        => |draft, value| draft.config.telemetry.timeout = millis(&value);
    "telemetry"."port": Takes::Int(1, 65_535), "8089",
        "Port of the listener, inside the sandbox. If it is in use, the extension takes any free port."
        => |draft, value| draft.config.telemetry.port = u16::try_from(int(&value)).unwrap_or(u16::MAX);
    "telemetry"."max_body_bytes": Takes::Int(65_536, 67_108_864), "6291456",
        "Largest body that the listener accepts. The platform sends up to twice `max_bytes`, and the envelopes."
        => |draft, value| draft.config.telemetry.max_body_bytes = bytes(&value);
    "telemetry"."max_queue_bytes": Takes::Int(65_536, 268_435_456), "12582912",
        "Bytes of received bodies that may be pending. The extension drops and counts what exceeds it."
        => |draft, value| draft.config.telemetry.max_queue_bytes = bytes(&value);

    "flush"."mode": Takes::Choice(MODES), "adaptive",
        "`end`: after the function is done, before the sandbox freezes. `next`: while the next invocation runs; adds nothing to the bill. `interval`: every `interval_ms`. `adaptive`: `end` until invocations are known to be less than five seconds apart on average, then `interval`."
        => |draft, value| draft.config.flush.mode = mode(&text(value));
    "flush"."interval_ms": Takes::Int(100, MAX_MS), "20000",
        "Period of `interval` and of Managed Instances, and longest time between two flushes of `adaptive` in a busy sandbox."
        => |draft, value| draft.config.flush.interval = millis(&value);
    "flush"."budget_ms": Takes::Int(10, MAX_MS), "500",
        "Longest time that a flush may take while the invocation is billed."
        => |draft, value| draft.config.flush.budget = millis(&value);
    "flush"."margin_ms": Takes::Int(0, MAX_MS), "200",
        "A flush ends at least this long before the function's own deadline."
        => |draft, value| draft.config.flush.margin = millis(&value);

    "secrets"."max_age_ms": Takes::Int(1_000, 86_400_000), "3600000",
        "Age at which the extension reads a secret again. If that fails, it keeps using the old one."
        => |draft, value| draft.config.secrets.max_age = millis(&value);
    "secrets"."variables": Takes::List, "",
        "Environment variables of the function whose values the rule `own-secrets` redacts wherever they appear, in addition to those with the name of a secret, such as `DB_PASSWORD`. `STRIPE_*` matches all that start with `STRIPE_`. A function's list adds to that of the layer."
        => |draft, value| draft.config.secrets.variables.extend(list(value));

    "opensearch"."url": Takes::Url, "",
        "Base URL of the cluster. May have a path. Write international host names in ASCII: `xn--…`."
        => |draft, value| draft.opensearch.url = base_url(value);
    "opensearch"."index": Takes::Text, "telesieve-logs",
        "Data stream or index to write to. `telesieve setup` creates it."
        => |draft, value| draft.opensearch.index = text(value);
    "opensearch"."username": Takes::Credential, "",
        "User name for basic authentication."
        => |draft, value| draft.opensearch.username = credential(value);
    "opensearch"."password": Takes::Credential, "",
        "Password for basic authentication."
        => |draft, value| draft.opensearch.password = credential(value);
    "opensearch"."api_key": Takes::Credential, "",
        "Encoded API key. Takes precedence over basic authentication."
        => |draft, value| draft.opensearch.api_key = credential(value);
    "opensearch"."sigv4": Takes::Choice(SERVICES), "off",
        "Sign requests with the credentials of the function's role: `es` for a domain of Amazon OpenSearch Service, `aoss` for a collection of OpenSearch Serverless. Takes precedence over API key and basic authentication."
        => |draft, value| draft.opensearch.sigv4 = service(&text(value));
    "opensearch"."region": Takes::Text, "",
        "Region to sign for. Default: the one in the host name, else the function's."
        => |draft, value| draft.opensearch.region = Some(text(value)).filter(|region| !region.is_empty());
    "opensearch"."document_ids": Takes::Bool, "true",
        "Send a deterministic id with each document, so that a document that is delivered twice is stored once. Set `false` for time series collections of OpenSearch Serverless, which refuse ids: a document may then be stored twice, with the same `event.id`."
        => |draft, value| draft.opensearch.document_ids = value == Value::Bool(true);
    "opensearch"."gzip_min_bytes": Takes::Int(0, u32::MAX as u64), "4096",
        "The extension compresses bodies of at least this many bytes. 0: never."
        => |draft, value| draft.opensearch.gzip_min_bytes = Some(bytes(&value)).filter(|&bytes| bytes > 0);
    "opensearch"."max_body_bytes": Takes::Int(65_536, 104_857_600), "4194304",
        "Largest body of one bulk request, before compression. Small managed clusters accept 10 MiB."
        => |draft, value| draft.opensearch.max_body_bytes = bytes(&value);
    "opensearch"."max_outbox_bytes": Takes::Int(65_536, 268_435_456), "16777216",
        "Bytes of documents that may be pending in memory while the cluster is down. Beyond it, the extension drops the oldest and counts them."
        => |draft, value| draft.opensearch.max_outbox_bytes = bytes(&value);
    "opensearch"."connect_timeout_ms": Takes::Int(10, 60_000), "500",
        "Timeout for a connection, TLS included."
        => |draft, value| draft.opensearch.connect_timeout = millis(&value);
    "opensearch"."timeout_ms": Takes::Int(10, MAX_MS), "2000",
        "Timeout for one request."
        => |draft, value| draft.opensearch.timeout = millis(&value);
    "opensearch"."ca_file": Takes::Text, "",
        "PEM bundle of certificate authorities to trust in addition to the public ones, which are compiled in."
        => |draft, value| draft.opensearch.ca_file = path(value);
    "opensearch"."client_cert_file": Takes::Text, "",
        "PEM file of the client certificate and its chain, for servers that ask for one. Requires `client_key_file`."
        => |draft, value| draft.opensearch.client_cert_file = path(value);
    "opensearch"."client_key_file": Takes::Text, "",
        "PEM file of the client certificate's private key."
        => |draft, value| draft.opensearch.client_key_file = path(value);

    "pushgateway"."url": Takes::Url, "",
        "Base URL of the gateway. May have a path."
        => |draft, value| draft.pushgateway.url = base_url(value);
    "pushgateway"."job": Takes::Text, "telesieve",
        "`job` of the grouping key. The extension adds the function and the sandbox."
        => |draft, value| draft.pushgateway.job = text(value);
    "pushgateway"."mode": Takes::Choice(&["group", "aggregate"]), "group",
        "`group`: for gateways that keep the last push of each sandbox, such as the PushGateway. `aggregate`: for gateways that sum the pushes of all sandboxes, such as prom-aggregation-gateway; the extension sends deltas, and no gauges. See [metrics](metrics.md)."
        => |draft, value| draft.pushgateway.mode = push_mode(&text(value));
    "pushgateway"."username": Takes::Credential, "",
        "User name for basic authentication."
        => |draft, value| draft.pushgateway.username = credential(value);
    "pushgateway"."password": Takes::Credential, "",
        "Password for basic authentication."
        => |draft, value| draft.pushgateway.password = credential(value);
    "pushgateway"."min_interval_ms": Takes::Int(0, 3_600_000), "15000",
        "Shortest time between two pushes, plus jitter. The cost of a push to the gateway grows with everything that it holds: stay above the scrape interval."
        => |draft, value| draft.pushgateway.min_interval = millis(&value);
    "pushgateway"."delete_on_shutdown": Takes::Bool, "false",
        "Delete the sandbox's group at shutdown, instead of a last push. Otherwise groups stay until you delete them."
        => |draft, value| draft.pushgateway.delete_on_shutdown = value == Value::Bool(true);
    "pushgateway"."gzip_min_bytes": Takes::Int(0, u32::MAX as u64), "4096",
        "In mode `group`, the extension compresses pushes of at least this many bytes. 0: never. If the gateway refuses a compressed push, the extension sends it again uncompressed, and compresses none after that."
        => |draft, value| draft.pushgateway.gzip_min_bytes = Some(bytes(&value)).filter(|&bytes| bytes > 0);
    "pushgateway"."connect_timeout_ms": Takes::Int(10, 60_000), "500",
        "Timeout for a connection, TLS included."
        => |draft, value| draft.pushgateway.connect_timeout = millis(&value);
    "pushgateway"."timeout_ms": Takes::Int(10, MAX_MS), "2000",
        "Timeout for one request."
        => |draft, value| draft.pushgateway.timeout = millis(&value);
    "pushgateway"."ca_file": Takes::Text, "",
        "PEM bundle of certificate authorities to trust in addition to the public ones."
        => |draft, value| draft.pushgateway.ca_file = path(value);
    "pushgateway"."client_cert_file": Takes::Text, "",
        "PEM file of the client certificate and its chain, for servers that ask for one. Requires `client_key_file`."
        => |draft, value| draft.pushgateway.client_cert_file = path(value);
    "pushgateway"."client_key_file": Takes::Text, "",
        "PEM file of the client certificate's private key."
        => |draft, value| draft.pushgateway.client_key_file = path(value);
    "pushgateway"."max_guest_series": Takes::Int(0, 100_000), "200",
        "Most series that transforms may create, for all their metrics together. The extension counts and leaves out what exceeds it."
        => |draft, value| draft.pushgateway.max_guest_series = bytes(&value);

    "file"."path": Takes::Text, "",
        "File to append documents to, one per line; in a sandbox, a file in `/tmp`. `stdout`: standard output, that is, the function's log, with each line cut at 64 KiB."
        => |draft, value| draft.file.path = path(value).unwrap_or_default();
    "file"."metrics": Takes::Bool, "false",
        "Also write metrics, to the file `<path>.prom`, which each flush of metrics replaces."
        => |draft, value| draft.file.metrics = value == Value::Bool(true);
    "file"."max_bytes": Takes::Int(0, 10_737_418_240), "67108864",
        "Maximum length of the file. Beyond it, the extension drops documents and counts them."
        => |draft, value| draft.file.max_bytes = int(&value);
};

pub(crate) fn int(value: &Value) -> u64 {
    if let Value::Int(number) = value { *number } else { 0 }
}

pub(crate) fn text(value: Value) -> String {
    if let Value::Text(text) = value { text } else { String::new() }
}

pub(crate) fn list(value: Value) -> Vec<String> {
    if let Value::List(items) = value { items } else { Vec::new() }
}

pub(crate) fn millis(value: &Value) -> Duration {
    Duration::from_millis(int(value))
}

pub(crate) fn bytes(value: &Value) -> usize {
    usize::try_from(int(value)).unwrap_or(usize::MAX)
}

fn small(value: &Value) -> u32 {
    u32::try_from(int(value)).unwrap_or(u32::MAX)
}

fn credential(value: Value) -> Option<Credential> {
    Some(text(value)).filter(|text| !text.is_empty()).and_then(|text| Credential::read(&text).ok())
}

fn path(value: Value) -> Option<PathBuf> {
    Some(text(value)).filter(|text| !text.is_empty()).map(PathBuf::from)
}

fn base_url(value: Value) -> String {
    text(value).trim_end_matches('/').to_owned()
}

fn level(word: &str) -> LogLevel {
    match word {
        "off" => LogLevel::Off,
        "error" => LogLevel::Error,
        "info" => LogLevel::Info,
        "debug" => LogLevel::Debug,
        _ => LogLevel::Warn,
    }
}

fn service(word: &str) -> Option<AwsService> {
    match word {
        "es" => Some(AwsService::Es),
        "aoss" => Some(AwsService::Aoss),
        _ => None,
    }
}

fn push_mode(word: &str) -> PushMode {
    if word == "aggregate" { PushMode::Aggregate } else { PushMode::Group }
}

fn mode(word: &str) -> FlushMode {
    match word {
        "end" => FlushMode::End,
        "next" => FlushMode::Next,
        "interval" => FlushMode::Interval,
        _ => FlushMode::Adaptive,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn documented_defaults_are_the_defaults() {
        for option in OPTIONS.iter().filter(|option| !option.default.is_empty()) {
            let mut draft = Draft::default();
            (option.set)(&mut draft, option.takes.text(option.default).unwrap());
            assert_eq!(draft, Draft::default(), "{}.{}", option.section, option.key);
        }
    }

    #[test]
    fn every_section_is_described_and_no_key_is_defined_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for option in OPTIONS {
            assert!(SECTIONS.iter().any(|(name, _)| *name == option.section), "{}", option.section);
            assert!(seen.insert(option.variable()), "{}", option.variable());
        }
    }
}
