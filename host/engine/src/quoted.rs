//! Where in its settings a transform has a text from that the host cannot use: a pattern that is none, the name of a rule
//! that there is not. The transform hands such texts on without a word of where it had them from.

use serde_json::Value;

use crate::SettingFault;
use crate::setup::Problem;

/// The problems as faults of settings, if any of them is one: it quotes a text that stands there. `settings` is JSON.
pub(crate) fn in_settings(problems: &[Problem], settings: &str) -> Vec<SettingFault> {
    let settings = serde_json::from_str(settings).unwrap_or_default();
    let fault = |problem: &Problem| SettingFault {
        path: path_of(&settings, &problem.quoted).unwrap_or_default(),
        message: problem.message.clone(),
    };
    let faults: Vec<_> = problems.iter().map(fault).collect();
    if faults.iter().any(|fault| !fault.path.is_empty()) { faults } else { Vec::new() }
}

/// The path of the first value that is this text, or that places a field by it.
fn path_of(value: &Value, text: &str) -> Option<String> {
    match value {
        Value::String(found) => (found == text || found.strip_prefix("field:") == Some(text)).then(String::new),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .find_map(|(at, element)| path_of(element, text).map(|rest| joined(&format!("[{at}]"), &rest))),
        Value::Object(members) => {
            members.iter().find_map(|(key, member)| path_of(member, text).map(|rest| joined(key, &rest)))
        }
        _ => None,
    }
}

fn joined(step: &str, rest: &str) -> String {
    let dot = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
    format!("{step}{dot}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(quoted: &str) -> Problem {
        Problem { message: format!("{quoted} is bad"), quoted: quoted.to_owned() }
    }

    #[test]
    fn a_problem_has_the_path_of_what_it_quotes() {
        let settings = r#"{"a":{"b":["x",{"pattern":"(a"}]},"place":"field:c..d","c":1}"#;
        let faults = in_settings(&[problem("(a"), problem("x"), problem("c..d"), problem("else")], settings);
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["a.b[1].pattern", "a.b[0]", "place", ""]);
    }

    #[test]
    fn what_the_settings_have_nothing_to_do_with_stays_as_it_is() {
        assert_eq!(in_settings(&[problem("(a")], "{}"), []);
        assert_eq!(in_settings(&[problem("")], ""), []);
    }
}
