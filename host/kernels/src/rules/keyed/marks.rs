//! What was redacted before: it must not be taken for a value again.

use std::ops::Range;

use crate::bytes::is_word;

/// Whether a value was redacted before, all of it. What is more than a mark is a value.
pub(crate) fn is_marked(text: &[u8], value: &Range<usize>, markers: &[String]) -> bool {
    is_marked_whole(&text[value.clone()], markers)
}

/// Whether nothing but what was redacted before is left of a value: between marks there are no words.
pub(crate) fn is_marked_whole(value: &[u8], markers: &[String]) -> bool {
    let mut rest = value;
    let mut is_marked = is_masked(value);
    while let Some(first) = rest.first() {
        match mark(rest, markers) {
            Some(end) => {
                rest = &rest[end..];
                is_marked = true;
            }
            None if is_word(*first) || !first.is_ascii() => return false,
            None => rest = &rest[1..],
        }
    }
    is_marked
}

fn is_masked(value: &[u8]) -> bool {
    value.iter().all(|byte| *byte == b'*')
}

/// The length of the mark that text starts with: one of telesieve's own, or one of the user's.
pub(crate) fn mark(text: &[u8], markers: &[String]) -> Option<usize> {
    let of_user = || markers.iter().find(|marker| text.starts_with(marker.as_bytes())).map(String::len);
    of_telesieve(text).or_else(of_user)
}

/// The length of what telesieve puts in the place of a hit if it is not told otherwise: `[REDACTED]`, `[REDACTED:name]`
/// and tokens.
fn of_telesieve(value: &[u8]) -> Option<usize> {
    const TOKEN: usize = 34;
    if let Some(rest) = value.strip_prefix(b"h:") {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        return (digits == TOKEN - 2).then_some(TOKEN);
    }
    let rest = value.strip_prefix(b"[REDACTED")?;
    let name = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_' | b'.'))
        .count();
    (rest.get(name) == Some(&b']')).then_some(value.len() - rest.len() + name + 1)
}
