//! The Extensions and Telemetry APIs as their client sees them: register, subscribe, next.
//!
//! One connection serves all calls, one after the other; a call that finds it broken opens another. No call has a read
//! timeout, because the sandbox may be frozen for hours in the middle of one. Which answers mean what is decided here;
//! what to do about them is the life cycle's business.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response, StatusCode, body::Incoming, header};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;

/// Answers of the API are short; a longer one is not from Lambda.
const MAX_ANSWER_BYTES: usize = 1 << 20;

const IDENTIFIER: &str = "Lambda-Extension-Identifier";

/// A call that did not go through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// No connection, or it broke.
    #[error("connection to the Runtime API failed")]
    Connect(#[source] std::io::Error),
    /// The exchange broke off.
    #[error("connection to the Runtime API lost")]
    Exchange(#[source] hyper::Error),
    /// The request could not be made of what the environment says.
    #[error("invalid Runtime API address or extension name")]
    Request(#[source] hyper::http::Error),
    /// The answer was longer than any answer of the API, or ended early.
    #[error("invalid response from the Runtime API")]
    Answer,
    /// An error status.
    #[error("the Runtime API responded with HTTP {status} {kind}")]
    Refused {
        /// The status.
        status: StatusCode,
        /// `errorType` of the answer.
        kind: String,
    },
}

impl CallError {
    /// Whether the API understood the call and said no: the same call will not do better.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if status.is_client_error())
    }

    /// Whether the refusal is of this type.
    pub(crate) fn is_of_type(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { kind, .. } if kind == wanted)
    }
}

/// What the register call answers. Nothing of it is certain but the identifier.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Registration {
    #[serde(skip)]
    pub(crate) identifier: String,
    pub(crate) function_name: String,
    pub(crate) function_version: String,
    pub(crate) account_id: String,
}

/// What the next call answers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NextEvent {
    pub(crate) event_type: String,
    pub(crate) deadline_ms: i64,
    pub(crate) request_id: String,
    pub(crate) invoked_function_arn: String,
    pub(crate) shutdown_reason: String,
    pub(crate) tracing: Option<Tracing>,
}

/// The trace header of an invocation.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tracing {
    pub(crate) value: String,
}

/// What became of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subscription {
    /// Events will come.
    Delivering,
    /// It was accepted by something that never delivers, as local emulators do.
    Silent,
}

/// The client.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    authority: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl RuntimeApi {
    /// `authority` is the value of `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) fn new(authority: &str) -> Self {
        let authority = authority.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { authority, connection: None }
    }

    /// Registers for `events`, under the file name of the executable.
    pub(crate) async fn register(&mut self, name: &str, events: &[&str]) -> Result<Registration, CallError> {
        let body = serde_json::json!({ "events": events }).to_string();
        let request = self
            .request("POST", "/2020-01-01/extension/register")
            .header("Lambda-Extension-Name", name)
            .header("Lambda-Extension-Accept-Feature", "accountId")
            .header(header::CONTENT_TYPE, "application/json");
        let response = self.call(request, body).await?;
        let identifier = response.headers().get(IDENTIFIER).and_then(|value| value.to_str().ok());
        let identifier = identifier.unwrap_or_default().to_owned();
        let body = success(response).await?.1;
        let registration: Registration = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Registration { identifier, ..registration })
    }

    /// Subscribes to telemetry. The path's version is fixed; only the schema version of the body moves.
    pub(crate) async fn subscribe(&mut self, identifier: &str, body: String) -> Result<Subscription, CallError> {
        let request = self
            .request("PUT", "/2022-07-01/telemetry")
            .header(IDENTIFIER, identifier)
            .header(header::CONTENT_TYPE, "application/json");
        let response = self.call(request, body).await?;
        let (status, _) = success(response).await?;
        Ok(if status == StatusCode::ACCEPTED { Subscription::Silent } else { Subscription::Delivering })
    }

    /// Says that the extension is done, and waits for what comes next.
    pub(crate) async fn next(&mut self, identifier: &str) -> Result<NextEvent, CallError> {
        let request = self.request("GET", "/2020-01-01/extension/event/next").header(IDENTIFIER, identifier);
        let response = self.call(request, String::new()).await?;
        let (_, body) = success(response).await?;
        serde_json::from_slice(&body).map_err(|_| CallError::Answer)
    }

    fn request(&self, method: &str, path: &str) -> hyper::http::request::Builder {
        Request::builder().method(method).uri(path).header(header::HOST, &self.authority)
    }

    async fn call(
        &mut self,
        request: hyper::http::request::Builder,
        body: String,
    ) -> Result<Response<Incoming>, CallError> {
        let request = request.body(Full::new(Bytes::from(body))).map_err(CallError::Request)?;
        let mut connection = match self.connection.take() {
            Some(connection) if !connection.is_closed() => connection,
            _ => connect(&self.authority).await?,
        };
        if connection.ready().await.is_err() {
            connection = connect(&self.authority).await?;
        }
        let response = connection.send_request(request).await.map_err(CallError::Exchange)?;
        self.connection = Some(connection);
        Ok(response)
    }
}

async fn connect(authority: &str) -> Result<SendRequest<Full<Bytes>>, CallError> {
    let stream = TcpStream::connect(authority).await.map_err(CallError::Connect)?;
    stream.set_nodelay(true).map_err(CallError::Connect)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(CallError::Exchange)?;
    tokio::spawn(async move {
        // How it ends is seen by the call that uses it.
        let _ = connection.await;
    });
    Ok(sender)
}

async fn success(response: Response<Incoming>) -> Result<(StatusCode, Bytes), CallError> {
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await.map_err(|_| CallError::Answer)?;
    let body = body.to_bytes();
    if status.is_success() { Ok((status, body)) } else { Err(CallError::Refused { status, kind: error_type(&body) }) }
}

/// `errorType` of an error answer, as far as it is a plain word: answers are not ours to print.
fn error_type(body: &[u8]) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Refusal {
        error_type: String,
    }
    let word =
        |text: &String| text.len() <= 80 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.error_type).ok().filter(word).unwrap_or_default()
}
