//! The cluster, through the `opensearch` crate.
//!
//! Its own TLS features bring another TLS stack. Without them it uses reqwest's default one, which is ours, and which
//! trusts what the system trusts; another authority is named by an environment variable that has to be set before the
//! process starts.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use opensearch::OpenSearch;
use opensearch::auth::Credentials;
use opensearch::http::headers::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use opensearch::http::transport::{SingleNodeConnectionPool, TransportBuilder};
use opensearch::http::{Method, Url};
use serde_json::Value;
use telesieve_aws::{Keys, Scope, Source, region_of, sign};
use telesieve_config::{AwsService, Credential};

use super::request::Request;

/// Names the file of authorities to trust; read by the TLS stack.
const TRUST_VARIABLE: &str = "SSL_CERT_FILE";

/// The first release that knows `flat_object`.
const OLDEST: (u32, u32) = (2, 7);

/// The security plugin keeps all roles in one document, and all mappings in another: whoever changes one of them at the
/// same time as somebody else another one is refused, and has to ask again.
const SECURITY: &str = "/_plugins/_security/";
const TRIES: u32 = 5;
const CONFLICT: Duration = Duration::from_millis(200);

const JSON: &str = "application/json";
const NO_CLIENT: &str = "failed to create an HTTP client";
const NO_KEYS: &str = "requests must be signed (`sigv4`), but the environment contains no keys: set AWS_ACCESS_KEY_ID, \
     AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, as `aws configure export-credentials --format env` prints them, of \
     somebody who may change the cluster; or give --username";

/// A cluster that answers as somebody who may change it.
pub(super) struct Cluster {
    client: OpenSearch,
    signer: Option<Signer>,
}

/// What a cluster says of a policy.
pub(super) enum Policy {
    /// It knows no policies.
    Unsupported,
    Missing,
    There {
        description: Value,
        /// Which version it is, as the query of a request that replaces this one and no other.
        version: String,
    },
}

/// Signs requests, where the configuration says so.
struct Signer {
    keys: Keys,
    service: AwsService,
    region: String,
    /// As in the `Host` header.
    host: String,
    /// Of the URL, without a slash at the end.
    path: String,
}

impl Cluster {
    /// Makes a client; nothing is sent yet.
    pub(super) fn connect(config: &telesieve_config::OpenSearch) -> Result<Self> {
        if let Some(file) = &config.ca_file {
            trust(file)?;
        }
        // An error means that there is a provider already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let url =
            Url::parse(&format!("{}/", config.url)).with_context(|| format!("{:?} is not a valid URL", config.url))?;
        let signer = config.sigv4.map(|service| Signer::new(service, config.region.as_deref(), &url)).transpose()?;
        let mut builder = TransportBuilder::new(SingleNodeConnectionPool::new(url)).timeout(Duration::from_secs(30));
        if signer.is_some() {
            return Ok(Self { client: OpenSearch::new(builder.build().context(NO_CLIENT)?), signer });
        }
        if let (Some(name), Some(password)) = (text(config.username.as_ref())?, text(config.password.as_ref())?) {
            builder = builder.auth(Credentials::Basic(name, password));
        }
        if let Some(key) = text(config.api_key.as_ref())? {
            let mut value = HeaderValue::try_from(format!("ApiKey {key}")).context("not an API key")?;
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        Ok(Self { client: OpenSearch::new(builder.build().context(NO_CLIENT)?), signer })
    }

    /// Whether it is a collection of OpenSearch Serverless, which has no version and no data streams.
    pub(super) fn is_serverless(&self) -> bool {
        self.signer.as_ref().is_some_and(|signer| signer.service == AwsService::Aoss)
    }

    /// The server's version, if telesieve can use it.
    pub(super) async fn version(&self) -> Result<String> {
        if self.is_serverless() {
            return Ok("Serverless".to_owned());
        }
        let answer = self.call(Method::Get, "/", None).await?.found()?;
        let version = answer["version"]["number"].as_str().unwrap_or_default().to_owned();
        if answer["version"]["distribution"] != "opensearch" {
            bail!("this is not OpenSearch: it reports version {version:?} of {}", answer["version"]["distribution"]);
        }
        let mut numbers = version.split('.').filter_map(|number| number.parse::<u32>().ok());
        if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST {
            bail!(
                "OpenSearch {version} is too old: {}.{} is the first version with flat_object fields",
                OLDEST.0,
                OLDEST.1
            );
        }
        Ok(version)
    }

    /// The digest that an earlier setup left in an index or component template; empty if it is somebody else's.
    pub(super) async fn template_digest(&self, path: &str) -> Result<Option<String>> {
        let Some(answer) = self.call(Method::Get, path, None).await?.optional()? else { return Ok(None) };
        let kinds = [("index_templates", "index_template"), ("component_templates", "component_template")];
        let found = kinds.map(|(list, one)| &answer[list][0][one]["_meta"]["digest"]);
        Ok(Some(found.into_iter().find_map(Value::as_str).unwrap_or_default().to_owned()))
    }

    /// What there is at a path.
    pub(super) async fn get(&self, path: &str) -> Result<Option<Value>> {
        self.call(Method::Get, path, None).await?.optional()
    }

    /// The policy at a path.
    pub(super) async fn policy(&self, path: &str) -> Result<Policy> {
        let answer = self.call(Method::Get, path, None).await?;
        if answer.status == 400 && answer.text.contains("no handler found") {
            return Ok(Policy::Unsupported);
        }
        Ok(answer.optional()?.map_or(Policy::Missing, |body| Policy::There {
            description: body["policy"]["description"].clone(),
            version: format!("if_primary_term={}&if_seq_no={}", body["_primary_term"], body["_seq_no"]),
        }))
    }

    /// Whether there is a data stream (`true`) or an index (`false`) of that name, or neither.
    pub(super) async fn kind(&self, index: &str) -> Result<Option<bool>> {
        let stream = match self.is_serverless() {
            true => None,
            false => self.call(Method::Get, &format!("/_data_stream/{index}"), None).await?.optional()?,
        };
        if stream.is_some_and(|answer| answer["data_streams"].as_array().is_some_and(|list| !list.is_empty())) {
            return Ok(Some(true));
        }
        let settings = self.call(Method::Get, &format!("/{index}/_settings"), None).await?.optional()?;
        Ok(settings.map(|_| false))
    }

    /// Sends a request; the cluster has to accept it.
    pub(super) async fn send(&self, request: &Request) -> Result<()> {
        let mut answer = self.call(Method::Put, &request.path, Some(&request.body)).await?;
        for _ in 0..TRIES {
            if answer.status != 409 || !request.path.starts_with(SECURITY) {
                break;
            }
            tokio::time::sleep(CONFLICT).await;
            answer = self.call(Method::Put, &request.path, Some(&request.body)).await?;
        }
        answer.found().map(drop)
    }

    /// Posts something; the cluster has to accept it.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::Post, path, Some(body)).await?.found()
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let text = body.map(Value::to_string);
        let word = match method {
            Method::Get => "GET",
            Method::Post => "POST",
            _ => "PUT",
        };
        let headers = match &self.signer {
            Some(signer) => signer.headers(word, path, text.as_deref().unwrap_or_default())?,
            None => HeaderMap::new(),
        };
        let sent = self.client.send(method, path, headers, None::<&()>, text, None).await;
        let response = sent.map_err(|error| explain(&error))?;
        let status = response.status_code().as_u16();
        let text = response.text().await.map_err(|error| explain(&error))?;
        Ok(Answer { asked: format!("{word} {path}"), status, text })
    }
}

impl Signer {
    fn new(service: AwsService, region: Option<&str>, url: &Url) -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let Ok(Source::Environment(keys)) = Source::find(variable) else { bail!(NO_KEYS) };
        let name = url.host_str().unwrap_or_default();
        let region = region.or_else(|| region_of(name)).map(str::to_owned);
        let region = region.or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
        Ok(Self {
            keys,
            service,
            region: region.context("no AWS region: set `opensearch.region` or AWS_REGION")?,
            host: url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}")),
            path: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// The headers of a request, `now` being the time.
    fn headers(&self, method: &str, path: &str, body: &str) -> Result<HeaderMap> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = format!("{}{path}", self.path);
        let request = telesieve_aws::Request {
            method,
            host: &self.host,
            path: &path,
            query,
            headers: &[("content-type", JSON)],
            body: body.as_bytes(),
        };
        let scope = Scope { region: &self.region, service: self.service.as_str() };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        for (name, value) in sign(&request, scope, &self.keys, i64::try_from(now.as_millis())?) {
            let mut value = HeaderValue::try_from(value.expose())
                .context("the key contains characters that an HTTP header cannot hold")?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }
}

/// A credential that stands in the configuration. Those that are kept elsewhere are the extension's, and open too little.
pub(super) fn text(credential: Option<&Credential>) -> Result<Option<String>> {
    match credential {
        Some(Credential::Kept(reference)) => bail!(
            "setup does not read {reference}, which is for the extension: pass --username and TELESIEVE_OPENSEARCH_PASSWORD of a user that may change the cluster"
        ),
        Some(Credential::Text(text)) => Ok(Some(text.expose().to_owned())),
        None => Ok(None),
    }
}

/// What the cluster said.
struct Answer {
    asked: String,
    status: u16,
    text: String,
}

impl Answer {
    /// The body, or `None` if there is no such thing.
    fn optional(self) -> Result<Option<Value>> {
        if self.status == 404 { Ok(None) } else { self.found().map(Some) }
    }

    fn found(self) -> Result<Value> {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        match self.status {
            200..300 => Ok(body),
            401 => bail!(
                "authentication failed: HTTP 401 for {}: set TELESIEVE_OPENSEARCH_USERNAME and TELESIEVE_OPENSEARCH_PASSWORD to a user of the cluster",
                self.asked
            ),
            403 => bail!("access denied: HTTP 403 for {}: {}", self.asked, reason(&body)),
            status => bail!("HTTP {status} for {}: {}", self.asked, reason(&body)),
        }
    }
}

fn reason(body: &Value) -> &str {
    let reasons = [&body["error"]["root_cause"][0]["reason"], &body["error"]["reason"], &body["message"]];
    reasons.into_iter().find_map(Value::as_str).unwrap_or("no reason given")
}

/// The causes matter here: that of a refused connection or certificate comes last.
fn explain(error: &opensearch::Error) -> anyhow::Error {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    anyhow::anyhow!("failed to reach the cluster: {text}")
}

/// Starts this very command again with the file as what is trusted, unless that has happened.
fn trust(file: &Path) -> Result<()> {
    if std::env::var_os(TRUST_VARIABLE).is_some_and(|trusted| trusted == file.as_os_str()) {
        return Ok(());
    }
    if !file.is_file() {
        bail!("file not found: {}", file.display());
    }
    let program = std::env::current_exe().context("failed to locate this program")?;
    let mut again = Command::new(program);
    again.args(std::env::args_os().skip(1)).env(TRUST_VARIABLE, file).env_remove("SSL_CERT_DIR");
    Err(again.exec()).context("failed to restart with another certificate authority")
}
