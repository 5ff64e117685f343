//! The sandbox's own secrets, by value. Which they are is the caller's to say: see [`crate::OwnValues`].

use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject, shown};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct OwnSecrets;

static ABOUT: RuleInfo = RuleInfo {
    name: "own-secrets",
    group: Group::Secrets,
    by_default: true,
    version: 1,
    description: "Secrets that the sandbox holds, wherever they appear: values of the function's variables with secret names, the role's keys, and what telesieve itself reads.",
    keys: None,
    validator: "The value itself, of 8 characters or more, as it is or in base64. Words, regions, ARNs and addresses are left out.",
    reads_base64: true,
    hits: shown(&[]),
    misses: shown(&["production", "AWS_SECRET_ACCESS_KEY is set"]),
};

impl BuiltIn for OwnSecrets {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::LETTER | Signals::DIGIT
    }

    fn clues(&self) -> Clues {
        Clues::OWN
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        subject.own.find(subject.text, hits);
    }
}
