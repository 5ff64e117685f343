//! The Extensions and Telemetry APIs over HTTP, as the platform serves them.
//!
//! Reads requests and writes answers; what they mean is decided in [`crate::members`] and [`crate::subscription`].
//! There is no Runtime API: the sandbox plays the function itself.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::members::{Phase, Registration};
use crate::options::SubscribeAnswer;
use crate::platform::Platform;
use crate::refusal::Refusal;
use crate::subscription::Subscription;

const NAME: &str = "lambda-extension-name";
const IDENTIFIER: &str = "lambda-extension-identifier";
const EVENT_IDENTIFIER: &str = "lambda-extension-event-identifier";
const FEATURES: &str = "lambda-extension-accept-feature";
const ERROR_TYPE: &str = "lambda-extension-function-error-type";

type Answer = Response<Full<Bytes>>;

/// Serves on a port of its own until the task is aborted.
pub(crate) async fn serve(platform: Arc<Platform>) -> Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    Ok((address, tokio::spawn(accept(platform, listener))))
}

async fn accept(platform: Arc<Platform>, listener: TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _slower = stream.set_nodelay(true);
        let platform = platform.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&platform, request));
            let _hung_up = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(platform: &Arc<Platform>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let arrived = Instant::now();
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Ok(plain(400, "the body did not arrive"));
    };
    let headers = &head.headers;
    let result = match (&head.method, head.uri.path()) {
        (&Method::POST, "/2020-01-01/extension/register") => register(platform, headers, &body),
        (&Method::GET, "/2020-01-01/extension/event/next") => next(platform, headers, arrived).await,
        (&Method::POST, "/2020-01-01/extension/init/error") => report(platform, headers, Phase::InitError),
        (&Method::POST, "/2020-01-01/extension/exit/error") => report(platform, headers, Phase::ExitError),
        (&Method::PUT, "/2022-07-01/telemetry") => subscribe(platform, headers, &body),
        (&Method::GET, "/2021-04-23/credentials") => credentials(headers),
        _ => Ok(plain(404, "404 page not found\n")),
    };
    Ok(result.unwrap_or_else(|refusal| answer_json(refusal.status, refusal.body())))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn plain(status: u16, text: &str) -> Answer {
    with_status(status, Bytes::copy_from_slice(text.as_bytes()))
}

fn answer_json(status: u16, body: String) -> Answer {
    let mut answer = with_status(status, body.into());
    answer.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    answer
}

fn with_status(status: u16, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = hyper::StatusCode::from_u16(status).expect("statuses of this file are valid");
    answer
}

fn set_header(answer: &mut Answer, name: &'static str, value: &str) {
    let value = hyper::header::HeaderValue::from_str(value).expect("identifiers are plain ASCII");
    answer.headers_mut().insert(name, value);
}

fn register(platform: &Platform, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Refusal> {
    let name = header(headers, NAME).unwrap_or_default();
    let asked = Registration { name, body, managed: platform.options.managed() };
    let id = platform.change(|state| state.members.register(&asked))?;
    let function = &platform.options.function;
    let mut answer = json!({ "functionName": function.name, "functionVersion": function.version });
    if !platform.options.omit_handler {
        answer["handler"] = function.handler.clone().into();
    }
    if header(headers, FEATURES).unwrap_or_default().split(',').any(|feature| feature.trim() == "accountId") {
        answer["accountId"] = function.account_id.clone().into();
    }
    let mut answer = answer_json(200, answer.to_string());
    set_header(&mut answer, IDENTIFIER, &id);
    Ok(answer)
}

async fn next(platform: &Platform, headers: &HeaderMap, arrived: Instant) -> Result<Answer, Refusal> {
    let id = header(headers, IDENTIFIER);
    let event = platform.change(|state| state.members.next(id, arrived))?;
    let Ok(event) = event.await else {
        return Err(Refusal::new(500, "InternalServerError", "the sandbox is gone"));
    };
    let mut answer = answer_json(200, event.body);
    if let Some(id) = event.id {
        set_header(&mut answer, EVENT_IDENTIFIER, &id);
    }
    Ok(answer)
}

fn report(platform: &Platform, headers: &HeaderMap, target: Phase) -> Result<Answer, Refusal> {
    let (id, error_type) = (header(headers, IDENTIFIER), header(headers, ERROR_TYPE));
    platform.change(|state| state.members.report_error(target, id, error_type))?;
    Ok(answer_json(202, r#"{"status":"OK"}"#.to_owned()))
}

fn subscribe(platform: &Platform, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Refusal> {
    let closed = || Refusal::forbidden("Telemetry.SubscriptionClosed", "subscription is closed");
    let name = platform.change(|state| {
        let member = state.members.identify(header(headers, IDENTIFIER))?;
        Ok((member.name.clone(), member.subscribed))
    });
    let (name, subscribed) = name?;
    match platform.options.telemetry.answer {
        SubscribeAnswer::Subscribed => {}
        SubscribeAnswer::Closed => return Err(closed()),
        SubscribeAnswer::NotFound => return Ok(plain(404, "404 page not found\n")),
        SubscribeAnswer::Broken => return Err(Refusal::new(500, "InternalServerError", "internal error")),
        SubscribeAnswer::Unsupported => {
            return Err(Refusal::new(202, "Telemetry.NotSupported", "Telemetry API is not supported"));
        }
    }
    if !platform.relay.is_open() {
        return Err(closed());
    }
    if subscribed {
        return Err(Refusal::new(500, "InternalServerError", "already subscribed"));
    }
    let subscription = Subscription::parse(body, &platform.options)?;
    platform.relay.subscribe(&name, subscription);
    platform
        .change(|state| state.members.identify(header(headers, IDENTIFIER)).map(|member| member.subscribed = true))?;
    Ok(answer_json(200, "\"OK\"".to_owned()))
}

/// Credentials of a function under SnapStart.
fn credentials(headers: &HeaderMap) -> Result<Answer, Refusal> {
    if header(headers, "authorization") != Some(crate::scenarios::CONTAINER_TOKEN) {
        return Err(Refusal::forbidden("Credentials.Unauthorized", "wrong token"));
    }
    let answer = json!({
        "AccessKeyId": crate::scenarios::ROLE_KEY_ID,
        "SecretAccessKey": crate::scenarios::ROLE_SECRET,
        "Token": crate::scenarios::ROLE_TOKEN,
        "Expiration": crate::clock::rfc3339(crate::clock::now_ms() + 3_600_000),
    });
    Ok(answer_json(200, answer.to_string()))
}
