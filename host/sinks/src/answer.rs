//! The answer to a bulk request, read with suspicion: it comes from whatever listens at the configured URL.
//!
//! Pure and linear. Only numbers and the *type* of an error are taken out; its reason quotes the document.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::ErrorType;

/// Why an answer says nothing about its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// It is not JSON, or not all of it.
    #[error("not a bulk response: syntax error at line {line}, column {column}")]
    NotBulk {
        /// Where it stopped making sense, from 1.
        line: usize,
        /// Where it stopped making sense, from 1.
        column: usize,
    },
    /// It is longer than an answer to so many items can be.
    #[error("not a bulk response: too long")]
    TooLong,
    /// It is about another number of items than were sent.
    #[error("wrong number of items: expected {expected}, found {found}")]
    Count {
        /// Items sent.
        expected: usize,
        /// Items answered.
        found: usize,
    },
}

/// What the answer says about one item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemStatus {
    /// HTTP status of the item; `None` if the answer does not say.
    pub status: Option<u16>,
    /// Type of the error, if there is one.
    pub error: Option<ErrorType>,
    /// Whether the item went into a data stream; `None` if the answer does not say where it went.
    pub data_stream: Option<bool>,
}

/// Reads the answer about `expected` items, in their order.
///
/// # Errors
///
/// If it is not a bulk answer about that many items. All of them can be sent again then: their ids make it safe.
pub fn read_answer(body: &[u8], expected: usize) -> Result<Vec<ItemStatus>, AnswerFault> {
    match read_alike(body, expected) {
        Some(items) => Ok(items),
        None => read_each(body, expected),
    }
}

fn read_each(body: &[u8], expected: usize) -> Result<Vec<ItemStatus>, AnswerFault> {
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|error| AnswerFault::NotBulk { line: error.line(), column: error.column() })?;
    let found = answer.items.len();
    if found == expected { Ok(answer.items) } else { Err(AnswerFault::Count { expected, found }) }
}

/// Reads an answer that says the same of every item, byte by byte, as nearly every one does: reading the first item tells
/// them all. What else it says stands in front of the items.
fn read_alike(body: &[u8], expected: usize) -> Option<Vec<ItemStatus>> {
    const ITEMS: &[u8] = b"\"items\":[";
    const END: &[u8] = b"]}";
    let key = body.windows(ITEMS.len()).position(|window| window == ITEMS)?;
    // Behind anything else, such as a backslash, it may be the end of another key.
    if !matches!(body[..key], [.., b'{' | b',']) {
        return None;
    }
    let start = key + ITEMS.len();
    let items = body[start..].strip_suffix(END)?;
    let with_comma = (items.len() + 1).checked_div(expected).filter(|length| length * expected == items.len() + 1)?;
    let (first, rest) = items.split_at_checked(with_comma.checked_sub(1)?)?;
    let is_alike = |item: &[u8]| item.split_first() == Some((&b',', first));
    if !rest.chunks(with_comma).all(is_alike) {
        return None;
    }
    // What comes first is one item, and what stands before it an answer about none.
    let OneItem(item) = serde_json::from_slice(first).ok()?;
    read_each(&[&body[..start], END].concat(), 0).ok()?;
    Some(vec![item; expected])
}

/// The type of the error of an answer that refuses a request as a whole: `{"error":{"type":…},"status":…}`.
pub(crate) fn read_refusal(body: &[u8], status: u16) -> ErrorType {
    let refusal: Option<Entry> = serde_json::from_slice(body).ok();
    let error = refusal.and_then(|refusal| refusal.error);
    error.unwrap_or_else(|| ErrorType::of_status(status))
}

struct Answer {
    items: Vec<ItemStatus>,
}

/// `{"status":201,"_index":"…","error":{"type":"…"}}`
#[derive(Default)]
struct Entry {
    status: Option<u16>,
    error: Option<ErrorType>,
    data_stream: Option<bool>,
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Answer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a bulk answer")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Answer, M::Error> {
                let mut items = None;
                while let Some(key) = map.next_key::<Key>()? {
                    match key {
                        Key::Items => items = Some(map.next_value::<Items>()?.0),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                items.map(|items| Answer { items }).ok_or_else(|| de::Error::missing_field("items"))
            }
        }
        from.deserialize_map(Reader)
    }
}

struct Items(Vec<ItemStatus>);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Items;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the items of a bulk answer")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Items, S::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element::<OneItem>()? {
                    items.push(item.0);
                }
                Ok(Items(items))
            }
        }
        from.deserialize_seq(Reader)
    }
}

/// `{"create":{…}}`, whatever the action is called.
struct OneItem(ItemStatus);

impl<'de> Deserialize<'de> for OneItem {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = OneItem;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an item of a bulk answer")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<OneItem, M::Error> {
                let mut entry = Entry::default();
                while let Some((_, value)) = map.next_entry::<IgnoredAny, Entry>()? {
                    entry = value;
                }
                let Entry { status, error, data_stream } = entry;
                Ok(OneItem(ItemStatus { status, error, data_stream }))
            }
        }
        from.deserialize_map(Reader)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("what became of an item")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Entry, M::Error> {
                let mut entry = Entry::default();
                while let Some(key) = map.next_key::<Key>()? {
                    match key {
                        Key::Status => entry.status = Some(map.next_value()?),
                        Key::Error => entry.error = map.next_value::<ErrorValue>()?.0,
                        Key::Index => entry.data_stream = map.next_value::<IndexName>()?.0,
                        Key::Items | Key::Other => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(entry)
            }
        }
        from.deserialize_map(Reader)
    }
}

enum Key {
    Error,
    Index,
    Items,
    Other,
    Status,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        with_text(from, |text| match text {
            "error" => Self::Error,
            "_index" => Self::Index,
            "items" => Self::Items,
            "status" => Self::Status,
            _ => Self::Other,
        })
        .map(|key| key.unwrap_or(Self::Other))
    }
}

/// Backing indexes of data streams are called `.ds-…`.
struct IndexName(Option<bool>);

impl<'de> Deserialize<'de> for IndexName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        with_text(from, |text| text.starts_with(".ds-")).map(Self)
    }
}

struct TypeName(Option<ErrorType>);

impl<'de> Deserialize<'de> for TypeName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        with_text(from, ErrorType::of_server).map(Self)
    }
}

/// `{"type":"…"}`, `null`, or, from some proxies, a text.
struct ErrorValue(Option<ErrorType>);

impl<'de> Deserialize<'de> for ErrorValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = ErrorValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an error")
            }

            fn visit_str<E>(self, _: &str) -> Result<ErrorValue, E> {
                Ok(ErrorValue(Some(ErrorType::ours("other"))))
            }

            fn visit_unit<E>(self) -> Result<ErrorValue, E> {
                Ok(ErrorValue(None))
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<ErrorValue, M::Error> {
                let mut error = None;
                while let Some(key) = map.next_key::<std::borrow::Cow<'_, str>>()? {
                    match &*key {
                        "type" => error = map.next_value::<TypeName>()?.0,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(ErrorValue(Some(error.unwrap_or_else(|| ErrorType::ours("other")))))
            }
        }
        from.deserialize_any(Reader)
    }
}

/// Looks at a text without keeping it. `None` for `null`.
fn with_text<'de, D: Deserializer<'de>, T>(from: D, look: impl Fn(&str) -> T) -> Result<Option<T>, D::Error> {
    struct Reader<F>(F);
    impl<'de, T, F: Fn(&str) -> T> Visitor<'de> for Reader<F> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }

        fn visit_str<E>(self, text: &str) -> Result<Option<T>, E> {
            Ok(Some((self.0)(text)))
        }

        fn visit_unit<E>(self) -> Result<Option<T>, E> {
            Ok(None)
        }
    }
    from.deserialize_any(Reader(look))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::{AnswerFault, ErrorType, ItemStatus, read_alike, read_answer, read_each, read_refusal};
    use proptest::prelude::*;

    fn status(status: u16) -> ItemStatus {
        ItemStatus { status: Some(status), ..ItemStatus::default() }
    }

    #[test]
    fn order_and_unknown_members_do_not_matter() {
        let body = br#"{"took":3,"items":[{"create":{"_id":"a","status":201,"x":{"y":[1]}}},
            {"index":{"error":null,"status":200}},{"a":{},"b":{"status":409}}],"errors":false,"new":[{}]}"#;
        assert_eq!(read_answer(body, 3), Ok(vec![status(201), status(200), status(409)]));
    }

    #[test]
    fn errors_have_a_type() {
        let error = |text: &str| ItemStatus { error: Some(ErrorType::of_server(text)), ..ItemStatus::default() };
        let cases = [
            (r#"{"type":"a_b","reason":"secret","caused_by":{"type":"c"}}"#, "a_b"),
            (r#"{"type":"Not A Type <script>"}"#, "other"),
            (r#"{"type":null}"#, "other"),
            (r#"{}"#, "other"),
            (r#""some text""#, "other"),
        ];
        for (json, expected) in cases {
            let body = format!(r#"{{"items":[{{"create":{{"error":{json}}}}}]}}"#);
            assert_eq!(read_answer(body.as_bytes(), 1), Ok(vec![error(expected)]), "{json}");
        }
    }

    #[test]
    fn data_streams_are_told_from_indexes() {
        let body = br#"{"items":[{"create":{"_index":".ds-a-000001"}},{"create":{"_index":"a"}},{"create":{}}]}"#;
        let found: Vec<_> = read_answer(body, 3).unwrap().into_iter().map(|item| item.data_stream).collect();
        assert_eq!(found, [Some(true), Some(false), None]);
    }

    #[test]
    fn numbers_must_match() {
        let body = br#"{"items":[{"create":{"status":201}}]}"#;
        assert_eq!(read_answer(body, 2), Err(AnswerFault::Count { expected: 2, found: 1 }));
        assert_eq!(read_answer(br#"{"items":[]}"#, 0), Ok(vec![]));
    }

    #[test]
    fn anything_else_is_no_bulk_answer() {
        let bodies = [
            "",
            "null",
            "[]",
            "7",
            "{}",
            "<html>",
            r#"{"items":7}"#,
            r#"{"items":[7]}"#,
            r#"{"items":[{"a":7}]}"#,
            r#"{"items":[{"a":{"status":-1}}]}"#,
            r#"{"items":[{"a":{"status":70000}}]}"#,
            r#"{"items":[{"a":{"status":"201"}}]}"#,
            r#"{"items":[]}}"#,
            r#"{"items":[],"a":"\ud800"#,
        ];
        for body in bodies {
            assert!(matches!(read_answer(body.as_bytes(), 0), Err(AnswerFault::NotBulk { .. })), "{body}");
        }
    }

    #[test]
    fn refusals_have_a_type_or_a_status() {
        assert_eq!(
            read_refusal(br#"{"error":{"type":"parse_exception"},"status":400}"#, 400).as_str(),
            "parse_exception"
        );
        assert_eq!(read_refusal(b"<html>", 400).as_str(), "http_400");
    }

    #[test]
    fn items_of_which_the_same_is_said_are_read_once() {
        let alike = br#"{"errors":false,"items":[{"create":{"status":201}},{"create":{"status":201}}]}"#;
        assert_eq!(read_alike(alike, 2), Some(vec![status(201), status(201)]));
        for (body, expected) in [
            (r#"{"items":[{"a":{}},{"b":{}}]}"#, 2),
            (r#"{"items":[{"a":{}},{"b":{}},{"a":{}},{"b":{}}]}"#, 2),
            (r#"{"items":[{"a":{}},{"a":{}}],"took":3}"#, 2),
            (r#"{"items":[{"a":{}},{"a":{}}]}"#, 3),
            (r#"{"items":[{"a":{}},{"a":{}}]}"#, 0),
            (r#"{"items":[]}"#, 1),
            (r#"{"items":[{"a":{}},{"a":{}}]}]}"#, 2),
            (r#"{"items" :[{"a":{}}],"x\"items":[{"b":{}},{"b":{}}]}"#, 2),
            (r#"{"a":{"items":[{"a":{}},{"a":{}}]}"#, 2),
        ] {
            assert_eq!(read_alike(body.as_bytes(), expected), None, "{body}");
        }
    }

    proptest! {
        #[test]
        fn alike_or_each_for_itself_is_the_same(
            parts in proptest::collection::vec(
                prop_oneof![
                    4 => Just(r#"{"create":{"status":201}},"#), 2 => Just(r#"{"index":{"status":409}},"#),
                    1 => Just(r#""items":["#), 1 => Just("]}"), 1 => Just("],"), 1 => Just(r#"{"items" :["#),
                    1 => Just("\"x\\"), 1 => Just("\"a\":1,"),
                ],
                0..12,
            ),
            repeated in 1_usize..4,
            expected in 0_usize..12,
        ) {
            let items = parts.concat().repeat(repeated);
            let body = format!(r#"{{"errors":false,"items":[{}]}}"#, items.strip_suffix(',').unwrap_or(&items));
            if let Some(alike) = read_alike(body.as_bytes(), expected) {
                prop_assert_eq!(Ok(alike), read_each(body.as_bytes(), expected), "{}", body);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(body: Vec<u8>, expected in 0_usize..4) {
            let _ = read_answer(&body, expected);
        }

        #[test]
        fn json_like_text_does_not_either(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("{"), Just("}"), Just("["), Just("]"), Just(","), Just(":"), Just("\"items\""),
                    Just("\"create\""), Just("\"status\""), Just("\"error\""), Just("\"type\""), Just("201"),
                    Just("null"), Just("\"\\u00\""), Just("1e999"),
                ],
                0..40,
            ),
        ) {
            let _ = read_answer(parts.concat().as_bytes(), 1);
        }

        #[test]
        fn what_is_written_is_read(statuses in proptest::collection::vec(100_u16..600, 0..50)) {
            let items: Vec<_> = statuses.iter().map(|s| format!(r#"{{"create":{{"status":{s}}}}}"#)).collect();
            let body = format!(r#"{{"errors":true,"items":[{}]}}"#, items.join(","));
            let read = read_answer(body.as_bytes(), statuses.len()).unwrap();
            prop_assert_eq!(read, statuses.into_iter().map(status).collect::<Vec<_>>());
        }
    }
}
