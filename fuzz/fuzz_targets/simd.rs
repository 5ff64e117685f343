//! Every back end of the scans says what the portable one says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use telesieve_simd::{
    ANY, Backend, Halves, Marks, Places, Tables, Traces, container_end_on, container_on, oddities_on,
    plain_token_end_on, quotes_on, string_end_on, traces_on,
};

/// `@` and `eyJ`, and no other words.
static MARKS: Marks = Marks::new(&[
    [(&[0x0], &[4]), ANY, ANY],
    [(&[0x5], &[6]), (&[0x9], &[7]), (&[0xa], &[4])],
    NONE,
    NONE,
    NONE,
    NONE,
    NONE,
    NONE,
]);

const NONE: [Halves; 3] = [(&[0], &[]), (&[0], &[]), (&[0], &[])];

const TABLES: Tables<'_> = Tables { marks: &MARKS, words: &MARKS, own: Some(&MARKS) };

fuzz_target!(|bytes: &[u8]| {
    let (wanted, text) = match bytes {
        [low, middle, high, text @ ..] => (Traces::from_bits(u32::from_le_bytes([*low, *middle, *high, 0])), text),
        short => (Traces::default(), short),
    };
    let mut expected_places = Places::default();
    let expected = traces_on(Backend::PORTABLE, text, wanted, TABLES, &mut expected_places);
    for backend in Backend::all() {
        let mut places = Places::default();
        assert_eq!(traces_on(backend, text, wanted, TABLES, &mut places), expected, "{backend:?}");
        assert_eq!(places, expected_places, "{backend:?}");
        assert_eq!(oddities_on(backend, text), oddities_on(Backend::PORTABLE, text), "{backend:?}");
        let quotes = |on| {
            let quotes = quotes_on(on, text)?;
            Some(std::iter::successors(quotes.next(0), |at| quotes.next(at + 1)).collect::<Vec<_>>())
        };
        assert_eq!(quotes(backend), quotes(Backend::PORTABLE), "{backend:?}");
        // A few starts will do: each scan may read to the end.
        for start in (0..text.len()).filter(|at| matches!(text[*at], b'"' | b'{' | b'[')).take(8) {
            let ends = |on| (string_end_on(on, text, start), container_end_on(on, text, start));
            assert_eq!(ends(backend), ends(Backend::PORTABLE), "{backend:?} from {start}");
            let container = |on| container_on(on, text, start);
            assert_eq!(container(backend), container(Backend::PORTABLE), "{backend:?} from {start}");
            let token = |on| plain_token_end_on(on, text, start);
            assert_eq!(token(backend), token(Backend::PORTABLE), "{backend:?} from {start}");
            let end = ends(backend).0.or(ends(backend).1);
            assert!(end.is_none_or(|end| start < end && end <= text.len()), "{backend:?} out of bounds");
        }
    }
});
