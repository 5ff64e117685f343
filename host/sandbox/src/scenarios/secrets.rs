//! Everything that must not leave the sandbox, in one place, so that tests and the demo can prove that it did not.
//!
//! None of it opens anything: numbers and names are those that the world reserves for examples.

/// Access key of the function's role, as in the sandbox's environment.
pub const ROLE_KEY_ID: &str = "ASIAQEXAMPLEROLEKEY7";
/// Secret key of the function's role.
pub const ROLE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// Session token of the function's role.
pub const ROLE_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLEsessionTOKENofTheRole0123456789";
/// Token for the credentials of a function under SnapStart.
pub const CONTAINER_TOKEN: &str = "c0ntainerEXAMPLEauthorizationTOKEN";

pub(super) const EMAIL: &str = "jane.doe@example.com";
pub(super) const EMAIL_ESCAPED: &str = r"kim.lee\u0040example.net";
pub(super) const EMAIL_NESTED: &str = r"sam.fox\\u0040example.org";
pub(super) const EMAIL_IN_TRACE: &str = "ada.stone+shop@example.org";
pub(super) const CARD: &str = "4111 1111 1111 1111";
pub(super) const CARD_PLAIN: &str = "5555555555554444";
pub(super) const CARD_DASHED: &str = "4242-4242-4242-4242";
pub(super) const BEARER: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLWFuLWV4YW1wbGU";
pub(super) const BEARER_OPAQUE: &str = "s3cr3t-7d1f0c2b9e4a5f60";
pub(super) const AWS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub(super) const PHONE: &str = "+4915123456789";

/// A piece of text that must not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it is, such as `email`.
    pub kind: &'static str,
    /// The text itself, without any escapes.
    pub text: &'static str,
}

const fn secret(kind: &'static str, text: &'static str) -> Secret {
    Secret { kind, text }
}

/// The secrets of [`shop`](super::shop) and of the sandbox's environment.
pub const SECRETS: &[Secret] = &[
    secret("email", EMAIL),
    secret("email written with an escape", "kim.lee@example.net"),
    secret("email in JSON in JSON", "sam.fox@example.org"),
    secret("email in a stack trace", EMAIL_IN_TRACE),
    secret("payment card", CARD),
    secret("payment card in JSON in JSON", CARD_PLAIN),
    secret("payment card with dashes", CARD_DASHED),
    secret("bearer token", BEARER),
    secret("bearer token", BEARER_OPAQUE),
    secret("AWS key id", AWS_KEY_ID),
    secret("phone number", PHONE),
    secret("key of the role", ROLE_KEY_ID),
    secret("secret key of the role", ROLE_SECRET),
    secret("session token of the role", ROLE_TOKEN),
    secret("container token", CONTAINER_TOKEN),
];

/// How many layers of JSON strings are looked through.
const LAYERS: usize = 4;

/// The secrets that can be found in these bytes, be it behind JSON escapes, in strings inside strings.
#[must_use]
pub fn leaks(bytes: &[u8]) -> Vec<&'static Secret> {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    let mut found = Vec::new();
    for _ in 0..LAYERS {
        for secret in SECRETS.iter().filter(|secret| text.contains(secret.text)) {
            if !found.contains(&secret) {
                found.push(secret);
            }
        }
        text = unescape(&text);
    }
    found
}

/// Takes one layer of JSON escapes off, wherever they stand.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let code = rest.strip_prefix('u').and_then(|digits| digits.get(..4));
        let code = code.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let Some(code) = code {
            plain.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            rest = &rest[5..];
        } else if let Some(character) = rest.chars().next() {
            plain.push(match character {
                'n' | 'r' | 't' | 'b' | 'f' => ' ',
                other => other,
            });
            rest = &rest[character.len_utf8()..];
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios::shop;

    #[test]
    fn sees_through_escapes() {
        let found = leaks(br#"{"body":"{\"email\":\"sam.fox\\u0040example.org\"}"}"#);
        assert_eq!(found.iter().map(|secret| secret.kind).collect::<Vec<_>>(), ["email in JSON in JSON"]);
        assert_eq!(leaks(b"nothing to see, jane.doe[at]example.com"), Vec::<&Secret>::new());
    }

    #[test]
    fn the_shop_holds_every_secret_of_its_own() {
        let story = format!("{:?}", shop());
        let found = leaks(story.as_bytes());
        let environment = [ROLE_KEY_ID, ROLE_SECRET, ROLE_TOKEN, CONTAINER_TOKEN];
        for secret in SECRETS.iter().filter(|secret| !environment.contains(&secret.text)) {
            assert!(found.contains(&secret), "{secret:?} is in no line of the shop");
        }
    }
}
