//! The user's settings, from JSON to a typed struct. What cannot be read is named by its path.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::SettingError;

/// For transforms that have nothing to set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

/// Reads settings. `json` is an object; the empty text counts as `{}`.
pub(crate) fn read<S: DeserializeOwned>(json: &str) -> Result<S, SettingError> {
    let json = if json.trim().is_empty() { "{}" } else { json };
    let mut reader = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        SettingError { path, message: without_position(error.inner().to_string()) }
    })
}

/// Cuts ` at line 1 column 20`: the user wrote TOML and never sees this JSON.
fn without_position(mut message: String) -> String {
    if let Some(end) = message.rfind(" at line ") {
        message.truncate(end);
    }
    message
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

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
        assert_eq!(fault(r#"{"minimum":"x"}"#), "minimum: invalid type: string \"x\", expected f64");
        assert_eq!(fault(r#"{"rules":[{"name":"a"},{"name":1}]}"#), "rules[1].name: invalid type: integer `1`, expected a string");
        assert_eq!(fault(r#"{"rules":[{}]}"#), "rules[0]: missing field `name`");
        assert_eq!(fault(r#"{"minimun":2}"#), "minimun: unknown field `minimun`, expected `minimum` or `rules`");
    }

    #[test]
    fn no_settings_are_none() {
        assert!(read::<NoSettings>("{}").is_ok());
        assert!(read::<NoSettings>(r#"{"a":1}"#).is_err());
    }
}
