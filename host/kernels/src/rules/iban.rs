//! International bank account numbers: a country's letters, two check digits, and exactly as many characters as that
//! country's accounts have, with or without single separators, passing the mod 97 check. Because the length is known,
//! a word behind the number does not hide it.

use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject, shown};
use crate::bytes::{is_among, word_after, word_before};
use crate::checksums::mod97;
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct Iban;

static ABOUT: RuleInfo = RuleInfo {
    name: "iban",
    group: Group::Personal,
    by_default: true,
    version: 2,
    description: "International bank account numbers: a country's length and the mod 97 check.",
    keys: None,
    validator: "A country's length and ISO 7064 mod 97-10.",
    reads_base64: true,
    hits: shown(&[
        ("DE89370400440532013000", "DE89370400440532013000"),
        ("to DE89 3704 0044 0532 0130 00 EUR 5", "DE89 3704 0044 0532 0130 00"),
        ("gb82 west 1234 5698 7654 32", "gb82 west 1234 5698 7654 32"),
        ("IBAN:NL91ABNA0417164300.", "NL91ABNA0417164300"),
        ("DE89-3704-0044-0532-0130-00", "DE89-3704-0044-0532-0130-00"),
        ("\u{1b}[KDE89370400440532013000", "DE89370400440532013000"),
    ]),
    misses: shown(&[
        "DE88370400440532013000",
        "DE8937040044053201300",
        "DE893704004405320130001",
        "XDE89370400440532013000",
        "XX89370400440532013000",
        "dd2db37f-2321-4801-be62-9aee1aa1d182",
        "01a79f52-4473-7732-be13-588836806148",
    ]),
};

impl BuiltIn for Iban {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::DIGIT
    }

    fn clues(&self) -> Clues {
        Clues::ACCOUNT
    }

    fn wants_runs(&self) -> bool {
        true
    }

    fn same_text(&self, text: String) -> String {
        super::without_separators(&text).to_uppercase()
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        for run in subject.runs.iter().filter(|run| run.len() >= 2) {
            let Some(start) = country_start(subject.text, run.start) else { continue };
            if word_before(subject.text, start) {
                continue;
            }
            if let Some(end) = account_end(subject.text, start) {
                hits.push(start..end);
            }
        }
    }
}

const LONGEST: usize = 34;

/// Two capital letters.
type Country = [u8; 2];

/// Whether an account number starts at `start`, whatever stands around it.
#[inline]
pub(crate) fn starts_account(text: &[u8], start: usize) -> bool {
    may_start_account(text, start) && account(text, start).is_some()
}

/// Whether a country is at `start`, and no hyphen where account numbers have none: UUIDs have one among the first 12
/// characters, of the at least 15 of an account.
#[inline]
fn may_start_account(text: &[u8], start: usize) -> bool {
    let Some(([first, second, _, _, near @ ..], _)) = text[start..].split_first_chunk::<12>() else { return false };
    length_in(*first, *second).is_some() && (near[0] == b'-' || !is_among(b'-', *near))
}

fn account_end(text: &[u8], start: usize) -> Option<usize> {
    account(text, start).filter(|end| !word_after(text, *end))
}

/// Where the two letters of a country start in front of check digits, with one blank at most in between.
fn country_start(text: &[u8], digits: usize) -> Option<usize> {
    let before = &text[..digits];
    let before = BLANKS.iter().find_map(|blank| before.strip_suffix(*blank)).unwrap_or(before);
    before.len().checked_sub(2)
}

/// Blanks between groups: a space, and those that do not break a line (U+00A0, U+202F).
const BLANKS: [&[u8]; 3] = [b" ", b"\xc2\xa0", b"\xe2\x80\xaf"];

/// How many bytes of a blank start a text.
fn blank(text: &[u8]) -> usize {
    BLANKS.iter().find(|blank| text.starts_with(blank)).map_or(0, |blank| blank.len())
}

/// Where the account number ends that starts at `start`, if one does. If there are hyphens, they stand behind every
/// four characters: in UUIDs they do not. A blank may stand behind the country.
fn account(text: &[u8], start: usize) -> Option<usize> {
    let length = length_in(text[start], *text.get(start + 1)?)?;
    let mut account = [0; LONGEST];
    let mut at = start;
    let has_hyphens = text.get(start + 4) == Some(&b'-');
    for (count, place) in account[..length].iter_mut().enumerate() {
        let first = *text.get(at)?;
        let is_hyphen = first == b'-';
        let wants_hyphen = has_hyphens && count >= 4 && count % 4 == 0;
        if is_hyphen != wants_hyphen {
            return None;
        }
        at += match count {
            0 | 1 | 3 => 0,
            _ if is_hyphen => 1,
            _ if first.is_ascii_alphanumeric() => 0,
            _ => blank(&text[at..]),
        };
        *place = *text.get(at).filter(|byte| byte.is_ascii_alphanumeric())?;
        at += 1;
    }
    is_account(&account[..length]).then_some(at)
}

/// Whether letters and digits are an account number.
pub(crate) fn is_account(account: &[u8]) -> bool {
    matches!(account, [first, second, ..] if length_in(*first, *second) == Some(account.len()))
        && mod97(account)
        && has_structure(account)
}

/// Whether letters and digits stand where the country has them.
fn has_structure(account: &[u8]) -> bool {
    let country = [account[0].to_ascii_uppercase(), account[1].to_ascii_uppercase()];
    let Ok(place) = STRUCTURES.binary_search_by_key(&&country, |(code, _)| code) else { return true };
    let mut rest = account[2..].iter();
    let mut is_kind = |kind: u8, count: u8| {
        rest.by_ref().take(usize::from(count)).all(|byte| match kind {
            b'n' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_alphabetic(),
            _ => true,
        })
    };
    is_kind(b'n', 2) && STRUCTURES[place].1.iter().all(|(count, kind)| is_kind(*kind, *count))
}

/// How long account numbers of a country are.
fn length_in(first: u8, second: u8) -> Option<usize> {
    let place = |letter: u8| usize::from(letter.to_ascii_uppercase().wrapping_sub(b'A'));
    let length = *BY_COUNTRY.get(place(first))?.get(place(second))?;
    (length > 0).then_some(usize::from(length))
}

/// The same by letter and letter; 0: no country.
static BY_COUNTRY: [[u8; 26]; 26] = {
    let mut lengths = [[0; 26]; 26];
    let mut at = 0;
    while at < LENGTHS.len() {
        let ([first, second], length) = LENGTHS[at];
        lengths[(first - b'A') as usize][(second - b'A') as usize] = length;
        at += 1;
    }
    lengths
};

/// From the IBAN registry, in order of country.
#[rustfmt::skip]
const LENGTHS: &[(Country, u8)] = &[
    (*b"AD", 24), (*b"AE", 23), (*b"AL", 28), (*b"AT", 20), (*b"AZ", 28), (*b"BA", 20), (*b"BE", 16), (*b"BG", 22),
    (*b"BH", 22), (*b"BI", 27), (*b"BR", 29), (*b"BY", 28), (*b"CH", 21), (*b"CR", 22), (*b"CY", 28), (*b"CZ", 24),
    (*b"DE", 22), (*b"DJ", 27), (*b"DK", 18), (*b"DO", 28), (*b"EE", 20), (*b"EG", 29), (*b"ES", 24), (*b"FI", 18),
    (*b"FK", 18), (*b"FO", 18), (*b"FR", 27), (*b"GB", 22), (*b"GE", 22), (*b"GI", 23), (*b"GL", 18), (*b"GR", 27),
    (*b"GT", 28), (*b"HN", 28), (*b"HR", 21), (*b"HU", 28), (*b"IE", 22), (*b"IL", 23), (*b"IQ", 23), (*b"IS", 26),
    (*b"IT", 27), (*b"JO", 30), (*b"KW", 30), (*b"KZ", 20), (*b"LB", 28), (*b"LC", 32), (*b"LI", 21), (*b"LT", 20),
    (*b"LU", 20), (*b"LV", 21), (*b"LY", 25), (*b"MC", 27), (*b"MD", 24), (*b"ME", 22), (*b"MK", 19), (*b"MN", 20),
    (*b"MR", 27), (*b"MT", 31), (*b"MU", 30), (*b"NI", 28), (*b"NL", 18), (*b"NO", 15), (*b"OM", 23), (*b"PK", 24),
    (*b"PL", 28), (*b"PS", 29), (*b"PT", 25), (*b"QA", 29), (*b"RO", 24), (*b"RS", 22), (*b"RU", 33), (*b"SA", 24),
    (*b"SC", 31), (*b"SD", 18), (*b"SE", 24), (*b"SI", 19), (*b"SK", 24), (*b"SM", 27), (*b"SO", 23), (*b"ST", 25),
    (*b"SV", 28), (*b"TL", 23), (*b"TN", 24), (*b"TR", 26), (*b"UA", 29), (*b"VA", 22), (*b"VG", 24), (*b"XK", 20),
    (*b"YE", 30),
];

/// How account numbers of a country are made behind its letters and the check digits, from the same registry: so many
/// digits (`n`), letters (`a`), or either (`c`).
#[rustfmt::skip]
const STRUCTURES: &[(Country, &[(u8, u8)])] = &[
    (*b"AD", &[(8, b'n'), (12, b'c')]),
    (*b"AE", &[(19, b'n')]),
    (*b"AL", &[(8, b'n'), (16, b'c')]),
    (*b"AT", &[(16, b'n')]),
    (*b"AZ", &[(4, b'a'), (20, b'c')]),
    (*b"BA", &[(16, b'n')]),
    (*b"BE", &[(12, b'n')]),
    (*b"BG", &[(4, b'a'), (6, b'n'), (8, b'c')]),
    (*b"BH", &[(4, b'a'), (14, b'c')]),
    (*b"BI", &[(23, b'n')]),
    (*b"BR", &[(23, b'n'), (1, b'a'), (1, b'c')]),
    (*b"BY", &[(4, b'c'), (4, b'n'), (16, b'c')]),
    (*b"CH", &[(5, b'n'), (12, b'c')]),
    (*b"CR", &[(18, b'n')]),
    (*b"CY", &[(8, b'n'), (16, b'c')]),
    (*b"CZ", &[(20, b'n')]),
    (*b"DE", &[(18, b'n')]),
    (*b"DJ", &[(23, b'n')]),
    (*b"DK", &[(14, b'n')]),
    (*b"DO", &[(4, b'c'), (20, b'n')]),
    (*b"EE", &[(16, b'n')]),
    (*b"EG", &[(25, b'n')]),
    (*b"ES", &[(20, b'n')]),
    (*b"FI", &[(14, b'n')]),
    (*b"FK", &[(2, b'a'), (12, b'n')]),
    (*b"FO", &[(14, b'n')]),
    (*b"FR", &[(10, b'n'), (11, b'c'), (2, b'n')]),
    (*b"GB", &[(4, b'a'), (14, b'n')]),
    (*b"GE", &[(2, b'a'), (16, b'n')]),
    (*b"GI", &[(4, b'a'), (15, b'c')]),
    (*b"GL", &[(14, b'n')]),
    (*b"GR", &[(7, b'n'), (16, b'c')]),
    (*b"GT", &[(24, b'c')]),
    (*b"HN", &[(4, b'a'), (20, b'n')]),
    (*b"HR", &[(17, b'n')]),
    (*b"HU", &[(24, b'n')]),
    (*b"IE", &[(4, b'a'), (14, b'n')]),
    (*b"IL", &[(19, b'n')]),
    (*b"IQ", &[(4, b'a'), (15, b'n')]),
    (*b"IS", &[(22, b'n')]),
    (*b"IT", &[(1, b'a'), (10, b'n'), (12, b'c')]),
    (*b"JO", &[(4, b'a'), (4, b'n'), (18, b'c')]),
    (*b"KW", &[(4, b'a'), (22, b'c')]),
    (*b"KZ", &[(3, b'n'), (13, b'c')]),
    (*b"LB", &[(4, b'n'), (20, b'c')]),
    (*b"LC", &[(4, b'a'), (24, b'c')]),
    (*b"LI", &[(5, b'n'), (12, b'c')]),
    (*b"LT", &[(16, b'n')]),
    (*b"LU", &[(3, b'n'), (13, b'c')]),
    (*b"LV", &[(4, b'a'), (13, b'c')]),
    (*b"LY", &[(21, b'n')]),
    (*b"MC", &[(10, b'n'), (11, b'c'), (2, b'n')]),
    (*b"MD", &[(20, b'c')]),
    (*b"ME", &[(18, b'n')]),
    (*b"MK", &[(3, b'n'), (10, b'c'), (2, b'n')]),
    (*b"MN", &[(16, b'n')]),
    (*b"MR", &[(23, b'n')]),
    (*b"MT", &[(4, b'a'), (5, b'n'), (18, b'c')]),
    (*b"MU", &[(4, b'a'), (19, b'n'), (3, b'a')]),
    (*b"NI", &[(4, b'a'), (20, b'n')]),
    (*b"NL", &[(4, b'a'), (10, b'n')]),
    (*b"NO", &[(11, b'n')]),
    (*b"OM", &[(3, b'n'), (16, b'c')]),
    (*b"PK", &[(4, b'a'), (16, b'c')]),
    (*b"PL", &[(24, b'n')]),
    (*b"PS", &[(4, b'a'), (21, b'c')]),
    (*b"PT", &[(21, b'n')]),
    (*b"QA", &[(4, b'a'), (21, b'c')]),
    (*b"RO", &[(4, b'a'), (16, b'c')]),
    (*b"RS", &[(18, b'n')]),
    (*b"RU", &[(14, b'n'), (15, b'c')]),
    (*b"SA", &[(2, b'n'), (18, b'c')]),
    (*b"SC", &[(4, b'a'), (20, b'n'), (3, b'a')]),
    (*b"SD", &[(14, b'n')]),
    (*b"SE", &[(20, b'n')]),
    (*b"SI", &[(15, b'n')]),
    (*b"SK", &[(20, b'n')]),
    (*b"SM", &[(1, b'a'), (10, b'n'), (12, b'c')]),
    (*b"SO", &[(19, b'n')]),
    (*b"ST", &[(21, b'n')]),
    (*b"SV", &[(4, b'a'), (20, b'n')]),
    (*b"TL", &[(19, b'n')]),
    (*b"TN", &[(20, b'n')]),
    (*b"TR", &[(6, b'n'), (16, b'c')]),
    (*b"UA", &[(6, b'n'), (19, b'c')]),
    (*b"VA", &[(18, b'n')]),
    (*b"VG", &[(4, b'a'), (16, b'n')]),
    (*b"XK", &[(16, b'n')]),
    (*b"YE", &[(4, b'a'), (4, b'n'), (18, b'c')]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::rule::found;

    #[test]
    fn countries_are_in_order_and_their_accounts_not_too_long() {
        assert!(LENGTHS.is_sorted_by_key(|(country, _)| country));
        assert!(LENGTHS.iter().all(|(_, length)| usize::from(*length) <= LONGEST));
    }

    #[test]
    fn blanks_may_stand_behind_the_country_and_between_groups() {
        for text in ["DE 89 3704 0044 0532 0130 00", "DE89\u{a0}3704\u{a0}0044\u{a0}0532\u{a0}0130\u{a0}00"] {
            let hits = found(&Iban, text);
            assert!(hits.contains(&(0..text.len())), "{text}");
        }
    }

    #[test]
    fn every_country_has_a_structure_of_its_length() {
        for ((country, length), (same, structure)) in LENGTHS.iter().zip(STRUCTURES) {
            let characters: u8 = structure.iter().map(|(count, _)| count).sum();
            assert_eq!((country, *length), (same, characters + 4));
        }
        assert_eq!(LENGTHS.len(), STRUCTURES.len());
    }
}
