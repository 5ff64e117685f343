//! `filter_path`: a client says which parts of an answer it wants, and is sent no others.

use serde_json::{Map, Value};

/// Keeps the parts of an answer that the query of a request asks for; all of them if it does not say.
pub(super) fn filtered(answer: Value, query: &str) -> Value {
    let wanted = query.split('&').find_map(|parameter| parameter.strip_prefix("filter_path="));
    let Some(wanted) = wanted else { return answer };
    let paths: Vec<Vec<&str>> = wanted.split(',').map(|path| path.split('.').collect()).collect();
    let paths: Vec<&[&str]> = paths.iter().map(Vec::as_slice).collect();
    part(answer, &paths).unwrap_or_else(|| Value::Object(Map::new()))
}

/// What paths reach of a value. Elements of an array are reached by the path of the array.
fn part(value: Value, paths: &[&[&str]]) -> Option<Value> {
    if paths.iter().any(|path| path.is_empty()) {
        return Some(value);
    }
    match value {
        Value::Array(elements) => {
            let elements: Vec<_> = elements.into_iter().filter_map(|element| part(element, paths)).collect();
            (!elements.is_empty()).then_some(Value::Array(elements))
        }
        Value::Object(members) => {
            let members = members.into_iter().filter_map(|(name, value)| {
                let below: Vec<_> = paths.iter().filter_map(|path| below(path, &name)).collect();
                part(value, &below).map(|part| (name, part))
            });
            let members: Map<_, _> = members.collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        _ => None,
    }
}

/// What is left of a path behind a member that it leads through.
fn below<'p>(path: &'p [&'p str], name: &str) -> Option<&'p [&'p str]> {
    path.split_first().filter(|(first, _)| **first == "*" || **first == name).map(|(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_asked_for_is_answered() {
        let answer = json!({
            "took": 1, "errors": true,
            "items": [
                { "create": { "_id": "a", "status": 201 } },
                { "create": { "_id": "b", "status": 400, "error": { "type": "t", "reason": "r" } } },
            ],
        });
        assert_eq!(filtered(answer.clone(), "pretty=false"), answer);
        assert_eq!(filtered(answer.clone(), "filter_path=took&a=b"), json!({ "took": 1 }));
        assert_eq!(filtered(answer.clone(), "filter_path=nothing"), json!({}));
        assert_eq!(
            filtered(answer, "a=b&filter_path=errors,items.*.status,items.*.error.type"),
            json!({
                "errors": true,
                "items": [
                    { "create": { "status": 201 } },
                    { "create": { "status": 400, "error": { "type": "t" } } },
                ],
            })
        );
    }
}
