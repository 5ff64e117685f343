//! What stands in for AWS: `moto` for its services, `botocore` for its signatures.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use xtask::tools;

use crate::http::Http;
use crate::process::{Process, folder, free_port};

/// A server that answers for Secrets Manager and Parameter Store. It takes every signature for good.
#[derive(Debug)]
pub struct Moto {
    /// Base URL of every service.
    pub url: String,
    process: Process,
}

impl Moto {
    /// One for all tests.
    ///
    /// # Panics
    /// It cannot be started.
    pub async fn shared() -> &'static Self {
        static MOTO: OnceCell<Moto> = OnceCell::const_new();
        MOTO.get_or_init(async || Self::start().await.expect("moto starts")).await
    }

    async fn start() -> Result<Self> {
        let (folder, port) = (folder("moto")?, free_port());
        let mut command = Command::new(tools::aws()?.join("moto_server"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let process = Process::start("moto", &folder, &command)?;
        let moto = Self { url: format!("http://127.0.0.1:{port}"), process };
        let http = Http::new(&moto.url, None)?;
        let up = async || http.get("/moto-api/data.json").await.is_ok_and(|answer| answer.status == 200);
        moto.process.ready(up).await?;
        Ok(moto)
    }

    /// Makes a secret and returns its ARN.
    ///
    /// # Errors
    /// It is there already.
    pub async fn make_secret(&self, name: &str, text: &str) -> Result<String> {
        let made = self.call("secretsmanager.CreateSecret", &json!({"Name": name, "SecretString": text})).await?;
        Ok(made["ARN"].as_str().context("the answer has no ARN")?.to_owned())
    }

    /// Changes a secret, as a rotation does at its end.
    ///
    /// # Errors
    /// There is none.
    pub async fn change_secret(&self, name: &str, text: &str) -> Result<()> {
        self.call("secretsmanager.PutSecretValue", &json!({"SecretId": name, "SecretString": text})).await?;
        Ok(())
    }

    /// Makes an encrypted parameter.
    ///
    /// # Errors
    /// It is there already.
    pub async fn make_parameter(&self, name: &str, text: &str) -> Result<()> {
        let parameter = json!({"Name": name, "Value": text, "Type": "SecureString"});
        self.call("AmazonSSM.PutParameter", &parameter).await?;
        Ok(())
    }

    async fn call(&self, target: &str, body: &Value) -> Result<Value> {
        // It finds out which service is meant by what the request was signed for.
        let service = if target.starts_with("AmazonSSM") { "ssm" } else { "secretsmanager" };
        let credential = format!("test/20260302/eu-central-1/{service}/aws4_request");
        let http = Http::new(&self.url, None)?
            .with_header("x-amz-target", target)
            .with_header("authorization", &format!("AWS4-HMAC-SHA256 Credential={credential}, Signature=x"));
        let answer = http.send(reqwest::Method::POST, "/", "application/x-amz-json-1.1", body.to_string()).await?;
        answer.ok()?.json()
    }
}

/// A request as it was received.
#[derive(Clone, Debug)]
pub struct SignedRequest {
    /// Such as `POST`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As it was sent.
    pub body: Vec<u8>,
}

impl SignedRequest {
    /// Every request in the bytes of connections that came one after the other.
    #[must_use]
    pub fn all_in(wire: &[u8]) -> Vec<Self> {
        let starts = |at: &usize| [&b"POST /"[..], b"PUT /", b"GET /"].iter().any(|head| wire[*at..].starts_with(head));
        (0..wire.len()).filter(starts).filter_map(|at| Self::read(&wire[at..])).collect()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let (first, rest) = head.split_once("\r\n")?;
        let mut words = first.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let mut request =
            Self { method, target, headers: rest.split("\r\n").filter_map(header).collect(), body: vec![] };
        let length: usize = request.header("content-length").unwrap_or("0").parse().ok()?;
        request.body = bytes.get(end + 4..end + 4 + length)?.to_vec();
        Some(request)
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// The `Authorization` header that botocore would send with a request, at the time that the request has.
///
/// # Errors
/// The request has no time, or Python fails.
pub fn botocore_authorization(
    request: &SignedRequest,
    service: &str,
    region: &str,
    (key, secret, token): (&str, &str, &str),
) -> Result<String> {
    let host = request.header("host").context("there is no host")?;
    let headers: Value = request.header("content-type").map(|kind| json!({"Content-Type": kind})).unwrap_or_default();
    let body: String = request.body.iter().map(|byte| format!("{byte:02x}")).collect();
    let asked = json!({
        "method": request.method,
        "url": format!("http://{host}{}", request.target),
        "headers": headers,
        "body": body,
        "time": request.header("x-amz-date").context("there is no time")?,
        "service": service, "region": region, "key": key, "secret": secret, "token": token,
    });
    let script = xtask::paths::root().join("tests/servers/botocore/authorization.py");
    let mut python = Command::new(tools::aws()?.join("python3"));
    let mut python = python.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    python.stdin.take().context("it reads")?.write_all(asked.to_string().as_bytes())?;
    let output = python.wait_with_output()?;
    if !output.status.success() {
        bail!("botocore: {}", output.status);
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
