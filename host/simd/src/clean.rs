//! Whether bytes hold anything that plain ASCII text does not.

use crate::lanes::{Lanes, dispatch};

/// What bytes hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// A byte below 0x20.
    pub control: bool,
    /// A byte from 0x80 on.
    pub foreign: bool,
}

dispatch! {
    /// Looks for control bytes and for bytes beyond ASCII.
    pub fn oddities(bytes: &[u8]) -> Oddities, on oddities_on, by scan
}

#[inline(always)]
fn scan<L: Lanes>(bytes: &[u8]) -> Oddities {
    let mut padded = [b' '; 64];
    let (blocks, rest) = bytes.as_chunks::<64>();
    padded[..rest.len()].copy_from_slice(rest);
    let space = L::load(&[b' '; 64]);
    let (mut control, mut foreign) = (L::at_most(space, 0), L::at_most(space, 0));
    for bytes in blocks.iter().chain(std::iter::once(&padded)) {
        let bytes = L::load(bytes);
        control = L::or(control, L::at_most(bytes, 0x1f));
        foreign = L::or(foreign, bytes);
    }
    Oddities { control: L::mask(control) != 0, foreign: L::mask(foreign) != 0 }
}
