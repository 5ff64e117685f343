//! What stands in front of a real node where two of its plugins cannot be had: index state management and OpenSearch
//! Dashboards. It keeps one policy by the rules of the real API, takes every import, and lets all else through.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::http::Http;

/// A running front. It stops when this is dropped.
#[derive(Debug)]
pub struct Front {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    node: Http,
    asked: Mutex<Vec<String>>,
    /// How often the policy was written, and what was written last.
    policy: Mutex<Option<(u64, Value)>>,
    imported: Mutex<Vec<String>>,
}

impl Front {
    /// Starts one in front of a node.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start(node: &Http) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let [asked, imported] = [(); 2].map(|()| Mutex::default());
        let state = Arc::new(State { node: node.clone(), asked, policy: Mutex::default(), imported });
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move { drop(serve(client, &state).await) });
            }
        });
        Ok(Self { address, state, task })
    }

    /// Base URL, of the cluster and of Dashboards.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Method and path of every request so far, and forgets them.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.state.asked))
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> Option<Value> {
        lock(&self.state.policy).as_ref().map(|(_, policy)| policy.clone())
    }

    /// Bodies of imports.
    #[must_use]
    pub fn imported(&self) -> Vec<String> {
        lock(&self.state.imported).clone()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers one request, and closes.
async fn serve(mut client: TcpStream, state: &State) -> Result<()> {
    let (head, body) = read(&mut client).await?;
    let mut words = head.split_whitespace();
    let (method, path) = (words.next().context("a method")?, words.next().context("a path")?);
    lock(&state.asked).push(format!("{method} {path}"));
    let (status, text) = if path.starts_with("/_plugins/_ism/") {
        let (status, answer) = state.managed(method, path, &body);
        (status, answer.to_string())
    } else if path.starts_with("/api/saved_objects/_import") {
        let (status, answer) = state.import(&head, body);
        (status, answer.to_string())
    } else {
        let answer = state.node.send(method.parse()?, path, "application/json", body).await?;
        (answer.status, answer.text)
    };
    let length = text.len();
    let kind = "content-type: application/json\r\nconnection: close";
    let answer = format!("HTTP/1.1 {status} Said\r\n{kind}\r\ncontent-length: {length}\r\n\r\n{text}");
    client.write_all(answer.as_bytes()).await?;
    Ok(())
}

impl State {
    /// Index state management: a policy is replaced only by somebody who knows what is replaced.
    fn managed(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut policy = lock(&self.policy);
        let number = policy.as_ref().map(|(number, _)| *number);
        let condition = number.map(|number| format!("if_primary_term=1&if_seq_no={number}"));
        match (method, &*policy) {
            ("GET", None) => (404, json!({"error": {"reason": "Policy not found"}, "status": 404})),
            ("GET", Some((number, there))) => {
                (200, json!({"_seq_no": number, "_primary_term": 1, "policy": there["policy"]}))
            }
            ("PUT", _) if path.split_once('?').map(|(_, query)| query) == condition.as_deref() => {
                *policy = Some((number.unwrap_or(6) + 1, serde_json::from_str(body).unwrap_or_default()));
                (201, json!({}))
            }
            ("PUT", _) => (409, json!({"error": {"reason": "version conflict"}, "status": 409})),
            _ => (200, json!({"updated_indices": 1, "failures": false, "failed_indices": []})),
        }
    }

    /// Dashboards refuses what could be made by a foreign page.
    fn import(&self, head: &str, body: String) -> (u16, Value) {
        if !head.to_lowercase().contains("osd-xsrf: true") {
            return (400, json!({"message": "Request must contain a osd-xsrf header."}));
        }
        let count = body.lines().filter(|line| line.starts_with('{')).count();
        lock(&self.imported).push(body);
        (200, json!({"success": true, "successCount": count}))
    }
}

/// The head and the body of a request whose length is told.
async fn read(client: &mut TcpStream) -> Result<(String, String)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        anyhow::ensure!(client.read_buf(&mut bytes).await? > 0, "the client left");
    };
    let head = String::from_utf8(bytes[..end].to_vec())?;
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:")).unwrap_or("0").trim();
    let whole = end + length.parse::<usize>()?;
    while bytes.len() < whole {
        anyhow::ensure!(client.read_buf(&mut bytes).await? > 0, "the client left");
    }
    Ok((head, String::from_utf8(bytes[end..whole].to_vec())?))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
