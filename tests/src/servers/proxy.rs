//! A door in front of a server, at which bytes can be held up, lost and looked at.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What becomes of what the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// It goes through.
    Pass,
    /// It is withheld, and the connection stays open.
    Withheld,
    /// The connection is cut when it comes.
    Cut,
}

/// A running proxy of TCP connections. It stops when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    answers: watch::Sender<Answers>,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts one in front of the server at a URL. `delay` holds up every piece, both ways.
    ///
    /// # Errors
    /// There is no free port, or no port in the URL.
    pub async fn start(url: &str, delay: Duration) -> Result<Self> {
        let server = url.rsplit('/').next().context("a URL has a host")?.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (answers, sent) = (watch::Sender::new(Answers::Pass), Arc::default());
        let (mode, log) = (answers.subscribe(), Arc::clone(&sent));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(connection(client, server.clone(), delay, mode.clone(), Arc::clone(&log)));
            }
        });
        Ok(Self { address, answers, sent, task })
    }

    /// The URL of the proxy, for a server of this scheme.
    #[must_use]
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    /// Says what becomes of answers from now on.
    pub fn answers(&self, answers: Answers) {
        self.answers.send_replace(answers);
    }

    /// What clients sent, by connection.
    #[must_use]
    pub fn sent(&self) -> Vec<Vec<u8>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An HTTP proxy that makes tunnels to this machine, whatever the host that it is asked for. It stops when this is dropped.
#[derive(Debug)]
pub struct Tunnels {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Tunnels {
    /// Starts one. Whoever does not introduce himself with this `Proxy-Authorization` gets 407.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start(authorization: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, heads) = (listener.local_addr()?, Arc::<Mutex<Vec<String>>>::default());
        let (log, expected) = (Arc::clone(&heads), format!("proxy-authorization: {authorization}\r\n"));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(tunnel(client, expected.clone(), Arc::clone(&log)));
            }
        });
        Ok(Self { address, heads, task })
    }

    /// Where it listens: `127.0.0.1:…`.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What came before each tunnel, names of headers in lower case.
    #[must_use]
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Tunnels {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn tunnel(mut client: TcpStream, authorization: String, log: Arc<Mutex<Vec<String>>>) -> Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head)?;
    let (first, headers) = head.split_once("\r\n").context("a request has a first line")?;
    let lower = |line: &str| match line.split_once(':') {
        Some((name, value)) => format!("{}:{value}\r\n", name.to_lowercase()),
        None => String::new(),
    };
    let headers: String = headers.split("\r\n").map(lower).collect();
    log.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{first}\r\n{headers}"));
    if !headers.contains(&authorization) {
        client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").await?;
        return Ok(());
    }
    let port = first.split(' ').nth(1).and_then(|target| target.rsplit(':').next()).context("CONNECT host:port")?;
    let mut server = TcpStream::connect(format!("127.0.0.1:{port}")).await?;
    client.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connection(
    client: TcpStream,
    server: String,
    delay: Duration,
    answers: watch::Receiver<Answers>,
    log: Arc<Mutex<Vec<Vec<u8>>>>,
) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let ((client_in, client_out), (server_in, server_out)) = (client.into_split(), server.into_split());
    let number = {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(Vec::new());
        log.len() - 1
    };
    tokio::select! {
        () = requests(client_in, server_out, delay, &log, number) => {}
        () = replies(server_in, client_out, delay, answers) => {}
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    delay: Duration,
    log: &Mutex<Vec<Vec<u8>>>,
    number: usize,
) {
    let mut piece = vec![0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        tokio::time::sleep(delay).await;
        log.lock().unwrap_or_else(PoisonError::into_inner)[number].extend_from_slice(&piece[..length]);
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

async fn replies(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    delay: Duration,
    mut answers: watch::Receiver<Answers>,
) {
    let mut piece = vec![0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        tokio::time::sleep(delay).await;
        let allowed = answers.wait_for(|answers| *answers != Answers::Withheld).await.map(|answers| *answers);
        if !matches!(allowed, Ok(Answers::Pass)) || to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
