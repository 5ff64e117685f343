//! Values that are secret by the name of their key: `password`, `token`, `apiKey` and the like.
//!
//! Which names these are is in `names.rs`, where their values start and end in `keyed.rs`.

use super::{BuiltIn, Clues, Family, Group, Hits, RuleInfo, Subject, keyed, names, shown};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct Secret;

static ABOUT: RuleInfo = RuleInfo {
    name: "secret",
    group: Group::Secrets,
    by_default: true,
    version: 2,
    description: "Values of keys such as password, token, secret or apiKey, in JSON at any depth and in text.",
    keys: Some(names::SECRET),
    validator: "The name of the key.",
    reads_base64: true,
    hits: shown(&[
        ("password=hunter2 next", "hunter2"),
        ("token: abc,", "abc"),
        ("\"apiKey\":\"a b\\\"c\"", "a b\\\"c"),
        ("{'client_secret': 'x'}", "x"),
        ("DB_PASSWORD=x;", "x"),
        ("?access_token=abc&n=1", "abc"),
        ("user[password]=x", "x"),
        ("{\"credentials\":{\"a\":[1,2]},\"b\":1}", "{\"a\":[1,2]}"),
        ("\"password\":123456}", "123456"),
        ("secret => s3", "s3"),
        ("password2 := x", "x"),
        ("Cookie: a=b; c=\"d e\"; f=g", "a=b; c=\"d e\"; f=g"),
        ("Authorization: Bearer abc", "abc"),
        ("password: Some(\"hunter2\") }", "Some(\"hunter2\")"),
        ("password: b'hunter2',", "hunter2"),
        ("session id: 1234abcd x", "1234abcd"),
        ("{\"api key\": \"x\"}", "x"),
        ("{\"password\"\t:\n\"x y\"}", "x y"),
        ("k PRIVATE_KEY=-----BEGIN X-----\nMII\n-----END X----- k", "-----BEGIN X-----\nMII\n-----END X-----"),
    ]),
    misses: shown(&[
        "password",
        "Enter password:\nhello",
        "password=",
        "the secret of 2",
        "nextToken=abc",
        "tokens: 5",
        "password: null",
        "password: [REDACTED:secret]",
        "token=****",
        "passwordless: 1",
        "author: x",
    ]),
};

impl BuiltIn for Secret {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::LETTER | Signals::BEYOND
    }

    fn clues(&self) -> Clues {
        Clues::NAME
    }

    fn family(&self) -> Family {
        Family::SECRET
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        keyed::find(subject, Family::SECRET, hits);
    }
}
