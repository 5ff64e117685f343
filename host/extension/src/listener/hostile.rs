//! Clients that send a part of a body, and what becomes of the bodies of others meanwhile.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, advance, sleep};

use super::tests::{first_line, listening, listening_for};
use super::{Closed, Intake, Queue};

const ANSWERED: &str = "HTTP/1.1 200 OK";
const MOST: usize = 5_900_000;
const ANNOUNCED: usize = 6_000_000;

/// As in the default configuration.
fn queue() -> Queue {
    Queue::new(12 << 20, 6 << 20)
}

/// A connection over which a part of a body was sent.
async fn part(address: SocketAddr, announced: usize, sent: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {announced}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'x'; sent]).await.unwrap();
    stream
}

/// Sends a body. Returns the first line of the answer.
async fn whole(address: SocketAddr, length: usize) -> String {
    first_line(&mut part(address, length, length).await).await
}

/// Waits until so many bytes have room.
async fn until_waiting(queue: &Queue, bytes: usize) {
    while queue.waiting_bytes() != bytes {
        sleep(Duration::from_millis(1)).await;
    }
}

/// What the owner of the state hears: bodies of this length, and connections that were closed for others. Nothing else.
fn heard(intake: &mut UnboundedReceiver<Intake>, length: usize) -> (usize, usize) {
    let mut bodies = 0;
    let mut crowded = 0;
    while let Ok(message) = intake.try_recv() {
        match message {
            Intake::Body(bytes, _room) if bytes.len() == length => bodies += 1,
            Intake::Closed(Closed::Crowded) => crowded += 1,
            other => panic!("{other:?}"),
        }
    }
    (bodies, crowded)
}

#[tokio::test(start_paused = true)]
async fn two_clients_that_send_most_of_a_body_and_stop_keep_no_room() {
    let queue = queue();
    let (address, mut intake) = listening_for(&queue).await;
    let _first = part(address, ANNOUNCED, MOST).await;
    let _second = part(address, ANNOUNCED, MOST).await;
    until_waiting(&queue, 2 * MOST).await;
    let start = Instant::now();
    assert_eq!(whole(address, 1_000_000).await, ANSWERED);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(heard(&mut intake, 1_000_000), (1, 1), "one of them was enough");
    assert_eq!(queue.waiting_bytes(), MOST);
}

#[tokio::test(start_paused = true)]
async fn a_trickle_keeps_no_room() {
    let queue = queue();
    let (address, mut intake) = listening_for(&queue).await;
    for _ in 0..2 {
        let mut stream = part(address, ANNOUNCED, MOST).await;
        tokio::spawn(async move {
            while stream.write_all(b"x").await.is_ok() {
                sleep(Duration::from_millis(50)).await;
            }
        });
    }
    sleep(Duration::from_secs(1)).await;
    for _ in 0..3 {
        let start = Instant::now();
        assert_eq!(whole(address, 1_000_000).await, ANSWERED);
        assert!(start.elapsed() < Duration::from_millis(50), "{:?}", start.elapsed());
        assert_eq!(heard(&mut intake, 1_000_000).0, 1);
    }
}

/// A hundred clients want all the room at once, and none of them finishes. Their bodies, and no others, are closed.
#[tokio::test(start_paused = true)]
async fn bodies_that_are_closed_are_told_once_and_give_all_their_room_back() {
    let queue = queue();
    let (address, mut intake) = listening_for(&queue).await;
    let mut clients = Vec::new();
    for _ in 0..100 {
        clients.push(part(address, ANNOUNCED, 200_000).await);
    }
    let mut crowded = 0;
    for _ in 0..5 {
        assert_eq!(whole(address, 6 << 20).await, ANSWERED);
        let heard = heard(&mut intake, 6 << 20);
        assert_eq!(heard.0, 1);
        crowded += heard.1;
    }
    drop(clients);
    sleep(Duration::from_secs(1)).await;
    let mut aborted = 0;
    while let Ok(message) = intake.try_recv() {
        assert!(matches!(message, Intake::Aborted), "{message:?}");
        aborted += 1;
    }
    assert_eq!(crowded + aborted, 100, "{crowded} were closed");
    assert!(crowded > 0 && aborted > 0, "no more of them than needed: {crowded}");
    assert_eq!(queue.waiting_bytes(), 0);
}

/// The sandbox is frozen while the platform's body arrives. Others need its room as soon as it goes on.
#[tokio::test(start_paused = true)]
async fn a_body_that_a_freeze_interrupts_stays() {
    let queue = Queue::new(1_000, 600);
    let (address, mut intake) = listening_for(&queue).await;
    let mut platform = part(address, 600, 500).await;
    until_waiting(&queue, 500).await;
    let other = tokio::spawn(whole(address, 600));
    for _ in 0..3 {
        sleep(Duration::from_millis(10)).await;
        advance(Duration::from_secs(3_600)).await;
    }
    sleep(Duration::from_millis(10)).await;
    assert!(intake.try_recv().is_err(), "the other one waits");
    platform.write_all(&[b'x'; 100]).await.unwrap();
    assert_eq!(first_line(&mut platform).await, ANSWERED);
    assert_eq!(heard(&mut intake, 600), (1, 0));
    assert_eq!(other.await.unwrap(), ANSWERED, "there is room now");
    assert_eq!(heard(&mut intake, 600), (1, 0));
}

/// An hour in the freezer is no hour of the five seconds.
#[tokio::test(start_paused = true)]
async fn a_freeze_does_not_count_towards_the_deadline() {
    let (address, mut intake) = listening().await;
    let mut platform = part(address, 600, 500).await;
    sleep(Duration::from_millis(10)).await;
    advance(Duration::from_secs(3_600)).await;
    sleep(Duration::from_millis(10)).await;
    platform.write_all(&[b'x'; 100]).await.unwrap();
    assert_eq!(first_line(&mut platform).await, ANSWERED);
    assert_eq!(heard(&mut intake, 600), (1, 0));
}

/// A refused body goes on for as long as its sender likes. It holds no room meanwhile.
#[tokio::test(start_paused = true)]
async fn a_refused_body_holds_no_room() {
    let queue = Queue::new(1_000, 600);
    let (address, mut intake) = listening_for(&queue).await;
    let mut refused = part(address, 10_000, 500).await;
    until_waiting(&queue, 500).await;
    refused.write_all(&[b'x'; 200]).await.unwrap();
    until_waiting(&queue, 0).await;
    assert_eq!(whole(address, 600).await, ANSWERED);
    assert_eq!(heard(&mut intake, 600), (1, 0));
    let mut answer = Vec::new();
    refused.read_to_end(&mut answer).await.unwrap();
    assert!(matches!(intake.try_recv(), Ok(Intake::Closed(Closed::Slow))));
}
