//! Secrets Manager and Parameter Store: what to ask them, and what their answers mean.
//!
//! Of an answer that refuses, its type is believed, and of its message only whether it is about the key that a secret is
//! encrypted with. Nothing of it is repeated.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use telesieve_config::{Reference, Secret, Store};

/// Longest type of an error that is repeated.
const MAX_TYPE: usize = 64;

/// A request to one of the two services: a `POST` of JSON to its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The name that goes into the signature, and in front of the host name.
    pub service: &'static str,
    /// `X-Amz-Target`
    pub target: &'static str,
    /// The body, of type `application/x-amz-json-1.1`.
    pub body: String,
}

/// Why a secret cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The role may not.
    #[error("the function's role lacks the permission {action}")]
    Denied {
        /// The action of IAM that a policy has to allow.
        action: &'static str,
    },
    /// There is no such secret.
    #[error("no secret or parameter with this name")]
    NotFound,
    /// Any other refusal.
    #[error("refused: HTTP {status} {kind}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Type of the error, letters only; may be empty.
        kind: String,
    },
    /// The answer makes no sense.
    #[error("invalid response")]
    Unreadable,
    /// It is binary.
    #[error("the value is binary, not text")]
    NotText,
    /// It has no such field.
    #[error("the value is not a JSON object with a string or a number in the field {field}")]
    NoField {
        /// Name of the field.
        field: String,
    },
}

impl SecretError {
    /// Whether to ask again soon.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, kind } => *status >= 500 || *status == 429 || kind.starts_with("Throttling"),
            _ => false,
        }
    }
}

/// What to ask for a secret.
#[must_use]
pub fn ask(reference: &Reference) -> Call {
    let (service, target, body) = match reference.store {
        Store::SecretsManager => {
            ("secretsmanager", "secretsmanager.GetSecretValue", serde_json::json!({ "SecretId": reference.id }))
        }
        Store::ParameterStore => {
            ("ssm", "AmazonSSM.GetParameter", serde_json::json!({ "Name": reference.id, "WithDecryption": true }))
        }
    };
    Call { service, target, body: body.to_string() }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found<'a> {
    #[serde(borrow, default)]
    secret_string: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    parameter: Option<Parameter<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter<'a> {
    #[serde(borrow)]
    value: Cow<'a, str>,
}

#[derive(Default, Deserialize)]
struct Refusal<'a> {
    #[serde(borrow, default, rename = "__type")]
    kind: Cow<'a, str>,
    /// Some services spell it this way, some the other, and some write both.
    #[serde(borrow, default)]
    message: Cow<'a, str>,
    #[serde(borrow, default, rename = "Message")]
    capital_message: Cow<'a, str>,
}

/// Reads the answer about a secret: all of it, whatever field is meant.
///
/// # Errors
///
/// There is none, it may not be read, or it is not text.
pub fn read(store: Store, status: u16, answer: &[u8]) -> Result<Secret, SecretError> {
    if status != 200 {
        return Err(refusal(store, status, answer));
    }
    let found: Found<'_> = serde_json::from_slice(answer).map_err(|_| SecretError::Unreadable)?;
    let text = match store {
        Store::SecretsManager => found.secret_string.ok_or(SecretError::NotText)?,
        Store::ParameterStore => found.parameter.ok_or(SecretError::Unreadable)?.value,
    };
    Ok(Secret::new(text))
}

fn refusal(store: Store, status: u16, answer: &[u8]) -> SecretError {
    let Refusal { kind, message, capital_message } = serde_json::from_slice(answer).unwrap_or_default();
    let kind = kind.rsplit('#').next().unwrap_or_default();
    let about_key = [message, capital_message]
        .iter()
        .any(|message| message.as_bytes().windows(3).any(|word| word.eq_ignore_ascii_case(b"kms")));
    match kind {
        "AccessDeniedException" | "AccessDenied" | "DecryptionFailure" if about_key => {
            SecretError::Denied { action: "kms:Decrypt" }
        }
        "DecryptionFailure" => SecretError::Denied { action: "kms:Decrypt" },
        "AccessDeniedException" | "AccessDenied" => SecretError::Denied { action: action(store) },
        "ResourceNotFoundException" | "ParameterNotFound" => SecretError::NotFound,
        _ => {
            let kind = kind.chars().filter(char::is_ascii_alphanumeric).take(MAX_TYPE).collect();
            SecretError::Refused { status, kind }
        }
    }
}

/// The action that a policy has to allow for reading.
fn action(store: Store) -> &'static str {
    match store {
        Store::SecretsManager => "secretsmanager:GetSecretValue",
        Store::ParameterStore => "ssm:GetParameter",
    }
}

/// The part of a secret that is meant. Line ends behind it are those of the file that it was made of.
///
/// # Errors
///
/// It has no such field.
pub fn select(secret: &Secret, field: Option<&str>) -> Result<Secret, SecretError> {
    let Some(field) = field else { return Ok(trimmed(secret.expose())) };
    let no_field = || SecretError::NoField { field: field.to_owned() };
    let object: std::collections::BTreeMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(secret.expose()).map_err(|_| no_field())?;
    let value = object.get(field).ok_or_else(no_field)?.get();
    if value.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Ok(Secret::new(value));
    }
    let text: Cow<'_, str> = serde_json::from_str(value).map_err(|_| no_field())?;
    Ok(trimmed(&text))
}

fn trimmed(text: &str) -> Secret {
    Secret::new(text.trim_end_matches(['\r', '\n']))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

    use proptest::prelude::*;
    use telesieve_config::Credential;

    use super::*;

    fn reference(text: &str) -> Reference {
        let Ok(Credential::Kept(reference)) = Credential::read(text) else { panic!("{text}") };
        reference
    }

    fn refused(store: Store, status: u16, answer: &str) -> String {
        read(store, status, answer.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn questions_name_the_secret() {
        let call = ask(&reference("secretsmanager:a\"b#field"));
        assert_eq!((call.service, call.target), ("secretsmanager", "secretsmanager.GetSecretValue"));
        assert_eq!(call.body, r#"{"SecretId":"a\"b"}"#);
        let call = ask(&reference("arn:aws:ssm:eu-central-1:123456789012:parameter/a"));
        assert_eq!(call.target, "AmazonSSM.GetParameter");
        assert_eq!(call.body, r#"{"Name":"arn:aws:ssm:eu-central-1:123456789012:parameter/a","WithDecryption":true}"#);
    }

    #[test]
    fn answers_hold_secrets() {
        let secret = read(Store::SecretsManager, 200, br#"{"ARN":"x","SecretString":"a\"b","VersionStages":["c"]}"#);
        assert_eq!(secret.unwrap().expose(), "a\"b");
        let secret = read(Store::ParameterStore, 200, br#"{"Parameter":{"Name":"x","Value":"y","Version":1}}"#);
        assert_eq!(secret.unwrap().expose(), "y");
        assert_eq!(read(Store::SecretsManager, 200, br#"{"SecretBinary":"eA=="}"#), Err(SecretError::NotText));
        assert_eq!(read(Store::ParameterStore, 200, b"{}"), Err(SecretError::Unreadable));
        assert_eq!(read(Store::ParameterStore, 200, b"<html>"), Err(SecretError::Unreadable));
    }

    #[test]
    fn a_missing_permission_is_named() {
        let denied = r#"{"__type":"AccessDeniedException","Message":"User: x is not authorized to perform: y"}"#;
        let key = r#"{"__type":"com.amazon#AccessDeniedException","message":"Access to KMS is not allowed"}"#;
        let lacks = "the function's role lacks the permission";
        for (store, answer, action) in [
            (Store::SecretsManager, denied, "secretsmanager:GetSecretValue"),
            (Store::ParameterStore, denied, "ssm:GetParameter"),
            (Store::SecretsManager, key, "kms:Decrypt"),
            (Store::ParameterStore, key, "kms:Decrypt"),
            (Store::SecretsManager, r#"{"__type":"DecryptionFailure"}"#, "kms:Decrypt"),
        ] {
            assert_eq!(refused(store, 400, answer), format!("{lacks} {action}"));
        }
    }

    #[test]
    fn other_refusals_have_a_type_and_no_text() {
        let none = r#"{"__type":"ParameterNotFound","message":"x","Message":"x"}"#;
        assert_eq!(refused(Store::ParameterStore, 400, none), "no secret or parameter with this name");
        let odd = r#"{"__type":"Odd: <b>Exception","message":"secret"}"#;
        assert_eq!(refused(Store::SecretsManager, 400, odd), "refused: HTTP 400 OddbException");
        assert!(refused(Store::SecretsManager, 502, "<html>").starts_with("refused: HTTP 502"));
        let throttled = r#"{"__type":"ThrottlingException"}"#;
        assert!(read(Store::SecretsManager, 400, throttled.as_bytes()).unwrap_err().is_transient());
        assert!(!read(Store::SecretsManager, 400, odd.as_bytes()).unwrap_err().is_transient());
    }

    #[test]
    fn a_field_is_selected() {
        let secret = Secret::new(r#"{"username":"writer","pass\u0077ord":"a\"b\n","port":9200,"none":null,"deep":{}}"#);
        for (field, value) in [("username", "writer"), ("password", "a\"b"), ("port", "9200")] {
            assert_eq!(select(&secret, Some(field)).unwrap().expose(), value);
        }
        for field in ["none", "deep", "other"] {
            let error = select(&secret, Some(field)).unwrap_err();
            assert_eq!(error, SecretError::NoField { field: field.to_owned() });
            assert!(!error.to_string().contains("writer"));
        }
        assert!(select(&Secret::new("plain"), Some("a")).is_err());
        assert_eq!(select(&Secret::new("plain\r\n"), None).unwrap().expose(), "plain");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(status in 100_u16..600, answer: Vec<u8>, field in ".{0,9}") {
            let _ = read(Store::SecretsManager, status, &answer);
            let _ = read(Store::ParameterStore, 200, &answer);
            let _ = select(&Secret::new(String::from_utf8_lossy(&answer)), Some(&field));
        }
    }
}
