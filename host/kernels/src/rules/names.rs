//! Names of keys whose values are secret whatever they are.
//!
//! A name is compared without case, `_`, `-`, `.` and spaces, and without a number at its end. Names come in families,
//! because rules share them: `secret` wants all that telesieve knows, `bearer` and `aws-key` some of them, and each rule of
//! a user that lists names has a family of its own.

/// A set of families of key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Family(u64);

impl Family {
    /// None of them.
    pub(crate) const NONE: Self = Self(0);
    /// Credentials of any kind.
    pub(crate) const SECRET: Self = Self(1);
    /// `Authorization`, whose value goes on behind a blank.
    pub(crate) const AUTHORIZATION: Self = Self(2);
    /// Keys of AWS.
    pub(crate) const AWS: Self = Self(4);
    /// Cookies, whose value goes on to the end of the line.
    pub(super) const COOKIE: Self = Self(8);
    /// The first one of a rule of the user.
    const FIRST_OWN: u32 = 8;

    /// The family of the names that a rule of the user lists. Beyond 56 of them, rules share the last one: what each of
    /// them names is hit all the same, if not by itself.
    fn own(number: usize) -> Self {
        let bit = u32::try_from(number).unwrap_or(u32::MAX).saturating_add(Self::FIRST_OWN);
        Self(1 << bit.min(u64::BITS - 1))
    }

    /// Whether the sets have a family in common.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets together.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Names of keys whose values a rule hits, in lower case and without what separates words.
#[derive(Clone, Copy, Debug)]
pub struct KeyNames {
    /// These, and longer names that end with them: `password` stands for `db_password`, too.
    pub endings: &'static [&'static str],
    /// These alone.
    pub names: &'static [&'static str],
    /// Names that end with these are none of them.
    pub except: &'static [&'static str],
}

/// The names of [`Family::SECRET`]. Those of the other families belong to it as well.
pub(super) const SECRET: KeyNames = KeyNames { endings: SECRET_ENDINGS, names: SECRET_NAMES, except: HARMLESS_ENDINGS };
/// The names of [`Family::AUTHORIZATION`].
pub(super) const AUTHORIZATION: KeyNames = KeyNames { endings: &[], names: AUTHORIZATION_NAMES, except: &[] };
/// The names of [`Family::AWS`].
pub(super) const AWS: KeyNames = KeyNames { endings: AWS_ENDINGS, names: &[], except: &[] };

/// Names that are secret also as the end of a longer name, such as `db_password`.
const SECRET_ENDINGS: &[&str] = &[
    "accesskey",
    "apikey",
    "apisecret",
    "authtoken",
    "clientsecret",
    "connectionstring",
    "credential",
    "credentials",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwordhash",
    "privatekey",
    "pwd",
    "secret",
    "secretkey",
    "signingkey",
    "token",
];

/// Names that are secret only as a whole.
const SECRET_NAMES: &[&str] =
    &["auth", "cvc", "cvv", "encryptionkey", "jwt", "otp", "pass", "pin", "sessionid", "ssn", "xamzsignature"];

/// Names that end like secret ones and are not: places in lists, and numbers that make requests unique.
const HARMLESS_ENDINGS: &[&str] = &[
    "clientrequesttoken",
    "clienttoken",
    "continuationtoken",
    "nextpagetoken",
    "nexttoken",
    "pagetoken",
    "paginationtoken",
    "requesttoken",
    "startingtoken",
    "synctoken",
];

/// Names of AWS's secret keys.
const AWS_ENDINGS: &[&str] =
    &["awssecretaccesskey", "awssecretkey", "awssessiontoken", "secretaccesskey", "sessiontoken", "xamzsecuritytoken"];

const AUTHORIZATION_NAMES: &[&str] = &["authorization", "proxyauthorization", "xauthorization"];
const COOKIE_NAMES: &[&str] = &["cookie", "setcookie"];

/// Letters of the longest name that is looked at. Of a longer key, its end is.
pub(super) const LONGEST_NAME: usize = 48;

const SHORTEST_NAME: usize = 3;

/// For each last letter of a name, the letters before it: most keys are none of these by that alone.
static LAST_LETTERS: [u32; 32] = last_letters();

const fn last_letters() -> [u32; 32] {
    let mut letters = [0; 32];
    let mut list = 0;
    while list < LISTS.len() {
        let mut index = 0;
        while index < LISTS[list].len() {
            let name = LISTS[list][index].as_bytes();
            letters[letter(name[name.len() - 1])] |= 1 << letter(name[name.len() - 2]);
            index += 1;
        }
        list += 1;
    }
    letters
}

/// Letters by number, without case.
const fn letter(byte: u8) -> usize {
    (byte & 31) as usize
}

/// Whether some name that telesieve knows may have these last letters, the last one first. Nearly always the answer is
/// that of a list, at less than its price.
#[inline]
pub(crate) fn may_end_with(letters: [u8; 3]) -> bool {
    let (word, bit) = place_of(letters);
    ENDINGS[word] & (1 << bit) != 0
}

/// The last three letters of all names, scattered over bits.
static ENDINGS: [u64; 16] = {
    let mut endings = [0; 16];
    let mut list = 0;
    while list < LISTS.len() {
        let mut index = 0;
        while index < LISTS[list].len() {
            let name = LISTS[list][index].as_bytes();
            let (word, bit) = place_of([name[name.len() - 1], name[name.len() - 2], name[name.len() - 3]]);
            endings[word] |= 1 << bit;
            index += 1;
        }
        list += 1;
    }
    endings
};

/// Word and bit for three letters.
const fn place_of(letters: [u8; 3]) -> (usize, u32) {
    let number = letter(letters[0]) | letter(letters[1]) << 5 | letter(letters[2]) << 10;
    let scattered = (number as u32).wrapping_mul(0x9e37_79b1) >> 22;
    ((scattered >> 6) as usize, scattered & 63)
}

/// All names that telesieve knows.
const LISTS: [&[&str]; 5] = [SECRET_ENDINGS, SECRET_NAMES, AWS_ENDINGS, AUTHORIZATION_NAMES, COOKIE_NAMES];

/// Whether some name that telesieve knows may end with these letters, the last one first. If they are all that there is,
/// it has no more than them.
pub(crate) fn may_end_name(letters: &[u8], are_all: bool) -> bool {
    let [last, before, ..] = letters else { return false };
    let fits = |name: &&&str| !are_all || name.len() <= letters.len();
    let ends = |name: &str| name.bytes().rev().zip(letters).all(|(known, own)| known == own.to_ascii_lowercase());
    LAST_LETTERS[letter(*last)] & (1 << letter(*before)) != 0
        && LISTS.into_iter().flatten().filter(fits).any(|name| ends(name))
}

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
        let mut buffer = [0; LONGEST_NAME];
        let name = plain_name(name, &mut buffer);
        let own = self.own.iter().filter(|(list, _)| list.holds(name));
        own.fold(family_of_plain(name), |families, (_, family)| families.and(*family))
    }

    fn may_be_known(&self, name: &[u8]) -> bool {
        let mut letters = name.iter().rev().filter(|byte| byte.is_ascii_alphabetic());
        let (Some(last), Some(before)) = (letters.next(), letters.next()) else { return self.any_letters };
        self.any_letters || self.last_letters[letter(*last)] & (1 << letter(*before)) != 0
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
    #[error("read names of keys: there are none")]
    Empty,
    /// Nothing is left of it without what separates words and a number at its end.
    #[error("read names of keys: `{name}` holds no letter")]
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

fn family_of_plain(name: &[u8]) -> Family {
    let is = |names: &[&str]| names.iter().any(|known| known.as_bytes() == name);
    let ends = |names: &[&str]| names.iter().any(|known| name.ends_with(known.as_bytes()));
    if name.len() < SHORTEST_NAME {
        return Family::NONE;
    }
    if ends(HARMLESS_ENDINGS) {
        Family::NONE
    } else if ends(AWS_ENDINGS) {
        Family::AWS.and(Family::SECRET)
    } else if is(AUTHORIZATION_NAMES) {
        Family::AUTHORIZATION.and(Family::SECRET)
    } else if is(COOKIE_NAMES) {
        Family::COOKIE.and(Family::SECRET)
    } else if is(SECRET_NAMES) || ends(SECRET_ENDINGS) {
        Family::SECRET
    } else {
        Family::NONE
    }
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
        for name in LISTS.into_iter().flatten() {
            assert!(family(name).meets(Family::SECRET), "{name}");
            assert!(family(&name.to_uppercase()).meets(Family::SECRET), "{name}");
            assert_eq!(plain_name(name.as_bytes(), &mut [0; LONGEST_NAME]), name.as_bytes());
        }
    }

    #[test]
    fn names_are_compared_without_what_separates_words() {
        for name in ["DB_PASSWORD", "api-key", "x.Api.Key", "clientSecret2", "user password_", "X-Amz-Security-Token"] {
            assert!(family(name).meets(Family::SECRET), "{name}");
        }
        for name in ["", "d", "12", "passwords", "nextToken", "next_page_token", "monkey", "pins", "spin", "é"] {
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
        assert_eq!(family("iban"), first.and(second));
        assert_eq!(family("Password"), second.and(Family::SECRET));
        assert_eq!(family("né"), second);
        assert_eq!(family("token"), Family::SECRET);
    }

    #[test]
    fn very_many_lists_share_a_family() {
        let mut names = Names::default();
        let families: Vec<Family> = (0..70).map(|_| names.add(&KeyList::new(&["a"]).unwrap())).collect();
        assert_eq!(families[55], families[69]);
        assert!(families[..56].iter().enumerate().all(|(at, one)| families[..at].iter().all(|other| other != one)));
    }

    #[test]
    fn lists_need_names() {
        assert_eq!(KeyList::new(&[""; 0]).unwrap_err(), KeyListError::Empty);
        for name in ["", "*", "_-. ", "12"] {
            assert_eq!(KeyList::new(&[name]).unwrap_err(), KeyListError::NoName { name: name.to_owned() });
        }
    }
}
