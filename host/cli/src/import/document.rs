//! JSON in which log events come: answers of CloudWatch Logs, payloads of subscriptions, Live Tail, Logs Insights.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use telesieve_core::time::parse_rfc3339;

use super::{Entry, source};

/// What is understood, for messages.
pub(super) const FORMS: &str = "the output of `aws logs filter-log-events`, `get-log-events` or `start-query`, a payload of \
                                a subscription, an update of Live Tail, or log events with `timestamp` and `message`";

/// Adds the log events of a document; `false` if its form is unknown.
///
/// # Errors
/// A payload in it is damaged.
pub(super) fn entries(document: &Value, entries: &mut Vec<Entry>) -> Result<bool> {
    if let Some(elements) = document.as_array() {
        // An array may be empty, and every element must be known.
        return elements.iter().try_fold(true, |known, element| Ok(known && self::entries(element, entries)?));
    }
    if let Some(found) = lists(document) {
        let stream = text(&document["logStream"]);
        entries.extend(found.iter().filter_map(|event| log_event(event, &stream)));
        return Ok(true);
    }
    if let Some(rows) = document["results"].as_array() {
        entries.extend(rows.iter().filter_map(row));
        return Ok(true);
    }
    if let Some(payload) = payload(document) {
        let bytes = STANDARD.decode(payload).context("the payload of a subscription is not base64")?;
        entries.extend(source::entries(bytes)?);
        return Ok(true);
    }
    if let Some(records) = document["Records"].as_array() {
        return records.iter().try_fold(true, |known, record| Ok(known && self::entries(record, entries)?));
    }
    if document["type"].is_string() && document.get("record").is_some() {
        // Telemetry already: its time stays with it.
        let time = document["time"].as_str().and_then(parse_rfc3339);
        entries.push(Entry { stream: String::new(), time, message: document.to_string() });
        return Ok(true);
    }
    let event = log_event(document, "");
    let is_known = event.is_some() || is_without_events(document);
    entries.extend(event);
    Ok(is_known)
}

/// The list of log events in an answer or a payload.
fn lists(document: &Value) -> Option<&Vec<Value>> {
    let update = document.get("sessionUpdate").unwrap_or(document);
    ["events", "logEvents", "sessionResults"].iter().find_map(|name| update[*name].as_array())
}

/// What Live Tail sends first, and what a subscription sends to see whether somebody is there.
fn is_without_events(document: &Value) -> bool {
    document.get("sessionStart").is_some() || document["messageType"] == "CONTROL_MESSAGE"
}

/// The compressed payload of a subscription, as a function, Kinesis or Firehose gets it.
fn payload(document: &Value) -> Option<&str> {
    let places = [&document["awslogs"]["data"], &document["kinesis"]["data"], &document["data"]];
    places.into_iter().find_map(Value::as_str)
}

fn log_event(event: &Value, stream: &str) -> Option<Entry> {
    let message = event["message"].as_str()?;
    let own = text(&event["logStreamName"]);
    let stream = if own.is_empty() { stream.to_owned() } else { own };
    let time = event["timestamp"].as_i64().or_else(|| event["timestamp"].as_str().and_then(parse_rfc3339));
    // Without the time it may be any object that has a message.
    time.is_some().then(|| Entry { stream, time, message: message.to_owned() })
}

/// A row of Logs Insights: fields with names and values.
fn row(row: &Value) -> Option<Entry> {
    let field = |name: &str| {
        let fields = row.as_array()?.iter();
        fields.filter(|field| field["field"] == name).find_map(|field| field["value"].as_str())
    };
    let time = field("@timestamp").and_then(|time| {
        parse_rfc3339(&time.replacen(' ', "T", 1))
            .or_else(|| parse_rfc3339(&format!("{}Z", time.replacen(' ', "T", 1))))
    });
    let stream = field("@logStream").unwrap_or_default().to_owned();
    Some(Entry { stream, time, message: field("@message")?.to_owned() })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::json;

    use super::*;

    fn found(document: &Value) -> Vec<(String, Option<i64>, String)> {
        let mut found = Vec::new();
        assert!(entries(document, &mut found).unwrap(), "{document}");
        found.into_iter().map(|entry| (entry.stream, entry.time, entry.message)).collect()
    }

    #[test]
    fn every_known_form_is_read() {
        let expected = [("s".to_owned(), Some(1_772_439_320_101), "m".to_owned())];
        let event = json!({"logStreamName": "s", "timestamp": 1_772_439_320_101_i64, "message": "m", "ingestionTime": 1, "eventId": "1"});
        assert_eq!(found(&json!({"events": [event], "searchedLogStreams": []})), expected);
        assert_eq!(found(&json!([event])), expected);
        assert_eq!(found(&json!({"sessionUpdate": {"sessionMetadata": {}, "sessionResults": [event]}})), expected);
        let payload = json!({"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s",
            "logEvents": [{"id": "1", "timestamp": 1_772_439_320_101_i64, "message": "m"}]});
        assert_eq!(found(&payload), expected);
        let data = STANDARD.encode(payload.to_string());
        assert_eq!(found(&json!({"awslogs": {"data": data}})), expected);
        assert_eq!(found(&json!({"Records": [{"kinesis": {"data": data}}]})), expected);
        let fields = [("@timestamp", "2026-03-02 08:15:20.101"), ("@message", "m"), ("@logStream", "s")];
        let row: Vec<Value> = fields.iter().map(|(field, value)| json!({"field": field, "value": value})).collect();
        assert_eq!(found(&json!({"results": [row], "status": "Complete"})), expected);
        assert!(found(&json!({"messageType": "CONTROL_MESSAGE"})).is_empty());
    }

    #[test]
    fn other_json_is_unknown() {
        let mut found = Vec::new();
        assert!(!entries(&json!({"level": "INFO", "message": "hello"}), &mut found).unwrap());
        assert!(!entries(&json!(1), &mut found).unwrap());
        assert!(entries(&json!({"awslogs": {"data": "%%"}}), &mut found).is_err());
    }
}
