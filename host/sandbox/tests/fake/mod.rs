//! A scripted extension inside the test's own process: plain HTTP, no opinion.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const NAME: &str = "fake";
const REGISTER: &str = "/2020-01-01/extension/register";
const NEXT: &str = "/2020-01-01/extension/event/next";

/// An answer of the platform.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) identifier: String,
    pub(crate) body: Value,
}

impl Answer {
    /// Status and `errorType`.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["errorType"].as_str().unwrap_or_default())
    }
}

/// Sends one request on a connection of its own.
pub(crate) async fn call(api: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let stream = TcpStream::connect(api).await.unwrap();
    let (mut http, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let driver = tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header("host", api);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = http.send_request(request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap()).await;
    let (head, body) = response.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    driver.abort();
    let identifier = head.headers.get("lambda-extension-identifier").map(|id| id.to_str().unwrap().to_owned());
    Answer {
        status: head.status.as_u16(),
        identifier: identifier.unwrap_or_default(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}

/// A registered extension.
pub(crate) struct Fake {
    pub(crate) api: String,
    pub(crate) id: String,
    pub(crate) inbox: Inbox,
}

impl Fake {
    pub(crate) async fn register(api: &str, events: &[&str]) -> Self {
        let body = json!({ "events": events }).to_string();
        let answer = call(api, "POST", REGISTER, &[("Lambda-Extension-Name", NAME)], &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        Self { api: api.to_owned(), id: answer.identifier, inbox: Inbox::open().await }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        call(&self.api, method, path, &[("Lambda-Extension-Identifier", &self.id)], body).await
    }

    /// Subscribes to everything and expects to be welcome.
    pub(crate) async fn subscribe(&self) {
        let answer = self.call("PUT", "/2022-07-01/telemetry", &self.subscription("2025-01-29")).await;
        assert_eq!((answer.status, answer.body), (200, json!("OK")));
    }

    pub(crate) fn subscription(&self, schema: &str) -> String {
        json!({
            "schemaVersion": schema,
            "types": ["platform", "function", "extension"],
            "buffering": { "maxItems": 1000, "maxBytes": 262_144, "timeoutMs": 25 },
            "destination": { "protocol": "HTTP", "URI": format!("http://sandbox.localdomain:{}", self.inbox.port) },
        })
        .to_string()
    }

    pub(crate) async fn next(&self) -> Answer {
        self.call("GET", NEXT, "").await
    }

    /// Asks for events until SHUTDOWN, and returns all of them.
    pub(crate) async fn run(self) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let answer = self.next().await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let last = answer.body["eventType"] == "SHUTDOWN";
            events.push(answer.body);
            if last {
                return events;
            }
        }
    }
}

/// A telemetry listener that keeps what it gets and takes what it answers with 200.
#[derive(Clone)]
pub(crate) struct Inbox {
    pub(crate) port: u16,
    pub(crate) status: Arc<AtomicU16>,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Inbox {
    async fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inbox = Self { port, status: Arc::new(AtomicU16::new(200)), bodies: Arc::default() };
        tokio::spawn(inbox.clone().serve(listener));
        inbox
    }

    async fn serve(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let inbox = self.clone();
            tokio::spawn(async move {
                let service = service_fn(|request: Request<Incoming>| inbox.take(request));
                let server = hyper::server::conn::http1::Builder::new();
                let _hung_up = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    async fn take(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        self.bodies.lock().unwrap().push(String::from_utf8_lossy(&body).into_owned());
        let status = self.status.load(Ordering::Relaxed);
        Ok(Response::builder().status(status).body(Full::default()).unwrap())
    }

    /// Every body, refused ones included.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        let bodies = self.bodies();
        bodies.iter().flat_map(|body| serde_json::from_str::<Vec<Value>>(body).unwrap_or_default()).collect()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.events().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    /// The records of a kind.
    pub(crate) fn of_kind(&self, kind: &str) -> Vec<Value> {
        let events = self.events().into_iter().filter(|event| event["type"] == kind);
        events.map(|event| event["record"].clone()).collect()
    }

    /// Waits until something holds; everything here happens within milliseconds.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..1_000 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("waited for {what} in vain; got {:?}", self.kinds());
    }
}
