//! What a guest can ask of the host while it runs, and what the host remembers of it.
//!
//! Everything here is deterministic and bounded: by the epoch between calls, and within a call by the size of the batch
//! or of the guest's memory.

use std::rc::Rc;
use std::sync::Arc;

use telesieve_core::counted;
use telesieve_kernels::{Path, Pattern, Place, Scratch};
use wasmtime::UpdateDeadline;

use crate::bindings::{host, types};
use crate::fixed::Fixed;
use crate::limits::Limits;
use crate::loan::{Loan, Records};
use crate::text;
use crate::watchdog::{Deadline, Ring, Watchdog};
use crate::{Fault, NoteLevel};

/// Most log lines of one call.
const LOG_LINES: usize = 20;

/// The last level of the contract that must not hold payload.
const INFO: u8 = 2;

/// Most bytes of a log line.
const LOG_LINE_BYTES: usize = 512;

/// What a store holds.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) limits: Limits,
    pub(crate) loan: Rc<Loan>,
    pub(crate) patterns: Vec<Arc<Pattern>>,
    pub(crate) log: Log,
    pub(crate) deadline: Option<Deadline>,
    watchdog: Watchdog,
    max_handout: usize,
    scratch: Scratch,
}

/// The host's refusal to go on with a call.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refusal {
    pub(crate) fault: Fault,
    pub(crate) message: &'static str,
}

impl State {
    /// For a fresh store.
    pub(crate) fn new(max_memory: usize, loan: Rc<Loan>, watchdog: Watchdog) -> Self {
        Self {
            limits: Limits::new(max_memory),
            loan,
            patterns: Vec::new(),
            log: Log::default(),
            deadline: None,
            watchdog,
            max_handout: max_memory,
            scratch: Scratch::default(),
        }
    }

    /// The watchdog rang: ends the call, or lets it go on.
    pub(crate) fn rung(&mut self) -> wasmtime::Result<UpdateDeadline> {
        let Some(deadline) = &mut self.deadline else { return Ok(UpdateDeadline::Interrupt) };
        match deadline.rung(std::time::Instant::now()) {
            Ring::Stale => Ok(UpdateDeadline::Continue(1)),
            Ring::Over => Ok(UpdateDeadline::Interrupt),
            Ring::Extended(at) => {
                self.watchdog.arm(at)?;
                Ok(UpdateDeadline::Continue(1))
            }
        }
    }

    fn copies(&self, indices: &[u32]) -> wasmtime::Result<Vec<Vec<u8>>> {
        self.loan.with(|records| {
            let texts = || indices.iter().map(|index| text_of(records, *index));
            self.allow(texts().map(|text| text.len() + size_of::<Vec<u8>>()).sum())?;
            Ok(texts().map(|text| text.as_bytes().to_vec()).collect())
        })
    }

    fn allow(&self, bytes: usize) -> wasmtime::Result<()> {
        if bytes <= self.max_handout {
            return Ok(());
        }
        let message = "requested more text at once than its memory can hold";
        Err(Refusal { fault: Fault::Memory, message }.into())
    }
}

fn text_of(records: Option<&dyn Records>, index: u32) -> &str {
    records.and_then(|records| records.get(index as usize)).unwrap_or_default()
}

impl types::Host for State {}

impl host::Host for State {
    fn read(&mut self, index: u32) -> wasmtime::Result<Vec<u8>> {
        Ok(self.loan.with(|records| text_of(records, index).as_bytes().to_vec()))
    }

    fn read_many(&mut self, indices: Vec<u32>) -> wasmtime::Result<Vec<Vec<u8>>> {
        self.copies(&indices)
    }

    fn body(&mut self) -> wasmtime::Result<Vec<u8>> {
        let bytes = self.loan.with(|records| records.map_or(0, total));
        self.allow(bytes)?;
        Ok(self.loan.with(|records| records.map_or_else(Vec::new, |records| concatenated(records, bytes))))
    }

    fn matches(&mut self, pattern: u32, place: types::Place) -> wasmtime::Result<Vec<u32>> {
        let refused = |message| Refusal { fault: Fault::Script, message };
        let pattern = self.patterns.get(pattern as usize).ok_or_else(|| refused("requested an undeclared pattern"))?;
        let place = place_of(&place).ok_or_else(|| refused("requested a match at an invalid path"))?;
        let scratch = &mut self.scratch;
        Ok(self.loan.with(|records| records.map_or_else(Vec::new, |records| hits(records, pattern, &place, scratch))))
    }

    fn hash64(&mut self, data: String) -> wasmtime::Result<u64> {
        Ok(hash64(data.as_bytes()))
    }

    fn log(&mut self, level: u8, message: String) -> wasmtime::Result<()> {
        self.log.add(level, &message);
        Ok(())
    }
}

/// A place that can be worked on; `None` if its path is none.
pub(crate) fn place_of(place: &types::Place) -> Option<Place> {
    match place {
        types::Place::Whole => Some(Place::Whole),
        types::Place::Message => Some(Place::Message),
        types::Place::Keys => Some(Place::Keys),
        types::Place::Field(path) => Path::parse(path).ok().map(Place::Field),
    }
}

fn total(records: &dyn Records) -> usize {
    texts(records).map(str::len).sum()
}

fn concatenated(records: &dyn Records, bytes: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(bytes);
    texts(records).for_each(|text| body.extend_from_slice(text.as_bytes()));
    body
}

fn hits(records: &dyn Records, pattern: &Pattern, place: &Place, scratch: &mut Scratch) -> Vec<u32> {
    let found = (0u32..).zip(texts(records));
    let hits = found.filter(|(_, text)| telesieve_kernels::is_match(text, place, pattern, scratch));
    hits.map(|(index, _)| index).collect()
}

fn texts(records: &dyn Records) -> impl Iterator<Item = &str> {
    (0..records.len()).map(|index| records.get(index).unwrap_or_default())
}

/// FNV-1a with a finalizer that spreads the last bytes over all bits. Part of the contract: samples of different
/// sandboxes and versions have to agree.
fn hash64(data: &[u8]) -> u64 {
    let hash = data
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// Log lines of a call, capped.
///
/// A line that is written while there are records may quote them, whatever the contract says, and our own log must hold
/// no payload. So such lines are counted and not shown, unless the chain is observed; but for texts that stand in the
/// artifact, and for the place of a panic, which the SDK writes in a form that holds nothing else.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: Vec<(NoteLevel, String)>,
    lost: usize,
    /// Lines that may quote records.
    doubtful: Vec<(NoteLevel, String)>,
    /// How many lines are not shown, and the gravest of their levels.
    withheld: Option<(usize, NoteLevel)>,
    /// Whether there are records.
    pub(crate) in_batch: bool,
    /// Whether lines are kept that may quote records, those at debug level among them: if the chain is observed.
    pub(crate) debug: bool,
}

impl Log {
    fn add(&mut self, level: u8, message: &str) {
        if level > INFO && !self.debug {
            return;
        }
        let level = match level {
            0 => NoteLevel::Error,
            1 => NoteLevel::Warn,
            2 => NoteLevel::Info,
            _ => NoteLevel::Debug,
        };
        if self.in_batch && !self.debug && !is_place_of_panic(message) {
            if self.doubtful.len() < LOG_LINES {
                self.doubtful.push((level, text::one_line(message, LOG_LINE_BYTES)));
            } else {
                self.withhold(level);
            }
            return;
        }
        if self.lines.len() == LOG_LINES {
            self.lost += 1;
            return;
        }
        self.lines.push((level, text::one_line(message, LOG_LINE_BYTES)));
    }

    fn withhold(&mut self, level: NoteLevel) {
        let (count, gravest) = self.withheld.unwrap_or((0, level));
        self.withheld = Some((count + 1, gravest.min(level)));
    }

    /// Decides about lines that may quote records: those that the artifact has are fixed, and shown.
    pub(crate) fn show(&mut self, fixed: &mut Fixed) {
        for (level, line) in std::mem::take(&mut self.doubtful) {
            if fixed.has(&line) {
                self.lines.push((level, line));
            } else {
                self.withhold(level);
            }
        }
    }

    /// Takes the lines, with a last one about those that were too many.
    pub(crate) fn take(&mut self) -> Vec<(NoteLevel, String)> {
        self.show(&mut Fixed::default());
        let mut lines = std::mem::take(&mut self.lines);
        let lost = std::mem::take(&mut self.lost);
        if lost > 0 {
            let text = format!("{} not shown in this call: too many", counted(lost, "more log line"));
            lines.push((NoteLevel::Warn, text));
        }
        if let Some((count, gravest)) = self.withheld.take() {
            let withheld = counted(count, "log line");
            let text = format!("{withheld} withheld because they may quote records: `telesieve test` shows them");
            lines.push((gravest, text));
        }
        lines
    }
}

/// Whether a line is what the SDK says of a panic: a file, a line, and nothing else.
fn is_place_of_panic(message: &str) -> bool {
    let Some(place) = message.strip_prefix("the transform panicked at ") else { return false };
    let Some((file, line)) = place.rsplit_once(':') else { return false };
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'.');
    file.len() <= 200
        && file.ends_with(".rs")
        && file.bytes().all(named)
        && (1..=5).contains(&line.len())
        && line.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_a_batch_are_counted_but_for_the_place_of_a_panic() {
        let mut log = Log { in_batch: true, ..Log::default() };
        let panic = "the transform panicked at src/lib.rs:17";
        for line in ["a", panic, "the transform panicked at jane@x.rs:1", "the transform panicked at a.rs:x", ""] {
            log.add(0, line);
        }
        let lines = log.take();
        assert_eq!(lines[0], (NoteLevel::Error, panic.to_owned()));
        assert!(lines[1].1.starts_with("4 log lines withheld"), "{lines:?}");
        let mut log = Log { in_batch: true, debug: true, ..Log::default() };
        log.add(3, "a");
        assert_eq!(log.take(), [(NoteLevel::Debug, "a".to_owned())]);
    }

    #[test]
    fn hashes_are_part_of_the_contract() {
        assert_eq!(hash64(b""), 0xefd0_1f60_ba99_2926);
        assert_ne!(hash64(b"request-1") % 100, hash64(b"request-2") % 100);
    }

    #[test]
    fn log_lines_are_capped_and_clean() {
        let mut log = Log::default();
        (0..LOG_LINES + 5).for_each(|_| log.add(0, "a\nb\u{1b}[31m"));
        let lines = log.take();
        assert_eq!(lines.len(), LOG_LINES + 1);
        assert_eq!(lines[0], (NoteLevel::Error, "a b [31m".to_owned()));
        assert_eq!(lines[LOG_LINES].1, "5 more log lines not shown in this call: too many");
        assert!(log.take().is_empty());
    }
}
