//! `telesieve test`: transforms in the shipped engine, on recorded telemetry.
//!
//! This file reads the arguments and holds the order of things; [`crate::workbench`] makes transforms ready, [`trial`] runs
//! them, [`snapshot`] and [`inject`] judge, [`show`] and [`machine`] tell.

mod inject;
mod machine;
mod show;
mod snapshot;
mod trial;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use telesieve_core::{FunctionIdentity, counted};
use telesieve_engine::Meter;

use crate::diff::{Change, Piece, diff_lines};
use crate::out;
use crate::recording::{self, Recording};
use crate::subject::{Subject, SubjectArgs, ensure_sound};
use crate::workbench::{self, Workbench};
use inject::{Inject, Verdict};
use snapshot::{Snapshot, Status};
use trial::Trial;

/// Run transforms on recorded telemetry, in the engine of the extension, and compare with the accepted snapshots.
///
/// Telemetry is read from `telemetry/*.ndjson` (one event per line, an empty line ends a batch); snapshots are in
/// `snapshots/`. Exit status: 0 all output matches, 1 some differs or the test could not run, 2 wrong usage.
#[derive(Clone, Debug, clap::Args)]
pub struct TestArgs {
    #[command(flatten)]
    subject: SubjectArgs,
    /// Recorded telemetry. May be repeated. Default: everything in `telemetry/`.
    #[arg(long, value_name = "FILE")]
    events: Vec<PathBuf>,
    /// Accept the output: write the snapshots.
    #[arg(long)]
    accept: bool,
    /// Inject a fault at an event (from 1), in each transform in turn: trap, timeout, memory, error or script. Fails if
    /// the record is sent anyway. May be repeated.
    #[arg(long, value_name = "FAULT@N", value_parser = inject::parse)]
    inject: Vec<Inject>,
    /// The function whose telemetry this is, for labels. Default: none.
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// Its region. Default: none.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Fail if an event uses more fuel (about one unit per WebAssembly instruction).
    #[arg(long, value_name = "N")]
    max_fuel: Option<u64>,
    /// Also show unchanged events.
    #[arg(long)]
    all: bool,
    /// The format of the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The format of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Text for people.
    Text,
    /// One JSON object with everything, for programs.
    Json,
    /// JUnit XML, for CI servers.
    Junit,
}

/// Everything that is known in the end.
struct Tested {
    transforms: Vec<Tried>,
    files: Vec<File>,
    max_fuel: Option<u64>,
    accepted: bool,
}

/// A transform that was tried.
struct Tried {
    name: String,
    /// Name and version of the component.
    component: String,
    kind: String,
    memory: Option<usize>,
}

/// A recording and what came of it.
struct File {
    recording: Recording,
    trial: Trial,
    snapshot: Snapshot,
    verdicts: Vec<Verdict>,
}

/// Runs the tests.
///
/// # Errors
/// There is nothing to test, a crate cannot be built, or a transform cannot be loaded.
pub fn run(args: &TestArgs) -> Result<ExitCode> {
    let subject = Subject::open(&args.subject)?;
    ensure_sound(&subject.loaded)?;
    ensure!(!subject.sources.is_empty(), "the configuration has no transforms");
    let recordings = recording::read(&args.events, &subject.folder)?;
    let bench = Workbench::new(&subject, args.identity())?.with_test_keys();
    let mut meters = bench.meters()?;
    let files = recordings.into_iter().map(|recording| file(args, &bench, &subject, &mut meters, recording));
    let tested = Tested {
        files: files.collect::<Result<_>>()?,
        transforms: bench.stages.iter().map(Tried::of).collect(),
        max_fuel: args.max_fuel,
        accepted: args.accept,
    };
    if args.accept {
        tested.files.iter().try_for_each(|file| file.snapshot.accept())?;
    }
    match args.format {
        Format::Text => show::show(&tested, args.all),
        Format::Json => out::line(&machine::json(&tested).to_string()),
        Format::Junit => out::line(&machine::junit(&tested)),
    }
    Ok(if tested.failures().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl TestArgs {
    fn identity(&self) -> FunctionIdentity {
        let name = self.function.clone().unwrap_or_default();
        FunctionIdentity { name, region: self.region.clone().unwrap_or_default(), ..FunctionIdentity::default() }
    }
}

fn file(
    args: &TestArgs,
    bench: &Workbench<'_>,
    subject: &Subject,
    meters: &mut [Option<Meter>],
    recording: Recording,
) -> Result<File> {
    let trial = trial::run(bench, &recording, meters, None)?;
    let snapshot = Snapshot::of(&trial, &subject.folder, &recording.stem());
    let mut verdicts = Vec::new();
    for inject in &args.inject {
        verdicts.extend(inject::run(bench, &recording, &trial, *inject)?);
    }
    Ok(File { recording, trial, snapshot, verdicts })
}

impl Tried {
    fn of(stage: &workbench::Prepared) -> Self {
        Self {
            name: stage.transform.name.clone(),
            component: stage.component.clone(),
            kind: stage.kind.map_or_else(String::new, |kind| kind.as_str().to_owned()),
            memory: stage.memory(),
        }
    }
}

impl Tested {
    /// What became of all events, in one line.
    fn totals(&self) -> String {
        let events = || self.files.iter().flat_map(|file| &file.trial.events);
        let unchanged = events().filter(|event| event.is_unchanged()).count();
        let edited = events().filter(|event| event.after.is_some()).count() - unchanged;
        let is_filtered = |event: &&trial::Traced| event.gone.as_ref().is_some_and(|(_, why)| why == "filtered");
        let filtered = events().filter(is_filtered).count();
        let count = events().count();
        let dropped = count - unchanged - edited - filtered;
        let (events, files) = (counted(count, "event"), counted(self.files.len(), "file"));
        format!("{events} in {files}: {unchanged} unchanged, {edited} edited, {filtered} filtered, {dropped} dropped")
    }

    /// Everything that makes the test fail.
    fn failures(&self) -> Vec<String> {
        self.files.iter().flat_map(|file| file.failures(self.max_fuel, self.accepted)).collect()
    }
}

impl File {
    fn name(&self) -> String {
        self.recording.path.display().to_string()
    }

    fn failures(&self, max_fuel: Option<u64>, accepted: bool) -> Vec<String> {
        let name = self.name();
        let mut failures: Vec<String> = self.trial.unaccounted.iter().map(|fault| format!("{name}: {fault}")).collect();
        failures.extend(self.snapshot_failure(accepted));
        failures.extend(self.too_costly(max_fuel));
        for verdict in &self.verdicts {
            let told = |broken| format!("{name}: {} in {}: {broken}", verdict.inject, verdict.transform);
            failures.extend(verdict.broken.iter().map(told));
        }
        failures
    }

    /// What differs from what was accepted, for reports that hold no other output.
    fn snapshot_difference(&self) -> String {
        let Some(accepted) = self.snapshot.accepted.as_ref() else { return String::new() };
        let changed = diff_lines(accepted, &self.snapshot.now).into_iter();
        let line = |piece: Piece<'_>| match piece.change {
            Change::Same => None,
            Change::Removed => Some(format!("- {}", piece.text)),
            Change::Added => Some(format!("+ {}", piece.text)),
        };
        changed.filter_map(line).collect()
    }

    fn snapshot_failure(&self, accepted: bool) -> Option<String> {
        let (name, path) = (self.name(), self.snapshot.path.display());
        match self.snapshot.status() {
            _ if accepted => None,
            Status::Same => None,
            Status::New => Some(format!("{name}: no accepted output yet ({path} does not exist)")),
            Status::Changed => Some(format!("{name}: the output differs from {path}")),
        }
    }

    fn too_costly(&self, max_fuel: Option<u64>) -> Vec<String> {
        let Some(most) = max_fuel else { return Vec::new() };
        let events = self.trial.events.iter().enumerate();
        let costly = events.filter_map(|(at, event)| Some((at + 1, event.fuel.filter(|fuel| *fuel > most)?)));
        costly
            .map(|(number, fuel)| format!("{}: event #{number} uses {fuel} fuel, the limit is {most}", self.name()))
            .collect()
    }
}
