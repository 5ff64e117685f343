//! Puts this sandbox's metrics into its group of a PushGateway, or deletes the group.
//!
//! A push replaces the group as a whole, so sending it again is safe. A gateway judges a push against everything it
//! holds: one family that another client pushed with another type has the whole push refused. [`PushError::Refused`]
//! names the family, so that the caller can leave it out.
//!
//! Long pushes are compressed. A gateway that cannot read them says 400 without a family, or 415; it is sent the same again as
//! it is, and nothing compressed from then on. Gateways that add up are never sent compressed bodies, because hardly any of
//! them reads one.
//!
//! A gateway that adds up ([`PushMode::Aggregate`]) has one group for all sandboxes and is sent what is new. There, a push
//! that arrives twice counts twice, so it is sent once, and [`PushError::Unanswered`] says that nobody knows.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use telesieve_config::PushMode;
use telesieve_core::{FunctionIdentity, SandboxId};
use tokio::time::Instant;

use crate::endpoint::Endpoint;
use crate::gzip;
use crate::http::{Http, Outgoing, Trust, headers};
use crate::login::{Login, Who};
use crate::{Aws, Fault, GroupingKey, SetupError};

/// Bytes read of the text that says why a push was refused.
const REFUSAL: usize = 16 << 10;
/// Longest name of a metric family that is believed.
const MAX_NAME: usize = 200;

/// Why a push or a deletion came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// 400: the text is wrong, or contradicts what the gateway holds. Sending the same again is of no use.
    #[error("metrics rejected: family {}", family.as_deref().unwrap_or("unknown"))]
    Refused {
        /// The family that the gateway complains about, if it can be told.
        family: Option<String>,
    },
    /// It was sent to a gateway that adds up, and whether that took it will never be known.
    #[error(transparent)]
    Unanswered(Fault),
    /// The request itself failed, and nothing was taken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The PushGateway sink.
pub struct PushGateway {
    endpoint: Endpoint,
    http: Http,
    headers: HeaderMap,
    job: String,
    mode: PushMode,
    /// Path of the group that is pushed to.
    path: Mutex<String>,
    min_interval: Duration,
    delete_at_the_end: bool,
    /// Pushes of at least this many bytes are compressed; `usize::MAX`: none.
    gzip_min_bytes: AtomicUsize,
}

impl PushGateway {
    /// Makes the client; connects to nothing yet. The group is `job`, `function`, `sandbox`; that of a gateway that adds
    /// up is the `job` alone.
    ///
    /// # Errors
    ///
    /// If the URL, the credentials or the certificates cannot be used.
    pub fn new(
        config: &telesieve_config::PushGateway,
        function: &FunctionIdentity,
        sandbox: &SandboxId,
        aws: &Aws,
    ) -> Result<Self, SetupError> {
        let (header, login) = Login::of(Who::basic(config.username.as_ref(), config.password.as_ref()), aws)?;
        let endpoint = Endpoint::new(&config.url, header)?;
        let trust = Trust {
            ca_file: config.ca_file.as_deref(),
            client_cert_file: config.client_cert_file.as_deref(),
            client_key_file: config.client_key_file.as_deref(),
        };
        let http = Http::new(&endpoint, config.connect_timeout, config.timeout, &trust, login)?;
        let headers = headers(&endpoint);
        let gateway = Self {
            endpoint,
            http,
            headers,
            job: config.job.clone(),
            mode: config.mode,
            path: Mutex::default(),
            min_interval: config.min_interval,
            gzip_min_bytes: AtomicUsize::new(match config.mode {
                PushMode::Group => config.gzip_min_bytes.unwrap_or(usize::MAX),
                PushMode::Aggregate => usize::MAX,
            }),
            delete_at_the_end: config.delete_on_shutdown && config.mode == PushMode::Group,
        };
        gateway.regroup(function, sandbox);
        Ok(gateway)
    }

    /// Changes the group that is pushed to, after a restore has made this another sandbox.
    pub fn regroup(&self, function: &FunctionIdentity, sandbox: &SandboxId) {
        let key = GroupingKey::new(&self.job);
        let key = match self.mode {
            PushMode::Group => key.with("function", &function.name).with("sandbox", sandbox.as_str()),
            PushMode::Aggregate => key,
        };
        key.path().clone_into(&mut self.path.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Shortest time between two pushes.
    #[must_use]
    pub fn min_interval(&self) -> Duration {
        self.min_interval
    }

    /// Whether the group is to be deleted when the sandbox ends.
    #[must_use]
    pub fn deletes_at_the_end(&self) -> bool {
        self.delete_at_the_end
    }

    /// Whether the gateway adds up, and is to be sent what is new.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.mode == PushMode::Aggregate
    }

    fn path(&self) -> String {
        self.path.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Drops idle connections. To be called before each freeze.
    pub fn forget_connections(&self) {
        self.http.forget_connections();
    }

    /// Forgets credentials that were fetched. To be called after a restore.
    pub fn forget_login(&self) {
        self.http.forget_login();
    }

    /// Replaces the group by `text`, metrics in the text format 0.0.4, or adds it to what the gateway has.
    ///
    /// # Errors
    ///
    /// [`PushError::Refused`] if the gateway does not like the metrics, [`PushError::Unanswered`] if they may have been
    /// added, a [`Fault`] for everything else.
    pub async fn push(&self, text: String, deadline: Instant) -> Result<(), PushError> {
        let method = if self.adds_up() { Method::POST } else { Method::PUT };
        let mut outgoing = self.outgoing(method, text.into());
        outgoing.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"));
        if let Some(compressed) = self.compressed(&outgoing) {
            match self.exchange(&compressed, deadline).await {
                // What it cannot read it has no reason to refuse.
                Err(PushError::Refused { family: None } | PushError::Fault(Fault::Misconfigured { status: 415 })) => {
                    self.gzip_min_bytes.store(usize::MAX, Ordering::Relaxed);
                }
                result => return result,
            }
        }
        match self.exchange(&outgoing, deadline).await {
            Err(PushError::Fault(fault)) if self.adds_up() && self.may_have_arrived(&fault) => {
                Err(PushError::Unanswered(fault))
            }
            result => result,
        }
    }

    fn compressed(&self, outgoing: &Outgoing) -> Option<Outgoing> {
        let bytes = outgoing.body.len();
        if bytes < self.gzip_min_bytes.load(Ordering::Relaxed) {
            return None;
        }
        let body = gzip::gzip(std::iter::once(&*outgoing.body), bytes)?;
        let mut headers = outgoing.headers.clone();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let (method, url) = (outgoing.method.clone(), outgoing.url.clone());
        Some(Outgoing { method, url, headers, body: body.into(), once: false })
    }

    /// Without an answer, or with one of a proxy that has none.
    fn may_have_arrived(&self, fault: &Fault) -> bool {
        let of_a_proxy = matches!(fault, Fault::Unavailable { status: 408 | 502 | 504, .. });
        of_a_proxy || self.http.is_unanswered()
    }

    /// Deletes the group. There is none to delete? Fine, too. Much cheaper for the gateway than a push.
    ///
    /// # Errors
    ///
    /// If the request fails.
    pub async fn delete(&self, deadline: Instant) -> Result<(), PushError> {
        self.exchange(&self.outgoing(Method::DELETE, Bytes::new()), deadline).await
    }

    fn outgoing(&self, method: Method, body: Bytes) -> Outgoing {
        let url = self.endpoint.join(&self.path(), None);
        Outgoing { method, url, headers: self.headers.clone(), body, once: self.adds_up() }
    }

    async fn exchange(&self, outgoing: &Outgoing, deadline: Instant) -> Result<(), PushError> {
        let wanted = |status| if status == 400 { REFUSAL } else { 0 };
        let answer = self.http.exchange(outgoing, &wanted, deadline).await?;
        match answer.status {
            // 202: queued without the check, or a deletion.
            200 | 202 | 204 => Ok(()),
            400 => Err(PushError::Refused { family: named_family(&String::from_utf8_lossy(&answer.body)) }),
            _ => Err(answer.fault().into()),
        }
    }
}

impl fmt::Debug for PushGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PushGateway at {:?}, group {}", self.endpoint, self.path())
    }
}

/// Finds the family that a gateway complains about. The rest of the text is forgotten: it quotes labels and values.
fn named_family(text: &str) -> Option<String> {
    const BEFORE: [&str; 3] = ["collected metric ", "metric family ", "metric name "];
    let after = BEFORE.iter().find_map(|before| text.split_once(before).map(|(_, after)| after))?;
    let after = after.trim_start_matches(['"', '\'']);
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':').unwrap_or(after.len());
    (1..=MAX_NAME).contains(&end).then(|| after[..end].to_owned())
}
