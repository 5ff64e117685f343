//! What is wrong with a configuration, said so that it can be mended: where, which key, what was expected.

use std::fmt;

/// One mistake in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands.
    pub place: Place,
    /// The key, such as `flush.mode`; empty if the mistake is not about one.
    pub key: String,
    /// What was expected, and what it means for the run. Never holds a secret's value.
    pub message: String,
}

/// Where in the configuration something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file; lines and columns count from 1.
    File {
        /// The path as it was given.
        path: String,
        /// Line and column, if the mistake stands on one.
        at: Option<(usize, usize)>,
    },
    /// In an environment variable.
    Variable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, at: Some((line, column)) } => write!(f, "{path}:{line}:{column}"),
            Self::File { path, at: None } => f.write_str(path),
            Self::Variable(name) => write!(f, "${name}"),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "{}: {}", self.place, self.message),
            key => write!(f, "{}: {key}: {}", self.place, self.message),
        }
    }
}

impl std::error::Error for Mistake {}
