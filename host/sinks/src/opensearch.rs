//! Sends bulk items to OpenSearch and says what became of each one.
//!
//! One call is one pass: it splits what the server finds too large, but waits for nothing and tries nothing twice.
//! When to come back is for the caller's [`Backoff`](crate::Backoff) and [`Breaker`](crate::Breaker). Sending an item
//! again is always safe, because it is a `create` with an id of ours.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::time::Instant;

use crate::answer::{read_answer, read_refusal};
use crate::endpoint::Endpoint;
use crate::gzip;
use crate::http::{Http, Outgoing, Trust, headers};
use crate::login::{Login, Who};
use crate::report::{BulkReport, outcomes};
use crate::{AnswerFault, Aws, ErrorType, Fault, Item, ItemOutcome, ItemStatus, RetryReason, SetupError};

/// What an answer needs to hold. The reason of an error is not asked for: it quotes the document.
const FILTER: &str = "filter_path=errors,items.*.status,items.*.error.type";
/// The same, and where each item went: asked until it is known.
const FILTER_WITH_INDEX: &str = "filter_path=errors,items.*.status,items.*.error.type,items.*._index";
/// Requests that one call may make beyond those that its items need by size.
const MAX_SPLITS: usize = 24;
/// Bytes of an answer that do not depend on the number of items.
const ANSWER_BASE: usize = 64 << 10;
/// Bytes of an answer per item; the longest that a server writes for one is about 300.
const ANSWER_PER_ITEM: usize = 1 << 10;
/// Bytes of the answer that refuses a request as a whole.
const REFUSAL: usize = 64 << 10;
/// The body limit never shrinks below this, whatever a server calls too large.
const MIN_BODY: usize = 16 << 10;

/// Where documents go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A data stream, so its template is installed.
    DataStream,
    /// A plain index. Unless that is meant, `telesieve setup` has not been run: the server has made up a mapping.
    Index,
    /// Nothing of that name, and none is made: `telesieve setup` has not been run.
    Missing,
}

/// The OpenSearch sink. Cloning it is cheap, and clones share connections.
#[derive(Clone)]
pub struct OpenSearch(Arc<Sink>);

struct Sink {
    endpoint: Endpoint,
    http: Http,
    headers: HeaderMap,
    gzip_min_bytes: Option<usize>,
    max_body_bytes: AtomicUsize,
    max_waiting_bytes: usize,
    target: Mutex<Option<Target>>,
}

/// Why a request about some items came to nothing.
enum Refusal {
    /// 413.
    TooLarge,
    /// 400: one of them makes no sense to the server, or all of them.
    Nonsense(ErrorType),
    /// The request itself failed.
    Fault(Fault),
}

impl OpenSearch {
    /// Makes the client; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// If the URL, the credentials or the certificates cannot be used.
    pub fn new(config: &telesieve_config::OpenSearch, aws: &Aws) -> Result<Self, SetupError> {
        let who = match (&config.api_key, config.sigv4) {
            (_, Some(_)) => Who::Nobody,
            (Some(key), None) => Who::ApiKey(key.clone()),
            (None, None) => Who::basic(config.username.as_ref(), config.password.as_ref()),
        };
        let (header, mut login) = Login::of(who, aws)?;
        let endpoint = Endpoint::new(&config.url, header)?;
        if let Some(service) = config.sigv4 {
            login = Login::signed(aws, service.as_str(), config.region.as_deref(), endpoint.host());
        }
        let trust = Trust {
            ca_file: config.ca_file.as_deref(),
            client_cert_file: config.client_cert_file.as_deref(),
            client_key_file: config.client_key_file.as_deref(),
        };
        let http = Http::new(&endpoint, config.connect_timeout, config.timeout, &trust, login)?;
        let mut headers = headers(&endpoint);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
        Ok(Self(Arc::new(Sink {
            endpoint,
            http,
            headers,
            gzip_min_bytes: config.gzip_min_bytes,
            max_body_bytes: AtomicUsize::new(config.max_body_bytes.max(1)),
            max_waiting_bytes: config.max_outbox_bytes,
            target: Mutex::new(None),
        })))
    }

    /// How many bytes of items to take from the outbox for one call: the configured limit, or less once the server has
    /// found a body too large.
    #[must_use]
    pub fn max_body_bytes(&self) -> usize {
        self.0.max_body_bytes.load(Ordering::Relaxed)
    }

    /// How many bytes of items may wait: the configured limit.
    #[must_use]
    pub fn max_waiting_bytes(&self) -> usize {
        self.0.max_waiting_bytes
    }

    /// Drops idle connections. To be called before each freeze.
    pub fn forget_connections(&self) {
        self.0.http.forget_connections();
    }

    /// Forgets credentials that were fetched. To be called after a restore.
    pub fn forget_login(&self) {
        self.0.http.forget_login();
    }

    /// Sends the items, in order. Comes back by the deadline, with an outcome for each item.
    ///
    /// Dropping the future is safe: items of which nothing is known can be sent again.
    pub async fn send(&self, items: &[Item], deadline: Instant) -> BulkReport {
        let mut report = BulkReport::nothing_sent(items.len());
        let mut todo = self.0.bodies(items);
        let mut splits = MAX_SPLITS;
        while let Some(range) = todo.pop() {
            let batch = &items[range.clone()];
            let refusal = match self.0.request(batch, deadline, &mut report).await {
                Ok(statuses) => {
                    self.0.learn(&statuses);
                    match outcomes(batch, statuses, &mut report.outcomes[range.clone()]) {
                        Ok(()) => continue,
                        Err(fault) => Refusal::Fault(fault),
                    }
                }
                Err(refusal) => refusal,
            };
            match refusal {
                Refusal::Fault(fault) => {
                    report.fault = Some(fault);
                    break;
                }
                Refusal::TooLarge => self.0.shrink(batch),
                Refusal::Nonsense(_) => {}
            }
            if range.len() > 1 && splits > 0 {
                splits -= 1;
                let middle = range.start + range.len() / 2;
                todo.extend([middle..range.end, range.start..middle]);
            } else {
                report.outcomes[range.clone()].fill(refusal.outcome(range.len()));
            }
        }
        report.target = *self.0.target.lock().unwrap_or_else(PoisonError::into_inner);
        report
    }
}

impl fmt::Debug for OpenSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenSearch at {:?}", self.0.endpoint)
    }
}

impl Sink {
    /// Ranges of items that fit one body each, the first ones last.
    fn bodies(&self, items: &[Item]) -> Vec<Range<usize>> {
        let max = self.max_body_bytes.load(Ordering::Relaxed);
        let (mut ranges, mut start, mut bytes) = (Vec::new(), 0, 0);
        for (index, item) in items.iter().enumerate() {
            if bytes + item.len() > max && index > start {
                ranges.push(start..index);
                (start, bytes) = (index, 0);
            }
            bytes += item.len();
        }
        if start < items.len() {
            ranges.push(start..items.len());
        }
        ranges.reverse();
        ranges
    }

    async fn request(
        &self,
        items: &[Item],
        deadline: Instant,
        report: &mut BulkReport,
    ) -> Result<Vec<ItemStatus>, Refusal> {
        let outgoing = self.outgoing(items, report);
        report.requests += 1;
        let limit = ANSWER_BASE + ANSWER_PER_ITEM * items.len();
        let wanted = |status| match status {
            200..=299 => limit,
            400 | 403 => REFUSAL,
            _ => 0,
        };
        let answer = self.http.exchange(&outgoing, &wanted, deadline).await.map_err(Refusal::Fault)?;
        match answer.status {
            200..=299 if answer.cut => Err(Refusal::Fault(AnswerFault::TooLong.into())),
            200..=299 => read_answer(&answer.body, items.len()).map_err(|fault| Refusal::Fault(fault.into())),
            400 => Err(Refusal::Nonsense(read_refusal(&answer.body, 400))),
            403 if read_refusal(&answer.body, 403).is_block() => Err(Refusal::Fault(Fault::Blocked { status: 403 })),
            413 => Err(Refusal::TooLarge),
            _ => Err(Refusal::Fault(answer.fault())),
        }
    }

    fn outgoing(&self, items: &[Item], report: &mut BulkReport) -> Outgoing {
        let plain_bytes: usize = items.iter().map(Item::len).sum();
        let gzip = self.gzip_min_bytes.is_some_and(|min| plain_bytes >= min);
        let (body, gzip) = match gzip.then(|| gzip::gzip(lines(items), plain_bytes)).flatten() {
            Some(body) => (body.into(), true),
            None => (plain(items, plain_bytes), false),
        };
        report.plain_bytes += plain_bytes as u64;
        report.sent_bytes += body.len() as u64;
        let mut headers = self.headers.clone();
        if gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let known = self.target.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        let url = self.endpoint.join("/_bulk", Some(if known { FILTER } else { FILTER_WITH_INDEX }));
        Outgoing { method: Method::POST, url, headers, body, once: false }
    }

    /// Remembers what an answer says about the target. A missing one may still be made; the others stay what they are.
    fn learn(&self, statuses: &[ItemStatus]) {
        let mut target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Target::DataStream | Target::Index) = *target {
            return;
        }
        for status in statuses {
            match (status.status, status.data_stream) {
                (Some(200..=299), Some(true)) => *target = Some(Target::DataStream),
                (Some(200..=299), Some(false)) => *target = Some(Target::Index),
                (Some(404), _) if target.is_none() => *target = Some(Target::Missing),
                _ => continue,
            }
        }
    }

    fn shrink(&self, items: &[Item]) {
        let bytes: usize = items.iter().map(Item::len).sum();
        if items.len() > 1 {
            self.max_body_bytes.fetch_min((bytes / 2).max(MIN_BODY), Ordering::Relaxed);
        }
    }
}

impl Refusal {
    /// The outcome of `count` items that are not split any further.
    fn outcome(self, count: usize) -> ItemOutcome {
        match self {
            // Smaller bodies are tried next time.
            Self::TooLarge if count > 1 => ItemOutcome::Retry(RetryReason::Request),
            Self::TooLarge => ItemOutcome::Rejected(ErrorType::ours("too_large")),
            Self::Nonsense(error) => ItemOutcome::Rejected(error),
            Self::Fault(_) => ItemOutcome::Retry(RetryReason::Request),
        }
    }
}

fn plain(items: &[Item], bytes: usize) -> Bytes {
    let mut body = Vec::with_capacity(bytes);
    lines(items).for_each(|lines| body.extend_from_slice(lines));
    body.into()
}

fn lines(items: &[Item]) -> impl Iterator<Item = &[u8]> {
    items.iter().map(|item| &*item.lines)
}
