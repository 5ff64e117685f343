//! Makes components, artifacts, chains and events for the tests, and checks the accounting of every batch.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use serde_json::json;
use telesieve_config::{OnError, Secret, Transform};
use telesieve_core::{DropReason, Event, FunctionIdentity};
use telesieve_engine::{Artifact, Chain, CompileError, Fault, LoadFault, Outcome, Target, TransformKind, compile};
use tempfile::TempDir;

/// The guest as a core module, for kind `filter`.
fn module() -> &'static [u8] {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    MODULE.get_or_init(|| {
        let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/misbehave");
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("guests");
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let status = Command::new(cargo)
            .args(["build", "--quiet", "--profile=guest", "--target=wasm32-unknown-unknown", "--target-dir"])
            .arg(&target)
            .current_dir(guest)
            .env_remove("RUSTFLAGS")
            .status();
        assert!(status.unwrap().success(), "the guest builds");
        std::fs::read(target.join("wasm32-unknown-unknown/guest/telesieve_test_guest.wasm")).unwrap()
    })
}

/// The guest as a component of a kind.
pub(crate) fn component(kind: TransformKind) -> Vec<u8> {
    let mut module = module().to_vec();
    mark(&mut module, b"telesieve-kind:0", b'0' + kind as u8);
    wit_component::ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

/// The guest as a component of kind `redact`, after something was done to its module.
pub(crate) fn patched(patch: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut module = module().to_vec();
    mark(&mut module, b"telesieve-kind:0", b'1');
    wit_component::ComponentEncoder::default().module(&patch(module)).unwrap().encode().unwrap()
}

/// Writes another digit behind a marker.
pub(crate) fn mark(module: &mut [u8], marker: &[u8], digit: u8) {
    let at = module.windows(marker.len()).position(|found| found == marker).unwrap();
    module[at + marker.len() - 1] = digit;
}

/// A transform to be tested.
pub(crate) fn transform(name: &str, settings: serde_json::Value) -> Transform {
    Transform {
        name: name.to_owned(),
        artifact: name.to_owned(),
        settings,
        budget: Duration::from_secs(5),
        ..Transform::default()
    }
}

/// A transform that goes wrong as `mode` says, whenever a record contains `POISON`.
pub(crate) fn mode(mode: &str) -> Transform {
    transform(mode, json!({"mode": mode, "needle": "POISON"}))
}

/// The function that the tests run in.
pub(crate) fn function() -> FunctionIdentity {
    FunctionIdentity { name: "orders".to_owned(), memory_mb: 128, ..FunctionIdentity::default() }
}

/// A folder with artifacts, and what is configured.
pub(crate) struct Lab {
    pub(crate) dir: TempDir,
    pub(crate) transforms: Vec<Transform>,
    pub(crate) keys: BTreeMap<String, Secret>,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self { dir: TempDir::new().unwrap(), transforms: Vec::new(), keys: BTreeMap::new() }
    }

    /// Makes an artifact and configures it.
    pub(crate) fn add(mut self, kind: TransformKind, transform: Transform) -> Self {
        let artifact = self.artifact(kind, &transform).unwrap();
        self.write(&transform, &artifact);
        self.transforms.push(transform);
        self
    }

    /// Makes an artifact, once for all tests that want the same.
    pub(crate) fn artifact(&self, kind: TransformKind, transform: &Transform) -> Result<Artifact, CompileError> {
        static MADE: Mutex<BTreeMap<String, Artifact>> = Mutex::new(BTreeMap::new());
        let key = format!("{kind:?} {}", transform.settings);
        if let Some(artifact) = MADE.lock().unwrap().get(&key) {
            return Ok(artifact.clone());
        }
        let artifact = compile(&component(kind), Target::host().unwrap(), transform, &function())?;
        MADE.lock().unwrap().insert(key, artifact.clone());
        Ok(artifact)
    }

    pub(crate) fn write(&self, transform: &Transform, artifact: &Artifact) {
        std::fs::write(self.path(transform, "cwasm"), &artifact.cwasm).unwrap();
        std::fs::write(self.path(transform, "pack"), &artifact.pack).unwrap();
    }

    pub(crate) fn path(&self, transform: &Transform, extension: &str) -> PathBuf {
        self.dir.path().join(format!("{}.{extension}", transform.artifact))
    }

    pub(crate) fn load(&self) -> (Chain, Vec<LoadFault>) {
        Chain::load(&self.transforms, &self.keys, self.dir.path(), &function())
    }

    /// The chain, of which every transform must have loaded.
    pub(crate) fn chain(&self) -> Chain {
        let (chain, faults) = self.load();
        assert_eq!(faults, []);
        chain
    }
}

/// A chain of one transform.
pub(crate) fn chain_of(kind: TransformKind, transform: Transform) -> Chain {
    Lab::new().add(kind, transform).chain()
}

/// A transform that lets its records pass when it fails.
pub(crate) fn passing(transform: Transform) -> Transform {
    Transform { on_error: OnError::Pass, ..transform }
}

/// Ends a test with a message.
pub(crate) fn fail(message: String) -> ! {
    std::panic::resume_unwind(Box::new(message))
}

/// Events of kind `function`.
pub(crate) fn events<'a>(records: &[&'a str]) -> Vec<Event<'a>> {
    let event = |(sequence, record): (u64, &&'a str)| event("function", record, sequence);
    (0..).zip(records).map(event).collect()
}

pub(crate) fn event<'a>(kind: &'a str, record: &'a str, sequence: u64) -> Event<'a> {
    Event {
        kind: Cow::Borrowed(kind),
        time_json: "\"2026-11-22T12:00:00Z\"".into(),
        time_ms: Some(1_795_000_000_000),
        record: record.into(),
        invocation: None,
        labels: Rc::default(),
        sequence,
    }
}

/// What became of a batch, in a form to compare.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) records: Vec<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) sequences: Vec<u64>,
    pub(crate) filtered: u64,
    pub(crate) dropped: Vec<(DropReason, u64)>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) closed: bool,
    pub(crate) notes: String,
    pub(crate) outcome_samples: Vec<telesieve_engine::GuestSample>,
    pub(crate) rule_hits: u64,
    /// Transform, rule, records.
    pub(crate) held_back: Vec<(String, String, u64)>,
}

/// Runs a batch of records without a limit of its own.
pub(crate) fn run(chain: &mut Chain, records: &[&str]) -> Seen {
    run_events(chain, events(records), Duration::from_secs(60))
}

/// Runs a batch. Whatever it is, it must be accounted for.
pub(crate) fn run_events(chain: &mut Chain, events: Vec<Event<'_>>, time_left: Duration) -> Seen {
    let (received, before) = (events.len() as u64, 1_000);
    let mut next_sequence = before;
    let outcome = chain.process(events, time_left, &mut next_sequence);
    let filtered = outcome.filtered.iter().map(|(_, count)| count).sum::<u64>();
    let dropped = outcome.dropped.iter().map(|(_, count)| count).sum::<u64>();
    assert_eq!(
        received + outcome.appended + outcome.markers,
        outcome.released.len() as u64 + filtered + dropped,
        "{outcome:?}"
    );
    assert_eq!(next_sequence, before + outcome.appended + outcome.markers);
    seen(outcome, filtered)
}

fn seen(outcome: Outcome<'_>, filtered: u64) -> Seen {
    let released = outcome.released.iter().map(telesieve_core::Released::event);
    let markers = released.clone().filter(|event| event.kind == "telesieve.transform").count();
    assert_eq!(markers as u64, outcome.markers);
    let released: Vec<_> = released.filter(|event| event.kind != "telesieve.transform").collect();
    let labels = |event: &&Event<'_>| {
        let labels: Vec<_> = event.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        labels.join(",")
    };
    let held_back = outcome.stages.iter().flat_map(|stage| {
        let name = stage.transform.to_string();
        stage.held_back.iter().map(move |rule| (name.clone(), rule.rule.to_string(), rule.hits))
    });
    Seen {
        held_back: held_back.collect(),
        records: released.iter().map(|event| event.record.clone().into_owned()).collect(),
        labels: released.iter().map(labels).collect(),
        sequences: released.iter().map(|event| event.sequence).collect(),
        filtered,
        dropped: outcome.dropped,
        faults: outcome.stages.iter().flat_map(|stage| stage.faults.iter().map(|(fault, _)| *fault)).collect(),
        closed: outcome.stages.iter().any(|stage| stage.closed),
        notes: outcome.notes.iter().map(|note| format!("{:?}: {}\n", note.level, note.text)).collect(),
        outcome_samples: outcome.samples,
        rule_hits: outcome.stages.iter().flat_map(|stage| &stage.rule_hits).map(|rule| rule.hits).sum(),
    }
}
