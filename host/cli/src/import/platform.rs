//! The lines that Lambda itself writes to a log group, read back into the platform events that they were made of.
//!
//! A log group holds less than telemetry does: spans, bytes and the start of extensions are not in it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// What a log event was.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Line {
    /// Telemetry as it is: the platform's lines in the JSON log format.
    Event(Value),
    /// A platform event: its kind without `platform.`, and its record.
    Platform(&'static str, Value),
    /// A line of the function.
    Function(Value),
}

/// What the report of a request says of its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    status: String,
    error_type: Option<String>,
    duration: Option<Value>,
}

/// Fields of REPORT lines that are metrics: the word, and the metric's name.
const METRICS: &[(&str, &str)] = &[
    ("Duration", "durationMs"),
    ("Billed Duration", "billedDurationMs"),
    ("Memory Size", "memorySizeMB"),
    ("Max Memory Used", "maxMemoryUsedMB"),
    ("Init Duration", "initDurationMs"),
    ("Restore Duration", "restoreDurationMs"),
    ("Billed Restore Duration", "billedRestoreDurationMs"),
];

/// Reads a log event.
pub(super) fn read(message: &str, requests: &HashMap<&str, Request>) -> Line {
    if let Some(line) = json_line(message) {
        return line;
    }
    let line = message.trim();
    let read = match line.split([' ', '\t']).next().unwrap_or_default() {
        "START" => start(line),
        "END" => runtime_done(line, requests),
        "REPORT" => report(line),
        "INIT_START" => Some(init_start(line)),
        "INIT_REPORT" => init_report(line),
        "RESTORE_START" => Some(Line::Platform("restoreStart", runtime(line))),
        "RESTORE_REPORT" => restore_report(line),
        "EXTENSION" => extension(line),
        "TELEMETRY" => telemetry(line),
        _ => None,
    };
    read.unwrap_or_else(|| Line::Function(message.into()))
}

/// The request that a report is about, and what it says of it.
pub(super) fn report_of(message: &str) -> Option<(&str, Request)> {
    let line = message.trim();
    let id = reported_request(line)?;
    let fields = Fields::of(line);
    let (status, error_type) = (fields.status().to_owned(), fields.get("Error Type").map(str::to_owned));
    Some((id, Request { status, error_type, duration: fields.number("Duration") }))
}

fn reported_request(line: &str) -> Option<&str> {
    line.strip_prefix("REPORT RequestId: ")?.split(['\t', ' ', '\n']).next()
}

/// A line in the JSON log format: the platform's are telemetry, the function's are records.
fn json_line(message: &str) -> Option<Line> {
    let text = message.trim();
    if !text.starts_with('{') {
        return None;
    }
    let object: Map<String, Value> = serde_json::from_str(text).ok()?;
    let is_platform = object.get("type").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("platform."));
    let is_event = object.contains_key("record") && object.contains_key("type") && object.contains_key("time");
    if is_event || is_platform && object.contains_key("record") {
        return Some(Line::Event(Value::Object(object)));
    }
    Some(Line::Function(Value::Object(object)))
}

fn start(line: &str) -> Option<Line> {
    let rest = line.strip_prefix("START RequestId: ")?;
    let (id, version) = rest.split_once(" Version: ").unwrap_or((rest, ""));
    let mut record = json!({ "requestId": id.trim() });
    set(&mut record, "version", Some(version.trim()).filter(|version| !version.is_empty()).map(Value::from));
    Some(Line::Platform("start", record))
}

fn runtime_done(line: &str, requests: &HashMap<&str, Request>) -> Option<Line> {
    let id = line.strip_prefix("END RequestId: ")?.trim();
    let request = requests.get(id);
    let mut record = json!({ "requestId": id, "status": request.map_or("success", |request| &request.status) });
    set(&mut record, "errorType", request.and_then(|request| request.error_type.clone()).map(Value::from));
    let duration = request.and_then(|request| request.duration.clone());
    set(&mut record, "metrics", duration.map(|duration| json!({ "durationMs": duration })));
    Some(Line::Platform("runtimeDone", record))
}

fn report(line: &str) -> Option<Line> {
    let id = reported_request(line)?;
    let fields = Fields::of(line);
    let metrics = METRICS.iter().filter_map(|(word, name)| Some(((*name).to_owned(), fields.number(word)?)));
    let metrics: Map<String, Value> = metrics.collect();
    let mut record = json!({ "requestId": id, "status": fields.status(), "metrics": metrics });
    set(&mut record, "errorType", fields.get("Error Type").map(Value::from));
    set(&mut record, "tracing", tracing(&fields));
    Some(Line::Platform("report", record))
}

/// The trace of a report: `XRAY TraceId: 1-… SegmentId: … Sampled: true`.
fn tracing(fields: &Fields<'_>) -> Option<Value> {
    let root = fields.get("XRAY TraceId")?;
    let parent = fields.get("SegmentId")?;
    let sampled = u8::from(fields.get("Sampled") == Some("true"));
    let value = format!("Root={root};Parent={parent};Sampled={sampled}");
    Some(json!({ "spanId": parent, "type": "X-Amzn-Trace-Id", "value": value }))
}

fn init_start(line: &str) -> Line {
    let mut record = runtime(line);
    record["initializationType"] = "on-demand".into();
    record["phase"] = "init".into();
    Line::Platform("initStart", record)
}

fn init_report(line: &str) -> Option<Line> {
    let fields = Fields::of(line);
    let mut record = json!({
        "initializationType": "on-demand",
        "phase": fields.get("Phase").unwrap_or("init"),
        "status": fields.status(),
        "metrics": { "durationMs": fields.number("Init Duration")? },
    });
    set(&mut record, "errorType", fields.get("Error Type").map(Value::from));
    Some(Line::Platform("initReport", record))
}

fn restore_report(line: &str) -> Option<Line> {
    let fields = Fields::of(line);
    let metrics = json!({ "durationMs": fields.number("Restore Duration")? });
    Some(Line::Platform("restoreReport", json!({ "status": fields.status(), "metrics": metrics })))
}

fn extension(line: &str) -> Option<Line> {
    let fields = Fields::of(line);
    let events = fields.get("Events").map(list).unwrap_or_default();
    let record = json!({ "name": fields.get("Name")?, "state": fields.get("State")?, "events": events });
    Some(Line::Platform("extension", record))
}

fn telemetry(line: &str) -> Option<Line> {
    let fields = Fields::of(line);
    let types = fields.get("Types").map(list).unwrap_or_default();
    let types: Vec<String> = types.into_iter().map(str::to_lowercase).collect();
    let record = json!({ "name": fields.get("Name")?, "state": fields.get("State")?, "types": types });
    Some(Line::Platform("telemetrySubscription", record))
}

fn runtime(line: &str) -> Value {
    let fields = Fields::of(line);
    let mut record = json!({});
    set(&mut record, "runtimeVersion", fields.get("Runtime Version").map(Value::from));
    set(&mut record, "runtimeVersionArn", fields.get("Runtime Version ARN").map(Value::from));
    record
}

/// Names of fields, the longer one first where one ends with another.
const NAMES: &[&str] = &[
    "Billed Restore Duration",
    "Runtime Version ARN",
    "Restore Duration",
    "Billed Duration",
    "Max Memory Used",
    "Runtime Version",
    "Init Duration",
    "XRAY TraceId",
    "Memory Size",
    "Error Type",
    "SegmentId",
    "Duration",
    "Sampled",
    "Events",
    "Status",
    "Phase",
    "State",
    "Types",
    "Name",
];

/// The fields of a line, `Name: value`, with tabs between them, or blanks where a terminal made them of tabs.
struct Fields<'l>(Vec<(&'static str, &'l str)>);

impl<'l> Fields<'l> {
    fn of(line: &'l str) -> Self {
        let mut starts: Vec<(usize, &'static str)> = Vec::new();
        for name in NAMES {
            let is_name = |at: &usize| {
                let ends_right = line[at + name.len()..].starts_with(": ");
                let begins_right = line[..*at].chars().next_back().is_none_or(char::is_whitespace);
                ends_right
                    && begins_right
                    && !starts.iter().any(|(start, other)| (*start..start + other.len()).contains(at))
            };
            let found: Vec<usize> = line.match_indices(name).map(|(at, _)| at).filter(is_name).collect();
            starts.extend(found.into_iter().map(|at| (at, *name)));
        }
        starts.sort_unstable();
        let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([line.len()]);
        let field = |((start, name), end): (&(usize, &'static str), usize)| {
            let value = line[start + name.len() + 2..end].split(['\t', '\n', '\r']).next().unwrap_or_default();
            (*name, value.trim())
        };
        Self(starts.iter().zip(ends).map(field).collect())
    }

    fn get(&self, name: &str) -> Option<&'l str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).filter(|value| !value.is_empty())
    }

    fn number(&self, name: &str) -> Option<Value> {
        self.get(name).and_then(number)
    }

    /// How it ended; without a word of it, well.
    fn status(&self) -> &'l str {
        self.get("Status").unwrap_or("success")
    }
}

/// A number in front of its unit.
fn number(text: &str) -> Option<Value> {
    let word = text.split(' ').next()?;
    let number: serde_json::Number = word.parse().ok()?;
    Some(Value::Number(number))
}

/// The elements of `[A,B]` or `[A, B]`.
fn list(text: &str) -> Vec<&str> {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    inner.split(',').map(str::trim).filter(|element| !element.is_empty()).collect()
}

fn set(record: &mut Value, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        record[key] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "REPORT RequestId: 8fc6f963\tDuration: 201.67 ms\tBilled Duration: 202 ms\tMemory Size: 2048 MB\t\
                          Max Memory Used: 81 MB\tInit Duration: 480.25 ms\t\nXRAY TraceId: 1-61c86fa4-59b3\t\
                          SegmentId: 107ea78a5750a811\tSampled: true\t\n";

    fn platform(line: &str) -> (&'static str, Value) {
        match read(line, &HashMap::new()) {
            Line::Platform(kind, record) => (kind, record),
            other => ("", json!(format!("{other:?}"))),
        }
    }

    #[test]
    fn a_report_is_read_back() {
        let metrics = json!({ "durationMs": 201.67, "billedDurationMs": 202, "memorySizeMB": 2048, "maxMemoryUsedMB": 81, "initDurationMs": 480.25 });
        let tracing = json!({
            "spanId": "107ea78a5750a811",
            "type": "X-Amzn-Trace-Id",
            "value": "Root=1-61c86fa4-59b3;Parent=107ea78a5750a811;Sampled=1",
        });
        let expected = json!({ "requestId": "8fc6f963", "status": "success", "metrics": metrics, "tracing": tracing });
        assert_eq!(platform(REPORT), ("report", expected.clone()));
        // Where tabs became blanks on the way.
        assert_eq!(platform(&REPORT.replace(['\t', '\n'], " ")), ("report", expected));
    }

    #[test]
    fn the_end_of_a_request_is_as_its_report_says() {
        let report = "REPORT RequestId: a\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\t\
                      Max Memory Used: 30 MB\tStatus: timeout";
        let requests: HashMap<&str, Request> = report_of(report).into_iter().collect();
        let expected = json!({ "requestId": "a", "status": "timeout", "metrics": { "durationMs": 3000.0 } });
        assert_eq!(read("END RequestId: a\n", &requests), Line::Platform("runtimeDone", expected));
        let (kind, record) = platform(
            "REPORT RequestId: a\tDuration: 9.10 ms\tBilled Duration: 10 ms\tStatus: error\tError Type: Runtime.ExitError\t\n",
        );
        assert_eq!(
            (kind, &record["status"], &record["errorType"]),
            ("report", &json!("error"), &json!("Runtime.ExitError"))
        );
    }

    #[test]
    fn the_lines_of_init_are_read_back() {
        let (kind, record) = platform(
            "INIT_START Runtime Version: nodejs:22.v41\tRuntime Version ARN: arn:aws:lambda:eu-central-1::runtime:5c1e\n",
        );
        assert_eq!(kind, "initStart");
        assert_eq!(record["runtimeVersion"], "nodejs:22.v41");
        assert_eq!(record["runtimeVersionArn"], "arn:aws:lambda:eu-central-1::runtime:5c1e");
        let (kind, record) = platform("INIT_REPORT Init Duration: 10000.41 ms\tPhase: init\tStatus: timeout\n");
        assert_eq!((kind, &record["status"], &record["phase"]), ("initReport", &json!("timeout"), &json!("init")));
        assert_eq!(platform("RESTORE_REPORT Restore Duration: 410.05 ms\n").0, "restoreReport");
        let (kind, record) =
            platform("EXTENSION\tName: telesieve-extension\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n");
        assert_eq!((kind, &record["events"]), ("extension", &json!(["INVOKE", "SHUTDOWN"])));
        let (kind, record) =
            platform("TELEMETRY\tName: telesieve-extension\tState: Subscribed\tTypes: [Platform, Function]\n");
        assert_eq!((kind, &record["types"]), ("telemetrySubscription", &json!(["platform", "function"])));
    }

    #[test]
    fn everything_else_is_the_functions() {
        let line = "STARTING up\n";
        assert_eq!(read(line, &HashMap::new()), Line::Function(line.into()));
        assert_eq!(read("START over\n", &HashMap::new()), Line::Function("START over\n".into()));
        let object = json!({ "level": "INFO", "message": "hello" });
        assert_eq!(read(&object.to_string(), &HashMap::new()), Line::Function(object));
        let event = json!({ "time": "t", "type": "platform.report", "record": {} });
        assert_eq!(read(&event.to_string(), &HashMap::new()), Line::Event(event));
    }
}
