//! The rules that come with telesieve.
//!
//! Each rule is a hand-written verifier over decoded text, in a file of its own. All of them are linear in the length of
//! the text. A verifier reports every hit it can see, and hits may overlap: the caller unites them.

mod aws_key;
mod bearer;
mod card;
mod email;
mod iban;
mod ip;
mod jwt;
mod keyed;
mod names;
mod phone;
mod runs;
mod ssn;
mod table;

use std::ops::Range;

pub(crate) use card::{is_card, may_be_card};
pub(crate) use iban::{is_account, starts_account};
pub(crate) use keyed::{Keyed, find as find_keyed, is_marked, is_marked_whole, key_at_end, keyed, open_key, value_end};
pub(crate) use names::{Family, Names, may_end_name, may_end_with};
pub use names::{KeyList, KeyListError, KeyNames};
pub(crate) use phone::may_be_phone;
pub(crate) use runs::{Run, runs};
pub(crate) use ssn::may_be_social;
pub use table::{RULES, RuleInfo};

use crate::signals::Signals;

/// A rule that comes with telesieve. What each one hits is told by [`RULES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Named {
    /// E-mail addresses.
    Email,
    /// Numbers of payment cards.
    PaymentCard,
    /// Credentials of HTTP's `Authorization`.
    Bearer,
    /// Access keys of AWS.
    AwsKey,
    /// JSON web tokens.
    Jwt,
    /// Telephone numbers.
    Phone,
    /// IP addresses, versions 4 and 6.
    Ip,
    /// International bank account numbers.
    Iban,
    /// Social security numbers of the USA.
    UsSsn,
    /// Values that are secret by the name of their key.
    Secret,
}

/// Text to look into.
pub(crate) struct Subject<'t> {
    /// Decoded text.
    pub(crate) text: &'t [u8],
    /// Its runs of digits.
    pub(crate) runs: &'t [Run],
    /// Values of keys in it.
    pub(crate) keyed: &'t [Keyed],
    /// Texts that stand where something was redacted before.
    pub(crate) markers: &'t [String],
}

/// Where hits go.
pub(crate) type Hits = Vec<Range<usize>>;

impl Named {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Email,
        Self::PaymentCard,
        Self::Bearer,
        Self::AwsKey,
        Self::Jwt,
        Self::Phone,
        Self::Ip,
        Self::Iban,
        Self::UsSsn,
        Self::Secret,
    ];

    /// The rule of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// Its name in configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// What there is to know about it.
    #[must_use]
    pub fn info(self) -> &'static RuleInfo {
        &RULES[self as usize]
    }

    /// What text must hold, at least one of it, for the rule to hit.
    pub(crate) fn triggers(self) -> Signals {
        match self {
            Self::Email => Signals::AT,
            Self::PaymentCard | Self::Iban | Self::Phone | Self::UsSsn => Signals::DIGIT,
            Self::Ip => Signals::DIGIT.and(Signals::COLON),
            Self::Jwt => Signals::UPPER_J,
            Self::AwsKey => Signals::UPPER_A.and(Signals::COLON).and(Signals::EQUALS),
            Self::Bearer => Signals::LETTER_B.and(Signals::COLON).and(Signals::EQUALS),
            Self::Secret => Signals::COLON.and(Signals::EQUALS),
        }
    }

    /// Whether the rule looks at runs of digits.
    pub(crate) fn wants_runs(self) -> bool {
        matches!(self, Self::PaymentCard | Self::Phone | Self::Ip | Self::Iban | Self::UsSsn)
    }

    /// The family of key names whose values the rule hits.
    pub(crate) fn family(self) -> Option<Family> {
        match self {
            Self::Bearer => Some(Family::AUTHORIZATION),
            Self::AwsKey => Some(Family::AWS),
            Self::Secret => Some(Family::SECRET),
            _ => None,
        }
    }

    /// A hit without what only separates its groups.
    pub(crate) fn same_text(self, text: String) -> String {
        let is_kept = |letter: &char| letter.is_alphanumeric() || *letter == '+';
        match self {
            Self::PaymentCard | Self::Phone | Self::UsSsn => text.chars().filter(is_kept).collect(),
            Self::Iban => text.chars().filter(is_kept).flat_map(char::to_uppercase).collect(),
            _ => text,
        }
    }

    /// Finds all hits in a text.
    pub(crate) fn find(self, subject: &Subject<'_>, hits: &mut Hits) {
        match self {
            Self::Email => email::find(subject.text, hits),
            Self::PaymentCard => card::find(subject, hits),
            Self::Bearer => bearer::find(subject, hits),
            Self::AwsKey => aws_key::find(subject, hits),
            Self::Jwt => jwt::find(subject.text, hits),
            Self::Phone => phone::find(subject, hits),
            Self::Ip => ip::find(subject, hits),
            Self::Iban => iban::find(subject, hits),
            Self::UsSsn => ssn::find(subject, hits),
            Self::Secret => keyed::find(subject, Family::SECRET, hits),
        }
    }
}
