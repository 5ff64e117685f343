//! What bytes are, looked up by their halves, eight classes at a time.

use crate::lanes::Classes;

/// Lower halves of bytes, and the higher ones: a class holds all bytes with one of each.
type Halves = (&'static [u8], &'static [u8]);

const ALL: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// Any byte at all: see [`FREE`].
const ANY: Halves = (&[], &[]);

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
    // `:=`
    (&[0xa, 0xd], &[3]),
]);

/// `e` behind a digit or a dot, before a digit or a sign. This is the highest bit.
pub(super) const EXPONENT: u8 = 1 << 7;
/// The other kinds of marks.
pub(super) const MARKS: u8 = !EXPONENT;

/// Marks by their first three bytes. A kind takes in what it is for, and some more that has the same halves: what is
/// met is looked at more closely.
const KINDS: [[Halves; 3]; 8] = [
    // `@`
    [(&[0x0], &[4]), ANY, ANY],
    // `%` and `+`
    [(&[0x5, 0xb], &[2]), (ALL, &[2, 3, 4, 5, 6]), ANY],
    // `\u`
    [(&[0xc], &[5]), (&[0x5], &[7]), ANY],
    // `bea` and `bas`
    [(&[0x2], &[4, 6]), (&[0x1, 0x5], &[4, 6]), (&[0x1, 0x3], &[4, 5, 6, 7])],
    // `z` before `a` or what separates words
    [(&[0xa], &[5, 7]), (&[0x0, 0x1, 0xd, 0xe, 0xf], &[2, 4, 5, 6]), ANY],
    // `eyJ`
    [(&[0x5], &[6]), (&[0x9], &[7]), (&[0xa], &[4])],
    // `A`, one of `KSBC` or `3`, and `I`, `C` or `T`
    [(&[0x1], &[4]), (&[0x2, 0x3, 0xb], &[3, 4, 5]), (&[0x3, 0x4, 0x9], &[4, 5])],
    // `e` behind a digit or a dot, before a digit or a sign
    [
        (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xe], &[2, 3]),
        (&[0x5], &[4, 6]),
        (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xb, 0xd], &[2, 3]),
    ],
];

/// The kinds that each of three bytes may belong to, without those of [`FREE`]. A mark has those that all of its bytes
/// have.
pub(super) static OF_MARKS: [Classes; 3] = [of_marks(0), of_marks(1), of_marks(2)];

/// The kinds of which each of the three bytes may be any, beyond ASCII, too.
pub(super) const FREE: [u8; 3] = [free(0), free(1), free(2)];

/// The kinds of marks that may start with three bytes.
#[inline(always)]
pub(super) fn kinds(bytes: [u8; 3]) -> u8 {
    (0..3).fold(u8::MAX, |kinds, at| kinds & (OF_MARKS[at].of(bytes[at]) | FREE[at]))
}

const fn free(byte: usize) -> u8 {
    let (mut free, mut kind) = (0, 0);
    while kind < 8 {
        free |= if KINDS[kind][byte].0.is_empty() { 1 << kind } else { 0 };
        kind += 1;
    }
    free
}

const fn of_marks(byte: usize) -> Classes {
    let mut halves = [ANY; 8];
    let mut kind = 0;
    while kind < 8 {
        halves[kind] = KINDS[kind][byte];
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
