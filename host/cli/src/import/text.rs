//! Log events as text: `aws logs tail`, exports to S3, CSV of the console.

use telesieve_core::time::parse_rfc3339;

use super::Entry;

/// Log events of lines. One begins at each line that starts with a time; what follows without one belongs to it. Where no
/// line starts with a time, each line is a log event.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let has_times = text.lines().any(|line| time_of(line).is_some());
    let mut entries: Vec<Entry> = Vec::new();
    for line in text.split_inclusive('\n').filter(|line| has_times || !line.trim().is_empty()) {
        match (time_of(line), entries.last_mut()) {
            (None, Some(last)) if has_times => last.message.push_str(line),
            (time, _) => entries.push(entry(line, time)),
        }
    }
    entries
}

fn entry(line: &str, time: Option<(i64, &str)>) -> Entry {
    let Some((time, rest)) = time else {
        return Entry { stream: String::new(), time: None, message: line.to_owned() };
    };
    let (stream, message) = stream_of(rest).unwrap_or(("", rest));
    Entry { stream: stream.to_owned(), time: Some(time), message: message.to_owned() }
}

/// The time that a line starts with, and what follows it.
fn time_of(line: &str) -> Option<(i64, &str)> {
    let (word, rest) = line.split_once([' ', '\t'])?;
    let time = parse_rfc3339(word).or_else(|| parse_rfc3339(&format!("{word}Z")));
    // A word as long as a time may be one: `2026-03-02T08:15:20.101000+00:00`.
    Some((time.filter(|_| word.len() >= "2026-03-02T08:15:20".len())?, rest))
}

/// The name of a log stream of a function, `2026/03/02/[$LATEST]5b1e…`, and the message behind it.
fn stream_of(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once(' ')?;
    let mut parts = word.splitn(4, '/');
    let is_number = |part: Option<&str>, digits| {
        part.is_some_and(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_date = is_number(parts.next(), 4) && is_number(parts.next(), 2) && is_number(parts.next(), 2);
    let is_version = parts.next().is_some_and(|part| part.contains('[') && part.contains(']'));
    (is_date && is_version).then_some((word, rest))
}

/// Log events of the console's CSV, with a column `timestamp` or `@timestamp` and one `message` or `@message`; `None`: it is
/// something else.
pub(super) fn csv(text: &str) -> Option<Vec<Entry>> {
    let mut rows = Rows(text);
    let header = rows.next()?;
    let column = |name: &str| header.iter().position(|field| field.trim_start_matches('@').eq_ignore_ascii_case(name));
    let (times, messages) = (column("timestamp")?, column("message")?);
    let streams = column("logStreamName").or_else(|| column("logStream"));
    let entry = |row: Vec<String>| {
        let field = |at: usize| row.get(at).map(String::as_str);
        let stream = streams.and_then(field).unwrap_or_default().to_owned();
        Some(Entry { stream, time: field(times).and_then(csv_time), message: field(messages)?.to_owned() })
    };
    Some(rows.filter_map(entry).collect())
}

/// Milliseconds, or a date and a time.
fn csv_time(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| parse_rfc3339(&format!("{}Z", text.replacen(' ', "T", 1).trim_end_matches('Z'))))
}

/// Rows of comma-separated values (RFC 4180).
struct Rows<'t>(&'t str);

impl Iterator for Rows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.0.is_empty() {
            return None;
        }
        let mut fields = vec![String::new()];
        let mut in_quotes = false;
        let mut characters = self.0.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let field = fields.last_mut()?;
            match character {
                '"' if in_quotes && characters.next_if(|(_, next)| *next == '"').is_some() => field.push('"'),
                '"' => in_quotes = !in_quotes,
                ',' if !in_quotes => fields.push(String::new()),
                '\n' if !in_quotes => {
                    self.0 = &self.0[at + 1..];
                    return Some(fields);
                }
                '\r' if !in_quotes => {}
                other => field.push(other),
            }
        }
        self.0 = "";
        Some(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, Option<i64>, String)> {
        entries(text).into_iter().map(|entry| (entry.stream, entry.time, entry.message)).collect()
    }

    fn expected(stream: &str, time: i64, message: &str) -> (String, Option<i64>, String) {
        (stream.to_owned(), Some(time), message.to_owned())
    }

    #[test]
    fn lines_of_tail_have_a_time_and_a_stream() {
        let text = "2026-03-02T08:15:20.101000+00:00 2026/03/02/[$LATEST]5b1e9c3f first\n  its second line\n\
                    2026-03-02T08:15:20 short\n2026-03-02T08:15:20.102Z 2026-03-02T08:15:20.102Z\tid\tINFO\ta line of Node\n";
        assert_eq!(
            found(text),
            [
                expected("2026/03/02/[$LATEST]5b1e9c3f", 1_772_439_320_101, "first\n  its second line\n"),
                expected("", 1_772_439_320_000, "short\n"),
                expected("", 1_772_439_320_102, "2026-03-02T08:15:20.102Z\tid\tINFO\ta line of Node\n"),
            ]
        );
    }

    #[test]
    fn lines_without_times_are_events() {
        let found = found("START RequestId: a Version: 1\nhello\n\nEND RequestId: a");
        assert_eq!(
            found.iter().map(|(_, _, message)| message.as_str()).collect::<Vec<_>>(),
            ["START RequestId: a Version: 1\n", "hello\n", "END RequestId: a"]
        );
    }

    #[test]
    fn csv_of_the_console_is_read() {
        let rows =
            csv("timestamp,message\n1772439320101,\"a \"\"b\"\", c\nd\"\r\n1772439320102,e\n").unwrap_or_default();
        let rows: Vec<_> = rows.into_iter().map(|row| (row.time, row.message)).collect();
        assert_eq!(
            rows,
            [(Some(1_772_439_320_101), "a \"b\", c\nd".to_owned()), (Some(1_772_439_320_102), "e".to_owned())]
        );
        let rows = csv("@timestamp,@message,@logStream\n2026-03-02 08:15:20.101,m,s\n").unwrap_or_default();
        assert_eq!(rows, [Entry { stream: "s".to_owned(), time: Some(1_772_439_320_101), message: "m".to_owned() }]);
        assert!(csv("hello, world\n").is_none());
    }
}
