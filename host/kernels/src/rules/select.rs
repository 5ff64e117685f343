//! Names of rules and groups, as configuration has them.
//!
//! A selection is one name or several, with spaces between them: `all`, `default`, a group, a rule. A name behind `-` is
//! left out: `all -ip`. Of what is selected, a name behind `&` keeps its own rules alone: `all &personal`. So the host
//! alone knows which rules there are.

use super::{Group, Named};

/// Why a selection cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// A name that no rule and no group has.
    #[error("unknown rule `{name}`: expected one of {}", known())]
    Unknown {
        /// The name.
        name: String,
    },
    /// Nothing is left.
    #[error("`{selection}` selects no rule")]
    Empty {
        /// All of it.
        selection: String,
    },
    /// A name is left out, or kept, that was not selected.
    #[error("`{name}` is not one of the selected rules")]
    NotSelected {
        /// The name.
        name: String,
    },
}

/// The rules that a selection stands for, each once, in the order of the list for groups.
///
/// # Errors
///
/// If a name is unknown, or left out or kept without having been selected.
pub fn select(selection: &str) -> Result<Vec<Named>, SelectError> {
    let mut selected: Vec<Named> = Vec::new();
    for word in selection.split_ascii_whitespace() {
        match word.split_at_checked(1) {
            Some(("-", name)) => narrow(&mut selected, name, false)?,
            Some(("&", name)) => narrow(&mut selected, name, true)?,
            _ => {
                let new: Vec<Named> = members(word)?.into_iter().filter(|rule| !selected.contains(rule)).collect();
                selected.extend(new);
            }
        }
    }
    if selected.is_empty() { Err(SelectError::Empty { selection: selection.to_owned() }) } else { Ok(selected) }
}

/// Keeps the rules of a name alone, or leaves them out.
fn narrow(selected: &mut Vec<Named>, name: &str, keeps: bool) -> Result<(), SelectError> {
    let members = members(name)?;
    if !members.iter().any(|rule| selected.contains(rule)) {
        return Err(SelectError::NotSelected { name: name.to_owned() });
    }
    selected.retain(|rule| members.contains(rule) == keeps);
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
        assert!(matches!(select("personal -personal"), Err(SelectError::Empty { .. })));
        assert_eq!(names("network email -network"), ["email"]);
        assert_eq!(names("network email &network"), ["ip"]);
    }

    #[test]
    fn unknown_names_are_refused() {
        let error = select("emial").unwrap_err().to_string();
        assert!(error.contains("`emial`") && error.contains("email") && error.contains("secrets"), "{error}");
        assert_eq!(select("email -ip").unwrap_err(), SelectError::NotSelected { name: "ip".to_owned() });
    }
}
