//! Putting the configuration together: the file, then the environment over it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::environment::{CONFIG_VARIABLE, DEFAULT_PATH, Environment, spelled};
use crate::mistake::{Mistake, Place};
use crate::model::{Config, Secret, Transform};
use crate::options::{Draft, OPTIONS};
use crate::toml_file::{TomlFile, unknown};
use crate::transforms::TRANSFORM_OPTIONS;

/// A configuration to run with, and what was wrong with what was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// Usable as it is, whatever the mistakes.
    pub config: Config,
    /// Every mistake, in the order of the file, then of the environment.
    pub mistakes: Vec<Mistake>,
    /// The folder of the configuration file: artifacts are looked for there.
    pub folder: PathBuf,
}

/// Reads `$TELESIEVE_CONFIG`, else [`DEFAULT_PATH`], and lays the environment over it.
///
/// A file that is not there is a mistake only if the variable names it: everything can be configured by the
/// environment alone. A file that is there and cannot be read, or not in full, closes everything, because a
/// transform may stand in it.
pub fn load(environment: &impl Environment) -> Loaded {
    let named = environment.get(CONFIG_VARIABLE).filter(|path| !path.is_empty());
    let path = named.clone().unwrap_or_else(|| DEFAULT_PATH.to_owned());
    load_file(Path::new(&path), named.is_some(), environment)
}

/// Reads a file and lays the environment over it; see [`load`].
pub fn load_file(path: &Path, must_exist: bool, environment: &impl Environment) -> Loaded {
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let shown = path.display().to_string();
    let text = match std::fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| "not valid UTF-8".to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => Ok(String::new()),
        Err(error) => Err(format!("cannot be read: {error}")),
    };
    let mut draft = Draft::default();
    let mut file = TomlFile::new(&shown, text.as_deref().unwrap_or_default());
    file.read(&mut draft);
    if let Err(message) = &text {
        file.mistakes.push(unreadable(&shown, message));
        file.closed = Some("the configuration file cannot be read".to_owned());
    }
    let TomlFile { mut mistakes, closed, .. } = file;
    overlay(environment, &mut draft, &mut mistakes);
    let mut config = draft.finish();
    if let Some(reason) = closed {
        config.transforms.insert(0, closing(reason));
    }
    Loaded { config, mistakes, folder }
}

fn unreadable(path: &str, message: &str) -> Mistake {
    let message = format!("{message}; no event leaves until this is mended, for it may hold a transform");
    Mistake { place: Place::File { path: path.to_owned(), at: None }, key: String::new(), message }
}

/// A transform that can never be set up, in front of all others: nothing gets past it.
fn closing(reason: String) -> Transform {
    Transform { name: "configuration".to_owned(), broken: Some(reason), ..Transform::default() }
}

fn overlay(environment: &impl Environment, draft: &mut Draft, mistakes: &mut Vec<Mistake>) {
    for name in environment.names().into_iter().filter(|name| name != CONFIG_VARIABLE) {
        let Some(text) = environment.get(&name) else { continue };
        if let Err(message) = variable(&name, &text, draft) {
            mistakes.push(Mistake { place: Place::Variable(name), key: String::new(), message });
        }
    }
}

/// Applies one variable.
fn variable(name: &str, text: &str, draft: &mut Draft) -> Result<(), String> {
    if let Some(option) = OPTIONS.iter().find(|option| option.variable() == name) {
        (option.set)(draft, option.takes.text(text)?);
        return Ok(());
    }
    if let Some(key) = name.strip_prefix("TELESIEVE_KEYS_") {
        return key_variable(key, text, draft);
    }
    if let Some(rest) = name.strip_prefix("TELESIEVE_TRANSFORM_") {
        return transform_variable(rest, text, draft);
    }
    let names: Vec<String> = OPTIONS.iter().map(crate::options::Opt::variable).collect();
    Err(unknown(name, &names.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// `TELESIEVE_KEYS_<NAME>`: overrides the key of that name, or adds one with the name in lower case.
fn key_variable(name: &str, text: &str, draft: &mut Draft) -> Result<(), String> {
    if name.is_empty() {
        return Err("expected the name of a key behind TELESIEVE_KEYS_".to_owned());
    }
    let keys = &mut draft.config.keys;
    let existing = keys.keys().find(|key| spelled(key) == name).cloned();
    keys.insert(existing.unwrap_or_else(|| name.to_ascii_lowercase()), Secret::new(text));
    Ok(())
}

/// `TELESIEVE_TRANSFORM_<NAME>_<KEY>`: overrides a key of a transform that the file has.
fn transform_variable(rest: &str, text: &str, draft: &mut Draft) -> Result<(), String> {
    let transforms = &mut draft.config.transforms;
    let named = transforms.iter_mut().filter_map(|transform| {
        let key = rest.strip_prefix(&spelled(&transform.name))?.strip_prefix('_')?;
        Some((key.to_ascii_lowercase(), transform))
    });
    // `A_B_ON` means transform `a-b`, not key `b_on` of transform `a`.
    let found = named.max_by_key(|(_, transform)| transform.name.len());
    let Some((key, transform)) = found else {
        let names: Vec<&str> = draft.config.transforms.iter().map(|transform| transform.name.as_str()).collect();
        return Err(format!("no transform of that name, there are: {}", names.join(", ")));
    };
    let Some(option) = TRANSFORM_OPTIONS.iter().find(|option| option.key == key && option.key != "name") else {
        let known: Vec<&str> = TRANSFORM_OPTIONS.iter().map(|option| option.key).filter(|key| *key != "name").collect();
        transform.broken = Some("an environment variable for it has mistakes".to_owned());
        return Err(unknown(&key, &known));
    };
    match option.takes.text(text) {
        Ok(value) => (option.set)(transform, value),
        Err(message) => {
            transform.broken = Some("an environment variable for it has mistakes".to_owned());
            return Err(message);
        }
    }
    Ok(())
}
