//! Edits of generated records, against the same edits of a tree.

use proptest::prelude::*;
use serde_json::{Value, json};
use telesieve_kernels::{Path, Place, edit, text_of_field};

use crate::records;

const PATHS: [&str; 5] = ["a", "b", "c", "*", "0"];
const LONGER_PATHS: [&str; 5] = ["a.b", "*.a", "*.1", "0.b.c", "*.*.a"];

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Calls `each` for the containers that a path's last part applies to.
fn at_parents(value: &mut Value, parts: &[&str], each: &mut dyn FnMut(&mut Value, &str)) {
    let [part, rest @ ..] = parts else { return };
    if rest.is_empty() {
        each(value, part);
        return;
    }
    match value {
        Value::Object(members) => {
            let found = members.iter_mut().filter(|(key, _)| *part == "*" || key.to_lowercase() == *part);
            found.for_each(|(_, value)| at_parents(value, rest, each));
        }
        Value::Array(elements) => {
            let found = elements.iter_mut().enumerate().filter(|(index, _)| *part == "*" || index.to_string() == *part);
            found.for_each(|(_, value)| at_parents(value, rest, each));
        }
        _ => {}
    }
}

fn removed(value: &mut Value, part: &str) {
    match value {
        Value::Object(members) => members.retain(|key, _| part != "*" && key.to_lowercase() != part),
        Value::Array(elements) if part == "*" => elements.clear(),
        Value::Array(elements) => {
            if let Some(index) = part.parse().ok().filter(|index: &usize| *index < elements.len()) {
                elements.remove(index);
            }
        }
        _ => {}
    }
}

fn set(value: &mut Value, part: &str) {
    match value {
        Value::Object(members) => {
            let mut found = members.iter_mut().filter(|(key, _)| part == "*" || key.to_lowercase() == part).peekable();
            if found.peek().is_some() {
                found.for_each(|(_, value)| *value = json!("new"));
            } else if part != "*" {
                members.insert(part.to_owned(), json!("new"));
            }
        }
        Value::Array(elements) => {
            let found = elements.iter_mut().enumerate().filter(|(index, _)| part == "*" || index.to_string() == part);
            found.for_each(|(_, value)| *value = json!("new"));
        }
        _ => {}
    }
}

/// Text that holds an object or an array has its fields: not what a tree has.
fn is_wrapped(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().starts_with(['{', '[']))
}

proptest! {
    #![proptest_config(crate::cases())]

    #[test]
    fn remove_does_what_it_does_to_a_tree((mut value, record) in records::record(records::known(), true), path in prop::sample::select([PATHS, LONGER_PATHS].concat())) {
        prop_assume!(!is_wrapped(&value));
        let parts: Vec<&str> = path.split('.').collect();
        at_parents(&mut value, &parts, &mut removed);
        prop_assert_eq!(parsed(&edit::remove(&record, &Path::parse(path).unwrap())), value);
    }

    #[test]
    fn set_does_what_it_does_to_a_tree((mut value, record) in records::record(records::known(), true), path in prop::sample::select(&PATHS[..])) {
        prop_assume!(!is_wrapped(&value));
        set(&mut value, path);
        prop_assert_eq!(parsed(&edit::set(&record, &Path::parse(path).unwrap(), "\"new\"")), value);
    }

    #[test]
    fn an_object_in_text_is_edited_as_if_it_were_none((value, record) in records::record(records::known(), true), path in prop::sample::select([PATHS, LONGER_PATHS].concat())) {
        if !matches!(&value, Value::Object(members) if !members.is_empty()) {
            return Ok(());
        }
        let path = Path::parse(path).unwrap();
        let wrapped = Value::String(record.clone()).to_string();
        for edit in [edit::remove(&record, &path), edit::set(&record, &path, "\"new\""), edit::mask_field(&record, &path, 2)] {
            prop_assert!(parsed(&edit).is_object());
        }
        let inside = |edited: &str| parsed(edited).as_str().unwrap().to_owned();
        prop_assert_eq!(inside(&edit::remove(&wrapped, &path)), edit::remove(&record, &path));
        prop_assert_eq!(inside(&edit::mask_field(&wrapped, &path, 2)), edit::mask_field(&record, &path, 2));
        prop_assert_eq!(text_of_field(&wrapped, &path), text_of_field(&record, &path));
    }

    #[test]
    fn longer_paths_set_fields_too((_, record) in records::record(records::known(), true), path in prop::sample::select(&LONGER_PATHS[..])) {
        let path = Path::parse(path).unwrap();
        let edited = edit::set(&record, &path, "\"new\"");
        parsed(&edited);
        if *edited != record {
            let text = text_of_field(&edited, &path);
            prop_assert_eq!(text.as_deref(), Some("new"));
        }
    }

    #[test]
    fn truncate_cuts_every_string((_, record) in records::record(records::known(), true), most in 0_usize..20) {
        let cut = edit::truncate(&record, &Place::Whole, most);
        for_each_string(&parsed(&cut), &mut |text| assert!(text.len() <= most));
    }
}

fn for_each_string(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(elements) => elements.iter().for_each(|element| for_each_string(element, each)),
        Value::Object(members) => members.values().for_each(|member| for_each_string(member, each)),
        _ => {}
    }
}
