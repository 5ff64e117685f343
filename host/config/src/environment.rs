//! Environment variables as a value, so that tests need not touch the process's own.

use std::collections::BTreeMap;

/// Names the configuration file.
pub const CONFIG_VARIABLE: &str = "TELESIEVE_CONFIG";

/// Where the configuration file lies in a layer.
pub const DEFAULT_PATH: &str = "/opt/telesieve/telesieve.toml";

/// The prefix of every variable that overrides a key.
pub(crate) const PREFIX: &str = "TELESIEVE_";

/// Where variables come from.
pub trait Environment {
    /// The value of a variable, if it is set and is UTF-8.
    fn get(&self, name: &str) -> Option<String>;

    /// Names of all variables that start with `TELESIEVE_`.
    fn names(&self) -> Vec<String>;
}

/// The variables of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn names(&self) -> Vec<String> {
        std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| name.starts_with(PREFIX))
            .collect()
    }
}

impl Environment for BTreeMap<String, String> {
    fn get(&self, name: &str) -> Option<String> {
        BTreeMap::get(self, name).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.keys().filter(|name| name.starts_with(PREFIX)).cloned().collect()
    }
}

/// The part of a variable's name that stands for a section, key or transform.
pub(crate) fn spelled(part: &str) -> String {
    part.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}
