//! What an extension costs before it does anything: register, subscribe, ask for events, on the runtime and the HTTP
//! library that the extension itself stands on.
//!
//! The second baseline for start-up time and memory; `bare_loop` is the first, on nothing but sockets.
#![forbid(unsafe_code)]

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

const IDENTIFIER: &str = "Lambda-Extension-Identifier";

fn main() -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(extension())
}

async fn extension() -> Result<()> {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API")?;
    let name = std::env::args().next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default().to_owned();
    let stream = TcpStream::connect(&api).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let register = request(&api, Method::POST, "/2020-01-01/extension/register", "Lambda-Extension-Name", &name);
    let (answer, _) = call(&mut sender, register, r#"{"events":["INVOKE","SHUTDOWN"]}"#.to_owned()).await?;
    let id = answer.headers().get(IDENTIFIER).context("no identifier")?.to_str()?.to_owned();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(serve(listener));
    let subscribe = request(&api, Method::PUT, "/2022-07-01/telemetry", IDENTIFIER, &id);
    call(&mut sender, subscribe, subscription(port)).await?;
    loop {
        let next = request(&api, Method::GET, "/2020-01-01/extension/event/next", IDENTIFIER, &id);
        let (answer, event) = call(&mut sender, next, String::new()).await?;
        if !answer.status().is_success() || event.windows(8).any(|word| word == b"SHUTDOWN") {
            return Ok(());
        }
    }
}

fn request(api: &str, method: Method, path: &str, header: &str, value: &str) -> hyper::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header("Host", api).header(header, value);
    request.header("Content-Type", "application/json")
}

fn subscription(port: u16) -> String {
    format!(
        r#"{{"schemaVersion":"2025-01-29","types":["platform","function"],"buffering":{{"maxItems":1000,"maxBytes":262144,"timeoutMs":25}},"destination":{{"protocol":"HTTP","URI":"http://sandbox.localdomain:{port}"}}}}"#
    )
}

/// Sends a request and reads the whole answer.
async fn call(
    sender: &mut SendRequest<Full<Bytes>>,
    request: hyper::http::request::Builder,
    body: String,
) -> Result<(Response<()>, Bytes)> {
    sender.ready().await?;
    let answer = sender.send_request(request.body(Full::new(Bytes::from(body)))?).await?;
    let (head, body) = answer.into_parts();
    Ok((Response::from_parts(head, ()), body.collect().await?.to_bytes()))
}

/// Answers telemetry with 200 and forgets it.
async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = service_fn(|request: Request<Incoming>| async move {
            request.into_body().collect().await.map(|_| Response::new(Full::<Bytes>::default()))
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
