//! Where values end.

/// The end of the value that starts at byte `start`, or `None` if the text ends before the value does.
///
/// Quotes and brackets are balanced; which bracket closes which is not checked, and a scalar is whatever stands there
/// up to the next separator. For JSON that is exact, for anything else it is a guess that stays within bounds.
#[must_use]
pub fn value_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.get(start)? {
        b'"' => string_end(bytes, start),
        b'{' | b'[' => telesieve_simd::container_end(bytes, start),
        byte if is_scalar(*byte) => Some(scalar_end(bytes, start)),
        _ => None,
    }
}

/// The end of the string token whose opening quote is at `start`. Most strings are short.
#[inline]
pub(crate) fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at = special(bytes, at)?;
        match bytes[at] {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The end of the string token whose opening quote is at `start`, if it holds no escapes.
pub(crate) fn plain_string_end(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start) != Some(&b'"') {
        return None;
    }
    let end = special(bytes, start + 1)?;
    (bytes[end] == b'"').then_some(end + 1)
}

/// The end of the string token whose opening quote is at `start`, if it ends within some bytes and nothing in it is special.
#[inline]
pub(super) fn short_string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let words: &[u8; 16] = bytes.get(start + 1..)?.first_chunk()?;
    let at = words.as_chunks::<8>().0.iter().position(|word| specials(*word) != 0)?;
    let at = start + 1 + at * 8 + (specials(words.as_chunks::<8>().0[at]).trailing_zeros() / 8) as usize;
    (bytes[at] == b'"').then_some(at + 1)
}

/// The next quote, backslash or control byte. Eight bytes at a time, because most strings are too short for `memchr`.
#[inline]
pub(super) fn special(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let found = specials(*word);
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).map(|found| at + found)
}

/// Marks quotes, backslashes and control bytes.
#[inline]
fn specials(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    zeros(word ^ (ONES * 0x22)) | zeros(word ^ (ONES * 0x5c)) | (word.wrapping_sub(ONES * 0x20) & !word & HIGH)
}

pub(super) const ONES: u64 = 0x0101_0101_0101_0101;
pub(super) const HIGH: u64 = 0x8080_8080_8080_8080;

/// Marks zero bytes. Marks above the lowest one may be wrong, which nobody looks at.
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

fn scalar_end(bytes: &[u8], start: usize) -> usize {
    let length = bytes[start..].iter().take_while(|byte| is_scalar(**byte)).count();
    start + length
}

/// Bytes of which numbers, literals and garbage consist. All of them ASCII, so that spans end at characters.
fn is_scalar(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b',' | b':' | b'"' | b'{' | b'}' | b'[' | b']')
}

/// The first byte at or after `at` that is not white space.
#[inline]
pub(crate) fn skip_space(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b' ' | b'\t' | b'\n' | b'\r') => skip_spaces(bytes, at),
        _ => at,
    }
}

fn skip_spaces(bytes: &[u8], at: usize) -> usize {
    let spaces = bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    at + spaces.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, start: usize, end: Option<usize>) {
        assert_eq!(value_end(text, start), end, "{text:?} from {start}");
    }

    #[test]
    fn values_end_where_they_end() {
        check(r#""a\"b" "#, 0, Some(6));
        check(r#"{"a":[1,"}"]},"#, 0, Some(13));
        check("12.5e3,", 0, Some(6));
        check("true]", 0, Some(4));
        check("x", 1, None);
    }

    #[test]
    fn truncated_values_have_no_end() {
        check(r#""a"#, 0, None);
        check(r#""a\"#, 0, None);
        check(r#"{"a":{"#, 0, None);
        check("", 0, None);
        check(",", 0, None);
    }
}
