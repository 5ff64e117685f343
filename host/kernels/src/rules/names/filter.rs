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

/// Whether the last three of four bytes are letters of ASCII, asked of all of them at once.
#[inline]
pub(crate) fn end_with_letters(four: [u8; 4]) -> bool {
    const EACH: u32 = 0x0101_0100;
    const HIGHEST: u32 = 0x80 * EACH;
    let small = u32::from_le_bytes(four) & !0xff | (0x20 * EACH);
    // The highest bit of a byte is set from `a` on in one sum, behind `z` in the other.
    let from_a = small.wrapping_add(u32::from(0x80 - b'a') * EACH);
    let behind_z = small.wrapping_add(u32::from(0x7f - b'z') * EACH);
    from_a & !behind_z & !small & HIGHEST == HIGHEST
}

/// Whether the name of a key or what follows a stem may have this last letter and this one before it.
#[inline]
pub(crate) fn may_end_before(last: u8, before: u8) -> bool {
    LAST_LETTERS[letter(last)] & (1 << letter(before)) != 0
}

/// Whether some name may have the last three of these letters, in the order of text. Nearly always the answer is that of
/// the lists, at less than its price.
#[inline]
pub(crate) fn may_end_with(letters: [u8; 4]) -> bool {
    let (word, bit) = place_of_number(u32::from_le_bytes(letters) & 0x1f1f_1f00);
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

/// Letters, the last one first, as a number: as they stand in text, if that is read as a number of little endian.
const fn number_of(letters: [u8; 4]) -> u32 {
    u32::from_be_bytes(letters) & 0x1f1f_1f1f
}

/// Word and bit for letters.
const fn place_of(letters: [u8; 4]) -> (usize, u32) {
    place_of_number(number_of(letters))
}

const fn place_of_number(letters: u32) -> (usize, u32) {
    let scattered = letters.wrapping_mul(0x9e37_79b1) >> 18;
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
                assert!(may_end_with([b'?', third, before, last]), "{name}");
            }
        }
    }

    #[test]
    fn letters_are_told_from_other_bytes() {
        for byte in 0..=u8::MAX {
            for bytes in [[0xff, byte, b'a', b'Z'], [0, b'z', byte, b'A'], [b'{', b'm', b'M', byte]] {
                assert_eq!(end_with_letters(bytes), byte.is_ascii_alphabetic(), "{byte}");
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
