//! Faults on purpose: what becomes of the record and of its neighbours, and whether that is what was promised.

use std::fmt;

use anyhow::{Context, Result, bail, ensure};
use telesieve_config::OnError;
use telesieve_engine::{Fault, Injection, TransformKind};

use super::trial::{self, Injected, Traced, Trial};
use crate::recording::Recording;
use crate::workbench::{Prepared, Workbench};

/// A fault at an event, as it is said on the command line: `trap@3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inject {
    fault: Fault,
    /// Number of the event, from 1.
    number: u64,
}

/// Reads `trap@3`.
pub(super) fn parse(argument: &str) -> Result<Inject> {
    let (fault, number) = argument.split_once('@').context("expected a fault and an event number, such as trap@3")?;
    let fault = match fault {
        "trap" => Fault::Trap,
        "timeout" => Fault::Timeout,
        "memory" => Fault::Memory,
        "error" => Fault::Error,
        "script" => Fault::Script,
        _ => bail!("expected trap, timeout, memory, error or script, found {fault:?}"),
    };
    let number = number.parse().ok().filter(|number| *number > 0);
    Ok(Inject { fault, number: number.context("expected an event number after @, from 1")? })
}

impl fmt::Display for Inject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.fault, self.number)
    }
}

/// What a fault in one transform led to.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) inject: Inject,
    pub(super) transform: String,
    /// What became of the record.
    pub(super) fate: String,
    /// How that breaks a promise.
    pub(super) broken: Vec<String>,
}

/// Puts a fault into one transform after the other.
///
/// # Errors
/// There is no such event, or a transform cannot be loaded.
pub(super) fn run(
    bench: &Workbench<'_>,
    recording: &Recording,
    healthy: &Trial,
    inject: Inject,
) -> Result<Vec<Verdict>> {
    let count = healthy.events.len() as u64;
    let path = recording.path.display();
    ensure!(inject.number <= count, "{inject}: {path} has {count} events");
    let injection = Injection { fault: inject.fault, sequence: inject.number - 1 };
    let of_stage = |(stage, prepared): (usize, &Prepared)| {
        let faulty = trial::run(bench, recording, &mut [], Some(Injected { stage, injection }))?;
        Ok(judge(inject, prepared, healthy, &faulty))
    };
    bench.stages.iter().enumerate().map(of_stage).collect()
}

fn judge(inject: Inject, stage: &Prepared, healthy: &Trial, faulty: &Trial) -> Verdict {
    let at = (inject.number - 1) as usize;
    let (before, after) = (&healthy.events[at], &faulty.events[at]);
    let name = &stage.transform.name;
    let mut broken = faulty.unaccounted.clone();
    let lost_here = after.gone.as_ref().is_some_and(|(by, why)| by == name && why != "filtered");
    let fate = match &after.gone {
        _ if !was_hit(faulty, name) => "not seen by this transform".to_owned(),
        Some((_, why)) if lost_here => format!("dropped ({why})"),
        Some((by, why)) => format!("passed on, then removed by {by} ({why})"),
        None if may_pass(stage) => "passed unchanged, because of `on_error = \"pass\"`".to_owned(),
        None => {
            broken.push(format!("event #{} was sent although `{name}` failed on it", inject.number));
            "LEFT".to_owned()
        }
    };
    if was_hit(faulty, name) && !lost_here && !may_pass(stage) && before.gone.is_none() && after.gone.is_some() {
        broken.push(format!("event #{} was not dropped by `{name}`, which failed on it", inject.number));
    }
    broken.extend(neighbours(at, healthy, faulty));
    Verdict { inject, transform: name.clone(), fate, broken }
}

/// Whether the fault was met at all: an event may be gone before, or of a kind that the transform does not see.
fn was_hit(faulty: &Trial, name: &str) -> bool {
    let stage = faulty.stages.iter().find(|stage| stage.name == name);
    stage.is_some_and(|stage| stage.notes.iter().any(|(_, note)| note.contains("injected")))
}

fn may_pass(stage: &Prepared) -> bool {
    stage.kind != Some(TransformKind::Redact) && stage.transform.on_error == OnError::Pass
}

/// A neighbour may fare otherwise, because the host tries again with parts of the batch and a transform may look at
/// more than one record. It must not be dropped for a fault that is not its own.
fn neighbours(at: usize, healthy: &Trial, faulty: &Trial) -> Vec<String> {
    let is_dropped = |event: &Traced| event.gone.as_ref().is_some_and(|(_, why)| why != "filtered");
    let pairs = healthy.events.iter().zip(&faulty.events).enumerate();
    let lost = pairs.filter(|(other, (one, two))| *other != at && is_dropped(two) && !is_dropped(one));
    lost.map(|(other, _)| format!("event #{} was dropped, although the fault was injected at another event", other + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn injections_are_read() {
        assert_eq!(parse("trap@3").unwrap(), Inject { fault: Fault::Trap, number: 3 });
        assert_eq!(parse("timeout@1").unwrap().to_string(), "timeout@1");
        for wrong in ["trap", "trap@0", "trap@x", "melt@1"] {
            parse(wrong).unwrap_err();
        }
    }
}
