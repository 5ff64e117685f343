//! What the user can set.

use serde::Deserialize;
use telesieve_guest::{Action, Key, Place, Setup, Table};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) rules: Vec<String>,
    pub(crate) except: Vec<String>,
    pub(crate) action: ActionName,
    pub(crate) replacement: String,
    pub(crate) keep_last: u32,
    pub(crate) keep_first: u32,
    pub(crate) key: Option<String>,
    pub(crate) place: Place,
    pub(crate) overrides: Table<Override>,
    pub(crate) patterns: Vec<PatternSettings>,
    pub(crate) tokens: Vec<TokenSettings>,
    pub(crate) fields: Vec<FieldSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rules: vec!["all".to_owned()],
            except: Vec::new(),
            action: ActionName::Replace,
            replacement: "[{rule}]".to_owned(),
            keep_last: 4,
            keep_first: 4,
            key: None,
            place: Place::Whole,
            overrides: Table::default(),
            patterns: Vec::new(),
            tokens: Vec::new(),
            fields: Vec::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ActionName {
    Replace,
    Mask,
    Hash,
    Truncate,
    Remove,
    Drop,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Override {
    pub(crate) action: Option<ActionName>,
    pub(crate) replacement: Option<String>,
    pub(crate) keep_last: Option<u32>,
    pub(crate) keep_first: Option<u32>,
    pub(crate) key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatternSettings {
    pub(crate) name: String,
    pub(crate) pattern: Option<String>,
    pub(crate) keys: Option<Vec<String>>,
    pub(crate) check: Option<String>,
    pub(crate) place: Option<Place>,
    pub(crate) action: Option<ActionName>,
    pub(crate) replacement: Option<String>,
    pub(crate) keep_last: Option<u32>,
    pub(crate) keep_first: Option<u32>,
    pub(crate) key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenSettings {
    pub(crate) name: String,
    pub(crate) prefix: String,
    pub(crate) alphabet: String,
    pub(crate) min_length: u32,
    pub(crate) max_length: Option<u32>,
    pub(crate) action: Option<ActionName>,
    pub(crate) replacement: Option<String>,
    pub(crate) keep_last: Option<u32>,
    pub(crate) keep_first: Option<u32>,
    pub(crate) key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldSettings {
    pub(crate) path: String,
    pub(crate) action: Option<ActionName>,
    pub(crate) replacement: Option<String>,
    pub(crate) keep_last: Option<u32>,
    pub(crate) keep_first: Option<u32>,
    pub(crate) key: Option<String>,
}

/// What an override, a pattern or a field says of its action.
#[derive(Clone, Copy, Default)]
pub(crate) struct Own<'s> {
    pub(crate) action: Option<ActionName>,
    pub(crate) replacement: Option<&'s str>,
    pub(crate) keep_last: Option<u32>,
    pub(crate) keep_first: Option<u32>,
    pub(crate) key: Option<&'s str>,
}

macro_rules! own {
    ($($settings:ty),*) => {$(
        impl $settings {
            pub(crate) fn own(&self) -> Own<'_> {
                let (replacement, key) = (self.replacement.as_deref(), self.key.as_deref());
                Own { action: self.action, replacement, keep_last: self.keep_last, keep_first: self.keep_first, key }
            }
        }
    )*};
}

own!(Override, PatternSettings, TokenSettings, FieldSettings);

impl Settings {
    /// The action for what is called `rule`. `path` is where it stands in the settings.
    pub(crate) fn action(&self, rule: &str, own: Own<'_>, path: &str, setup: &mut Setup) -> Action {
        match own.action.unwrap_or(self.action) {
            ActionName::Replace => {
                Action::Replace(replaced(own.replacement.unwrap_or(&self.replacement), "{rule}", rule))
            }
            ActionName::Mask => Action::Mask(own.keep_last.unwrap_or(self.keep_last)),
            ActionName::Hash => self.hash(own, path, setup).map_or(Action::DropRecord, Action::Hash),
            ActionName::Truncate => Action::Truncate(own.keep_first.unwrap_or(self.keep_first)),
            ActionName::Remove => Action::Remove,
            ActionName::Drop => Action::DropRecord,
        }
    }

    fn hash(&self, own: Own<'_>, path: &str, setup: &mut Setup) -> Option<Key> {
        let name = own.key.or(self.key.as_deref());
        if name.is_none() {
            setup.reject(path, "`hash` needs a `key`: a name in `[keys]` of the configuration");
        }
        name.map(|name| setup.key(name))
    }
}

/// `text` with something else in the place of each `mark`, which is ASCII. The standard library's searcher is made for long
/// texts, and with what it says when it fails a twentieth of the component.
fn replaced(text: &str, mark: &str, with: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.as_bytes().windows(mark.len()).position(|found| found == mark.as_bytes()) {
        out.push_str(rest.get(..at).unwrap_or_default());
        out.push_str(with);
        rest = rest.get(at + mark.len()..).unwrap_or_default();
    }
    out + rest
}

/// Rejects what the host would not take for a path. It would do so with every batch.
pub(crate) fn check_path(path: &str, at: &str, setup: &mut Setup) {
    const MOST_PARTS: usize = 32;
    let path = replaced(path, "\\.", "_");
    let parts: Vec<&str> = path.split('.').collect();
    let levels = parts.iter().filter(|part| **part == "**").count();
    let is_open = parts.last() == Some(&"**");
    if parts.iter().any(|part| part.is_empty()) || parts.len() > MOST_PARTS || levels > 1 || is_open {
        setup.reject(
            at,
            "expected a path such as `user.email`: at most 32 names separated by dots, with at most one `**`",
        );
    }
}
