//! What is wrong with a setting, in the words of whoever writes TOML.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

/// What is wrong. Where it is, the path knows.
#[derive(Debug)]
pub(super) struct Fault(pub(super) String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

// serde's own words name types of Rust, and bring along the printing of floats: a fifth of a small component.
impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        unexpected("", found, expected)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        unexpected("another ", found, expected)
    }
}

fn unexpected(another: &str, found: Unexpected<'_>, expected: &dyn Expected) -> Fault {
    Fault(format!("expected {}, found {another}{}", wanted(&expected.to_string()), name(found)))
}

/// What serde's visitors call by its name in Rust, and what it is.
const NAMES: [(&str, &str); 14] = [
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number that is not negative"),
    ("usize", "a whole number that is not negative"),
    ("i8", "a whole number from -128 to 127"),
    ("i16", "a whole number from -32768 to 32767"),
    ("i32", "a whole number from -2147483648 to 2147483647"),
    ("i64", "a whole number"),
    ("isize", "a whole number"),
    ("f32", "a number"),
    ("f64", "a number"),
    ("a sequence", "a list"),
    ("a map", "a table"),
];

fn wanted(expected: &str) -> &str {
    let known = NAMES.iter().find(|(name, _)| *name == expected);
    match known {
        Some((_, wanted)) => wanted,
        None if expected.as_bytes().starts_with(b"struct ") => "a table",
        None => expected,
    }
}

fn name(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "number",
        Unexpected::Str(_) | Unexpected::Char(_) => "text",
        Unexpected::Seq => "list",
        Unexpected::Map => "table",
        Unexpected::Unit | Unexpected::Option => "nothing",
        _ => "value",
    }
}
