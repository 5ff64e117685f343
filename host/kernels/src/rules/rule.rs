//! What a rule is: what it is called, when it has to look, and what it finds.

use std::ops::Range;

use bitflags::bitflags;

use super::keyed::Keyed;
use super::names::{Family, KeyNames};
use super::runs::Run;
use crate::own_values::OwnValues;
use crate::signals::Signals;

/// Where hits go.
pub(crate) type Hits = Vec<Range<usize>>;

/// Text to look into.
pub(crate) struct Subject<'t> {
    /// Decoded text.
    pub(crate) text: &'t [u8],
    /// Its runs of digits, for rules that want them.
    pub(crate) runs: &'t [Run],
    /// Values of keys in it.
    pub(crate) keyed: &'t [Keyed],
    /// Texts that take the place of hits.
    pub(crate) markers: &'t [String],
    /// Values that are secret by themselves.
    pub(crate) own: &'t OwnValues,
}

#[cfg(test)]
impl<'t> Subject<'t> {
    /// A text of which nothing else is known.
    pub(crate) fn of(text: &'t str) -> Self {
        static NO_VALUES: OwnValues = OwnValues::EMPTY;
        Self { text: text.as_bytes(), runs: &[], keyed: &[], markers: &[], own: &NO_VALUES }
    }
}

/// What a rule hits in a text of which nothing is known but its runs of digits, in the order in which it finds it.
#[cfg(test)]
pub(crate) fn found(rule: &dyn BuiltIn, text: &str) -> Hits {
    let mut digits = Vec::new();
    let mut hits = Vec::new();
    super::runs(text.as_bytes(), &mut digits);
    rule.find(&Subject { runs: &digits, ..Subject::of(text) }, &mut hits);
    hits
}

/// The parts of a text that a rule hits.
#[cfg(test)]
pub(crate) fn found_texts<'t>(rule: &dyn BuiltIn, text: &'t str) -> Vec<&'t str> {
    found(rule, text).into_iter().map(|hit| &text[hit]).collect()
}

/// A text with each character that a rule hits replaced by U+0001.
#[cfg(test)]
pub(crate) fn blanked(rule: &dyn BuiltIn, text: &str) -> String {
    let hits = found(rule, text);
    let is_hit = |at: usize| hits.iter().any(|hit| hit.contains(&at));
    text.char_indices().map(|(at, letter)| if is_hit(at) { '\u{1}' } else { letter }).collect()
}

/// A rule that comes with telesieve. A new one is a file of this folder and a line of the list in `mod.rs`.
///
/// A rule finds every hit it can see in decoded text, in time linear in the length of the text. Hits may overlap: the
/// caller unites them.
pub(crate) trait BuiltIn: Sync {
    /// Its name, group and examples.
    fn info(&self) -> &'static RuleInfo;

    /// Bytes of which a text holds at least one wherever the rule hits.
    fn signals(&self) -> Signals;

    /// Shapes of which a record holds at least one wherever the rule hits.
    fn clues(&self) -> Clues;

    /// Whether it looks at runs of digits.
    fn wants_runs(&self) -> bool {
        false
    }

    /// The key names whose values it hits.
    fn family(&self) -> Family {
        Family::NONE
    }

    /// Whether names in front of a value tell the rule what it is. Then a value of JSON is shown to it behind its key, too.
    fn reads_names(&self) -> bool {
        false
    }

    /// Whether a number that the rule hits may start with the first of `runs`, whatever is around it. Asked about rules
    /// with [`Clues::NUMBER`].
    fn may_start(&self, _text: &[u8], _runs: &[Run]) -> bool {
        false
    }

    /// A hit without what only separates its groups, so that equal values have equal hashes.
    fn same_text(&self, text: String) -> String {
        text
    }

    /// Finds all hits in a text.
    fn find(&self, subject: &Subject<'_>, hits: &mut Hits);
}

bitflags! {
    /// Shapes of bytes in raw JSON text, without which a rule cannot hit.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Clues: u32 {
        /// `@`
        const AT = 1;
        /// `+` in front of what may be a telephone number.
        const PLUS = 1 << 1;
        /// A number for which [`BuiltIn::may_start`] holds.
        const NUMBER = 1 << 2;
        /// Three dots behind digits, near each other.
        const DOTS = 1 << 3;
        /// `::`, or four colons near each other.
        const COLONS = 1 << 4;
        /// The start of an IBAN that passes its check.
        const ACCOUNT = 1 << 5;
        /// `eyJ`, or what base64 makes of it.
        const JSON = 1 << 6;
        /// The first letters of an AWS access key id.
        const KEY_ID = 1 << 7;
        /// `Bearer` or `Basic`.
        const SCHEME = 1 << 8;
        /// The middle of `authorization`.
        const AUTHORIZATION = 1 << 9;
        /// A number with an exponent, as a value.
        const EXPONENT = 1 << 10;
        /// The name of a key whose value may be secret.
        const NAME = 1 << 11;
        /// Twenty digits of base64 or more in a row that are no id and no path.
        const RUN = 1 << 12;
        /// `$` in front of a letter or a digit.
        const DOLLAR = 1 << 13;
        /// A space that does not break, between digits or letters.
        const SPACED = 1 << 15;
        /// A part of one of the sandbox's own secrets.
        const OWN = 1 << 16;
        /// Seven digits or more behind the name of a telephone number.
        const PHONE = 1 << 17;
        /// Anything: every record is looked at closely. For rules that are off by default.
        const ANY = 1 << 14;
    }
}

/// Rules that belong together. Its name may be used wherever the name of a rule may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Credentials of programs and persons.
    Secrets,
    /// What identifies a person, or reaches one.
    Personal,
    /// Addresses of machines.
    Network,
    /// Numbers that states give to persons and companies.
    NationalIds,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Secrets, Self::Personal, Self::Network, Self::NationalIds];

    /// Its name in configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Personal => "personal",
            Self::Network => "network",
            Self::NationalIds => "national-ids",
        }
    }
}

/// What there is to know about a rule: for configuration, for its documentation, and for the test that runs the examples.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// Its name in configuration.
    pub name: &'static str,
    /// The group that it belongs to.
    pub group: Group,
    /// Whether `default` includes it.
    pub by_default: bool,
    /// Goes up whenever the rule hits something else than before.
    pub version: u32,
    /// One line.
    pub description: &'static str,
    /// Keys whose values are hit whatever they are, in JSON and in text. `secret` hits those of all rules.
    pub keys: Option<KeyNames>,
    /// What a hit has to pass besides its form.
    pub validator: &'static str,
    /// Whether runs of base64 that stand for text are looked into.
    pub reads_base64: bool,
    /// Texts with the part that must be hit.
    pub hits: &'static [(&'static str, &'static str)],
    /// Texts in which nothing must be hit.
    pub misses: &'static [&'static str],
}

/// Forgets the hits from `first` on that are none.
pub(super) fn keep(hits: &mut Hits, first: usize, is_hit: impl Fn(Range<usize>) -> bool) {
    let mut kept = first;
    for index in first..hits.len() {
        let hit = hits[index].clone();
        if is_hit(hit.clone()) {
            hits[kept] = hit;
            kept += 1;
        }
    }
    hits.truncate(kept);
}

/// Examples, where they are shown or tested. What ships has none: they would be a fiftieth of the extension.
pub(super) const fn shown<T>(examples: &'static [T]) -> &'static [T] {
    if cfg!(any(test, debug_assertions, feature = "compile")) { examples } else { &[] }
}

/// A number without what separates its groups.
pub(super) fn without_separators(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric() || *letter == '+').collect()
}
