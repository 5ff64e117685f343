//! Texts with places in them that are filled at random: `{hex:40}` is forty hex digits, `{word:6}` six letters.

use crate::random::Random;

const DIGITS: &str = "0123456789";
const HEX: &str = "0123456789abcdef";
const HEX_UPPER: &str = "0123456789ABCDEF";
const BASE36: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const BASE36_UPPER: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BECH32: &str = "023456789ACDEFGHJKLMNPQRSTUVWXYZ";
const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A text with its places filled. Braces around anything else stay.
pub(crate) fn fill(template: &str, random: &mut Random) -> String {
    let (mut out, mut rest) = (String::new(), template);
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let filled = rest.find('}').and_then(|close| Some((close, place(&rest[1..close], random)?)));
        match filled {
            Some((close, text)) => {
                out.push_str(&text);
                rest = &rest[close + 1..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// What goes in the place of `hex:40`, or of `an:20-40`.
fn place(name: &str, random: &mut Random) -> Option<String> {
    if name == "uuid" {
        let lengths = [8, 4, 4, 4, 12];
        return Some(lengths.map(|length| random.hex(length)).join("-"));
    }
    let (class, length) = name.split_once(':')?;
    let alphabet = alphabet(class)?;
    let (least, most) = length.split_once('-').unwrap_or((length, length));
    let (least, most) = (least.parse::<u64>().ok()?, most.parse::<u64>().ok()?);
    let length = least + random.below(most - least + 1);
    let mut text = random.text(alphabet, usize::try_from(length).ok()?);
    // A sign at an end may be one of the text around it.
    if class == "b64" || class == "b64u" {
        let inner = text.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
        text = inner.to_owned() + &random.text(ALPHANUMERIC, text.len() - inner.len());
    }
    Some(text)
}

fn alphabet(class: &str) -> Option<&'static str> {
    Some(match class {
        "d" => DIGITS,
        "d1" => "123456789",
        "hex" => HEX,
        "HEX" => HEX_UPPER,
        "b36" => BASE36,
        "B36" => BASE36_UPPER,
        "b32" => BASE32,
        "bech32" => BECH32,
        "b58" => BASE58,
        "word" => LOWER,
        "letters" => LETTERS,
        "an" => ALPHANUMERIC,
        "b64" => BASE64,
        "b64u" => BASE64URL,
        _ => return None,
    })
}
