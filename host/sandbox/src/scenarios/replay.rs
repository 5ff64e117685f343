//! Recorded telemetry, played back exactly as it was recorded.

use std::time::Duration;

use serde_json::Value;

use crate::invocation::{Invocation, Line, Tracing};

/// Events of a recording without `platform.start` that one invocation brings along.
const PER_INVOCATION: usize = 25;

/// The invocations of a recording: a new one begins at each `platform.start`, under its request id. Events are delivered as
/// they are, times and request ids included; they need not be JSON.
///
/// Play them with [`TelemetryOptions::replays`](crate::TelemetryOptions), or the sandbox adds events of its own.
#[must_use]
pub fn replay(events: Vec<String>) -> Vec<Invocation> {
    let mut stories: Vec<(Option<String>, Vec<Line>)> = Vec::new();
    for event in events {
        let request = started_request(&event);
        let is_full = stories.last().is_none_or(|(request, lines)| request.is_none() && lines.len() >= PER_INVOCATION);
        match stories.last_mut() {
            // What precedes the first start belongs to the first invocation: init comes before it.
            Some((current @ None, lines)) if request.is_some() => {
                *current = request;
                lines.push(Line::Event(event));
            }
            Some((_, lines)) if request.is_none() && !is_full => lines.push(Line::Event(event)),
            _ => stories.push((request, vec![Line::Event(event)])),
        }
    }
    stories.into_iter().map(invocation).collect()
}

/// The request whose `platform.start` an event is.
fn started_request(event: &str) -> Option<String> {
    let event: Value = serde_json::from_str(event).ok()?;
    let id = event["record"]["requestId"].as_str()?;
    (event["type"] == "platform.start").then(|| id.to_owned())
}

fn invocation((request_id, lines): (Option<String>, Vec<Line>)) -> Invocation {
    let takes = Duration::from_millis(1);
    Invocation { request_id, takes, tracing: Tracing::Absent, ..Invocation::new(lines) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(id: &str) -> String {
        format!(r#"{{"type":"platform.start","record":{{"requestId":"{id}"}}}}"#)
    }

    fn shape(events: Vec<String>) -> Vec<(Option<String>, usize)> {
        replay(events).into_iter().map(|invocation| (invocation.request_id, invocation.lines.len())).collect()
    }

    #[test]
    fn an_invocation_begins_at_each_start() {
        let line = || r#"{"type":"function","record":"a"}"#.to_owned();
        let events = vec![line(), start("one"), line(), line(), start("two"), line()];
        assert_eq!(shape(events), [(Some("one".to_owned()), 4), (Some("two".to_owned()), 2)]);
    }

    #[test]
    fn a_recording_without_starts_is_spread() {
        assert_eq!(shape(vec!["{broken".to_owned(); 26]), [(None, 25), (None, 1)]);
        assert!(shape(Vec::new()).is_empty());
    }
}
