//! Access keys of AWS: the ids of long-term and temporary keys, and secret keys and session tokens by the name of their
//! key. Ids of users and roles (`AIDA…`, `AROA…`) are no credentials and stay.

use memchr::memchr_iter;

use super::{BuiltIn, Clues, Family, Group, Hits, RuleInfo, Subject, keyed, names};
use crate::bytes::{word_after, word_before};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct AwsKey;

static ABOUT: RuleInfo = RuleInfo {
    name: "aws-key",
    group: Group::Secrets,
    by_default: true,
    version: 1,
    description: "AWS access key ids (AKIA, ASIA, ABIA, ACCA, A3T), secret access keys and session tokens.",
    keys: Some(names::AWS),
    validator: "Prefix, length and alphabet of key ids; secrets by the name of their key.",
    reads_base64: true,
    hits: &[
        ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
        ("ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
        (
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ),
        ("'SecretAccessKey': 'abc def'", "abc def"),
        ("X-Amz-Security-Token=FwoGZXIvYXdzE&X-Amz-Date=1", "FwoGZXIvYXdzE"),
    ],
    misses: &[
        "AKIAIOSFODNN7EXAMPLEX",
        "XAKIAIOSFODNN7EXAMPLE",
        "AKIA1234",
        "AROAIOSFODNN7EXAMPLE",
        "accessKeyId: none",
    ],
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
            }
        }
    }
}

const ID_LENGTH: usize = 20;

fn is_id(text: &[u8], at: usize) -> bool {
    let Some(id) = text.get(at..at + ID_LENGTH) else { return false };
    let is_key = matches!(&id[..4], b"AKIA" | b"ASIA" | b"ABIA" | b"ACCA") || id.starts_with(b"A3T");
    is_key
        && id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && !word_before(text, at)
        && !word_after(text, at + ID_LENGTH)
}
