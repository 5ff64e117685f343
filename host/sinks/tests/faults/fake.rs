//! An HTTP server on raw sockets, so that it can also break the protocol.

use std::io::Read as _;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What to do with a request.
pub(crate) enum Reply {
    /// Answer it: status, further headers (each ending in CRLF), body.
    Answer(u16, &'static str, String),
    /// Answer it and close the connection without having said so.
    AnswerAndClose(u16, String),
    /// Promise more bytes than there are.
    Cut(u16, String),
    /// Answer byte by byte, with a pause before each.
    Trickle(u16, String),
    /// Break the connection without an answer.
    Reset,
    /// Say nothing, for ever.
    Hang,
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) connection: usize,
    /// Method, path and query.
    pub(crate) target: String,
    /// Lower-case head, without the first line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Fake {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Reply {
    pub(crate) fn json(body: impl Into<String>) -> Self {
        Self::Answer(200, "content-type: application/json\r\n", body.into())
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Answer(status, "", String::new())
    }
}

impl Request {
    /// The body as text, decompressed.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        match self.head.contains("content-encoding: gzip") {
            true => drop(flate2::read::GzDecoder::new(&*self.body).read_to_string(&mut text).unwrap()),
            false => text.push_str(std::str::from_utf8(&self.body).unwrap()),
        }
        text
    }

    /// The sequence numbers of the items in a bulk body, as the tests write them.
    pub(crate) fn items(&self) -> Vec<u64> {
        let text = std::str::from_utf8(&self.body).unwrap();
        text.lines().step_by(2).map(|line| line.strip_prefix("action ").unwrap().parse().unwrap()).collect()
    }
}

impl Fake {
    /// Starts a server that asks `reply` what to do; it is told the number of the request, from 0.
    pub(crate) async fn start(reply: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, reply) = (Arc::clone(&requests), Arc::new(reply));
        let task = tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                tokio::spawn(async move { serve(stream, connection, &log, &*reply).await });
            }
        });
        Self { url, requests, task }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    log: &Mutex<Vec<Request>>,
    reply: &(dyn Fn(usize, &Request) -> Reply + Send + Sync),
) {
    while let Some(request) = read(&mut stream, connection).await {
        let number = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        let (status, head, body, length) = match reply(number, &request) {
            Reply::Answer(status, head, body) => (status, head, body, None),
            Reply::AnswerAndClose(status, body) => (status, "", body, Some(0)),
            Reply::Cut(status, body) => (status, "", body, Some(100)),
            Reply::Trickle(status, body) => return trickle(&mut stream, status, &body).await,
            Reply::Reset => return stream.set_zero_linger().unwrap(),
            Reply::Hang => std::future::pending().await,
        };
        let promised = body.len() + length.unwrap_or(0);
        let answer = format!("HTTP/1.1 {status} x\r\n{head}content-length: {promised}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await.unwrap();
        if length.is_some() {
            return;
        }
    }
}

async fn trickle(stream: &mut TcpStream, status: u16, body: &str) {
    let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    for byte in answer.bytes() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        if stream.write_all(&[byte]).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream, connection: usize) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = std::str::from_utf8(&bytes[..head_end]).unwrap().to_owned();
    let (first, head) = head.split_once("\r\n").unwrap();
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    while bytes.len() < head_end + length {
        assert!(stream.read_buf(&mut bytes).await.ok()? > 0);
    }
    let target = first.strip_suffix(" HTTP/1.1").unwrap().to_owned();
    Some(Request { connection, target, head, body: bytes[head_end..].to_vec() })
}
