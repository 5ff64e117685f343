//! How a request introduces us: with what it has already, with secrets that are kept elsewhere, or with a signature that is
//! made for each try.
//!
//! Nothing is fetched before the first request, because a cold start must not wait for it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Request, Url};
use telesieve_aws::{Keys, Scope, canonical_query, region_of, sign};
use telesieve_config::{Credential, Secret};
use tokio::time::Instant;

use crate::endpoint::{api_key, basic};
use crate::retry_after::now;
use crate::{Aws, AwsFault, Fault, SetupError};

/// Headers besides `host` that are signed, if they are there.
const SIGNED: [&str; 2] = ["content-type", "x-amz-target"];

/// AWS refuses signatures that are off by five minutes. A server's clock that is further away than this is believed.
const MAX_SKEW_MS: i64 = 4 * 60_000;

/// See the module's documentation.
#[derive(Debug)]
pub(crate) enum Login {
    /// The headers say it all.
    Given,
    /// The `Authorization` header is made of secrets that are kept elsewhere.
    Kept(Kept),
    /// Signature Version 4.
    Signed(Signature),
}

/// What a header is made of when it is needed.
#[derive(Debug)]
pub(crate) struct Kept {
    aws: Aws,
    who: Who,
    /// What was sent last: marked as not to be printed.
    sent: Mutex<Option<HeaderValue>>,
}

/// Whom we say that we are.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    Nobody,
    Basic { username: Credential, password: Option<Credential> },
    ApiKey(Credential),
}

/// What a signature is made with.
#[derive(Debug)]
pub(crate) struct Signature {
    aws: Aws,
    service: &'static str,
    region: Option<String>,
    /// How far the servers' clock is ahead of ours.
    skew_ms: AtomicI64,
}

impl Who {
    /// Basic authentication, if a user name is configured.
    pub(crate) fn basic(username: Option<&Credential>, password: Option<&Credential>) -> Self {
        username
            .map_or(Self::Nobody, |username| Self::Basic { username: username.clone(), password: password.cloned() })
    }

    fn parts(&self) -> [Option<&Credential>; 2] {
        match self {
            Self::Nobody => [None, None],
            Self::Basic { username, password } => [Some(username), password.as_ref()],
            Self::ApiKey(key) => [Some(key), None],
        }
    }

    /// The header, made of the texts of the parts.
    fn header(&self, first: &str, second: &str) -> Result<Option<HeaderValue>, SetupError> {
        match self {
            Self::Nobody => Ok(None),
            Self::Basic { .. } => basic(first, second).map(Some),
            Self::ApiKey(_) => api_key(first).map(Some),
        }
    }
}

impl Login {
    /// The header to send with every request, if it can be made now, and how to introduce ourselves if it cannot.
    pub(crate) fn of(who: Who, aws: &Aws) -> Result<(Option<HeaderValue>, Self), SetupError> {
        let parts = who.parts();
        if parts.into_iter().flatten().all(|part| part.text().is_some()) {
            let [first, second] = parts.map(|part| part.and_then(Credential::text).map_or("", Secret::expose));
            return Ok((who.header(first, second)?, Self::Given));
        }
        Ok((None, Self::Kept(Kept { aws: aws.clone(), who, sent: Mutex::default() })))
    }

    /// Signs for the region of `region`, of the host name, or of the function, in this order.
    pub(crate) fn signed(aws: &Aws, service: &'static str, region: Option<&str>, host: &str) -> Self {
        let region = region.or_else(|| region_of(host)).or_else(|| aws.region()).map(str::to_owned);
        Self::Signed(Signature { aws: aws.clone(), service, region, skew_ms: AtomicI64::new(0) })
    }

    /// Forgets what was fetched.
    pub(crate) fn forget(&self) {
        match self {
            Self::Given => {}
            Self::Kept(kept) => kept.aws.forget(),
            Self::Signed(signature) => signature.aws.forget(),
        }
    }

    /// Adds to a request what makes the server let us in.
    pub(crate) async fn introduce(&self, request: &mut Request, body: &Bytes, until: Instant) -> Result<(), Fault> {
        match self {
            Self::Given => Ok(()),
            Self::Kept(kept) => {
                let header = kept.header(until).await?;
                kept.sent().clone_from(&header);
                if let Some(header) = header {
                    request.headers_mut().insert(AUTHORIZATION, header);
                }
                Ok(())
            }
            Self::Signed(signature) => {
                let keys = signature.aws.keys(until).await?;
                signature.put(request, body, &keys)
            }
        }
    }

    /// We were not let in: looks for something else to say. `date_ms` is the server's clock.
    pub(crate) async fn renew(&self, date_ms: Option<i64>, until: Instant) -> bool {
        match self {
            Self::Given => false,
            Self::Kept(kept) => kept.renew(until).await,
            Self::Signed(signature) => signature.set_clock(date_ms) || signature.aws.renew_keys(until).await,
        }
    }
}

impl Kept {
    async fn header(&self, until: Instant) -> Result<Option<HeaderValue>, AwsFault> {
        let mut texts = [Secret::default(), Secret::default()];
        for (part, text) in self.who.parts().into_iter().zip(&mut texts) {
            if let Some(part) = part {
                *text = self.aws.credential(part, until).await?;
            }
        }
        self.who.header(texts[0].expose(), texts[1].expose()).map_err(|_| AwsFault::Unusable)
    }

    /// Whether there is something else to say than what was said last: another sink may have found out before us.
    async fn renew(&self, until: Instant) -> bool {
        for part in self.who.parts().into_iter().flatten() {
            self.aws.reread(part, until).await;
        }
        let header = self.header(until).await;
        header.is_ok_and(|header| header != *self.sent())
    }

    fn sent(&self) -> MutexGuard<'_, Option<HeaderValue>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Signature {
    fn put(&self, request: &mut Request, body: &Bytes, keys: &Keys) -> Result<(), Fault> {
        let region = self.region.as_deref().ok_or(AwsFault::NoRegion)?;
        if let Some(query) = request.url().query().map(canonical_query) {
            request.url_mut().set_query(Some(&query));
        }
        let (url, headers) = (request.url(), request.headers());
        let signed: Vec<(&str, &str)> =
            SIGNED.iter().filter_map(|name| Some((*name, headers.get(*name)?.to_str().ok()?))).collect();
        let to_sign = telesieve_aws::Request {
            method: request.method().as_str(),
            host: &host_header(url),
            path: url.path(),
            query: url.query().unwrap_or_default(),
            headers: &signed,
            body,
        };
        let now_ms = now().saturating_add(self.skew_ms.load(Ordering::Relaxed));
        for (name, value) in sign(&to_sign, Scope { region, service: self.service }, keys, now_ms) {
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| AwsFault::Unusable)?;
            value.set_sensitive(true);
            request.headers_mut().insert(name, value);
        }
        Ok(())
    }

    /// Follows the server's clock if ours is so far away that our signatures are refused for it.
    fn set_clock(&self, date_ms: Option<i64>) -> bool {
        let Some(skew) = date_ms.map(|date| date.saturating_sub(now())) else { return false };
        let is_far = skew.saturating_sub(self.skew_ms.load(Ordering::Relaxed)).saturating_abs() > MAX_SKEW_MS;
        if is_far {
            self.skew_ms.store(skew, Ordering::Relaxed);
        }
        is_far
    }
}

/// The `Host` header that the client will write.
fn host_header(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn ports_of_the_scheme_are_left_out_of_the_host() {
        for (url, host) in [
            ("https://a.example:443/", "a.example"),
            ("https://a.example:9200/", "a.example:9200"),
            ("http://[::1]:9200/", "[::1]:9200"),
            ("http://[::1]/", "[::1]"),
        ] {
            assert_eq!(host_header(&Url::parse(url).unwrap()), host);
        }
    }
}
