//! International bank account numbers: a country's letters, two check digits, and exactly as many characters as that
//! country's accounts have, with or without single separators, passing the mod 97 check. Because the length is known,
//! a word behind the number does not hide it.

use super::{Hits, Subject};
use crate::bytes::{word_after, word_before};
use crate::checks::mod97;

const LONGEST: usize = 34;

pub(super) fn find(subject: &Subject<'_>, hits: &mut Hits) {
    for run in subject.runs {
        let Some(start) = run.start.checked_sub(2) else { continue };
        if run.len() < 2 || word_before(subject.text, start) {
            continue;
        }
        if let Some(end) = account_end(subject.text, start) {
            hits.push(start..end);
        }
    }
}

/// Where the account number ends that starts at `start`, if one does.
fn account_end(text: &[u8], start: usize) -> Option<usize> {
    let length = length_in(text[start], text[start + 1])?;
    let mut account = [0; LONGEST];
    let mut at = start;
    for (count, place) in account[..length].iter_mut().enumerate() {
        if count >= 4 && matches!(text.get(at), Some(b' ' | b'-')) {
            at += 1;
        }
        *place = *text.get(at).filter(|byte| byte.is_ascii_alphanumeric())?;
        at += 1;
    }
    (!word_after(text, at) && mod97(&account[..length])).then_some(at)
}

/// Whether letters and digits are an account number.
pub(crate) fn is_account(account: &[u8]) -> bool {
    matches!(account, [first, second, ..] if length_in(*first, *second) == Some(account.len())) && mod97(account)
}

/// How long account numbers of a country are.
fn length_in(first: u8, second: u8) -> Option<usize> {
    let country = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
    let place = LENGTHS.binary_search_by_key(&&country, |(code, _)| code).ok()?;
    Some(usize::from(LENGTHS[place].1))
}

/// From the IBAN registry, in order of country.
#[rustfmt::skip]
const LENGTHS: &[([u8; 2], u8)] = &[
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_in_order_and_their_accounts_not_too_long() {
        assert!(LENGTHS.is_sorted_by_key(|(country, _)| country));
        assert!(LENGTHS.iter().all(|(_, length)| usize::from(*length) <= LONGEST));
    }
}
