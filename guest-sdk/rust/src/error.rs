//! Faults: of a transform while it works, and of the settings it was given.

use std::any::type_name;
use std::fmt;

/// Why a transform cannot go on with an event.
///
/// It holds no payload, because there is no way to put any in: its text is either fixed when the transform is compiled
/// or the name of a Rust type. The host prints it for the operator.
///
/// Any error of another crate becomes one with `?`, and leaves its type's name behind and nothing else.
pub struct Error(&'static str);

impl Error {
    /// An error with a text such as `order without a total`.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

// `Error` itself is no `std::error::Error`, or this would overlap with `From<T> for T`.
impl<E: std::error::Error> From<E> for Error {
    fn from(_: E) -> Self {
        Self(type_name::<E>())
    }
}

/// What a transform returns.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// Where it stands in the transform's settings, such as `rules[2].action`; empty for the settings as a whole.
    pub path: String,
    /// What is wrong with it, and what is expected.
    pub message: String,
}

impl SettingError {
    /// An error about the setting at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl std::error::Error for SettingError {}

/// `()` and `Result<()>`: what a transform function may return.
pub trait Verdict {
    /// As a result.
    #[expect(clippy::missing_errors_doc, reason = "it is the result itself")]
    fn result(self) -> Result<()>;
}

impl Verdict for () {
    fn result(self) -> Result<()> {
        Ok(())
    }
}

impl Verdict for Result<()> {
    fn result(self) -> Result<()> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_error_leaves_only_its_type_behind() {
        let error = Error::from("jane@example.com".parse::<u32>().expect_err("no number"));
        assert_eq!(error.text(), "core::num::error::ParseIntError");
    }

    #[test]
    fn setting_errors_say_where() {
        assert_eq!(
            SettingError::new("rules[2].action", "unknown action").to_string(),
            "rules[2].action: unknown action"
        );
        assert_eq!(SettingError::new("", "expected a table").to_string(), "expected a table");
    }
}
