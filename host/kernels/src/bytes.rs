//! Small questions about bytes that several rules ask.

/// Letters and digits of ASCII: what makes a longer word of a match when it stands next to it.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Whether one of eight bytes is this one, asked of all at once: loops over so few cost more than what they look for.
#[inline]
pub(crate) fn is_among(byte: u8, eight: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let differs = u64::from_le_bytes(eight) ^ (ONES * u64::from(byte));
    // The subtraction borrows into the highest bit of a byte that is zero; a byte that had it does not count.
    differs.wrapping_sub(ONES) & !differs & (ONES << 7) != 0
}

/// Whether a word goes on to the left of `at`. The letters that end an escape are no part of a word.
pub(crate) fn word_before(text: &[u8], at: usize) -> bool {
    at > 0 && is_word(text[at - 1]) && !ends_escape(&text[..at])
}

/// Whether a word goes on to the right of `at`.
pub(crate) fn word_after(text: &[u8], at: usize) -> bool {
    text.get(at).copied().is_some_and(is_word)
}

/// Whether `separator` and a digit precede `at`, as in the middle of a decimal number or a chain.
pub(crate) fn chained_before(text: &[u8], at: usize, separator: u8) -> bool {
    at >= 2 && text[at - 1] == separator && text[at - 2].is_ascii_digit()
}

/// Whether `separator` and a digit follow at `at`.
pub(crate) fn chained_after(text: &[u8], at: usize, separator: u8) -> bool {
    text.get(at) == Some(&separator) && text.get(at + 1).is_some_and(u8::is_ascii_digit)
}

/// Whether text ends with an escape: of a terminal, or one that programs print for a byte, such as `\n`, `\u003d` or `%3D`.
fn ends_escape(text: &[u8]) -> bool {
    ends_colour(text) || ends_printed_escape(text)
}

/// Whether text ends with a control sequence of a terminal, such as the colour `ESC [ 1 ; 31 m` (ECMA-48, 5.4). Programs
/// print the ESC also as `\x1b`, `\033`, `\e`, `\u001b` or `^[`.
pub(crate) fn ends_colour(text: &[u8]) -> bool {
    const LONGEST: usize = 24;
    let [rest @ .., b'@'..=b'~'] = text else { return false };
    let parameters = rest.iter().rev().take(LONGEST).take_while(|byte| matches!(byte, b'0'..=b'?')).count();
    let Some(rest) = rest[..rest.len() - parameters].strip_suffix(b"[") else { return false };
    ESC.iter().any(|esc| ends_with_any_case(rest, esc))
}

/// How ESC is written.
const ESC: &[&[u8]] = &[b"\x1b", b"\\x1b", b"\\033", b"\\e", b"\\u001b", b"\\u{1b}", b"^["];

fn ends_with_any_case(text: &[u8], end: &[u8]) -> bool {
    text.len() >= end.len() && text[text.len() - end.len()..].eq_ignore_ascii_case(end)
}

fn ends_printed_escape(text: &[u8]) -> bool {
    /// More backslashes are of no text that a person reads.
    const MOST: usize = 16;
    let near = &text[text.len().saturating_sub(MOST)..];
    match *near {
        [.., b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => true,
        [.., b'\\', b'x', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => true,
        [.., b'\\', b'u', a, b, c, d] if [a, b, c, d].iter().all(u8::is_ascii_hexdigit) => true,
        [.., b'n' | b't' | b'r'] => is_escaped(near, near.len() - 1),
        _ => false,
    }
}

/// Whether an odd number of backslashes precedes `at`: then the byte there belongs to an escape.
pub(crate) fn is_escaped(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Whether a word has capitals, small letters and digits.
pub(crate) fn mixes_cases_and_digits(word: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| word.iter().any(is);
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

/// Where a needle of a few bytes first occurs in text.
///
/// A searcher for long texts takes longer to make than a line takes to look through, and every line is another text. So the
/// needle's rarest byte is looked for, and the rest compared: linear in the text, because needles are short.
#[inline(always)]
pub(crate) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    find_iter(text, needle).next()
}

/// All places of a needle of a few bytes, none of which overlap.
#[inline(always)]
pub(crate) fn find_iter<'t>(text: &'t [u8], needle: &'t [u8]) -> impl Iterator<Item = usize> + 't {
    let rare = rarest(needle);
    let mut from = rare;
    std::iter::from_fn(move || {
        loop {
            let found = from + memchr::memchr(needle[rare], text.get(from..)?)?;
            let start = found - rare;
            if text[start..].starts_with(needle) {
                from = found + needle.len();
                return Some(start);
            }
            from = found + 1;
        }
    })
}

/// The place of a needle's byte that is least frequent in logs. A loop that the compiler can run for needles that it knows.
#[inline(always)]
fn rarest(needle: &[u8]) -> usize {
    let mut rare = 0;
    let mut least = u8::MAX;
    for (at, byte) in needle.iter().enumerate() {
        let frequency = FREQUENCIES[usize::from(*byte)];
        if frequency < least {
            rare = at;
            least = frequency;
        }
    }
    rare
}

/// [`frequency`] of each byte.
static FREQUENCIES: [u8; 256] = {
    let mut frequencies = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        frequencies[byte] = frequency(byte as u8);
        byte += 1;
    }
    frequencies
};

/// How frequent a byte is in logs, roughly: only the order counts.
const fn frequency(byte: u8) -> u8 {
    match byte {
        b' ' | b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b'0'..=b'9' => 4,
        b':' | b'"' | b'-' | b'.' | b',' | b'd' | b'l' | b'c' | b'm' | b'p' | b'u' | b'f' | b'g' | b'h' => 3,
        b'A'..=b'Z' | b'/' | b'=' | b'_' | b'b' | b'y' | b'v' | b'w' | b'k' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_codes_end_words() {
        assert!(word_before(b"am4", 2));
        assert!(!word_before(b"\x1b[31m4", 5));
        assert!(!word_before(b"\x1b[m4", 3));
        assert!(word_before(b"[31m4", 4));
        assert!(!word_before(b"4", 0));
    }

    #[test]
    fn escapes_end_words() {
        let escapes: &[&[u8]] = &[
            b"\x1b[K",
            b"\x1b[1;31m",
            b"\x1b[?25h",
            b"\\x1b[31m",
            b"\\x1B[0m",
            b"\\033[31m",
            b"\\e[31m",
            b"\\u001b[31m",
            b"^[[31m",
            b"a\\n",
            b"\\t",
            b"\\r",
            b"%3D",
            b"\\u003d",
            b"\\x3d",
        ];
        for escape in escapes {
            assert!(!word_before(&[escape, &b"4"[..]].concat(), escape.len()), "{}", escape.escape_ascii());
        }
        let words: &[&[u8]] = &[b"[31m", b"x1b[31m", b"\\\\n", b"n", b"3D", b"%D", b"u003d", b"ESC[K"];
        for word in words {
            assert!(word_before(&[word, &b"4"[..]].concat(), word.len()), "{}", word.escape_ascii());
        }
    }

    #[test]
    fn a_byte_is_found_among_eight() {
        for at in 0..8 {
            let mut eight = *b"abcd\xad\x2c\x2e\x00";
            assert!(!is_among(b'-', eight));
            eight[at] = b'-';
            assert!(is_among(b'-', eight), "{at}");
        }
    }

    #[test]
    fn backslashes_pair_up() {
        assert!(is_escaped(br"a\n", 2));
        assert!(!is_escaped(br"a\\n", 3));
        assert!(!is_escaped(b"n", 0));
    }

    #[test]
    fn needles_are_found_where_they_are() {
        let all = |text: &str, needle: &str| find_iter(text.as_bytes(), needle.as_bytes()).collect::<Vec<_>>();
        assert_eq!(all("a://b ://", "://"), [1, 6]);
        assert_eq!(all(":::::::", ":::"), [0, 3]);
        assert!(all("", "x").is_empty());
        assert!(all("/:/", "://").is_empty());
        assert_eq!(find(b"the end", b"end"), Some(4));
    }
}
