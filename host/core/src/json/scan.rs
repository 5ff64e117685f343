//! Where values end.

use memchr::memchr2;

/// The end of the value that starts at byte `start`, or `None` if the text ends before the value does.
///
/// Quotes and brackets are balanced; which bracket closes which is not checked, and a scalar is whatever stands there
/// up to the next separator. For JSON that is exact, for anything else it is a guess that stays within bounds.
#[must_use]
pub fn value_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.get(start)? {
        b'"' => string_end(bytes, start),
        b'{' | b'[' => container_end(bytes, start),
        byte if is_scalar(*byte) => Some(scalar_end(bytes, start)),
        _ => None,
    }
}

/// The end of the string token whose opening quote is at `start`.
pub(crate) fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

fn container_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = string_end(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
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
pub(crate) fn skip_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
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
