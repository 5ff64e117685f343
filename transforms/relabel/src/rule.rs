//! One rule of `relabel_config`, and what all of them make of a set of labels.

use std::borrow::Cow;

use regex_lite::{Regex, RegexBuilder};
use telesieve_guest::Setup;

use crate::labels::{Labels, is_name};
use crate::md5;
use crate::memo::Outcome;
use crate::settings::{Action, DEFAULT_REGEX, RuleSettings};

/// Largest automaton of one rule, in bytes.
const MAX_REGEX_BYTES: usize = 1 << 20;

pub(crate) struct Rule {
    settings: RuleSettings,
    regex: Regex,
    /// Values go to the target as they are: the regex takes everything and nothing is put together.
    plain: bool,
}

impl Rule {
    /// `path` is where the rule stands in the settings.
    pub(crate) fn new(settings: RuleSettings, path: &str, setup: &mut Setup) -> Option<Self> {
        check(&settings, path, setup);
        let anchored = format!("^(?s:{})$", settings.regex);
        match RegexBuilder::new(&anchored).size_limit(MAX_REGEX_BYTES).build() {
            Ok(regex) => {
                let templates = settings.target_label.contains('$') || settings.replacement.contains('$');
                let plain = settings.regex == DEFAULT_REGEX && !templates;
                Some(Self { settings, regex, plain })
            }
            Err(error) => {
                setup.reject(format!("{path}.regex"), error.to_string());
                None
            }
        }
    }

    /// Changes the labels. `false`: the event is dropped.
    fn apply(&self, labels: &mut Labels) -> bool {
        let RuleSettings { source_labels, separator, target_label: target, .. } = &self.settings;
        let value = match source_labels.as_slice() {
            [name] => labels.get(name).to_owned(),
            names => names.iter().map(|name| labels.get(name)).collect::<Vec<_>>().join(separator),
        };
        match self.settings.action {
            Action::Keep => return self.regex.is_match(&value),
            Action::Drop => return !self.regex.is_match(&value),
            Action::KeepEqual => return labels.get(target) == value,
            Action::DropEqual => return labels.get(target) != value,
            Action::Replace => self.replace(&value, labels),
            Action::HashMod => labels.set(target, &self.shard(&value).to_string()),
            Action::Lowercase => labels.set(target, &value.chars().flat_map(char::to_lowercase).collect::<String>()),
            Action::Uppercase => labels.set(target, &value.chars().flat_map(char::to_uppercase).collect::<String>()),
            Action::LabelMap => self.map(labels),
            Action::LabelDrop => labels.retain(|name| !self.regex.is_match(name)),
            Action::LabelKeep => labels.retain(|name| self.regex.is_match(name)),
        }
        true
    }

    fn replace(&self, value: &str, labels: &mut Labels) {
        let RuleSettings { target_label, replacement, .. } = &self.settings;
        if self.plain {
            return labels.set(target_label, replacement);
        }
        let Some(captures) = self.regex.captures(value) else { return };
        let expand = |template: &str| {
            let mut text = String::new();
            captures.expand(template, &mut text);
            text
        };
        let target = expand(target_label);
        if is_name(&target) {
            labels.set(&target, &expand(replacement));
        }
    }

    /// The last eight bytes of the MD5, as Prometheus takes them.
    fn shard(&self, value: &str) -> u64 {
        let digest = md5::digest(value.as_bytes());
        let [_, last] = digest.as_chunks::<8>().0 else { return 0 };
        u64::from_be_bytes(*last).checked_rem(self.settings.modulus).unwrap_or(0)
    }

    fn map(&self, labels: &mut Labels) {
        let renamed = |(name, value): (&str, &str)| match self.regex.replace_all(name, &self.settings.replacement) {
            Cow::Owned(new) => Some((new, value.to_owned())),
            Cow::Borrowed(_) => None,
        };
        let renamed: Vec<_> = labels.iter().filter_map(renamed).collect();
        for (name, value) in renamed.iter().filter(|(name, _)| is_name(name)) {
            labels.set(name, value);
        }
    }
}

/// What all rules make of an event that has the labels `before`, and that `labels` belong to, the `__` ones included.
pub(crate) fn outcome(rules: &[Rule], mut labels: Labels, before: &[(String, String)]) -> Outcome {
    if !rules.iter().all(|rule| rule.apply(&mut labels)) {
        return Outcome::Drop;
    }
    labels.retain(|name| !name.starts_with("__"));
    let known = |name: &str| before.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let set = labels.iter().filter(|(name, value)| known(name) != Some(value));
    let gone = before.iter().filter(|(name, _)| labels.get(name).is_empty());
    Outcome::Change {
        set: set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        gone: gone.map(|(name, _)| name.clone()).collect(),
    }
}

fn check(settings: &RuleSettings, path: &str, setup: &mut Setup) {
    let action = settings.action;
    let mut reject = |key: &str, message: &str| _ = setup.reject(format!("{path}.{key}"), message);
    if action.needs_target() && settings.target_label.is_empty() {
        reject("target_label", "expected the label that this action sets or compares");
    }
    let templated = action == Action::Replace && settings.target_label.contains('$');
    if action.needs_target() && !templated && !settings.target_label.is_empty() && !is_name(&settings.target_label) {
        reject("target_label", "expected letters, digits and `_`, not starting with a digit");
    }
    if action == Action::HashMod && settings.modulus == 0 {
        reject("modulus", "expected the number of shards");
    }
    if action.is_about_names() && !settings.source_labels.is_empty() {
        reject("source_labels", "this action looks at the names of all labels");
    }
    if !action.is_about_names() && settings.source_labels.is_empty() && settings.regex != DEFAULT_REGEX {
        reject("source_labels", "expected the labels that `regex` looks at");
    }
}
