//! The alphabets of tokens: sets of bytes, told by one look into a table.

/// A set of bytes of ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alphabet(u16);

const DIGITS: u16 = 1;
const LOWER_TO_F: u16 = 1 << 1;
const LOWER_REST: u16 = 1 << 2;
const UPPER_TO_F: u16 = 1 << 3;
const UPPER_REST: u16 = 1 << 4;
const HYPHEN: u16 = 1 << 5;
const UNDERSCORE: u16 = 1 << 6;
const PLUS_SLASH: u16 = 1 << 7;
const PADDING: u16 = 1 << 8;
const DOT: u16 = 1 << 9;
const TILDE: u16 = 1 << 10;
/// Letters and digits that base58 leaves out, because they look alike.
const ALIKE: u16 = 1 << 11;
const PERCENT: u16 = 1 << 12;
const SPACE: u16 = 1 << 13;

impl Alphabet {
    /// `0-9`
    pub(crate) const DIGIT: Self = Self(DIGITS);
    /// `0-9a-f`
    pub(crate) const LOWER_HEX: Self = Self(DIGITS | LOWER_TO_F);
    /// `0-9A-F`
    pub(crate) const UPPER_HEX: Self = Self(DIGITS | UPPER_TO_F);
    /// Hex in either case.
    pub(crate) const HEX: Self = Self(DIGITS | LOWER_TO_F | UPPER_TO_F);
    /// `0-9a-z`
    pub(crate) const BASE36: Self = Self(DIGITS | LOWER_TO_F | LOWER_REST);
    /// `0-9A-Z`
    pub(crate) const UPPER_BASE36: Self = Self(DIGITS | UPPER_TO_F | UPPER_REST);
    /// `0-9a-zA-Z`
    pub(crate) const ALPHANUMERIC: Self = Self(Self::BASE36.0 | Self::UPPER_BASE36.0);
    /// `0-9a-zA-Z-_`
    pub(crate) const BASE64URL: Self = Self(Self::ALPHANUMERIC.0 | HYPHEN | UNDERSCORE);
    /// `0-9a-zA-Z+/` and padding.
    pub(crate) const BASE64: Self = Self(Self::ALPHANUMERIC.0 | PLUS_SLASH | PADDING);
    /// Both alphabets of base64, without padding: what [`super::super::Clues::RUN`] is made of.
    pub(crate) const ANY_BASE64: Self = Self(Self::BASE64URL.0 | PLUS_SLASH);
    /// [`Self::ANY_BASE64`] and padding.
    pub(crate) const PADDED: Self = Self(Self::ANY_BASE64.0 | PADDING);
    /// Hex digits and hyphens.
    pub(crate) const UUID: Self = Self(Self::HEX.0 | HYPHEN);
    /// Blanks.
    pub(crate) const BLANK: Self = Self(SPACE);
    /// [`Self::BASE64URL`] and dots.
    pub(crate) const DOTTED: Self = Self(Self::BASE64URL.0 | DOT);
    /// [`Self::DOTTED`], padding and tildes.
    pub(crate) const OPAQUE: Self = Self(Self::DOTTED.0 | PADDING | TILDE);
    /// [`Self::ALPHANUMERIC`] and percent signs.
    pub(crate) const URL_ENCODED: Self = Self(Self::ALPHANUMERIC.0 | PERCENT);
    /// `=`
    pub(crate) const PADDING_ONLY: Self = Self(PADDING);

    /// The alphabet of that name, for tokens that users describe.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "hex" => Self::LOWER_HEX,
            "upper-hex" => Self::UPPER_HEX,
            "base36" => Self::BASE36,
            "upper-base36" => Self::UPPER_BASE36,
            "alphanumeric" => Self::ALPHANUMERIC,
            "base64" => Self::BASE64,
            "base64url" => Self::BASE64URL,
            "base58" => Self(Self::ALPHANUMERIC.0 | ALIKE),
            _ => return None,
        })
    }

    /// All of two alphabets.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a byte is one of it.
    pub(crate) fn holds(self, byte: u8) -> bool {
        let kind = KINDS[usize::from(byte)];
        // Base58 is told by the bit of what it leaves out.
        kind & self.0 != 0 && (self.0 & ALIKE == 0 || kind & ALIKE == 0)
    }

    /// Where a run of it ends that starts at a place.
    pub(crate) fn end(self, text: &[u8], start: usize) -> usize {
        let rest = text.get(start..).unwrap_or_default();
        start + rest.iter().take_while(|byte| self.holds(**byte)).count()
    }

    /// [`Self::end`], if it comes within a number of bytes; else there.
    pub(crate) fn end_within(self, text: &[u8], start: usize, most: usize) -> usize {
        let limit = text.len().min(start.saturating_add(most));
        self.end(&text[..limit], start)
    }
}

static KINDS: [u16; 256] = kinds();

const fn kinds() -> [u16; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = kind(byte as u8);
        byte += 1;
    }
    kinds
}

const fn kind(byte: u8) -> u16 {
    match byte {
        b'0' => DIGITS | ALIKE,
        b'1'..=b'9' => DIGITS,
        b'a'..=b'f' => LOWER_TO_F,
        b'l' => LOWER_REST | ALIKE,
        b'g'..=b'z' => LOWER_REST,
        b'A'..=b'F' => UPPER_TO_F,
        b'I' | b'O' => UPPER_REST | ALIKE,
        b'G'..=b'Z' => UPPER_REST,
        b'-' => HYPHEN,
        b'_' => UNDERSCORE,
        b'+' | b'/' => PLUS_SLASH,
        b'=' => PADDING,
        b'.' => DOT,
        b'~' => TILDE,
        b'%' => PERCENT,
        b' ' | b'\t' => SPACE,
        _ => 0,
    }
}
