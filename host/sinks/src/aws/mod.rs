//! The role's credentials, and the secrets that they open: kept as long as they are good.
//!
//! One for the process, shared by the sinks. It reads the environment when it is made, and asks the network only when
//! somebody needs what is not there. After a snapshot is restored, everything fetched before is forgotten.

mod fault;
mod secrets;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use telesieve_aws::{ContainerUrl, CredentialsError, Keys, Source};
use telesieve_config::{Reference, Secret, Secrets};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::endpoint::Endpoint;
use crate::http::{Http, Outgoing, Trust};
use crate::login::Login;
use crate::retry_after::now;
use crate::{Fault, Sending};

use secrets::Held;

pub use fault::AwsFault;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(3);

/// Bytes of an answer: a secret has 64 KB at most, and may be escaped.
const MAX_ANSWER: usize = 512 << 10;

/// What was refused is not fetched again sooner than this.
const LEAST_AGE: Duration = Duration::from_secs(2);

/// Variables that are looked at. Credentials do not stay here.
const VARIABLES: [&str; 6] = [
    "AWS_CA_BUNDLE",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_REGION",
];

/// Access to AWS as the function's role. Cloning it is cheap, and clones share what they have fetched.
#[derive(Clone)]
pub struct Aws(Arc<Inner>);

struct Inner {
    variables: BTreeMap<&'static str, String>,
    source: Result<Source, CredentialsError>,
    keys: Mutex<Option<Fetched>>,
    /// By reference without field.
    secrets: Mutex<BTreeMap<Reference, Held>>,
    max_age: Duration,
    /// All secrets that were read, the newest last.
    seen: Mutex<Vec<Secret>>,
}

/// Secrets that are remembered. Each rotation adds one, and after so many of them the oldest is long of no use.
const MOST_SEEN: usize = 64;

/// Keys of a container.
#[derive(Clone)]
struct Fetched {
    value: Keys,
    at: Instant,
}

impl Aws {
    /// Reads the variables of this process.
    #[must_use]
    pub fn from_environment(config: &Secrets) -> Self {
        Self::new(config, |name| std::env::var(name).ok())
    }

    /// Reads variables from elsewhere.
    #[must_use]
    pub fn new(config: &Secrets, variable: impl Fn(&str) -> Option<String>) -> Self {
        let named = VARIABLES.into_iter().filter_map(|name| Some((name, variable(name).filter(|v| !v.is_empty())?)));
        let (variables, source) = (named.collect(), Source::find(variable));
        let (keys, secrets, max_age) = (Mutex::default(), Mutex::default(), config.max_age);
        Self(Arc::new(Inner { variables, source, keys, secrets, max_age, seen: Mutex::default() }))
    }

    /// Secrets that were read since there were `known` of them, all of them then; `None`: no others.
    ///
    /// The keys of the role are among them where they had to be fetched.
    #[must_use]
    pub fn secrets_read(&self, known: usize) -> Option<Vec<Secret>> {
        let seen = lock(&self.0.seen);
        (seen.len() != known).then(|| seen.clone())
    }

    /// Fetches the role's keys where they are not in the environment, so that it is known what they are: under SnapStart
    /// the function gets others in each sandbox.
    pub async fn fetch_role_keys(&self, until: Instant) {
        if matches!(self.0.source, Ok(Source::Container(_))) {
            // Without them, nothing is lost but that they are not found by value.
            drop(self.keys(until).await);
        }
    }

    fn remember<'s>(&self, secrets: impl Iterator<Item = &'s Secret>) {
        let mut seen = lock(&self.0.seen);
        for secret in secrets {
            if seen.len() < MOST_SEEN && !seen.iter().any(|known| known.expose() == secret.expose()) {
                seen.push(secret.clone());
            }
        }
    }

    /// Forgets what was fetched.
    pub(crate) fn forget(&self) {
        *lock(&self.0.keys) = None;
        lock(&self.0.secrets).clear();
    }

    /// The function's region.
    pub(crate) fn region(&self) -> Option<&str> {
        ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| self.variable(name))
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.0.variables.get(name).map(String::as_str)
    }

    /// The role's keys, fresh ones if those at hand are about to expire.
    ///
    /// Keys that are about to expire will do if there are no others to be had.
    pub(crate) async fn keys(&self, until: Instant) -> Result<Keys, AwsFault> {
        let container = match &self.0.source {
            Ok(Source::Environment(keys)) => return Ok(keys.clone()),
            Ok(Source::Container(container)) => container,
            Err(error) => return Err((*error).into()),
        };
        let held = lock(&self.0.keys).clone();
        match held {
            Some(held) if !held.value.are_stale(now()) => Ok(held.value),
            Some(held) if held.at.elapsed() < LEAST_AGE => Ok(held.value),
            Some(held) => Ok(self.fetch_keys(container, until).await.unwrap_or(held.value)),
            None => self.fetch_keys(container, until).await,
        }
    }

    /// Fetches the keys again after they were refused. Returns whether they are others.
    pub(crate) async fn renew_keys(&self, until: Instant) -> bool {
        let Ok(Source::Container(container)) = &self.0.source else { return false };
        let held = lock(&self.0.keys).clone();
        match held {
            Some(held) if held.at.elapsed() >= LEAST_AGE => {
                self.fetch_keys(container, until).await.is_ok_and(|fresh| fresh != held.value)
            }
            _ => false,
        }
    }

    async fn fetch_keys(&self, container: &ContainerUrl, until: Instant) -> Result<Keys, AwsFault> {
        let mut headers = HeaderMap::new();
        if let Some(token) = &container.token {
            let mut token = HeaderValue::from_str(token.expose()).map_err(|_| AwsFault::Unusable)?;
            token.set_sensitive(true);
            headers.insert(AUTHORIZATION, token);
        }
        let url = Url::parse(&container.url).map_err(|_| CredentialsError::Address)?;
        let outgoing = Outgoing { method: Method::GET, url, headers, body: Bytes::new(), once: false };
        // They come from this machine, or from an address that only this machine has.
        let http = self.http(&container.url, Login::Given)?.without_proxy();
        let answer = exchange(http, outgoing, until).await.map_err(AwsFault::Role)?;
        if answer.0 != 200 {
            return Err(AwsFault::RoleStatus { status: answer.0 });
        }
        let keys = Keys::read(&answer.1)?;
        self.remember(keys.secrets());
        *lock(&self.0.keys) = Some(Fetched { value: keys.clone(), at: Instant::now() });
        Ok(keys)
    }

    /// A client for one request: these are so rare that no connection is kept.
    fn http(&self, url: &str, login: Login) -> Result<Http, AwsFault> {
        let trust = Trust { ca_file: self.variable("AWS_CA_BUNDLE").map(Path::new), ..Trust::default() };
        let endpoint = Endpoint::new(url, None).map_err(AwsFault::Setup)?;
        Http::new(&endpoint, CONNECT_TIMEOUT, TIMEOUT, &trust, login).map_err(AwsFault::Setup)
    }
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aws")
    }
}

/// What was answered: status and body, which does not outlive its use.
type Answered = Result<(u16, Zeroizing<Vec<u8>>), Box<Fault>>;

/// Boxed, because the request may itself be signed and so come back here.
fn exchange(http: Http, outgoing: Outgoing, until: Instant) -> Sending<'static, Answered> {
    Box::pin(async move {
        let answer = http.exchange(&outgoing, &|_| MAX_ANSWER, until).await?;
        Ok((answer.status, Zeroizing::new(answer.body)))
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
