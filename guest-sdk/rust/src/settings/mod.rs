//! The user's settings, from JSON to a typed struct. What cannot be read is named by its path.

mod fault;
mod path;
mod reader;
mod table;
mod text;

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer};

pub use table::Table;

use self::path::{Path, WHOLE};
use crate::bindings::types::Place;
use crate::error::SettingError;
use crate::setup::Setup;
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
///
/// Reading ends at an error, so it begins anew without what is wrong until all errors are known. The last of them is the
/// error, those before it are left in `setup`.
pub(crate) fn read<S: DeserializeOwned>(json: &str, setup: &mut Setup) -> Result<S, SettingError> {
    let json = if json.trim_ascii().is_empty() { "{}" } else { json };
    // The values that are not read again. Not all of them are told.
    let mut skipped = [WHOLE; MOST_MISTAKES];
    for count in 0..MOST_MISTAKES {
        let (path, known) = (Path::default(), &skipped[..count]);
        let fault = match reader::read(json, &path, known) {
            Ok(settings) if known.is_empty() => return Ok(settings),
            Ok(_) => break,
            Err(fault) => fault,
        };
        let left = path.left();
        // What lacks something in it that was not read is not at fault.
        if known.iter().all(|known| *known > left) {
            setup.reject(path.text(), fault.0);
        }
        if left == WHOLE || known.contains(&left) {
            break;
        }
        skipped[count] = left;
    }
    Err(last_of(setup))
}

/// More than these are not told, nor does the host show more.
const MOST_MISTAKES: usize = 20;

/// The last error: the first one that was found was told.
fn last_of(setup: &mut Setup) -> SettingError {
    setup.faults.pop().unwrap_or_else(|| SettingError::new("", "cannot be read"))
}

/// Reads settings, or says all that is wrong with them.
#[cfg(test)]
pub(crate) fn read_alone<S: DeserializeOwned>(json: &str) -> Result<S, Vec<SettingError>> {
    let function = crate::testing::function();
    let mut setup = Setup::new(function);
    read(json, &mut setup).map_err(|last| {
        setup.faults.push(last);
        setup.faults
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde::Deserialize;

    use super::read_alone as read;
    use super::{MOST_MISTAKES, NoSettings, Place, SettingError, Severity};

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

    /// All that is wrong, a line each.
    fn fault(json: &str) -> String {
        let error = |faults: Vec<SettingError>| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        read::<Settings>(json).map_err(error).unwrap_err()
    }

    #[test]
    fn defaults_fill_in() {
        assert_eq!(read::<Settings>("").unwrap(), Settings::default());
        assert_eq!(read::<Settings>(r#"{"minimum":3}"#).unwrap().minimum, 3.0);
    }

    #[test]
    fn errors_name_the_path() {
        assert_eq!(fault(r#"{"minimum":"x"}"#), "minimum: expected a number, found text");
        assert_eq!(fault(r#"{"rules":[{"name":"a"},{"name":1}]}"#), "rules[1].name: expected a string, found number");
        assert_eq!(fault(r#"{"rules":[{}]}"#), "rules[0]: missing field `name`");
        assert_eq!(fault(r#"{"minimun":2}"#), "minimun: unknown field `minimun`, expected `minimum` or `rules`");
    }

    #[test]
    fn all_mistakes_are_told() {
        let json = r#"{"minimum":[1,{"a":"}"}],"other":null,"rules":[{"name":[]},{"name":"a","nam":0},{},{"name":false}],"more":1}"#;
        assert_eq!(
            fault(json),
            "minimum: expected a number, found list\n\
             other: unknown field `other`, expected `minimum` or `rules`\n\
             rules[0].name: expected a string, found list\n\
             rules[1].nam: unknown field `nam`, expected `name`\n\
             rules[2]: missing field `name`\n\
             rules[3].name: expected a string, found boolean\n\
             more: unknown field `more`, expected `minimum` or `rules`"
        );
        let many = format!(r#"{{"rules":[{}]}}"#, vec!["1"; 50].join(","));
        assert_eq!(fault(&many).lines().count(), MOST_MISTAKES);
        let broken = fault(r#"{"rules":[1,"#);
        assert!(broken.starts_with("rules[0]: expected a table, found number\n"), "{broken}");
    }

    #[test]
    fn types_have_names_that_are_no_rust() {
        let wanted = |fault: Vec<SettingError>| fault[0].message.split_once(',').unwrap().0.to_owned();
        assert_eq!(wanted(read::<u16>("true").unwrap_err()), "expected a whole number from 0 to 65535");
        assert_eq!(wanted(read::<i8>("-200").unwrap_err()), "expected a whole number from -128 to 127");
        assert_eq!(wanted(read::<usize>("1.5").unwrap_err()), "expected a whole number that is not negative");
        assert_eq!(wanted(read::<Vec<bool>>("1").unwrap_err()), "expected a list");
        assert_eq!(wanted(read::<NoSettings>("[]").unwrap_err()), "expected a table");
        assert_eq!(wanted(read::<bool>("1").unwrap_err()), "expected a boolean");
    }

    #[test]
    fn places_and_severities_are_text() {
        assert_eq!(read::<Place>("\"field:a.b\"").unwrap(), Place::field("a.b"));
        assert_eq!(read::<Place>("\"message\"").unwrap(), Place::Message);
        assert_eq!(read::<Place>("\"keys\"").unwrap(), Place::Keys);
        assert!(read::<Place>("\"field:\"").unwrap_err()[0].message.starts_with("expected \"whole\""));
        assert_eq!(read::<Severity>("\"warn\"").unwrap(), Severity::WARN);
        assert!(read::<Severity>("\"loud\"").is_err());
    }

    #[test]
    fn no_settings_are_none() {
        assert!(read::<NoSettings>("{}").is_ok());
        assert!(read::<NoSettings>(r#"{"a":1}"#).is_err());
    }
}
