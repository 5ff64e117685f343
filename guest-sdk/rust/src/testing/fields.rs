//! Fields by path, and the text of places: enough of the host's ways for a test.

use serde_json::Value;

use crate::bindings::types::Place;

/// Every value at a path. Names match without case, `*` is any key or element, `**` any number of levels.
pub(super) fn at<'v>(record: &'v Value, path: &str) -> Vec<&'v Value> {
    path.split('.').fold(vec![record], |found, name| match name {
        "**" => found.into_iter().flat_map(all_levels).collect(),
        _ => found.into_iter().flat_map(|value| step(value, name)).collect(),
    })
}

fn all_levels(value: &Value) -> Vec<&Value> {
    let below = step(value, "*").into_iter().flat_map(all_levels);
    std::iter::once(value).chain(below).collect()
}

fn step<'v>(value: &'v Value, name: &str) -> Vec<&'v Value> {
    match value {
        Value::Object(members) => {
            let named = |key: &String| name == "*" || key.eq_ignore_ascii_case(name);
            members.iter().filter(|(key, _)| named(key)).map(|(_, value)| value).collect()
        }
        Value::Array(elements) if name == "*" => elements.iter().collect(),
        Value::Array(elements) => name.parse().ok().and_then(|at: usize| elements.get(at)).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The text of strings, the JSON of everything else.
pub(super) fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The texts that a place holds, decoded.
pub(super) fn texts(record: &Value, place: &Place) -> Vec<String> {
    let mut texts = Vec::new();
    match place {
        Place::Whole => collect(record, &mut texts),
        Place::Keys => keys(record, &mut texts),
        Place::Message => texts.extend(message(record).map(text_of)),
        Place::Field(path) => at(record, path).into_iter().for_each(|value| collect(value, &mut texts)),
    }
    texts
}

fn keys(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            texts.push(key.clone());
            keys(value, texts);
        }),
        Value::Array(elements) => elements.iter().for_each(|element| keys(element, texts)),
        _ => {}
    }
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            texts.push(key.clone());
            collect(value, texts);
        }),
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, texts)),
        _ => texts.push(text_of(value)),
    }
}

fn message(record: &Value) -> Option<&Value> {
    let named = ["message", "msg", "event", "text", "log"].iter().find_map(|name| record.get(name));
    if record.is_string() { Some(record) } else { named.or_else(|| record.get("fields")?.get("message")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_fields() {
        let record = json!({"User": {"email": "a"}, "items": [{"card": 1}, {"card": 2}]});
        assert_eq!(at(&record, "user.EMAIL"), [&json!("a")]);
        assert_eq!(at(&record, "items.*.card"), [&json!(1), &json!(2)]);
        assert_eq!(at(&record, "items.1.card"), [&json!(2)]);
        assert_eq!(at(&record, "**.card"), [&json!(1), &json!(2)]);
        assert!(at(&record, "user.phone").is_empty());
        assert!(at(&json!("text"), "user").is_empty());
    }

    #[test]
    fn places_hold_decoded_text() {
        let record = json!({"msg": "a\tb", "n": 4});
        assert_eq!(texts(&record, &Place::Message), ["a\tb"]);
        assert_eq!(texts(&record, &Place::Whole), ["msg", "a\tb", "n", "4"]);
        assert_eq!(texts(&record, &Place::field("N")), ["4"]);
    }
}
