//! What goes into a layer, in memory.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use telesieve_config::{Config, Transform};
use telesieve_core::FunctionIdentity;
use telesieve_engine::{Artifact, CompileError, Target, compile, compile_small};

use super::{binary, libraries};
use crate::assets::Binary;
use crate::subject::{Source, Subject};

/// Where a layer's folder is in the sandbox.
const MOUNT: &str = "/opt/telesieve";

/// Everything of one layer.
#[derive(Clone, Debug)]
pub struct Contents {
    /// For which machines.
    pub target: Target,
    /// Sorted by path, so that a layer does not depend on the order of anything.
    pub files: BTreeMap<String, File>,
    /// What became of each component, in the order of the configuration.
    pub parts: Vec<Part>,
    /// SHA-256 of the extension.
    pub extension_digest: String,
    /// What the extension was built of, as its bill of materials lists it.
    pub libraries: Vec<Value>,
}

/// A file of a layer.
#[derive(Clone, Debug)]
pub struct File {
    /// 0644 or 0755.
    pub mode: u32,
    pub bytes: Vec<u8>,
}

/// A component and its artifact.
#[derive(Clone, Debug)]
pub struct Part {
    /// Base name of its files.
    pub artifact: String,
    /// Name and version that the component gives itself, and what it is for.
    pub name: String,
    pub version: String,
    pub kind: &'static str,
    /// Of the component that it was compiled of.
    pub digest: String,
    pub component_bytes: usize,
    pub cwasm_bytes: usize,
    pub pack_bytes: usize,
    /// What it was built of, as far as its bill of materials is known.
    pub libraries: Vec<Value>,
}

impl Contents {
    /// Puts everything together.
    ///
    /// # Errors
    /// The extension is not for this target or version, two transforms share an artifact and not their settings, a component
    /// cannot be compiled, or a file that the configuration names is not there.
    pub fn new(subject: &Subject, target: Target, extension: &Binary, small: bool) -> Result<Self> {
        let program = extension.program.to_vec();
        binary::check(&program, target).with_context(|| format!("{} cannot be bundled", extension.name))?;
        let extension_digest = binary::sha256(&program);
        let libraries = libraries::of(extension, &extension_digest)?;
        let mut contents = Self { target, files: BTreeMap::new(), parts: Vec::new(), extension_digest, libraries };
        contents.add("extensions/telesieve-extension", 0o755, program);
        contents.add("telesieve/telesieve.toml", 0o644, subject.text()?);
        for name in named_files(&subject.loaded.config)? {
            let path = subject.folder.join(&name);
            let bytes = binary::read(&path).with_context(|| format!("the configuration names {MOUNT}/{name}"))?;
            contents.add(&format!("telesieve/{name}"), 0o644, bytes);
        }
        for (transform, component) in distinct(subject)? {
            contents.compile(subject, transform, component, small)?;
        }
        Ok(contents)
    }

    fn add(&mut self, path: &str, mode: u32, bytes: Vec<u8>) {
        self.files.insert(path.to_owned(), File { mode, bytes });
    }

    fn compile(&mut self, subject: &Subject, transform: &Transform, component: &[u8], small: bool) -> Result<()> {
        let name = &transform.artifact;
        let failed = || format!("transform `{}`: failed to compile its component into an artifact", transform.name);
        let artifact = compile(component, self.target, transform, &FunctionIdentity::default())
            .map_err(|error| refusal(error, transform, subject))
            .with_context(failed)?;
        if small {
            let code = compile_small(component, self.target).with_context(failed)?;
            self.add(&format!("telesieve/{name}.small.cwasm"), 0o644, code);
        }
        self.parts.push(Part::new(name, component, &artifact)?);
        self.add(&format!("telesieve/{name}.cwasm"), 0o644, artifact.cwasm);
        self.add(&format!("telesieve/{name}.pack"), 0o644, artifact.pack);
        Ok(())
    }

    /// A line for each component and one for the extension.
    pub fn describe(&self) -> impl Iterator<Item = String> {
        let extension = self.files.get("extensions/telesieve-extension").map_or(0, |file| file.bytes.len());
        let parts = self.parts.iter().map(Part::describe);
        parts.chain([format!("extension for {}: {} KiB", self.target.lambda_name(), kib(extension))])
    }
}

impl Part {
    fn new(name: &str, component: &[u8], artifact: &Artifact) -> Result<Self> {
        Ok(Self {
            artifact: name.to_owned(),
            name: artifact.name.clone(),
            version: artifact.version.clone(),
            kind: artifact.kind.as_str(),
            digest: binary::sha256(component),
            component_bytes: component.len(),
            cwasm_bytes: artifact.cwasm.len(),
            pack_bytes: artifact.pack.len(),
            libraries: libraries::of_component(component)?,
        })
    }

    fn describe(&self) -> String {
        let Self { artifact, name, version, component_bytes, cwasm_bytes, pack_bytes, .. } = self;
        let sizes = [*component_bytes, *cwasm_bytes, *pack_bytes].map(kib);
        let [component, code, patterns] = sizes;
        format!(
            "{artifact}: {name} {version}, component {component} KiB, machine code {code} KiB, patterns {patterns} KiB"
        )
    }
}

fn kib(bytes: usize) -> usize {
    bytes.div_ceil(1024)
}

/// Transforms with artifacts of their own. An artifact holds what settings ask for, so it serves one set of them.
fn distinct(subject: &Subject) -> Result<Vec<(&Transform, &[u8])>> {
    let mut distinct: Vec<(&Transform, &[u8])> = Vec::new();
    for (transform, source) in subject.parts() {
        let Source::Component(component) = source else { bail!("transform `{}` has no component", transform.name) };
        match distinct.iter().find(|(known, _)| known.artifact == transform.artifact) {
            None => distinct.push((transform, component)),
            Some((known, _)) if known.settings == transform.settings => {}
            Some((known, _)) => bail!(
                "transforms `{}` and `{}` have different settings and the same artifact: rename one of them \
                 with `artifact = …`",
                known.name,
                transform.name
            ),
        }
    }
    Ok(distinct)
}

/// Refused settings with their lines; everything else as it is.
fn refusal(error: CompileError, transform: &Transform, subject: &Subject) -> anyhow::Error {
    let CompileError::Settings(faults) = error else { return error.into() };
    let lines = faults.iter().map(|fault| subject.setting_fault(&transform.name, fault));
    anyhow::anyhow!("invalid settings:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// Files that the configuration expects in the layer, by their names there.
fn named_files(config: &Config) -> Result<Vec<String>> {
    let opensearch = config
        .opensearch
        .iter()
        .flat_map(|sink| [&sink.ca_file, &sink.client_cert_file, &sink.client_key_file].into_iter().flatten());
    let pushgateway = config
        .pushgateway
        .iter()
        .flat_map(|sink| [&sink.ca_file, &sink.client_cert_file, &sink.client_key_file].into_iter().flatten());
    opensearch.chain(pushgateway).filter_map(|path| in_layer(path).transpose()).collect()
}

/// The name of a file in the layer. Absolute paths elsewhere are the function's own affair.
fn in_layer(path: &Path) -> Result<Option<String>> {
    let Ok(inside) = path.strip_prefix(MOUNT) else { return Ok(None) };
    let name = inside.to_str().filter(|name| !name.is_empty() && !name.contains(".."));
    name.map(|name| Some(name.to_owned())).with_context(|| format!("{} is not a file name", path.display()))
}
