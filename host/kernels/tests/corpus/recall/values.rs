//! Values of every alphabet, and passwords with every sign.

use super::template::fill;
use crate::random::Random;

/// What a value may be, in the place where it stands.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Without quotes around it: it starts and ends with a letter or a digit.
    Bare,
    /// In quotes: any sign but these.
    Quoted(&'static str),
    /// Any sign but the quote, which is in it behind a backslash.
    Escaped(char),
    /// Any sign but the quote, which is in it twice.
    Doubled(char),
    /// In a query: signs that need no encoding there.
    Query,
    /// Letters, digits, `-` and `_`.
    Token,
    /// Words with blanks between them.
    Phrase,
}

/// Tokens as machines make them.
const TOKENS: &[&str] = &[
    "{hex:32}",
    "{hex:40}",
    "{hex:64}",
    "{b36:24}",
    "{b36:32-40}",
    "{B36:20}a1",
    "{an:20-44}7",
    "{b64u:22-43}4",
    "{uuid}",
    "{letters:8}9{letters:6}",
    "{word:7}{d:3}",
    "{d:3}{word:4}-{word:5}",
];

/// Signs that passwords have in them.
const SIGNS: &str = "!#$%^&*()[]{}<>,;?/\\~|@+-_.'\"`";

/// A value of a kind.
pub(crate) fn value(kind: Kind, random: &mut Random) -> String {
    match kind {
        Kind::Token => token(random),
        Kind::Query => match random.below(3) {
            0 => password("&#%<>[]{}()|\\\"'`,;+?", random),
            _ => token(random),
        },
        Kind::Phrase => fill("{word:5} {word:7}{d:1} {word:6} {word:5}", random),
        Kind::Bare | Kind::Quoted(_) if random.below(3) == 0 => any_token(random),
        Kind::Bare => password("", random),
        Kind::Quoted(without) => password(without, random),
        Kind::Escaped(quote) => with_quote(&format!("\\{quote}"), quote, random),
        Kind::Doubled(quote) => with_quote(&format!("{quote}{quote}"), quote, random),
    }
}

fn token(random: &mut Random) -> String {
    let template = random.pick(TOKENS);
    fill(template, random)
}

/// A token, or base64 with all its signs.
fn any_token(random: &mut Random) -> String {
    if random.below(3) > 0 {
        return token(random);
    }
    let padding = random.pick(&["", "=", "=="]);
    fill("{b64:22-44}0", random) + padding
}

/// A password with one to three signs in it.
fn password(without: &str, random: &mut Random) -> String {
    let signs: Vec<char> = SIGNS.chars().filter(|sign| !without.contains(*sign)).collect();
    let mut text = fill("{letters:2-6}{d:0-1}", random);
    for _ in 0..=random.below(3) {
        text.push(random.pick(&signs));
        // Behind `<`, a letter makes a tag; behind a backslash, an escape; behind `%`, an encoded character.
        text += &fill("{d:1}", random);
        text.push(random.pick(&['G', 'k', 'Q', 'z']));
        text += &fill("{an:2-5}", random);
    }
    text.push(random.pick(&['K', 'm', '4', '9']));
    text
}

fn with_quote(spelled: &str, quote: char, random: &mut Random) -> String {
    let without = format!("{quote}\\");
    let (first, second) = (password(&without, random), password(&without, random));
    first + spelled + &second
}
