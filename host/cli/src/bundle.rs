//! Writes what becomes `/opt` in a sandbox: the extension, the configuration, and an artifact for every transform.
//!
//! ```text
//! extensions/telesieve-extension   the only file there: the platform starts whatever it finds
//! telesieve/telesieve.toml         as the user wrote it
//! telesieve/<artifact>.cwasm       machine code for one architecture
//! telesieve/<artifact>.pack        versions, and the automata of the patterns that the settings ask for
//! ```
//!
//! Components are made by `build` or come from elsewhere; how they become artifacts is the engine's part.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use telesieve_config::{Loaded, Transform, load_file};
use telesieve_core::FunctionIdentity;
use telesieve_engine::{Artifact, CompileError, Target, compile};

use crate::build;
use crate::subject::refused_setting;

/// How core modules begin. Components have another version.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// Compile transforms and write what becomes /opt in a sandbox: the content of a layer.
#[derive(Clone, Debug, clap::Args)]
pub struct BundleArgs {
    /// The configuration.
    #[arg(long, default_value = "telesieve.toml", value_name = "FILE")]
    config: PathBuf,
    /// A component for the transform or artifact of that name, or the module that cargo made of its crate. May be
    /// repeated.
    #[arg(long = "component", value_name = "NAME=FILE", value_parser = named)]
    components: Vec<(String, PathBuf)>,
    /// The extension's binary for this architecture.
    #[arg(long, value_name = "FILE")]
    extension: PathBuf,
    /// The architecture, as Lambda says it: x86_64 or arm64. Default: this machine's.
    #[arg(long, value_name = "ARCH", value_parser = target)]
    arch: Option<Target>,
    /// The folder to write; an older bundle in it is replaced.
    #[arg(long, short, default_value = "opt", value_name = "DIR")]
    out: PathBuf,
}

/// Carries it out.
///
/// # Errors
///
/// See [`write()`].
pub fn run(args: BundleArgs) -> Result<ExitCode> {
    let BundleArgs { config, components, extension, arch, out } = args;
    let target = arch.or_else(Target::host).context("name the architecture: `--arch x86_64` or `--arch arm64`")?;
    let report = write(&BundleRequest { config, components, extension, target, out })?;
    writeln!(std::io::stdout(), "{report}")?;
    Ok(ExitCode::SUCCESS)
}

fn named(argument: &str) -> Result<(String, PathBuf)> {
    let (name, file) = argument.split_once('=').context("expected NAME=FILE, such as redact=redact.wasm")?;
    Ok((name.to_owned(), PathBuf::from(file)))
}

fn target(name: &str) -> Result<Target> {
    let known = Target::ALL.into_iter().find(|target| target.lambda_name() == name);
    known.context("expected x86_64 or arm64")
}

/// What to put together.
#[derive(Clone, Debug)]
pub struct BundleRequest {
    /// The `telesieve.toml`. It is copied as it is, comments included.
    pub config: PathBuf,
    /// Components, or core modules to make components of, by name: that of an artifact, or of a transform.
    pub components: Vec<(String, PathBuf)>,
    /// The extension's binary for `target`.
    pub extension: PathBuf,
    /// The architecture.
    pub target: Target,
    /// The folder that becomes `/opt`. It must be new, empty, or an older bundle, which is replaced.
    pub out: PathBuf,
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One for each artifact, in the order of the configuration.
    pub artifacts: Vec<ArtifactReport>,
    /// Bytes of the extension.
    pub extension_bytes: u64,
}

/// What became of a component.
#[derive(Clone, Debug)]
pub struct ArtifactReport {
    /// Base name of its files.
    pub artifact: String,
    /// Name and version that the component gives itself.
    pub component: String,
    /// Bytes of the component.
    pub component_bytes: u64,
    /// Bytes of the machine code.
    pub cwasm_bytes: u64,
    /// Bytes of the pack.
    pub pack_bytes: u64,
}

/// Writes the tree. Nothing is written before everything is compiled.
///
/// # Errors
///
/// If the configuration has a mistake, a transform has no component, a component no artifact, or a file cannot be read
/// or written.
pub fn write(request: &BundleRequest) -> Result<Report> {
    let loaded = configuration(&request.config)?;
    check_out(&request.out)?;
    let extension = read(&request.extension).context("failed to take the extension along")?;
    let mut report = Report { extension_bytes: extension.len() as u64, ..Report::default() };
    let mut files = Vec::new();
    for transform in distinct(&loaded.config.transforms)? {
        let (component, artifact) = artifact(transform, request)?;
        report.artifacts.push(ArtifactReport {
            artifact: transform.artifact.clone(),
            component: format!("{} {}", artifact.name, artifact.version),
            component_bytes: component.len() as u64,
            cwasm_bytes: artifact.cwasm.len() as u64,
            pack_bytes: artifact.pack.len() as u64,
        });
        files.push((format!("{}.cwasm", transform.artifact), artifact.cwasm));
        files.push((format!("{}.pack", transform.artifact), artifact.pack));
    }
    files.push(("telesieve.toml".to_owned(), read(&request.config)?));
    write_tree(&request.out, &extension, &files)?;
    Ok(report)
}

/// The configuration without the environment: what is bundled must not depend on where it is bundled.
fn configuration(path: &Path) -> Result<Loaded> {
    let loaded = load_file(path, true, &BTreeMap::<String, String>::new());
    let mistakes: Vec<String> = loaded.mistakes.iter().map(ToString::to_string).collect();
    ensure!(mistakes.is_empty(), "the configuration cannot be bundled:\n{}", mistakes.join("\n"));
    Ok(loaded)
}

/// Transforms with artifacts of their own. An artifact holds what settings ask for, so it serves one set of them.
fn distinct(transforms: &[Transform]) -> Result<Vec<&Transform>> {
    let mut distinct: Vec<&Transform> = Vec::new();
    for transform in transforms {
        match distinct.iter().find(|known| known.artifact == transform.artifact) {
            None => distinct.push(transform),
            Some(known) if known.settings == transform.settings => {}
            Some(known) => bail!(
                "transforms `{}` and `{}` have different settings and the same artifact: give one of them another name \
                 with `artifact = …`",
                known.name,
                transform.name
            ),
        }
    }
    Ok(distinct)
}

fn artifact(transform: &Transform, request: &BundleRequest) -> Result<(Vec<u8>, Artifact)> {
    let path = component_of(transform, &request.components)?;
    let component = component(path)?;
    let artifact = compile(&component, request.target, transform, &FunctionIdentity::default())
        .map_err(|error| refusal(error, transform, request))
        .with_context(|| format!("transform `{}`: failed to make an artifact of {}", transform.name, path.display()))?;
    Ok((component, artifact))
}

/// Refused settings with their lines; everything else as it is.
fn refusal(error: CompileError, transform: &Transform, request: &BundleRequest) -> anyhow::Error {
    let CompileError::Settings(faults) = error else { return error.into() };
    let lines = faults.iter().map(|fault| refused_setting(Some(&request.config), &transform.name, fault));
    anyhow::anyhow!("its settings cannot be used:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// Reads a component, or makes one of what `cargo build` made.
fn component(path: &Path) -> Result<Vec<u8>> {
    let bytes = read(path)?;
    if !bytes.starts_with(CORE_MODULE) {
        return Ok(bytes);
    }
    build::component(&bytes).with_context(|| format!("{} is no transform", path.display()))
}

fn component_of<'r>(transform: &Transform, components: &'r [(String, PathBuf)]) -> Result<&'r Path> {
    let named = |name: &str| components.iter().find(|(known, _)| known == name);
    let found = named(&transform.artifact).or_else(|| named(&transform.name)).map(|(_, path)| path.as_path());
    found.with_context(|| {
        let known: Vec<&str> = components.iter().map(|(name, _)| name.as_str()).collect();
        format!(
            "transform `{}`: there is no component called `{}` among: {}",
            transform.name,
            transform.artifact,
            known.join(", ")
        )
    })
}

/// Refuses a folder with anything in it that is not ours to replace.
fn check_out(out: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(out) else { return Ok(()) };
    let names: BTreeSet<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    let foreign = names.iter().find(|name| *name != "extensions" && *name != "telesieve");
    if let Some(name) = foreign {
        bail!("{} holds {}, which is no part of a bundle: name another folder", out.display(), name.display());
    }
    Ok(())
}

fn write_tree(out: &Path, extension: &[u8], files: &[(String, Vec<u8>)]) -> Result<()> {
    let (extensions, telesieve) = (out.join("extensions"), out.join("telesieve"));
    for folder in [&extensions, &telesieve] {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("failed to replace {}", folder.display()))?;
        }
        fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    }
    write_file(&extensions.join("telesieve-extension"), extension, 0o755)?;
    files.iter().try_for_each(|(name, bytes)| write_file(&telesieve.join(name), bytes, 0o644))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("failed to read {}", path.display()))
}

fn write_file(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let write = fs::write(path, bytes).and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)));
    write.with_context(|| format!("failed to write {}", path.display()))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kib = |bytes: u64| bytes.div_ceil(1024);
        for artifact in &self.artifacts {
            writeln!(
                f,
                "{}: {}, component {} KiB, machine code {} KiB, patterns {} KiB",
                artifact.artifact,
                artifact.component,
                kib(artifact.component_bytes),
                kib(artifact.cwasm_bytes),
                kib(artifact.pack_bytes)
            )?;
        }
        write!(f, "extension: {} KiB", kib(self.extension_bytes))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn request(folder: &Path, config: &str) -> BundleRequest {
        fs::write(folder.join("telesieve.toml"), config).unwrap();
        fs::write(folder.join("extension"), b"program").unwrap();
        fs::write(folder.join("redact.wasm"), b"no component").unwrap();
        BundleRequest {
            config: folder.join("telesieve.toml"),
            components: vec![("redact".to_owned(), folder.join("redact.wasm"))],
            extension: folder.join("extension"),
            target: Target::X86_64,
            out: folder.join("opt"),
        }
    }

    fn fault(config: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        format!("{:#}", write(&request(folder.path(), config)).unwrap_err())
    }

    #[test]
    fn a_configuration_without_transforms_is_a_bundle() {
        let folder = tempfile::tempdir().unwrap();
        let request = request(folder.path(), "[flush]\nmode = 'end' # as it is\n");
        for _again in 0..2 {
            assert_eq!(write(&request).unwrap().to_string(), "extension: 1 KiB");
        }
        let extension = request.out.join("extensions/telesieve-extension");
        assert_eq!(fs::metadata(extension).unwrap().permissions().mode() & 0o777, 0o755);
        assert_eq!(fs::read(request.out.join("telesieve/telesieve.toml")).unwrap(), fs::read(request.config).unwrap());
    }

    #[test]
    fn a_folder_with_other_things_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut request = request(folder.path(), "");
        request.out = folder.path().to_owned();
        assert!(write(&request).unwrap_err().to_string().contains("which is no part of a bundle"));
        assert!(folder.path().join("redact.wasm").exists());
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(named("redact").is_err() && target("arm64").is_ok() && target("aarch64").is_err());
        assert!(fault("[flush]\nmode = 'never'\n").contains("flush.mode"));
        assert!(fault("[[transform]]\nname = 'filter'\n").contains("no component called `filter` among: redact"));
        let broken = fault("[[transform]]\nname = 'redact'\n");
        assert!(broken.starts_with("transform `redact`: failed to make an artifact of "), "{broken}");
        let shared = "[[transform]]\nname='a'\nartifact='redact'\n[transform.settings]\nx=1\n\
                      [[transform]]\nname='b'\nartifact='redact'\n";
        let component_first = fault(shared);
        assert!(component_first.contains("`a` and `b` have different settings"), "{component_first}");
    }
}
