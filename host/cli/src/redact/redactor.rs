//! Redacts one record at a time: with rules of telesieve alone, or in the chain of a configuration.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use telesieve_core::json;
use telesieve_core::{Body, FunctionIdentity, LabelSet, Tracker, split};
use telesieve_engine::{Chain, TransformKind, Why};
use telesieve_kernels::{Action, Detector, Named, Place, Rule, Ruleset, Scratch, select};

use crate::subject::{Subject, SubjectArgs, ensure_sound};
use crate::workbench::Workbench;

/// Time for one record: nobody waits for an invocation here.
const TIME_LEFT: Duration = Duration::from_secs(60);

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Unchanged,
    Changed(String),
    /// A rule with the action `drop`, or a transform that failed.
    Dropped,
}

/// A record after redaction.
#[derive(Clone, Debug)]
pub(super) struct Redacted {
    pub(super) outcome: Outcome,
    /// Names of rules, and how often each found something.
    pub(super) hits: Vec<(String, u64)>,
    /// Why it was dropped, if a transform failed.
    pub(super) failure: Option<String>,
}

/// See the module's documentation.
pub(super) enum Redactor {
    Rules(Box<Rules>),
    Config(Box<Configured>),
}

impl Redactor {
    /// Rules of telesieve: a selection such as `default` or `all -ip`.
    ///
    /// # Errors
    /// A name is unknown, or nothing is selected.
    pub(super) fn of_rules(selection: &str, replacement: &str) -> Result<Self> {
        let rules = select(selection).context("--rules")?;
        Ok(Self::Rules(Box::new(Rules::new(&rules, replacement))))
    }

    /// The transforms of kind `redact` of a configuration.
    ///
    /// # Errors
    /// The configuration or a component cannot be used, or there is no such transform.
    pub(super) fn of_config(config: &Path) -> Result<Self> {
        Ok(Self::Config(Box::new(Configured::new(config)?)))
    }

    /// Redacts a record.
    ///
    /// # Errors
    /// None in practice: what the chain takes is what this module makes.
    pub(super) fn redact(&mut self, bytes: &[u8]) -> Result<Redacted> {
        match self {
            Self::Rules(rules) => Ok(rules.redact(bytes)),
            Self::Config(chain) => chain.redact(bytes),
        }
    }
}

/// A record as JSON text, which is what rules look at.
#[derive(Default)]
struct Json {
    text: String,
    /// Whether the record is JSON itself, and no text.
    is_value: bool,
}

impl Json {
    /// Takes over a record. Bytes that are not UTF-8 become U+FFFD.
    fn set(&mut self, bytes: &[u8]) {
        // What is UTF-8 is checked several times as fast as it is repaired.
        let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
        self.text.clear();
        self.is_value = is_json(&text);
        if self.is_value {
            self.text.push_str(&text);
            return;
        }
        self.text.push('"');
        json::escape_into(&text, &mut self.text);
        self.text.push('"');
    }

    /// The text that a record stands for after redaction.
    fn shown(&self, record: &str) -> String {
        if self.is_value {
            return record.to_owned();
        }
        json::text(record).map_or_else(|| record.to_owned(), |text| text.into_owned())
    }
}

/// Whether text is one object or array of JSON, on one line.
fn is_json(text: &str) -> bool {
    text.starts_with(['{', '['])
        && !text.bytes().any(|byte| byte.is_ascii_control())
        && json::inspect(text, 0).is_ok_and(|findings| findings.end == text.trim_end().len())
}

/// Rules of telesieve, without WebAssembly: the kernels are those that the chain calls.
pub(super) struct Rules {
    rules: Ruleset,
    scratch: Scratch,
    json: Json,
}

impl Rules {
    fn new(rules: &[Named], replacement: &str) -> Self {
        let rule = |named: &Named| Rule {
            name: named.name().to_owned(),
            detector: Detector::Named(*named),
            action: Action::Replace(replacement.replace("{rule}", named.name())),
        };
        let rules = Ruleset::new(rules.iter().map(rule).collect());
        Self { rules, scratch: Scratch::default(), json: Json::default() }
    }

    fn redact(&mut self, bytes: &[u8]) -> Redacted {
        self.json.set(bytes);
        let scrubbed = self.rules.scrub(&self.json.text, &Place::Whole, &mut self.scratch);
        if scrubbed.hits.is_empty() {
            return Redacted { outcome: Outcome::Unchanged, hits: Vec::new(), failure: None };
        }
        let name = |rule: u16| self.rules.rules()[usize::from(rule)].name.clone();
        let hits = scrubbed.hits.iter().map(|(rule, count)| (name(*rule), u64::from(*count))).collect();
        Redacted { outcome: Outcome::Changed(self.json.shown(&scrubbed.record)), hits, failure: None }
    }
}

/// The chain of a configuration.
pub(super) struct Configured {
    chain: Chain,
    /// Where the artifacts are; removed in the end.
    _folder: tempfile::TempDir,
    tracker: Tracker,
    json: Json,
    next_sequence: u64,
}

impl Configured {
    fn new(config: &Path) -> Result<Self> {
        let mut subject = Subject::open(&SubjectArgs::of_config(config))?;
        ensure_sound(&subject.loaded)?;
        // Here every line is one of the function, whatever its kind was.
        for transform in &mut subject.loaded.config.transforms {
            transform.on = None;
        }
        let mut bench = Workbench::new(&subject, FunctionIdentity::default())?;
        bench.stages.retain(|stage| stage.kind == Some(TransformKind::Redact));
        ensure!(!bench.stages.is_empty(), "{} has no transform of kind `redact`", config.display());
        let chain = bench.chain()?;
        let folder = bench.into_folder();
        Ok(Self { chain, _folder: folder, tracker: Tracker::new(), json: Json::default(), next_sequence: 1 << 40 })
    }

    fn redact(&mut self, bytes: &[u8]) -> Result<Redacted> {
        self.json.set(bytes);
        let record = &self.json.text;
        let time = "1970-01-01T00:00:00.000Z";
        let body = Body::clean(format!(r#"{{"time":"{time}","type":"function","record":{record}}}"#).into_bytes());
        let envelope =
            split(body.as_str()).envelopes.into_iter().next().context("failed to parse a record as an event")?;
        let before = envelope.record;
        let event = self.tracker.arrived(envelope, &LabelSet::default(), 0);
        let outcome = self.chain.process(vec![event], TIME_LEFT, &mut self.next_sequence);
        let found = outcome.stages.iter().flat_map(|stage| &stage.found).filter(|found| found.sequence == 0);
        let hits = found.map(|found| (found.rule.to_string(), found.hits)).collect();
        let failure = outcome.gone.iter().find_map(|gone| match gone.why {
            Why::Filtered => None,
            Why::Dropped(reason) => Some(format!("transform `{}`: {reason}", gone.transform)),
        });
        let released = outcome.released.first().map(|released| released.event().record.to_string());
        let outcome = match released {
            None => Outcome::Dropped,
            Some(after) if after == before => Outcome::Unchanged,
            Some(after) => Outcome::Changed(self.json.shown(&after)),
        };
        Ok(Redacted { outcome, hits, failure })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

    use super::*;

    fn redacted(rules: &str, text: &[u8]) -> Outcome {
        Redactor::of_rules(rules, "[{rule}]").unwrap().redact(text).unwrap().outcome
    }

    #[test]
    fn text_and_json_stay_what_they_are() {
        let changed = |text: &str| Outcome::Changed(text.to_owned());
        assert_eq!(redacted("email", b"for \"jane@example.com\"\there"), changed("for \"[email]\"\there"));
        let json = br#"{"to": "jane\u0040example.com", "n": 1.50}"#;
        assert_eq!(redacted("email", json), changed(r#"{"to": "[email]", "n": 1.50}"#));
        assert_eq!(redacted("email", b"{broken jane@example.com"), changed("{broken [email]"));
        assert_eq!(redacted("email", b"nothing here"), Outcome::Unchanged);
    }

    #[test]
    fn lines_of_a_record_are_one_text() {
        let key = "a: -----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn\nAAKCAQEA0Z3VS5JJ\n-----END RSA PRIVATE KEY-----";
        let Outcome::Changed(text) = redacted("private-key", key.as_bytes()) else { panic!("the key is found") };
        assert!(!text.contains("AAKCAQEA"), "{text}");
    }

    #[test]
    fn bytes_that_are_not_utf8_hide_nothing() {
        let Outcome::Changed(text) = redacted("email", b"\xff\x00 jane@example.com") else { panic!("it is found") };
        assert_eq!(text, "\u{fffd}\0 [email]");
    }

    #[test]
    fn unknown_rules_are_refused() {
        let error = format!("{:#}", Redactor::of_rules("emial", "").err().unwrap());
        assert!(error.starts_with("--rules: unknown rule `emial`"), "{error}");
    }
}
