//! An OpenSearch as far as a shipper of documents sees it: `_bulk`, and what a client asks first.
//!
//! Every index behaves like a data stream: `create` only, and each document needs a `@timestamp`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};

use super::bulk::{self, Action};
use super::fault::Fault;
use super::filter_path::filtered;
use super::server::{Answer, Handler, Received, Server};
use super::wire::Wire;
use crate::lock;

/// A running server.
pub struct OpenSearch {
    server: Server,
    store: Arc<Store>,
}

/// A document that was stored.
#[derive(Clone, Debug)]
pub struct Document {
    /// Index or data stream.
    pub index: String,
    /// Its id; empty if the server had to make one.
    pub id: String,
    /// Its source as it came.
    pub source: String,
    /// Its source, read.
    pub fields: Value,
}

/// A request to `_bulk`.
#[derive(Clone, Debug)]
pub struct BulkRequest {
    /// The path.
    pub path: String,
    /// Bytes of the body after decompression.
    pub bytes: usize,
    /// Whether it came compressed.
    pub gzip: bool,
    /// The `Authorization` header.
    pub authorization: String,
    /// Status of the answer.
    pub status: u16,
    /// Status of each item.
    pub items: Vec<u16>,
    /// When.
    pub at: Instant,
}

#[derive(Default)]
struct Store(Mutex<State>);

#[derive(Default)]
struct State {
    documents: Vec<Document>,
    ids: BTreeSet<(String, String)>,
    requests: Vec<BulkRequest>,
    /// For faults that hit every so many items.
    seen_items: u32,
}

impl OpenSearch {
    /// Starts a server on a free port.
    ///
    /// # Errors
    /// If there is none.
    pub async fn start() -> Result<Self> {
        let store = Arc::new(Store::default());
        Ok(Self { server: Server::start(store.clone()).await?, store })
    }

    /// Its base URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Sets how it fails, from the next request on.
    pub fn set_fault(&self, fault: Fault) {
        self.server.set_fault(fault);
    }

    /// Cuts every connection.
    pub fn cut_connections(&self) {
        self.server.cut();
    }

    /// Every byte that reached it.
    #[must_use]
    pub fn wire(&self) -> Wire {
        self.server.wire.clone()
    }

    /// The documents it holds, in the order in which they came.
    #[must_use]
    pub fn documents(&self) -> Vec<Document> {
        lock(&self.store.0).documents.clone()
    }

    /// The documents by id.
    #[must_use]
    pub fn by_id(&self) -> BTreeMap<String, Document> {
        self.documents().into_iter().map(|document| (document.id.clone(), document)).collect()
    }

    /// Every bulk request so far that reached its work.
    #[must_use]
    pub fn requests(&self) -> Vec<BulkRequest> {
        lock(&self.store.0).requests.clone()
    }
}

impl Handler for Store {
    fn handle(&self, request: &Received) -> Answer {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST" | "PUT", path) if path.ends_with("/_bulk") => self.bulk(request),
            ("GET" | "HEAD", "/") => Answer::json(200, &about()),
            (_, path) => {
                Answer::json(404, &error(404, "resource_not_found_exception", &format!("no such path: {path}")))
            }
        }
    }
}

impl Store {
    fn bulk(&self, request: &Received) -> Answer {
        let (answer, items) = match check(request) {
            Err(refused) => (refused, Vec::new()),
            Ok(actions) => self.apply(&actions, request),
        };
        lock(&self.0).requests.push(BulkRequest {
            path: request.path.clone(),
            bytes: request.body.len(),
            gzip: request.header("content-encoding") == "gzip",
            authorization: request.header("authorization").to_owned(),
            status: answer.status,
            items,
            at: Instant::now(),
        });
        answer
    }

    fn apply(&self, actions: &[Action], request: &Received) -> (Answer, Vec<u16>) {
        let mut state = lock(&self.0);
        let items: Vec<_> = actions.iter().map(|action| (action, state.item(action, request.fault))).collect();
        let statuses: Vec<u16> = items.iter().map(|(_, item)| item.0).collect();
        let rendered: Vec<Value> = items.into_iter().map(|(action, item)| render(action, item)).collect();
        let errors = statuses.iter().any(|status| *status >= 300);
        let answer = json!({ "took": 1, "errors": errors, "items": rendered });
        (Answer::json(200, &filtered(answer, &request.query)), statuses)
    }
}

impl State {
    /// Status of an item, and its error if it has one.
    fn item(&mut self, action: &Action, fault: Fault) -> (u16, Option<Value>) {
        self.seen_items += 1;
        match fault {
            Fault::ThrottleItems(every) if self.seen_items.is_multiple_of(every.max(1)) => {
                let reason = "rejected execution of coordinating operation";
                return (429, Some(cause("rejected_execution_exception", reason)));
            }
            Fault::RejectItems(every) if self.seen_items.is_multiple_of(every.max(1)) => {
                return (400, Some(cause("mapper_parsing_exception", "failed to parse field [record]")));
            }
            _ => {}
        }
        self.create(action).map_or_else(|(status, error)| (status, Some(error)), |()| (201, None))
    }

    fn create(&mut self, action: &Action) -> Result<(), (u16, Value)> {
        if action.verb != "create" {
            let reason = "only write ops with an op_type of create are allowed in data streams";
            return Err((400, cause("illegal_argument_exception", reason)));
        }
        let parsed: Result<Value, _> = serde_json::from_str(&action.source);
        let fields = parsed.ok().filter(Value::is_object);
        let fields = fields.ok_or_else(|| (400, cause("mapper_parsing_exception", "failed to parse")))?;
        if fields.get("@timestamp").is_none_or(Value::is_null) {
            let reason = "data stream timestamp field [@timestamp] is missing";
            return Err((400, cause("mapper_parsing_exception", reason)));
        }
        let id = action.id.clone().unwrap_or_default();
        if !id.is_empty() && !self.ids.insert((action.index.clone(), id.clone())) {
            let reason = format!("[{id}]: version conflict, document already exists (current version [1])");
            return Err((409, cause("version_conflict_engine_exception", &reason)));
        }
        self.documents.push(Document { index: action.index.clone(), id, source: action.source.clone(), fields });
        Ok(())
    }
}

/// Checks a request as a whole.
fn check(request: &Received) -> Result<Vec<Action>, Answer> {
    let content_type = request.header("content-type");
    if !matches!(content_type.split(';').next(), Some("application/x-ndjson" | "application/json")) {
        let reason = format!("Content-Type header [{content_type}] is not supported");
        return Err(Answer::json(406, &json!({ "error": reason, "status": 406 })));
    }
    if request.header("transfer-encoding").contains("chunked") {
        return Err(Answer::json(400, &error(400, "illegal_argument_exception", "chunked bodies are not supported")));
    }
    let index = request.path.trim_end_matches("/_bulk").rsplit('/').next().filter(|index| !index.is_empty());
    let actions = bulk::parse(&request.body, index);
    actions.map_err(|why| Answer::json(400, &error(400, "illegal_argument_exception", &why)))
}

fn render(action: &Action, (status, error): (u16, Option<Value>)) -> Value {
    let mut item = json!({ "_index": action.index, "_id": action.id, "status": status });
    match error {
        Some(error) => item["error"] = error,
        None => item["result"] = "created".into(),
    }
    json!({ &action.verb: item })
}

fn cause(error_type: &str, reason: &str) -> Value {
    json!({ "type": error_type, "reason": reason })
}

fn error(status: u16, error_type: &str, reason: &str) -> Value {
    let cause = cause(error_type, reason);
    json!({ "error": { "root_cause": [cause], "type": error_type, "reason": reason }, "status": status })
}

fn about() -> Value {
    json!({
        "name": "receiver",
        "cluster_name": "telesieve-sandbox",
        "version": { "distribution": "opensearch", "number": "2.19.1" },
        "tagline": "The OpenSearch Project: https://opensearch.org/",
    })
}
