//! What a text holds, seen in one pass: most texts hold nothing that a rule could hit.
//!
//! Escapes such as `\n` or `\"` never make letters, digits or `@`, nor any other byte that is looked for here. So the
//! signals of a raw token are those of its text, and of the text inside that text, or more: never fewer.

use bitflags::bitflags;

bitflags! {
    /// A set of kinds of bytes.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Signals: u16 {
        /// `@`
        const AT = 1;
        /// `0` to `9`
        const DIGIT = 1 << 1;
        /// `:`
        const COLON = 1 << 2;
        /// `=`
        const EQUALS = 1 << 3;
        /// `J`
        const UPPER_J = 1 << 4;
        /// `A`
        const UPPER_A = 1 << 5;
        /// `B` or `b`
        const LETTER_B = 1 << 6;
        /// `\`
        const BACKSLASH = 1 << 7;
        /// `$`
        const DOLLAR = 1 << 8;
        /// Letters.
        const LETTER = 1 << 9;
        /// Bytes beyond ASCII.
        const BEYOND = 1 << 10;
    }
}

impl Signals {
    /// The kinds of bytes in a text.
    pub(crate) fn of(text: &str) -> Self {
        Self::from_bits_retain(text.bytes().fold(0, |seen, byte| seen | KINDS[usize::from(byte)]))
    }
}

static KINDS: [u16; 256] = kinds();

const fn kinds() -> [u16; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = kind(byte as u8).bits();
        byte += 1;
    }
    kinds
}

const fn kind(byte: u8) -> Signals {
    match byte {
        b'@' => Signals::AT,
        b'0'..=b'9' => Signals::DIGIT,
        b':' => Signals::COLON,
        b'=' => Signals::EQUALS,
        b'J' => Signals::UPPER_J.union(Signals::LETTER),
        b'A' => Signals::UPPER_A.union(Signals::LETTER),
        b'B' | b'b' => Signals::LETTER_B.union(Signals::LETTER),
        b'a'..=b'z' | b'A'..=b'Z' => Signals::LETTER,
        b'\\' => Signals::BACKSLASH,
        b'$' => Signals::DOLLAR,
        0x80.. => Signals::BEYOND,
        _ => Signals::empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_those_of_the_bytes() {
        assert_eq!(Signals::of(" ;"), Signals::empty());
        assert_eq!(Signals::of(r"aé@7:=JAb\$"), Signals::all());
        assert!(Signals::of("x:").intersects(Signals::COLON | Signals::AT));
        assert!(!Signals::of("x:").intersects(Signals::AT));
    }
}
