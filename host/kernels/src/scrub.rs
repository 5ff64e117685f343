//! Redaction of a record by a set of rules.

use std::borrow::Cow;
use std::sync::Arc;

use crate::action::Action;
use crate::pattern::Pattern;
use crate::place::Place;
use crate::rules::Named;

/// What finds hits.
#[derive(Clone, Debug)]
pub enum Detector {
    /// A rule that comes with telesieve.
    Named(Named),
    /// A pattern of the user's own.
    Pattern(Arc<Pattern>),
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

/// Rules in order: where hits overlap, the first rule wins.
#[derive(Clone, Debug)]
pub struct Ruleset {
    rules: Vec<Rule>,
}

/// Buffers that are used again from record to record.
#[derive(Debug, Default)]
pub struct Scratch {}

/// A record after redaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrubbed<'a> {
    /// The record; borrowed if nothing changed, `null` if it is to be dropped.
    pub record: Cow<'a, str>,
    /// Whether a rule wants the whole record to go.
    pub drop: bool,
    /// Index of a rule and how often it hit, in order of index; rules without hits are not listed.
    pub hits: Vec<(u16, u32)>,
}

impl Ruleset {
    /// Puts rules in order.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { rules }
    }

    /// The rules in order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Redacts a record.
    #[must_use]
    pub fn scrub<'a>(&self, record: &'a str, place: &Place, scratch: &mut Scratch) -> Scrubbed<'a> {
        let _ = (place, scratch);
        Scrubbed { record: Cow::Borrowed(record), drop: false, hits: Vec::new() }
    }
}

/// Whether a pattern occurs in the text of a record.
#[must_use]
pub fn is_match(record: &str, place: &Place, pattern: &Pattern, scratch: &mut Scratch) -> bool {
    let _ = (record, place, pattern, scratch);
    false
}
