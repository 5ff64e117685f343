//! What bytes are, looked up by their halves, eight classes at a time.

use crate::lanes::Classes;

/// Lower halves of bytes, and the higher ones: a class holds all bytes with one of each.
pub type Halves = (&'static [u8], &'static [u8]);

/// Any byte at all, beyond ASCII, too.
pub const ANY: Halves = (EVERY, EVERY);

const EVERY: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Letters.
pub(super) const LETTER: u8 = 0b11;
pub(super) const DIGIT: u8 = 1 << 2;
/// Digits of base64, and backslashes.
pub(super) const BASE64: u8 = LETTER | DIGIT | 1 << 3 | 1 << 4;
/// What numbers of cards and telephones are made of, with backslashes; `_` comes with them.
pub(super) const NUMBER: u8 = DIGIT | 1 << 5 | 1 << 4;

/// Classes of bytes that runs are made of, and of some that are marks by themselves.
pub(super) static OF_BYTES: Classes = classes([
    (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], &[4, 6]),
    (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], &[5, 7]),
    (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &[3]),
    // `+-/`
    (&[0xb, 0xd, 0xf], &[2]),
    // `\_`
    (&[0xc, 0xf], &[5]),
    // ` ()-./`
    (&[0x0, 0x8, 0x9, 0xd, 0xe, 0xf], &[2]),
    (&[], &[]),
    // `:<=>`
    (&[0xa, 0xc, 0xd, 0xe], &[3]),
]);

/// Words of three bytes, in eight kinds. A kind takes in each byte by its halves, so it takes in some words besides those
/// that it is for: what is met has to be looked at.
#[derive(Debug)]
pub struct Marks {
    /// The kinds that each of the three bytes may belong to.
    pub(super) of: [Classes; 3],
}

impl Marks {
    /// A table of kinds. A byte that may be any is [`ANY`].
    #[must_use]
    pub const fn new(kinds: &[[Halves; 3]; 8]) -> Self {
        Self { of: [of_byte(kinds, 0), of_byte(kinds, 1), of_byte(kinds, 2)] }
    }

    /// A table of words of ASCII that are known only when the program runs. From the ninth on they share kinds.
    #[must_use]
    pub fn of_words(words: &[[u8; 3]]) -> Self {
        const NONE: Classes = Classes { low: [0; 16], high: [0; 16] };
        let mut of = [NONE; 3];
        for (kind, word) in words.iter().enumerate() {
            let bit = 1 << (kind % 8);
            for (classes, byte) in of.iter_mut().zip(word) {
                classes.low[usize::from(byte & 15)] |= bit;
                classes.high[usize::from(byte >> 4)] |= bit;
            }
        }
        Self { of }
    }

    /// Whether a word of some kind may start with three bytes. The first one tells nearly always that none does.
    #[inline(always)]
    pub(crate) fn may_start(&self, bytes: [u8; 3]) -> bool {
        let first = self.of[0].of(bytes[0]);
        first != 0 && first & self.of[1].of(bytes[1]) & self.of[2].of(bytes[2]) != 0
    }
}

const fn of_byte(kinds: &[[Halves; 3]; 8], byte: usize) -> Classes {
    let mut halves = [ANY; 8];
    let mut kind = 0;
    while kind < 8 {
        halves[kind] = kinds[kind][byte];
        kind += 1;
    }
    classes(halves)
}

const fn classes(of: [Halves; 8]) -> Classes {
    let mut classes = Classes { low: [0; 16], high: [0; 16] };
    let mut class = 0;
    while class < 8 {
        mark(&mut classes.low, of[class].0, 1 << class);
        mark(&mut classes.high, of[class].1, 1 << class);
        class += 1;
    }
    classes
}

const fn mark(table: &mut [u8; 16], halves: &[u8], bit: u8) {
    let mut at = 0;
    while at < halves.len() {
        table[halves[at] as usize] |= bit;
        at += 1;
    }
}
