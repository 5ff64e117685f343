//! Where strings and containers of JSON text end.
//!
//! Quotes and brackets are balanced, no more: see `value_end` of `telesieve-core`, which says what that means for text
//! that is no JSON.

use crate::block::{block, escaped, parity};
use crate::lanes::{Lanes, dispatch};

dispatch! {
    /// Behind the closing quote of the string whose opening quote is at `start`; `None` if it is not closed.
    pub fn string_end(bytes: &[u8], start: usize) -> Option<usize>, on string_end_on, by scan_string
}

/// A container of JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Container {
    /// Behind the bracket that closes it.
    pub end: usize,
    /// `,{` stands in it somewhere, within a string or not. May be `true` for one that is no JSON, whatever is in it.
    pub lists_objects: bool,
}

dispatch! {
    /// The container whose opening bracket is at `start`: see [`container_end`].
    pub fn container(bytes: &[u8], start: usize) -> Option<Container>, on container_on, by scan_container
}

dispatch! {
    /// Behind the bracket that closes the one at `start`; `None` if none does. Which bracket closes which is not looked at.
    pub fn container_end(bytes: &[u8], start: usize) -> Option<usize>, on container_end_on, by scan_container_end
}

#[inline(always)]
fn scan_string<L: Lanes>(bytes: &[u8], start: usize) -> Option<usize> {
    let mut padded = [0; 64];
    let (mut at, mut carry) = (start + 1, 0);
    while at < bytes.len() {
        let block = L::load(block(bytes, at, &mut padded));
        let quotes = L::mask(L::eq(block, b'"'));
        let backslashes = L::mask(L::eq(block, b'\\'));
        let closing = quotes & !escaped(backslashes, &mut carry);
        if closing != 0 {
            return Some(at + closing.trailing_zeros() as usize + 1);
        }
        at += 64;
    }
    None
}

#[inline(always)]
fn scan_container_end<L: Lanes>(bytes: &[u8], start: usize) -> Option<usize> {
    scan_container::<L>(bytes, start).map(|container| container.end)
}

#[inline(always)]
fn scan_container<L: Lanes>(bytes: &[u8], start: usize) -> Option<Container> {
    let mut padded = [0; 64];
    let (mut at, mut carry, mut within, mut depth) = (start, 0, 0, 0_usize);
    let (mut lists_objects, mut behind_comma) = (false, 0);
    while at < bytes.len() {
        let block = L::load(block(bytes, at, &mut padded));
        let backslashes = L::mask(L::eq(block, b'\\'));
        let quotes = L::mask(L::eq(block, b'"')) & !escaped(backslashes, &mut carry);
        let strings = parity(quotes) ^ within;
        // Outside of strings a backslash is a byte like any other, which is more than these masks can say.
        if backslashes & !strings != 0 {
            return walk(bytes, start).map(|end| Container { end, lists_objects: true });
        }
        within = if strings >> 63 == 1 { u64::MAX } else { 0 };
        let braces = L::eq(block, b'{');
        let commas = L::mask(L::eq(block, b','));
        let listed = L::mask(braces) & (commas << 1 | behind_comma);
        behind_comma = commas >> 63;
        // Both brackets of a kind differ by one bit from each other's.
        let opening = L::mask(L::or(braces, L::eq(block, b'['))) & !strings;
        let closing = L::mask(L::or(L::eq(block, b'}'), L::eq(block, b']'))) & !strings;
        if depth > closing.count_ones() as usize {
            depth = depth + opening.count_ones() as usize - closing.count_ones() as usize;
        } else if let Some(end) = close(opening, closing, &mut depth) {
            lists_objects |= listed & (u64::MAX >> (64 - end)) != 0;
            return Some(Container { end: at + end, lists_objects });
        }
        lists_objects |= listed != 0;
        at += 64;
    }
    None
}

/// Goes over the brackets of a block one by one.
#[inline(always)]
fn close(opening: u64, closing: u64, depth: &mut usize) -> Option<usize> {
    let mut brackets = opening | closing;
    while brackets != 0 {
        let at = brackets.trailing_zeros();
        if closing >> at & 1 == 0 {
            *depth += 1;
        } else {
            *depth = depth.saturating_sub(1);
            if *depth == 0 {
                return Some(at as usize + 1);
            }
        }
        brackets &= brackets - 1;
    }
    None
}

/// Byte by byte, for text that is no JSON.
#[cold]
fn walk(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = string_end(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}
