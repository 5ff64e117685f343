//! The one spelling of a path, a query and a header value that both ends of a signature agree on.

use std::fmt::Write as _;

/// The path as it is signed: what is on the wire, encoded once more, as every service but S3 wants it.
pub(crate) fn path(on_the_wire: &str) -> String {
    let mut out = String::with_capacity(on_the_wire.len());
    for byte in on_the_wire.bytes() {
        if byte == b'/' { out.push('/') } else { put(byte, &mut out) }
    }
    if out.is_empty() { "/".to_owned() } else { out }
}

/// A query as it is signed: each name and value decoded and encoded again, in the order of the names, then the values.
///
/// Send it like this, too: verifiers differ in what they make of another spelling.
#[must_use]
pub fn query(on_the_wire: &str) -> String {
    let pairs = on_the_wire.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (recoded(name), recoded(value))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// A header's value without blanks around it, and with one blank for each run of them.
pub(crate) fn header(value: &str) -> String {
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    words.join(" ")
}

fn recoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let (byte, tail) = match tail {
            [high, low, tail @ ..] if first == b'%' => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, tail),
                _ => (first, &rest[1..]),
            },
            _ => (first, tail),
        };
        put(byte, &mut out);
        rest = tail;
    }
    out
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn put(byte: u8, out: &mut String) {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
        out.push(char::from(byte));
    } else {
        write!(out, "%{byte:02X}").expect("a string takes any text");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded_once_more() {
        for (wire, signed) in [("", "/"), ("/", "/"), ("/_bulk", "/_bulk"), ("/a%20b/$x", "/a%2520b/%24x")] {
            assert_eq!(path(wire), signed);
        }
    }

    #[test]
    fn queries_have_one_spelling() {
        for (wire, signed) in [
            ("", ""),
            ("b=2&a=1&a=0", "a=0&a=1&b=2"),
            ("filter_path=errors,items.*.status", "filter_path=errors%2Citems.%2A.status"),
            ("a=%2c%7e&flag", "a=%2C~&flag="),
            ("a=100%&b=%zz&c=%4", "a=100%25&b=%25zz&c=%254"),
        ] {
            assert_eq!(query(wire), signed);
            assert_eq!(query(signed), signed, "it stays as it is");
        }
    }

    #[test]
    fn blanks_of_headers_are_folded() {
        assert_eq!(header("  a   b\tc "), "a b c");
    }
}
