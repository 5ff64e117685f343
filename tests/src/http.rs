//! A small HTTP client for the tests: base URL, credentials and a certificate authority, answers as JSON.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::Method;
use serde_json::Value;

/// One server, seen by one user.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    base: String,
    user: Option<(String, String)>,
    headers: Vec<(String, String)>,
}

/// What a server said.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub text: String,
}

impl Http {
    /// A client of `base`, which has no slash at its end.
    ///
    /// # Errors
    /// The certificate authority's file cannot be used.
    pub fn new(base: impl Into<String>, ca_file: Option<&Path>) -> Result<Self> {
        // Another test may have been quicker; it installed the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        // Each test has a runtime of its own, and a connection must not outlive the one it was made in.
        let mut builder = reqwest::Client::builder().pool_max_idle_per_host(0);
        builder = builder.timeout(Duration::from_secs(60)).no_proxy();
        if let Some(file) = ca_file {
            let pem = std::fs::read(file).with_context(|| format!("failed to read {}", file.display()))?;
            builder = builder.tls_certs_only([reqwest::Certificate::from_pem(&pem)?]);
        } else {
            builder = builder.tls_certs_only([]);
        }
        Ok(Self { client: builder.build()?, base: base.into(), user: None, headers: Vec::new() })
    }

    /// The same server, seen by somebody.
    #[must_use]
    pub fn as_user(&self, name: &str, password: &str) -> Self {
        Self { user: Some((name.to_owned(), password.to_owned())), ..self.clone() }
    }

    /// The same, with one more header on every request.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// GET.
    ///
    /// # Errors
    /// No answer came.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, "application/json", String::new()).await
    }

    /// PUT.
    ///
    /// # Errors
    /// No answer came.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::PUT, path, "application/json", body.to_string()).await
    }

    /// PUT of a role, a mapping or a user. All of a kind are one document: where another test changes it at the same time,
    /// it is tried again.
    ///
    /// # Errors
    /// The node refuses for another reason, or again and again.
    pub async fn put_security(&self, path: &str, body: &Value) -> Result<Answer> {
        for _ in 0..50 {
            let answer = self.put(path, body).await?;
            if answer.status != 409 {
                return answer.ok();
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        self.put(path, body).await?.ok()
    }

    /// POST.
    ///
    /// # Errors
    /// No answer came.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::POST, path, "application/json", body.to_string()).await
    }

    /// DELETE.
    ///
    /// # Errors
    /// No answer came.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.send(Method::DELETE, path, "application/json", String::new()).await
    }

    /// Any request.
    ///
    /// # Errors
    /// No answer came.
    pub async fn send(&self, method: Method, path: &str, content_type: &str, body: String) -> Result<Answer> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some((name, password)) = &self.user {
            request = request.basic_auth(name, Some(password));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !body.is_empty() {
            request = request.header("content-type", content_type).body(body);
        }
        let response = request.send().await?;
        Ok(Answer { status: response.status().as_u16(), text: response.text().await? })
    }
}

impl Answer {
    /// The answer, if its status is below 300.
    ///
    /// # Errors
    /// It is not.
    pub fn ok(self) -> Result<Self> {
        if self.status >= 300 {
            bail!("answered {}: {}", self.status, self.text);
        }
        Ok(self)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is something else.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.text).with_context(|| format!("not JSON: {}", self.text))
    }
}
