//! A listener that clients in the sandbox attack, and the life cycle behind it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use telesieve_config::FlushMode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::bench::{Bench, config};
use super::stand_in::{Does, StandIn, bench};
use crate::listener::{Queue, serve};

const ROUNDS: usize = 10;
/// In each round: those that send one byte, and those that send most of a body.
const SLOW: usize = 100;
const HEAVY: usize = 3;
const LINES: usize = 100;
const MAX_BODY: usize = 6 << 20;

/// A listener that tells a life cycle.
async fn listening(bench: &Bench, queue: &Queue) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, queue.clone(), bench.lifecycle.inbox.clone()));
    address
}

/// Clients that send a part of a body and hold on.
async fn attack(address: SocketAddr) -> Vec<TcpStream> {
    let mut clients = Vec::new();
    for client in 0..SLOW + HEAVY {
        let sent = if client < SLOW { 1 } else { MAX_BODY - 1_000 };
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_BODY}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        // The heavy ones that find no room are closed before they have sent it all.
        let _ = tokio::time::timeout(Duration::from_millis(10), stream.write_all(&vec![b'['; sent])).await;
        clients.push(stream);
    }
    clients
}

/// The platform's body of an invocation: lines, and that it is done.
fn telemetry(request_id: &str) -> String {
    let line =
        format!(r#"{{"time":"2026-03-02T08:15:20.929Z","type":"function","record":"{}"}}"#, "a long line ".repeat(400));
    let done = r#"{"time":"2026-03-02T08:15:21.929Z","type":"platform.runtimeDone","record":{"requestId":"ID","status":"success"}}"#;
    format!("[{},{}]", vec![line; LINES].join(","), done.replace("ID", request_id))
}

/// Posts like the platform: again until somebody answers.
async fn deliver(address: SocketAddr, body: String) {
    let head = format!("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    loop {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut answer = String::new();
        // A connection that is closed without an answer may break while it is written to.
        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        let _ = stream.read_to_string(&mut answer).await;
        if answer.starts_with("HTTP/1.1 200") {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_slow_connections_lose_no_event_and_hold_no_invocation() {
    let sink = StandIn::new("sink", Does::Take(Duration::ZERO));
    let mut config = config(None, None);
    config.flush.mode = FlushMode::End;
    let mut bench = bench(&config, &[&sink]);
    let queue = Queue::new(2 * MAX_BODY, MAX_BODY);
    let address = listening(&bench, &queue).await;
    let mut clients = Vec::new();
    for round in 0..ROUNDS {
        clients.extend(attack(address).await);
        let id = round.to_string();
        bench.invoke(&id, Duration::from_secs(60));
        let platform = tokio::spawn(deliver(address, telemetry(&id)));
        let held = bench.until_asked().await;
        assert!(held < Duration::from_secs(1), "round {round}: {held:?}");
        platform.await.unwrap();
    }
    bench.settle().await;
    let events = (ROUNDS * (LINES + 1)) as u64;
    assert_eq!(bench.accounts(), (events, vec![], 0));
    assert_eq!(sink.documents.lock().unwrap().len() as u64, events);
    let closed = bench.counts("telesieve_listener_closed_total", "reason", "");
    assert_eq!(closed, [("crowded".to_owned(), bench.lifecycle.closed_connections)]);
    let opened = clients.len() as u64;
    assert!((opened - 128..=opened).contains(&closed[0].1), "{closed:?}");
    let lines: Vec<_> = bench.lines().into_iter().filter(|line| line.contains("telemetry listener")).collect();
    assert_eq!(lines.len() as u32, closed[0].1.ilog2() + 1, "{lines:#?}");
}
