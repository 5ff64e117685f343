//! Every back end says what the portable one says, and that says what a slow walk says.

use proptest::prelude::*;

use super::*;

/// Text of what matters to the scans, so long that it goes over several blocks.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[ -~]{0,24}",
        1 => "[0-9 .()/-]{8,16}",
        1 => "[0-9a-zA-Z+/_\\\\-]{12,40}",
        1 => "[0-9.][eE][0-9+,x-]",
        1 => "[\"\\\\{}\\[\\]]{1,6}",
        1 => "[:=@+A-Za-z]{1,4}",
        1 => "(bearer |BASIC |eyJ|AKIA|A3T|\\\\u00|auThoriZation|DE89|::|1\\.2\\.3\\.4|fe80:1:2:3:)",
        1 => "([@%zZ+][é4]|\\\\u|z[a-][é ]|%[0-9a-f]|[1.][eE][0-9+-]é)",
        1 => "[é\u{1f9fe}\u{1}\t]{1,2}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

const ALL: Traces = Traces::NUMBER
    .and(Traces::SEPARATOR)
    .and(Traces::DOTS)
    .and(Traces::COLONS)
    .and(Traces::CODE)
    .and(Traces::BASE64)
    .and(Traces::BACKSLASHES)
    .and(Traces::MARK)
    .and(Traces::WORD)
    .and(Traces::FOREIGN);

/// `@`, `eyJ`, and `%` before anything from `0` to `o`.
static MARKS: Marks = Marks::new(&[
    [(&[0x0], &[4]), ANY, ANY],
    [(&[0x5], &[6]), (&[0x9], &[7]), (&[0xa], &[4])],
    [(&[0x5], &[2]), (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], &[3, 4, 5, 6]), ANY],
    NONE_OF,
    NONE_OF,
    NONE_OF,
    NONE_OF,
    NONE_OF,
]);

/// `key` in any case.
static WORDS: Marks = Marks::new(&[
    [(&[0xb], &[4, 6]), (&[0x5], &[4, 6]), (&[0x9], &[5, 7])],
    NONE_OF,
    NONE_OF,
    NONE_OF,
    NONE_OF,
    NONE_OF,
    NONE_OF,
    NONE_OF,
]);

/// A kind without words.
const NONE_OF: [Halves; 3] = [(&[0], &[]), (&[0], &[]), (&[0], &[])];

const TABLES: Tables<'_> = Tables { marks: &MARKS, words: &WORDS, own: None };

fn slow_marks(text: &[u8]) -> Vec<usize> {
    let is_mark = |at: &usize| match text[*at..] {
        [b'@', ..] | [b'e', b'y', b'J', ..] => true,
        [b'%', next, ..] => (b'0'..=b'o').contains(&next),
        _ => false,
    };
    (0..text.len()).filter(is_mark).collect()
}

fn slow_words(text: &[u8]) -> Vec<usize> {
    let is_word = |at: &usize| text[*at..].get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"key"));
    (0..text.len()).filter(is_word).collect()
}

/// Whether a predicate holds for some part of so many bytes.
fn some(text: &[u8], length: usize, holds: impl Fn(&[u8]) -> bool) -> bool {
    text.windows(length).any(holds)
}

/// Where runs of bytes start that are at least so long.
fn slow_runs(text: &[u8], least: usize, is_part: impl Fn(&[u8], usize) -> bool) -> Vec<usize> {
    let starts = (0..text.len()).filter(|at| is_part(text, *at) && (*at == 0 || !is_part(text, *at - 1)));
    starts.filter(|start| (*start..start + least).all(|at| at < text.len() && is_part(text, at))).collect()
}

fn is_base64(text: &[u8], at: usize) -> bool {
    let is_slash_next = || matches!(text.get(at + 1), Some(b'/' | b'\\'));
    text[at].is_ascii_alphanumeric() || b"+/-_".contains(&text[at]) || text[at] == b'\\' && is_slash_next()
}

fn is_number(text: &[u8], at: usize) -> bool {
    b"0123456789 -./()\\_".contains(&text[at])
}

fn slow_traces(text: &[u8]) -> Vec<(Traces, bool)> {
    let all_in = |of: &'static [u8]| move |part: &[u8]| part.iter().all(|byte| of.contains(byte));
    let letters = |part: &[u8]| part.iter().all(u8::is_ascii_alphabetic);
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let chain = |mark: u8, least: usize, far: std::ops::RangeInclusive<usize>, numbered: bool| {
        let is_mark = |at: usize| text[at] == mark && (!numbered || at > 0 && text[at - 1].is_ascii_digit());
        let marks: Vec<usize> = (0..text.len()).filter(|at| is_mark(*at)).collect();
        let mut lengths = vec![1; marks.len()];
        for at in 0..marks.len() {
            let before = (0..at).filter(|before| far.contains(&(marks[at] - marks[*before])));
            lengths[at] += before.map(|before| lengths[before]).max().unwrap_or(0);
        }
        lengths.into_iter().any(|length| length >= least)
    };
    vec![
        (Traces::NUMBER, some(text, 11, all_in(b"0123456789 -./()\\_"))),
        (Traces::DOTS, chain(b'.', 3, 2..=4, true)),
        (Traces::COLONS, chain(b':', 4, 2..=5, false) || some(text, 2, |part| part == b"::")),
        (Traces::BASE64, !slow_runs(text, 20, is_base64).is_empty()),
        (Traces::CODE, some(text, 4, |part| letters(&part[..2]) && digits(&part[2..]))),
        (Traces::SEPARATOR, text.iter().any(|byte| b":<=>".contains(byte))),
        (Traces::MARK, !slow_marks(text).is_empty()),
        (Traces::WORD, !slow_words(text).is_empty()),
        (Traces::FOREIGN, !text.is_ascii()),
    ]
}

/// Without blocks: the ends of strings and containers, byte by byte.
fn slow_string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn slow_container_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = slow_string_end(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

fn slow_plain_token_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' if br#""\/bfnrt"#.contains(text.get(at + 1)?) => at += 2,
            b'\\' | ..0x20 => return None,
            _ => at += 1,
        }
    }
}

fn slow_quotes(text: &[u8]) -> Option<Vec<usize>> {
    let (mut at, mut found) = (0, Vec::new());
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => found.push(at),
            b'\\' => {
                at += 1;
                // The text may end behind a backslash.
                text.get(at).is_none_or(|escape| br#""\/bfnrt"#.contains(escape)).then_some(())?;
            }
            ..0x20 => return None,
            _ => {}
        }
        at += 1;
    }
    (text.len() <= Quotes::LONGEST).then_some(found)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn back_ends_agree_on_oddities(text in text()) {
        let slow = Oddities {
            control: text.iter().any(|byte| *byte < 0x20),
            foreign: text.iter().any(|byte| *byte >= 0x80),
        };
        for backend in Backend::all() {
            prop_assert_eq!(oddities_on(backend, &text), slow, "{:?}", backend);
        }
    }

    #[test]
    fn back_ends_agree_on_ends(text in text()) {
        for (start, byte) in text.iter().enumerate() {
            for backend in Backend::all() {
                match byte {
                    b'"' => {
                        prop_assert_eq!(string_end_on(backend, &text, start), slow_string_end(&text, start));
                        prop_assert_eq!(plain_token_end_on(backend, &text, start), slow_plain_token_end(&text, start));
                    }
                    b'{' | b'[' => {
                        let end = slow_container_end(&text, start);
                        prop_assert_eq!(container_end_on(backend, &text, start), end);
                        let found = container_on(backend, &text, start);
                        prop_assert_eq!(found.map(|found| found.end), end);
                        let lists = |end: usize| text[start..end].windows(2).any(|pair| pair == b",{");
                        prop_assert!(end.is_none_or(|end| !lists(end)) || found.is_some_and(|found| found.lists_objects));
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn back_ends_agree_on_quotes(text in text()) {
        let slow = slow_quotes(&text);
        for backend in Backend::all() {
            let found = quotes_on(backend, &text).map(|quotes| {
                std::iter::successors(quotes.next(0), |at| quotes.next(at + 1)).collect::<Vec<_>>()
            });
            prop_assert_eq!(&found, &slow, "{:?}", backend);
        }
    }

    #[test]
    fn back_ends_agree_on_traces(text in text(), wanted in any::<u32>()) {
        let slow = slow_traces(&text);
        let code = |at: &usize| text[*at..*at + 2].iter().all(u8::is_ascii_alphabetic) && text[*at + 2..*at + 4].iter().all(u8::is_ascii_digit);
        let mut first = None;
        for backend in Backend::all() {
            let mut places = Places::default();
            let found = traces_on(backend, &text, ALL, TABLES, &mut places);
            for (trace, expected) in &slow {
                prop_assert!(found.meets(*trace) == *expected, "{:?} {:?}", backend, trace);
            }
            prop_assert_eq!(&places.codes, &(0..text.len().saturating_sub(3)).filter(code).collect::<Vec<_>>());
            prop_assert_eq!(&places.separators, &(0..text.len()).filter(|at| b":<=>".contains(&text[*at])).collect::<Vec<_>>());
            prop_assert_eq!(&places.numbers, &slow_runs(&text, 11, is_number));
            prop_assert_eq!(&places.base64, &slow_runs(&text, 20, is_base64));
            prop_assert_eq!(&places.marks, &slow_marks(&text));
            prop_assert_eq!(&places.words, &slow_words(&text));
            prop_assert_eq!(*first.get_or_insert(found), found, "{:?}", backend);
            // What is not wanted is not looked for, and changes nothing else.
            let some = ALL.only(Traces::from_bits(wanted));
            prop_assert_eq!(traces_on(backend, &text, some, TABLES, &mut places), found.only(some));
        }
    }
}

#[test]
fn traces_are_found_across_blocks() {
    for (piece, trace) in [
        ("@", Traces::MARK),
        ("4111 1111-1111", Traces::NUMBER),
        ("0151 234567", Traces::NUMBER),
        ("030\\/1234567", Traces::NUMBER),
        ("203.0.113.7", Traces::DOTS),
        ("1:2:3:4:5", Traces::COLONS),
        ("::", Traces::COLONS),
        ("eyJ", Traces::MARK),
        ("DE89", Traces::CODE),
        ("=", Traces::SEPARATOR),
        ("%4", Traces::MARK),
        ("kEy", Traces::WORD),
        ("<", Traces::SEPARATOR),
        ("Pz8\\/Pz8-Pz8_Pz8+Pz8", Traces::BASE64),
    ] {
        for before in 0..140 {
            let text = format!("{}{piece}", "x".repeat(before));
            let longer = format!("{text}{}", "y".repeat(70));
            for (text, backend) in
                [&text, &longer].into_iter().flat_map(|text| Backend::all().into_iter().map(move |on| (text, on)))
            {
                let found = traces_on(backend, text.as_bytes(), ALL, TABLES, &mut Places::default());
                assert!(found.meets(trace), "{piece} behind {before} bytes, {backend:?}");
            }
        }
    }
}

#[test]
fn many_backslashes_are_found_wherever_they_start() {
    for before in 0..140 {
        let text = |count: usize| format!("{}{}n", "x ".repeat(before), "\\".repeat(count));
        for backend in Backend::all() {
            let found = |count| traces_on(backend, text(count).as_bytes(), ALL, TABLES, &mut Places::default());
            assert!(found(191).meets(Traces::BACKSLASHES), "{backend:?} behind {before}");
            assert!(!found(63).meets(Traces::BACKSLASHES), "{backend:?} behind {before}");
        }
    }
}

#[test]
fn lists_of_objects_are_told_from_what_follows() {
    for backend in Backend::all() {
        for before in 0..130 {
            let lists = |object: &str| {
                let text = format!("{}{object},{{}}", " ".repeat(before));
                container_on(backend, text.as_bytes(), before).map(|found| found.lists_objects)
            };
            assert_eq!(lists(r#"{"a":[{"b":1}, {"c":"\n"}],"d":{}}"#), Some(false));
            assert_eq!(lists(r#"{"a":[{"b":1},{"c":"\n"}],"d":{}}"#), Some(true));
            assert_eq!(lists(r#"{"a":",{"}"#), Some(true));
        }
    }
}

#[test]
fn quotes_of_plain_text_are_found_wherever_they_are() {
    for before in 0..Quotes::LONGEST - 9 {
        let text = format!("{}\"a\\\"\\n\\\\\"", "x".repeat(before));
        for backend in Backend::all() {
            let found = quotes_on(backend, text.as_bytes());
            let places =
                found.as_ref().map(|quotes| (quotes.next(0), quotes.next(before + 1), quotes.next(before + 9)));
            assert_eq!(places, Some((Some(before), Some(before + 8), None)), "{backend:?} behind {before}");
        }
    }
}

#[test]
fn empty_text_is_taken() {
    for backend in Backend::all() {
        assert_eq!(traces_on(backend, b"", ALL, TABLES, &mut Places::default()), Traces::default());
        assert_eq!(oddities_on(backend, b""), Oddities::default());
        assert_eq!(string_end_on(backend, b"\"", 0), None);
        assert_eq!(container_end_on(backend, b"{", 0), None);
        assert_eq!(plain_token_end_on(backend, b"\"", 0), None);
    }
}
