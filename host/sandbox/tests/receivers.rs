//! The receivers as a client sees them: rules, faults, and the memory of every byte.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::time::Duration;

use telesieve_sandbox::receivers::{Fault, OpenSearch, PushGateway};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends bytes to a URL's port and reads until the other side closes; an error is text as well.
async fn raw(url: &str, request: &[u8]) -> String {
    let talk = async {
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await?;
        stream.write_all(request).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    match tokio::time::timeout(Duration::from_millis(300), talk).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => format!("error: {:?}", error.kind()),
        Err(_) => "error: no answer".to_owned(),
    }
}

fn request(line: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut request =
        format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n", body.len())
            .into_bytes();
    request.extend_from_slice(body);
    request
}

const NDJSON: &str = "Content-Type: application/x-ndjson\r\n";

fn documents(ids: &[&str]) -> String {
    let one = |id: &&str| {
        format!(
            "{{\"create\":{{\"_index\":\"logs\",\"_id\":\"{id}\"}}}}\n{{\"@timestamp\":\"2026-03-02T08:15:20.101Z\"}}\n"
        )
    };
    ids.iter().map(one).collect()
}

async fn bulk(server: &OpenSearch, ids: &[&str]) -> String {
    raw(&server.url(), &request("POST /_bulk", NDJSON, documents(ids).as_bytes())).await
}

#[tokio::test]
async fn documents_are_created_once() {
    let server = OpenSearch::start().await.unwrap();
    let first = bulk(&server, &["a", "b"]).await;
    assert!(first.starts_with("HTTP/1.1 200") && first.contains(r#""errors":false"#), "{first}");
    let again = bulk(&server, &["b", "c"]).await;
    assert!(again.contains(r#""errors":true"#) && again.contains("version_conflict_engine_exception"), "{again}");
    assert_eq!(server.by_id().into_keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(server.requests()[1].items, [409, 201]);
}

#[tokio::test]
async fn compressed_bodies_are_kept_in_plain_text_too() {
    let server = OpenSearch::start().await.unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(documents(&["compressed-id"]).as_bytes()).unwrap();
    let headers = format!("{NDJSON}Content-Encoding: gzip\r\n");
    raw(&server.url(), &request("POST /_bulk", &headers, &gzip.finish().unwrap())).await;
    assert!(String::from_utf8_lossy(&server.wire().bytes()).contains("compressed-id"));
    assert!(server.requests()[0].gzip);
    let broken = raw(&server.url(), &request("POST /_bulk", &headers, b"no gzip")).await;
    assert!(broken.starts_with("HTTP/1.1 400"), "{broken}");
}

#[tokio::test]
async fn bulk_requests_that_break_the_rules_are_refused() {
    let server = OpenSearch::start().await.unwrap();
    let no_newline = documents(&["a"]).trim_end().to_owned();
    let cases = [
        ("Content-Type: text/plain\r\n", documents(&["a"]), "406"),
        (NDJSON, no_newline, "400"),
        (NDJSON, "{\n}\n".to_owned(), "400"),
    ];
    for (headers, body, status) in cases {
        let answer = raw(&server.url(), &request("POST /_bulk", headers, body.as_bytes())).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    let timeless =
        "{\"create\":{\"_index\":\"logs\"}}\n{\"a\":1}\n{\"index\":{\"_index\":\"logs\"}}\n{\"@timestamp\":1}\n";
    raw(&server.url(), &request("POST /_bulk", NDJSON, timeless.as_bytes())).await;
    assert_eq!(server.requests().last().unwrap().items, [400, 400]);
    assert!(server.documents().is_empty());
}

#[tokio::test]
async fn faults_are_what_they_say() {
    let server = OpenSearch::start().await.unwrap();
    let cases = [
        (Fault::Hang, "error: no answer"),
        (Fault::Close, ""),
        (Fault::Status(503), "HTTP/1.1 503"),
        (Fault::Html, "HTTP/1.1 200"),
        (Fault::Unauthorized, "HTTP/1.1 401"),
        (Fault::TooLarge(10), "HTTP/1.1 413"),
        (Fault::Refuse, "error: ConnectionRefused"),
        (Fault::None, "HTTP/1.1 200"),
    ];
    for (fault, expected) in cases {
        server.set_fault(fault);
        tokio::time::sleep(Duration::from_millis(20)).await;
        let answer = bulk(&server, &["a"]).await;
        assert!(answer.starts_with(expected), "{fault:?}: {answer}");
    }
}

#[tokio::test]
async fn some_items_fail_alone() {
    let server = OpenSearch::start().await.unwrap();
    server.set_fault(Fault::ThrottleItems(2));
    bulk(&server, &["a", "b", "c"]).await;
    server.set_fault(Fault::RejectItems(3));
    bulk(&server, &["d", "e", "f"]).await;
    let items: Vec<_> = server.requests().into_iter().map(|request| request.items).collect();
    assert_eq!(items, [vec![201, 429, 201], vec![201, 201, 400]]);
}

#[tokio::test]
async fn work_may_be_done_although_the_answer_is_lost() {
    let server = OpenSearch::start().await.unwrap();
    server.set_fault(Fault::CloseAfterWork);
    bulk(&server, &["a"]).await;
    server.set_fault(Fault::None);
    assert!(bulk(&server, &["a"]).await.contains("409"));
    assert_eq!(server.documents().len(), 1);
}

#[tokio::test]
async fn metrics_are_kept_by_group() {
    let server = PushGateway::start().await.unwrap();
    let put = |path: &str, body: &str| raw_owned(server.url(), request(&format!("PUT {path}"), "", body.as_bytes()));
    assert!(put("/metrics/job/a/sandbox/1", "x_total{l=\"1\"} 2\n").await.starts_with("HTTP/1.1 200"));
    assert!(put("/metrics/job/a/sandbox/2", "x_total{l=\"2\"} 3\n").await.starts_with("HTTP/1.1 200"));
    assert!(put("/metrics/job/a/sandbox/2", "x_total 3").await.starts_with("HTTP/1.1 400"));
    assert_eq!((server.groups().len(), server.pushes().len()), (2, 3));
    assert_eq!(server.sum("x_total", &[]), 5.0);
    assert_eq!(server.sum("x_total", &[("l", "2")]), 3.0);
    raw(&server.url(), &request("DELETE /metrics/job/a/sandbox/1", "", b"")).await;
    assert_eq!(server.groups().len(), 1);
    assert_eq!(server.sum("x_total", &[]), 5.0, "what was pushed last is still known");
    let scraped = raw(&server.url(), &request("GET /metrics", "", b"")).await;
    assert!(scraped.contains("x_total{"), "{scraped}");
}

async fn raw_owned(url: String, request: Vec<u8>) -> String {
    raw(&url, &request).await
}

#[tokio::test]
async fn connections_can_be_cut() {
    let server = PushGateway::start().await.unwrap();
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"PUT /metrics/job/a HTTP/1.1\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    server.cut_connections();
    let mut rest = Vec::new();
    let _reset = tokio::time::timeout(Duration::from_secs(1), stream.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.is_empty());
}
