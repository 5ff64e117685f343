//! Values of secret names that are no secrets: nothing, states, counts, code, prose and dumps of objects.

use super::super::names::Family;
use crate::bytes;

/// What is known of a value in text.
pub(super) struct Candidate<'t> {
    /// The families of its name.
    pub(super) family: Family,
    /// The name as it is written.
    pub(super) name: &'t [u8],
    /// The value.
    pub(super) value: &'t [u8],
    /// What follows it.
    pub(super) after: &'t [u8],
    /// Whether it is in quotes.
    pub(super) is_quoted: bool,
    /// Whether `:` and a blank are in front of it, as in a sentence.
    pub(super) is_told: bool,
}

/// Whether a value has to stay.
pub(super) fn is_harmless(candidate: &Candidate<'_>) -> bool {
    let Candidate { family, value, .. } = candidate;
    if is_nothing(value) {
        return true;
    }
    if family.is_own() {
        return false;
    }
    is_of_no_use(*family, candidate.name, value) || !candidate.is_quoted && (is_code(candidate) || is_prose(candidate))
}

/// The same for a value of JSON, which is a string or something else.
pub(crate) fn is_harmless_json(family: Family, name: &[u8], value: &[u8], is_text: bool) -> bool {
    if family.is_own() {
        return false;
    }
    is_switch(value) || is_of_no_use(family, name, value) || !is_text && is_schema(value)
}

/// Words that say that there is no value.
pub(super) fn is_nothing(value: &[u8]) -> bool {
    const NOTHING: &[&[u8]] =
        &[b"null", b"none", b"nil", b"undefined", b"<nil>", b"<none>", b"<null>", b"{}", b"[]", b"()"];
    NOTHING.iter().any(|nothing| nothing.eq_ignore_ascii_case(value)) || is_switch(value)
}

fn is_switch(value: &[u8]) -> bool {
    [&b"true"[..], b"false"].iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// What a name of this kind has as often as a credential, and what only points at one.
fn is_of_no_use(family: Family, name: &[u8], value: &[u8]) -> bool {
    family.intersects(Family::STATE) && is_state(value)
        || family.intersects(Family::COUNT) && is_count(value)
        || family.intersects(Family::PLURAL) && value.iter().all(u8::is_ascii_digit)
        || family.intersects(Family::KEY) && !looks_like_a_key(value)
        || is_pointer(value)
        || is_same_name(value, name)
}

/// The name once more, maybe as a variable: `password: $password`.
fn is_same_name(value: &[u8], name: &[u8]) -> bool {
    let variable = value.iter().take_while(|byte| matches!(byte, b'$' | b'@' | b'{' | b':' | b'%')).count();
    let value = &value[variable..];
    value.strip_suffix(b"}").unwrap_or(value).eq_ignore_ascii_case(name)
}

/// A word of letters, or words and numbers with `_` between them.
fn is_state(value: &[u8]) -> bool {
    let is_part = |part: &[u8]| part.iter().all(u8::is_ascii_digit) || part.iter().all(u8::is_ascii_lowercase);
    value.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_' | b' '))
        || value.contains(&b'_') && value.split(|byte| *byte == b'_').all(is_part) && value.len() < 16
}

/// A number of up to six digits: of tokens of a model, or of a parser.
fn is_count(value: &[u8]) -> bool {
    value.len() <= 6 && value.iter().all(u8::is_ascii_digit)
}

/// Letters and digits, or both cases, and as long as keys are.
fn looks_like_a_key(value: &[u8]) -> bool {
    const SHORTEST: usize = 16;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    let has_digit = value.iter().any(u8::is_ascii_digit);
    let has_lower = value.iter().any(u8::is_ascii_lowercase);
    let has_upper = value.iter().any(u8::is_ascii_uppercase);
    value.len() >= SHORTEST && value.iter().all(is_part) && has_digit && has_lower && has_upper
}

/// Names of secrets, addresses without user info, paths and selectors: they point at something.
pub(crate) fn is_pointer(value: &[u8]) -> bool {
    let is_address = value.starts_with(b"http://") || value.starts_with(b"https://");
    let is_plain = |rest: &[u8]| {
        rest.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b':'))
    };
    value.starts_with(b"arn:")
        || is_address && !value.contains(&b'@') && !value.contains(&b'?')
        || matches!(value, [b'/' | b'#', first, rest @ ..] if first.is_ascii_lowercase() && is_plain(rest))
}

/// A schema of JSON, which says what a value has to be.
fn is_schema(value: &[u8]) -> bool {
    const NEAR: usize = 48;
    // In JSON that is text itself, quotes have backslashes in front.
    let start: Vec<u8> = value.iter().take(NEAR).copied().filter(|byte| *byte != b'\\').collect();
    let types: &[&[u8]] = &[
        b"\"string\"",
        b"\"object\"",
        b"\"integer\"",
        b"\"number\"",
        b"\"boolean\"",
        b"\"array\"",
        b"\"keyword\"",
        b"\"text\"",
    ];
    let has = |part: &[u8]| bytes::find(&start, part).is_some();
    start.starts_with(b"{") && (has(b"\"type\"") && types.iter().any(|kind| has(kind)) || has(b"\"$ref\""))
}

/// Calls, types, dumps of objects and names of classes.
fn is_code(candidate: &Candidate<'_>) -> bool {
    let Candidate { name, value, after, .. } = candidate;
    is_type(value)
        || is_version(candidate)
        || is_dump(value, after)
        || is_class(value)
        || is_coordinate(name, value, after)
        || is_schema(value)
}

/// Types of many languages, with what makes them optional.
fn is_type(value: &[u8]) -> bool {
    const TYPES: &[&[u8]] = &[
        b"any",
        b"bool",
        b"boolean",
        b"bytes",
        b"int",
        b"integer",
        b"number",
        b"object",
        b"secretstr",
        b"str",
        b"string",
        b"text",
        b"varchar",
        b"new",
        b"await",
        b"option<string>",
        b"optional[str]",
        b"[string]",
        b"&str",
        b"string[]",
    ];
    let end = value.iter().rposition(|byte| !matches!(byte, b'!' | b'?' | b',' | b';' | b')')).map_or(0, |at| at + 1);
    TYPES.iter().any(|kind| kind.eq_ignore_ascii_case(&value[..end]))
}

/// A version, as in `com.auth0:java-jwt:4.4.0`.
fn is_version(candidate: &Candidate<'_>) -> bool {
    let Candidate { family, value, .. } = candidate;
    let dots = value.iter().filter(|byte| **byte == b'.').count();
    let is_made_of_digits = value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    !family.intersects(Family::PASSWORD) && dots > 1 && is_made_of_digits && value[0] != b'.'
}

/// `Token{…`, `getPassword()`, `Proxy@1a2b`: what is inside is looked at by itself.
fn is_dump(value: &[u8], after: &[u8]) -> bool {
    let word =
        value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$')).count();
    if word == 0 || !value[0].is_ascii_alphabetic() {
        return false;
    }
    let rest = &value[word..];
    match rest.first() {
        Some(b'(') => is_call(value, rest, after),
        Some(b'{') => is_dump_of_class(&value[..word], &rest[1..], after),
        Some(b'@') => value[0].is_ascii_uppercase() && rest.len() > 1 && rest[1..].iter().all(u8::is_ascii_hexdigit),
        Some(b':') => rest.len() == 1 && matches!(after, [b' ', b'{', ..]),
        _ => false,
    }
}

/// `Token{name=x}`, `Token{hash Activity`: the name of a class, without digits, and in its brackets names, further words or
/// nothing at all. What else has a bracket in it is a password.
fn is_dump_of_class(class: &[u8], inner: &[u8], after: &[u8]) -> bool {
    let is_name = class[0].is_ascii_uppercase() && !class.iter().any(u8::is_ascii_digit);
    let is_open = !inner.contains(&b'}') && after.starts_with(b" ") && inner.iter().all(u8::is_ascii_alphanumeric);
    inner == b"}" || is_name && (inner.contains(&b'=') || inner.contains(&b':') || is_open)
}

/// A call, or a dump with names in it. A word with a capital may also be a wrapper, whose content is the value. Arguments
/// have no digits in them; what has is a password.
fn is_call(value: &[u8], rest: &[u8], after: &[u8]) -> bool {
    let closed = rest.iter().rposition(|byte| *byte == b')');
    let has_quotes = rest.contains(&b'"') || rest.contains(&b'\'');
    let is_wrapper = value[0].is_ascii_uppercase() && rest.len() > 2 && !rest.contains(&b'=');
    let is_argument = |byte: &u8| {
        byte.is_ascii_alphabetic()
            || matches!(byte, b'_' | b'.' | b',' | b'$' | b'(' | b')' | b'=' | b';' | b'&' | b'*')
    };
    let is_closed = match closed {
        Some(at) => rest.len() - at < 3,
        // Further arguments follow.
        None => matches!(after, [b',' | b' ', ..]),
    };
    !has_quotes && !is_wrapper && is_closed && rest.iter().all(is_argument)
}

/// Names of classes and packages, from the top-level domain on.
fn is_class(value: &[u8]) -> bool {
    const TOPS: &[&[u8]] = &[b"com.", b"org.", b"net.", b"io.", b"java.", b"javax.", b"android.", b"sun."];
    let is_part = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'$' | b'_');
    TOPS.iter().any(|top| value.starts_with(top)) && value.iter().all(is_part)
}

/// Coordinates of dependencies, such as `io.jsonwebtoken:jjwt-api:0.11.5`: a name with dots, and no blank behind its colon.
fn is_coordinate(name: &[u8], value: &[u8], after: &[u8]) -> bool {
    let is_artifact = |byte: &u8| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b':' | b'.' | b'0'..=b'9');
    let has_version = value
        .iter()
        .position(|byte| *byte == b':')
        .is_some_and(|at| value.get(at + 1).is_some_and(|next| next.is_ascii_digit() || matches!(next, b'=' | b'j')));
    let _ = after;
    name.contains(&b'.')
        && name.iter().filter(|byte| **byte == b'.').count() >= 1
        && value.iter().all(is_artifact)
        && has_version
}

/// Words with which sentences about a password go on: `Password: reset requested`.
const PROSE: &[&str] = &[
    "a",
    "accepted",
    "all",
    "already",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "authentication",
    "authorization",
    "been",
    "before",
    "can",
    "cannot",
    "change",
    "changed",
    "check",
    "complete",
    "completed",
    "contains",
    "could",
    "created",
    "deleted",
    "denied",
    "did",
    "do",
    "does",
    "empty",
    "enter",
    "error",
    "exceeded",
    "expired",
    "expires",
    "expiry",
    "failed",
    "failure",
    "field",
    "for",
    "found",
    "from",
    "generated",
    "generating",
    "generation",
    "has",
    "have",
    "hidden",
    "if",
    "in",
    "incorrect",
    "initialized",
    "invalid",
    "is",
    "issued",
    "it",
    "length",
    "loaded",
    "looks",
    "loading",
    "malformed",
    "may",
    "mismatch",
    "missing",
    "must",
    "need",
    "needed",
    "needs",
    "never",
    "new",
    "no",
    "not",
    "obtained",
    "of",
    "ok",
    "on",
    "or",
    "over",
    "please",
    "policy",
    "provided",
    "quota",
    "received",
    "refresh",
    "refreshed",
    "rejected",
    "request",
    "requested",
    "required",
    "requires",
    "reset",
    "resets",
    "retrieved",
    "reused",
    "revoked",
    "rotated",
    "rotation",
    "saved",
    "sent",
    "set",
    "shall",
    "should",
    "signature",
    "started",
    "stored",
    "success",
    "successful",
    "successfully",
    "supplied",
    "that",
    "the",
    "this",
    "to",
    "too",
    "unable",
    "unauthorized",
    "unexpected",
    "unknown",
    "unset",
    "unsupported",
    "update",
    "updated",
    "updating",
    "use",
    "used",
    "using",
    "valid",
    "validated",
    "validation",
    "value",
    "verification",
    "verified",
    "was",
    "were",
    "when",
    "which",
    "will",
    "with",
    "wrong",
    "you",
    "your",
];

/// Whether a sentence goes on: a word that sentences have, and behind it a blank and a letter, or the end.
fn is_prose(candidate: &Candidate<'_>) -> bool {
    let Candidate { value, after, is_told, .. } = candidate;
    if !is_told {
        return false;
    }
    let end = value
        .iter()
        .rposition(|byte| !matches!(byte, b'.' | b',' | b';' | b'!' | b'?' | b':' | b')'))
        .map_or(0, |at| at + 1);
    let word = &value[..end];
    let goes_on = after.is_empty()
        || matches!(after, [b'.' | b',' | b';' | b'!' | b'?' | b')' | b'"' | b'\'' | b' ' | b'\n', ..]);
    goes_on && PROSE.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word))
}

/// Whether a word is hardly one of a sentence: it has a digit or a sign in it, or changes its case.
pub(super) fn is_telling(value: &[u8]) -> bool {
    let inner = value.get(1..).unwrap_or_default();
    let signs = |byte: &u8| {
        byte.is_ascii_digit()
            || matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'*' | b'@' | b'^' | b'_' | b'+' | b'=' | b'~')
    };
    value.len() >= 4
        && (value.iter().any(signs)
            || inner.iter().any(u8::is_ascii_uppercase) && inner.iter().any(u8::is_ascii_lowercase))
}
