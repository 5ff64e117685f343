//! Traces: shapes of bytes that can be looked for by the block.
//!
//! Runs and chains of classes of bytes are known here. Short words, three bytes of certain halves each, are the caller's:
//! it hands in tables of them, and is told where they are. What a trace stands for is looser than what a caller is after,
//! never tighter.

mod classes;
mod run;
mod search;

pub use classes::{ANY, Halves, Marks};

use crate::Backend;
use crate::lanes::dispatch;
use search::{scan_all, scan_usual};

/// A set of traces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traces(u32);

impl Traces {
    /// Eleven bytes in a row out of digits, spaces, `-./()`, backslashes and `_`. The places where such runs start are
    /// noted.
    pub const NUMBER: Self = Self(1);
    /// One of `:<=>`: their places are noted.
    pub const SEPARATOR: Self = Self(1 << 1);
    /// Three dots, each behind a digit, with one to three bytes between them.
    pub const DOTS: Self = Self(1 << 2);
    /// `::`, or four colons with one to four bytes between them.
    pub const COLONS: Self = Self(1 << 3);
    /// Two letters and two digits: their places are noted.
    pub const CODE: Self = Self(1 << 4);
    /// Twenty digits of base64 in a row, in either alphabet, with the backslashes in front of a slash or of a backslash: the
    /// places where such runs start are noted.
    pub const BASE64: Self = Self(1 << 5);
    /// A block of 64 backslashes that goes on a run of them or of base64: any run of 191 holds one.
    pub const BACKSLASHES: Self = Self(1 << 6);
    /// A word of the first table: their places are noted.
    pub const MARK: Self = Self(1 << 7);
    /// A word of the second table: their places are noted.
    pub const WORD: Self = Self(1 << 8);
    /// A word of the third table, if there is one: their places are noted.
    pub const OWN: Self = Self(1 << 9);
    /// A byte beyond ASCII.
    pub const FOREIGN: Self = Self(1 << 10);

    /// A set of any bits, for tests.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Both sets together.
    #[inline]
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What the sets have in common.
    #[inline]
    #[must_use]
    pub const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the sets have something in common.
    #[inline]
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether all of these are in another set.
    #[inline]
    const fn are_in(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    #[inline(always)]
    fn note(&mut self, trace: Self, mask: u64) {
        self.0 |= if mask == 0 { 0 } else { trace.0 };
    }
}

/// Where traces are that have to be looked at more closely. Used again from text to text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// First letters of [`Traces::CODE`].
    pub codes: Vec<usize>,
    /// Those of [`Traces::SEPARATOR`].
    pub separators: Vec<usize>,
    /// First bytes of the runs of [`Traces::NUMBER`].
    pub numbers: Vec<usize>,
    /// First bytes of the runs of [`Traces::BASE64`].
    pub base64: Vec<usize>,
    /// First bytes of [`Traces::MARK`].
    pub marks: Vec<usize>,
    /// First bytes of [`Traces::WORD`].
    pub words: Vec<usize>,
    /// First bytes of [`Traces::OWN`].
    pub own: Vec<usize>,
}

impl Places {
    #[inline]
    fn clear(&mut self) {
        let Self { codes, separators, numbers, base64, marks, words, own } = self;
        for places in [codes, separators, numbers, base64, marks, words, own] {
            places.clear();
        }
    }

    /// The places of each trace that has some.
    #[inline(always)]
    fn of_traces(&mut self) -> [(Traces, &mut Vec<usize>); 7] {
        let Self { codes, separators, numbers, base64, marks, words, own } = self;
        [
            (Traces::CODE, codes),
            (Traces::SEPARATOR, separators),
            (Traces::NUMBER, numbers),
            (Traces::BASE64, base64),
            (Traces::MARK, marks),
            (Traces::WORD, words),
            (Traces::OWN, own),
        ]
    }

    /// Forgets other traces and their places.
    fn keep(&mut self, found: Traces, wanted: Traces) -> Traces {
        for (trace, places) in self.of_traces() {
            if !wanted.meets(trace) {
                places.clear();
            }
        }
        found.only(wanted)
    }
}

/// The words that a caller looks for.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'t> {
    /// Those of [`Traces::MARK`].
    pub marks: &'t Marks,
    /// Those of [`Traces::WORD`].
    pub words: &'t Marks,
    /// Those of [`Traces::OWN`].
    pub own: Option<&'t Marks>,
}

/// All there are.
const ALL: Traces = Traces((1 << 11) - 1);

const ALL_BUT_OWN: Traces = Traces(ALL.0 & !Traces::OWN.0);

/// What small sets of rules look for. It is a good deal less work than all of them.
const USUAL: Traces =
    Traces::NUMBER.and(Traces::BACKSLASHES).and(Traces::BASE64).and(Traces::MARK).and(Traces::FOREIGN);

/// Looks for the wanted traces.
#[inline]
#[must_use]
pub fn traces(text: &[u8], wanted: Traces, tables: Tables<'_>, places: &mut Places) -> Traces {
    traces_on(Backend::best(), text, wanted, tables, places)
}

/// [`traces`] on a back end of choice, for tests.
#[inline]
#[must_use]
pub fn traces_on(backend: Backend, text: &[u8], wanted: Traces, tables: Tables<'_>, places: &mut Places) -> Traces {
    places.clear();
    // Without a table there are no places of its words.
    let every = if tables.own.is_some() { ALL } else { ALL_BUT_OWN };
    let wanted = wanted.only(every);
    if wanted.are_in(USUAL) {
        let found = usual_on(backend, text, tables, places);
        return if USUAL.are_in(wanted) { found } else { places.keep(found, wanted) };
    }
    let found = all_on(backend, text, tables, places);
    if every.are_in(wanted) { found } else { places.keep(found, wanted) }
}

dispatch! {
    /// Looks for the traces of [`USUAL`].
    fn usual_on(text: &[u8], tables: Tables<'_>, places: &mut Places) -> Traces, by scan_usual
}

dispatch! {
    /// Looks for all traces.
    fn all_on(text: &[u8], tables: Tables<'_>, places: &mut Places) -> Traces, by scan_all
}
