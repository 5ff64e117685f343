//! A subscription to telemetry: what may be asked for, and within which limits.

use std::time::Duration;

use serde_json::Value;

use crate::options::Options;
use crate::refusal::Refusal;

/// The port of the Runtime API.
const RESERVED_PORT: u16 = 9_001;

/// A subscription that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) schema: String,
    pub(crate) types: Vec<String>,
    pub(crate) max_items: usize,
    pub(crate) max_bytes: usize,
    pub(crate) timeout: Duration,
    pub(crate) destination: Destination,
}

/// Where to deliver. The host is always the sandbox itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Http { port: u16, path: String },
    Tcp { port: u16 },
}

impl Subscription {
    /// Reads and checks a request body.
    pub(crate) fn parse(body: &[u8], options: &Options) -> Result<Self, Refusal> {
        let body: Value = serde_json::from_slice(body).map_err(|e| Refusal::invalid(e.to_string()))?;
        let schema = body["schemaVersion"].as_str().unwrap_or_default();
        if !options.knows_schema(schema) {
            return Err(Refusal::invalid(format!("schemaVersion '{schema}' is not supported")));
        }
        let buffering = &body["buffering"];
        Ok(Self {
            schema: schema.to_owned(),
            types: types(&body["types"])?,
            max_items: limit(buffering, "maxItems", 1_000, 10_000, 10_000)?,
            max_bytes: limit(buffering, "maxBytes", 262_144, 1_048_576, 262_144)?,
            timeout: Duration::from_millis(limit(buffering, "timeoutMs", 25, 30_000, 1_000)? as u64),
            destination: destination(&body["destination"])?,
        })
    }

    /// Whether it asked for events of this kind. Kinds that belong to no stream go to everyone.
    pub(crate) fn wants(&self, kind: &str) -> bool {
        let stream = if kind.starts_with("platform.") { "platform" } else { kind };
        let known = matches!(stream, "platform" | "function" | "extension");
        !known || self.types.iter().any(|wanted| wanted == stream)
    }

    /// Whether records of lines are strings under every log format.
    pub(crate) fn text_only(&self) -> bool {
        self.schema == "2022-07-01"
    }
}

fn types(value: &Value) -> Result<Vec<String>, Refusal> {
    let list = value.as_array().filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| Refusal::invalid("types must name at least one stream"))?;
    list.iter().map(stream).collect()
}

fn stream(value: &Value) -> Result<String, Refusal> {
    match value.as_str() {
        Some(stream @ ("platform" | "function" | "extension")) => Ok(stream.to_owned()),
        _ => Err(Refusal::invalid(format!("{value} is not a stream"))),
    }
}

fn limit(buffering: &Value, key: &str, min: u64, max: u64, default: u64) -> Result<usize, Refusal> {
    let value = match &buffering[key] {
        Value::Null => Some(default),
        value => value.as_u64().filter(|value| (min..=max).contains(value)),
    };
    let value = value.and_then(|value| usize::try_from(value).ok());
    value.ok_or_else(|| Refusal::invalid(format!("buffering.{key} must be a number from {min} to {max}")))
}

fn destination(value: &Value) -> Result<Destination, Refusal> {
    match value["protocol"].as_str() {
        Some("HTTP") => http(value["URI"].as_str().unwrap_or_default()),
        Some("TCP") => tcp(&value["port"]),
        _ => Err(Refusal::invalid("destination.protocol must be HTTP or TCP")),
    }
}

fn tcp(port: &Value) -> Result<Destination, Refusal> {
    let port = port.as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| usable(*port));
    let port = port.ok_or_else(|| Refusal::invalid("destination.port must be a port other than 9001"))?;
    Ok(Destination::Tcp { port })
}

fn http(uri: &str) -> Result<Destination, Refusal> {
    let rest =
        uri.strip_prefix("http://").ok_or_else(|| Refusal::invalid("destination.URI must start with http://"))?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    if !matches!(host, "sandbox.localdomain" | "sandbox") {
        return Err(Refusal::invalid("destination.URI must point to sandbox.localdomain"));
    }
    let port = port.parse().ok().filter(|port| usable(*port));
    let port = port.ok_or_else(|| Refusal::invalid("destination.URI needs a port other than 9001"))?;
    Ok(Destination::Http { port, path: if path.is_empty() { "/".to_owned() } else { path.to_owned() } })
}

fn usable(port: u16) -> bool {
    port != 0 && port != RESERVED_PORT
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::options::InitType;

    fn body(change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut body = serde_json::json!({
            "schemaVersion": "2025-01-29",
            "types": ["platform", "function"],
            "buffering": {"maxItems": 1000, "maxBytes": 262_144, "timeoutMs": 25},
            "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:8080/telemetry"},
        });
        change(&mut body);
        body.to_string().into_bytes()
    }

    fn parse(change: impl FnOnce(&mut Value)) -> Result<Subscription, Refusal> {
        Subscription::parse(&body(change), &Options::default())
    }

    #[test]
    fn takes_what_is_in_order() {
        let subscription = parse(|_| {}).unwrap();
        assert_eq!(subscription.destination, Destination::Http { port: 8080, path: "/telemetry".to_owned() });
        assert_eq!(subscription.timeout, Duration::from_millis(25));
        assert!(subscription.wants("platform.start") && subscription.wants("function") && subscription.wants("tenant"));
        assert!(!subscription.wants("extension"));
    }

    #[test]
    fn fills_in_defaults() {
        let subscription = parse(|body| body["buffering"] = Value::Null).unwrap();
        assert_eq!((subscription.max_items, subscription.max_bytes), (10_000, 262_144));
        assert_eq!(subscription.timeout, Duration::from_secs(1));
    }

    #[test]
    fn refuses_each_field_out_of_range() {
        let cases: [fn(&mut Value); 12] = [
            |body| body["schemaVersion"] = "2099-01-01".into(),
            |body| body["types"] = serde_json::json!([]),
            |body| body["types"] = serde_json::json!(["metrics"]),
            |body| body["buffering"]["maxItems"] = 999.into(),
            |body| body["buffering"]["maxItems"] = 10_001.into(),
            |body| body["buffering"]["maxBytes"] = 262_143.into(),
            |body| body["buffering"]["timeoutMs"] = 24.into(),
            |body| body["buffering"]["timeoutMs"] = "25".into(),
            |body| body["destination"]["protocol"] = "UDP".into(),
            |body| body["destination"]["URI"] = "http://example.com:8080".into(),
            |body| body["destination"]["URI"] = "http://sandbox.localdomain:9001".into(),
            |body| body["destination"]["URI"] = "http://sandbox.localdomain".into(),
        ];
        for (number, case) in cases.into_iter().enumerate() {
            let refusal = parse(case).unwrap_err();
            assert_eq!((refusal.status, refusal.error_type), (400, "ValidationError"), "case {number}");
        }
    }

    #[test]
    fn managed_instances_know_the_newest_schema_only() {
        let managed = Options::default().init_type(InitType::Managed);
        let old = body(|body| body["schemaVersion"] = "2022-12-13".into());
        Subscription::parse(&old, &managed).unwrap_err();
        Subscription::parse(&body(|_| {}), &managed).unwrap();
    }

    #[test]
    fn takes_tcp() {
        let subscription = parse(|body| body["destination"] = serde_json::json!({"protocol": "TCP", "port": 7000}));
        assert_eq!(subscription.unwrap().destination, Destination::Tcp { port: 7000 });
    }
}
