//! Traces of what redaction looks for: shapes of bytes without which a rule cannot hit.
//!
//! They are looked for in raw JSON text. What a trace stands for is looser than the rule, never tighter: whoever relies on
//! a trace must find it in every spelling of what it hits.

use crate::block::block;
use crate::lanes::{Lanes, dispatch};

/// A set of traces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traces(u32);

impl Traces {
    /// `@`
    pub const AT: Self = Self(1);
    /// Twelve digits, spaces and hyphens in a row: the places where such runs start are noted.
    pub const DIGITS: Self = Self(1 << 1);
    /// Eleven bytes in a row of which telephone numbers are made: digits, spaces and `-./()`, with backslashes.
    pub const NUMBER: Self = Self(1 << 2);
    /// `+` before a digit other than 0, a space, a backslash or one of `()*+,-./`.
    pub const PLUS: Self = Self(1 << 3);
    /// Three dots, each behind a digit, with one to three bytes between them.
    pub const DOTS: Self = Self(1 << 4);
    /// `::`, or four colons with one to four bytes between them.
    pub const COLONS: Self = Self(1 << 5);
    /// `eyJ`
    pub const EYJ: Self = Self(1 << 6);
    /// `A`, one of `KSBC` and `I` or `C`, or `A3T`.
    pub const KEY_ID: Self = Self(1 << 7);
    /// `bear`, `basi` and what lies between them, in any case.
    pub const SCHEME: Self = Self(1 << 8);
    /// `z` before `a` or what separates words, ` `, `_`, `-` or `.`, in any case: a part of `authorization`.
    pub const ZATION: Self = Self(1 << 9);
    /// `\u`
    pub const UNICODE: Self = Self(1 << 10);
    /// Two letters and two digits: their places are noted.
    pub const ACCOUNT: Self = Self(1 << 11);
    /// `:` or `=`: their places are noted.
    pub const SEPARATOR: Self = Self(1 << 12);

    /// A set of any bits, for tests.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// 64 backslashes in a row, where a block starts: any run of 127 holds some.
    pub const BACKSLASHES: Self = Self(1 << 13);

    /// `e` in any case, behind a digit or a dot and before a digit, `+`, `-` or `,`: their places are noted.
    pub const EXPONENT: Self = Self(1 << 14);

    /// `%`
    pub const PERCENT: Self = Self(1 << 15);

    /// Twenty digits of base64 in a row, in either alphabet, with the backslashes in front of a slash: the places where
    /// such runs start are noted.
    pub const BASE64: Self = Self(1 << 16);

    /// Both sets together.
    #[inline]
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What the sets have in common.
    #[inline]
    #[must_use]
    pub const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the sets have something in common.
    #[inline]
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    #[inline(always)]
    fn note(&mut self, trace: Self, mask: u64) {
        self.0 |= if mask == 0 { 0 } else { trace.0 };
    }
}

/// Where traces stand that have to be looked at more closely. Used again from text to text.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// First letters of [`Traces::ACCOUNT`].
    pub accounts: Vec<usize>,
    /// `:` and `=`.
    pub separators: Vec<usize>,
    /// First bytes of the runs of [`Traces::DIGITS`].
    pub digits: Vec<usize>,
    /// The `e` of [`Traces::EXPONENT`].
    pub exponents: Vec<usize>,
    /// First bytes of the runs of [`Traces::BASE64`].
    pub base64: Vec<usize>,
}

impl Places {
    fn clear(&mut self) {
        let Self { accounts, separators, digits, exponents, base64 } = self;
        [accounts, separators, digits, exponents, base64].into_iter().for_each(Vec::clear);
    }
}

dispatch! {
    /// Looks for the wanted traces. What is not wanted is not looked for.
    pub fn traces(text: &[u8], wanted: Traces, places: &mut Places) -> Traces, on traces_on, by scan
}

/// Bytes behind a block that patterns of several bytes look at.
const AHEAD: usize = 3;

#[inline(always)]
fn scan<L: Lanes>(text: &[u8], wanted: Traces, places: &mut Places) -> Traces {
    places.clear();
    let none = L::at_most(L::load(&[1; 64]), 0);
    let marks = Marks {
        at: none,
        unicode: none,
        percent: none,
        plus: none,
        zation: none,
        eyj: none,
        key_id: none,
        scheme: none,
    };
    let mut search = Search::<L> { wanted, found: Traces::default(), before: Masks::default(), marks, places };
    let mut at = 0;
    while let Some(window) = text.get(at..).and_then(<[u8]>::first_chunk::<{ 64 + AHEAD }>) {
        search.block(window, at);
        at += 64;
    }
    let rest = &text[at..];
    let mut padded = [0; 128 + AHEAD];
    padded[..rest.len()].copy_from_slice(rest);
    if let Some(window) = padded.first_chunk() {
        search.block(window, at);
    }
    if let (true, Some(window)) = (rest.len() > 64, padded[64..].first_chunk()) {
        search.block(window, at + 64);
    }
    search.found()
}

/// Bytes at which something stands that is a trace by itself, in any block so far.
#[derive(Clone, Copy)]
struct Marks<B> {
    at: B,
    unicode: B,
    percent: B,
    plus: B,
    zation: B,
    eyj: B,
    key_id: B,
    scheme: B,
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
    /// Where runs end that are long enough, for those that are noted by their start.
    long_cards: u64,
    long_base64: u64,
}

struct Search<'p, L: Lanes> {
    wanted: Traces,
    found: Traces,
    before: Masks,
    marks: Marks<L::Block>,
    places: &'p mut Places,
}

impl<L: Lanes> Search<'_, L> {
    /// All that was found.
    #[inline(always)]
    fn found(mut self) -> Traces {
        let Marks { at, unicode, percent, plus, zation, eyj, key_id, scheme } = self.marks;
        for (trace, mark) in [
            (Traces::AT, at),
            (Traces::UNICODE, unicode),
            (Traces::PERCENT, percent),
            (Traces::PLUS, plus),
            (Traces::ZATION, zation),
            (Traces::EYJ, eyj),
            (Traces::KEY_ID, key_id),
            (Traces::SCHEME, scheme),
        ] {
            self.found.note(trace, L::mask(mark));
        }
        self.found
    }

    #[inline(always)]
    fn block(&mut self, window: &[u8; 64 + AHEAD], at: usize) {
        let text = shifted::<L>(window, 0);
        let mut now = Masks::default();
        if self.wants(Traces::AT) {
            self.marks.at = L::or(self.marks.at, L::eq(text, b'@'));
        }
        if self.wants(NEEDS_DIGITS) {
            now.digits = L::mask(L::at_most(L::less(text, b'0'), 9));
            self.digits(text, &mut now, at);
        }
        if self.wants(Traces::COLONS.and(Traces::SEPARATOR)) {
            now.colons = L::mask(L::eq(text, b':'));
            self.colons(text, now.colons, at);
        }
        if self.wants(Traces::ACCOUNT) {
            now.letters = L::mask(L::at_most(L::less(folded::<L>(text), b'a'), 25));
            self.accounts(&now, at);
        }
        if self.wants(Traces::BASE64) {
            self.base64(text, window, &mut now, at);
        }
        self.words(text, window, at);
        self.before = now;
    }

    #[inline(always)]
    fn wants(&self, traces: Traces) -> bool {
        self.wanted.meets(traces)
    }

    #[inline(always)]
    fn digits(&mut self, text: L::Block, now: &mut Masks, at: usize) {
        let between = L::or(L::eq(text, b' '), L::eq(text, b'-'));
        if self.wants(Traces::DIGITS) {
            now.card = Run::of(now.digits | L::mask(between));
            now.long_cards = now.card.of_twelve(&self.before.card);
            self.found.note(Traces::DIGITS, now.long_cards);
            push_starts(now.long_cards, self.before.long_cards, at, 12, &mut self.places.digits);
        }
        if self.wants(Traces::NUMBER) {
            let more = L::or(L::at_most(L::less(text, b'-'), 2), L::at_most(L::less(text, b'('), 1));
            let more = L::or(L::or(more, between), L::eq(text, b'\\'));
            now.number = Run::of(now.digits | L::mask(more));
            self.found.note(Traces::NUMBER, now.number.of_eleven(&self.before.number));
        }
        if self.wants(Traces::DOTS) {
            let dots = L::mask(L::eq(text, b'.'));
            now.numbered_dots = dots & left(now.digits, self.before.digits, 1);
            let chain = wide(now.numbered_dots, self.before.numbered_dots);
            let near = |dots: u128| dots << 2 | dots << 3 | dots << 4;
            self.found.note(Traces::DOTS, ((chain & near(chain & near(chain))) >> 64) as u64);
        }
    }

    #[inline(always)]
    fn colons(&mut self, text: L::Block, colons: u64, at: usize) {
        if self.wants(Traces::COLONS) {
            let chain = wide(colons, self.before.colons);
            let near = |colons: u128| colons << 2 | colons << 3 | colons << 4 | colons << 5;
            let four = chain & near(chain & near(chain & near(chain)));
            self.found.note(Traces::COLONS, ((four | chain & chain << 1) >> 64) as u64);
        }
        if self.wants(Traces::SEPARATOR) {
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
            self.places.accounts.push((at + ends.trailing_zeros() as usize).saturating_sub(AHEAD));
            ends &= ends - 1;
        }
    }

    #[inline(always)]
    fn base64(&mut self, text: L::Block, window: &[u8; 64 + AHEAD], now: &mut Masks, at: usize) {
        let second = shifted::<L>(window, 1);
        let letters = L::at_most(L::less(folded::<L>(text), b'a'), 25);
        // The slash and the digits lie side by side.
        let digits = L::at_most(L::less(text, b'/'), 10);
        let marks = L::or(L::or(L::eq(text, b'+'), L::eq(text, b'-')), L::eq(text, b'_'));
        let escapes = L::and(L::eq(text, b'\\'), either::<L>(second, *b"\\/"));
        now.base64 = Run::of(L::mask(L::or(L::or(letters, digits), L::or(marks, escapes))));
        now.long_base64 = now.base64.of_twenty(&self.before.base64);
        self.found.note(Traces::BASE64, now.long_base64);
        push_starts(now.long_base64, self.before.long_base64, at, 20, &mut self.places.base64);
    }

    /// What is spelled with letters: several bytes are compared at once, each in a block of its own.
    #[inline(always)]
    fn words(&mut self, text: L::Block, window: &[u8; 64 + AHEAD], at: usize) {
        let (second, third) = (shifted::<L>(window, 1), shifted::<L>(window, 2));
        if self.wants(Traces::BACKSLASHES) {
            let is_full = L::mask(L::eq(text, b'\\')) == u64::MAX;
            self.found.note(Traces::BACKSLASHES, u64::from(is_full));
        }
        if self.wants(Traces::UNICODE) {
            self.marks.unicode = L::or(self.marks.unicode, L::and(L::eq(text, b'\\'), L::eq(second, b'u')));
        }
        if self.wants(Traces::PERCENT) {
            self.marks.percent = L::or(self.marks.percent, L::eq(text, b'%'));
        }
        if self.wants(Traces::PLUS) {
            let digit = L::at_most(L::less(second, b'1'), 8);
            let between = L::or(L::at_most(L::less(second, b'('), 7), either::<L>(second, *b" \\"));
            self.marks.plus = L::or(self.marks.plus, L::and(L::eq(text, b'+'), L::or(digit, between)));
        }
        if self.wants(Traces::ZATION) {
            let next = L::or(either::<L>(folded::<L>(second), *b"a "), either::<L>(second, *b"_-"));
            let next = L::or(next, L::eq(second, b'.'));
            self.marks.zation = L::or(self.marks.zation, L::and(L::eq(folded::<L>(text), b'z'), next));
        }
        if self.wants(Traces::EXPONENT) {
            let before = L::or(L::at_most(L::less(text, b'0'), 9), L::eq(text, b'.'));
            let behind = L::or(L::at_most(L::less(third, b'0'), 9), L::at_most(L::less(third, b'+'), 2));
            let letter = L::eq(folded::<L>(second), b'e');
            let exponents = L::mask(L::and(letter, L::and(before, behind)));
            self.found.note(Traces::EXPONENT, exponents);
            push(exponents, at + 1, &mut self.places.exponents);
        }
        if self.wants(Traces::EYJ) {
            let head = L::and(L::eq(text, b'e'), L::eq(second, b'y'));
            self.marks.eyj = L::or(self.marks.eyj, L::and(head, L::eq(third, b'J')));
        }
        if self.wants(Traces::KEY_ID) {
            let kind = L::or(either::<L>(second, *b"KS"), either::<L>(second, *b"BC"));
            let usual = L::and(kind, either::<L>(third, *b"IC"));
            let old = L::and(L::eq(second, b'3'), L::eq(third, b'T'));
            self.marks.key_id = L::or(self.marks.key_id, L::and(L::eq(text, b'A'), L::or(usual, old)));
        }
        if self.wants(Traces::SCHEME) {
            let fourth = folded::<L>(shifted::<L>(window, 3));
            let (second, third) = (folded::<L>(second), folded::<L>(third));
            let head = L::and(L::eq(folded::<L>(text), b'b'), either::<L>(second, *b"ea"));
            let tail = L::and(either::<L>(third, *b"as"), either::<L>(fourth, *b"ri"));
            self.marks.scheme = L::or(self.marks.scheme, L::and(head, tail));
        }
    }
}

/// What cannot be told without knowing the digits.
const NEEDS_DIGITS: Traces = Traces::DIGITS.and(Traces::NUMBER).and(Traces::DOTS).and(Traces::ACCOUNT);

/// The block that starts some bytes later.
#[inline(always)]
fn shifted<L: Lanes>(window: &[u8; 64 + AHEAD], by: usize) -> L::Block {
    let mut padded = [0; 64];
    L::load(block(window, by, &mut padded))
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

/// Moves a mask towards later bytes; what comes in belongs to the block before.
#[inline(always)]
fn left(now: u64, before: u64, by: u32) -> u64 {
    now << by | before >> (64 - by)
}

#[inline(always)]
fn wide(now: u64, before: u64) -> u128 {
    u128::from(now) << 64 | u128::from(before)
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

/// Where runs of bytes end that are at least so long.
#[derive(Clone, Copy, Default)]
struct Run {
    one: u64,
    two: u64,
    three: u64,
    four: u64,
    eight: u64,
    sixteen: u64,
}

impl Run {
    #[inline(always)]
    fn of(one: u64) -> Self {
        Self { one, ..Self::default() }
    }

    /// Goes on from the block before.
    #[inline(always)]
    fn of_eight(&mut self, before: &Self) -> u64 {
        self.two = self.one & left(self.one, before.one, 1);
        self.three = self.two & left(self.one, before.one, 2);
        self.four = self.two & left(self.two, before.two, 2);
        self.eight = self.four & left(self.four, before.four, 4);
        self.eight
    }

    #[inline(always)]
    fn of_twenty(&mut self, before: &Self) -> u64 {
        self.of_eight(before);
        self.sixteen = self.eight & left(self.eight, before.eight, 8);
        self.sixteen & left(self.four, before.four, 16)
    }

    #[inline(always)]
    fn of_eleven(&mut self, before: &Self) -> u64 {
        self.of_eight(before) & left(self.three, before.three, 8)
    }

    #[inline(always)]
    fn of_twelve(&mut self, before: &Self) -> u64 {
        self.of_eight(before) & left(self.four, before.four, 8)
    }
}
