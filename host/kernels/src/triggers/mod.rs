//! Whether a rule can hit a text at all: most texts hold nothing of the shape that any rule looks for.
//!
//! One pass over raw text, blocks at a time, looks for traces of all rules. It need not know tokens, escapes or levels:
//! escapes such as `\n` never make a letter, a digit or another byte of a trace, `\/` makes a slash that is there anyway,
//! and where others might ([`holds_hidden_letters`], [`holds_percent`], [`starts_text`]), the text counts as triggered; so it does where
//! there are more levels than anyone looks into. So what has no trace has no hit, in any text inside the text; what has
//! one is looked at closely.

mod marks;
mod names;
mod runs;

use bitflags::bitflags;
use telesieve_simd::{Places, Tables, Traces, traces};

use crate::decode::holds_hidden_letters;
use crate::encoded::{holds_percent, starts_text};
use crate::own_values::OwnValues;
use crate::rules::{Clues, Named, Run, runs as digit_runs, starts_account};
use marks::Disguises;
pub(crate) use marks::TABLES;
use names::may_lead_to_value;

/// What sets off the rules of a set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Triggers {
    wanted: Traces,
    rules: Vec<(Clues, Named)>,
    /// What any of them has.
    clues: Clues,
    /// Rules that look at every record.
    always: Suspects,
    /// There is a rule that may hit anything.
    is_always_on: bool,
}

impl Triggers {
    /// Adds a rule that comes with telesieve.
    pub(crate) fn add(&mut self, rule: Named) {
        let clues = rule.rule().clues();
        self.wanted = self.wanted.and(traces_of(clues)).and(DISGUISES);
        if clues.intersects(Clues::ANY) {
            self.always |= Suspects::of(rule);
        }
        self.clues |= clues;
        self.rules.push((clues, rule));
    }

    /// Adds a rule that nothing is known of.
    pub(crate) fn add_any(&mut self) {
        self.is_always_on = true;
    }

    /// What rules may hit in raw JSON text.
    pub(crate) fn suspects(&self, raw: &str, own: &OwnValues, seen: &mut Seen) -> Suspects {
        if self.is_always_on {
            return Suspects::all();
        }
        let text = raw.as_bytes();
        let found = traces(text, self.wanted, Tables { own: own.marks(), ..TABLES }, &mut seen.places);
        let (marks, disguises) = marks::clues(text, &seen.places.marks);
        if is_disguised(raw, found, disguises, &seen.places) {
            return Suspects::all();
        }
        let mut suspects = self.always;
        if found.meets(Traces::NUMBER) {
            // Digits of an escape may be in front of those of a number.
            let is_anything = disguises.contains(Disguises::UNICODE);
            suspects |= if is_anything { self.rules_of(Clues::NUMBER) } else { self.numbers(text, seen) };
        }
        suspects | self.rules_of(marks | self.clues(text, found, own, &seen.places))
    }

    /// The clues that traces lead to, but for marks and numbers.
    fn clues(&self, text: &[u8], found: Traces, own: &OwnValues, places: &Places) -> Clues {
        let mut clues = Clues::empty();
        for (trace, clue) in PLAIN {
            clues.set(*clue, found.meets(*trace));
        }
        clues.set(Clues::ACCOUNT, places.codes.iter().any(|at| starts_account(text, *at)));
        // Few records have letters beyond ASCII.
        let is_beyond = found.meets(Traces::FOREIGN);
        let separated = self.behind_separators(text, &places.separators);
        let is_name = separated.contains(Clues::NAME)
            || places.words.iter().any(|at| may_lead_to_value(text, *at))
            || is_beyond && self.clues.intersects(Clues::NAME) && is_wide_behind_letter(text);
        clues.set(Clues::NAME, is_name);
        let is_run = self.clues.intersects(Clues::RUN) && places.base64.iter().any(|at| runs::is_telling(text, *at));
        clues.set(Clues::RUN, is_run);
        clues.set(Clues::OWN, places.own.iter().any(|at| own.may_be_at(text, *at)));
        clues.set(Clues::PHONE, separated.contains(Clues::PHONE));
        clues.set(Clues::SPACED, is_beyond && self.clues.intersects(Clues::SPACED) && is_spaced(text));
        clues
    }

    /// The clues that separators lead to, if any rule asks for them.
    #[inline]
    fn behind_separators(&self, text: &[u8], separators: &[usize]) -> Clues {
        let wanted = self.clues & (Clues::NAME | Clues::PHONE);
        let is_asked = !wanted.is_empty() && !separators.is_empty();
        if is_asked { names::behind_separators(text, separators, wanted) } else { Clues::empty() }
    }

    /// The rules that some of these clues set off.
    fn rules_of(&self, found: Clues) -> Suspects {
        if found.is_empty() {
            return Suspects::empty();
        }
        let rules = self.rules.iter().filter(|(clues, _)| clues.intersects(found));
        rules.fold(Suspects::empty(), |suspects, (_, rule)| suspects | Suspects::of(*rule))
    }

    /// The rules whose numbers may be in the runs of digits, and of what separates them, that start at places: there are
    /// groups of their lengths, whatever is between and around them.
    fn numbers(&self, text: &[u8], seen: &mut Seen) -> Suspects {
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b' ' | b'(' | b')' | b'-' | b'.' | b'/' | b'\\' | b'_');
        let mut suspects = Suspects::empty();
        for start in &seen.places.numbers {
            let text = &text[*start..];
            let length = text.iter().take_while(|byte| is_part(byte)).count();
            digit_runs(&text[..length], &mut seen.runs);
            for first in 0..seen.runs.len() {
                suspects |= self.starting(text, &seen.runs[first..], suspects);
            }
        }
        suspects
    }

    /// The rules whose numbers may start with the first of `runs`, but for those that are known already.
    fn starting(&self, text: &[u8], runs: &[Run], known: Suspects) -> Suspects {
        let numeric = self.rules.iter().filter(|(clues, _)| clues.intersects(Clues::NUMBER));
        let new = numeric.filter(|(_, rule)| !known.include(*rule) && rule.rule().may_start(text, runs));
        new.fold(Suspects::empty(), |suspects, (_, rule)| suspects | Suspects::of(*rule))
    }
}

/// Whether text may hold other text that is spelled in a way that hides its traces.
fn is_disguised(raw: &str, found: Traces, disguises: Disguises, places: &Places) -> bool {
    found.meets(Traces::BACKSLASHES)
        || disguises.contains(Disguises::UNICODE) && holds_hidden_letters(raw)
        || disguises.contains(Disguises::PERCENT) && holds_percent(raw)
        || places.base64.iter().any(|at| starts_text(raw.as_bytes(), *at))
}

/// What was seen in a text. Used again from text to text.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    places: Places,
    runs: Vec<Run>,
}

bitflags! {
    /// Rules that may hit a text, by their index. All bits: anything may be hit.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Suspects: u128 {
        const _ = !0;
    }
}

impl Suspects {
    fn of(rule: Named) -> Self {
        Self::from_bits_retain(1 << rule.index())
    }

    /// Whether anything can be hit: what is not known to be there may be hidden.
    pub(crate) fn are_all(self) -> bool {
        self == Self::all()
    }

    /// Whether a rule may hit something.
    pub(crate) fn include(self, rule: Named) -> bool {
        self.intersects(Self::of(rule))
    }
}

/// Traces of text that may hold any other.
const DISGUISES: Traces = Traces::MARK.and(Traces::BACKSLASHES).and(Traces::BASE64);

/// Traces that are clues by themselves.
const PLAIN: &[(Traces, Clues)] = &[(Traces::DOTS, Clues::DOTS), (Traces::COLONS, Clues::COLONS)];

/// The traces that have to be looked for so that clues are found. Those of marks always are.
fn traces_of(clues: Clues) -> Traces {
    const CLOSER: &[(Traces, Clues)] = &[
        (Traces::NUMBER, Clues::NUMBER),
        (Traces::CODE, Clues::ACCOUNT),
        (Traces::BASE64, Clues::RUN),
        (Traces::SEPARATOR, Clues::NAME),
        (Traces::WORD, Clues::NAME),
        (Traces::FOREIGN, Clues::NAME),
        (Traces::FOREIGN, Clues::SPACED),
        (Traces::SEPARATOR, Clues::PHONE),
        (Traces::OWN, Clues::OWN),
    ];
    let wanted = PLAIN.iter().chain(CLOSER).filter(|(_, clue)| clues.intersects(*clue));
    wanted.fold(Traces::default(), |traces, (trace, _)| traces.and(*trace))
}

/// Whether a sign of full width, `：` or `＝`, is behind a letter beyond ASCII, as behind `密码`.
fn is_wide_behind_letter(text: &[u8]) -> bool {
    memchr::memchr_iter(0xef, text)
        .any(|at| matches!(text[at..], [0xef, 0xbc, 0x9a | 0x9d, ..]) && at > 0 && !text[at - 1].is_ascii())
}

/// Whether digits are separated by a space that does not break: U+00A0 or U+202F.
fn is_spaced(text: &[u8]) -> bool {
    memchr::memchr2_iter(0xc2, 0xe2, text).any(|at| {
        let length = match text[at..] {
            [0xc2, 0xa0, ..] => 2,
            [0xe2, 0x80, 0xaf, ..] => 3,
            _ => return false,
        };
        at > 0 && text[at - 1].is_ascii_alphanumeric() && text.get(at + length).is_some_and(u8::is_ascii_alphanumeric)
    })
}

#[cfg(test)]
mod tests;
