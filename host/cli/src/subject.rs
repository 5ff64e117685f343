//! What is tested or checked: a configuration and a component for each of its transforms.
//!
//! People point at whatever they have: a crate, a component, a configuration, a bundle. Here it becomes one thing.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use telesieve_config::{Credential, Loaded, Place, Secret, Transform, load_file, place_of_setting};
use telesieve_engine::SettingFault;

use crate::assets;
use crate::build::{self, Crate};

/// How core modules begin. Components have another version.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// Variables that hold keys. Everything else of the environment is left out: a test must not depend on where it runs.
const KEYS: &str = "TELESIEVE_KEYS_";

/// What to look at, as it is said on the command line.
#[derive(Clone, Debug, clap::Args)]
pub struct SubjectArgs {
    /// A crate, a component, a telesieve.toml, or a folder with one.
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    /// The configuration. Default: the telesieve.toml of the folder, else no settings.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A component or a crate for the transform or artifact NAME. May be repeated. Default: the crate of the folder,
    /// `<artifact>.wasm` next to the configuration, a bundled artifact there, or the ready-made transform.
    #[arg(long = "component", value_name = "NAME=PATH", value_parser = named)]
    pub components: Vec<(String, PathBuf)>,
    /// The cargo profile to build crates with.
    #[arg(long, default_value = "release", value_name = "NAME")]
    pub profile: String,
}

impl SubjectArgs {
    /// A configuration, and the components that go with it.
    #[must_use]
    pub fn of_config(config: &Path) -> Self {
        Self {
            path: config.to_owned(),
            config: Some(config.to_owned()),
            components: Vec::new(),
            profile: "release".to_owned(),
        }
    }
}

fn named(argument: &str) -> Result<(String, PathBuf)> {
    let (name, path) = argument.split_once('=').context("expected NAME=PATH, such as redact=redact.wasm")?;
    Ok((name.to_owned(), PathBuf::from(path)))
}

/// A configuration and its components.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The configuration and its errors.
    pub loaded: Loaded,
    /// Where it stands, if it stands in a file.
    pub file: Option<PathBuf>,
    /// Where telemetry and snapshots lie.
    pub folder: PathBuf,
    /// What each transform is run from, in order.
    pub sources: Vec<Source>,
}

/// What a transform is run from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A component.
    Component(Vec<u8>),
    /// What a bundle holds beside the configuration.
    Bundled,
    /// Nothing was found.
    Missing(String),
}

impl Subject {
    /// The keys of hashes. In the place of one that is kept elsewhere stands what is said of where: nothing is asked for
    /// here, and tokens are others than in a sandbox.
    #[must_use]
    pub fn keys(&self) -> BTreeMap<String, Secret> {
        let text = |key: &Credential| match key {
            Credential::Text(text) => text.clone(),
            Credential::Kept(reference) => Secret::new(reference.to_string()),
        };
        self.loaded.config.keys.iter().map(|(name, key)| (name.clone(), text(key))).collect()
    }

    /// Finds everything, and builds what has to be built.
    ///
    /// # Errors
    /// The path leads nowhere, or a crate cannot be built.
    pub fn open(args: &SubjectArgs) -> Result<Self> {
        ensure!(args.path.exists(), "not found: {}", args.path.display());
        let path = plain(&args.path);
        let own = || own_component(&path, &args.profile);
        let file = args.config.clone().or_else(|| config_of(&path));
        let Some(file) = file else {
            let own = own()?
                .with_context(|| format!("{} contains neither a crate nor a telesieve.toml", args.path.display()))?;
            return Ok(Self::alone(&path, own));
        };
        let loaded = load_file(&file, true, &keys());
        let given = args.components.iter().map(|(name, path)| Ok((name.clone(), component(path, &args.profile)?)));
        let finder = Finder { given: given.collect::<Result<_>>()?, own: &own, folder: &loaded.folder };
        let alone = loaded.config.transforms.len() == 1;
        let sources = loaded.config.transforms.iter().map(|transform| finder.find(transform, alone));
        let sources = sources.collect::<Result<_>>()?;
        let folder = file.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Self { loaded, file: Some(file), folder, sources })
    }

    /// A component without a configuration.
    fn alone(path: &Path, (name, component): (String, Vec<u8>)) -> Self {
        let mut loaded = Loaded::default();
        loaded.config.transforms = vec![Transform { name: name.clone(), artifact: name, ..Transform::default() }];
        let folder = if here(path).is_dir() { path } else { path.parent().unwrap_or(path) };
        Self { loaded, file: None, folder: folder.to_owned(), sources: vec![Source::Component(component)] }
    }

    /// The configuration as TOML: the file's own text, or what stands for a component without a configuration.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn text(&self) -> Result<Vec<u8>> {
        let Some(file) = &self.file else {
            let tables = self.loaded.config.transforms.iter();
            let text: String =
                tables.map(|transform| format!("[[transform]]\nname = {:?}\n", transform.name)).collect();
            return Ok(text.into_bytes());
        };
        std::fs::read(file).with_context(|| format!("failed to read {}", file.display()))
    }

    /// Transforms and their sources.
    pub fn parts(&self) -> impl Iterator<Item = (&Transform, &Source)> {
        self.loaded.config.transforms.iter().zip(&self.sources)
    }

    /// What a transform is run from.
    #[must_use]
    pub fn source_of(&self, transform: &Transform) -> Option<&Source> {
        self.parts().find(|(known, _)| known.name == transform.name).map(|(_, source)| source)
    }

    /// A refused setting, with the line that it stands on.
    #[must_use]
    pub fn setting_fault(&self, transform: &str, fault: &SettingFault) -> String {
        refused_setting(self.file.as_deref(), transform, fault)
    }
}

/// A refused setting, with the line of the file that it stands on.
#[must_use]
pub fn refused_setting(file: Option<&Path>, transform: &str, fault: &SettingFault) -> String {
    let place = file.and_then(|file| place_of_setting(file, transform, &fault.path));
    let place = place.map(|place: Place| format!("{place}: ")).unwrap_or_default();
    let dot = if fault.path.is_empty() { "" } else { "." };
    format!("{place}transform.settings{dot}{}: {} (transform `{transform}`)", fault.path, fault.message)
}

/// Without a leading `./`, which says nothing.
fn plain(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

/// Where a relative path starts, as a path that can be opened.
fn here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// The configuration that goes with a path.
fn config_of(path: &Path) -> Option<PathBuf> {
    if path.extension().is_some_and(|extension| extension == "toml") && !path.ends_with("Cargo.toml") {
        return Some(path.to_owned());
    }
    let folder = Some(path).filter(|path| here(path).is_dir());
    folder.map(|folder| folder.join("telesieve.toml")).filter(|file| file.is_file())
}

/// The component that a path is, or makes: name and bytes.
fn own_component(path: &Path, profile: &str) -> Result<Option<(String, Vec<u8>)>> {
    let folder = if path.is_file() { path.parent().filter(|_| !is_component(path)) } else { Some(path) };
    match folder {
        None => {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
            component(path, profile).map(|bytes| Some((name, bytes)))
        }
        Some(folder) if is_crate(folder) => crate_component(folder, profile).map(Some),
        Some(_) => Ok(None),
    }
}

fn is_component(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "wasm")
}

/// A folder with a crate of its own, and not just the root of a workspace.
fn is_crate(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|text| text.contains("[package]"))
}

fn crate_component(folder: &Path, profile: &str) -> Result<(String, Vec<u8>)> {
    let transform = Crate {
        folder: here(folder).to_owned(),
        package: None,
        profile: profile.to_owned(),
        example: None,
        // A first build takes a minute: in a terminal cargo shows how far it is.
        quiet: !std::io::stderr().is_terminal(),
    };
    let built = build::build(&transform)?;
    Ok((built.name, built.component))
}

/// Reads a component, makes one of what `cargo build` made, or builds a crate.
fn component(path: &Path, profile: &str) -> Result<Vec<u8>> {
    if path.is_dir() {
        return crate_component(path, profile).map(|(_, component)| component);
    }
    let bytes = std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
    if !bytes.starts_with(CORE_MODULE) {
        return Ok(bytes);
    }
    build::component(&bytes).with_context(|| format!("{} is not a transform", path.display()))
}

/// Keys that the environment holds.
fn keys() -> BTreeMap<String, String> {
    std::env::vars().filter(|(name, _)| name.starts_with(KEYS)).collect()
}

struct Finder<'f> {
    given: Vec<(String, Vec<u8>)>,
    /// Builds the crate of the folder, which takes its time: asked only for what was not given.
    own: &'f dyn Fn() -> Result<Option<(String, Vec<u8>)>>,
    folder: &'f Path,
}

impl Finder<'_> {
    fn find(&self, transform: &Transform, alone: bool) -> Result<Source> {
        let is_it = |name: &str| name == transform.artifact || name == transform.name;
        if let Some((_, component)) = self.given.iter().find(|(name, _)| is_it(name)) {
            return Ok(Source::Component(component.clone()));
        }
        if let Some((_, component)) = (self.own)()?.filter(|(name, _)| alone || is_it(name)) {
            return Ok(Source::Component(component));
        }
        let beside = self.folder.join(format!("{}.wasm", transform.artifact));
        if beside.is_file() {
            return component(&beside, "release").map(Source::Component);
        }
        if self.folder.join(format!("{}.cwasm", transform.artifact)).is_file() {
            return Ok(Source::Bundled);
        }
        let ready_made = ready_made(transform)?;
        Ok(ready_made.map_or_else(|| Source::Missing(missing(transform)), Source::Component))
    }
}

/// A ready-made transform, by the name of the artifact or of the transform.
fn ready_made(transform: &Transform) -> Result<Option<Vec<u8>>> {
    match assets::component(&transform.artifact)? {
        Some(component) => Ok(Some(component)),
        None => assets::component(&transform.name),
    }
}

/// How to give a transform its component.
#[must_use]
pub fn missing(transform: &Transform) -> String {
    let Transform { name, artifact, .. } = transform;
    let carried: Vec<_> = assets::component_names().collect();
    let ready_made = match carried.as_slice() {
        [] => "this build of telesieve contains no ready-made transforms".to_owned(),
        names => format!("the ready-made transforms are {}", names.join(", ")),
    };
    format!(
        "transform `{name}` has no component: pass one with --component {artifact}=FILE, or put {artifact}.wasm next to the configuration ({ready_made})"
    )
}

/// Refuses a configuration with errors, and says all of them.
///
/// # Errors
/// There are errors.
pub fn ensure_sound(loaded: &Loaded) -> Result<()> {
    let errors: Vec<String> = loaded.errors.iter().map(ToString::to_string).collect();
    if errors.is_empty() { Ok(()) } else { bail!("the configuration has errors:\n{}", errors.join("\n")) }
}
