//! String tokens of JSON text, strictly by the grammar.
//!
//! One way looks for the end of a token, the other one for all quotes of a text that is not long.

use crate::block::{escaped, tail};
use crate::lanes::{Lanes, dispatch};

/// Blocks of a text whose quotes are looked for.
const BLOCKS: usize = 16;

/// The quotes of a text, but for escaped ones.
#[derive(Clone, Debug)]
pub struct Quotes([u64; BLOCKS]);

impl Quotes {
    /// Bytes of the longest text that is looked at.
    pub const LONGEST: usize = BLOCKS * 64;

    /// The place of the first one at or behind `at`.
    #[inline]
    #[must_use]
    pub fn next(&self, at: usize) -> Option<usize> {
        let mut block = at / 64;
        let mut mask = self.0.get(block)? & (u64::MAX << (at % 64));
        while mask == 0 {
            block += 1;
            mask = *self.0.get(block)?;
        }
        Some(block * 64 + mask.trailing_zeros() as usize)
    }
}

dispatch! {
    /// All quotes of a text. `None` if it is longer than [`Quotes::LONGEST`], or holds a control byte, or a backslash that
    /// is not the first byte of an escape that JSON knows. `\u` deserves a closer look and counts as unknown.
    pub fn quotes(bytes: &[u8]) -> Option<Quotes>, on quotes_on, by scan_quotes
}

#[inline(always)]
fn scan_quotes<L: Lanes>(bytes: &[u8]) -> Option<Quotes> {
    if bytes.len() > Quotes::LONGEST {
        return None;
    }
    let mut padded = [0; 64];
    let (mut found, mut carry, mut odd) = (Quotes([0; BLOCKS]), 0, 0);
    for (number, quotes) in found.0.iter_mut().take(bytes.len().div_ceil(64)).enumerate() {
        let (block, shift) = tail(bytes, number * 64, &mut padded);
        let missing = (number * 64 + 64).saturating_sub(bytes.len());
        let there = u64::MAX >> missing;
        let block = L::load(block);
        let backslashes = L::mask(L::eq(block, b'\\')) >> shift;
        *quotes = L::mask(L::eq(block, b'"')) >> shift;
        odd |= L::mask(L::at_most(block, 0x1f)) >> shift & there;
        if backslashes | carry != 0 {
            let escaped = escaped(backslashes, &mut carry);
            *quotes &= !escaped;
            odd |= escaped & there & !(L::mask(simple_escapes::<L>(block)) >> shift);
        }
    }
    (odd == 0).then_some(found)
}

dispatch! {
    /// Behind the closing quote of the string token whose opening quote is at `start`. `None` if it is not closed, if it
    /// holds a control byte or an escape that JSON does not know, and if it holds `\u`, which deserves a closer look.
    pub fn plain_token_end(bytes: &[u8], start: usize) -> Option<usize>, on plain_token_end_on, by scan
}

#[inline(always)]
fn scan<L: Lanes>(bytes: &[u8], start: usize) -> Option<usize> {
    let mut padded = [0; 64];
    let (mut at, mut carry) = (start + 1, 0);
    while at < bytes.len() {
        let (block, shift) = tail(bytes, at, &mut padded);
        let block = L::load(block);
        let quotes = L::mask(L::eq(block, b'"')) >> shift;
        let backslashes = L::mask(L::eq(block, b'\\')) >> shift;
        let mut odd = L::mask(L::at_most(block, 0x1f)) >> shift;
        let mut closing = quotes;
        if backslashes | carry != 0 {
            let escaped = escaped(backslashes, &mut carry);
            closing &= !escaped;
            odd |= escaped & !(L::mask(simple_escapes::<L>(block)) >> shift);
        }
        let until = closing ^ closing.wrapping_sub(1);
        if odd & until != 0 {
            return None;
        }
        if closing != 0 {
            return Some(at + closing.trailing_zeros() as usize + 1);
        }
        at += 64;
    }
    None
}

/// Which bytes make an escape behind a backslash, but for `u`.
#[inline(always)]
fn simple_escapes<L: Lanes>(block: L::Block) -> L::Block {
    let punctuation = L::or(L::or(L::eq(block, b'"'), L::eq(block, b'\\')), L::eq(block, b'/'));
    let breaks = L::or(L::or(L::eq(block, b'n'), L::eq(block, b'r')), L::eq(block, b't'));
    L::or(L::or(punctuation, breaks), L::or(L::eq(block, b'b'), L::eq(block, b'f')))
}
