//! Cut as the platform cuts, and put together again.

use proptest::prelude::*;

use super::*;
use crate::split;

const TIME: &str = "2026-03-02T08:15:20.290Z";
const NEIGHBOUR: &str =
    r#"{"time":"2026-03-02T08:15:20.291Z","type":"platform.runtimeDone","record":{"requestId":"r-1"}}"#;

fn event(time: &str, record: &str) -> String {
    format!(r#"{{"time":"{time}","type":"function","record":{record}}}"#)
}

fn body(elements: &[String]) -> String {
    format!("[{}]", elements.join(","))
}

/// Kind and record of everything that goes on, then malformed and too large.
fn stitched(bodies: &[String]) -> (Vec<(String, String)>, u32, u32) {
    let mut stitcher = Stitcher::new();
    let (mut events, mut malformed, mut too_large) = (Vec::new(), 0, 0);
    let mut take = |out: Stitched<'_>| {
        assert_eq!((out.len(), out.is_empty()), (out.envelopes().count(), out.envelopes().next().is_none()));
        events.extend(out.envelopes().map(|found| (found.kind.into_owned(), found.record.to_owned())));
        malformed += out.malformed;
        too_large += out.too_large;
    };
    for body in bodies {
        take(stitcher.stitch(split(body)));
    }
    take(stitcher.finish());
    (events, malformed, too_large)
}

fn records(bodies: &[String]) -> Vec<String> {
    stitched(bodies).0.into_iter().map(|(_, record)| record).collect()
}

fn done() -> String {
    r#"{"requestId":"r-1"}"#.to_owned()
}

fn text(length: usize, end: &str) -> String {
    format!("\"{}{end}\"", "x".repeat(length))
}

const RECORD: &str = r#"{"message":"to jane@example.com, \"now\"","list":[1,{"a":"}]"}],"last":true}"#;

#[test]
fn json_cut_anywhere_is_whole_again() {
    for at in 1..RECORD.len() {
        let (one, other) = (event(TIME, &RECORD[..at]), event(TIME, &RECORD[at..]));
        let in_one_body = [body(&[NEIGHBOUR.to_owned(), one.clone(), other.clone(), NEIGHBOUR.to_owned()])];
        assert_eq!(stitched(&in_one_body).1, 0, "{at}");
        assert_eq!(records(&in_one_body), [done(), RECORD.to_owned(), done()], "cut at {at}");
        let across_two = [body(&[NEIGHBOUR.to_owned(), one]), body(&[other, NEIGHBOUR.to_owned()])];
        assert_eq!(records(&across_two), [done(), RECORD.to_owned(), done()], "cut at {at}");
    }
}

#[test]
fn json_may_have_many_pieces_with_times_of_their_own() {
    let pieces: Vec<_> = RECORD.as_bytes().chunks(9).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect();
    let bodies: Vec<_> = pieces.iter().map(|piece| body(&[event("2026-03-02T08:15:20.999Z", piece)])).collect();
    assert_eq!(records(&bodies), [RECORD]);
}

#[test]
fn a_piece_alone_goes_nowhere() {
    let alone = event(TIME, &RECORD[..30]);
    let (events, malformed, _) = stitched(&[body(&[alone.clone(), NEIGHBOUR.to_owned()])]);
    assert_eq!((events.len(), malformed), (1, 1), "the neighbour is no piece");
    assert_eq!(stitched(&[body(std::slice::from_ref(&alone))]), (vec![], 1, 0), "nothing comes any more");
    let later = event("2026-03-02T09:15:20.290Z", &RECORD[30..]);
    assert_eq!(stitched(&[body(&[alone]), body(&[later])]), (vec![], 2, 0), "too late");
    let tail = event(TIME, &RECORD[30..]);
    assert_eq!(stitched(&[body(&[tail, NEIGHBOUR.to_owned()])]).1, 1, "the first piece is missing");
}

#[test]
fn text_ends_with_the_first_shorter_piece() {
    let (long, short) = (text(CUT, " jane@exa"), text(0, r"mple.com\n"));
    let whole = format!("{}{}", &long[..long.len() - 1], &short[1..]);
    for bodies in [
        vec![body(&[event(TIME, &long), event(TIME, &short), NEIGHBOUR.to_owned()])],
        vec![body(&[event(TIME, &long)]), body(&[event(TIME, &short), NEIGHBOUR.to_owned()])],
    ] {
        assert_eq!(records(&bodies), [whole.clone(), done()]);
    }
    let three = [body(&[event(TIME, &long), event(TIME, &long), event(TIME, &short)])];
    assert_eq!(records(&three)[0].len(), 2 * long.len() + short.len() - 4);
}

#[test]
fn text_without_its_next_piece_loses_its_end() {
    let long = text(CUT, " jane@exa");
    for bodies in [
        vec![body(&[event(TIME, &long), NEIGHBOUR.to_owned()])],
        vec![body(&[event(TIME, &long), event("2026-03-02T08:17:20.290Z", r#""next""#)])],
        vec![body(&[event(TIME, &long)])],
    ] {
        let found = records(&bodies);
        assert_eq!(found[0].len(), long.len() - TAIL + "[cut]".len());
        assert!(found[0].ends_with(r#"x[cut]""#));
    }
}

#[test]
fn an_escape_is_not_torn() {
    for escape in [r"\\", r"\n", r"\u0041"] {
        for shift in 0..8 {
            let text = format!("{}{}{}", "x".repeat(100), escape.repeat(50), "y".repeat(TAIL - 20 - shift));
            let end = trusted(&text);
            assert!(inspect(&format!("\"{}\"", &text[..end]), 0).is_ok(), "{escape} {shift}");
            assert!(text.len() - end >= TAIL && text.len() - end <= TAIL + 6);
        }
    }
}

#[test]
fn what_is_too_long_is_dropped_as_one() {
    let long = event(TIME, &text(LONGEST / 4, ""));
    let mut pieces = vec![long; 6];
    pieces.extend([event(TIME, &text(5, "")), event(TIME, r#""after""#)]);
    let (events, malformed, too_large) = stitched(&[body(&pieces)]);
    assert_eq!((events.len(), malformed, too_large), (1, 0, 1));
    assert_eq!(events[0].1, r#""after""#);
}

#[test]
fn platform_events_and_short_lines_are_left_alone() {
    let long = format!(r#"{{"time":"{TIME}","type":"platform.x","record":{}}}"#, text(CUT, ""));
    let bodies = [body(&[long, event(TIME, r#""a""#), event(TIME, r#""b""#)])];
    assert_eq!(records(&bodies).len(), 3);
}

proptest! {
    // Cuts inside of a string. A piece that is JSON by chance, `[]` for one, is an event; real pieces have 256 KiB.
    #[test]
    fn a_message_in_any_number_of_pieces_is_whole_again(
        message in r#"([a-z"\\/{}\[\],:é]|record|time){20,60}"#,
        cuts in proptest::collection::vec(24usize..40, 0..5),
        split_at in 0usize..6,
    ) {
        let record = serde_json::json!({ "message": message, "last": true }).to_string();
        let mut cuts: Vec<_> = cuts.into_iter().map(|at| record.floor_char_boundary(at)).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let ends = cuts.iter().copied().chain([record.len()]);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        let pieces: Vec<_> = starts.zip(ends).map(|(start, end)| &record[start..end]).collect();
        prop_assume!(pieces.len() == 1 || !pieces.iter().any(|piece| is_json(piece)));
        let pieces: Vec<_> = pieces.into_iter().map(|piece| event(TIME, piece)).collect();
        let (one, other) = pieces.split_at(split_at.min(pieces.len()));
        prop_assert_eq!(records(&[body(one), body(other)]), [record]);
    }
}
