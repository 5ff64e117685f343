//! Runs of digits: what numbers of all sorts are made of.

/// A longest run of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Its first digit.
    pub(crate) start: usize,
    /// Behind its last digit.
    pub(crate) end: usize,
}

impl Run {
    /// How many digits.
    pub(crate) fn len(self) -> usize {
        self.end - self.start
    }

    /// The digits in a text.
    pub(crate) fn of(self, text: &[u8]) -> &[u8] {
        &text[self.start..self.end]
    }

    /// The one byte between this run and the next one, if there is exactly one.
    pub(crate) fn separator(self, next: Self, text: &[u8]) -> Option<u8> {
        if next.start == self.end + 1 { Some(text[self.end]) } else { None }
    }

    /// What is between this run and the next one.
    pub(crate) fn gap(self, next: Self, text: &[u8]) -> &[u8] {
        &text[self.end..next.start]
    }
}

/// Whether a gap is one of what people put between groups of a number: a hyphen, a dot, or a space, also one that does not
/// break a line (U+00A0, U+202F, and U+2011 for the hyphen).
pub(crate) fn is_separator(gap: &[u8]) -> bool {
    matches!(gap, b" " | b"-" | b"." | b"\xc2\xa0" | b"\xe2\x80\xaf" | b"\xe2\x80\x91")
}

/// Finds all runs of digits.
pub(crate) fn runs(text: &[u8], runs: &mut Vec<Run>) {
    runs.clear();
    let mut at = 0;
    while let Some(gap) = text[at..].iter().position(u8::is_ascii_digit) {
        let start = at + gap;
        let length = text[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        at = start + length;
        runs.push(Run { start, end: at });
    }
}
