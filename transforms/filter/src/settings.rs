//! What the user can set.

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use telesieve_guest::{Place, Severity, parse_number};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) drop: Vec<RuleSettings>,
    pub(crate) keep: Vec<RuleSettings>,
    pub(crate) min_level: Option<Severity>,
    /// Share of invocations, 0 to 1.
    pub(crate) sample: f64,
    pub(crate) sample_platform: bool,
    pub(crate) keep_errors: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            drop: Vec::new(),
            keep: Vec::new(),
            min_level: None,
            sample: 1.0,
            sample_platform: true,
            keep_errors: true,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RuleSettings {
    /// Exact, or with `*` at the end.
    pub(crate) kinds: Vec<String>,
    pub(crate) level_below: Option<Severity>,
    pub(crate) level_from: Option<Severity>,
    pub(crate) fields: Vec<FieldSettings>,
    pub(crate) pattern: Option<String>,
    pub(crate) place: Option<Place>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldSettings {
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) equals: Option<Wanted>,
    #[serde(default, rename = "in")]
    pub(crate) one_of: Option<Vec<Wanted>>,
    #[serde(default)]
    pub(crate) exists: Option<bool>,
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wanted {
    Text(String),
    Number(f64),
    Bool(bool),
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(settings: D) -> Result<Self, D::Error> {
        settings.deserialize_any(WantedVisitor)
    }
}

struct WantedVisitor;

impl Visitor<'_> for WantedVisitor {
    type Value = Wanted;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string, a number or a boolean")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Wanted, E> {
        Ok(Wanted::Text(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Wanted, E> {
        Ok(Wanted::Bool(value))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Wanted, E> {
        Ok(Wanted::Number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Wanted, E> {
        Ok(Wanted::Number(number as f64))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Wanted, E> {
        Ok(Wanted::Number(number as f64))
    }
}

impl Wanted {
    /// Compares with a field: the text of strings, the JSON of everything else.
    pub(crate) fn is(&self, field: &str) -> bool {
        match self {
            Self::Text(text) => text == field,
            Self::Number(number) => parse_number(field.trim()) == Some(*number),
            Self::Bool(value) => field == if *value { "true" } else { "false" },
        }
    }
}
