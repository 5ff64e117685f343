//! What a text holds, seen in one pass: most texts hold nothing that a rule could hit.
//!
//! Escapes such as `\n` or `\"` never make letters, digits or `@`, nor any other byte that is looked for here. So the
//! signals of a raw token are those of its text, and of the text inside that text, or more: never fewer.

/// A set of kinds of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signals(u8);

impl Signals {
    /// `@`
    pub(crate) const AT: Self = Self(1);
    /// `0` to `9`
    pub(crate) const DIGIT: Self = Self(2);
    /// `:`
    pub(crate) const COLON: Self = Self(4);
    /// `=`
    pub(crate) const EQUALS: Self = Self(8);
    /// `J`
    pub(crate) const UPPER_J: Self = Self(16);
    /// `A`
    pub(crate) const UPPER_A: Self = Self(32);
    /// `B` or `b`
    pub(crate) const LETTER_B: Self = Self(64);
    /// `\`
    pub(crate) const BACKSLASH: Self = Self(128);

    /// All of them.
    pub(crate) const ALL: Self = Self(255);

    /// The kinds of bytes in a text.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.bytes().fold(0, |seen, byte| seen | KINDS[usize::from(byte)]))
    }

    /// Both sets together.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets have a kind in common.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

static KINDS: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = kind(byte).0;
        byte += 1;
    }
    kinds
}

const fn kind(byte: usize) -> Signals {
    match byte as u8 {
        b'@' => Signals::AT,
        b'0'..=b'9' => Signals::DIGIT,
        b':' => Signals::COLON,
        b'=' => Signals::EQUALS,
        b'J' => Signals::UPPER_J,
        b'A' => Signals::UPPER_A,
        b'B' | b'b' => Signals::LETTER_B,
        b'\\' => Signals::BACKSLASH,
        _ => Signals(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_those_of_the_bytes() {
        assert_eq!(Signals::of("xyz é"), Signals(0));
        assert_eq!(Signals::of(r"a@7:=JAb\"), Signals(255));
        assert!(Signals::of("x:").meets(Signals::COLON.and(Signals::AT)));
        assert!(!Signals::of("x:").meets(Signals::AT));
    }
}
