//! Names of rules and groups, as configuration has them.
//!
//! A selection is one name or several, with spaces between them: `all`, `default`, a group, a rule. A name behind `-` is
//! left out: `all -ip`. So the host alone knows which rules there are.

use super::{Group, Named};

/// Why a selection cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// A name that no rule and no group has.
    #[error("there is no rule named `{name}`; known are {}", known())]
    Unknown {
        /// The name.
        name: String,
    },
    /// A name is left out that was not selected.
    #[error("`{name}` is left out but not selected")]
    NotSelected {
        /// The name.
        name: String,
    },
}

/// The rules that a selection stands for, each once, in the order of the list for groups.
///
/// # Errors
///
/// If a name is unknown, or left out without having been selected.
pub fn select(selection: &str) -> Result<Vec<Named>, SelectError> {
    let mut selected: Vec<Named> = Vec::new();
    for word in selection.split_ascii_whitespace() {
        match word.strip_prefix('-') {
            Some(name) => leave_out(&mut selected, name)?,
            None => {
                let new = members(word)?.into_iter().filter(|rule| !selected.contains(rule)).collect::<Vec<_>>();
                selected.extend(new);
            }
        }
    }
    Ok(selected)
}

fn leave_out(selected: &mut Vec<Named>, name: &str) -> Result<(), SelectError> {
    let members = members(name)?;
    if !members.iter().any(|rule| selected.contains(rule)) {
        return Err(SelectError::NotSelected { name: name.to_owned() });
    }
    selected.retain(|rule| !members.contains(rule));
    Ok(())
}

/// The rules that one name stands for.
fn members(name: &str) -> Result<Vec<Named>, SelectError> {
    let of = |holds: &dyn Fn(Named) -> bool| Named::all().filter(|rule| holds(*rule)).collect();
    if let Some(rule) = Named::from_name(name) {
        return Ok(vec![rule]);
    }
    if let Some(group) = Group::ALL.into_iter().find(|group| group.name() == name) {
        return Ok(of(&|rule| rule.info().group == group));
    }
    match name {
        // Numbers of states have forms that much else has: they are on where they are named.
        "all" => Ok(of(&|rule| rule.info().group != Group::NationalIds)),
        "default" => Ok(of(&|rule| rule.info().by_default)),
        _ => Err(SelectError::Unknown { name: name.to_owned() }),
    }
}

/// All names, for the error.
fn known() -> String {
    let groups = Group::ALL.iter().map(|group| group.name());
    let names = ["all", "default"].into_iter().chain(groups).chain(Named::all().map(Named::name));
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn names(selection: &str) -> Vec<&'static str> {
        select(selection).unwrap().into_iter().map(Named::name).collect()
    }

    #[test]
    fn groups_stand_for_their_rules() {
        assert!(names("all").contains(&"ip"));
        assert!(!names("default").contains(&"ip"));
        assert_eq!(names("network"), ["ip"]);
        assert_eq!(names("ip email ip"), ["ip", "email"]);
    }

    #[test]
    fn rules_can_be_left_out() {
        assert!(!names("all -ip").contains(&"ip"));
        assert_eq!(names("personal -personal"), [""; 0]);
        assert_eq!(names("network email -network"), ["email"]);
    }

    #[test]
    fn unknown_names_are_refused() {
        let error = select("emial").unwrap_err().to_string();
        assert!(error.contains("`emial`") && error.contains("email") && error.contains("secrets"), "{error}");
        assert_eq!(select("email -ip").unwrap_err(), SelectError::NotSelected { name: "ip".to_owned() });
    }
}
