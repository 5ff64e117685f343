//! The pass over text that looks for traces.

use super::classes::{self, BASE64, DIGIT, LETTER, NUMBER};
use super::run::{Run, push};
use super::{Places, Traces, USUAL};
use crate::lanes::Lanes;

/// Bytes behind a block that patterns of several bytes look at.
const AHEAD: usize = 3;

type Window = [u8; 64 + AHEAD];

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
    let padded;
    let bytes = if text.len() < size_of::<Window>() {
        padded = with_zeros(text);
        &padded
    } else {
        text
    };
    let mut at = 0;
    while at < text.len() {
        search.block::<L>(bytes, at);
        at += 64;
    }
    search.end::<L>(text);
    search.found
}

#[inline(always)]
fn with_zeros(text: &[u8]) -> [u8; 2 * 64 + AHEAD] {
    let mut padded = [0; 2 * 64 + AHEAD];
    padded[..text.len()].copy_from_slice(text);
    padded
}

/// What a block needs to know of those before.
#[derive(Clone, Copy, Default)]
struct Masks {
    digits: u64,
    /// Letters behind letters.
    letters: u64,
    letter: u64,
    colons: u64,
    /// Those near another one of the same block.
    near_colons: u64,
    numbered_dots: u64,
    number: Run,
    base64: Run,
}

struct Search<'p, const WANTED: u32> {
    found: Traces,
    before: Masks,
    places: &'p mut Places,
}

impl<const WANTED: u32> Search<'_, WANTED> {
    /// Looks at the bytes from `at` on, up to 64 of them. What is loaded starts earlier where the text ends before that,
    /// so that nothing has to be copied.
    #[inline(always)]
    fn block<L: Lanes>(&mut self, bytes: &[u8], at: usize) {
        let start = at.min(bytes.len() - 64);
        let shift = at - start;
        self.marks::<L>(bytes, start);
        let text = L::load(chunk(bytes, start));
        let of_bytes = L::classify(text, &classes::OF_BYTES);
        let class = |of: u8| any::<L>(of_bytes, of) >> shift;
        let places = &mut *self.places;
        if wants::<WANTED>(Traces::BASE64) {
            let backslashes = L::eq(text, b'\\');
            let slashes = L::mask(L::or(backslashes, L::eq(text, b'/'))) >> shift;
            let backslashes = L::mask(backslashes) >> shift;
            let mut before_slash = slashes >> 1;
            if backslashes >> 63 != 0 && matches!(bytes.get(at + 64), Some(b'/' | b'\\')) {
                before_slash |= 1 << 63;
            }
            let mask = class(BASE64) & !(backslashes & !before_slash);
            if backslashes == u64::MAX && mask == u64::MAX && self.before.base64.before > 0 {
                self.found.note(Traces::BACKSLASHES, 1);
            }
            let found = self.before.base64.find::<20>(mask, at, &mut places.base64);
            self.found.note(Traces::BASE64, u64::from(found));
        }
        if wants::<WANTED>(Traces::NUMBER) {
            let found = self.before.number.find::<11>(class(NUMBER), at, &mut places.numbers);
            self.found.note(Traces::NUMBER, u64::from(found));
        }
        if wants::<WANTED>(Traces::DOTS.and(Traces::ACCOUNT)) {
            let digits = class(DIGIT);
            self.dots(L::mask(L::eq(text, b'.')) >> shift, digits);
            self.accounts(class(LETTER), digits, at);
            self.before.digits = digits;
        }
        if wants::<WANTED>(Traces::COLONS.and(Traces::SEPARATOR)) {
            let separators = L::mask(of_bytes) >> shift;
            self.found.note(Traces::SEPARATOR, separators);
            push(separators, at, &mut self.places.separators);
            self.colons(L::mask(L::eq(text, b':')) >> shift);
        }
    }

    /// Looks for marks that start near a block, from [`AHEAD`] bytes before it on.
    #[inline(always)]
    fn marks<L: Lanes>(&mut self, bytes: &[u8], start: usize) {
        let start = start.saturating_sub(AHEAD);
        let window = chunk(bytes, start);
        let kinds = L::and(kinds_of::<L>(window, 0), L::and(kinds_of::<L>(window, 1), kinds_of::<L>(window, 2)));
        if any::<L>(kinds, classes::MARKS) != 0 {
            // What was worked out on the way here would have to be kept for this in every block.
            self.tell_marks::<L>(std::hint::black_box(window));
        }
        let exponents = L::mask(kinds);
        if exponents != 0 {
            self.exponents(window, exponents, start);
        }
    }

    /// Looks for marks that start with one of the last bytes: no window goes beyond the end.
    #[inline(always)]
    fn end<L: Lanes>(&mut self, text: &[u8]) {
        let Some(last) = text.last_chunk::<AHEAD>() else { return };
        let [first, second, third] = *last;
        let kinds =
            classes::kinds([first, second, third]) | classes::kinds([second, third, 0]) | classes::kinds([third, 0, 0]);
        if kinds == 0 || text.len() < size_of::<Window>() {
            return;
        }
        let mut window = [0; 64 + AHEAD];
        window[..AHEAD].copy_from_slice(last);
        self.tell_marks::<L>(&window);
        self.exponents(&window, 1, text.len() - AHEAD);
    }

    /// Notes exponents among places in a window where one may start with the byte before. Windows overlap.
    #[inline(always)]
    fn exponents(&mut self, window: &Window, mut mask: u64, start: usize) {
        while mask != 0 {
            let at = mask.trailing_zeros() as usize;
            mask &= mask - 1;
            let place = start + at + 1;
            let is_new = self.places.exponents.last().is_none_or(|last| *last < place);
            if let [b'0'..=b'9' | b'.', b'e' | b'E', b'0'..=b'9' | b'+' | b'-'] = window[at..at + 3]
                && is_new
            {
                self.found.note(Traces::EXPONENT, 1);
                self.places.exponents.push(place);
            }
        }
    }

    /// Tells the traces apart that stand by themselves. Few texts hold any.
    #[inline(always)]
    fn tell_marks<L: Lanes>(&mut self, window: &Window) {
        let (text, second) = (shifted::<L>(window, 0), shifted::<L>(window, 1));
        self.note::<L>(Traces::AT, L::eq(text, b'@'));
        self.note::<L>(Traces::PERCENT, L::and(L::eq(text, b'%'), hex_digits::<L>(second)));
        self.note::<L>(Traces::UNICODE, L::and(L::eq(text, b'\\'), L::eq(second, b'u')));
        self.note::<L>(Traces::PLUS, L::and(L::eq(text, b'+'), behind_plus::<L>(second)));
        self.note::<L>(Traces::ZATION, zation::<L>(text, second));
        self.note::<L>(Traces::SCHEME, scheme::<L>(window));
        let third = shifted::<L>(window, 2);
        let eyj = L::and(L::and(L::eq(text, b'e'), L::eq(second, b'y')), L::eq(third, b'J'));
        self.note::<L>(Traces::EYJ, eyj);
        self.note::<L>(Traces::KEY_ID, key_id::<L>(text, second, third));
    }

    /// Notes a trace if it is wanted and stands anywhere.
    #[inline(always)]
    fn note<L: Lanes>(&mut self, trace: Traces, marks: L::Block) {
        if wants::<WANTED>(trace) {
            self.found.note(trace, L::mask(marks));
        }
    }

    /// Looks for dots behind digits, three of them near each other.
    #[inline(always)]
    fn dots(&mut self, dots: u64, digits: u64) {
        let numbered = dots & (digits << 1 | self.before.digits >> 63);
        let before = std::mem::replace(&mut self.before.numbered_dots, numbered);
        if numbered == 0 || numbered.count_ones() + before.count_ones() < 3 {
            return;
        }
        let dots = wide(numbered, before);
        let three = dots & behind_dots(dots & behind_dots(dots));
        self.found.note(Traces::DOTS, (three >> 64) as u64);
    }

    #[inline(always)]
    fn colons(&mut self, colons: u64) {
        let before = std::mem::replace(&mut self.before.colons, colons);
        let twice = colons & (colons << 1 | before >> 63);
        self.found.note(Traces::COLONS, twice);
        // Of four, three follow upon another one, or two of those in one block.
        let near = |colons: u64| colons & (colons << 2 | colons << 3 | colons << 4 | colons << 5);
        let pairs = near(colons);
        if pairs.count_ones() + std::mem::replace(&mut self.before.near_colons, pairs).count_ones() < 2 {
            return;
        }
        let colons = wide(colons, before);
        let four = colons & behind_colons(colons & behind_colons(colons & behind_colons(colons)));
        self.found.note(Traces::COLONS, (four >> 64) as u64);
    }

    /// Looks for two letters and two digits, by the last of them.
    #[inline(always)]
    fn accounts(&mut self, letter: u64, digits: u64, at: usize) {
        let letters = letter & (letter << 1 | self.before.letter >> 63);
        let ends = digits & (digits << 1 | self.before.digits >> 63) & (letters << 2 | self.before.letters >> 62);
        (self.before.letter, self.before.letters) = (letter, letters);
        self.found.note(Traces::ACCOUNT, ends);
        let mut left = ends;
        while left != 0 {
            // Before the text there is no letter.
            self.places.accounts.push((at + left.trailing_zeros() as usize).saturating_sub(3));
            left &= left - 1;
        }
    }
}

#[inline(always)]
const fn wants<const WANTED: u32>(traces: Traces) -> bool {
    WANTED & traces.0 != 0
}

/// The block that starts some bytes later, at most [`AHEAD`] of them.
#[inline(always)]
fn shifted<L: Lanes>(window: &Window, by: usize) -> L::Block {
    L::load(chunk(window, by))
}

/// So many bytes from a place on, which are there.
#[inline(always)]
fn chunk<const LENGTH: usize>(bytes: &[u8], at: usize) -> &[u8; LENGTH] {
    bytes[at..].first_chunk().expect("blocks and windows are chosen within the text")
}

/// The kinds of marks that may start with the first byte of a block, or one and two bytes in front of it.
#[inline(always)]
fn kinds_of<L: Lanes>(window: &Window, at: usize) -> L::Block {
    let kinds = L::classify(shifted::<L>(window, at), &classes::OF_MARKS[at]);
    if classes::FREE[at] == 0 { kinds } else { L::or(kinds, L::load(&[classes::FREE[at]; 64])) }
}

/// Which bytes belong to one of these classes.
#[inline(always)]
fn any<L: Lanes>(classes: L::Block, of: u8) -> u64 {
    !L::mask(L::eq(L::and(classes, L::load(&[of; 64])), 0))
}

#[inline(always)]
fn hex_digits<L: Lanes>(text: L::Block) -> L::Block {
    let letters = L::at_most(L::less(folded::<L>(text), b'a'), 5);
    L::or(L::at_most(L::less(text, b'0'), 9), letters)
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
fn behind_plus<L: Lanes>(text: L::Block) -> L::Block {
    let digit = L::at_most(L::less(text, b'1'), 8);
    L::or(digit, L::or(L::at_most(L::less(text, b'('), 7), either::<L>(text, *b" \\")))
}

#[inline(always)]
fn zation<L: Lanes>(text: L::Block, second: L::Block) -> L::Block {
    let next = L::or(either::<L>(folded::<L>(second), *b"a "), either::<L>(second, *b"_-"));
    L::and(L::eq(folded::<L>(text), b'z'), L::or(next, L::eq(second, b'.')))
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
    let (first, second) = (folded::<L>(shifted::<L>(window, 0)), folded::<L>(shifted::<L>(window, 1)));
    L::and(L::and(L::eq(first, b'b'), either::<L>(second, *b"ea")), end)
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
