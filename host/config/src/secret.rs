//! Secrets: as text, or as a reference to where one is kept.

use std::fmt;

use zeroize::Zeroize as _;

/// Longest reference that is believed: an ARN has 2,048 characters at most.
const MAX_REFERENCE: usize = 2_048;

/// Text that must not be printed, and is wiped from memory when it is no longer needed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A user name, a password or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The text itself.
    Text(Secret),
    /// It is kept elsewhere, and read when it is needed.
    Kept(Reference),
}

impl Credential {
    /// Takes text that starts like a reference for one, and everything else for the secret itself.
    ///
    /// # Errors
    ///
    /// The text starts like a reference and is none.
    pub fn read(text: &str) -> Result<Self, ReferenceError> {
        Ok(Reference::read(text)?.map_or_else(|| Self::Text(Secret::new(text)), Self::Kept))
    }

    /// The text, if it is here.
    #[must_use]
    pub fn text(&self) -> Option<&Secret> {
        match self {
            Self::Text(text) => Some(text),
            Self::Kept(_) => None,
        }
    }
}

/// Where a secret is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Store {
    /// AWS Secrets Manager.
    SecretsManager,
    /// Parameter Store of AWS Systems Manager.
    ParameterStore,
}

/// Names a secret, and the part of it that is meant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Where it is kept.
    pub store: Store,
    /// Its ARN or name.
    pub id: String,
    /// Region of the ARN; `None`: the function's.
    pub region: Option<String>,
    /// Member of the JSON object that the secret is; `None`: all of it.
    pub field: Option<String>,
}

/// Text that starts like a reference to a secret and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected text, secretsmanager:<name>, ssm:<name>, or the ARN of a secret or a parameter, with #<field> for a field of its JSON"
)]
pub struct ReferenceError;

impl Reference {
    /// Reads `secretsmanager:<name>`, `ssm:<name>` or the ARN of either, and `#<field>` behind it.
    fn read(text: &str) -> Result<Option<Self>, ReferenceError> {
        let (place, field) = match text.split_once('#') {
            Some((place, field)) => (place, Some(field.to_owned())),
            None => (text, None),
        };
        let found = if let Some(name) = place.strip_prefix("secretsmanager:") {
            Some((Store::SecretsManager, name, None))
        } else if let Some(name) = place.strip_prefix("ssm:") {
            Some((Store::ParameterStore, name, None))
        } else {
            arn(place)?
        };
        let Some((store, id, region)) = found else { return Ok(None) };
        let is_name = !id.is_empty() && text.len() <= MAX_REFERENCE && id.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_name || field.as_deref() == Some("") {
            return Err(ReferenceError);
        }
        Ok(Some(Self { store, id: id.to_owned(), region: region.map(str::to_owned), field }))
    }

    /// The secret as a whole: what is fetched, and cached.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self { field: None, ..self.clone() }
    }
}

type Arn<'a> = (Store, &'a str, Option<&'a str>);

/// `arn:aws:secretsmanager:eu-central-1:123456789012:secret:name-AbCdEf`, `arn:aws:ssm:…:parameter/name`.
fn arn(text: &str) -> Result<Option<Arn<'_>>, ReferenceError> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let (store, resource) = match parts[..] {
        ["arn", _, "secretsmanager", ..] => (Store::SecretsManager, "secret:"),
        ["arn", _, "ssm", ..] => (Store::ParameterStore, "parameter/"),
        _ => return Ok(None),
    };
    match parts[..] {
        ["arn", _, _, region, account, name]
            if is_region(region) && account.bytes().all(|b| b.is_ascii_digit()) && name.starts_with(resource) =>
        {
            Ok(Some((store, text, Some(region))))
        }
        _ => Err(ReferenceError),
    }
}

/// It becomes part of a host name.
fn is_region(region: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !region.is_empty() && region.len() <= 32 && region.bytes().all(plain)
}

impl fmt::Display for Reference {
    /// As it may be written in a configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.store {
            _ if self.region.is_some() => "",
            Store::SecretsManager => "secretsmanager:",
            Store::ParameterStore => "ssm:",
        };
        write!(f, "{prefix}{}", self.id)?;
        self.field.as_ref().map_or(Ok(()), |field| write!(f, "#{field}"))
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
mod tests {
    use super::*;

    const SECRET: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/os-AbCdEf";
    const PARAMETER: &str = "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/prod/os";

    fn kept(text: &str) -> Reference {
        match Credential::read(text) {
            Ok(Credential::Kept(reference)) => reference,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn references_are_told_from_secrets() {
        for (text, store, id, region, field) in [
            (SECRET, Store::SecretsManager, SECRET, Some("eu-central-1"), None),
            (PARAMETER, Store::ParameterStore, PARAMETER, Some("us-gov-west-1"), None),
            ("secretsmanager:prod/os#password", Store::SecretsManager, "prod/os", None, Some("password")),
            ("ssm:/prod/os", Store::ParameterStore, "/prod/os", None, None),
        ] {
            let read = kept(text);
            let expected = (store, id, region, field);
            assert_eq!((read.store, read.id.as_str(), read.region.as_deref(), read.field.as_deref()), expected);
            assert_eq!(read.to_string(), text);
        }
        for text in ["hunter2", "", "arn:aws:s3:::bucket", "ssm", "#x", "a#b", "Secretsmanager:x"] {
            assert_eq!(Credential::read(text).unwrap().text().unwrap().expose(), text);
        }
    }

    #[test]
    fn what_starts_like_a_reference_must_be_one() {
        for text in [
            "secretsmanager:",
            "ssm:#field",
            "ssm:/prod/os#",
            "ssm:with a blank",
            "arn:aws:secretsmanager:eu-central-1:123456789012:name",
            "arn:aws:secretsmanager:eu-central-1",
            "arn:aws:ssm:eu.evil.example/:123456789012:parameter/x",
            "arn:aws:ssm::123456789012:parameter/x",
            "arn:aws:ssm:eu-central-1:someone:parameter/x",
        ] {
            assert_eq!(Credential::read(text), Err(ReferenceError), "{text}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        assert_eq!(format!("{:?}", Credential::read("hunter2")), "Ok(Text([secret]))");
        assert_eq!(format!("{:?}", kept("ssm:/a#b")), "ssm:/a#b");
    }
}
