//! The batch that everybody works on: a body as the platform posts it, made from a seed.
//!
//! A hundred invocations of ten events each: a start, seven log lines, the end of the runtime, a report. Log lines are
//! those of a Node function, of a Python function, and structured ones. One in twenty holds something to redact.

use std::fmt::Write as _;

use anyhow::{Result, ensure};

/// Events of the batch.
pub const EVENTS: usize = 1_000;

/// Log lines among them.
pub const LOGS: usize = 700;

/// One log line in so many holds a secret.
const SECRET_EVERY: usize = 20;

/// A batch.
pub struct Batch {
    /// As it comes by HTTP.
    pub body: Vec<u8>,
    /// What must not leave.
    pub secrets: Vec<String>,
}

impl Batch {
    /// Makes the batch of a seed.
    pub fn new(seed: u64) -> Result<Self> {
        let mut maker = Maker { random: seed | 1, body: String::from("["), secrets: Vec::new(), clock: 0, lines: 0 };
        (0..EVENTS / 10).for_each(|number| maker.invocation(number));
        maker.body.push(']');
        ensure!(maker.lines == LOGS, "the batch holds {} log lines and not {LOGS}", maker.lines);
        Ok(Self { body: maker.body.into_bytes(), secrets: maker.secrets })
    }
}

struct Maker {
    random: u64,
    body: String,
    secrets: Vec<String>,
    /// Milliseconds since the first event.
    clock: u64,
    lines: usize,
}

impl Maker {
    fn next(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 16) % below
    }

    fn pick<'p>(&mut self, of: &[&'p str]) -> &'p str {
        of[self.next(of.len() as u64) as usize]
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.next(10) as u8)).collect()
    }

    fn hex(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b"0123456789abcdef"[self.next(16) as usize])).collect()
    }

    fn uuid(&mut self) -> String {
        [8, 4, 4, 4, 12].map(|length| self.hex(length)).join("-")
    }

    fn time(&mut self) -> String {
        self.clock += self.next(7);
        let (minute, second, ms) = (self.clock / 60_000 % 60, self.clock / 1_000 % 60, self.clock % 1_000);
        format!("2026-03-02T08:{minute:02}:{second:02}.{ms:03}Z")
    }

    fn event(&mut self, kind: &str, record: &str) {
        let time = self.time();
        let comma = if self.body.len() > 1 { "," } else { "" };
        _ = write!(self.body, r#"{comma}{{"time":"{time}","type":"{kind}","record":{record}}}"#);
    }

    fn invocation(&mut self, number: usize) {
        let request = self.uuid();
        let trace = format!("1-69a54378-{}", self.hex(24));
        self.event("platform.start", &format!(r#"{{"requestId":"{request}","version":"$LATEST"}}"#));
        for _ in 0..7 {
            self.line(&request, number);
        }
        let duration = format!("{}.{}", 20 + self.next(400), self.digits(3));
        let spans = format!(r#"[{{"name":"responseLatency","start":"{}","durationMs":{duration}}}]"#, self.time());
        self.event(
            "platform.runtimeDone",
            &format!(
                r#"{{"requestId":"{request}","status":"success","spans":{spans},"metrics":{{"durationMs":{duration},"producedBytes":{}}}}}"#,
                self.random % 4_096
            ),
        );
        let billed = duration.split('.').next().unwrap_or_default();
        self.event(
            "platform.report",
            &format!(
                r#"{{"requestId":"{request}","status":"success","metrics":{{"durationMs":{duration},"billedDurationMs":{billed},"memorySizeMB":512,"maxMemoryUsedMB":97}},"tracing":{{"type":"X-Amzn-Trace-Id","value":"Root={trace};Parent=3fa8c1d2e4b59607;Sampled=1"}}}}"#
            ),
        );
    }

    fn line(&mut self, request: &str, number: usize) {
        let secret = self.lines.is_multiple_of(SECRET_EVERY).then(|| self.secret());
        self.lines += 1;
        let record = match number % 3 {
            0 => self.node(request, secret),
            1 => self.python(request, secret),
            _ => self.structured(request, secret),
        };
        self.event("function", &record);
    }

    /// A secret in the words that it comes in.
    fn secret(&mut self) -> String {
        let (secret, words) = match self.secrets.len() % 3 {
            0 => {
                let address = format!("{}.{}@example.com", self.pick(&["jane", "sam", "li"]), self.digits(3));
                (address.clone(), format!("confirmation sent to {address}"))
            }
            1 => {
                let number = self.card();
                (number.clone(), format!("charged card {number}"))
            }
            _ => {
                let token = format!("{}.{}", self.hex(24), self.hex(16));
                (token.clone(), format!("calling upstream with Bearer {token}"))
            }
        };
        self.secrets.push(secret);
        words
    }

    /// A number that passes the Luhn check.
    fn card(&mut self) -> String {
        let number = format!("4{}", self.digits(14));
        let doubled = |digit: u32| digit * 2 / 10 + digit * 2 % 10;
        let digits = number.chars().filter_map(|digit| digit.to_digit(10)).enumerate();
        let sum: u32 = digits.map(|(at, digit)| if at % 2 == 0 { doubled(digit) } else { digit }).sum();
        format!("{number}{}", (10 - sum % 10) % 10)
    }

    fn words(&mut self) -> String {
        let verb = self.pick(&["order", "payment", "shipment", "refund", "basket", "stock of"]);
        let state = self.pick(&["accepted", "queued for packing", "handed to the carrier", "stored", "priced again"]);
        let place = self.pick(&["eu-central-1a", "eu-central-1b", "warehouse north", "warehouse south"]);
        let (id, ms) = (self.digits(6), self.digits(2));
        format!("{verb} {id} {state} in {ms}.{} ms at {place}", self.next(10))
    }

    fn node(&mut self, request: &str, secret: Option<String>) -> String {
        let (time, level, words) = (self.time(), self.pick(&["INFO", "INFO", "INFO", "DEBUG", "WARN"]), self.words());
        let words = secret.map_or(words.clone(), |secret| format!("{words}: {secret}"));
        format!(r#""{time}\t{request}\t{level}\t{words}\n""#)
    }

    fn python(&mut self, request: &str, secret: Option<String>) -> String {
        let (time, level, words) = (self.time(), self.pick(&["INFO", "INFO", "DEBUG", "WARNING"]), self.words());
        let words = secret.map_or(words.clone(), |secret| format!("{words}: {secret}"));
        format!(r#""[{level}]\t{time}\t{request}\t{words}\n""#)
    }

    fn structured(&mut self, request: &str, secret: Option<String>) -> String {
        let (time, level, words) = (self.time(), self.pick(&["info", "info", "debug", "warn"]), self.words());
        let words = secret.map_or(words.clone(), |secret| format!("{words}: {secret}"));
        let (order, total, items) = (self.digits(6), 10 + self.next(9_000), 1 + self.next(9));
        format!(
            r#"{{"timestamp":"{time}","level":"{level}","requestId":"{request}","message":"{words}","order":{{"id":"A{order}","total":{total}.25,"items":{items}}},"coldStart":false}}"#
        )
    }
}
