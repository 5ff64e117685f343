//! JSON objects that arrive as text.
//!
//! With Lambda's text log format, and with the oldest telemetry schema, a line that is a JSON object is delivered as a
//! string that holds it. Its fields are fields to whoever writes a path, so whatever works by path looks inside: an
//! edit that did not would leave a secret in clear because of a setting of the function.

use std::borrow::Cow;

use telesieve_core::json;

/// The object in a text record, and the blanks around it.
pub(crate) struct Wrapped<'r> {
    text: Cow<'r, str>,
}

impl<'r> Wrapped<'r> {
    /// `None` if the record is no text, or its text neither an object, cut off or not, nor a JSON array.
    pub(crate) fn in_text(record: &'r str) -> Option<Self> {
        let record = record.trim_matches(' ');
        // Cheap for the many lines that are plain text: an object starts with a brace, a blank or an escape.
        if !record.starts_with('"') || !matches!(record.as_bytes().get(1), Some(b'{' | b'[' | b' ' | b'\\')) {
            return None;
        }
        let text = json::text(record)?;
        is_container(text.trim()).then_some(Self { text })
    }

    /// The object itself.
    pub(crate) fn object(&self) -> &str {
        self.text.trim()
    }

    /// The record with another object in it.
    pub(crate) fn with(&self, object: &str) -> String {
        let start = self.text.len() - self.text.trim_start().len();
        let end = self.text.trim_end().len();
        let mut record = String::with_capacity(object.len() + object.len() / 8 + 16);
        record.push('"');
        for part in [&self.text[..start], object, &self.text[end..]] {
            json::escape_into(part, &mut record);
        }
        record.push('"');
        record
    }
}

/// Lines of text start with a bracket as well, but hardly with a brace and a quote: what does is an object, though it
/// may have been cut off.
fn is_container(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'{') => text[1..].trim_start().starts_with('"'),
        Some(b'[') => json::inspect(text, 0).is_ok_and(|findings| findings.end == text.len()),
        _ => false,
    }
}

/// Edits a record, or the object in it if it is text.
pub(crate) fn edit<'r>(record: &'r str, edit: impl for<'t> Fn(&'t str) -> Cow<'t, str>) -> Cow<'r, str> {
    let Some(wrapped) = Wrapped::in_text(record) else { return edit(record) };
    match edit(wrapped.object()) {
        Cow::Borrowed(_) => Cow::Borrowed(record),
        Cow::Owned(object) => Cow::Owned(wrapped.with(&object)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::{Action, Detector, HashKey, Named, Path, Place, Rule, Ruleset, Scratch, edit, text_of_field};

    fn email_rule() -> Detector {
        Detector::Named(Named::from_name("email").unwrap())
    }

    const RECORD: &str = r#""{\"user\":{\"email\":\"jane@example.com\"},\"total\":3}\n""#;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn email(record: &str) -> String {
        text_of_field(record, &path("user.email")).unwrap().into_owned()
    }

    #[test]
    fn fields_of_an_object_in_text_are_fields() {
        assert_eq!(email(RECORD), "jane@example.com");
        assert_eq!(text_of_field(RECORD, &path("total")).as_deref(), Some("3"));
    }

    #[test]
    fn every_edit_by_path_looks_inside_and_the_record_stays_text() {
        let key = HashKey::new(b"k");
        let hashed = edit::hash_field(RECORD, &path("user.email"), &key);
        assert_eq!(email(&hashed), key.token(b"jane@example.com"));
        assert_eq!(email(&edit::mask_field(RECORD, &path("user.email"), 3)), "****@*******.com");
        assert_eq!(email(&edit::set(RECORD, &path("user.email"), "\"x\"")), "x");
        assert_eq!(email(&edit::truncate(RECORD, &Place::Field(path("user.email")), 4)), "jane");
        let removed = edit::remove(RECORD, &path("user.email"));
        assert_eq!(removed, r#""{\"user\":{},\"total\":3}\n""#);
        assert_eq!(edit::rename(RECORD, &path("total"), "sum"), RECORD.replace("total", "sum"));
    }

    #[test]
    fn rules_on_a_field_look_inside_and_what_they_drop_is_gone() {
        let ruleset = |action| Ruleset::new(vec![Rule { name: "email".into(), detector: email_rule(), action }]);
        let place = Place::Field(path("user.email"));
        let scratch = &mut Scratch::default();
        let scrubbed = ruleset(Action::Replace("[gone]".into())).scrub(RECORD, &place, scratch);
        assert_eq!(email(&scrubbed.record), "[gone]");
        let dropped = ruleset(Action::DropRecord).scrub(RECORD, &place, scratch);
        assert_eq!((&*dropped.record, dropped.drop), ("null", true));
    }

    #[test]
    fn what_does_not_match_comes_back_borrowed() {
        for record in
            [RECORD, r#""plain text""#, r#""{ not json""#, r#""[INFO] 1 [x]""#, r#""\\{""#, "\"", "\"{", "7", ""]
        {
            assert!(matches!(edit::remove(record, &path("nothing.here")), Cow::Borrowed(_)), "{record}");
        }
    }

    #[test]
    fn an_object_that_was_cut_off_is_looked_into_all_the_same() {
        let cut = r#""{\"user\":{\"email\":\"jane@example.com\"},\"tot""#;
        assert!(!edit::remove(cut, &path("user")).contains("jane"));
    }

    #[test]
    fn braces_spelled_as_escapes_are_braces() {
        assert_eq!(email(r#""\u007b\"user\":{\"email\":\"x\"}}""#), "x");
    }
}
