//! Addresses of wallets: of Bitcoin in base58 with its checksum (Base58Check) and in bech32 (BIP 173, BIP 350), and those
//! of Ethereum behind a name.
//!
//! Both checks of Bitcoin let no more than one of a billion others pass. An address of Ethereum is `0x` and 40 hex digits,
//! which much else is, too; its checksum in upper and lower case (EIP-55) is not looked at.

use sha2::{Digest as _, Sha256};

use super::before::Before;
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject, shown};
use crate::bytes::{is_word, word_before};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct Wallet;

static ABOUT: RuleInfo = RuleInfo {
    name: "crypto-wallet",
    group: Group::Personal,
    by_default: false,
    version: 1,
    description: "Addresses of wallets of Bitcoin, and of Ethereum behind a name such as `wallet`.",
    keys: None,
    validator: "The checksum of base58 or bech32; for Ethereum 40 hex digits and a name in front.",
    reads_base64: false,
    hits: shown(&[
        ("to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa.", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
        ("bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
        (
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
        ("wallet 0x52908400098527886E0F7030069857D2E4169EE7", "0x52908400098527886E0F7030069857D2E4169EE7"),
    ]),
    misses: shown(&[
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
        "x1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "commit 0x52908400098527886E0F7030069857D2E4169EE7",
        "wallet 0x52908400098527886E0F7030069857D2E4169EE70",
    ]),
};

impl BuiltIn for Wallet {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::DIGIT
    }

    fn clues(&self) -> Clues {
        Clues::RUN
    }

    fn reads_names(&self) -> bool {
        true
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        let text = subject.text;
        let mut at = 0;
        while let Some(gap) = text[at..].iter().position(|byte| is_word(*byte)) {
            let start = at + gap;
            let length = text[start..].iter().take_while(|byte| is_word(**byte)).count();
            at = start + length;
            let start = behind_escape(text, start, at);
            if is_wallet(text, start, at) {
                hits.push(start..at);
            }
        }
    }
}

/// Behind the letters of an escape in front of a word, which are no part of it.
fn behind_escape(text: &[u8], start: usize, end: usize) -> usize {
    /// An escape such as `\u003d` has no more letters.
    const LONGEST: usize = 5;
    let last = end.min(start + LONGEST);
    (start + 1..=last).find(|at| !word_before(text, *at)).filter(|at| *at < end).unwrap_or(start)
}

/// Whether a word is an address.
fn is_wallet(text: &[u8], start: usize, end: usize) -> bool {
    let word = &text[start..end];
    match word {
        [b'1' | b'3', ..] => (26..=35).contains(&word.len()) && is_base58(word),
        [b'b' | b'B', b'c' | b'C', b'1', ..] => matches!(word.len(), 42 | 62) && is_bech32(word),
        [b'0', b'x' | b'X', digits @ ..] => {
            digits.len() == 40 && digits.iter().all(u8::is_ascii_hexdigit) && is_named(text, start)
        }
        _ => false,
    }
}

fn is_named(text: &[u8], start: usize) -> bool {
    const NAMES: &[&str] = &["wallet", "wallets", "eth", "ethereum", "ether", "address", "addr", "erc", "metamask"];
    Before::new(text, start).holds(NAMES)
}

/// Bytes of an address in base58: a version, a hash, and four bytes of the double SHA-256 of both.
const BYTES: usize = 25;

/// Whether a word is base58 whose last four bytes are its checksum.
fn is_base58(word: &[u8]) -> bool {
    let Some(bytes) = decoded(word) else { return false };
    let (payload, checksum) = bytes.split_at(BYTES - 4);
    let hash = Sha256::digest(Sha256::digest(payload));
    matches!(payload[0], 0 | 5) && hash[..4] == *checksum
}

/// The bytes that a word in base58 stands for.
fn decoded(word: &[u8]) -> Option<[u8; BYTES]> {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes = [0; BYTES];
    for letter in word {
        let mut carry = ALPHABET.iter().zip(0_u32..).find_map(|(known, value)| (known == letter).then_some(value))?;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(bytes)
}

/// Whether a word is bech32 (version 0) or bech32m (later versions) in one case.
fn is_bech32(word: &[u8]) -> bool {
    const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const BECH32: u32 = 1;
    const BECH32M: u32 = 0x2bc8_30a3;
    let is_mixed = word.iter().any(u8::is_ascii_lowercase) && word.iter().any(u8::is_ascii_uppercase);
    let value =
        |letter: &u8| ALPHABET.iter().zip(0_u32..).find_map(|(known, value)| (known == letter).then_some(value));
    // The letters `bc`, expanded: their high bits, a zero, and their low bits.
    let mut checksum = [3, 3, 0, 2, 3].iter().fold(1, |checksum, value| polymod(checksum, *value));
    for letter in &word[3..] {
        let Some(value) = value(&letter.to_ascii_lowercase()) else { return false };
        checksum = polymod(checksum, value);
    }
    let wanted = if word[3].eq_ignore_ascii_case(&b'q') { BECH32 } else { BECH32M };
    !is_mixed && checksum == wanted
}

/// One step of the checksum of BIP 173.
fn polymod(checksum: u32, value: u32) -> u32 {
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = checksum >> 25;
    let next = (checksum & 0x1ff_ffff) << 5 ^ value;
    let chosen = GENERATORS.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1);
    chosen.fold(next, |next, (_, generator)| next ^ generator)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Base58 by long division.
    fn encoded(bytes: &[u8]) -> String {
        const ALPHABET: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
        let mut digits = bytes.to_vec();
        let mut letters = Vec::new();
        while digits.iter().any(|digit| *digit > 0) {
            let rest = digits.iter_mut().fold(0_u32, |rest, digit| {
                let value = rest * 256 + u32::from(*digit);
                *digit = u8::try_from(value / 58).unwrap_or(0);
                value % 58
            });
            letters.push(ALPHABET.as_bytes()[rest as usize]);
        }
        letters.extend(bytes.iter().take_while(|byte| **byte == 0).map(|_| b'1'));
        letters.reverse();
        String::from_utf8_lossy(&letters).into_owned()
    }

    #[test]
    fn addresses_that_are_made_are_found_and_with_a_wrong_letter_they_are_not() {
        for seed in 0..200_u32 {
            let hash = Sha256::digest(seed.to_le_bytes());
            let mut bytes = vec![if seed % 2 == 0 { 0 } else { 5 }];
            bytes.extend(&hash[..20]);
            let checksum = Sha256::digest(Sha256::digest(&bytes));
            bytes.extend(&checksum[..4]);
            let address = encoded(&bytes);
            assert!(is_wallet(address.as_bytes(), 0, address.len()), "{address}");
            let mut wrong = address.into_bytes();
            wrong[10] = if wrong[10] == b'z' { b'y' } else { b'z' };
            assert!(!is_wallet(&wrong, 0, wrong.len()));
        }
    }
}
