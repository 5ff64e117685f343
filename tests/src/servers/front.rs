//! What stands in front of a real node where two of its plugins cannot be had: index state management and OpenSearch
//! Dashboards. It keeps one policy by the rules of the real API, takes every import, and lets all else through.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
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
    /// The policy of each index that has one.
    managed: Mutex<BTreeMap<String, Value>>,
    broken: AtomicBool,
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
        let (policy, managed, broken) = (Mutex::default(), Mutex::default(), AtomicBool::new(false));
        let state = Arc::new(State { node: node.clone(), asked, policy, managed, broken, imported });
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

    /// Whether putting indices under the policy fails from now on.
    pub fn refuse_indices(&self, broken: bool) {
        self.state.broken.store(broken, Ordering::SeqCst);
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
        let (status, answer) = match path.strip_prefix("/_plugins/_ism/policies/") {
            Some(_) => state.policy(method, path, &body),
            None => state.indices(path).await?,
        };
        (status, answer.to_string())
    } else if path.starts_with("/api/saved_objects/_import") {
        let (status, answer) = state.import(&head, body);
        (status, answer.to_string())
    } else {
        let answer = state.node.send(method.parse()?, path, "application/json", body).await?;
        if let ("PUT", Some(stream)) = (method, path.strip_prefix("/_data_stream/")) {
            state.begin(stream).await?;
        }
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
    fn policy(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
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
            _ => (409, json!({"error": {"reason": "version conflict"}, "status": 409})),
        }
    }

    /// Which index has which policy: told, and changed. An index keeps the version that it was given; changes hold at once,
    /// as if its job had just run.
    async fn indices(&self, path: &str) -> Result<(u16, Value)> {
        let mut words = path.trim_start_matches("/_plugins/_ism/").split(['/', '?']);
        let (call, names) = (words.next().context("a call")?, words.next().context("names")?);
        if call == "explain" {
            return Ok((200, self.explained(&self.backing(names).await?)));
        }
        if self.broken.load(Ordering::SeqCst) {
            return Ok((503, json!({"error": {"reason": "no primary shard is active"}, "status": 503})));
        }
        let policy = lock(&self.policy).as_ref().map(|(_, policy)| policy["policy"].clone()).unwrap_or_default();
        let (mut updated, mut failed) = (0, Vec::new());
        for name in names.split(',') {
            let mut managed = lock(&self.managed);
            if managed.contains_key(name) == (call == "change_policy") {
                managed.insert(name.to_owned(), policy.clone());
                updated += 1;
            } else {
                let reason = "This index already has a policy, or has none to change";
                failed.push(json!({"index_name": name, "index_uuid": name, "reason": reason}));
            }
        }
        Ok((200, json!({"updated_indices": updated, "failures": !failed.is_empty(), "failed_indices": failed})))
    }

    /// A new stream has the policy whose template is for it.
    async fn begin(&self, stream: &str) -> Result<()> {
        let indices = self.backing(stream).await?;
        let policy = lock(&self.policy).as_ref().map(|(_, policy)| policy["policy"].clone());
        let managed =
            policy.into_iter().flat_map(|policy| indices.iter().map(move |name| (name.clone(), policy.clone())));
        lock(&self.managed).extend(managed);
        Ok(())
    }

    /// The indices of a stream.
    async fn backing(&self, stream: &str) -> Result<Vec<String>> {
        let answer = self.node.get(&format!("/_data_stream/{stream}")).await?.json()?;
        let indices = answer["data_streams"][0]["indices"].as_array().into_iter().flatten();
        Ok(indices.filter_map(|index| index["index_name"].as_str()).map(str::to_owned).collect())
    }

    fn explained(&self, indices: &[String]) -> Value {
        let managed = lock(&self.managed);
        let mut answer = json!({"total_managed_indices": managed.len()});
        let key = "index.plugins.index_state_management.policy_id";
        for name in indices {
            answer[name] = match managed.get(name) {
                Some(policy) => {
                    let id = policy["ism_template"][0]["index_patterns"][0].clone();
                    json!({key: id, "index": name, "policy_id": id, "enabled": true, "policy": policy})
                }
                None => json!({key: null, "enabled": null}),
            };
        }
        answer
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
