//! The user's settings, from JSON to a typed struct. What cannot be read is named by its path.

mod fault;
mod path;
mod reader;
mod table;
mod text;

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer};

pub use table::Table;

use self::path::Path;
use crate::bindings::types::Place;
use crate::error::SettingError;
use crate::severity::Severity;

/// For transforms that have nothing to set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

/// `"whole"`, `"message"`, `"keys"`, or `"field:user.email"` with any path.
impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(settings: D) -> Result<Self, D::Error> {
        let text = String::deserialize(settings)?;
        match (text.as_str(), text.strip_prefix("field:")) {
            ("whole", _) => Ok(Self::Whole),
            ("message", _) => Ok(Self::Message),
            ("keys", _) => Ok(Self::Keys),
            (_, Some(path)) if !path.is_empty() => Ok(Self::field(path)),
            _ => Err(de::Error::custom("expected \"whole\", \"message\", \"keys\" or \"field:\" and a path")),
        }
    }
}

/// `"trace"`, `"debug"`, `"info"`, `"warn"`, `"error"` or `"fatal"`.
impl<'de> Deserialize<'de> for Severity {
    fn deserialize<D: Deserializer<'de>>(settings: D) -> Result<Self, D::Error> {
        let name = String::deserialize(settings)?;
        let expected = "expected \"trace\", \"debug\", \"info\", \"warn\", \"error\" or \"fatal\"";
        Self::from_name(&name).ok_or_else(|| de::Error::custom(expected))
    }
}

/// Reads settings. `json` is an object; the empty text counts as `{}`.
pub(crate) fn read<S: DeserializeOwned>(json: &str) -> Result<S, SettingError> {
    let json = if json.trim_ascii().is_empty() { "{}" } else { json };
    let path = Path::default();
    reader::read(json, &path).map_err(|fault| SettingError { path: path.text(), message: fault.0 })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Settings {
        minimum: f64,
        rules: Vec<Rule>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Rule {
        name: String,
    }

    impl Default for Settings {
        fn default() -> Self {
            Self { minimum: 1.5, rules: Vec::new() }
        }
    }

    fn fault(json: &str) -> String {
        read::<Settings>(json).unwrap_err().to_string()
    }

    #[test]
    fn defaults_fill_in() {
        assert_eq!(read::<Settings>("").unwrap(), Settings::default());
        assert_eq!(read::<Settings>(r#"{"minimum":3}"#).unwrap().minimum, 3.0);
    }

    #[test]
    fn errors_name_the_path() {
        assert_eq!(fault(r#"{"minimum":"x"}"#), "minimum: expected f64, found text");
        assert_eq!(fault(r#"{"rules":[{"name":"a"},{"name":1}]}"#), "rules[1].name: expected a string, found number");
        assert_eq!(fault(r#"{"rules":[{}]}"#), "rules[0]: missing field `name`");
        assert_eq!(fault(r#"{"minimun":2}"#), "minimun: unknown field `minimun`, expected `minimum` or `rules`");
    }

    #[test]
    fn places_and_severities_are_text() {
        assert_eq!(read::<Place>("\"field:a.b\"").unwrap(), Place::field("a.b"));
        assert_eq!(read::<Place>("\"message\"").unwrap(), Place::Message);
        assert_eq!(read::<Place>("\"keys\"").unwrap(), Place::Keys);
        assert!(read::<Place>("\"field:\"").unwrap_err().message.starts_with("expected \"whole\""));
        assert_eq!(read::<Severity>("\"warn\"").unwrap(), Severity::WARN);
        assert!(read::<Severity>("\"loud\"").is_err());
    }

    #[test]
    fn no_settings_are_none() {
        assert!(read::<NoSettings>("{}").is_ok());
        assert!(read::<NoSettings>(r#"{"a":1}"#).is_err());
    }
}
