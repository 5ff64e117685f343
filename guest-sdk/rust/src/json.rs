//! JSON text of the values that edits put into records.

use std::fmt::Write as _;

/// A value that can stand in a record.
///
/// Implemented for text, booleans, numbers, `Option` (`None` is `null`), [`serde_json::Value`] and, for JSON text that
/// is at hand already, [`Json`].
pub trait ToJson {
    /// Appends the value as JSON text.
    fn write(&self, out: &mut String);
}

/// JSON text as it is. The host checks it and drops the record if it is none.
#[derive(Clone, Copy, Debug)]
pub struct Json<'t>(pub &'t str);

impl ToJson for Json<'_> {
    fn write(&self, out: &mut String) {
        out.push_str(self.0);
    }
}

impl ToJson for str {
    fn write(&self, out: &mut String) {
        out.push('"');
        let mut plain = 0;
        for (at, byte) in self.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
            out.push_str(self.get(plain..at).unwrap_or_default());
            plain = at + 1;
            let _ = match byte {
                b'"' | b'\\' => write!(out, "\\{}", byte as char),
                b'\n' => write!(out, "\\n"),
                b'\t' => write!(out, "\\t"),
                _ => write!(out, "\\u{byte:04x}"),
            };
        }
        out.push_str(self.get(plain..).unwrap_or_default());
        out.push('"');
    }
}

impl ToJson for String {
    fn write(&self, out: &mut String) {
        self.as_str().write(out);
    }
}

impl ToJson for bool {
    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }
}

impl ToJson for f64 {
    /// JSON knows no infinity and no NaN: they become `null`.
    fn write(&self, out: &mut String) {
        let _ = if self.is_finite() { write!(out, "{self}") } else { write!(out, "null") };
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl ToJson for $integer {
            fn write(&self, out: &mut String) {
                let _ = write!(out, "{self}");
            }
        }
    )*};
}

integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl<T: ToJson> ToJson for Option<T> {
    fn write(&self, out: &mut String) {
        match self {
            Some(value) => value.write(out),
            None => out.push_str("null"),
        }
    }
}

impl ToJson for serde_json::Value {
    fn write(&self, out: &mut String) {
        let _ = write!(out, "{self}");
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn write(&self, out: &mut String) {
        (*self).write(out);
    }
}

pub(crate) fn text_of(value: &(impl ToJson + ?Sized)) -> String {
    let mut text = String::new();
    value.write(&mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_json() {
        assert_eq!(text_of("a \"b\" \\ é\n\u{1}"), r#""a \"b\" \\ é\n\u0001""#);
        assert_eq!(text_of(&1.5), "1.5");
        assert_eq!(text_of(&f64::NAN), "null");
        assert_eq!(text_of(&-3), "-3");
        assert_eq!(text_of(&Some("x")), r#""x""#);
        assert_eq!(text_of(&None::<u32>), "null");
        assert_eq!(text_of(&serde_json::json!({"a": [1, true]})), r#"{"a":[1,true]}"#);
        assert_eq!(text_of(&Json("[1]")), "[1]");
    }

    #[test]
    fn text_round_trips() {
        for text in ["", "\"", "\\\\", "tab\tquote\"", "\u{7f}\u{2028}"] {
            assert_eq!(serde_json::from_str::<String>(&text_of(text)).ok().as_deref(), Some(text));
        }
    }
}
