//! Traces of what redaction looks for: shapes of bytes without which a rule cannot hit.
//!
//! They are looked for in raw JSON text. What a trace stands for is looser than the rule, never tighter: whoever relies on
//! a trace must find it in every spelling of what it hits.

mod classes;
mod run;
mod search;

use crate::Backend;
use crate::lanes::dispatch;
use search::{scan_all, scan_usual};

/// A set of traces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traces(u32);

impl Traces {
    /// `@`
    pub const AT: Self = Self(1);
    /// Eleven bytes in a row of which numbers of cards and telephones are made: digits, spaces and `-./()`, with
    /// backslashes and `_`. The places where such runs start are noted.
    pub const NUMBER: Self = Self(1 << 1);
    /// `:` or `=`: their places are noted.
    pub const SEPARATOR: Self = Self(1 << 2);
    /// `+` before a digit other than 0, a space, a backslash or one of `()*+,-./`.
    pub const PLUS: Self = Self(1 << 3);
    /// Three dots, each behind a digit, with one to three bytes between them.
    pub const DOTS: Self = Self(1 << 4);
    /// `::`, or four colons with one to four bytes between them.
    pub const COLONS: Self = Self(1 << 5);
    /// `eyJ`
    pub const EYJ: Self = Self(1 << 6);
    /// `A`, one of `KSBC` and `I` or `C`, or `A3T`.
    pub const KEY_ID: Self = Self(1 << 7);
    /// `bear`, `basi` and what lies between them, in any case.
    pub const SCHEME: Self = Self(1 << 8);
    /// `z` before `a` or what separates words, ` `, `_`, `-` or `.`, in any case: a part of `authorization`.
    pub const ZATION: Self = Self(1 << 9);
    /// `\u`
    pub const UNICODE: Self = Self(1 << 10);
    /// Two letters and two digits: their places are noted.
    pub const ACCOUNT: Self = Self(1 << 11);

    /// A set of any bits, for tests.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// A block of 64 backslashes that goes on a run of them or of base64: any run of 191 holds one.
    pub const BACKSLASHES: Self = Self(1 << 13);

    /// `e` in any case, behind a digit or a dot and before a digit or a sign: their places are noted.
    pub const EXPONENT: Self = Self(1 << 14);

    /// `%` before a hex digit.
    pub const PERCENT: Self = Self(1 << 15);

    /// Twenty digits of base64 in a row, in either alphabet, with the backslashes in front of a slash or of a backslash: the
    /// places where such runs start are noted.
    pub const BASE64: Self = Self(1 << 12);

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

/// Where traces stand that have to be looked at more closely. Used again from text to text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// First letters of [`Traces::ACCOUNT`].
    pub accounts: Vec<usize>,
    /// `:` and `=`.
    pub separators: Vec<usize>,
    /// First bytes of the runs of [`Traces::NUMBER`].
    pub numbers: Vec<usize>,
    /// The `e` of [`Traces::EXPONENT`].
    pub exponents: Vec<usize>,
    /// First bytes of the runs of [`Traces::BASE64`].
    pub base64: Vec<usize>,
}

impl Places {
    #[inline]
    fn clear(&mut self) {
        let Self { accounts, separators, numbers, exponents, base64 } = self;
        for places in [accounts, separators, numbers, exponents, base64] {
            places.clear();
        }
    }

    /// Forgets other traces and their places.
    fn keep(&mut self, found: Traces, wanted: Traces) -> Traces {
        let Self { accounts, separators, numbers, exponents, base64 } = self;
        for (trace, places) in [
            (Traces::ACCOUNT, accounts),
            (Traces::SEPARATOR, separators),
            (Traces::NUMBER, numbers),
            (Traces::EXPONENT, exponents),
            (Traces::BASE64, base64),
        ] {
            if !wanted.meets(trace) {
                places.clear();
            }
        }
        found.only(wanted)
    }
}

/// All there are.
const ALL: Traces = Traces((1 << 16) - 1);

/// What most sets of rules look for. It is a good deal less work than all of them.
const USUAL: Traces = Traces::AT
    .and(Traces::NUMBER)
    .and(Traces::EXPONENT)
    .and(Traces::SCHEME)
    .and(Traces::ZATION)
    .and(Traces::UNICODE)
    .and(Traces::BACKSLASHES)
    .and(Traces::PERCENT)
    .and(Traces::BASE64);

/// Looks for the wanted traces.
#[inline]
#[must_use]
pub fn traces(text: &[u8], wanted: Traces, places: &mut Places) -> Traces {
    traces_on(Backend::best(), text, wanted, places)
}

/// [`traces`] on a back end of choice, for tests.
#[inline]
#[must_use]
pub fn traces_on(backend: Backend, text: &[u8], wanted: Traces, places: &mut Places) -> Traces {
    places.clear();
    if wanted.are_in(USUAL) {
        let found = usual_on(backend, text, places);
        return if USUAL.are_in(wanted) { found } else { places.keep(found, wanted) };
    }
    let found = all_on(backend, text, places);
    if ALL.are_in(wanted) { found } else { places.keep(found, wanted) }
}

dispatch! {
    /// Looks for the traces of [`USUAL`].
    fn usual_on(text: &[u8], places: &mut Places) -> Traces, by scan_usual
}

dispatch! {
    /// Looks for all traces.
    fn all_on(text: &[u8], places: &mut Places) -> Traces, by scan_all
}
