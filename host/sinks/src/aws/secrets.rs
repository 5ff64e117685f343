//! Secrets that are kept in AWS, each read when it is needed, and shared by everybody who needs it.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use telesieve_aws::{Call, ask, read, select};
use telesieve_config::{Credential, Reference, Secret, Store};
use tokio::time::Instant;

use super::{Aws, AwsFault, LEAST_AGE, exchange, lock};
use crate::http::Outgoing;
use crate::login::Login;

/// Longest time that a request waits for a fresher secret while there is an old one.
const PATIENCE: Duration = Duration::from_millis(500);

/// A secret that is too old and could not be read again is tried again after this.
const RETRY: Duration = Duration::from_secs(30);

/// A secret as a whole.
#[derive(Clone)]
pub(super) struct Held {
    secret: Secret,
    /// When it was read.
    read: Instant,
    /// When to read it again.
    due: Instant,
}

impl Aws {
    /// The texts of credentials by name, for those who need them once, and why the others cannot be had.
    ///
    /// What is kept in one secret is read once. All is asked for before `until`.
    pub async fn texts<'c>(
        &self,
        credentials: impl Iterator<Item = (&'c str, &'c Credential)>,
        until: Instant,
    ) -> (BTreeMap<String, Secret>, Vec<(&'c str, AwsFault)>) {
        let (mut texts, mut faults) = (BTreeMap::new(), Vec::new());
        for (name, credential) in credentials {
            match self.credential(credential, until).await {
                Ok(text) => drop(texts.insert(name.to_owned(), text)),
                Err(fault) => faults.push((name, fault)),
            }
        }
        (texts, faults)
    }

    /// The text of a credential.
    ///
    /// One that is too old is read again, but a service that is down costs no more than a moment now and then.
    pub(crate) async fn credential(&self, credential: &Credential, until: Instant) -> Result<Secret, AwsFault> {
        let reference = match credential {
            Credential::Text(text) => return Ok(text.clone()),
            Credential::Kept(reference) => reference,
        };
        let whole = reference.whole();
        let held = lock(&self.0.secrets).get(&whole).cloned();
        let secret = match held {
            Some(held) if Instant::now() < held.due => held.secret,
            Some(held) => {
                let now = Instant::now();
                self.hold(&whole, Held { due: now + RETRY, ..held.clone() });
                self.fetch(&whole, until.min(now + PATIENCE)).await.unwrap_or(held.secret)
            }
            None => self.fetch(&whole, until).await?,
        };
        self.select(&secret, reference)
    }

    /// Reads a credential again after it was refused, unless that has just happened.
    pub(crate) async fn reread(&self, credential: &Credential, until: Instant) {
        let Credential::Kept(reference) = credential else { return };
        let whole = reference.whole();
        let is_new = lock(&self.0.secrets).get(&whole).is_some_and(|held| held.read.elapsed() < LEAST_AGE);
        if !is_new {
            // If that fails, what is held is still there.
            drop(self.fetch(&whole, until).await);
        }
    }

    fn select(&self, secret: &Secret, reference: &Reference) -> Result<Secret, AwsFault> {
        select(secret, reference.field.as_deref())
            .map_err(|source| AwsFault::Secret { reference: reference.clone(), source })
    }

    fn hold(&self, whole: &Reference, held: Held) {
        lock(&self.0.secrets).insert(whole.clone(), held);
    }

    async fn fetch(&self, whole: &Reference, until: Instant) -> Result<Secret, AwsFault> {
        let region = whole.region.as_deref().or_else(|| self.region()).ok_or(AwsFault::NoRegion)?;
        let call = ask(whole);
        let base = self.base_url(whole.store, &call, region);
        let unreachable = |source| AwsFault::Unreachable { reference: whole.clone(), source };
        let url = Url::parse(&base).map_err(|_| AwsFault::Address { reference: whole.clone() })?;
        let login = Login::signed(self, call.service, Some(region), url.host_str().unwrap_or_default());
        let http = self.http(&base, login)?;
        let outgoing =
            Outgoing { method: Method::POST, url, headers: headers(&call), body: Bytes::from(call.body), once: false };
        let (status, answer) = exchange(http, outgoing, until).await.map_err(unreachable)?;
        let secret = read(whole.store, status, &answer)
            .map_err(|source| AwsFault::Secret { reference: whole.clone(), source })?;
        self.remember(std::iter::once(&secret));
        let now = Instant::now();
        self.hold(whole, Held { secret: secret.clone(), read: now, due: now + self.0.max_age });
        Ok(secret)
    }

    /// Where a service is: as AWS's own tools find it.
    fn base_url(&self, store: Store, call: &Call, region: &str) -> String {
        let own = match store {
            Store::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            Store::ParameterStore => "AWS_ENDPOINT_URL_SSM",
        };
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let configured = self.variable(own).or_else(|| self.variable("AWS_ENDPOINT_URL"));
        configured.map_or_else(|| format!("https://{}.{region}.{domain}", call.service), str::to_owned)
    }
}

fn headers(call: &Call) -> HeaderMap {
    HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1")),
        (HeaderName::from_static("x-amz-target"), HeaderValue::from_static(call.target)),
    ])
}
