//! `telesieve check`: everything that is wrong with a configuration, its components and its artifacts, at once.
//!
//! It reads the file as the extension does, and looks at each component with the engine that the extension has, so what
//! it finds is what a sandbox would find. It talks to no sink.

use std::fmt::{self, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};
use telesieve_config::{OnError, ProcessEnvironment, Transform, load_file};
use telesieve_core::FunctionIdentity;
use telesieve_engine::{Chain, Inspection, LoadFault, TransformKind, inspect};

use crate::format::FormatArgs;
use crate::out;
use crate::subject::{Source, Subject, SubjectArgs};

/// Report every error in a configuration, and in the components or artifacts of its transforms.
///
/// For a component: imports, contract version, kind, size, limits, and rejected settings with their lines in the TOML
/// file. Exit status: 0 no errors, 1 errors.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct CheckArgs {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    format: FormatArgs,
}

const HELP: &str = "\
Examples:
  telesieve check                        the telesieve.toml or the crate of this folder
  telesieve check deploy/layer --json";

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// One line for each component: what it is.
    pub facts: Vec<String>,
    /// What is wrong.
    pub wrong: Vec<String>,
    /// Keys that nobody has set so far.
    pub keys: Vec<MissingKey>,
    /// Transforms so far that may copy values into labels and events.
    copying: Vec<String>,
}

/// A key that a transform asks for.
#[derive(Debug)]
pub struct MissingKey {
    transform: String,
    /// Its name in `[keys]`.
    pub key: String,
}

impl fmt::Display for MissingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { transform, key } = self;
        write!(f, "transform `{transform}`: missing key `{key}`: add `{key} = \"…\"` to `[keys]`")
    }
}

/// Checks the configuration and prints the findings.
///
/// # Errors
/// There is nothing to check, or a crate cannot be built. What is wrong is the result, and no error.
pub fn run(args: &CheckArgs) -> Result<ExitCode> {
    let mut subject = Subject::open(&args.subject)?;
    if let Some(file) = &subject.file {
        // Variables of the environment are laid over the file, as in the sandbox.
        subject.loaded = load_file(file, true, &ProcessEnvironment);
    }
    let findings = Findings::of(&subject);
    let is_sound = findings.wrong.is_empty() && findings.keys.is_empty();
    if args.format.is_json() {
        out::line(&findings.json().to_string());
    } else {
        findings.lines().for_each(|line| out::line(&line));
        if is_sound {
            let what = subject.file.as_ref().unwrap_or(&args.subject.path);
            out::line(&format!("{}: no errors", what.display()));
        }
    }
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Findings {
    /// Looks at everything.
    #[must_use]
    pub fn of(subject: &Subject) -> Self {
        let mut findings = Self::default();
        findings.wrong.extend(subject.loaded.errors.iter().map(ToString::to_string));
        let config = &subject.loaded.config;
        // What closes a configuration with errors is a transform that the file does not have.
        for transform in &config.transforms {
            match subject.source_of(transform) {
                Some(Source::Component(component)) => findings.component(subject, transform, component),
                Some(Source::Missing(_)) if transform.artifact.is_empty() => {}
                Some(Source::Missing(missing)) => findings.wrong.push(missing.clone()),
                Some(Source::Bundled) | None => findings.artifact(subject, transform),
            }
        }
        if subject.file.is_some()
            && config.opensearch.is_none()
            && config.pushgateway.is_none()
            && config.file.is_none()
        {
            // The function usually says where to.
            findings.facts.push(
                "note: no sink is configured (opensearch.url, pushgateway.url, file.path): no data leaves the sandbox unless \
                 the function's environment sets one"
                    .to_owned(),
            );
        }
        findings
    }

    /// For people: what components are, then everything that is wrong.
    fn lines(&self) -> impl Iterator<Item = String> {
        let keys = self.keys.iter().map(ToString::to_string);
        self.facts.iter().cloned().chain(keys).chain(self.wrong.iter().cloned())
    }

    /// For programs.
    fn json(&self) -> Value {
        let errors: Vec<String> = self.keys.iter().map(ToString::to_string).chain(self.wrong.iter().cloned()).collect();
        json!({ "ok": errors.is_empty(), "errors": errors, "notes": self.facts })
    }

    fn component(&mut self, subject: &Subject, transform: &Transform, component: &[u8]) {
        let inspection = inspect(component, transform, &FunctionIdentity::default());
        self.facts.push(facts(transform, &inspection));
        self.facts.extend(inspection.kind.and_then(|kind| without_effect(transform, kind)));
        self.facts.extend(transform.on.iter().flatten().filter_map(|kind| unknown_kind(&transform.name, kind)));
        let order = inspection.kind.and_then(|kind| self.order(&transform.name, kind));
        self.facts.extend(order);
        let keys = &subject.loaded.config.keys;
        let missing = inspection.keys.iter().filter(|key| !keys.contains_key(*key));
        self.keys.extend(missing.map(|key| MissingKey { transform: transform.name.clone(), key: key.clone() }));
        self.wrong.extend(inspection.settings.iter().map(|fault| subject.setting_fault(&transform.name, fault)));
        self.wrong.extend(inspection.findings.iter().map(|found| format!("transform `{}`: {found}", transform.name)));
    }

    /// What is said of a redaction that stands behind transforms that copy values.
    fn order(&mut self, name: &str, kind: TransformKind) -> Option<String> {
        match kind {
            TransformKind::Relabel | TransformKind::Enrich => self.copying.push(format!("`{name}`")),
            TransformKind::Redact if !self.copying.is_empty() => {
                let copying = std::mem::take(&mut self.copying).join(", ");
                return Some(format!(
                    "note: `{name}` runs after {copying}: values that are secret only because of their key or path may be sent in labels or events that these transforms create"
                ));
            }
            TransformKind::Redact | TransformKind::Filter => {}
        }
        None
    }

    /// What a sandbox would say of the files beside the configuration.
    fn artifact(&mut self, subject: &Subject, transform: &Transform) {
        let loaded = &subject.loaded;
        let one = std::slice::from_ref(transform);
        let (_, faults) = Chain::load(one, &subject.keys(), &loaded.folder, &FunctionIdentity::default());
        let lines = |fault: &LoadFault| match fault.settings.as_slice() {
            [] => vec![fault.to_string()],
            settings => settings.iter().map(|setting| subject.setting_fault(&transform.name, setting)).collect(),
        };
        self.wrong.extend(faults.iter().flat_map(lines));
    }
}

/// What is said of `on_error = "pass"` for a redaction.
fn without_effect(transform: &Transform, kind: TransformKind) -> Option<String> {
    let passes = kind == TransformKind::Redact && transform.on_error == OnError::Pass;
    passes.then(|| {
        let name = &transform.name;
        format!("note: `on_error = \"pass\"` has no effect on `{name}`: a transform of kind redact drops what it cannot redact")
    })
}

/// What is said of a kind that no event has today. The platform may bring new ones, so it is no error.
fn unknown_kind(transform: &str, kind: &str) -> Option<String> {
    let is_known = matches!(kind, "function" | "extension" | "*") || kind.contains('.');
    (!is_known).then(|| {
        format!("note: transform `{transform}`: no event has the kind `{kind}`: expected function, extension, platform.report, platform.* or *")
    })
}

/// A line about a component, as far as it is known.
fn facts(transform: &Transform, inspection: &Inspection) -> String {
    let mut line = format!("{}:", transform.name);
    if let Some(kind) = inspection.kind {
        let _ = write!(line, " {} {}, kind {},", inspection.name, inspection.version, kind.as_str());
    }
    if let Some(contract) = &inspection.contract {
        let _ = write!(line, " contract {contract},");
    }
    let _ = write!(line, " {} KiB", inspection.bytes.div_ceil(1024));
    if inspection.kind.is_some() {
        let (patterns, bytes) = inspection.patterns;
        let _ = write!(
            line,
            ", {} rules, {patterns} patterns ({} KiB), {} metrics, memory {} KiB of {} KiB",
            inspection.rules,
            bytes.div_ceil(1024),
            inspection.metrics,
            inspection.memory.div_ceil(1024),
            transform.max_memory_bytes / 1024,
        );
    }
    line
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn mistakes_and_missing_artifacts_are_found_together() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("telesieve.toml");
        std::fs::write(&path, "[flush]\nmode = 'never'\n[[transform]]\nname = 'redact'\n").expect("a file");
        let loaded = load_file(&path, true, &BTreeMap::new());
        let subject = Subject {
            sources: vec![Source::Missing("transform `redact` has no component".to_owned())],
            folder: folder.path().to_owned(),
            file: Some(path),
            loaded,
        };
        let findings = Findings::of(&subject);
        assert_eq!(findings.wrong.len(), 2, "{findings:?}");
        assert!(findings.wrong[0].contains("telesieve.toml:2:8: flush.mode"), "{findings:?}");
        assert!(findings.wrong[1].contains("transform `redact`"), "{findings:?}");
        assert!(findings.facts[0].contains("no data leaves the sandbox"), "{findings:?}");
    }

    #[test]
    fn a_redaction_behind_what_copies_values_is_told() {
        let mut findings = Findings::default();
        let mut order = |name, kind| findings.order(name, kind);
        assert_eq!(order("redact", TransformKind::Redact), None);
        assert_eq!(order("filter", TransformKind::Filter), None);
        assert_eq!(order("relabel", TransformKind::Relabel), None);
        assert!(
            order("late", TransformKind::Redact).expect("a note").starts_with("note: `late` runs after `relabel`:")
        );
    }

    #[test]
    fn what_closes_a_configuration_needs_no_component() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("telesieve.toml");
        std::fs::write(&path, "[nobody]\n").expect("a file");
        let arguments = SubjectArgs { path, config: None, components: Vec::new(), profile: "release".to_owned() };
        let findings = Findings::of(&Subject::open(&arguments).expect("a subject"));
        assert_eq!(findings.wrong.len(), 1, "{findings:?}");
        assert!(findings.wrong[0].contains("nobody: unknown"), "{findings:?}");
    }

    #[test]
    fn what_is_no_component_is_said() {
        let transform = Transform { name: "t".to_owned(), ..Transform::default() };
        let inspection = inspect(b"no wasm", &transform, &FunctionIdentity::default());
        assert_eq!(facts(&transform, &inspection), "t: 1 KiB");
        assert!(inspection.findings[0].starts_with("not a WebAssembly component"), "{inspection:?}");
    }
}
