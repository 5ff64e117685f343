//! The pass over text that looks for traces.

use super::run::{Run, left};
use super::{Places, Traces, USUAL};
use crate::block::block;
use crate::lanes::Lanes;

/// Bytes behind a block that patterns of several bytes look at.
const AHEAD: usize = 3;

type Window = [u8; 64 + AHEAD];

/// Traces that stand somewhere by themselves. Few texts hold any, so they are told apart only where there are some.
const MARKS: [Traces; 8] = [
    Traces::AT,
    Traces::PERCENT,
    Traces::UNICODE,
    Traces::PLUS,
    Traces::ZATION,
    Traces::EYJ,
    Traces::KEY_ID,
    Traces::SCHEME,
];

/// What cannot be told without knowing the digits.
const NEEDS_DIGITS: Traces = Traces::DIGITS.and(Traces::NUMBER).and(Traces::DOTS).and(Traces::ACCOUNT);

#[inline(always)]
pub(super) fn scan_usual<L: Lanes>(text: &[u8], places: &mut Places) -> Traces {
    scan::<L, { USUAL.0 }>(text, places)
}

#[inline(always)]
pub(super) fn scan_all<L: Lanes>(text: &[u8], places: &mut Places) -> Traces {
    scan::<L, { u32::MAX }>(text, places)
}

/// Looks for the traces of a set that is known when this is compiled.
#[inline(always)]
fn scan<L: Lanes, const WANTED: u32>(text: &[u8], places: &mut Places) -> Traces {
    let mut search = Search::<WANTED> { found: Traces::default(), before: Masks::default(), places };
    let mut padded: Window;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let window = match rest.first_chunk() {
            Some(window) => window,
            None => {
                padded = [0; 64 + AHEAD];
                padded[..rest.len()].copy_from_slice(rest);
                &padded
            }
        };
        search.block::<L>(window, at);
        at += 64;
    }
    search.found
}

/// Masks of a block that the next one goes on with.
#[derive(Clone, Copy, Default)]
struct Masks {
    digits: u64,
    letters: u64,
    colons: u64,
    numbered_dots: u64,
    card: Run,
    number: Run,
    base64: Run,
    /// Where runs are long enough, for those that are noted by their start.
    long_cards: u64,
    long_base64: u64,
}

struct Search<'p, const WANTED: u32> {
    found: Traces,
    before: Masks,
    places: &'p mut Places,
}

impl<const WANTED: u32> Search<'_, WANTED> {
    #[inline(always)]
    fn block<L: Lanes>(&mut self, window: &Window, at: usize) {
        let text = shifted::<L>(window, 0);
        let mut now = Masks::default();
        if L::mask(self.marks::<L>(window)) != 0 {
            // What was worked out on the way here would have to be kept for this in every block.
            self.tell_marks::<L>(std::hint::black_box(window));
        }
        if wants::<WANTED>(NEEDS_DIGITS) {
            now.digits = L::mask(digits::<L>(text));
            self.digits::<L>(text, &mut now, at);
        }
        if wants::<WANTED>(Traces::COLONS.and(Traces::SEPARATOR)) {
            now.colons = L::mask(L::eq(text, b':'));
            self.colons::<L>(text, now.colons, at);
        }
        if wants::<WANTED>(Traces::ACCOUNT) {
            now.letters = L::mask(letters::<L>(text));
            self.accounts(&now, at);
        }
        if wants::<WANTED>(Traces::EXPONENT) {
            self.exponents::<L>(text, window, at);
        }
        if wants::<WANTED>(Traces::BASE64) {
            self.base64::<L>(text, window, &mut now, at);
        }
        self.before = now;
    }

    /// Where any of the traces stands that stand by themselves.
    #[inline(always)]
    fn marks<L: Lanes>(&self, window: &Window) -> L::Block {
        let plain = L::or(self.mark::<L>(Traces::AT, window), self.mark::<L>(Traces::PERCENT, window));
        let plain = L::or(plain, self.mark::<L>(Traces::UNICODE, window));
        // The rest of a scheme is looked at when its first letters are there.
        let words = L::or(scheme_start::<L>(window), self.mark::<L>(Traces::ZATION, window));
        let keys = L::or(self.mark::<L>(Traces::EYJ, window), self.mark::<L>(Traces::KEY_ID, window));
        let others = L::or(keys, self.mark::<L>(Traces::PLUS, window));
        L::or(plain, L::or(words, others))
    }

    /// Tells the traces apart that stand by themselves.
    #[inline(always)]
    fn tell_marks<L: Lanes>(&mut self, window: &Window) {
        for of in MARKS {
            let mark = L::mask(self.mark::<L>(of, window));
            self.found.note(of, mark);
        }
    }

    /// Where a trace stands; nowhere if nobody wants it.
    #[inline(always)]
    fn mark<L: Lanes>(&self, of: Traces, window: &Window) -> L::Block {
        if !wants::<WANTED>(of) {
            return L::load(&[0; 64]);
        }
        let (text, second) = (shifted::<L>(window, 0), shifted::<L>(window, 1));
        match of {
            Traces::AT => L::eq(text, b'@'),
            Traces::PERCENT => L::eq(text, b'%'),
            Traces::UNICODE => L::and(L::eq(text, b'\\'), L::eq(second, b'u')),
            Traces::PLUS => {
                let digit = L::at_most(L::less(second, b'1'), 8);
                let between = L::or(L::at_most(L::less(second, b'('), 7), either::<L>(second, *b" \\"));
                L::and(L::eq(text, b'+'), L::or(digit, between))
            }
            Traces::ZATION => {
                let next = L::or(either::<L>(folded::<L>(second), *b"a "), either::<L>(second, *b"_-"));
                L::and(L::eq(folded::<L>(text), b'z'), L::or(next, L::eq(second, b'.')))
            }
            Traces::EYJ => L::and(L::and(L::eq(text, b'e'), L::eq(second, b'y')), L::eq(shifted::<L>(window, 2), b'J')),
            Traces::KEY_ID => key_id::<L>(text, second, shifted::<L>(window, 2)),
            Traces::SCHEME => scheme::<L>(window),
            _ => L::load(&[0; 64]),
        }
    }

    #[inline(always)]
    fn digits<L: Lanes>(&mut self, text: L::Block, now: &mut Masks, at: usize) {
        let between = L::or(L::eq(text, b' '), L::eq(text, b'-'));
        if wants::<WANTED>(Traces::DIGITS) {
            now.card = Run::of(now.digits | L::mask(between));
            now.long_cards = now.card.of_twelve(&self.before.card);
            self.found.note(Traces::DIGITS, now.long_cards);
            push_starts(now.long_cards, self.before.long_cards, at, 12, &mut self.places.digits);
        }
        if wants::<WANTED>(Traces::NUMBER) {
            let more = L::or(L::at_most(L::less(text, b'-'), 2), L::at_most(L::less(text, b'('), 1));
            let more = L::or(L::or(more, between), L::eq(text, b'\\'));
            now.number = Run::of(now.digits | L::mask(more));
            self.found.note(Traces::NUMBER, now.number.of_eleven(&self.before.number));
        }
        if wants::<WANTED>(Traces::DOTS) {
            let dots = L::mask(L::eq(text, b'.'));
            now.numbered_dots = dots & left(now.digits, self.before.digits, 1);
            let dots = wide(now.numbered_dots, self.before.numbered_dots);
            let three = dots & behind_dots(dots & behind_dots(dots));
            self.found.note(Traces::DOTS, (three >> 64) as u64);
        }
    }

    #[inline(always)]
    fn colons<L: Lanes>(&mut self, text: L::Block, colons: u64, at: usize) {
        if wants::<WANTED>(Traces::COLONS) {
            let colons = wide(colons, self.before.colons);
            let four = colons & behind_colons(colons & behind_colons(colons & behind_colons(colons)));
            self.found.note(Traces::COLONS, ((four | colons & colons << 1) >> 64) as u64);
        }
        if wants::<WANTED>(Traces::SEPARATOR) {
            let separators = colons | L::mask(L::eq(text, b'='));
            self.found.note(Traces::SEPARATOR, separators);
            push(separators, at, &mut self.places.separators);
        }
    }

    #[inline(always)]
    fn accounts(&mut self, now: &Masks, at: usize) {
        let digits = now.digits & left(now.digits, self.before.digits, 1);
        let letters = left(now.letters, self.before.letters, 2) & left(now.letters, self.before.letters, 3);
        self.found.note(Traces::ACCOUNT, digits & letters);
        // The place is that of the first letter. Before the text there is none.
        let mut ends = digits & letters;
        while ends != 0 {
            self.places.accounts.push((at + ends.trailing_zeros() as usize).saturating_sub(3));
            ends &= ends - 1;
        }
    }

    #[inline(always)]
    fn exponents<L: Lanes>(&mut self, text: L::Block, window: &Window, at: usize) {
        let letter = L::eq(folded::<L>(shifted::<L>(window, 1)), b'e');
        let before = L::or(digits::<L>(text), L::eq(text, b'.'));
        let exponents = L::mask(L::and(letter, before));
        self.found.note(Traces::EXPONENT, exponents);
        push(exponents, at + 1, &mut self.places.exponents);
    }

    #[inline(always)]
    fn base64<L: Lanes>(&mut self, text: L::Block, window: &Window, now: &mut Masks, at: usize) {
        let second = shifted::<L>(window, 1);
        let letters_and_digits = L::or(letters::<L>(text), digits::<L>(text));
        let marks = L::or(either::<L>(text, *b"+-"), either::<L>(text, *b"_/"));
        let backslashes = L::eq(text, b'\\');
        let escapes = L::and(backslashes, either::<L>(second, *b"\\/"));
        now.base64 = Run::of(L::mask(L::or(letters_and_digits, L::or(marks, escapes))));
        now.long_base64 = now.base64.of_twenty(&self.before.base64);
        self.found.note(Traces::BASE64, now.long_base64);
        push_starts(now.long_base64, self.before.long_base64, at, 20, &mut self.places.base64);
        // Backslashes before backslashes are a run of this kind, too.
        if now.long_base64 == u64::MAX {
            let is_full = L::mask(L::eq(shifted::<L>(std::hint::black_box(window), 0), b'\\')) == u64::MAX;
            self.found.note(Traces::BACKSLASHES, u64::from(is_full));
        }
    }
}

#[inline(always)]
const fn wants<const WANTED: u32>(traces: Traces) -> bool {
    WANTED & traces.0 != 0
}

/// The block that starts some bytes later.
#[inline(always)]
fn shifted<L: Lanes>(window: &Window, by: usize) -> L::Block {
    let mut padded = [0; 64];
    L::load(block(window, by, &mut padded))
}

#[inline(always)]
fn digits<L: Lanes>(text: L::Block) -> L::Block {
    L::at_most(L::less(text, b'0'), 9)
}

#[inline(always)]
fn letters<L: Lanes>(text: L::Block) -> L::Block {
    L::at_most(L::less(folded::<L>(text), b'a'), 25)
}

/// Letters in lower case; some other bytes change, too.
#[inline(always)]
fn folded<L: Lanes>(text: L::Block) -> L::Block {
    L::or(text, L::load(&[0x20; 64]))
}

#[inline(always)]
fn either<L: Lanes>(text: L::Block, [one, other]: [u8; 2]) -> L::Block {
    L::or(L::eq(text, one), L::eq(text, other))
}

#[inline(always)]
fn key_id<L: Lanes>(text: L::Block, second: L::Block, third: L::Block) -> L::Block {
    let kind = L::or(either::<L>(second, *b"KS"), either::<L>(second, *b"BC"));
    let usual = L::and(kind, either::<L>(third, *b"IC"));
    let old = L::and(L::eq(second, b'3'), L::eq(third, b'T'));
    L::and(L::eq(text, b'A'), L::or(usual, old))
}

#[inline(always)]
fn scheme<L: Lanes>(window: &Window) -> L::Block {
    let (third, fourth) = (folded::<L>(shifted::<L>(window, 2)), folded::<L>(shifted::<L>(window, 3)));
    let end = L::and(either::<L>(third, *b"as"), either::<L>(fourth, *b"ri"));
    L::and(scheme_start::<L>(window), end)
}

#[inline(always)]
fn scheme_start<L: Lanes>(window: &Window) -> L::Block {
    let (first, second) = (folded::<L>(shifted::<L>(window, 0)), folded::<L>(shifted::<L>(window, 1)));
    L::and(L::eq(first, b'b'), either::<L>(second, *b"ea"))
}

#[inline(always)]
fn wide(now: u64, before: u64) -> u128 {
    u128::from(now) << 64 | u128::from(before)
}

/// Two to four bytes behind a dot.
#[inline(always)]
fn behind_dots(dots: u128) -> u128 {
    dots << 2 | dots << 3 | dots << 4
}

/// Two to five bytes behind a colon.
#[inline(always)]
fn behind_colons(colons: u128) -> u128 {
    colons << 2 | colons << 3 | colons << 4 | colons << 5
}

#[inline(always)]
fn push(mut mask: u64, at: usize, places: &mut Vec<usize>) {
    while mask != 0 {
        places.push(at + mask.trailing_zeros() as usize);
        mask &= mask - 1;
    }
}

/// Notes where runs start. The masks are of bytes behind which a run is so long or longer.
#[inline(always)]
fn push_starts(now: u64, before: u64, at: usize, length: usize, places: &mut Vec<usize>) {
    let mut first = now & !left(now, before, 1);
    while first != 0 {
        places.push(at + first.trailing_zeros() as usize + 1 - length);
        first &= first - 1;
    }
}
