//! Access keys of AWS: the ids of long-term and temporary keys, and secret keys and session tokens by the name of their
//! key. Ids of users and roles (`AIDA…`, `AROA…`) are no credentials and stay.

use memchr::memchr_iter;

use super::keyed;
use super::names::Family;
use super::{Hits, Subject};
use crate::bytes::{word_after, word_before};

const ID_LENGTH: usize = 20;

pub(super) fn find(subject: &Subject<'_>, hits: &mut Hits) {
    keyed::find(subject, Family::AWS, hits);
    for at in memchr_iter(b'A', subject.text) {
        if is_id(subject.text, at) {
            hits.push(at..at + ID_LENGTH);
        }
    }
}

fn is_id(text: &[u8], at: usize) -> bool {
    let Some(id) = text.get(at..at + ID_LENGTH) else { return false };
    let is_key = matches!(&id[..4], b"AKIA" | b"ASIA" | b"ABIA" | b"ACCA") || id.starts_with(b"A3T");
    is_key
        && id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && !word_before(text, at)
        && !word_after(text, at + ID_LENGTH)
}
