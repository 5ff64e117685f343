//! The body of a bulk request, read by the server's rules.

use serde_json::Value;

/// Longest document id in bytes.
const MAX_ID: usize = 512;

/// One action with its document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Action {
    /// `create`, `index`, `update` or `delete`.
    pub(super) verb: String,
    pub(super) index: String,
    pub(super) id: Option<String>,
    /// The source line; empty for `delete`.
    pub(super) source: String,
}

/// Reads a body. `default_index` is the one in the path.
pub(super) fn parse(body: &[u8], default_index: Option<&str>) -> Result<Vec<Action>, String> {
    let body = std::str::from_utf8(body).map_err(|_| "Invalid UTF-8".to_owned())?;
    if body.is_empty() {
        return Err("request body is required".to_owned());
    }
    let body = body.strip_suffix('\n').ok_or("The bulk request must be terminated by a newline [\\n]")?;
    let mut lines = body.split('\n').enumerate();
    let mut actions = Vec::new();
    while let Some((number, line)) = lines.next() {
        let mut action = action(line, default_index).map_err(|why| format!("{why} in line [{}]", number + 1))?;
        if action.verb != "delete" {
            let (_, source) = lines.next().ok_or("the last action has no source line")?;
            action.source = source.to_owned();
        }
        actions.push(action);
    }
    Ok(actions)
}

fn action(line: &str, default_index: Option<&str>) -> Result<Action, String> {
    let line: Value = serde_json::from_str(line).map_err(|_| "Malformed action/metadata line")?;
    let members = line.as_object().filter(|members| members.len() == 1).ok_or("Malformed action/metadata line")?;
    let (verb, metadata) = members.iter().next().ok_or("Malformed action/metadata line")?;
    if !matches!(verb.as_str(), "create" | "index" | "update" | "delete") {
        return Err(format!("Malformed action/metadata line, found [{verb}]"));
    }
    if metadata.get("_type").is_some() {
        return Err("Action/metadata line contains an unknown parameter [_type]".to_owned());
    }
    let text = |name: &str| metadata[name].as_str().map(str::to_owned);
    let id = text("_id");
    if id.as_ref().is_some_and(|id| id.len() > MAX_ID) {
        return Err(format!("id is too long, must be no longer than {MAX_ID} bytes"));
    }
    let index = text("_index").or_else(|| default_index.map(str::to_owned)).ok_or("index is missing")?;
    Ok(Action { verb: verb.clone(), index, id, source: String::new() })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn reads_pairs_of_lines() {
        let body = b"{\"create\":{\"_index\":\"logs\",\"_id\":\"1\"}}\n{\"a\":1}\n{\"delete\":{\"_id\":\"2\"}}\n";
        let actions = parse(body, Some("other")).unwrap();
        assert_eq!(actions.len(), 2);
        assert_eq!((actions[0].index.as_str(), actions[0].source.as_str()), ("logs", "{\"a\":1}"));
        assert_eq!((actions[1].index.as_str(), actions[1].id.as_deref()), ("other", Some("2")));
    }

    #[test]
    fn refuses_what_breaks_the_rules() {
        let long = format!("{{\"create\":{{\"_id\":\"{}\"}}}}\n{{}}\n", "x".repeat(513));
        let cases: [&[u8]; 8] = [
            b"",
            b"{\"create\":{}}\n{\"a\":1}",
            b"{\"create\":{}}\n",
            b"{\n\"create\":{}}\n{}\n",
            b"{\"make\":{}}\n{}\n",
            b"{\"create\":{\"_type\":\"_doc\"}}\n{}\n",
            b"\n{\"create\":{}}\n{}\n",
            long.as_bytes(),
        ];
        for case in cases {
            assert!(parse(case, Some("logs")).is_err(), "{}", String::from_utf8_lossy(case));
        }
        assert!(parse(b"{\"create\":{}}\n{}\n", None).is_err());
    }
}
