//! Names of keys whose values are secret whatever they are.
//!
//! A name is compared without case, `_`, `-`, `.` and spaces, and without a number at its end. Names come in families,
//! because rules share them: `secret` wants all that telesieve knows, `bearer` and `aws-key` some of them, and each rule of
//! a user that lists names has a family of its own. `lists.rs` holds the names, `filter.rs` what rules most keys out.

mod filter;
mod lists;

use bitflags::bitflags;

use super::token::is_vendor;
use filter::{LAST_LETTERS, letter, may_end_or_follow};
pub(crate) use filter::{end_with_letters, may_end_before, may_end_name, may_end_with, may_end_word};
use lists::*;

bitflags! {
    /// A set of families of key names, and what is known of the values of such a name.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Family: u64 {
        /// Credentials of any kind.
        const SECRET = 1;
        /// `Authorization`, whose value goes on behind a blank.
        const AUTHORIZATION = 1 << 1;
        /// Keys of AWS.
        const AWS = 1 << 2;
        /// Cookies, whose value goes on to the end of the line.
        const COOKIE = 1 << 3;
        /// The value may be a state or a kind: a word of letters is none.
        const STATE = 1 << 4;
        /// The value may be a count: a short number is none.
        const COUNT = 1 << 5;
        /// A plural: a number is a count.
        const PLURAL = 1 << 6;
        /// The value goes on to the end of the line, spaces and all.
        const LINE = 1 << 7;
        /// Passwords, which are told in prose, too.
        const PASSWORD = 1 << 8;
        /// Some key: its value has to look like one.
        const KEY = 1 << 9;
        const _ = !0;
    }
}

impl Family {
    /// None of them.
    pub(crate) const NONE: Self = Self::empty();
    /// Families that rules ask for.
    const ASKED: Self = Self::SECRET.union(Self::AUTHORIZATION).union(Self::AWS).union(Self::COOKIE);
    /// The bit of the first rule of the user.
    const FIRST_OWN: u32 = 16;

    /// The family of the names that a rule of the user lists. Beyond 48 of them, rules share the last one: what each of
    /// them names is hit all the same, if not by itself.
    fn own(number: usize) -> Self {
        let bit = u32::try_from(number).unwrap_or(u32::MAX).saturating_add(Self::FIRST_OWN);
        Self::from_bits_retain(1 << bit.min(u64::BITS - 1))
    }

    /// Whether a user lists the name.
    pub(crate) fn is_own(self) -> bool {
        self.bits() >> Self::FIRST_OWN != 0
    }

    /// Whether a rule of these families hits values of those.
    pub(crate) fn meets(self, other: Self) -> bool {
        let asked = Self::ASKED.bits() | !0 << Self::FIRST_OWN;
        self.bits() & other.bits() & asked != 0
    }
}

/// Names of keys whose values a rule hits, in lower case and without what separates words.
#[derive(Clone, Copy, Debug)]
pub struct KeyNames {
    /// These, and longer names that end with them: `password` stands for `db_password`, too.
    pub endings: &'static [&'static str],
    /// These, as the last word of a name: `pass` stands for `DB_PASS`, not for `bypass`.
    pub words: &'static [&'static str],
    /// These alone.
    pub names: &'static [&'static str],
    /// Words for a password, which may also be the end of a longer name.
    pub passwords: &'static [&'static str],
    /// These, unless the value is a number.
    pub plurals: &'static [&'static str],
    /// Names that end with these are none of them.
    pub except: &'static [&'static str],
}

/// No names at all.
const NO_NAMES: KeyNames = KeyNames { passwords: &[], endings: &[], words: &[], names: &[], plurals: &[], except: &[] };

/// The names of [`Family::SECRET`]. Those of the other families belong to it as well.
pub(super) const SECRET: KeyNames = KeyNames {
    passwords: PASSWORDS,
    endings: ENDINGS,
    words: WORDS,
    names: NAMES,
    plurals: PLURALS,
    except: HARMLESS_ENDINGS,
};
/// The names of [`Family::AUTHORIZATION`].
pub(super) const AUTHORIZATION: KeyNames = KeyNames { endings: AUTHORIZATION_ENDINGS, ..NO_NAMES };
/// The names of [`Family::AWS`].
pub(super) const AWS: KeyNames = KeyNames { endings: AWS_ENDINGS, ..NO_NAMES };

/// Three letters that most names of secrets hold. Triggers look for them, to find names that no operator follows.
pub(crate) const STEMS: [&str; 8] = ["pas", "pwd", "psw", "sec", "tok", "cre", "key", "aut"];

/// Whether the rules take the value of such a key for a secret, whatever it is.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    Names::default().family(name.as_bytes()).meets(Family::SECRET)
}

/// Letters of the longest name that is looked at. Of a longer key, its end is.
pub(super) const LONGEST_NAME: usize = 48;

/// The last letter of a name and the one before it tell that most keys are none of these.
const SHORTEST_NAME: usize = 2;

/// Names that rules look for: those that telesieve knows, and those that rules of the user list.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    own: Vec<(KeyList, Family)>,
    last_letters: [u32; 32],
    /// Whether the user lists a name that does not end with two letters: then any name may be known.
    any_letters: bool,
}

impl Default for Names {
    fn default() -> Self {
        Self { own: Vec::new(), last_letters: LAST_LETTERS, any_letters: false }
    }
}

impl Names {
    /// Takes in a list of the user. Says which family it makes.
    pub(crate) fn add(&mut self, list: &KeyList) -> Family {
        for name in &list.names {
            match name.text[..] {
                [.., before, last] if before.is_ascii_alphabetic() && last.is_ascii_alphabetic() => {
                    self.last_letters[letter(last)] |= 1 << letter(before);
                }
                _ => self.any_letters = true,
            }
        }
        let family = Family::own(self.own.len());
        self.own.push((list.clone(), family));
        family
    }

    /// The families of a key by its name.
    pub(crate) fn family(&self, name: &[u8]) -> Family {
        if !self.may_be_known(name) {
            return Family::NONE;
        }
        let raw = name;
        let mut buffer = [0; LONGEST_NAME];
        let name = plain_name(raw, &mut buffer);
        let own = self.own.iter().filter(|(list, _)| list.holds(name));
        own.fold(family_of_name(raw, name), |families, (_, family)| families | *family)
    }

    /// Whether a word may be the end of a name, by its last two letters.
    #[inline]
    pub(crate) fn may_end(&self, word: &[u8]) -> bool {
        match *word {
            [.., before, last] if before.is_ascii_alphabetic() && last.is_ascii_alphabetic() => {
                self.any_letters || self.last_letters[letter(last)] & (1 << letter(before)) != 0
            }
            // Digits at the end do not count, and a word of one letter may be the end of a longer name.
            _ => true,
        }
    }

    /// Whether a name may be known by its last letters. Most are none by them.
    fn may_be_known(&self, name: &[u8]) -> bool {
        let mut letters = name.iter().rev().filter(|byte| byte.is_ascii_alphabetic());
        // Names in other scripts are compared as a whole.
        let is_foreign = self.any_letters || !name.is_ascii();
        let (Some(last), Some(before)) = (letters.next(), letters.next()) else { return is_foreign };
        if is_foreign {
            return true;
        }
        if self.last_letters[letter(*last)] & (1 << letter(*before)) == 0 {
            return false;
        }
        let third = letters.next().copied().unwrap_or(0);
        !self.own.is_empty() || may_end_or_follow([*last, *before, third, letters.next().copied().unwrap_or(0)])
    }
}

/// Names of keys that a rule of the user lists.
#[derive(Clone, Debug)]
pub struct KeyList {
    names: Vec<OwnName>,
}

#[derive(Clone, Debug)]
struct OwnName {
    /// As [`plain_name`] makes it.
    text: Vec<u8>,
    /// Whether longer names that end with it count as well.
    is_ending: bool,
}

/// Why a text is no name of a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyListError {
    /// No name at all.
    #[error("expected at least one key name")]
    Empty,
    /// Nothing is left of it without what separates words and a number at its end.
    #[error("the key name `{name}` contains no letter")]
    NoName {
        /// The name.
        name: String,
    },
}

impl KeyList {
    /// Reads names. They are compared without the case of ASCII letters, `_`, `-`, `.` and spaces, and without a number at
    /// their end; of a long one, the last 48 letters count. One that begins with `*` stands for longer names that end with
    /// it, too.
    ///
    /// # Errors
    ///
    /// If there is no name, or a name without letters.
    pub fn new(names: &[impl AsRef<str>]) -> Result<Self, KeyListError> {
        if names.is_empty() {
            return Err(KeyListError::Empty);
        }
        let names = names.iter().map(|name| OwnName::new(name.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self { names })
    }

    fn holds(&self, name: &[u8]) -> bool {
        self.names.iter().any(|own| if own.is_ending { name.ends_with(&own.text) } else { name == own.text })
    }
}

impl OwnName {
    fn new(name: &str) -> Result<Self, KeyListError> {
        let ending = name.strip_prefix('*');
        let mut buffer = [0; LONGEST_NAME];
        let text = plain_name(ending.unwrap_or(name).as_bytes(), &mut buffer).to_vec();
        if text.is_empty() {
            return Err(KeyListError::NoName { name: name.to_owned() });
        }
        Ok(Self { text, is_ending: ending.is_some() })
    }
}

/// The end of a name in lower case, without what separates its words and without a number at its end.
fn plain_name<'b>(name: &[u8], buffer: &'b mut [u8; LONGEST_NAME]) -> &'b [u8] {
    let letters = name.iter().rev().filter(|byte| !matches!(byte, b'_' | b'-' | b'.' | b' '));
    let letters = letters.skip_while(|byte| byte.is_ascii_digit());
    let mut start = LONGEST_NAME;
    for (place, byte) in buffer.iter_mut().rev().zip(letters) {
        *place = byte.to_ascii_lowercase();
        start -= 1;
    }
    &buffer[start..]
}

/// The families of a name. `raw` is the name as it is written, `plain` what [`plain_name`] makes of it.
fn family_of_name(raw: &[u8], plain: &[u8]) -> Family {
    if plain.len() < SHORTEST_NAME || ends(plain, HARMLESS_ENDINGS) {
        return Family::NONE;
    }
    let family = family_of_stem(raw, plain);
    if family.is_empty() || is_question(plain) { Family::NONE } else { family }
}

fn family_of_stem(raw: &[u8], plain: &[u8]) -> Family {
    let family = family_of_ending(plain);
    if !family.is_empty() {
        return family;
    }
    let word = last_word(raw);
    if is(word, WORDS) {
        let is_password = is(word, &["pass", "pw", "psw", "pswd", "mdp"]);
        return Family::SECRET | if is_password { Family::PASSWORD } else { Family::NONE };
    }
    if is(plain, PLURALS) || ends(plain, PLURALS) {
        return Family::SECRET | Family::PLURAL;
    }
    let family =
        without_ending(plain, VALUE_ENDINGS).filter(|rest| has_stem(rest)).map_or(Family::NONE, family_of_ending);
    if family.is_empty() { family_of_key(raw, plain) } else { family }
}

/// The families of a name by its last letters.
fn family_of_ending(plain: &[u8]) -> Family {
    if ends(plain, AWS_ENDINGS) {
        return Family::AWS | Family::SECRET;
    }
    if ends(plain, AUTHORIZATION_ENDINGS) {
        return Family::AUTHORIZATION | Family::SECRET;
    }
    if ends(plain, COOKIE_ENDINGS) {
        return Family::COOKIE | Family::SECRET;
    }
    if is_password(plain) {
        let line = if ends(plain, LINES) { Family::LINE } else { Family::NONE };
        return Family::SECRET | Family::PASSWORD | line;
    }
    if !is(plain, NAMES) && !ends(plain, ENDINGS) {
        return Family::NONE;
    }
    let mut family = Family::SECRET;
    family.set(Family::STATE, ends(plain, STATES));
    family.set(Family::COUNT, plain.ends_with(b"token"));
    family.set(Family::LINE, ends(plain, LINES));
    family
}

/// Whether a name ends with a word for a password, or with one and what may follow it.
fn is_password(plain: &[u8]) -> bool {
    let rest = without_ending(plain, PASSWORD_ENDINGS).or_else(|| without_ending(plain, SERVICES));
    ends(plain, PASSWORDS) || rest.is_some_and(|rest| ends(rest, PASSWORDS) && has_stem(rest))
}

/// Whether one of the stems is in a name, that triggers look for wherever they are.
pub(crate) fn has_stem(name: &[u8]) -> bool {
    name.windows(3).any(|part| STEMS.iter().any(|stem| part.eq_ignore_ascii_case(stem.as_bytes())))
}

/// The families of any other name that ends with `key`, and of `auth` behind a vendor's name.
fn family_of_key(raw: &[u8], plain: &[u8]) -> Family {
    if plain.strip_suffix(b"auth").is_some_and(is_vendor) {
        return Family::SECRET | Family::STATE;
    }
    let Some(what) = plain.strip_suffix(b"key") else { return Family::NONE };
    let is_word = is(last_word(raw), &["key"]);
    if what.is_empty() || !is_word || ends(what, HARMLESS_KEYS) {
        return Family::NONE;
    }
    if is_vendor(what) { Family::SECRET } else { Family::SECRET | Family::KEY }
}

/// Whether words in front of the stem make a question, an error or a setting of it.
fn is_question(plain: &[u8]) -> bool {
    let rest = HARMLESS_STARTS.iter().find_map(|start| plain.strip_prefix(start.as_bytes()));
    rest.is_some_and(|rest| is(rest, ENDINGS) || is(rest, PASSWORDS) || is(rest, STATES) || is(rest, WORDS))
}

fn is(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|known| known.len() == name.len() && known.as_bytes() == name)
}

fn ends(name: &[u8], endings: &[&str]) -> bool {
    let Some(last) = name.last() else { return false };
    // The last letter alone tells most of them apart, at less than the price of a comparison.
    endings.iter().any(|known| known.as_bytes().last() == Some(last) && name.ends_with(known.as_bytes()))
}

/// A name without the first of these that it ends with.
fn without_ending<'n>(name: &'n [u8], endings: &[&str]) -> Option<&'n [u8]> {
    endings.iter().find_map(|ending| name.strip_suffix(ending.as_bytes())).filter(|rest| !rest.is_empty())
}

/// The last word of a name, in lower case: it starts behind `_`, `-`, `.`, a space or a digit, or where the case changes.
/// Of words longer than any that is asked for, nothing.
fn last_word(raw: &[u8]) -> &'static [u8] {
    const LONGEST: usize = 5;
    let end = raw.len() - raw.iter().rev().take_while(|byte| !byte.is_ascii_alphabetic()).count();
    let name = &raw[..end];
    let Some(last) = name.last() else { return b"" };
    let is_upper = last.is_ascii_uppercase();
    let is_part = |byte: &&u8| byte.is_ascii_alphabetic() && byte.is_ascii_uppercase() == is_upper;
    let same = name.iter().rev().take(LONGEST + 1).take_while(is_part).count();
    let before = name[..end - same].last();
    let has_capital = !is_upper && before.is_some_and(u8::is_ascii_uppercase);
    let word = &name[end - same - usize::from(has_capital)..];
    // `DBPass` is two words, `dBPASS` is told by nothing.
    let is_joined = is_upper && before.is_some_and(u8::is_ascii_lowercase) && same == 1;
    let known = WORDS.iter().chain(&["key"]).find(|known| known.as_bytes().eq_ignore_ascii_case(word));
    known.filter(|_| !is_joined).map_or(b"", |known| known.as_bytes())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn family(name: &str) -> Family {
        Names::default().family(name.as_bytes())
    }

    #[test]
    fn every_name_is_known() {
        for name in
            [PASSWORDS, ENDINGS, WORDS, NAMES, PLURALS, AWS_ENDINGS, AUTHORIZATION_ENDINGS, COOKIE_ENDINGS].concat()
        {
            assert!(family(name).meets(Family::SECRET), "{name}");
            assert!(!name.is_ascii() || family(&name.to_uppercase()).meets(Family::SECRET), "{name}");
            assert_eq!(plain_name(name.as_bytes(), &mut [0; LONGEST_NAME]), name.trim_end_matches('0').as_bytes());
        }
    }

    #[test]
    fn names_are_compared_without_what_separates_words() {
        for name in [
            "DB_PASSWORD",
            "api-key",
            "x.Api.Key",
            "clientSecret2",
            "user password_",
            "X-Amz-Security-Token",
            "passwords",
            "DB_PASS",
            "dbPass",
            "smtpPw",
            "card.pin",
            "password_new",
            "PASSWORD_MYSQL",
            "http.request.header.authorization",
            "HTTP_COOKIE",
            "acmeKey",
        ] {
            assert!(family(name).meets(Family::SECRET), "{name}");
        }
        for name in [
            "",
            "d",
            "12",
            "nextToken",
            "next_page_token",
            "monkey",
            "pins",
            "spin",
            "é",
            "bypass",
            "compass",
            "has_password",
            "invalidToken",
            "primary_key",
            "key",
            "public_key",
            "token_type",
        ] {
            assert_eq!(family(name), Family::NONE, "{name}");
        }
    }

    #[test]
    fn families_are_told_apart() {
        let families = |name: &str| {
            let family = family(name);
            [Family::SECRET, Family::AUTHORIZATION, Family::AWS, Family::COOKIE].map(|of| family.meets(of))
        };
        assert_eq!(families("Authorization"), [true, true, false, false]);
        assert_eq!(families("aws_secret_access_key"), [true, false, true, false]);
        assert_eq!(families("Set-Cookie"), [true, false, false, true]);
        assert_eq!(families("token"), [true, false, false, false]);
    }

    #[test]
    fn lists_of_the_user_are_families_of_their_own() {
        let mut names = Names::default();
        let first = names.add(&KeyList::new(&["Customer-No", "*_iban"]).unwrap());
        let second = names.add(&KeyList::new(&["iban", "password", "né"]).unwrap());
        let family = |name: &str| names.family(name.as_bytes());
        assert_eq!(family("customerNo"), first);
        assert_eq!(family("customer_no_2"), first);
        assert_eq!(family("main customer no"), Family::NONE);
        assert_eq!(family("x.IBAN"), first);
        assert_eq!(family("iban"), first | second);
        assert_eq!(family("Password"), second | Family::SECRET | Family::PASSWORD);
        assert_eq!(family("né"), second);
        assert_eq!(family("token"), Family::SECRET | Family::COUNT);
    }

    #[test]
    fn very_many_lists_share_a_family() {
        let mut names = Names::default();
        let families: Vec<Family> = (0..70).map(|_| names.add(&KeyList::new(&["a"]).unwrap())).collect();
        assert_eq!(families[47], families[69]);
        assert!(families[..48].iter().enumerate().all(|(at, one)| families[..at].iter().all(|other| other != one)));
    }

    #[test]
    fn lists_need_names() {
        assert_eq!(KeyList::new(&[""; 0]).unwrap_err(), KeyListError::Empty);
        for name in ["", "*", "_-. ", "12"] {
            assert_eq!(KeyList::new(&[name]).unwrap_err(), KeyListError::NoName { name: name.to_owned() });
        }
    }
}
