//! Putting the configuration together: the file, then the environment over it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::config_error::{ConfigError, Place};
use crate::environment::{CONFIG_VARIABLE, DEFAULT_PATH, Environment, spelled};
use crate::model::{Config, Transform};
use crate::options::{Draft, OPTIONS};
use crate::regular::read_regular;
use crate::secret::Credential;
use crate::sections::LOCKED_KEY;
use crate::toml_file::TomlFile;
use crate::transforms::TRANSFORM_OPTIONS;
use crate::unknown::unknown;
use crate::value::Value;

/// Ten thousand lines of configuration are half of this.
pub(crate) const MAX_FILE_BYTES: u64 = 1 << 20;

const LOCKED_TRANSFORM: &str = "the layer's configuration is locked: environment variables can only set `on_error = \"drop\"` and `verify = true` for its transforms";

/// A configuration to run with, and what was wrong with what was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// Usable as it is, whatever the errors.
    pub config: Config,
    /// Every error, in the order of the file, then of the environment.
    pub errors: Vec<ConfigError>,
    /// The folder of the configuration file: artifacts are looked for there.
    pub folder: PathBuf,
}

/// Reads `$TELESIEVE_CONFIG`, else [`DEFAULT_PATH`], and lays the environment over it.
///
/// A file that is not there is an error only if the variable names it: everything can be configured by the
/// environment alone. A file that is there and cannot be read, or not in full, closes everything, because a
/// transform may stand in it.
///
/// If the variable names a file and the one at [`DEFAULT_PATH`], which comes with a layer, says `locked = true`, the
/// layer's file is read first: its transforms run before those of the function, which see only what they let through,
/// and its other options hold until the function says otherwise.
pub fn load(environment: &impl Environment) -> Loaded {
    load_over(Path::new(DEFAULT_PATH), environment)
}

/// Like [`load`], with the layer's file at another place.
pub fn load_over(layer: &Path, environment: &impl Environment) -> Loaded {
    match environment.get(CONFIG_VARIABLE).filter(|path| !path.is_empty()) {
        Some(path) if Path::new(&path) != layer => {
            let mut reading = Reading::default();
            reading.floor(layer);
            reading.file(Path::new(&path), true);
            reading.finish(environment)
        }
        named => load_file(layer, named.is_some(), environment),
    }
}

/// Reads a file and lays the environment over it; see [`load`].
pub fn load_file(path: &Path, must_exist: bool, environment: &impl Environment) -> Loaded {
    let mut reading = Reading::default();
    reading.file(path, must_exist);
    reading.finish(environment)
}

/// A configuration that is being read, from one file or two.
#[derive(Default)]
struct Reading {
    draft: Draft,
    errors: Vec<ConfigError>,
    closed: Option<String>,
    folder: PathBuf,
}

impl Reading {
    /// Reads the layer's file, and keeps what it says if it is locked. One that cannot be read may be.
    fn floor(&mut self, layer: &Path) {
        let mut floor = Self::default();
        floor.file(layer, false);
        if floor.draft.config.locked || floor.closed.is_some() {
            for transform in &mut floor.draft.config.transforms {
                transform.folder = Some(floor.folder.clone());
            }
            *self = floor;
        }
    }

    fn file(&mut self, path: &Path, must_exist: bool) {
        let shown = path.display().to_string();
        let text = match read_regular(path, MAX_FILE_BYTES) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| "not valid UTF-8".to_owned()),
            Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => Ok(String::new()),
            Err(error) => Err(format!("cannot be read ({error}): expected a TOML file of at most 1 MiB")),
        };
        let mut file = TomlFile::new(&shown, text.as_deref().unwrap_or_default());
        self.draft.begin_source();
        file.read(&mut self.draft);
        if let Err(message) = &text {
            file.errors.push(unreadable(&shown, message));
            file.closed = Some("the configuration file cannot be read".to_owned());
        }
        self.errors.append(&mut file.errors);
        self.closed = self.closed.take().or(file.closed);
        self.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        if self.draft.config.locked {
            self.draft.lock();
        }
    }

    fn finish(mut self, environment: &impl Environment) -> Loaded {
        overlay(environment, &mut self.draft, &mut self.errors);
        let mut config = self.draft.finish();
        if let Some(reason) = self.closed {
            config.transforms.insert(0, closing(reason));
        }
        Loaded { config, errors: self.errors, folder: self.folder }
    }
}

fn unreadable(path: &str, message: &str) -> ConfigError {
    let message =
        format!("{message}; all events are dropped until this is fixed, because the file may contain a transform");
    ConfigError { place: Place::File { path: path.to_owned(), at: None }, key: String::new(), message }
}

/// A transform that can never be set up, in front of all others: nothing gets past it.
fn closing(reason: String) -> Transform {
    Transform { name: "configuration".to_owned(), broken: Some(reason), ..Transform::default() }
}

fn overlay(environment: &impl Environment, draft: &mut Draft, errors: &mut Vec<ConfigError>) {
    draft.begin_source();
    for name in environment.names().into_iter().filter(|name| name != CONFIG_VARIABLE) {
        let Some(text) = environment.get(&name) else { continue };
        if let Err(message) = variable(&name, &text, draft) {
            errors.push(ConfigError { place: Place::Variable(name), key: String::new(), message });
        }
    }
}

/// Applies one variable.
fn variable(name: &str, text: &str, draft: &mut Draft) -> Result<(), String> {
    if let Some(option) = OPTIONS.iter().find(|option| option.variable() == name) {
        return draft.apply(option, option.takes.text(text));
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
        return Err("expected a key name after TELESIEVE_KEYS_".to_owned());
    }
    if draft.locked_keys.iter().any(|key| spelled(key) == name) {
        return Err(LOCKED_KEY.to_owned());
    }
    let key = Credential::read(text).map_err(|error| error.to_string())?;
    let keys = &mut draft.config.keys;
    let existing = keys.keys().find(|key| spelled(key) == name).cloned();
    keys.insert(existing.unwrap_or_else(|| name.to_ascii_lowercase()), key);
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
        return Err(format!("no transform with this name; known transforms: {}", names.join(", ")));
    };
    let Some(option) = TRANSFORM_OPTIONS.iter().find(|option| option.key == key && option.key != "name") else {
        let known: Vec<&str> = TRANSFORM_OPTIONS.iter().map(|option| option.key).filter(|key| *key != "name").collect();
        transform.broken = Some("an environment variable for it has errors".to_owned());
        return Err(unknown(&key, &known));
    };
    match option.takes.text(text) {
        Ok(value) if transform.locked && !tightens(option.key, &value) => return Err(LOCKED_TRANSFORM.to_owned()),
        Ok(value) => (option.set)(transform, value),
        Err(message) => {
            transform.broken = Some("an environment variable for it has errors".to_owned());
            return Err(message);
        }
    }
    Ok(())
}

/// Whether an option of a transform can only make it let less out.
fn tightens(key: &str, value: &Value) -> bool {
    match key {
        "on_error" => *value == Value::Text("drop".to_owned()),
        "verify" => *value == Value::Bool(true),
        _ => false,
    }
}
