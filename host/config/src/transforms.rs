//! The `[[transform]]` tables.
//!
//! An error in one of them does not only cost a key: a transform that is not what its author wrote may let out what
//! it should have held back. So the error goes along as [`Transform::broken`], and the engine closes the transform.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::{OnError, Transform};
use crate::options::{bytes, list, millis, text};
use crate::toml_file::TomlFile;
use crate::unknown::unknown;
use crate::value::{Takes, Value};

/// An option of a transform's table.
#[derive(Clone, Copy, Debug)]
pub struct TransformOpt {
    /// The key.
    pub key: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// The default as it would be written in a variable; empty: none.
    pub default: &'static str,
    /// What it means.
    pub about: &'static str,
    pub(crate) set: fn(&mut Transform, Value),
}

/// All options of a transform but `settings`, which is the transform's own.
pub const TRANSFORM_OPTIONS: &[TransformOpt] = &[
    TransformOpt {
        key: "name",
        takes: Takes::Text,
        default: "",
        about: "Unique name of the transform in metrics and log lines. Required.",
        set: |transform, value| transform.name = text(value),
    },
    TransformOpt {
        key: "artifact",
        takes: Takes::Text,
        default: "",
        about: "Base name of `<artifact>.cwasm` and `<artifact>.pack`, next to this file. Default: the name.",
        set: |transform, value| transform.artifact = text(value),
    },
    TransformOpt {
        key: "on",
        takes: Takes::List,
        default: "",
        about: "Kinds of events to process: `function`, `extension`, `platform.report`, `platform.*`, `*`. Default: those that the transform declares, usually all.",
        set: |transform, value| transform.on = Some(list(value)),
    },
    TransformOpt {
        key: "on_error",
        takes: Takes::Choice(&["drop", "pass"]),
        default: "drop",
        about: "What happens to records when the transform fails. Transforms of kind `redact` always drop them.",
        set: |transform, value| transform.on_error = if text(value) == "pass" { OnError::Pass } else { OnError::Drop },
    },
    TransformOpt {
        key: "verify",
        takes: Takes::Bool,
        default: "true",
        about: "For transforms of kind `redact`: scan the output of the whole chain for their rules again, and drop records in which a rule still finds something.",
        set: |transform, value| transform.verify = value == Value::Bool(true),
    },
    TransformOpt {
        key: "budget_ms",
        takes: Takes::Int(1, 900_000),
        default: "100",
        about: "Time limit for one batch. The remaining time of the invocation caps it.",
        set: |transform, value| transform.budget = millis(&value),
    },
    TransformOpt {
        key: "max_memory_bytes",
        takes: Takes::Int(65_536, 1 << 30),
        default: "33554432",
        about: "Maximum linear memory of the transform.",
        set: |transform, value| transform.max_memory_bytes = bytes(&value),
    },
];

/// Reads one table. Always gives a transform; if there was an error, a broken one.
pub(crate) fn read(file: &mut TomlFile<'_>, value: &Spanned<DeValue<'_>>, names: &mut BTreeSet<String>) -> Transform {
    let mut transform = Transform::default();
    let before = file.errors.len();
    let at = value.span().start;
    match value.get_ref() {
        DeValue::Table(table) => keys(file, table, &mut transform),
        _ => file.error(at, "transform", "expected a table, written as [[transform]]"),
    }
    name(file, at, &mut transform, names);
    if transform.artifact.is_empty() {
        transform.artifact.clone_from(&transform.name);
    }
    if file.errors.len() > before {
        transform.broken = Some("its configuration has errors".to_owned());
    }
    transform
}

fn keys(file: &mut TomlFile<'_>, table: &DeTable<'_>, transform: &mut Transform) {
    for (key, value) in table {
        let name = format!("transform.{}", key.get_ref());
        if key.get_ref() == "settings" {
            match value.get_ref() {
                DeValue::Table(_) => transform.settings = json(value.get_ref()),
                _ => file.error(value.span().start, &name, "expected a table, written as [transform.settings]"),
            }
            continue;
        }
        let Some(option) = TRANSFORM_OPTIONS.iter().find(|option| option.key == key.get_ref()) else {
            let known: Vec<&str> = TRANSFORM_OPTIONS.iter().map(|option| option.key).chain(["settings"]).collect();
            file.error(key.span().start, &name, &unknown(key.get_ref(), &known));
            continue;
        };
        match option.takes.toml(value.get_ref()) {
            Ok(value) => (option.set)(transform, value),
            Err(message) => file.error(value.span().start, &name, &message),
        }
    }
}

fn name(file: &mut TomlFile<'_>, at: usize, transform: &mut Transform, names: &mut BTreeSet<String>) {
    if !is_file_name(&transform.artifact) && !transform.artifact.is_empty() {
        file.error(at, "transform.artifact", "expected a plain file name: letters, digits, -, _ and .");
        transform.artifact.clear();
    }
    let problem = if transform.name.is_empty() {
        "required: a unique name"
    } else if !is_file_name(&transform.name) {
        "expected letters, digits, -, _ and . only"
    } else if names.contains(&transform.name) {
        "another transform has the same name"
    } else {
        names.insert(transform.name.clone());
        return;
    };
    file.error(at, "transform.name", problem);
    transform.name = format!("transform-{}", names.len() + 1);
    names.insert(transform.name.clone());
}

fn is_file_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    name.bytes().all(plain) && !name.starts_with('.') && name.len() <= 100
}

fn json(value: &DeValue<'_>) -> serde_json::Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.to_string().into(), serde_json::Value::from),
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(serde_json::Value::Null, Into::into),
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            table.iter().map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref()))).collect()
        }
    }
}
