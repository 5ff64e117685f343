//! The variables that the extension sees in the emulated sandbox.
//!
//! `TELESIEVE_*` of this process hold as they do in a function, but for where data goes: a run sends nothing to a server
//! that its command line does not name.

use std::collections::BTreeMap;

use anyhow::Result;

/// Variables of `TELESIEVE_*` that are not the extension's, or that this program sets.
const NOT_PASSED_ON: [&str; 4] =
    ["TELESIEVE_CONFIG", "TELESIEVE_OPENSEARCH_URL", "TELESIEVE_PUSHGATEWAY_URL", "TELESIEVE_REQUIRE_ADVISORIES"];

/// Options of sinks that mean nothing to a receiver in this program, and would ask AWS for credentials.
const CREDENTIALS: [(&str, &[&str]); 2] =
    [("OPENSEARCH", &["USERNAME", "PASSWORD", "API_KEY"]), ("PUSHGATEWAY", &["USERNAME", "PASSWORD"])];

/// Variables by name.
pub(super) type Variables = BTreeMap<String, String>;

/// The variables of this process that the extension gets.
pub(super) fn inherited(environment: impl Iterator<Item = (String, String)>) -> Variables {
    let is_ours = |name: &str| name.starts_with("TELESIEVE_") && !NOT_PASSED_ON.contains(&name);
    environment.filter(|(name, _)| is_ours(name)).collect()
}

/// Takes the credentials of a sink whose receiver is in this program.
pub(super) fn without_credentials(sink: &str) -> impl Iterator<Item = (String, String)> {
    let options = CREDENTIALS.iter().filter(move |(name, _)| *name == sink).flat_map(|(_, options)| *options);
    let section = sink.to_owned();
    options.map(move |option| (format!("TELESIEVE_{section}_{option}"), String::new()))
}

/// A variable of the command line.
///
/// # Errors
/// It is not NAME=VALUE.
pub(super) fn variable(argument: &str) -> Result<(String, String)> {
    match argument.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => anyhow::bail!("expected NAME=VALUE, such as TELESIEVE_FLUSH_MODE=end"),
    }
}

/// A URL of a server.
///
/// # Errors
/// The extension could not use it.
pub(super) fn url(argument: &str) -> Result<String, String> {
    telesieve_config::Takes::Url.text(argument).map(|_| argument.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_the_extension_are_passed_on() {
        let pairs = [("TELESIEVE_KEYS_PII", "x"), ("TELESIEVE_OPENSEARCH_URL", "https://production"), ("HOME", "/")];
        let passed = inherited(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(passed.into_iter().collect::<Vec<_>>(), [("TELESIEVE_KEYS_PII".to_owned(), "x".to_owned())]);
    }

    #[test]
    fn arguments_are_checked() {
        assert!(url("localhost:9200").is_err() && url("ftp://x").is_err() && url("http://127.0.0.1:9200").is_ok());
        assert!(variable("FOO").is_err() && variable("=x").is_err() && variable("A=b=c").is_ok());
    }
}
