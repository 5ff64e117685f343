//! The same program in VRL, as a pipeline with its JSON codec runs it: parse, remap, serialise, event by event.

use anyhow::{Result, anyhow};
use serde_json::value::RawValue;
use vrl::compiler::runtime::{Runtime, Terminate};
use vrl::compiler::{Program, TargetValue, TimeZone, compile};
use vrl::value::{Secrets, Value};

/// E-mail, card and bearer.
const THREE: [&str; 3] = [
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
    r"\b(?:4[0-9]{3}|5[1-5][0-9]{2}|3[47][0-9]{2})(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{3,4}\b",
    r"(?i)\bbearer +[A-Za-z0-9._~+/=-]{6,}",
];

/// AWS key, JWT, phone, IPv4, IBAN, SSN, and values by the name of their key.
const SEVEN: [&str; 7] = [
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
    r"\+[1-9][0-9]{0,2}[ -]?(?:\([0-9]{1,4}\)[ -]?)?[0-9]{2,4}(?:[ -][0-9]{2,4}){1,4}\b",
    r"\b(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\b",
    r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b",
    r"\b[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}\b",
    r"(?i)\b(?:password|passwd|secret|token|api[_-]?key)[=:][^ ,;&]+",
];

/// A program, compiled once.
pub struct Remap {
    program: Program,
    runtime: Runtime,
}

impl Remap {
    /// Three patterns, or ten.
    pub fn new(ten: bool) -> Result<Self> {
        let more: &[&str] = if ten { &SEVEN } else { &[] };
        let patterns: Vec<_> = THREE.iter().chain(more).map(|pattern| format!("r'{pattern}'")).collect();
        let source = format!(
            r#"
            . = parse_json!(.message)
            if .type == "platform.start" || .type == "platform.runtimeDone" {{ abort }}
            .record = redact!(.record, filters: [{}])
            .labels.team = "checkout"
            .labels.stage = "production"
            "#,
            patterns.join(", ")
        );
        let compiled = compile(&source, &vrl::stdlib::all());
        let compiled = compiled.map_err(|faults| anyhow!("failed to compile the VRL program: {faults:?}"))?;
        Ok(Self { program: compiled.program, runtime: Runtime::default() })
    }

    /// From a body to lines of a bulk request.
    pub fn run(&mut self, body: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let events: Vec<&RawValue> = serde_json::from_slice(body)?;
        for event in events {
            let message = [("message".into(), Value::from(event.get()))];
            let mut target = TargetValue {
                value: Value::Object(message.into_iter().collect()),
                metadata: Value::Object(std::collections::BTreeMap::new()),
                secrets: Secrets::default(),
            };
            match self.runtime.resolve(&mut target, &self.program, &TimeZone::default()) {
                Ok(_) => {
                    out.extend_from_slice(b"{\"create\":{\"_index\":\"logs\"}}\n");
                    serde_json::to_writer(&mut *out, &target.value)?;
                    out.push(b'\n');
                }
                Err(Terminate::Abort(_)) => {}
                Err(fault) => return Err(anyhow!("the VRL program failed: {fault}")),
            }
            self.runtime.clear();
        }
        Ok(())
    }
}
