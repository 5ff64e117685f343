//! Redaction of a record by a set of rules.
//!
//! [`scan`] finds the hits: it walks over the tokens of the record, decodes what needs decoding, and maps what it finds
//! back to the raw text. [`render`] unites overlapping hits and writes the record anew, with what each hit becomes spliced
//! in. That is looked at again until nothing is found.

mod render;
mod scan;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::action::Action;
use crate::checks::Check;
use crate::decode::Level;
use crate::encoded::Spelling;
use crate::own_values::OwnValues;
use crate::pattern::Pattern;
use crate::place::Place;
use crate::rules::{Family, Hits, KeyList, Keyed, Named, Names, Run, TokenForm};
use crate::signals::Signals;
use crate::triggers::{Seen, Suspects, Triggers};
use crate::wrapped::Wrapped;
use scan::Scanner;

/// What finds hits.
#[derive(Clone, Debug)]
pub enum Detector {
    /// A rule that comes with telesieve.
    Named(Named),
    /// A pattern of the user's own.
    Pattern(Arc<Pattern>),
    /// A pattern whose matches must pass a check.
    Checked(Arc<Pattern>, Check),
    /// Values of keys that the user names.
    Keys(KeyList),
    /// Tokens of a form that the user describes.
    Token(TokenForm),
}

/// What to look for and what becomes of it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Appears in reports and metrics.
    pub name: String,
    /// What finds hits.
    pub detector: Detector,
    /// What becomes of them.
    pub action: Action,
}

/// Rules in order. Where hits overlap, they become one, and the first rule of them wins. At most 65,536 rules.
#[derive(Clone, Debug)]
pub struct Ruleset {
    rules: Vec<Rule>,
    /// Whether there are patterns. They have no triggers.
    has_patterns: bool,
    /// What a record must hold for any rule to hit it.
    triggers_of_record: Triggers,
    /// The family of each rule.
    family_of: Vec<Family>,
    names: Names,
    /// Texts that stand in the place of hits.
    markers: Vec<String>,
}

/// Buffers that are used again from record to record.
#[derive(Debug, Default)]
pub struct Scratch {
    level: Level,
    next_level: Level,
    url_level: Level,
    next_url_level: Level,
    runs: Vec<Run>,
    keyed: Vec<Keyed>,
    found: Hits,
    chosen: Vec<Chosen>,
    /// A value behind the name of its key.
    behind_key: String,
    spans: Vec<Range<usize>>,
    hits: Vec<Hit>,
    /// Whether hits were left alone: marks of looks before, and what would stay as it is.
    has_ignored: bool,
    seen: Seen,
    /// Values that the rule `own-secrets` looks for.
    own: Arc<OwnValues>,
    suspects: Suspects,
    /// Where quotes must stand if what was no string becomes one.
    quotes: Vec<usize>,
}

/// A rule that may hit something in a record.
#[derive(Clone, Copy, Debug)]
struct Chosen {
    number: u16,
    /// What a text must hold for it to hit, if it is a named one.
    signals: Signals,
}

/// How often a record is looked at again before tokens are given up in which there are still hits.
const MOST_ROUNDS: usize = 5;

/// Which look at a record it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// The first one.
    First,
    /// One at what the looks before it made: their marks are no hits.
    Again,
    /// The last one: what holds a hit goes as a whole.
    Last,
}

/// Raw text that a rule hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    start: usize,
    end: usize,
    rule: u16,
    /// How the raw text must be decoded to become what was hit.
    spelling: Spelling,
}

/// A record after redaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrubbed<'a> {
    /// The record; borrowed if nothing changed, `null` if it is to be dropped.
    pub record: Cow<'a, str>,
    /// Whether a rule wants the whole record to go.
    pub drop: bool,
    /// Index of a rule and how often it hit, in order of index; rules without hits are not listed.
    pub hits: Vec<(u16, u32)>,
    /// Whether the last look at the record, as it is now, found nothing at all: to scan it again would find nothing.
    pub settled: bool,
}

impl Scratch {
    /// From now on, the rule `own-secrets` looks for these values.
    pub fn set_own_values(&mut self, own: Arc<OwnValues>) {
        self.own = own;
    }
}

impl Ruleset {
    /// Puts rules in order. Those behind the 65,536th are left out.
    #[must_use]
    pub fn new(mut rules: Vec<Rule>) -> Self {
        rules.truncate(usize::from(u16::MAX) + 1);
        let mut set = Self {
            has_patterns: false,
            triggers_of_record: Triggers::default(),
            family_of: Vec::new(),
            names: Names::default(),
            markers: rules.iter().filter_map(marker).collect(),
            rules: Vec::new(),
        };
        for rule in &rules {
            set.prepare(&rule.detector);
        }
        set.rules = rules;
        set
    }

    /// The rules in order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Redacts a record. JSON stays JSON: hits are cut at whole escapes, and what is no string becomes one.
    #[must_use]
    pub fn scrub<'a>(&self, record: &'a str, place: &Place, scratch: &mut Scratch) -> Scrubbed<'a> {
        if self.may_hit(record, place, scratch) { self.scrub_in(record, place, scratch) } else { untouched(record) }
    }

    /// Redacts a record, or the object in a text record of which fields are meant. Few records come here: what it needs must
    /// not be prepared for the others.
    #[inline(never)]
    fn scrub_in<'a>(&self, record: &'a str, place: &Place, scratch: &mut Scratch) -> Scrubbed<'a> {
        let Some(wrapped) = fields_in_text(record, place) else { return self.scrub_until(record, place, scratch) };
        let Scrubbed { record: object, drop, hits, settled } = self.scrub_until(wrapped.object(), place, scratch);
        let record = match object {
            // What is dropped must not come back, not even as it was.
            Cow::Borrowed(_) if drop => Cow::Borrowed("null"),
            Cow::Borrowed(_) => Cow::Borrowed(record),
            Cow::Owned(object) => Cow::Owned(wrapped.with(&object)),
        };
        Scrubbed { record, drop, hits, settled }
    }

    /// Redacts until a further look finds nothing: what takes the place of a hit may show the value of a key that it was a
    /// part of, and what is left on both sides of a hit may be one by itself.
    fn scrub_until<'a>(&self, record: &'a str, place: &Place, scratch: &mut Scratch) -> Scrubbed<'a> {
        let first = self.scrub_closely(record, place, Look::First, scratch);
        if first.hits.is_empty() || first.drop { first } else { self.scrub_again(first, place, scratch) }
    }

    fn scrub_again<'a>(&self, first: Scrubbed<'a>, place: &Place, scratch: &mut Scratch) -> Scrubbed<'a> {
        let Scrubbed { record, mut hits, .. } = first;
        let mut record = record.into_owned();
        let mut settled = false;
        for round in 1..=MOST_ROUNDS {
            let look = if round < MOST_ROUNDS { Look::Again } else { Look::Last };
            let next = self.scrub_once(&record, place, look, scratch);
            if next.hits.is_empty() {
                settled = next.settled;
                break;
            }
            add(&mut hits, &next.hits);
            if next.drop {
                return Scrubbed { record: Cow::Borrowed("null"), drop: true, hits, settled };
            }
            record = next.record.into_owned();
        }
        Scrubbed { record: Cow::Owned(record), drop: false, hits, settled }
    }

    fn scrub_once<'a>(&self, record: &'a str, place: &Place, look: Look, scratch: &mut Scratch) -> Scrubbed<'a> {
        let may_hit = self.may_hit(record, place, scratch);
        if may_hit { self.scrub_closely(record, place, look, scratch) } else { untouched(record) }
    }

    /// Whether some rule may hit something in a record. Of parts of it, a close look tells.
    #[inline]
    fn may_hit(&self, record: &str, place: &Place, scratch: &mut Scratch) -> bool {
        if !matches!(place, Place::Whole | Place::Keys) {
            return true;
        }
        scratch.suspects = self.triggers_of_record.suspects(record, &scratch.own, &mut scratch.seen);
        !scratch.suspects.is_empty()
    }

    fn scrub_closely<'a>(&self, record: &'a str, place: &Place, look: Look, scratch: &mut Scratch) -> Scrubbed<'a> {
        let is_whole = matches!(place, Place::Whole | Place::Keys);
        scratch.hits.clear();
        scratch.has_ignored = false;
        scratch.quotes.clear();
        let mut spans = std::mem::take(&mut scratch.spans);
        place.spans(record, &mut spans);
        for span in &spans {
            if !is_whole {
                scratch.suspects =
                    self.triggers_of_record.suspects(&record[span.clone()], &scratch.own, &mut scratch.seen);
            }
            if !scratch.suspects.is_empty() {
                Scanner::new(self, record, look, scratch).scan(span.clone(), *place == Place::Keys);
            }
        }
        scratch.spans = spans;
        render::render(self, record, scratch)
    }

    /// The same rules, with no record ruled out at first sight.
    #[cfg(test)]
    pub(crate) fn without_triggers(mut self) -> Self {
        self.triggers_of_record.add_any();
        self
    }

    fn prepare(&mut self, detector: &Detector) {
        let family = match detector {
            Detector::Pattern(_) | Detector::Checked(..) | Detector::Token(_) => {
                self.has_patterns = true;
                self.triggers_of_record.add_any();
                Family::NONE
            }
            Detector::Keys(list) => {
                self.triggers_of_record.add_any();
                self.names.add(list)
            }
            Detector::Named(named) => {
                self.triggers_of_record.add(*named);
                named.rule().family()
            }
        };
        self.family_of.push(family);
    }
}

/// A record in which nothing was found.
#[inline]
fn untouched(record: &str) -> Scrubbed<'_> {
    Scrubbed { record: Cow::Borrowed(record), drop: false, hits: Vec::new(), settled: true }
}

/// Adds up how often rules hit.
fn add(hits: &mut Vec<(u16, u32)>, more: &[(u16, u32)]) {
    for (rule, count) in more {
        match hits.binary_search_by_key(rule, |(rule, _)| *rule) {
            Ok(at) => hits[at].1 = hits[at].1.saturating_add(*count),
            Err(at) => hits.insert(at, (*rule, *count)),
        }
    }
}

fn marker(rule: &Rule) -> Option<String> {
    match &rule.action {
        Action::Replace(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// Whether a pattern occurs in the text of a record: in a key, a string, a number, or text inside text.
#[must_use]
pub fn is_match(record: &str, place: &Place, pattern: &Pattern, scratch: &mut Scratch) -> bool {
    let wrapped = fields_in_text(record, place);
    let record = wrapped.as_ref().map_or(record, Wrapped::object);
    let mut spans = std::mem::take(&mut scratch.spans);
    place.spans(record, &mut spans);
    let only_keys = *place == Place::Keys;
    let found = spans.iter().any(|span| scan::holds(record, span.clone(), only_keys, pattern, scratch));
    scratch.spans = spans;
    found
}

/// The object in a text record, where fields of it are meant.
fn fields_in_text<'r>(record: &'r str, place: &Place) -> Option<Wrapped<'r>> {
    matches!(place, Place::Field(_)).then(|| Wrapped::in_text(record)).flatten()
}

#[cfg(test)]
mod tests;
