//! Small questions about bytes that several rules ask.

/// Letters and digits of ASCII: what makes a longer word of a match when it stands next to it.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Whether a word goes on to the left of `at`. The `m` that ends a terminal's colour code is no part of a word.
pub(crate) fn word_before(text: &[u8], at: usize) -> bool {
    at > 0 && is_word(text[at - 1]) && !ends_colour(&text[..at])
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

/// Whether text ends with a colour code such as `ESC [ 1 ; 31 m`.
pub(crate) fn ends_colour(text: &[u8]) -> bool {
    const LONGEST: usize = 16;
    let Some(rest) = text.strip_suffix(b"m") else { return false };
    let digits = rest.iter().rev().take(LONGEST).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    rest[..rest.len() - digits].ends_with(b"\x1b[")
}

/// Whether an odd number of backslashes precedes `at`: then the byte there belongs to an escape.
pub(crate) fn is_escaped(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
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
    fn backslashes_pair_up() {
        assert!(is_escaped(br"a\n", 2));
        assert!(!is_escaped(br"a\\n", 3));
        assert!(!is_escaped(b"n", 0));
    }
}
