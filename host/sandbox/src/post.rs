//! Posts one body to a subscriber, and again until it is taken.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::{Body, Frame};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::options::TelemetryOptions;
use crate::subscription::Destination;

/// What became of a body.
pub(crate) struct Outcome {
    pub(crate) status: Option<u16>,
    /// Why it was given up; `None` if it was taken.
    pub(crate) failure: Option<String>,
}

/// A subscriber's address, and perhaps a connection to it.
pub(crate) struct Poster {
    destination: Destination,
    options: TelemetryOptions,
    frozen: watch::Receiver<bool>,
    http: Option<SendRequest<Payload>>,
    tcp: Option<TcpStream>,
}

impl Poster {
    pub(crate) fn new(destination: &Destination, options: &TelemetryOptions, frozen: watch::Receiver<bool>) -> Self {
        Self { destination: destination.clone(), options: options.clone(), frozen, http: None, tcp: None }
    }

    /// Delivers a body: until it is taken if retries are on, else once. Counts the attempts.
    pub(crate) async fn deliver(&mut self, body: &Bytes, attempts: &AtomicU32) -> Outcome {
        let mut pause = self.options.backoff_min;
        loop {
            attempts.fetch_add(1, Ordering::Relaxed);
            let failure = match self.once(body).await {
                Ok(status) if status < 400 => return Outcome { status: Some(status), failure: None },
                Ok(status) => (Some(status), format!("http request failed with status {status}")),
                Err(error) => (None, format!("{error:#}")),
            };
            if !self.options.retry {
                return Outcome { status: failure.0, failure: Some(failure.1) };
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(self.options.backoff_max);
        }
    }

    async fn once(&mut self, body: &Bytes) -> Result<u16> {
        let (mut frozen, limit) = (self.frozen.clone(), self.options.post_timeout);
        let sent = awake(&mut frozen, limit, self.send(body)).await;
        let status = sent.unwrap_or_else(|| bail!("no answer within {limit:?}"));
        if status.is_err() || !self.options.keep_alive {
            (self.http, self.tcp) = (None, None);
        }
        status
    }

    async fn send(&mut self, body: &Bytes) -> Result<u16> {
        match self.destination.clone() {
            Destination::Http { port, path } => self.post(port, &path, body).await,
            Destination::Tcp { port } => self.write(port, body).await,
        }
    }

    async fn write(&mut self, port: u16, body: &Bytes) -> Result<u16> {
        let mut stream = match self.tcp.take() {
            Some(stream) => stream,
            None => connect(port).await?,
        };
        stream.write_all(body).await?;
        self.tcp = Some(stream);
        Ok(200)
    }

    async fn post(&mut self, port: u16, path: &str, body: &Bytes) -> Result<u16> {
        let mut http = match self.http.take().filter(SendRequest::is_ready) {
            Some(http) => http,
            None => open(port).await?,
        };
        let path = if self.options.keep_path { path } else { "/" };
        let status = send(&mut http, port, path, Payload::new(body, self.options.chunked)).await?;
        http.ready().await.ok();
        self.http = Some(http);
        Ok(status)
    }
}

/// Posts raw bytes once, on a connection of their own.
pub(crate) async fn post_raw(port: u16, path: &str, body: &[u8]) -> Result<u16> {
    let mut http = open(port).await?;
    send(&mut http, port, path, Payload::new(&Bytes::copy_from_slice(body), false)).await
}

async fn connect(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.context("failed to connect to the subscriber")?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn open(port: u16) -> Result<SendRequest<Payload>> {
    let (http, connection) = handshake(TokioIo::new(connect(port).await?)).await?;
    tokio::spawn(connection);
    Ok(http)
}

async fn send(http: &mut SendRequest<Payload>, port: u16, path: &str, body: Payload) -> Result<u16> {
    let request = Request::post(path)
        .header("Host", format!("sandbox.localdomain:{port}"))
        .header("Content-Type", "application/json")
        .body(body)?;
    let response = http.send_request(request).await?;
    let status = response.status().as_u16();
    response.into_body().collect().await?;
    Ok(status)
}

/// Runs work with a time limit that stands still in the freezer.
async fn awake<F: Future>(frozen: &mut watch::Receiver<bool>, limit: Duration, work: F) -> Option<F::Output> {
    let mut work = std::pin::pin!(work);
    loop {
        drop(frozen.wait_for(|frozen| !frozen).await);
        tokio::select! {
            output = &mut work => return Some(output),
            () = tokio::time::sleep(limit) => return None,
            Ok(_) = frozen.wait_for(|frozen| *frozen) => {}
        }
    }
}

/// A body with or without a length that is known beforehand.
struct Payload {
    bytes: Full<Bytes>,
    chunked: bool,
}

impl Payload {
    fn new(bytes: &Bytes, chunked: bool) -> Self {
        Self { bytes: Full::new(bytes.clone()), chunked }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.bytes).poll_frame(context)
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        if self.chunked { hyper::body::SizeHint::default() } else { self.bytes.size_hint() }
    }
}
