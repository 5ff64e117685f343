//! No secret gets out, however it is spelled.

use serde_json::Value;
use telesieve_kernels::{Place, Scratch};

use crate::precision::all_rules;
use crate::random::Random;
use crate::secrets::{RULES, Secret, named, secret};
use crate::spellings::SPELLINGS;

/// For every rule and spelling.
const ROUNDS: u64 = 20;

#[test]
fn no_secret_gets_out() {
    let rules = all_rules();
    let mut scratch = Scratch::default();
    let (mut made, mut leaks) = (0, Vec::new());
    for (rule, number) in RULES.map(named).into_iter().zip(0..) {
        let mut random = Random::new(crate::seed() + number);
        for spelling in SPELLINGS.iter().cycle().take(SPELLINGS.len() * ROUNDS as usize) {
            let secret = secret(rule, &mut random);
            let Some(record) = (spelling.write)(&secret, &mut random) else { continue };
            made += 1;
            let scrubbed = rules.scrub(&record, &Place::Whole, &mut scratch).record.into_owned();
            let left = what_is_left(&secret, &scrubbed);
            let is_json = is_json(&scrubbed) || !is_json(&record);
            let again = rules.scrub(&scrubbed, &Place::Whole, &mut scratch).hits;
            if !left.is_empty() || !is_json || !again.is_empty() {
                leaks.push(format!(
                    "{}, {}: {record}\n    became {scrubbed}\n    left: {left:?}, again: {again:?}",
                    rule.name(),
                    spelling.name
                ));
            }
        }
    }
    assert!(made >= 2_000, "{made} records are too few");
    let shown = leaks.iter().take(25).cloned().collect::<Vec<_>>().join("\n");
    assert!(leaks.is_empty(), "{} of {made} leak, seed {}\n{shown}", leaks.len(), crate::seed());
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok()
}

/// Parts of a secret that a reader of a record could find, reading it in all ways.
fn what_is_left(secret: &Secret, record: &str) -> Vec<String> {
    let mut texts = vec![record.to_owned()];
    read(record, &mut texts);
    let texts: Vec<String> = texts.iter().map(|text| plain(text)).collect();
    let left = |part: &&String| texts.iter().any(|text| text.contains(&plain(part)));
    secret.parts.iter().filter(left).cloned().collect()
}

/// Without case and separators.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| !matches!(letter, ' ' | '-')).flat_map(char::to_lowercase).collect()
}

/// All texts that text may stand for: unescaped and with URL-encoding taken off, again and again, and out of base64.
fn read(text: &str, texts: &mut Vec<String>) {
    for word in text.split(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '_' | '-')))
    {
        texts.extend(from_base64(word));
    }
    let next = [unescaped(text), percent_decoded(text)];
    for next in next.into_iter().filter(|next| next != text) {
        if texts.len() < 500 && !texts.contains(&next) {
            texts.push(next.clone());
            read(&next, texts);
        }
    }
}

fn unescaped(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length =
            if rest[1..].starts_with('u') { 6 } else { 1 + rest[1..].chars().next().map_or(0, char::len_utf8) };
        let escape = rest.get(..length).unwrap_or(rest);
        match serde_json::from_str::<String>(&format!("\"{escape}\"")) {
            Ok(text) => out.push_str(&text),
            Err(_) if length == 6 && rest.len() >= 6 => out.push('\u{fffd}'),
            Err(_) => out.push_str(escape),
        }
        rest = &rest[escape.len()..];
    }
    out + rest
}

fn percent_decoded(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code.filter(|_| bytes[at] == b'%') {
            Some(code) => out.push(code),
            None => out.push(bytes[at]),
        }
        at += if bytes[at] == b'%' && code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn from_base64(word: &str) -> Option<String> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let word = word.replace('-', "+").replace('_', "/");
    let mut bytes = Vec::new();
    for digits in word.as_bytes().chunks(4).filter(|_| word.len() >= 16) {
        let values: Vec<usize> = digits.iter().map(|digit| DIGITS.find(char::from(*digit))).collect::<Option<_>>()?;
        let bits = (0..4).fold(0, |bits, at| bits << 6 | values.get(at).copied().unwrap_or(0));
        bytes.extend((0..digits.len() - 1).map(|at| (bits >> (16 - 8 * at)) as u8));
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}
