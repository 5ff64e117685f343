//! telesieve's own way, from a body to lines of a bulk request: through the chain, with WebAssembly and without.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;
use telesieve_config::Transform;
use telesieve_core::{Body, Event, FunctionIdentity, LabelSet, Released, Renderer, SandboxId, Split, Tracker, split};
use telesieve_engine::{Chain, NativeProgram, Target, compile};
use telesieve_kernels::{Action, Detector, Named, Place, Rule, Ruleset, Scratch};

/// Kinds that the program drops.
pub const DROPPED: [&str; 2] = ["platform.start", "platform.runtimeDone"];

/// Labels that it adds.
const LABELS: [(&str, &str); 2] = [("stage", "production"), ("team", "checkout")];

/// Milliseconds of a time of receipt.
const RECEIVED: i64 = 1_772_439_320_290;

/// The rules of the standard program.
pub const THREE: [&str; 3] = ["email", "payment-card", "bearer"];

/// The rules that the program with ten of them has, in the same order in every run.
pub const TEN: [&str; 10] =
    ["email", "payment-card", "bearer", "aws-key", "jwt", "phone", "ip", "iban", "us-ssn", "secret"];

/// What both ways begin and end with.
struct Ends {
    renderer: Renderer,
}

impl Ends {
    fn new() -> Self {
        let sandbox = SandboxId::from_random(*b"telesiev");
        Self { renderer: Renderer::new(&function(), &sandbox, "logs", Renderer::MAX_DOCUMENT_BYTES) }
    }

    fn render(&mut self, released: &[Released<'_>], out: &mut Vec<u8>) {
        released.iter().for_each(|released| self.renderer.render(released, RECEIVED, out));
    }
}

fn function() -> FunctionIdentity {
    FunctionIdentity { name: "orders".to_owned(), memory_mb: 512, ..FunctionIdentity::default() }
}

/// Events as the extension takes them in.
fn events<'b>(parts: Split<'b>) -> Vec<Event<'b>> {
    let mut tracker = Tracker::new();
    let labels = LabelSet::default();
    let envelopes = parts.envelopes.into_iter().zip(0..);
    envelopes.map(|(envelope, sequence)| tracker.arrived(envelope, &labels, sequence)).collect()
}

/// Through the chain, as the extension does it.
pub struct Chained {
    ends: Ends,
    chain: Chain,
}

impl Chained {
    /// Makes artifacts of components in `folder` and loads them. A component comes with its settings.
    pub fn new(transforms: &[(&str, &[u8], serde_json::Value)], folder: &Path) -> Result<Self> {
        let mut configured = Vec::new();
        for (name, component, settings) in transforms {
            let transform = Transform {
                name: (*name).to_owned(),
                artifact: (*name).to_owned(),
                settings: settings.clone(),
                ..Transform::default()
            };
            let target = Target::host().ok_or_else(|| anyhow::anyhow!("no artifacts are made for this machine"))?;
            let artifact = compile(component, target, &transform, &function())?;
            std::fs::write(folder.join(format!("{name}.cwasm")), artifact.cwasm)?;
            std::fs::write(folder.join(format!("{name}.pack")), artifact.pack)?;
            configured.push(transform);
        }
        let (chain, faults) = Chain::load(&configured, &BTreeMap::new(), folder, &function());
        ensure!(faults.is_empty(), "the chain did not load: {faults:?}");
        Ok(Self { ends: Ends::new(), chain })
    }

    /// The same chain with native code in the place of the transform.
    pub fn native(rules: &[&str]) -> Self {
        let program = NativeProgram {
            drop: DROPPED.map(str::to_owned).to_vec(),
            rules: rules.iter().map(rule).collect(),
            labels: LABELS.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        };
        Self { ends: Ends::new(), chain: Chain::native(program) }
    }

    /// From a body to lines of a bulk request.
    pub fn run(&mut self, body: Vec<u8>, out: &mut Vec<u8>) {
        let body = Body::clean(body);
        let events = events(split(body.as_str()));
        let mut next = events.len() as u64;
        let outcome = self.chain.process(events, Duration::from_secs(10), &mut next);
        self.ends.render(&outcome.released, out);
    }
}

/// Settings of the standard program as one transform.
pub fn standard(rules: &[&str]) -> serde_json::Value {
    json!({ "drop": DROPPED, "rules": rules })
}

/// Settings of the standard program as the three ready-made transforms.
pub fn ready_made(rules: &[&str]) -> [(&'static str, serde_json::Value); 3] {
    let label = |(name, value): (&str, &str)| json!({ "target_label": name, "replacement": value });
    [
        ("filter", json!({ "drop": [{ "kinds": DROPPED }] })),
        ("redact", json!({ "rules": rules, "replacement": "[REDACTED]" })),
        ("relabel", json!({ "rules": LABELS.map(label) })),
    ]
}

fn rule(name: &&str) -> Rule {
    Rule {
        name: (*name).to_owned(),
        detector: Detector::Named(Named::from_name(name).expect("a rule has that name")),
        action: Action::Replace("[REDACTED]".to_owned()),
    }
}

/// Redaction alone, of the records that the program keeps: what the kernels cost without anything around them.
pub struct Scrubbing {
    rules: Ruleset,
    scratch: Scratch,
}

impl Scrubbing {
    /// With these rules.
    pub fn new(rules: &[&str]) -> Self {
        Self { rules: Ruleset::new(rules.iter().map(rule).collect()), scratch: Scratch::default() }
    }

    /// Scrubs records.
    pub fn run(&mut self, records: &[String], out: &mut Vec<u8>) {
        for record in records {
            let scrubbed = self.rules.scrub(record, &Place::Whole, &mut self.scratch);
            if let Cow::Owned(record) = scrubbed.record {
                out.extend_from_slice(record.as_bytes());
            }
        }
    }
}

/// The records of a body that the program keeps.
pub fn records(body: &[u8]) -> Vec<String> {
    let body = Body::clean(body.to_vec());
    let kept = split(body.as_str()).envelopes.into_iter().filter(|envelope| !DROPPED.contains(&&*envelope.kind));
    kept.map(|envelope| envelope.record.to_owned()).collect()
}
