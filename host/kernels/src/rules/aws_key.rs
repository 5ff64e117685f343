//! Access keys of AWS: the ids of long-term and temporary keys, and secret keys and session tokens by the name of their
//! key. Ids of users and roles (`AIDA…`, `AROA…`) are no credentials and stay.

use memchr::memchr_iter;

use super::{BuiltIn, Clues, Family, Group, Hits, RuleInfo, Subject, keyed, names, shown};
use crate::bytes::{mixes_cases_and_digits, word_after, word_before};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct AwsKey;

static ABOUT: RuleInfo = RuleInfo {
    name: "aws-key",
    group: Group::Secrets,
    by_default: true,
    version: 2,
    description: "AWS access key ids (AKIA, ASIA, ABIA, ACCA, A3T), secret access keys and session tokens.",
    keys: Some(names::AWS),
    validator: "Prefix, length and alphabet of key ids; secrets by the name of their key, or by an id within 100 characters.",
    reads_base64: true,
    hits: shown(&[
        ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
        ("ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
        (
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ),
        ("'SecretAccessKey': 'abc def'", "abc def"),
        ("X-Amz-Security-Token=FwoGZXIvYXdzE&X-Amz-Date=1", "FwoGZXIvYXdzE"),
    ]),
    misses: shown(&[
        "AKIAIOSFODNN7EXAMPLEX",
        "XAKIAIOSFODNN7EXAMPLE",
        "AKIA1234",
        "AROAIOSFODNN7EXAMPLE",
        "accessKeyId: none",
    ]),
};

impl BuiltIn for AwsKey {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::LETTER
    }

    fn clues(&self) -> Clues {
        Clues::KEY_ID | Clues::NAME
    }

    fn family(&self) -> Family {
        Family::AWS
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        keyed::find(subject, Family::AWS, hits);
        for at in memchr_iter(b'A', subject.text) {
            if is_id(subject.text, at) {
                hits.push(at..at + ID_LENGTH);
                hits.extend(secrets_near(subject.text, at));
            }
        }
    }
}

const ID_LENGTH: usize = 20;

/// Secret keys are this long, and have no form of their own.
const SECRET_LENGTH: usize = 40;

/// How far from its id a secret key is looked for.
const NEAR: usize = 100;

/// Secret keys near an id: runs of base64 as long as one, with letters of both cases and digits. A SHA-1 in hex has one
/// case.
fn secrets_near(text: &[u8], id: usize) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let from = id.saturating_sub(NEAR + SECRET_LENGTH);
    let to = text.len().min(id + ID_LENGTH + NEAR + SECRET_LENGTH);
    let mut at = from;
    std::iter::from_fn(move || {
        while at < to {
            let start = at + text[at..to].iter().position(is_digit)?;
            at = start + text[start..].iter().take(SECRET_LENGTH + 1).take_while(|byte| is_digit(byte)).count();
            let is_cut = start == from && start > 0 && is_digit(&text[start - 1]);
            if at - start == SECRET_LENGTH && !is_cut && mixes_cases_and_digits(&text[start..at]) {
                return Some(start..at);
            }
            // The rest of a longer run is no key either.
            at += text[at..to].iter().take_while(|byte| is_digit(byte)).count();
        }
        None
    })
}

fn is_id(text: &[u8], at: usize) -> bool {
    let Some(id) = text.get(at..at + ID_LENGTH) else { return false };
    let is_key = matches!(&id[..4], b"AKIA" | b"ASIA" | b"ABIA" | b"ACCA") || id.starts_with(b"A3T");
    is_key
        && id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && !word_before(text, at)
        && !word_after(text, at + ID_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(text: &str) -> Vec<&str> {
        let at = text.find("AKIA").unwrap_or_default();
        secrets_near(text.as_bytes(), at).map(|found| &text[found]).collect()
    }

    #[test]
    fn secret_keys_are_told_by_an_id_nearby() {
        const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        assert_eq!(near(&format!("AKIAIOSFODNN7EXAMPLE,{SECRET}")), [SECRET]);
        assert_eq!(near(&format!("{SECRET} AKIAIOSFODNN7EXAMPLE")), [SECRET]);
        assert_eq!(near(&format!("AKIAIOSFODNN7EXAMPLE {SECRET}x")), [""; 0]);
        assert_eq!(near("AKIAIOSFODNN7EXAMPLE da39a3ee5e6b4b0d3255bfef95601890afd80709"), [""; 0]);
    }
}
