//! The URL-safe base64 of grouping keys, with or without padding.

/// Decodes; `None` if it is not base64 or not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let digits = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut buffer, mut bits) = (0_u32, 0);
    for digit in digits.bytes() {
        buffer = buffer << 6 | u32::from(value(digit)?);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    (bits < 6).then(|| String::from_utf8(bytes).ok())?
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn decodes_with_and_without_padding() {
        assert_eq!(decode("L3Zhci90bXA").as_deref(), Some("/var/tmp"));
        assert_eq!(decode("L3Zhci90bXA=").as_deref(), Some("/var/tmp"));
        assert_eq!(decode("=").as_deref(), Some(""));
        assert_eq!(decode("Pz8_Pj4-").as_deref(), Some("???>>>"));
        assert_eq!(decode("a/b="), None);
        assert_eq!(decode("A"), None);
    }
}
