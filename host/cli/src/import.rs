//! `telesieve import`: logs of a function, as CloudWatch Logs hands them out, become recorded telemetry.
//!
//! [`source`] and [`text`] read the log events out of what people have, [`platform`] reads the lines of the platform back
//! into platform events. Each log stream is one sandbox: its events stay together, in the order of their times.

mod document;
mod platform;
mod source;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use telesieve_core::counted;
use telesieve_core::time::format_rfc3339;

use crate::out;
use platform::{Line, Request};

/// Turn logs from CloudWatch into recorded telemetry: one event as JSON per line, for `telesieve run` and `telesieve test`.
///
/// Reads what `aws logs filter-log-events`, `get-log-events` and `tail` print, exports to S3 (also `.gz`), payloads of a
/// subscription, Live Tail, and results of Logs Insights as JSON or CSV. START, END, REPORT and INIT lines become platform
/// events again. The result is raw telemetry, including any secrets in it.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct ImportArgs {
    /// Files to import as one recording. `-`: standard input, the default.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The file to write. Default: standard output.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

const HELP: &str = "\
Examples:
  aws logs filter-log-events --log-group-name /aws/lambda/orders > logs.json
  telesieve import logs.json --out telemetry/prod.ndjson
  aws logs tail /aws/lambda/orders --since 1h | telesieve import > prod.ndjson
  telesieve import export/*/*.gz --out prod.ndjson           an export to S3
  telesieve run --events prod.ndjson --all";

/// A log event.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// The log stream; empty if that is not known.
    stream: String,
    /// Milliseconds since 1970; `None`: not known.
    time: Option<i64>,
    message: String,
}

/// Imports all files.
///
/// # Errors
/// A file cannot be read, is in no known format, or holds no log events; or the result cannot be written.
pub fn run(args: &ImportArgs) -> Result<ExitCode> {
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files };
    let mut entries = Vec::new();
    for path in files {
        let found = read(path).with_context(|| format!("failed to import {}", path.display()))?;
        entries.extend(found);
    }
    let (lines, count) = telemetry(entries);
    ensure!(count > 0, "no log events found");
    write(args.out.as_deref(), &lines)?;
    let to = args.out.as_ref().map_or_else(String::new, |path| format!(" to {}", path.display()));
    out::notice(&format!("imported {}{to}", counted(count, "event")));
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<Vec<Entry>> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.read_to_end(&mut bytes)?;
    }
    source::entries(bytes)
}

fn write(path: Option<&Path>, lines: &str) -> Result<()> {
    let Some(path) = path else {
        // A reader that has closed standard output wants no more of it.
        let _closed = std::io::stdout().write_all(lines.as_bytes());
        return Ok(());
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let written = folder.map_or(Ok(()), std::fs::create_dir_all).and_then(|()| File::create(path));
    let mut file = BufWriter::new(written.with_context(|| format!("failed to write {}", path.display()))?);
    file.write_all(lines.as_bytes())
        .and_then(|()| file.flush())
        .with_context(|| format!("failed to write {}", path.display()))
}

/// Telemetry, one event to a line, an empty line behind each report; and how many events there are.
fn telemetry(entries: Vec<Entry>) -> (String, usize) {
    let mut lines = String::new();
    let mut count = 0;
    for stream in streams(entries) {
        let requests = requests(&stream);
        let mut time = stream.iter().find_map(|entry| entry.time).unwrap_or_default();
        for entry in &stream {
            time = entry.time.unwrap_or(time);
            let event = event(&entry.message, time, &requests);
            lines.push_str(&event.to_string());
            lines.push('\n');
            if event["type"] == "platform.report" {
                lines.push('\n');
            }
            count += 1;
        }
    }
    (lines, count)
}

/// The entries of each stream in the order of their times; streams in the order in which they begin.
fn streams(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut streams: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        streams.entry(entry.stream.clone()).or_default().push(entry);
    }
    let mut streams: Vec<Vec<Entry>> = streams.into_values().collect();
    for stream in &mut streams {
        // Entries without a time stay where they are.
        if stream.iter().all(|entry| entry.time.is_some()) {
            stream.sort_by_key(|entry| entry.time);
        }
    }
    streams.sort_by_key(|stream| stream.first().and_then(|entry| entry.time));
    streams
}

/// What the report of each request says of it, which the end of the request does not.
fn requests(stream: &[Entry]) -> HashMap<&str, Request> {
    stream.iter().filter_map(|entry| platform::report_of(&entry.message)).collect()
}

/// The telemetry event that a log event was.
fn event(message: &str, time: i64, requests: &HashMap<&str, Request>) -> Value {
    let time = format_rfc3339(time);
    match platform::read(message, requests) {
        Line::Event(event) => event,
        Line::Platform(kind, record) => {
            serde_json::json!({ "time": time, "type": format!("platform.{kind}"), "record": record })
        }
        Line::Function(record) => serde_json::json!({ "time": time, "type": "function", "record": record }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(stream: &str, time: i64, message: &str) -> Entry {
        Entry { stream: stream.to_owned(), time: Some(time), message: message.to_owned() }
    }

    #[test]
    fn each_stream_is_a_sandbox() {
        let (lines, count) = telemetry(vec![
            entry("b", 2_000, "second"),
            entry("a", 3_000, "START RequestId: r-1 Version: $LATEST\n"),
            entry("b", 1_000, "first"),
            entry("a", 4_000, "END RequestId: r-1\n"),
            entry(
                "a",
                4_001,
                "REPORT RequestId: r-1\tDuration: 3.00 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\t\n",
            ),
        ]);
        assert_eq!(count, 5);
        let expected = concat!(
            r#"{"record":"first","time":"1970-01-01T00:00:01.000Z","type":"function"}"#,
            "\n",
            r#"{"record":"second","time":"1970-01-01T00:00:02.000Z","type":"function"}"#,
            "\n",
            r#"{"record":{"requestId":"r-1","version":"$LATEST"},"time":"1970-01-01T00:00:03.000Z","type":"platform.start"}"#,
            "\n",
            r#"{"record":{"metrics":{"durationMs":3.0},"requestId":"r-1","status":"success"},"time":"1970-01-01T00:00:04.000Z","type":"platform.runtimeDone"}"#,
            "\n",
            r#"{"record":{"metrics":{"billedDurationMs":4,"durationMs":3.0,"maxMemoryUsedMB":30,"memorySizeMB":128},"requestId":"r-1","status":"success"},"time":"1970-01-01T00:00:04.001Z","type":"platform.report"}"#,
            "\n\n",
        );
        assert_eq!(lines, expected);
    }
}
