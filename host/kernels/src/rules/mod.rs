//! The rules that come with telesieve.
//!
//! Each rule is a file of its own: a verifier over decoded text, with its name, its examples and what sets it off. [`LIST`]
//! names them all; triggers, the page of rules, groups and corpora are made of that list.

mod aws_key;
mod bearer;
mod before;
mod card;
mod email;
mod iban;
mod ip;
mod jwt;
mod keyed;
mod names;
mod national;
mod own_secrets;
mod password_hash;
mod phone;
mod private_key;
mod rule;
mod runs;
mod secret;
mod select;
mod signed_url;
mod ssn;
mod token;
mod url_password;
mod wallet;
mod webhook;

pub(crate) use bearer::is_of_token;
pub(crate) use card::is_card;
pub(crate) use iban::{is_account, starts_account};
pub(crate) use keyed::{
    Keyed, find as find_keyed, is_harmless_json, is_marked, is_marked_whole, is_pointer, key_at_end, keyed, mark,
};
pub(crate) use names::{
    Family, Names, STEMS, end_with_letters, has_stem, may_end_before, may_end_name, may_end_with, may_end_word,
};
pub use names::{KeyList, KeyListError, KeyNames, is_secret_name};
pub(crate) use phone::named::is_named as is_phone_name;
pub(crate) use rule::{BuiltIn, Clues, Hits, Subject};
pub use rule::{Group, RuleInfo};
use rule::{shown, without_separators};
pub(crate) use runs::{Run, runs};
pub use select::{SelectError, select};
pub(crate) use token::may_start as may_start_token;
pub use token::{TokenForm, TokenFormError};

/// All rules, in the order in which they win where hits overlap.
static LIST: &[&dyn BuiltIn] = &[
    &private_key::PrivateKey,
    &webhook::Webhook,
    &url_password::UrlPassword,
    &signed_url::SignedUrl,
    &token::VendorToken,
    &password_hash::PasswordHash,
    &email::Email,
    &card::PaymentCard,
    &bearer::Bearer,
    &aws_key::AwsKey,
    &jwt::Jwt,
    &phone::Phone,
    &ip::Ip,
    &iban::Iban,
    &ssn::UsSsn,
    &secret::Secret,
    &own_secrets::OwnSecrets,
    &wallet::Wallet,
    &national::UK,
    &national::DE,
    &national::FR,
    &national::ES,
    &national::IT,
    &national::NL,
    &national::BE,
    &national::PL,
    &national::SE,
    &national::NO,
    &national::DK,
    &national::FI,
    &national::AT,
    &national::CH,
    &national::PT,
    &national::IE,
    &national::CZ,
    &national::RO,
    &national::BG,
    &national::HR,
    &national::GR,
    &national::EE,
    &national::LT,
    &national::SI,
    &national::UA,
    &national::US,
    &national::CA,
    &national::MX,
    &national::BR,
    &national::AR,
    &national::CL,
    &national::CO,
    &national::AU,
    &national::NZ,
    &national::IN,
    &national::SG,
    &national::TW,
    &national::MY,
    &national::KR,
    &national::JP,
    &national::CN,
    &national::TH,
    &national::ZA,
    &national::TR,
    &national::IL,
];

/// A rule that comes with telesieve. What each one hits is told by [`Named::info`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Named(u8);

impl Named {
    /// All of them.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
        (0..u8::try_from(LIST.len()).unwrap_or(u8::MAX)).map(Self)
    }

    /// The rule of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|rule| rule.name() == name)
    }

    /// Its name in configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// What there is to know about it.
    #[must_use]
    pub fn info(self) -> &'static RuleInfo {
        self.rule().info()
    }

    /// Its number, less than 128.
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The rule itself.
    pub(crate) fn rule(self) -> &'static dyn BuiltIn {
        LIST[self.index()]
    }
}

#[cfg(test)]
mod tests;
