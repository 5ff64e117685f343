//! What the user can set: `relabel_config`, as Prometheus has it.

use serde::Deserialize;
use telesieve_guest::Table;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Names for paths: `tenant` makes the label `__field_tenant`.
    pub(crate) fields: Table<String>,
    pub(crate) rules: Vec<RuleSettings>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RuleSettings {
    pub(crate) source_labels: Vec<String>,
    pub(crate) separator: String,
    pub(crate) regex: String,
    pub(crate) modulus: u64,
    pub(crate) target_label: String,
    pub(crate) replacement: String,
    pub(crate) action: Action,
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self {
            source_labels: Vec::new(),
            separator: ";".to_owned(),
            regex: DEFAULT_REGEX.to_owned(),
            modulus: 0,
            target_label: String::new(),
            replacement: "$1".to_owned(),
            action: Action::Replace,
        }
    }
}

pub(crate) const DEFAULT_REGEX: &str = "(.*)";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Replace,
    Keep,
    Drop,
    KeepEqual,
    DropEqual,
    HashMod,
    Lowercase,
    Uppercase,
    LabelMap,
    LabelDrop,
    LabelKeep,
}

impl Action {
    /// Whether it looks at the names of all labels, instead of the values of some.
    pub(crate) fn is_about_names(self) -> bool {
        matches!(self, Self::LabelMap | Self::LabelDrop | Self::LabelKeep)
    }

    /// Whether `target_label` must say something.
    pub(crate) fn needs_target(self) -> bool {
        use Action::{DropEqual, HashMod, KeepEqual, Lowercase, Replace, Uppercase};
        matches!(self, Replace | HashMod | Lowercase | Uppercase | KeepEqual | DropEqual)
    }
}
