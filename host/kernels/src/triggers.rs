//! Whether a rule can hit a text at all: most texts hold nothing of the shape that any rule looks for.
//!
//! One pass over raw text, blocks at a time, looks for traces of all rules. It need not know tokens, escapes or levels:
//! escapes such as `\n` never make a letter, a digit or another byte of a trace, `\/` makes a slash that is there anyway,
//! and where others might ([`holds_hidden_letters`], [`holds_percent`], [`starts_text`]), the text counts as triggered; so it does where
//! there are more levels than anyone looks into. So what has no trace has no hit, in any text inside the text; what has
//! one is looked at closely.

use bitflags::bitflags;
use telesieve_simd::{Places, Traces, traces};

use crate::decode::holds_hidden_letters;
use crate::encoded::{holds_percent, starts_text};
use crate::rules::{Clues, Named, Run, may_end_name, may_end_with, runs as digit_runs, starts_account};

/// What sets off the rules of a set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Triggers {
    wanted: Traces,
    rules: Vec<(Clues, Named)>,
    /// Rules that look at every record.
    always: Suspects,
    /// There is a rule that may hit anything.
    is_always_on: bool,
}

impl Triggers {
    /// Adds a rule that comes with telesieve.
    pub(crate) fn add(&mut self, rule: Named) {
        let clues = rule.rule().clues();
        self.wanted = self.wanted.and(traces_of(clues)).and(DISGUISES);
        if clues.intersects(Clues::ANY) {
            self.always |= Suspects::of(rule);
        }
        self.rules.push((clues, rule));
    }

    /// Adds a rule that nothing is known of.
    pub(crate) fn add_any(&mut self) {
        self.is_always_on = true;
    }

    /// What rules may hit in raw JSON text.
    pub(crate) fn suspects(&self, raw: &str, seen: &mut Seen) -> Suspects {
        if self.is_always_on {
            return Suspects::all();
        }
        let text = raw.as_bytes();
        let found = traces(text, self.wanted, &mut seen.places);
        if is_disguised(raw, found, &seen.places) {
            return Suspects::all();
        }
        let mut suspects = self.always;
        if found.meets(Traces::NUMBER) {
            // Digits of an escape may be in front of those of a number.
            let is_anything = found.meets(Traces::UNICODE);
            suspects |= if is_anything { self.rules_of(Clues::NUMBER) } else { self.numbers(text, seen) };
        }
        suspects | self.rules_of(clues(text, found, &seen.places))
    }

    /// The rules that some of these clues set off.
    fn rules_of(&self, found: Clues) -> Suspects {
        if found.is_empty() {
            return Suspects::empty();
        }
        let rules = self.rules.iter().filter(|(clues, _)| clues.intersects(found));
        rules.fold(Suspects::empty(), |suspects, (_, rule)| suspects | Suspects::of(*rule))
    }

    /// The rules whose numbers may be in the runs of digits, and of what separates them, that start at places: there are
    /// groups of their lengths, whatever is between and around them.
    fn numbers(&self, text: &[u8], seen: &mut Seen) -> Suspects {
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b' ' | b'(' | b')' | b'-' | b'.' | b'/' | b'\\' | b'_');
        let mut suspects = Suspects::empty();
        for start in &seen.places.numbers {
            let text = &text[*start..];
            let length = text.iter().take_while(|byte| is_part(byte)).count();
            digit_runs(&text[..length], &mut seen.runs);
            for first in 0..seen.runs.len() {
                suspects |= self.starting(text, &seen.runs[first..], suspects);
            }
        }
        suspects
    }

    /// The rules whose numbers may start with the first of `runs`, but for those that are known already.
    fn starting(&self, text: &[u8], runs: &[Run], known: Suspects) -> Suspects {
        let numeric = self.rules.iter().filter(|(clues, _)| clues.intersects(Clues::NUMBER));
        let new = numeric.filter(|(_, rule)| !known.include(*rule) && rule.rule().may_start(text, runs));
        new.fold(Suspects::empty(), |suspects, (_, rule)| suspects | Suspects::of(*rule))
    }
}

/// The clues that traces lead to, but for [`Clues::NUMBER`].
fn clues(text: &[u8], found: Traces, places: &Places) -> Clues {
    let mut clues = Clues::empty();
    for (trace, clue) in PLAIN {
        clues.set(*clue, found.meets(*trace));
    }
    clues.set(Clues::ACCOUNT, places.accounts.iter().any(|at| starts_account(text, *at)));
    clues.set(Clues::NAME, places.separators.iter().any(|at| may_follow_name(&text[..*at])));
    clues.set(Clues::EXPONENT, places.exponents.iter().any(|at| is_exponent(text, *at)));
    clues
}

/// Whether text may hold other text that is spelled in a way that hides its traces.
fn is_disguised(raw: &str, found: Traces, places: &Places) -> bool {
    found.meets(Traces::BACKSLASHES)
        || found.meets(Traces::UNICODE) && holds_hidden_letters(raw)
        || found.meets(Traces::PERCENT) && holds_percent(raw)
        || places.base64.iter().any(|at| starts_text(raw.as_bytes(), *at))
}

/// What was seen in a text. Used again from text to text.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    places: Places,
    runs: Vec<Run>,
}

bitflags! {
    /// Rules that may hit a text, by their index. All bits: anything may be hit.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Suspects: u128 {
        const _ = !0;
    }
}

impl Suspects {
    fn of(rule: Named) -> Self {
        Self::from_bits_retain(1 << rule.index())
    }

    /// Whether anything can be hit: what is not known to be there may be hidden.
    pub(crate) fn are_all(self) -> bool {
        self == Self::all()
    }

    /// Whether a rule may hit something.
    pub(crate) fn include(self, rule: Named) -> bool {
        self.intersects(Self::of(rule))
    }
}

/// Traces of text that may hold any other.
const DISGUISES: Traces = Traces::UNICODE.and(Traces::BACKSLASHES).and(Traces::PERCENT).and(Traces::BASE64);

/// Traces that are clues by themselves.
const PLAIN: &[(Traces, Clues)] = &[
    (Traces::AT, Clues::AT),
    (Traces::PLUS, Clues::PLUS),
    (Traces::DOTS, Clues::DOTS),
    (Traces::COLONS, Clues::COLONS),
    (Traces::EYJ, Clues::JSON),
    (Traces::KEY_ID, Clues::KEY_ID),
    (Traces::SCHEME, Clues::SCHEME),
    (Traces::ZATION, Clues::AUTHORIZATION),
    (Traces::BASE64, Clues::RUN),
];

/// The traces that have to be looked for so that clues are found.
fn traces_of(clues: Clues) -> Traces {
    const CLOSER: &[(Traces, Clues)] = &[
        (Traces::NUMBER, Clues::NUMBER),
        (Traces::ACCOUNT, Clues::ACCOUNT),
        (Traces::EXPONENT, Clues::EXPONENT),
        (Traces::SEPARATOR, Clues::NAME),
    ];
    let wanted = PLAIN.iter().chain(CLOSER).filter(|(_, clue)| clues.intersects(*clue));
    wanted.fold(Traces::default(), |traces, (trace, _)| traces.and(*trace))
}

/// Whether the `e` at a place stands in a number that is a value, which rules see written out.
fn is_exponent(text: &[u8], at: usize) -> bool {
    let is_edge =
        |byte: &u8| matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"' | b' ' | b'\t' | b'\n' | b'\r');
    let rest = &text[at + 1..];
    let rest = rest.strip_prefix(b"+").or_else(|| rest.strip_prefix(b"-")).unwrap_or(rest);
    let exponent = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // Most are a part of an id, which goes on.
    if exponent == 0 || !rest.get(exponent).is_none_or(is_edge) {
        return false;
    }
    let mantissa = text[..at].iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let before = &text[..at - mantissa];
    let before = before.strip_suffix(b"-").unwrap_or(before);
    mantissa > 0 && before.last().is_none_or(is_edge)
}

/// Whether the name of a key whose values are secret may end before a separator, by its last letters. Quotes, blanks,
/// digits and what separates words may follow them, with any number of backslashes.
fn may_follow_name(before: &[u8]) -> bool {
    match *before {
        // Keys of JSON, whose last letters tell nearly always, and times.
        [.., third, second, last, b'"'] if [third, second, last].iter().all(u8::is_ascii_alphabetic) => {
            may_end_with([last, second, third]) && may_end_name_before(before)
        }
        [.., b':', b'0'..=b'9', b'0'..=b'9'] | [.., b'0'..=b'9', b'T', b'0'..=b'9', b'0'..=b'9'] => false,
        _ => may_end_name_before(before),
    }
}

/// [`may_follow_name`], byte by byte.
fn may_end_name_before(before: &[u8]) -> bool {
    /// Far more than any key needs. Beyond, the answer is yes.
    const FAR: usize = 128;
    let (mut letters, mut count) = ([0; 4], 0);
    let mut bytes = before.iter().rev().take(FAR).peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            // The letter of an escape: a tab or the end of a line. No name has one letter.
            b'n' | b'r' | b't' if count == 0 && bytes.peek() == Some(&&b'\\') => {}
            b'a'..=b'z' | b'A'..=b'Z' => {
                letters[count] = *byte;
                count += 1;
                match count {
                    // For most keys, that is all.
                    3 if !may_end_with([letters[0], letters[1], letters[2]]) => return false,
                    4 => return may_end_name(&letters, false),
                    _ => {}
                }
            }
            // No name has digits but at its end.
            b'0'..=b'9' if count == 0 => {}
            b'_' | b'-' | b'.' | b' ' | b'"' | b'\'' | b'`' | b']' | b'\\' | b'\t' | b'\n' | b'\r' => {}
            _ => return count > 2 && may_end_name(&letters[..count], true),
        }
    }
    before.len() > FAR || may_end_name(&letters[..count], true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;
    use crate::{Action, Detector, Place, Rule, Ruleset, Scratch};

    fn rules(of: &[Named]) -> Ruleset {
        let rule = |named: &Named| Rule {
            name: named.name().to_owned(),
            detector: Detector::Named(*named),
            action: Action::Replace(format!("[{}]", named.name())),
        };
        Ruleset::new(of.iter().map(rule).collect())
    }

    /// What triggers rule out, a close look does not hit: for all rules together, and for each of them alone.
    fn check(record: &str) {
        let mut scratch = Scratch::default();
        let all: Vec<Named> = Named::all().collect();
        for of in [&all[..]].into_iter().chain(all.chunks(1)) {
            let quick = rules(of).scrub(record, &Place::Whole, &mut scratch);
            let close = rules(of).without_triggers().scrub(record, &Place::Whole, &mut scratch);
            assert_eq!((&quick.record, &quick.hits), (&close.record, &close.hits), "{of:?} in {record}");
        }
    }

    #[test]
    fn what_rules_are_documented_to_hit_triggers_them() {
        for (example, _) in Named::all().flat_map(|rule| rule.info().hits) {
            check(&format!("{{\"a\":{}}}", serde_json::Value::from(*example)));
            for filler in [0, 40, 61, 64, 130] {
                check(
                    &serde_json::json!({ "filler": "x".repeat(filler), "text": format!("a {example} b") }).to_string(),
                );
            }
        }
    }

    #[test]
    fn names_of_secrets_trigger_however_they_are_written() {
        for record in [
            r#"{"password":"x1"}"#,
            r#"{"a":4.111111111111111E15}"#,
            r#"{"a":41111111111111110e-1,"token":1}"#,
            r#"{"Pass_Word" : "x1"}"#,
            r#"{"a":"db-password-2: x1"}"#,
            r#"{"a":"user[pin]=1234"}"#,
            r#"{"a":"{\"b\":\"{\\\"cvv\\\" : \\\"123\\\"}\"}"}"#,
            r#"{"my/token":1}"#,
            r#"{"AUTHORI_ZATION":"abcdef"}"#,
            r#"{"a":"authori-zation=abcdef"}"#,
            r#"{"a":"\tpin=1234 \notp:99"}"#,
            r#"{"a":"d=1, ssn => 1"}"#,
            // What is left of a run of base64 when an account number is cut out of it is text.
            r#"{"a":"eyJ1c2VyIjoiamFuZVx1MDA0MGV4YW1wbGUuY29tIn0-DE89370400440532013000"}"#,
        ] {
            check(record);
            assert!(
                !rules(&Named::all().collect::<Vec<_>>())
                    .scrub(record, &Place::Whole, &mut Scratch::default())
                    .hits
                    .is_empty(),
                "{record}"
            );
        }
    }

    fn piece() -> impl Strategy<Value = String> {
        let examples: Vec<&str> =
            Named::all().flat_map(|rule| rule.info().hits.iter().map(|(text, _)| *text)).collect();
        prop_oneof![
            2 => prop::sample::select(examples).prop_map(|text| serde_json::Value::from(text).to_string().trim_matches('"').to_owned()),
            2 => "[0-9 .()/+-]{1,14}",
            1 => "(password|pin|cvv|token|secret_key|session id|Authorization|cookie|jwt)( |\\\\?\"|'|\\])?( |\\\\t|\\\\n)?[:=]( |\\\\n)?(Some\\(\\\\\"|b')?",
            2 => "[A-Za-z:=,;@_-]{1,6}",
            1 => "(\\\\n|\\\\t|\\\\/|\\\\u0040|\\\\u001b\\[31m|\\\\\\\\|\\\\\")",
            1 => "[{}\\[\\],:\" ]{1,3}",
        1 => "(-?4\\.111111111111111[eE]\\+?15|41111111111111110e-1|41111111111.11111E5|[0-9a-f]{1,4}[eE][0-9]{1,2})",
        1 => "(amFuZS5kb2VAZXhhbXBsZS5jb20=?|amFuZS5kb2VAZXhhbXBsZS5jb20NDExMTEx|jane%40example\\.com|%2[0-9]|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4})",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: if cfg!(debug_assertions) { 400 } else { 4_000 },
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(0x7e1e_51e5),
            ..ProptestConfig::default()
        })]

        #[test]
        fn what_triggers_rule_out_is_not_hit(pieces in prop::collection::vec(piece(), 0..6), filler in 0_usize..70) {
            let text = pieces.concat();
            check(&format!("{{\"{}\":\"{text}\"}}", "x".repeat(filler)));
            check(&text);
        }
    }
}
