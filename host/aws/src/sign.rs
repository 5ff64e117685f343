//! Signature Version 4, as headers.
//!
//! A signature is good for some minutes around its time, so it is made anew for every try. Of the headers only those are
//! signed that nobody on the way has any business to touch.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use telesieve_config::Secret;
use telesieve_core::time::format_rfc3339;
use zeroize::Zeroizing;

use crate::canonical;
use crate::keys::Keys;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What is signed, as it goes over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// Upper case.
    pub method: &'r str,
    /// As in the `Host` header: with the port unless it is the scheme's own.
    pub host: &'r str,
    /// Encoded.
    pub path: &'r str,
    /// Encoded, without the question mark; see [`canonical_query`](crate::canonical_query).
    pub query: &'r str,
    /// Further headers to sign, names in lower case.
    pub headers: &'r [(&'r str, &'r str)],
    /// Compressed, if it is sent like that.
    pub body: &'r [u8],
}

/// What a signature is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'s> {
    /// Such as `eu-central-1`.
    pub region: &'s str,
    /// Such as `es`, `aoss`, `secretsmanager`.
    pub service: &'s str,
}

/// Signs a request: the headers to add to it, of which `authorization` and `x-amz-security-token` are not to be printed.
///
/// `now_ms`, Unix milliseconds, must be within five minutes of the server's clock.
#[must_use]
pub fn sign(request: &Request<'_>, scope: Scope<'_>, keys: &Keys, now_ms: i64) -> Vec<(&'static str, Secret)> {
    let time = timestamp(now_ms);
    let body_hash = hex(&Sha256::digest(request.body));
    let mut added = vec![("x-amz-content-sha256", body_hash.clone()), ("x-amz-date", time.clone())];
    if let Some(token) = &keys.session_token {
        added.push(("x-amz-security-token", token.expose().to_owned()));
    }
    let signed = signed_headers(request, &added);
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let canonical = canonical_request(request, &signed, &names, &body_hash);
    let Scope { region, service } = scope;
    let scope_text = format!("{}/{region}/{service}/aws4_request", &time[..8]);
    let text = format!("{ALGORITHM}\n{time}\n{scope_text}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let signature = hex(&*mac(&*signing_key(keys, &time[..8], scope), text.as_bytes()));
    let credential = format!("{}/{scope_text}", keys.access_key_id);
    added.push((
        "authorization",
        format!("{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"),
    ));
    added.into_iter().map(|(name, value)| (name, Secret::new(value))).collect()
}

fn signed_headers<'h>(request: &Request<'h>, added: &'h [(&'static str, String)]) -> Vec<(&'h str, String)> {
    let own = request.headers.iter().copied().chain([("host", request.host)]);
    let mut headers: Vec<(&str, String)> = own
        .chain(added.iter().map(|(name, value)| (*name, value.as_str())))
        .map(|(n, v)| (n, canonical::header(v)))
        .collect();
    headers.sort();
    headers
}

fn canonical_request(
    request: &Request<'_>,
    headers: &[(&str, String)],
    names: &str,
    body_hash: &str,
) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(2_048));
    let (path, query) = (canonical::path(request.path), canonical::query(request.query));
    let written = write!(text, "{}\n{path}\n{query}\n", request.method)
        .and_then(|()| headers.iter().try_for_each(|(name, value)| writeln!(text, "{name}:{value}")))
        .and_then(|()| write!(text, "\n{names}\n{body_hash}"));
    written.expect("a string takes any text");
    text
}

/// The key of a day, a region and a service: what leaks with it is less than what leaks with the secret key.
fn signing_key(keys: &Keys, date: &str, scope: Scope<'_>) -> Zeroizing<[u8; 32]> {
    let secret = Zeroizing::new(format!("AWS4{}", keys.secret_access_key.expose()));
    let key = mac(secret.as_bytes(), date.as_bytes());
    let key = mac(&*key, scope.region.as_bytes());
    let key = mac(&*key, scope.service.as_bytes());
    mac(&*key, b"aws4_request")
}

fn mac(key: &[u8], text: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// `20260302T081520Z`
fn timestamp(ms: i64) -> String {
    let text = format_rfc3339(ms);
    let (seconds, _) = text.split_once('.').unwrap_or((&text, ""));
    seconds.chars().filter(|c| !matches!(c, '-' | ':')).chain(['Z']).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes any text");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_basic_format() {
        assert_eq!(timestamp(1_772_439_320_290), "20260302T081520Z");
        assert_eq!(timestamp(0), "19700101T000000Z");
    }

    #[test]
    fn nothing_secret_is_printed() {
        let keys = Keys::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Some("t0ken"));
        let request =
            Request { method: "GET", host: "example.amazonaws.com", path: "/", query: "", headers: &[], body: b"" };
        let headers = sign(&request, Scope { region: "us-east-1", service: "service" }, &keys, 1_440_938_160_000);
        let printed = format!("{headers:?} {keys:?}");
        for secret in ["Signature=", "t0ken", "wJalr"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
