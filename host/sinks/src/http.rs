//! The HTTP client of both sinks, made for a process that is frozen between invocations.
//!
//! HTTP/1.1, buffered bodies with a length, no redirects, one idle connection that lives a few seconds at most and
//! never through a freeze. TLS trusts compiled-in roots and, if configured, one PEM bundle; looking through a system's
//! certificates would cost more than the whole start.
//!
//! A request that a broken connection swallowed before any answer is sent once more, on a fresh connection, unless it is
//! said to be one that must not arrive twice ([`Outgoing::once`]). So is one that was not let in, if its [`Login`] finds something else to say. Each try is signed anew.

use std::convert::Infallible;
use std::error::Error;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Client, Method, Url};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use telesieve_config::open_regular;
use tokio::time::{Instant, timeout_at};

use crate::endpoint::Endpoint;
use crate::login::Login;
use crate::retry_after::{date, retry_after};
use crate::{Fault, SetupError};

/// Peers and the boxes between us close idle connections after five seconds and more.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// The client of one sink.
pub(crate) struct Http {
    settings: Settings,
    /// Empty at the start, where every microsecond delays the function, and after a freeze; the next request fills it.
    client: Mutex<Option<Client>>,
    login: Login,
    /// See [`Http::is_unanswered`].
    unanswered: Arc<AtomicBool>,
}

struct Settings {
    tls: ClientConfig,
    timeout: Duration,
    connect_timeout: Duration,
    direct: bool,
}

/// Whom we trust, and what makes others trust us.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trust<'c> {
    pub(crate) ca_file: Option<&'c Path>,
    pub(crate) client_cert_file: Option<&'c Path>,
    pub(crate) client_key_file: Option<&'c Path>,
}

/// How much of a body is worth reading, given the status. Not generic: an exchange is 20 KB of machine code.
pub(crate) type MaxBody<'m> = &'m (dyn Fn(u16) -> usize + Sync);

/// A request that may be sent more than once.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// It must not arrive twice: it goes on a connection of its own, and is sent again only if it certainly did not.
    pub(crate) once: bool,
}

/// An answer, its body read as far as it was asked for.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    /// The server's clock, Unix milliseconds.
    pub(crate) date_ms: Option<i64>,
    pub(crate) body: Vec<u8>,
    /// Whether the body went on beyond the limit.
    pub(crate) cut: bool,
}

/// How a single try failed.
enum Failure {
    /// Not worth another try here.
    Final(Fault),
    /// The connection broke before any answer.
    Unanswered(reqwest::Error),
}

impl Http {
    pub(crate) fn new(
        endpoint: &Endpoint,
        connect_timeout: Duration,
        timeout: Duration,
        trust: &Trust<'_>,
        login: Login,
    ) -> Result<Self, SetupError> {
        let settings = Settings { tls: tls(trust)?, timeout, connect_timeout, direct: endpoint.is_loopback() };
        Ok(Self { settings, client: Mutex::new(None), login, unanswered: Arc::default() })
    }

    /// The same, for what is never behind a proxy.
    pub(crate) fn without_proxy(mut self) -> Self {
        self.settings.direct = true;
        self
    }

    /// Drops idle connections. To be called before each freeze: the peer will not be waiting when we thaw.
    pub(crate) fn forget_connections(&self) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Forgets credentials that were fetched: after a restore this is another sandbox.
    pub(crate) fn forget_login(&self) {
        self.login.forget();
    }

    /// Sends and reads the answer, within the configured timeout and the deadline. `max_body` says how much of the body
    /// is worth reading, given the status; a body of which nothing is wanted is not waited for.
    pub(crate) async fn exchange(
        &self,
        outgoing: &Outgoing,
        max_body: MaxBody<'_>,
        deadline: Instant,
    ) -> Result<Answer, Fault> {
        let now = Instant::now();
        if deadline <= now {
            return Err(Fault::NoTime);
        }
        let until = deadline.min(now + self.settings.timeout);
        self.unanswered.store(false, Ordering::Relaxed);
        match timeout_at(until, self.tries(outgoing, max_body, until)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Failure::Final(fault))) => Err(fault),
            Ok(Err(Failure::Unanswered(error))) => Err(Fault::ConnectionLost(error.into())),
            Err(_) => Err(Fault::TimedOut),
        }
    }

    /// Whether the last request that must not arrive twice was on its way and got no answer: it may have arrived. One that
    /// is still waiting for its connection has not. Means something only where one request is made at a time.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed)
    }

    async fn tries(&self, outgoing: &Outgoing, max_body: MaxBody<'_>, until: Instant) -> Result<Answer, Failure> {
        if outgoing.once {
            self.forget_connections();
        }
        let mut answer = self.try_once(outgoing, max_body, until).await;
        if let Err(Failure::Unanswered(_)) = answer
            && !outgoing.once
        {
            self.forget_connections();
            answer = self.try_once(outgoing, max_body, until).await;
        }
        match answer {
            Ok(answer) if matches!(answer.status, 401 | 403) && self.login.renew(answer.date_ms, until).await => {
                self.try_once(outgoing, max_body, until).await
            }
            done => done,
        }
    }

    async fn try_once(&self, outgoing: &Outgoing, max_body: MaxBody<'_>, until: Instant) -> Result<Answer, Failure> {
        let client = self.client().map_err(|error| Failure::Final(Fault::Unreachable(error.into())))?;
        let mut request = reqwest::Request::new(outgoing.method.clone(), outgoing.url.clone());
        *request.headers_mut() = outgoing.headers.clone();
        self.login.introduce(&mut request, &outgoing.body, until).await.map_err(Failure::Final)?;
        *request.body_mut() = Some(self.body(outgoing));
        let response = client.execute(request).await.map_err(|error| Failure::of(error.without_url()))?;
        self.unanswered.store(false, Ordering::Relaxed);
        let max_body = max_body(response.status().as_u16());
        read(response, max_body).await.map_err(Failure::Final)
    }

    fn body(&self, outgoing: &Outgoing) -> reqwest::Body {
        let bytes = outgoing.body.clone();
        if outgoing.once { Watched::body(bytes, Arc::clone(&self.unanswered)) } else { bytes.into() }
    }

    fn client(&self) -> reqwest::Result<Client> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        match &*client {
            Some(client) => Ok(client.clone()),
            None => Ok(client.insert(self.settings.client()?).clone()),
        }
    }
}

impl Settings {
    fn client(&self) -> reqwest::Result<Client> {
        let builder = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(concat!("telesieve/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(1);
        let builder = if self.direct { builder.no_proxy() } else { builder };
        builder.build().map_err(reqwest::Error::without_url)
    }
}

/// A body that tells when it is asked for, which is when there is a connection for it.
struct Watched {
    bytes: Option<Bytes>,
    asked: Arc<AtomicBool>,
}

impl Watched {
    fn body(bytes: Bytes, asked: Arc<AtomicBool>) -> reqwest::Body {
        reqwest::Body::wrap(Self { bytes: Some(bytes), asked })
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.asked.store(true, Ordering::Relaxed);
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

impl Failure {
    fn of(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Final(Fault::TimedOut)
        } else if error.is_connect() || error.is_builder() {
            Self::Final(Fault::Unreachable(error.into()))
        } else {
            Self::Unanswered(error)
        }
    }
}

impl Answer {
    /// The fault that the status alone tells of, for every status that its reader does not know better.
    pub(crate) fn fault(&self) -> Fault {
        let (status, retry_after) = (self.status, self.retry_after);
        match status {
            300..=399 => Fault::Redirected { status },
            401 | 403 | 407 => Fault::Unauthorized { status },
            402 | 429 => Fault::Throttled { status, retry_after },
            408 | 425 | 500..=599 => Fault::Unavailable { status, retry_after },
            _ => Fault::Misconfigured { status },
        }
    }
}

/// Headers with the credentials of `endpoint`.
pub(crate) fn headers(endpoint: &Endpoint) -> HeaderMap {
    endpoint.authorization().map(|value| (AUTHORIZATION, value.clone())).into_iter().collect()
}

async fn read(mut response: reqwest::Response, max_body: usize) -> Result<Answer, Fault> {
    let mut answer = Answer {
        status: response.status().as_u16(),
        retry_after: retry_after(response.headers()),
        date_ms: date(response.headers()),
        body: Vec::new(),
        cut: false,
    };
    while max_body > 0 && !answer.cut {
        match response.chunk().await {
            Ok(Some(chunk)) => answer.append(&chunk, max_body),
            Ok(None) => break,
            // The status alone says enough.
            Err(_) if answer.status >= 300 => break,
            Err(error) => return Err(Fault::ConnectionLost(error.without_url().into())),
        }
    }
    Ok(answer)
}

impl Answer {
    fn append(&mut self, chunk: &[u8], max: usize) {
        let room = max - self.body.len();
        self.cut = chunk.len() > room;
        self.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
}

/// All certificates that a browser trusts are a fifth of this.
const MAX_PEM_BYTES: u64 = 1 << 20;

fn tls(trust: &Trust<'_>) -> Result<ClientConfig, SetupError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = trust.ca_file {
        let refuse = |source| SetupError::CaFile { path: path.to_owned(), source };
        for certificate in certificates(path).map_err(refuse)? {
            roots.add(certificate).map_err(|error| refuse(error.into()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError::Tls(error.into()))?;
    let config = config.with_root_certificates(roots);
    match (trust.client_cert_file, trust.client_key_file) {
        (None, None) => Ok(config.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let refuse = |source| SetupError::ClientCertificate { path: certificate.to_owned(), source };
            let chain = certificates(certificate).map_err(refuse)?;
            let key = private_key(key).map_err(|source| SetupError::ClientKey { path: key.to_owned(), source })?;
            config.with_client_auth_cert(chain, key).map_err(|error| refuse(error.into()))
        }
        _ => Err(SetupError::HalfCertificate),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Box<dyn Error + Send + Sync>> {
    Ok(PrivateKeyDer::from_pem_reader(open_regular(path, MAX_PEM_BYTES)?)?)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Box<dyn Error + Send + Sync>> {
    let file = open_regular(path, MAX_PEM_BYTES)?;
    let certificates: Vec<_> = CertificateDer::pem_reader_iter(file).collect::<Result<_, _>>()?;
    if certificates.is_empty() {
        return Err("it holds no certificate".into());
    }
    Ok(certificates)
}
