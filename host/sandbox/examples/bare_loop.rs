//! The least that an extension can do: register, subscribe, ask for events. Standard library only.
//!
//! The baseline that start-up times and memory are measured against. It answers telemetry with 200 and forgets it.
#![forbid(unsafe_code)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

fn main() -> std::io::Result<()> {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").map_err(std::io::Error::other)?;
    let name = std::env::args().next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    let mut stream = TcpStream::connect(&api)?;
    stream.set_nodelay(true)?;
    let registered = call(
        &mut stream,
        &format!("POST /2020-01-01/extension/register HTTP/1.1\r\nHost: {api}\r\nLambda-Extension-Name: {name}\r\n"),
        r#"{"events":["INVOKE","SHUTDOWN"]}"#,
    )?;
    let id = header(&registered, "lambda-extension-identifier: ").unwrap_or_default().to_owned();
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(answer(stream))));
    let identify = format!("Host: {api}\r\nLambda-Extension-Identifier: {id}\r\n");
    call(&mut stream, &format!("PUT /2022-07-01/telemetry HTTP/1.1\r\n{identify}"), &subscription(port))?;
    loop {
        let event = call(&mut stream, &format!("GET /2020-01-01/extension/event/next HTTP/1.1\r\n{identify}"), "")?;
        if event.contains("SHUTDOWN") || !event.starts_with("HTTP/1.1 200") {
            return Ok(());
        }
    }
}

fn subscription(port: u16) -> String {
    format!(
        r#"{{"schemaVersion":"2025-01-29","types":["platform","function"],"buffering":{{"maxItems":1000,"maxBytes":262144,"timeoutMs":25}},"destination":{{"protocol":"HTTP","URI":"http://sandbox.localdomain:{port}"}}}}"#
    )
}

/// Sends a request and reads the whole answer.
fn call(stream: &mut TcpStream, head: &str, body: &str) -> std::io::Result<String> {
    let request = format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes())?;
    read_message(stream)
}

/// Answers every message on a connection with 200.
fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    loop {
        read_message(&mut stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    }
}

/// Reads a head and as many bytes of body as it says.
fn read_message(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut message = Vec::new();
    let mut chunk = [0; 16 << 10];
    loop {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        message.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&message);
        let Some(head) = text.find("\r\n\r\n") else { continue };
        let length = header(&text[..head + 2], "content-length: ").and_then(|length| length.parse().ok());
        if message.len() >= head + 4 + length.unwrap_or(0) {
            return Ok(text.into_owned());
        }
    }
}

/// The value behind `name: ` in a head, whatever the case.
fn header<'m>(message: &'m str, name: &str) -> Option<&'m str> {
    message.lines().find_map(|line| {
        let (start, value) = line.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some(value)
    })
}
