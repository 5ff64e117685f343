//! String tokens of JSON text, strictly by the grammar.

use crate::block::{escaped, tail};
use crate::lanes::{Lanes, dispatch};

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
