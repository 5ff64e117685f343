//! What an option takes, and how text or TOML becomes it.

use std::fmt;

use toml::de::DeValue;

use crate::secret::{Credential, ReferenceError};

/// A value that an option was given, checked against what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Int(u64),
    /// `true` or `false`.
    Bool(bool),
    /// Text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A whole number from … to ….
    Int(u64, u64),
    /// `true` or `false`.
    Bool,
    /// Any text.
    Text,
    /// Text that is not to be printed.
    Secret,
    /// Text that is not to be printed, or a reference to a secret.
    Credential,
    /// An `http://` or `https://` URL.
    Url,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of these words.
    Choices(&'static [&'static str]),
    /// A list of texts.
    List,
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(low, high) => write!(f, "a whole number from {low} to {high}"),
            Self::Bool => f.write_str("true or false"),
            Self::Text => f.write_str("text"),
            Self::Secret => f.write_str("text (a secret)"),
            Self::Credential => f.write_str("text (a secret) or a reference to a secret"),
            Self::Url => f.write_str("an http:// or https:// URL without credentials"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::Choices(words) => write!(f, "a list of {}", words.join(", ")),
            Self::List => f.write_str("a list of texts"),
        }
    }
}

impl Takes {
    /// Reads a TOML value. The error says what was found, unless it may be a secret.
    pub(crate) fn toml(self, value: &DeValue<'_>) -> Result<Value, String> {
        let read = match (self, value) {
            (Self::Int(..), DeValue::Integer(number)) => {
                u64::from_str_radix(number.as_str(), number.radix()).ok().and_then(|n| self.int(n))
            }
            (Self::Bool, DeValue::Boolean(flag)) => Some(Value::Bool(*flag)),
            (Self::List | Self::Choices(_), DeValue::Array(items)) => {
                let texts: Option<Vec<String>> =
                    items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
                texts.and_then(|texts| self.list(texts))
            }
            (Self::Text | Self::Secret | Self::Credential | Self::Url | Self::Choice(_), DeValue::String(text)) => {
                self.word(text)
            }
            _ => None,
        };
        read.ok_or_else(|| self.expected(&found(value)))
    }

    /// Reads the text of a variable. Lists are separated by commas.
    pub fn text(self, text: &str) -> Result<Value, String> {
        let read = match self {
            Self::Int(..) => text.trim().parse().ok().and_then(|number| self.int(number)),
            Self::Bool => text.trim().parse().ok().map(Value::Bool),
            Self::List | Self::Choices(_) => {
                self.list(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
            }
            Self::Text | Self::Secret | Self::Credential | Self::Url | Self::Choice(_) => self.word(text),
        };
        read.ok_or_else(|| self.expected(&format!("{text:?}")))
    }

    fn int(self, number: u64) -> Option<Value> {
        matches!(self, Self::Int(low, high) if (low..=high).contains(&number)).then_some(Value::Int(number))
    }

    fn list(self, texts: Vec<String>) -> Option<Value> {
        let known = match self {
            Self::Choices(words) => texts.iter().all(|text| words.contains(&text.as_str())),
            _ => true,
        };
        known.then_some(Value::List(texts))
    }

    fn word(self, text: &str) -> Option<Value> {
        let fits = match self {
            Self::Url => is_url(text),
            Self::Credential => Credential::read(text).is_ok(),
            Self::Choice(words) => words.contains(&text),
            _ => true,
        };
        fits.then(|| Value::Text(text.to_owned()))
    }

    fn expected(self, found: &str) -> String {
        match self {
            // The value may be a secret, or hold one.
            Self::Credential => ReferenceError.to_string(),
            Self::Secret | Self::Url => format!("expected {self}"),
            _ => format!("expected {self}, found {found}"),
        }
    }
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let plain = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_graphic()) && !rest.contains(['@', '?', '#']);
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && plain(rest))
}

fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        other => format!("{} {}", article(other.type_str()), other.type_str()),
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'i']) { "an" } else { "a" }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn urls_have_a_scheme_and_a_host_and_no_credentials() {
        for good in ["http://localhost:9200", "https://search.example.com/prefix", "http://[::1]:9091"] {
            assert!(is_url(good), "{good}");
        }
        for bad in ["", "localhost:9200", "http://", "http:///x", "https://user:pass@host", "http://a b", "http://a?b"]
        {
            assert!(!is_url(bad), "{bad}");
        }
    }

    #[test]
    fn a_mistake_with_a_secret_does_not_print_it() {
        let message = Takes::Secret.toml(&DeValue::Boolean(true)).unwrap_err();
        assert_eq!(message, "expected text (a secret)");
        assert!(!Takes::Url.text("https://user:hunter2@host").unwrap_err().contains("hunter2"));
    }

    #[test]
    fn text_of_variables_is_read_as_what_the_option_takes() {
        assert_eq!(Takes::Int(1, 9).text(" 7 "), Ok(Value::Int(7)));
        assert_eq!(Takes::Bool.text("true"), Ok(Value::Bool(true)));
        assert_eq!(Takes::List.text("a, b,"), Ok(Value::List(vec!["a".into(), "b".into()])));
        assert_eq!(Takes::Int(1, 9).text("10"), Err("expected a whole number from 1 to 9, found \"10\"".into()));
    }
}
