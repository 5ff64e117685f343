//! The user's settings, from JSON to a typed struct. What cannot be read is named by its path.

mod fault;
mod path;
mod reader;
mod table;
mod text;

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer};

pub use table::Table;

use self::fault::Fault;
use self::path::Path;
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
/// Reading ends at a mistake, so it begins anew without what is wrong until all mistakes are known. The first of them is the
/// error, the others are left in `setup`.
pub(crate) fn read<S: DeserializeOwned>(json: &str, setup: &mut Setup) -> Result<S, SettingError> {
    let json = if json.trim_ascii().is_empty() { "{}" } else { json };
    let mut mistakes = Mistakes::default();
    loop {
        let path = Path::default();
        let again = match reader::read(json, &path, &mistakes.skipped) {
            Ok(settings) if mistakes.skipped.is_empty() => return Ok(settings),
            Ok(_) => false,
            Err(fault) => mistakes.add(path.text(), fault),
        };
        if !again {
            return Err(mistakes.told(setup));
        }
    }
}

/// Whether a path leads to something in what another one leads to.
fn is_within(path: &str, other: &str) -> bool {
    other.is_empty() || path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// More than these are not told, nor does the host show more.
const MOST_MISTAKES: usize = 20;

/// What is wrong with the settings so far.
#[derive(Default)]
struct Mistakes {
    told: Vec<SettingError>,
    /// What is not to be read again.
    skipped: Vec<String>,
}

impl Mistakes {
    /// Whether there may be more to find. What lacks a member that was skipped is not at fault.
    fn add(&mut self, path: String, fault: Fault) -> bool {
        if !self.skipped.iter().any(|skipped| is_within(skipped, &path)) {
            self.told.push(SettingError { path: path.clone(), message: fault.0 });
        }
        let again = !path.is_empty() && self.skipped.len() + 1 < MOST_MISTAKES && !self.skipped.contains(&path);
        self.skipped.push(path);
        again
    }

    /// The first one; the others are left in `setup`.
    fn told(self, setup: &mut Setup) -> SettingError {
        let mut told = self.told.into_iter();
        let first = told.next().unwrap_or_else(|| SettingError::new("", "cannot be read"));
        for SettingError { path, message } in told {
            setup.reject(path, message);
        }
        first
    }
}

/// Reads settings, or says all that is wrong with them.
#[cfg(test)]
pub(crate) fn read_alone<S: DeserializeOwned>(json: &str) -> Result<S, Vec<SettingError>> {
    let function = crate::testing::function();
    let mut setup = Setup::new(function);
    let settings = read(json, &mut setup);
    settings.map_err(|first| std::iter::once(first).chain(setup.finish().err().into_iter().flatten()).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde::Deserialize;

    use super::read_alone as read;
    use super::{MOST_MISTAKES, NoSettings, Place, SettingError, Severity, is_within};

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
    fn a_path_is_within_another_by_whole_steps() {
        assert!(is_within("rules[1].name", "rules[1]") && is_within("a.b", "a") && is_within("a", ""));
        assert!(!is_within("names", "name") && !is_within("rules[10]", "rules[1"));
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
