//! The listener that the platform posts telemetry to.
//!
//! It answers 200 to everything and at once: a slow answer loses data, and any other status brings the same body back
//! for ever. It looks at neither path nor content type. Bodies go to the owner of the state through a queue that is
//! bounded by bytes; what does not fit is reported in its place. Once the queue is closed nothing is answered any more:
//! what has been answered is accounted for.
//!
//! Anything in the sandbox can connect, the function included. Heads and bodies have a deadline. When all places are taken
//! the slowest connection is closed (`connections`), and when the queue is full the oldest unfinished body gives way
//! (`queue`), so none can keep the platform out. What is closed without an answer was not received: the platform sends it
//! again.

mod connections;
mod queue;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use connections::{Connections, Progress};
use queue::Arrival;
pub(crate) use queue::{Queue, Room};

/// How long a client may take for its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes that a connection may have in memory before they are given to a body; room for the largest head by far.
const MAX_UNREAD_BYTES: usize = 64 << 10;

/// Memory that a body gets at once, on its word that it will be as long. The platform can be asked for no more in one body.
const LARGEST_BATCH: usize = 1 << 20;

/// The wait for file descriptors, which are the function's too.
const DESCRIPTOR_WAIT: Duration = Duration::from_millis(50);

/// What came in.
#[derive(Debug)]
pub(crate) enum Intake {
    /// A body, and the room it takes in the queue.
    Body(Vec<u8>, Room),
    /// A body that was not taken, and about how many events it held.
    Refused(Refusal, u64),
    /// A body that broke off.
    Aborted,
    /// A connection that was closed without an answer.
    Closed(Closed),
}

/// Why a connection was closed without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Its body took too long.
    Slow,
    /// Another one needed its place or its room, and it was the slowest.
    Crowded,
}

impl Closed {
    /// The word for it in metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Crowded => "crowded",
        }
    }
}

/// Why a body was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It alone is too long.
    TooLarge,
    /// Too much is waiting already.
    QueueFull,
}

/// Binds the configured port, or any other if it is taken: another extension may use it.
///
/// On all addresses: the platform posts to `sandbox.localdomain`, which is neither the loopback nor the same address in
/// every sandbox, and does not resolve at all in emulators. Nothing outside can open a connection into a sandbox, and the
/// function inside reaches whatever address the platform reaches, so a narrower address would keep nobody out.
pub(crate) async fn bind(port: u16) -> std::io::Result<TcpListener> {
    match TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))).await
        }
        other => other,
    }
}

/// Accepts connections until the owner of the state is gone.
pub(crate) async fn serve<M>(listener: TcpListener, queue: Queue, intake: mpsc::UnboundedSender<M>)
where
    M: From<Intake> + Send + 'static,
{
    let mut connections = Connections::default();
    // The owner is gone only when the process is about to end.
    let tell = |closed| _ = intake.send(Intake::Closed(closed).into());
    while !intake.is_closed() {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, for one.
            if connections.give_one_back() {
                tell(Closed::Crowded);
            }
            tokio::time::sleep(DESCRIPTOR_WAIT).await;
            continue;
        };
        if connections.make_room().await {
            tell(Closed::Crowded);
        }
        let progress = Arc::new(Progress::new());
        connections.open(Arc::clone(&progress), connection(stream, progress, queue.clone(), intake.clone()));
        // What has come is read before more is let in.
        tokio::task::yield_now().await;
    }
}

async fn connection<M>(stream: TcpStream, progress: Arc<Progress>, queue: Queue, intake: mpsc::UnboundedSender<M>)
where
    M: From<Intake> + Send + 'static,
{
    let answer = service_fn(|request: Request<Incoming>| {
        let (progress, queue, intake) = (Arc::clone(&progress), queue.clone(), intake.clone());
        async move {
            progress.request();
            let received = receive(request.into_body(), &progress, &queue).await.unwrap_or_else(Intake::Closed);
            let unanswered = matches!(received, Intake::Closed(_));
            if queue.is_closed() {
                return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
            }
            // The owner is gone only when the process is about to end.
            let _ = intake.send(received.into());
            if unanswered {
                return Err(io::Error::from(io::ErrorKind::TimedOut));
            }
            progress.answered();
            Ok(Response::new(Empty::<Bytes>::new()))
        }
    });
    // Half-open and broken connections end here; there is nobody to tell.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_UNREAD_BYTES)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

async fn receive(mut body: Incoming, progress: &Progress, queue: &Queue) -> Result<Intake, Closed> {
    let announced = usize::try_from(hyper::body::Body::size_hint(&body).lower()).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(announced.min(LARGEST_BATCH).min(queue.max_body_bytes()));
    let mut arrival = Arrival::new(queue);
    let mut refusal = None;
    let mut refused_events = 0;
    while let Some(frame) = arrival.wait_for(body.frame()).await? {
        let Ok(frame) = frame else { return Ok(Intake::Aborted) };
        let Ok(data) = frame.into_data() else { continue };
        progress.received(data.len());
        if refusal.is_none() {
            refusal = arrival.enlarge(data.len()).await?;
        }
        match refusal {
            None => bytes.extend_from_slice(&data),
            Some(_) => refused_events += count_events(&std::mem::take(&mut bytes)) + count_events(&data),
        }
    }
    Ok(match refusal {
        Some(refusal) => Intake::Refused(refusal, refused_events.max(1)),
        None => Intake::Body(bytes, arrival.complete()),
    })
}

/// About how many events a piece of a body holds, for the accounting of bodies that are not taken. Slower than all that
/// is done with a body that is.
fn count_events(data: &[u8]) -> u64 {
    const MARK: &[u8] = b"\"record\":";
    data.windows(MARK.len()).filter(|window| *window == MARK).count() as u64
}

#[cfg(test)]
mod hostile;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::mpsc::UnboundedReceiver;

    use super::*;

    /// A listener with room for 1,000 bytes, of which a body may take 600.
    pub(super) async fn listening() -> (SocketAddr, UnboundedReceiver<Intake>) {
        listening_for(&Queue::new(1_000, 600)).await
    }

    pub(super) async fn listening_for(queue: &Queue) -> (SocketAddr, UnboundedReceiver<Intake>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(serve(listener, queue.clone(), sender));
        (address, receiver)
    }

    /// Sends bytes over a connection of its own and gives back the answer's first line.
    pub(super) async fn send(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        first_line(&mut stream).await
    }

    pub(super) async fn first_line(stream: &mut TcpStream) -> String {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }

    pub(super) fn post(body: &str) -> String {
        format!("POST /any/path HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn everything_is_answered_with_200_and_handed_on_as_it_is() {
        let (address, mut intake) = listening().await;
        for body in ["[]", "garbage", "", "[{\"time\":\"…\"}]"] {
            assert_eq!(send(address, &post(body)).await, "HTTP/1.1 200 OK");
            let Some(Intake::Body(bytes, _room)) = intake.recv().await else { panic!("a body") };
            assert_eq!(bytes, body.as_bytes());
        }
    }

    #[tokio::test]
    async fn what_is_too_long_alone_or_does_not_fit_is_refused_with_its_events_counted() {
        let (address, mut intake) = listening().await;
        let event = format!("{{\"record\":\"{}\"}},", "x".repeat(180));
        let large = event.repeat(4);
        assert_eq!(send(address, &post(&large)).await, "HTTP/1.1 200 OK");
        assert!(matches!(intake.recv().await, Some(Intake::Refused(Refusal::TooLarge, 4))));

        let fits = event.repeat(2);
        let mut waiting = Vec::new();
        for _ in 0..2 {
            send(address, &post(&fits)).await;
            waiting.push(intake.recv().await);
        }
        assert!(waiting.iter().all(|intake| matches!(intake, Some(Intake::Body(..)))));
        send(address, &post(&fits)).await;
        assert!(matches!(intake.recv().await, Some(Intake::Refused(Refusal::QueueFull, 2))));

        drop(waiting);
        send(address, &post(&fits)).await;
        assert!(matches!(intake.recv().await, Some(Intake::Body(..))), "room is given back");
    }

    #[tokio::test]
    async fn what_comes_after_the_books_are_closed_is_not_answered() {
        let queue = Queue::new(1_000, 600);
        let (address, mut intake) = listening_for(&queue).await;
        assert_eq!(send(address, &post("[]")).await, "HTTP/1.1 200 OK");
        assert!(matches!(intake.recv().await, Some(Intake::Body(..))));
        queue.close();
        assert_eq!(send(address, &post("[]")).await, "");
        assert!(intake.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_told_and_a_request_without_one_is_not_waited_for() {
        let (address, mut intake) = listening().await;
        send(address, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[{\"rec").await;
        assert!(matches!(intake.recv().await, Some(Intake::Aborted)));
        assert_eq!(send(address, "GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n").await, "HTTP/1.1 200 OK");
        assert!(matches!(intake.recv().await, Some(Intake::Body(bytes, _)) if bytes.is_empty()));
    }

    /// Connections that each send the head of a request for a large body and its first byte, and hold on.
    async fn dribblers(address: SocketAddr, count: usize) -> Vec<TcpStream> {
        let mut all = Vec::new();
        for _ in 0..count {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6000000\r\n\r\n[").await.unwrap();
            all.push(stream);
        }
        all
    }

    #[tokio::test]
    async fn a_thousand_slow_connections_keep_nobody_out() {
        let queue = Queue::new(12 << 20, 6 << 20);
        let (address, mut intake) = listening_for(&queue).await;
        let body = format!("[{}]", "x".repeat(200_000));
        let request = post(&body).replace("Host: x", "Host: x\r\nConnection: close");
        let mut slow = Vec::new();
        for round in 0..10 {
            slow.extend(dribblers(address, 100).await);
            for stream in &mut slow {
                // Many are closed by now.
                let _ = stream.write_all(b"x").await;
            }
            let mut honest = TcpStream::connect(address).await.unwrap();
            honest.write_all(request.as_bytes()).await.unwrap();
            assert_eq!(first_line(&mut honest).await, "HTTP/1.1 200 OK", "round {round}");
        }
        let (mut bodies, mut crowded) = (0, 0);
        while let Ok(message) = intake.try_recv() {
            match message {
                Intake::Body(bytes, _room) => bodies += usize::from(bytes == body.as_bytes()),
                Intake::Closed(Closed::Crowded) => crowded += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(bodies, 10);
        assert!(crowded >= 1_000 - connections::MAX_CONNECTIONS, "{crowded}");
        assert!(queue.waiting_bytes() <= 1_000 * 100, "what was closed has given its room back");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_takes_too_long_is_not_answered_and_told() {
        let (address, mut intake) = listening().await;
        let mut slow = dribblers(address, 1).await;
        let mut answer = Vec::new();
        slow[0].read_to_end(&mut answer).await.unwrap();
        assert!(answer.is_empty());
        assert!(matches!(intake.recv().await, Some(Intake::Closed(Closed::Slow))));
        assert_eq!(send(address, &post("[]")).await, "HTTP/1.1 200 OK");
    }
}
