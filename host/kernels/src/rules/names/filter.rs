//! What rules most keys out: the last letters of all names that telesieve knows, as bits.

use super::lists::{
    AUTHORIZATION_ENDINGS, AWS_ENDINGS, COOKIE_ENDINGS, ENDINGS, NAMES, PASSWORD_ENDINGS, PASSWORDS, PLURALS, SERVICES,
    VALUE_ENDINGS, WORDS,
};

/// All that a name may end with. What the first [`SUFFIXES`] of them hold follows a stem, by which it is found.
const LISTS: [&[&str]; 12] = [
    PASSWORD_ENDINGS,
    VALUE_ENDINGS,
    SERVICES,
    PASSWORDS,
    ENDINGS,
    WORDS,
    NAMES,
    PLURALS,
    AWS_ENDINGS,
    AUTHORIZATION_ENDINGS,
    COOKIE_ENDINGS,
    &["key"],
];

const SUFFIXES: usize = 3;

/// For each last letter of a name, the letters before it.
pub(super) static LAST_LETTERS: [u32; 32] = {
    let mut letters = [0; 32];
    let mut list = 0;
    while list < LISTS.len() {
        let mut index = 0;
        while index < LISTS[list].len() {
            let [last, before, ..] = last_letters(LISTS[list][index].as_bytes());
            letters[letter(last)] |= 1 << letter(before);
            index += 1;
        }
        list += 1;
    }
    letters
};

/// The last letters of ASCII, the last one first; 0 for those that are not there.
const fn last_letters(name: &[u8]) -> [u8; 4] {
    let mut letters = [0; 4];
    let mut count = 0;
    let mut at = name.len();
    while at > 0 && count < 4 {
        at -= 1;
        if name[at].is_ascii_alphabetic() {
            letters[count] = name[at];
            count += 1;
        }
    }
    letters
}

/// Letters by number, without case.
pub(super) const fn letter(byte: u8) -> usize {
    (byte & 31) as usize
}

/// Whether some name may have these last letters, the last one first. Nearly always the answer is that of the lists, at
/// less than its price.
#[inline]
pub(crate) fn may_end_with(letters: [u8; 3]) -> bool {
    let (word, bit) = place_of([letters[0], letters[1], letters[2], 0]);
    THREE[word] & (1 << bit) != 0
}

/// Whether a name may end with these letters, the last one first, or with what may follow a stem. 0: there are no more.
#[inline]
pub(super) fn may_end_or_follow([last, before, third, fourth]: [u8; 4]) -> bool {
    let is = |letters: [u8; 4]| {
        let (word, bit) = place_of(letters);
        FOUR_OF_ALL[word] & (1 << bit) != 0
    };
    is([last, before, third, fourth]) || is([last, before, third, 0]) || is([last, before, 0, 0])
}

/// Whether some name may end with these letters, the last one first. Four of them count, or all that there are.
pub(crate) fn may_end_name(letters: &[u8]) -> bool {
    match *letters {
        [last, before, ref rest @ ..] if LAST_LETTERS[letter(last)] & (1 << letter(before)) != 0 => match *rest {
            [] => is_known([last, before, 0, 0]),
            [third] => is_known([last, before, third, 0]) || is_known([last, before, 0, 0]),
            [third, fourth, ..] => {
                is_known([last, before, third, fourth])
                    || is_known([last, before, third, 0])
                    || is_known([last, before, 0, 0])
            }
        },
        _ => false,
    }
}

/// Whether a name may end with the last two letters of a word, or is written in another script.
pub(crate) fn may_end_word(word: &[u8]) -> bool {
    let mut letters = word.iter().rev().filter(|byte| byte.is_ascii_alphabetic());
    let (Some(last), Some(before)) = (letters.next(), letters.next()) else { return true };
    !word.is_ascii() || LAST_LETTERS[letter(*last)] & (1 << letter(*before)) != 0
}

fn is_known(letters: [u8; 4]) -> bool {
    let (word, bit) = place_of(letters);
    // One of forty is there by chance, and a record has a dozen keys.
    FOUR[word] & (1 << bit) != 0 && ENDS.contains(&number_of(letters))
}

/// How many names there are.
const COUNT: usize = {
    let mut count = 0;
    let mut list = SUFFIXES;
    while list < LISTS.len() {
        count += LISTS[list].len();
        list += 1;
    }
    count
};

/// The last four letters of all names, as numbers.
static ENDS: [u32; COUNT] = {
    let mut ends = [0; COUNT];
    let mut count = 0;
    let mut list = SUFFIXES;
    while list < LISTS.len() {
        let mut index = 0;
        while index < LISTS[list].len() {
            ends[count] = number_of(last_letters(LISTS[list][index].as_bytes()));
            count += 1;
            index += 1;
        }
        list += 1;
    }
    ends
};

/// The last three letters of all names, scattered over bits. Of names of two letters, any third one.
static THREE: [u64; 256] = three_letters();

const fn three_letters() -> [u64; 256] {
    let mut bits = [0; 256];
    let mut list = SUFFIXES;
    while list < LISTS.len() {
        let mut index = 0;
        while index < LISTS[list].len() {
            let [last, before, third, _] = last_letters(LISTS[list][index].as_bytes());
            let mut any = if third == 0 { 0 } else { third };
            loop {
                let (word, bit) = place_of([last, before, any, 0]);
                bits[word] |= 1 << bit;
                if third != 0 || any == 31 {
                    break;
                }
                any += 1;
            }
            index += 1;
        }
        list += 1;
    }
    bits
}

/// The last four letters of all names, or all of them, scattered over bits.
static FOUR: [u64; 256] = four_letters(SUFFIXES);

/// The same with those of what may follow a stem.
static FOUR_OF_ALL: [u64; 256] = four_letters(0);

const fn four_letters(first: usize) -> [u64; 256] {
    let mut bits = [0; 256];
    let mut list = first;
    while list < LISTS.len() {
        let mut index = 0;
        while index < LISTS[list].len() {
            let (word, bit) = place_of(last_letters(LISTS[list][index].as_bytes()));
            bits[word] |= 1 << bit;
            index += 1;
        }
        list += 1;
    }
    bits
}

/// Letters as a number.
const fn number_of(letters: [u8; 4]) -> u32 {
    (letter(letters[0]) | letter(letters[1]) << 5 | letter(letters[2]) << 10 | letter(letters[3]) << 15) as u32
}

/// Word and bit for letters.
const fn place_of(letters: [u8; 4]) -> (usize, u32) {
    let scattered = number_of(letters).wrapping_mul(0x9e37_79b1) >> 18;
    ((scattered >> 6) as usize, scattered & 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_may_be_one() {
        for name in LISTS[SUFFIXES..].iter().copied().flatten().filter(|name| name.is_ascii()) {
            let letters: Vec<u8> = name.to_uppercase().bytes().rev().take(4).collect();
            assert!(may_end_name(&letters), "{name}");
            if let [last, before, third, ..] = letters[..] {
                assert!(may_end_with([last, before, third]), "{name}");
            }
        }
    }

    #[test]
    fn most_words_are_none() {
        let words =
            ["request", "message", "level", "time", "status", "duration", "service", "method", "path", "logger"];
        let may = |word: &&&str| {
            let letters: Vec<u8> = word.bytes().rev().take(4).collect();
            may_end_name(&letters)
        };
        assert!(words.iter().filter(may).count() <= 2);
    }
}
