//! `telesieve schema`: a JSON Schema of telesieve.toml, for editors and for CI.
//!
//! The sections and the keys of transforms come from the option tables, which the extension reads files with. The settings
//! of the ready-made transforms come from the schemas next to their sources.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use telesieve_config::{OPTIONS, SECTIONS, TRANSFORM_OPTIONS, Takes};

use crate::out;

/// Settings of the ready-made transforms.
const SETTINGS: [(&str, &str); 3] = [
    ("filter", include_str!("../../../transforms/filter/settings.schema.json")),
    ("redact", include_str!("../../../transforms/redact/settings.schema.json")),
    ("relabel", include_str!("../../../transforms/relabel/settings.schema.json")),
];

/// Print a JSON Schema of telesieve.toml, the settings of the ready-made transforms included.
///
/// Editors use it for completion and validation: write it to a file and put `#:schema ./telesieve.schema.json` on the first
/// line of telesieve.toml.
#[derive(Clone, Debug, clap::Args)]
pub struct SchemaArgs {}

/// Prints the schema.
///
/// # Errors
/// None in practice: everything in it can be written as JSON.
pub fn run(_: &SchemaArgs) -> Result<ExitCode> {
    out::line(&serde_json::to_string_pretty(&schema()?)?);
    Ok(ExitCode::SUCCESS)
}

/// The schema.
fn schema() -> Result<Value> {
    let mut definitions = Map::new();
    definitions.insert("place".to_owned(), place());
    let mut conditions = Vec::new();
    for (name, text) in SETTINGS {
        let mut settings: Value = serde_json::from_str(text).with_context(|| format!("the schema of `{name}`"))?;
        if let Some(Value::Object(own)) = settings.as_object_mut().and_then(|schema| schema.remove("$defs")) {
            definitions.extend(own);
        }
        definitions.insert(name.to_owned(), settings);
        conditions.push(condition(name));
    }
    let mut properties = sections();
    properties.insert("locked".to_owned(), described(&Takes::Bool, "The layer's transforms are a floor.", "false"));
    properties.insert(
        "keys".to_owned(),
        json!({ "description": "Secrets for keyed hashes, by name.", "type": "object", "additionalProperties": { "type": "string" } }),
    );
    properties.insert("transform".to_owned(), json!({ "type": "array", "items": transform(&conditions) }));
    Ok(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "telesieve.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": definitions,
    }))
}

/// Sections with their options.
fn sections() -> Map<String, Value> {
    let section = |(name, about): &(&str, &str)| {
        let options = OPTIONS.iter().filter(|option| option.section == *name);
        let properties: Map<String, Value> =
            options.map(|o| (o.key.to_owned(), described(&o.takes, o.about, o.default))).collect();
        let about = about.split("\n\n").next().unwrap_or_default();
        let schema = json!({
            "description": about, "type": "object", "additionalProperties": false, "properties": properties,
        });
        ((*name).to_owned(), schema)
    };
    SECTIONS.iter().map(section).collect()
}

fn transform(conditions: &[Value]) -> Value {
    let options = TRANSFORM_OPTIONS.iter();
    let mut properties: Map<String, Value> =
        options.map(|o| (o.key.to_owned(), described(&o.takes, o.about, o.default))).collect();
    let about = "The transform's own settings.";
    properties.insert("settings".to_owned(), json!({ "description": about, "type": "object" }));
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": properties,
        "allOf": conditions,
    })
}

/// The settings of a ready-made transform, where the transform's artifact or name says that it is that one.
fn condition(name: &str) -> Value {
    let artifact = json!({ "properties": { "artifact": { "const": name } }, "required": ["artifact"] });
    let own = json!({ "properties": { "name": { "const": name } }, "required": ["name"], "not": { "required": ["artifact"] } });
    json!({
        "if": { "anyOf": [artifact, own] },
        "then": { "properties": { "settings": { "$ref": format!("#/$defs/{name}") } } },
    })
}

/// Where in a record rules look.
fn place() -> Value {
    json!({
        "description": "whole, message, keys, or a field: field:user.name",
        "type": "string",
        "anyOf": [{ "enum": ["whole", "message", "keys"] }, { "pattern": "^field:." }],
    })
}

/// What an option takes, with what it means and its default.
fn described(takes: &Takes, about: &str, default: &str) -> Value {
    let mut schema = match takes {
        Takes::Int(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        Takes::Bool => json!({ "type": "boolean" }),
        Takes::Text | Takes::Secret | Takes::Credential => json!({ "type": "string" }),
        Takes::Url => json!({ "type": "string", "pattern": "^(https?://.+)?$" }),
        Takes::Choice(words) => json!({ "enum": words }),
        Takes::Choices(words) => json!({ "type": "array", "items": { "enum": words } }),
        Takes::List => json!({ "type": "array", "items": { "type": "string" } }),
    };
    schema["description"] = about.into();
    let value = match takes {
        Takes::Int(..) | Takes::Bool => serde_json::from_str(default).ok(),
        Takes::Choices(_) | Takes::List => Some(default.split(',').filter(|word| !word.is_empty()).collect()),
        _ => Some(default.into()),
    };
    if let Some(value) = value.filter(|_| !default.is_empty()) {
        schema["default"] = value;
    }
    schema
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn every_option_is_in_the_schema() {
        let schema = schema().unwrap();
        for option in OPTIONS {
            let found = &schema["properties"][option.section]["properties"][option.key];
            assert_eq!(found["description"], option.about, "{}.{}", option.section, option.key);
        }
        assert_eq!(schema["properties"]["flush"]["properties"]["interval_ms"]["default"], 20_000);
        assert_eq!(schema["properties"]["telemetry"]["properties"]["types"]["default"][1], "function");
        assert!(schema["$defs"]["redact"]["properties"]["rules"].is_object());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let schema = schema().unwrap();
        let text = schema.to_string();
        for reference in text.split("\"$ref\":\"#/$defs/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schema["$defs"][name].is_object(), "{name}");
        }
    }
}
