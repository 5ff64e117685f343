//! The sandbox's own secrets: what must not appear in any record, because the extension knows it by value.
//!
//! The extension shares the function's environment. Secrets are the values of variables with secret names, of those that
//! the configuration names, the role's keys, and whatever the extension itself reads from Secrets Manager and Parameter
//! Store, now or later. They go to the rule `own-secrets` alone: no guest, line or metric sees them.

use std::sync::Arc;
use std::time::Duration;

use telesieve_config::{Config, Credential, Secret};
use telesieve_engine::{OwnValues, is_secret_name};
use telesieve_sinks::Aws;
use tokio::time::Instant;

/// Variables of the platform whose values are the role's keys.
const ROLE: [&str; 3] = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"];

/// How long fetching the role's keys may take. They are handed out by this machine.
const PATIENCE: Duration = Duration::from_secs(2);

/// The secrets that are known, and where others come from.
pub(crate) struct OwnSecrets {
    /// What does not change while the sandbox lives.
    fixed: Vec<Secret>,
    aws: Aws,
    /// How many secrets were read when the values were made.
    read: Option<usize>,
}

impl OwnSecrets {
    /// Collects what is known at the start.
    pub(crate) fn new(config: &Config, aws: &Aws, variables: impl Iterator<Item = (String, String)>) -> Self {
        let is_secret =
            |name: &str| ROLE.contains(&name) || is_secret_name(name) || is_named(name, &config.secrets.variables);
        let of_environment = variables.filter(|(name, _)| is_secret(name)).map(|(_, value)| Secret::new(value));
        let fixed = of_environment.chain(configured(config)).collect();
        Self { fixed, aws: aws.clone(), read: None }
    }

    /// Fetches the role's keys where the environment does not hold them, besides everything else.
    pub(crate) fn fetch_role_keys(&self) {
        let aws = self.aws.clone();
        tokio::spawn(async move { aws.fetch_role_keys(Instant::now() + PATIENCE).await });
    }

    /// The values to look for, if there are others than those that were returned last.
    pub(crate) fn renewed(&mut self) -> Option<Arc<OwnValues>> {
        let read = match (self.read, self.aws.secrets_read(self.read.unwrap_or(0))) {
            (Some(_), None) => return None,
            (None, None) => Vec::new(),
            (_, Some(read)) => read,
        };
        self.read = Some(read.len());
        let members = read.iter().flat_map(members);
        let all = self.fixed.iter().chain(&read).map(Secret::expose);
        Some(Arc::new(OwnValues::new(all.chain(members.collect::<Vec<_>>().iter().map(Secret::expose)))))
    }
}

/// Whether the configuration names a variable, whole or by its start.
fn is_named(name: &str, patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    })
}

/// Credentials that the configuration holds itself, and the keys of hashes.
fn configured(config: &Config) -> Vec<Secret> {
    let of_opensearch = config.opensearch.iter().flat_map(|sink| sink.password.iter().chain(&sink.api_key));
    let of_gateway = config.pushgateway.iter().flat_map(|sink| &sink.password);
    let credentials = of_opensearch.chain(of_gateway).chain(config.keys.values());
    credentials.filter_map(Credential::text).cloned().collect()
}

/// The texts in a secret that is an object of JSON, as those of Secrets Manager mostly are. Of a database's, the user and the
/// host are none.
fn members(secret: &Secret) -> Vec<Secret> {
    let object: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(secret.expose()).ok();
    let is_secret = |name: &String| is_secret_name(name);
    let members = object.into_iter().flatten().filter(|(name, _)| is_secret(name));
    members.filter_map(|(_, value)| value.as_str().map(Secret::new)).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn count(variables: &[(&str, &str)], config: &Config) -> usize {
        let aws = Aws::new(&config.secrets, |_| None);
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        OwnSecrets::new(config, &aws, variables).renewed().unwrap().len()
    }

    #[test]
    fn values_of_variables_with_secret_names_are_secrets() {
        let config = Config::default();
        assert!(count(&[("DB_PASSWORD", "Tr0ub4dor&3")], &config) > 0);
        assert!(count(&[("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLE")], &config) > 0);
        assert_eq!(count(&[("STAGE", "production-eu-7"), ("TOKEN_TTL", "3600-seconds-1")], &config), 0);
    }

    #[test]
    fn the_configuration_names_others() {
        let mut config = Config::default();
        config.secrets.variables = vec!["STRIPE_*".to_owned(), "LICENCE".to_owned()];
        assert!(count(&[("STRIPE_LIVE", "abcd1234efgh")], &config) > 0);
        assert!(count(&[("LICENCE", "abcd1234efgh")], &config) > 0);
        assert_eq!(count(&[("LICENCE_FILE", "abcd1234efgh")], &config), 0);
    }

    #[test]
    fn values_are_made_once_for_the_same_secrets() {
        let config = Config::default();
        let aws = Aws::new(&config.secrets, |_| None);
        let mut own = OwnSecrets::new(&config, &aws, std::iter::empty());
        assert!(own.renewed().is_some());
        assert!(own.renewed().is_none());
    }

    #[test]
    fn members_with_secret_names_are_secrets() {
        let secret = Secret::new(r#"{"username":"admin-user-1","password":"Tr0ub4dor&3","port":5432}"#);
        let found = members(&secret);
        assert_eq!(found.iter().map(Secret::expose).collect::<Vec<_>>(), ["Tr0ub4dor&3"]);
        assert!(members(&Secret::new("plain")).is_empty());
    }
}
