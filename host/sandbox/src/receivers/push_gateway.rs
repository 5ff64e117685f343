//! A PushGateway: groups of metrics by the path they were pushed to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::Result;

use super::base64;
use super::exposition::{self, Family, FamilyKind, Labels, Sample};
use super::fault::Fault;
use super::server::{Answer, Handler, Received, Server};
use super::wire::Wire;
use crate::lock;

/// Metrics that the gateway itself has, by the start of their names.
const OWN: [&str; 4] = ["go_", "process_", "promhttp_", "pushgateway_"];

/// A running gateway.
pub struct PushGateway {
    server: Server,
    store: Arc<Store>,
}

/// A group as it is now.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Its grouping key, `job` included.
    pub key: BTreeMap<String, String>,
    /// Its metrics.
    pub families: Vec<Family>,
}

/// A request that reached the gateway and was understood or refused by it.
#[derive(Clone, Debug)]
pub struct Push {
    /// PUT, POST or DELETE.
    pub method: String,
    /// The path.
    pub path: String,
    /// The grouping key; empty if the path was refused.
    pub key: BTreeMap<String, String>,
    /// The body as text.
    pub body: String,
    /// Status of the answer.
    pub status: u16,
    /// The answer's text, which says why.
    pub answer: String,
    /// When.
    pub at: Instant,
}

#[derive(Default)]
struct Store(Mutex<State>);

#[derive(Default)]
struct State {
    groups: BTreeMap<Labels, Vec<Family>>,
    pushes: Vec<Push>,
}

impl PushGateway {
    /// Starts a gateway on a free port.
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

    /// The groups that it holds now.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let state = lock(&self.store.0);
        state.groups.iter().map(|(key, families)| Group { key: key.clone(), families: families.clone() }).collect()
    }

    /// Every request so far, refused ones included.
    #[must_use]
    pub fn pushes(&self) -> Vec<Push> {
        lock(&self.store.0).pushes.clone()
    }

    /// Texts of the last push that was taken, one for each group, deleted ones included.
    #[must_use]
    pub fn last_texts(&self) -> Vec<String> {
        let state = lock(&self.store.0);
        let taken = state.pushes.iter().filter(|push| push.method != "DELETE" && push.status == 200);
        let last: BTreeMap<&Labels, &String> = taken.map(|push| (&push.key, &push.body)).collect();
        last.into_values().cloned().collect()
    }

    /// Families of the last pushes, see [`PushGateway::last_texts`].
    #[must_use]
    pub fn last_families(&self) -> Vec<Family> {
        self.last_texts().iter().flat_map(|text| exposition::parse(text).unwrap_or_default()).collect()
    }

    /// Samples of a name in the last pushes, see [`PushGateway::last_texts`].
    #[must_use]
    pub fn samples(&self, name: &str) -> Vec<Sample> {
        let samples = self.last_families().into_iter().flat_map(|family| family.samples);
        samples.filter(|sample| sample.name == name).collect()
    }

    /// Sum of the samples of a name that have these labels; 0 if there are none.
    #[must_use]
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.samples(name).iter().filter(|sample| sample.has(labels)).map(|sample| sample.value).sum()
    }
}

impl Handler for Store {
    fn handle(&self, request: &Received) -> Answer {
        if request.method == "GET" {
            return match request.path.as_str() {
                "/-/healthy" | "/-/ready" => Answer::text(200, "OK"),
                "/metrics" => Answer::text(200, self.exposed()),
                _ => Answer::text(404, "404 page not found\n"),
            };
        }
        let key = grouping_key(&request.path);
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let answer = match &key {
            Ok(key) => self.apply(&request.method, key, &body),
            Err(answer) => Answer::text(answer.0, answer.1.clone()),
        };
        lock(&self.0).pushes.push(Push {
            method: request.method.clone(),
            path: request.path.clone(),
            key: key.unwrap_or_default(),
            body,
            status: answer.status,
            answer: answer.body.clone(),
            at: Instant::now(),
        });
        answer
    }
}

impl Store {
    fn apply(&self, method: &str, key: &Labels, body: &str) -> Answer {
        let mut state = lock(&self.0);
        let families = match method {
            "DELETE" => {
                state.groups.remove(key);
                return Answer::text(202, "");
            }
            "PUT" | "POST" => exposition::parse(body),
            _ => return Answer::text(405, "Method Not Allowed"),
        };
        match families.and_then(|families| state.consistent(key, families)) {
            Err(why) => Answer::text(400, why + "\n"),
            Ok(families) => {
                state.store(key, families, method == "PUT");
                Answer::text(200, "")
            }
        }
    }

    fn exposed(&self) -> String {
        let state = lock(&self.0);
        state.groups.values().flatten().flat_map(|family| &family.samples).fold(String::new(), |mut text, sample| {
            let labels: Vec<_> = sample.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
            text.push_str(&format!("{}{{{}}} {}\n", sample.name, labels.join(","), sample.value));
            text
        })
    }
}

impl State {
    /// Checks families against everything that is stored, and gives them the group's labels.
    fn consistent(&self, key: &Labels, mut families: Vec<Family>) -> Result<Vec<Family>, String> {
        for family in &mut families {
            self.check_kind(key, family)?;
            for sample in &mut family.samples {
                sample.labels.extend(key.clone());
                sample.labels.entry("instance".to_owned()).or_default();
            }
            let mut series: Vec<_> = family.samples.iter().map(|sample| (&sample.name, &sample.labels)).collect();
            series.sort();
            let count = series.len();
            series.dedup();
            if series.len() < count {
                return Err(format!("pushed metrics are invalid or inconsistent: {} is a duplicate", family.name));
            }
        }
        Ok(families)
    }

    fn check_kind(&self, key: &Labels, family: &Family) -> Result<(), String> {
        if OWN.iter().any(|own| family.name.starts_with(own)) {
            return Err(format!("{} is one of the gateway's own metrics", family.name));
        }
        let others = self.groups.iter().filter(|(other, _)| *other != key).flat_map(|(_, families)| families);
        let clash = |other: &Family| other.name == family.name && other.kind != family.kind;
        match others.clone().find(|other| clash(other)).map(|other| other.kind) {
            Some(kind) => Err(inconsistent(&family.name, kind, family.kind)),
            None => Ok(()),
        }
    }

    /// PUT replaces the group, POST the families of the same name.
    fn store(&mut self, key: &Labels, families: Vec<Family>, replace: bool) {
        let group = self.groups.entry(key.clone()).or_default();
        group.retain(|old| !replace && families.iter().all(|new| new.name != old.name));
        group.extend(families);
    }
}

fn inconsistent(name: &str, stored: FamilyKind, pushed: FamilyKind) -> String {
    format!("pushed metrics are invalid or inconsistent with existing metrics: {name} is {stored:?}, not {pushed:?}")
}

/// Reads the grouping key off a path, or says how the gateway answers.
fn grouping_key(path: &str) -> Result<Labels, (u16, String)> {
    let bad = |what: &str| (400, format!("{what}\n"));
    let path = percent_decode(path).ok_or_else(|| bad("invalid percent-encoding"))?;
    if path.contains("//") || path.split('/').any(|part| matches!(part, "." | "..")) {
        return Err((301, "moved to the cleaned path".to_owned()));
    }
    let start = path.find("/metrics/job").ok_or((404, "404 page not found\n".to_owned()))?;
    let mut parts = path[start + "/metrics/".len()..].trim_end_matches('/').split('/');
    let mut key = Labels::new();
    while let Some(name) = parts.next() {
        let value = parts.next().ok_or_else(|| bad("odd number of components in label string"))?;
        let (name, value) = match name.strip_suffix("@base64") {
            Some(name) => (name, base64::decode(value).ok_or_else(|| bad("invalid base64 encoding"))?),
            None => (name, value.to_owned()),
        };
        if name.starts_with("__") || key.is_empty() && (name != "job" || value.is_empty()) {
            return Err(bad("invalid label name or empty job name"));
        }
        key.entry(name.to_owned()).or_insert(value);
    }
    Ok(key)
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn status(path: &str) -> u16 {
        grouping_key(path).map_or_else(|refused| refused.0, |_| 200)
    }

    #[test]
    fn reads_paths_as_the_gateway_does() {
        let key = grouping_key("/prefix/metrics/job/a/fn@base64/L3Zhci90bXA/v/$LATEST").unwrap();
        assert_eq!(
            key.into_iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>(),
            ["fn=/var/tmp", "job=a", "v=$LATEST"]
        );
        let cases = [
            ("/metrics/job/a/path/a%2Fb", 400),
            ("/metrics/job/a/path//var", 301),
            ("/metrics/job/a/fn/%2E%2E", 301),
            ("/metrics/job/a/fn/%24LATEST", 200),
            ("/metrics/job/a/fn@base64/!!", 400),
            ("/metrics/job/a/__fn/b", 400),
            ("/other", 404),
        ];
        for (path, expected) in cases {
            assert_eq!(status(path), expected, "{path}");
        }
    }

    #[test]
    fn put_replaces_and_post_merges() {
        let store = Store::default();
        let key = grouping_key("/metrics/job/a").unwrap();
        let names =
            || -> Vec<String> { lock(&store.0).groups[&key].iter().map(|family| family.name.clone()).collect() };
        assert_eq!(store.apply("PUT", &key, "a 1\nb 1\n").status, 200);
        assert_eq!(store.apply("POST", &key, "b 2\nc 1\n").status, 200);
        assert_eq!(names(), ["a", "b", "c"]);
        assert_eq!(store.apply("PUT", &key, "c 1\n").status, 200);
        assert_eq!(names(), ["c"]);
        assert_eq!(store.apply("DELETE", &key, "").status, 202);
        assert!(lock(&store.0).groups.is_empty());
    }

    #[test]
    fn one_name_has_one_type_everywhere() {
        let store = Store::default();
        let (a, b) = (grouping_key("/metrics/job/a").unwrap(), grouping_key("/metrics/job/b").unwrap());
        assert_eq!(store.apply("PUT", &a, "# TYPE x counter\nx 1\n").status, 200);
        assert_eq!(store.apply("PUT", &b, "# TYPE x gauge\nx 1\n").status, 400);
        assert_eq!(store.apply("PUT", &b, "go_threads 1\n").status, 400);
        assert_eq!(store.apply("PUT", &b, "y{job=\"1\"} 1\ny{job=\"2\"} 1\n").status, 400);
        assert_eq!(store.apply("PATCH", &b, "").status, 405);
    }
}
