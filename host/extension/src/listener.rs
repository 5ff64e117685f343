//! The listener that the platform posts telemetry to.
//!
//! It answers 200 to everything and at once: a slow answer loses data, and any other status brings the same body back
//! for ever. It looks at neither path nor content type. Bodies go to the owner of the state through a queue that is
//! bounded by bytes; what does not fit is reported in its place.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

/// The platform opens one connection, and a few more at most.
const MAX_CONNECTIONS: usize = 32;

/// How long a client may take for its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// What came in.
#[derive(Debug)]
pub(crate) enum Intake {
    /// A body, and the room it takes in the queue.
    Body(Vec<u8>, Room),
    /// A body that was not taken, and about how many events it held.
    Refused(Refusal, u64),
    /// A body that broke off.
    Aborted,
}

/// Why a body was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It alone is too long.
    TooLarge,
    /// Too much is waiting already.
    QueueFull,
}

/// Bytes that may wait.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    waiting: Arc<AtomicUsize>,
    max_bytes: usize,
    max_body_bytes: usize,
}

impl Queue {
    pub(crate) fn new(max_bytes: usize, max_body_bytes: usize) -> Self {
        Self { waiting: Arc::default(), max_bytes, max_body_bytes }
    }

    fn empty_room(&self) -> Room {
        Room { waiting: Arc::clone(&self.waiting), bytes: 0 }
    }

    /// Makes a body's room larger, or says why not.
    fn refuse(&self, room: &mut Room, bytes: usize) -> Option<Refusal> {
        if room.bytes + bytes > self.max_body_bytes {
            return Some(Refusal::TooLarge);
        }
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        room.bytes += bytes;
        (before + bytes > self.max_bytes).then_some(Refusal::QueueFull)
    }
}

/// The room of one body; dropping it frees the room.
#[derive(Debug)]
pub(crate) struct Room {
    waiting: Arc<AtomicUsize>,
    bytes: usize,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Binds the configured port, or any other if it is taken: another extension may use it.
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
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while !intake.is_closed() {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, for one: they are the function's too, so wait for it.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (queue, intake) = (queue.clone(), intake.clone());
        tokio::spawn(async move {
            connection(stream, queue, intake).await;
            drop(slot);
        });
    }
}

async fn connection<M>(stream: TcpStream, queue: Queue, intake: mpsc::UnboundedSender<M>)
where
    M: From<Intake> + Send + 'static,
{
    let answer = service_fn(|request: Request<Incoming>| {
        let (queue, intake) = (queue.clone(), intake.clone());
        async move {
            let received = receive(request.into_body(), &queue).await;
            // The owner is gone only when the process is about to end.
            let _ = intake.send(received.into());
            Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
        }
    });
    // Half-open and broken connections end here; there is nobody to tell.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

async fn receive(mut body: Incoming, queue: &Queue) -> Intake {
    let announced = usize::try_from(hyper::body::Body::size_hint(&body).lower()).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(announced.min(queue.max_body_bytes));
    let mut room = queue.empty_room();
    let mut refusal = None;
    let mut events = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Intake::Aborted };
        let Ok(data) = frame.into_data() else { continue };
        events += count_events(&data);
        refusal = refusal.or_else(|| queue.refuse(&mut room, data.len()));
        match refusal {
            None => bytes.extend_from_slice(&data),
            Some(_) => bytes = Vec::new(),
        }
    }
    match refusal {
        Some(refusal) => Intake::Refused(refusal, events.max(1)),
        None => Intake::Body(bytes, room),
    }
}

/// About how many events a piece of a body holds, for the accounting of bodies that are not taken.
fn count_events(data: &[u8]) -> u64 {
    const MARK: &[u8] = b"\"record\":";
    data.windows(MARK.len()).filter(|window| *window == MARK).count() as u64
}
