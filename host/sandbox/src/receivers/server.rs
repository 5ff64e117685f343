//! The HTTP side that both receivers share: a port of its own, faults, and the wire.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::fault::Fault;
use super::wire::{Tapped, Wire};

const HTML: &str = "<!DOCTYPE html><html><body><h1>Welcome</h1>Please sign in.</body></html>";

/// A request that has arrived in full.
pub(super) struct Received {
    pub(super) method: String,
    pub(super) path: String,
    /// Without its question mark.
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    /// Decompressed.
    pub(super) body: Bytes,
    pub(super) fault: Fault,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Status, content type and body.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: body.into() }
    }

    pub(super) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, content_type: "application/json; charset=UTF-8", body: body.to_string() }
    }

    fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(self.body)));
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        let content_type = hyper::header::HeaderValue::from_static(self.content_type);
        response.headers_mut().insert(hyper::header::CONTENT_TYPE, content_type);
        response
    }
}

/// What a receiver does with a request.
pub(super) trait Handler: Send + Sync + 'static {
    fn handle(&self, request: &Received) -> Answer;
}

/// A running server. It stops when this is dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) wire: Wire,
    fault: watch::Sender<Fault>,
    cuts: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(handler: Arc<impl Handler>) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("failed to bind a receiver")?;
        let address = listener.local_addr()?;
        let (fault, cuts, wire) = (watch::Sender::new(Fault::None), watch::Sender::new(0), Wire::default());
        let door = Door { handler, wire: wire.clone(), fault: fault.subscribe(), cuts: cuts.subscribe() };
        let task = tokio::spawn(door.serve(listener, address));
        Ok(Self { address, wire, fault, cuts, task })
    }

    /// Sets the fault. Connections of before are cut when nobody is to listen any more.
    pub(super) fn set_fault(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Cuts every connection.
    pub(super) fn cut(&self) {
        self.cuts.send_modify(|number| *number += 1);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Door<H> {
    handler: Arc<H>,
    wire: Wire,
    fault: watch::Receiver<Fault>,
    cuts: watch::Receiver<u64>,
}

impl<H: Handler> Door<H> {
    async fn serve(mut self, listener: TcpListener, address: SocketAddr) {
        let mut listener = Some(listener);
        let mut connections = JoinSet::new();
        loop {
            if *self.fault.borrow_and_update() == Fault::Refuse {
                listener = None;
                connections.abort_all();
            } else if listener.is_none() {
                listener = TcpListener::bind(address).await.ok();
            }
            let accept = async {
                match &listener {
                    Some(listener) => listener.accept().await.ok(),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some((stream, _)) = accept => drop(connections.spawn(self.connection(stream))),
                Ok(()) = self.fault.changed() => {}
                Ok(()) = self.cuts.changed() => connections.abort_all(),
                Some(_) = connections.join_next() => {}
            }
        }
    }

    fn connection(&self, stream: TcpStream) -> impl Future<Output = ()> + use<H> {
        let (handler, wire, fault) = (self.handler.clone(), self.wire.clone(), self.fault.clone());
        let _slower = stream.set_nodelay(true);
        let io = TokioIo::new(Tapped { stream, wire: wire.clone() });
        async move {
            let service = service_fn(|request| answer(&*handler, &wire, &fault, request));
            let _hung_up = http1::Builder::new().serve_connection(io, service).await;
        }
    }
}

/// An error closes the connection without an answer.
async fn answer(
    handler: &impl Handler,
    wire: &Wire,
    fault: &watch::Receiver<Fault>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let fault = *fault.borrow();
    let body = match decompress(&head.headers, &body) {
        Ok(None) => body,
        Ok(Some(plain)) => {
            wire.add(&plain);
            plain.into()
        }
        Err(error) => return Ok(Answer::text(400, format!("broken gzip: {error}")).into_response()),
    };
    let (method, path) = (head.method.to_string(), head.uri.path().to_owned());
    let query = head.uri.query().unwrap_or_default().to_owned();
    let received = Received { method, path, query, headers: head.headers, body, fault };
    Ok(act(handler, &received).await?.into_response())
}

async fn act(handler: &impl Handler, request: &Received) -> Result<Answer> {
    let too_large = |limit: usize| request.body.len() > limit;
    match request.fault {
        Fault::Hang => std::future::pending().await,
        Fault::Close => anyhow::bail!("closed as asked"),
        Fault::CloseAfterWork => {
            handler.handle(request);
            anyhow::bail!("closed as asked")
        }
        Fault::Status(status) => return Ok(Answer::text(status, format!("status {status} as asked\n"))),
        Fault::Html => return Ok(Answer { status: 200, content_type: "text/html", body: HTML.to_owned() }),
        Fault::Unauthorized => return Ok(Answer::text(401, "Unauthorized")),
        Fault::TooLarge(limit) if too_large(limit) => return Ok(Answer::text(413, "Request Entity Too Large")),
        Fault::Slow(time) => tokio::time::sleep(time).await,
        _ => {}
    }
    Ok(handler.handle(request))
}

fn decompress(headers: &HeaderMap, body: &[u8]) -> std::io::Result<Option<Vec<u8>>> {
    if headers.get("content-encoding").is_none_or(|encoding| encoding != "gzip") {
        return Ok(None);
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(body).read_to_end(&mut plain)?;
    Ok(Some(plain))
}
