//! The keys of the function's role, and where they come from.
//!
//! Lambda puts them into the environment, where they stay as they are for the life of the process, or, under SnapStart,
//! behind a local address that hands out fresh ones to whoever knows a token.

use std::fmt;

use serde::Deserialize;
use telesieve_config::Secret;
use telesieve_core::time::parse_rfc3339;

/// Keys that are good for less than this are fetched anew.
const EARLY_MS: i64 = 5 * 60_000;

/// Where a container's address is, if only a path is given.
const CONTAINER_HOST: &str = "http://169.254.170.2";

/// Hosts besides the loopback address to which the token may go without TLS.
const CONTAINER_HOSTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];

/// Keys of a role.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    pub(crate) session_token: Option<Secret>,
    /// Unix milliseconds; `None`: nobody said.
    expires_ms: Option<i64>,
}

/// Where keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The environment held them.
    Environment(Keys),
    /// They are to be fetched.
    Container(ContainerUrl),
}

/// An address that hands out keys.
#[derive(Clone, PartialEq, Eq)]
pub struct ContainerUrl {
    /// `http` or `https`, with a path.
    pub url: String,
    /// The value of the `Authorization` header.
    pub token: Option<Secret>,
}

/// Why there are no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// The environment has neither keys nor an address.
    #[error("no role credentials in the environment")]
    None,
    /// The address is not one to which a token may be sent in the clear.
    #[error("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor a local address")]
    Address,
    /// What the address answered is not a set of keys.
    #[error("invalid response from AWS_CONTAINER_CREDENTIALS_FULL_URI")]
    Unreadable,
}

impl Keys {
    /// Keys of which nobody said how long they are good.
    #[must_use]
    pub fn new(access_key_id: &str, secret_access_key: &str, session_token: Option<&str>) -> Self {
        Self {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: Secret::new(secret_access_key),
            session_token: session_token.filter(|token| !token.is_empty()).map(Secret::new),
            expires_ms: None,
        }
    }

    /// What of them must not appear anywhere: the secret key and the session token.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.secret_access_key).chain(&self.session_token)
    }

    /// Reads what a container's address answers.
    ///
    /// # Errors
    /// It is not a set of keys.
    pub fn read(answer: &[u8]) -> Result<Self, CredentialsError> {
        let answer: Answer<'_> = serde_json::from_slice(answer).map_err(|_| CredentialsError::Unreadable)?;
        if answer.access_key_id.is_empty() || answer.secret_access_key.is_empty() {
            return Err(CredentialsError::Unreadable);
        }
        let keys = Self::new(&answer.access_key_id, &answer.secret_access_key, answer.token.as_deref());
        Ok(Self { expires_ms: answer.expiration.as_deref().and_then(parse_rfc3339), ..keys })
    }

    /// Whether it is time for fresh ones, well before these are refused.
    #[must_use]
    pub fn are_stale(&self, now_ms: i64) -> bool {
        self.expires_ms.is_some_and(|expires| expires.saturating_sub(EARLY_MS) <= now_ms)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([secret])")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    access_key_id: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    secret_access_key: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    token: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    expiration: Option<std::borrow::Cow<'a, str>>,
}

impl Source {
    /// Looks where AWS's own tools look, as far as a Lambda function is concerned: at keys in the environment, then for a
    /// container's address.
    ///
    /// # Errors
    /// There is neither, or the address must not be told the token.
    pub fn find(variable: impl Fn(&str) -> Option<String>) -> Result<Self, CredentialsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let (Some(id), Some(secret)) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
            let (secret, token) = (Secret::new(secret), variable("AWS_SESSION_TOKEN").map(Secret::new));
            return Ok(Self::Environment(Keys {
                access_key_id: id,
                secret_access_key: secret,
                session_token: token,
                expires_ms: None,
            }));
        }
        let relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{CONTAINER_HOST}{path}"));
        let url = relative.or_else(|| variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")).ok_or(CredentialsError::None)?;
        if !may_be_told(&url) {
            return Err(CredentialsError::Address);
        }
        let token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Secret::new);
        Ok(Self::Container(ContainerUrl { url, token }))
    }
}

impl fmt::Debug for ContainerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContainerUrl([secret])")
    }
}

/// Whether a token may be sent there.
fn may_be_told(url: &str) -> bool {
    if url.starts_with("https://") {
        return true;
    }
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        return false;
    }
    let host = match authority.rfind(']') {
        Some(end) => &authority[..=end],
        None => authority.split(':').next().unwrap_or_default(),
    };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    address.is_ok_and(|address| address.is_loopback()) || host == "localhost" || CONTAINER_HOSTS.contains(&host)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

    use super::*;

    fn find(variables: &[(&str, &str)]) -> Result<Source, CredentialsError> {
        let value = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Source::find(value)
    }

    #[test]
    fn keys_in_the_environment_come_first() {
        let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_SESSION_TOKEN", "t")];
        let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9001/credentials");
        let all = [keys[0], keys[1], keys[2], uri];
        assert_eq!(find(&all), Ok(Source::Environment(Keys::new("id", "s", Some("t")))));
        assert_eq!(find(&all[..2]), Ok(Source::Environment(Keys::new("id", "s", None))));
        assert!(matches!(find(&all[1..]), Ok(Source::Container(_))));
        assert_eq!(find(&[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")]), Err(CredentialsError::None));
    }

    #[test]
    fn a_path_alone_is_the_containers_own_address() {
        let source = find(&[
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "t0ken"),
        ]);
        let Ok(Source::Container(container)) = source else { panic!("{source:?}") };
        assert_eq!(container.url, "http://169.254.170.2/v2/x");
        assert_eq!(container.token.as_ref().unwrap().expose(), "t0ken");
        assert!(!format!("{container:?}").contains("t0ken"));
    }

    #[test]
    fn the_token_goes_to_nobody_else_in_the_clear() {
        for good in [
            "https://example.com/x",
            "http://127.0.0.1:9001/x",
            "http://localhost/x",
            "http://[::1]:9001/x",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials",
        ] {
            assert!(find(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", good)]).is_ok(), "{good}");
        }
        for bad in [
            "http://example.com/x",
            "http://127.0.0.1.example.com/x",
            "http://127.0.0.1@example.com/x",
            "http://[::1]@example.com/",
            "http://10.0.0.1/x",
            "ftp://127.0.0.1/",
            "127.0.0.1/x",
            "http://",
        ] {
            let found = find(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", bad)]);
            assert_eq!(found, Err(CredentialsError::Address), "{bad}");
        }
    }

    #[test]
    fn answers_are_read_and_go_stale_early() {
        let answer = br#"{"Code":"Success","AccessKeyId":"id","SecretAccessKey":"s\/s","Token":"t",
            "Expiration":"2026-03-02T08:15:20Z","RoleArn":"x"}"#;
        let keys = Keys::read(answer).unwrap();
        let expires = parse_rfc3339("2026-03-02T08:15:20Z").unwrap();
        assert_eq!((keys.are_stale(expires - EARLY_MS - 1), keys.are_stale(expires - EARLY_MS)), (false, true));
        assert_eq!(keys.secret_access_key.expose(), "s/s");
        assert!(!Keys::new("id", "s", None).are_stale(i64::MAX), "nobody said");
        for bad in ["", "{}", "[]", r#"{"AccessKeyId":"","SecretAccessKey":""}"#, r#"{"AccessKeyId":"x"}"#] {
            assert_eq!(Keys::read(bad.as_bytes()), Err(CredentialsError::Unreadable), "{bad}");
        }
    }
}
