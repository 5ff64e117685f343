//! A request body as text that is safe to take apart.
//!
//! Everything downstream relies on two things that hold for a [`Body`] and for each slice of it: it is UTF-8, and it
//! holds no byte below 0x20. The first makes slices `&str`; the second means that no record can smuggle a line break
//! into a bulk request, whatever stands between its tokens or, unescaped, in its strings.

/// UTF-8 without control bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body(String);

impl Body {
    /// Makes any bytes safe. Bytes that are no UTF-8 become U+FFFD, control bytes become spaces, and a byte-order mark
    /// is cut off. Costs one pass over memory and no copy when all of it is ASCII and there is nothing to do.
    #[must_use]
    pub fn clean(bytes: Vec<u8>) -> Self {
        match telesieve_simd::plain_text(bytes) {
            Ok(text) => Self(text),
            Err(bytes) => Self::cleaned(bytes),
        }
    }

    fn cleaned(mut bytes: Vec<u8>) -> Self {
        blank_controls(&mut bytes);
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(fault) => String::from_utf8_lossy(fault.as_bytes()).into_owned(),
        };
        Self(without_mark(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Bytes of text.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Puts spaces in place of control bytes. Almost no body holds any.
pub(crate) fn blank_controls(bytes: &mut [u8]) {
    if telesieve_simd::oddities(bytes).control {
        bytes.iter_mut().filter(|byte| **byte < 0x20).for_each(|byte| *byte = b' ');
    }
}

fn without_mark(text: String) -> String {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_stays_as_it_is() {
        let text = r#"[{"record":"é 注文 \n"}]"#;
        assert_eq!(Body::clean(text.as_bytes().to_vec()).as_str(), text);
    }

    #[test]
    fn control_bytes_become_spaces() {
        assert_eq!(Body::clean(b"[\r\n\"a\x00b\x1f\"]".to_vec()).as_str(), "[  \"a b \"]");
    }

    #[test]
    fn foreign_bytes_become_replacement_characters() {
        assert_eq!(Body::clean(b"[\"\xff\xfe a\"]".to_vec()).as_str(), "[\"\u{fffd}\u{fffd} a\"]");
    }

    #[test]
    fn a_byte_order_mark_is_cut_off() {
        assert_eq!(Body::clean(b"\xef\xbb\xbf[]".to_vec()).as_str(), "[]");
    }

    #[test]
    fn delete_is_no_control_byte_of_ours() {
        assert_eq!(Body::clean(b"\x7f".to_vec()).as_str(), "\u{7f}");
    }
}
