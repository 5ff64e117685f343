//! Words in front of a number that say what it is, such as `phone:` or `cardNumber=`.
//!
//! They stand near it, with no other field in between: what is behind `phone=1, id=` is no telephone number. Words are
//! runs of letters. Names of keys of JSON are not seen here, only those in the same text.

/// How far in front of a number words count.
const NEAR: usize = 40;

/// How many words count.
const MOST: usize = 6;

/// The words in front of a place, the nearest first.
pub(super) struct Before<'t> {
    words: [&'t [u8]; MOST],
    count: usize,
}

impl<'t> Before<'t> {
    /// Looks at what is in front of `start`.
    pub(super) fn new(text: &'t [u8], start: usize) -> Self {
        let first = start.saturating_sub(NEAR);
        let mut before = Self { words: [&[]; MOST], count: 0 };
        let mut end = gap_start(text, first, start);
        // What is behind a mark is no value of the mark's name.
        if text[end..start].iter().any(|byte| matches!(byte, b']' | b'>')) {
            return before;
        }
        while end > first && before.count < MOST {
            let word = word_start(text, first, end);
            if word == first && first > 0 && is_letter(text[first - 1]) {
                break;
            }
            before.words[before.count] = &text[word..end];
            before.count += 1;
            end = gap_start(text, first, word);
            if text[end..word].iter().any(|byte| ends_field(*byte)) {
                break;
            }
        }
        before
    }

    /// Whether one of the names is among the words. Names are in lower case; those of several words have spaces.
    pub(super) fn holds(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.holds_name(name.as_bytes()))
    }

    /// Whether the nearest word is one of the names.
    pub(super) fn ends_with(&self, names: &[&str]) -> bool {
        self.count > 0 && names.iter().any(|name| is_named(self.words[0], name.as_bytes()))
    }

    fn holds_name(&self, name: &[u8]) -> bool {
        let words = &self.words[..self.count];
        (0..words.len()).any(|at| is_phrase(&words[at..], name))
    }
}

/// Whether the nearest of `words` and those in front of it are those of a name.
fn is_phrase(words: &[&[u8]], name: &[u8]) -> bool {
    let parts = name.split(|byte| *byte == b' ').count();
    let mut pairs = words.iter().zip(name.rsplit(|byte| *byte == b' '));
    words.len() >= parts && pairs.all(|(word, part)| is_named(word, part))
}

/// Whether a word is a name, or has it as a part: `phones`, `phoneNumber`, `homePhone`, `cardno`.
fn is_named(word: &[u8], name: &[u8]) -> bool {
    let Some(last) = word.len().checked_sub(name.len()) else { return false };
    (0..=last).any(|at| {
        let end = at + name.len();
        word[at..end].eq_ignore_ascii_case(name) && starts_part(word, at) && ends_part(word, end)
    })
}

fn starts_part(word: &[u8], at: usize) -> bool {
    at == 0 || word[at].is_ascii_uppercase() && word[at - 1].is_ascii_lowercase()
}

fn ends_part(word: &[u8], end: usize) -> bool {
    const MORE: &[&[u8]] = &[b"", b"s", b"es", b"no", b"nos", b"nr", b"num", b"number", b"numbers", b"nummer"];
    /// What is counted, timed or named is another thing.
    const OTHER: &[&[u8]] = &[b"id", b"ids", b"count", b"time", b"at", b"size", b"ms", b"type", b"code", b"hash"];
    let is_any = |of: &[&[u8]]| of.iter().any(|part| part.eq_ignore_ascii_case(&word[end..]));
    is_any(MORE) || starts_part(word, end.min(word.len() - 1)) && end < word.len() && !is_any(OTHER)
}

/// Whether a sign between two words ends a field, so that what is in front of it has nothing to do with what follows. So do
/// the brackets of a mark: what `[REDACTED:phone]` stands for is no name of what is behind it.
fn ends_field(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b',' | b';' | b'&' | b'|' | b'{' | b'}' | b'=' | b'[' | b']' | b'<' | b'>')
}

/// Letters of ASCII, and of alphabets whose letters have two bytes.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, 0x80..=0xbf | 0xc3..=0xdf)
}

fn gap_start(text: &[u8], first: usize, end: usize) -> usize {
    end - text[first..end].iter().rev().take_while(|byte| !is_letter(**byte)).count()
}

fn word_start(text: &[u8], first: usize, end: usize) -> usize {
    end - text[first..end].iter().rev().take_while(|byte| is_letter(**byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, names: &[&str]) -> bool {
        Before::new(text.as_bytes(), text.len()).holds(names)
    }

    #[test]
    fn names_are_found_near_a_number() {
        for text in [
            "phone ",
            "Phone: ",
            "phones: 5551234, ",
            "homePhone=",
            "home_phone=\"",
            "phoneNumber: ",
            "PHONENUMBER ",
            "phone no. ",
            "phone (home) ",
            "(phone)\n",
            "call me at ",
            "t\u{e9}l\u{e9}phone: ",
        ] {
            assert!(holds(text, &["phone", "call me", "t\u{e9}l\u{e9}phone"]), "{text}");
        }
    }

    #[test]
    fn other_fields_and_words_are_not() {
        for text in [
            "",
            "phone=1, id=",
            "phone=1 id=",
            "phone&id=",
            "headphone ",
            "phoneId=",
            "phonetic ",
            "call you at ",
            "me call ",
            "phone with so many words until it is far away ",
        ] {
            assert!(!holds(text, &["phone", "call me"]), "{text}");
        }
    }
}
