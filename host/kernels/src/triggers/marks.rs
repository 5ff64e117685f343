//! Short words in raw text that are clues, and those that may hide others.

use bitflags::bitflags;
use telesieve_simd::{ANY, Halves, Marks, Tables};

use crate::rules::{Clues, is_of_token};

bitflags! {
    /// What may hide other text.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(super) struct Disguises: u8 {
        /// `\u`
        const UNICODE = 1;
        /// `%` in front of a hex digit.
        const PERCENT = 2;
    }
}

/// What is looked for by the block.
pub(crate) const TABLES: Tables<'_> = Tables { marks: &MARKS, words: &WORDS, own: None };

const EVERY: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// See [`clue`].
static MARKS: Marks = Marks::new(&[
    // `@`
    [(&[0x0], &[4]), ANY, ANY],
    // `$`, `%` and `+`
    [(&[0x4, 0x5, 0xb], &[2]), (EVERY, &[2, 3, 4, 5, 6, 7]), ANY],
    // `\u`
    [(&[0xc], &[5]), (&[0x5], &[7]), ANY],
    // `bea` and `bas`
    [(&[0x2], &[4, 6]), (&[0x1, 0x5], &[4, 6]), (&[0x1, 0x3], &[4, 5, 6, 7])],
    // `z` before `a` or what separates words, and `ZX`
    [(&[0xa], &[5, 7]), (&[0x0, 0x1, 0x8, 0xd, 0xe, 0xf], &[2, 4, 5, 6]), ANY],
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
]);

const A: Halves = (&[0x1], &[4, 6]);
const C: Halves = (&[0x3], &[4, 6]);
const E: Halves = (&[0x5], &[4, 6]);
const K: Halves = (&[0xb], &[4, 6]);
const O: Halves = (&[0xf], &[4, 6]);
const P: Halves = (&[0x0], &[5, 7]);
const R: Halves = (&[0x2], &[5, 7]);
const S: Halves = (&[0x3], &[5, 7]);
const T: Halves = (&[0x4], &[5, 7]);
const U: Halves = (&[0x5], &[5, 7]);
const Y: Halves = (&[0x9], &[5, 7]);

/// The stems of names ([`crate::rules::STEMS`]), and flags of one letter.
static WORDS: Marks = Marks::new(&[
    [P, A, S],
    // `pwd` and `psw`
    [P, (&[0x3, 0x7], &[5, 7]), (&[0x4, 0x7], &[4, 5, 6, 7])],
    [S, E, C],
    [T, O, K],
    [C, R, E],
    [K, E, Y],
    [A, U, T],
    // A blank, a hyphen, and one of `uUpPawkKsS-`
    [(&[0x0], &[2]), (&[0xd], &[2]), (&[0x0, 0x1, 0x3, 0x5, 0x7, 0xb, 0xd], &[2, 4, 5, 6, 7])],
]);

/// The clues and disguises at the places of marks.
pub(super) fn clues(text: &[u8], places: &[usize]) -> (Clues, Disguises) {
    let mut clues = Clues::empty();
    let mut disguises = Disguises::empty();
    for at in places {
        let rest = &text[*at..];
        match *rest {
            // Most of them: parts of ids.
            [b'0'..=b'9' | b'.', b'e' | b'E', ..] if is_exponent(text, *at + 1) => clues |= Clues::EXPONENT,
            [b'0'..=b'9' | b'.', ..] => {}
            [b'%', digit, ..] if digit.is_ascii_hexdigit() => disguises |= Disguises::PERCENT,
            [b'\\', b'u', ..] => disguises |= Disguises::UNICODE,
            _ => clues |= clue(rest),
        }
    }
    (clues, disguises)
}

/// The clue that a mark is, but for that of a number.
fn clue(rest: &[u8]) -> Clues {
    match *rest {
        [b'@', ..] => Clues::AT,
        [b'+', b'1'..=b'9' | b'('..=b'/' | b' ' | b'\\', ..] => Clues::PLUS,
        [b'$', next, ..] if next.is_ascii_alphanumeric() => Clues::DOLLAR,
        [b'z' | b'Z', b'a' | b'A' | b' ' | b'_' | b'-' | b'.', ..] => Clues::AUTHORIZATION,
        [b'e', b'y', b'J', ..] | [b'Z', b'X', b'l', b'K', ..] => Clues::JSON,
        [b'A', b'3', b'T', ..] | [b'A', b'K' | b'S' | b'B' | b'C', b'I' | b'C', ..] => Clues::KEY_ID,
        [b'b' | b'B', ..] if is_scheme(rest) => Clues::SCHEME,
        _ => Clues::empty(),
    }
}

/// Whether text starts with `bearer` or `basic`, and credentials may follow: not behind a mark of redaction, nor within
/// prose that ends there. Of what is between them, escapes add backslashes alone.
fn is_scheme(rest: &[u8]) -> bool {
    let is = |name: &[u8]| rest.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name));
    let end = match rest.get(1) {
        Some(b'e' | b'E') if is(b"bearer") => 6,
        Some(b'a' | b'A') if is(b"basic") => 5,
        _ => return false,
    };
    let is_gap = |byte: &&u8| matches!(byte, b' ' | b':' | b'=' | b'"' | b'\'' | b'\\');
    let gap = rest[end..].iter().take_while(is_gap).count();
    gap > 0 && rest.get(end + gap).is_some_and(|byte| is_of_token(*byte))
}

/// Whether the `e` at a place is one of a number that is a value, which rules see written out.
fn is_exponent(text: &[u8], at: usize) -> bool {
    let is_edge =
        |byte: &u8| matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"' | b' ' | b'\t' | b'\n' | b'\r');
    let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
    let rest = &text[at + 1 + sign..];
    let exponent = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // Most are a part of an id, which goes on.
    if exponent == 0 || !rest.get(exponent).is_none_or(is_edge) {
        return false;
    }
    let mantissa = text[..at].iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let before = &text[..at - mantissa];
    let before = before.strip_suffix(b"-").unwrap_or(before);
    mantissa > 0 && before.last().is_none_or(is_edge)
}
