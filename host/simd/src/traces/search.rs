//! The pass over text that looks for traces.

use super::classes::{self, BASE64, DIGIT, LETTER, Marks, NUMBER};
use super::run::{Run, push};
use super::{Places, Tables, Traces, USUAL};
use crate::lanes::Lanes;

/// Bytes behind a block that patterns of several bytes look at.
const AHEAD: usize = 3;

type Window = [u8; 64 + AHEAD];

#[inline(always)]
pub(super) fn scan_usual<'p, L: Lanes>(text: &[u8], tables: Tables<'p>, places: &'p mut Places) -> Traces {
    scan::<L, { USUAL.0 }>(text, tables, places)
}

#[inline(always)]
pub(super) fn scan_all<'p, L: Lanes>(text: &[u8], tables: Tables<'p>, places: &'p mut Places) -> Traces {
    scan::<L, { u32::MAX }>(text, tables, places)
}

/// Looks for the traces of a set that is known when this is compiled.
#[inline(always)]
fn scan<'p, L: Lanes, const WANTED: u32>(text: &[u8], tables: Tables<'p>, places: &'p mut Places) -> Traces {
    let mut search = Search::<WANTED> { found: Traces::default(), before: Masks::default(), tables, places };
    let padded;
    let bytes = if text.len() < size_of::<Window>() {
        padded = with_zeros(text);
        &padded
    } else {
        text
    };
    let mut at = 0;
    let mut all = L::load(&[0; 64]);
    while at + size_of::<Window>() <= text.len() {
        all = L::or(all, search.block::<L, true>(bytes, at));
        at += 64;
    }
    while at < text.len() {
        all = L::or(all, search.block::<L, false>(bytes, at));
        at += 64;
    }
    search.found.note(Traces::FOREIGN, L::mask(all));
    search.end(text);
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
    numbered_dots: u64,
    number: Run,
    base64: Run,
}

struct Search<'p, const WANTED: u32> {
    found: Traces,
    before: Masks,
    tables: Tables<'p>,
    places: &'p mut Places,
}

impl<const WANTED: u32> Search<'_, WANTED> {
    /// Looks at the bytes from `at` on, up to 64 of them. What is loaded starts earlier where the text ends before that,
    /// so that nothing has to be copied; where all of a window is there, this is known when it is compiled. Returns what was
    /// loaded.
    #[inline(always)]
    fn block<L: Lanes, const IS_WHOLE: bool>(&mut self, bytes: &[u8], at: usize) -> L::Block {
        let start = if IS_WHOLE { at } else { at.min(bytes.len() - 64) };
        let shift = at - start;
        self.marks::<L, IS_WHOLE>(bytes, at);
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
            self.before.base64.find::<20>(mask, at, &mut places.base64);
        }
        if wants::<WANTED>(Traces::NUMBER) {
            self.before.number.find::<11>(class(NUMBER), at, &mut places.numbers);
        }
        if wants::<WANTED>(Traces::DOTS.and(Traces::CODE)) {
            let digits = class(DIGIT);
            self.dots(L::mask(L::eq(text, b'.')) >> shift, digits);
            self.accounts(class(LETTER), digits, at);
            self.before.digits = digits;
        }
        if wants::<WANTED>(Traces::COLONS.and(Traces::SEPARATOR)) {
            push(L::mask(of_bytes) >> shift, at, &mut self.places.separators);
        }
        text
    }

    /// Looks for words that start in a block. The last window starts earlier, so that it ends with the text.
    #[inline(always)]
    fn marks<L: Lanes, const IS_WHOLE: bool>(&mut self, bytes: &[u8], at: usize) {
        let start = if IS_WHOLE { at } else { at.min(bytes.len() - size_of::<Window>()) };
        // What windows before have seen is not looked at again.
        let Some(new) = u64::MAX.checked_shl((at - start) as u32) else { return };
        let window = chunk(bytes, start);
        let words = [shifted::<L>(window, 0), shifted::<L>(window, 1), shifted::<L>(window, 2)];
        if wants::<WANTED>(Traces::MARK) {
            push(starts::<L>(words, self.tables.marks) & new, start, &mut self.places.marks);
        }
        if wants::<WANTED>(Traces::WORD) {
            push(starts::<L>(words, self.tables.words) & new, start, &mut self.places.words);
        }
        if wants::<WANTED>(Traces::OWN)
            && let Some(own) = self.tables.own
        {
            push(starts::<L>(words, own) & new, start, &mut self.places.own);
        }
    }

    /// Looks for words that start with one of the last bytes, where no window starts, and tells what places were noted.
    #[inline(always)]
    fn end(&mut self, text: &[u8]) {
        if text.len() >= size_of::<Window>() {
            for start in text.len() - AHEAD..text.len() {
                let byte = |at: usize| text.get(at).copied().unwrap_or(0);
                self.last_word([byte(start), byte(start + 1), byte(start + 2)], start);
            }
        }
        if wants::<WANTED>(Traces::COLONS) {
            self.colons(text);
        }
        for (trace, places) in self.places.of_traces() {
            self.found.note(trace, u64::from(!places.is_empty()));
        }
    }

    #[inline(always)]
    fn last_word(&mut self, bytes: [u8; 3], start: usize) {
        if wants::<WANTED>(Traces::MARK) && self.tables.marks.may_start(bytes) {
            self.places.marks.push(start);
        }
        if wants::<WANTED>(Traces::WORD) && self.tables.words.may_start(bytes) {
            self.places.words.push(start);
        }
        if wants::<WANTED>(Traces::OWN) && self.tables.own.is_some_and(|own| own.may_start(bytes)) {
            self.places.own.push(start);
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

    /// Looks for two colons in a row, or four of them near each other, among the separators.
    #[inline(always)]
    fn colons(&mut self, text: &[u8]) {
        // How many of them follow upon each other, and where the last one is: far away, as long as there is none.
        let (mut count, mut last) = (0, usize::MAX / 2);
        let mut is_found = false;
        for at in self.places.separators.iter().filter(|at| text[**at] == b':') {
            let distance = at.wrapping_sub(last);
            last = *at;
            if distance > 5 {
                count = 1;
                continue;
            }
            count += 1;
            is_found |= count >= 4 || distance == 1;
        }
        self.found.note(Traces::COLONS, u64::from(is_found));
    }

    /// Looks for two letters and two digits, by the last of them.
    #[inline(always)]
    fn accounts(&mut self, letter: u64, digits: u64, at: usize) {
        let letters = letter & (letter << 1 | self.before.letter >> 63);
        let ends = digits & (digits << 1 | self.before.digits >> 63) & (letters << 2 | self.before.letters >> 62);
        (self.before.letter, self.before.letters) = (letter, letters);
        let mut left = ends;
        while left != 0 {
            // Before the text there is no letter.
            self.places.codes.push((at + left.trailing_zeros() as usize).saturating_sub(3));
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

/// Where words of a table may start.
#[inline(always)]
fn starts<L: Lanes>(words: [L::Block; 3], table: &Marks) -> u64 {
    let kinds = L::and(
        L::classify(words[0], &table.of[0]),
        L::and(L::classify(words[1], &table.of[1]), L::classify(words[2], &table.of[2])),
    );
    !L::mask(L::eq(kinds, 0))
}

/// Which bytes belong to one of these classes.
#[inline(always)]
fn any<L: Lanes>(classes: L::Block, of: u8) -> u64 {
    !L::mask(L::eq(L::and(classes, L::load(&[of; 64])), 0))
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
