//! Makes components of transform crates: `cargo build` for WebAssembly, then the component around the core module.
//!
//! What becomes of components, artifacts and the tree of a layer, is `bundle`'s part.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::out;
use anyhow::{Context, Result, bail, ensure};
use wit_component::{ComponentEncoder, DecodedWasm};

/// What Rust transforms are built for. It has no system interface, so a component of it imports what the contract offers
/// and nothing else.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// What every import and export of a transform begins with.
const CONTRACT: &str = "telesieve:transform/";

/// Build a transform crate into a WebAssembly component.
#[derive(Clone, Debug, clap::Args)]
pub struct BuildArgs {
    /// The crate, or a folder in its workspace.
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// The package, if the folder has several.
    #[arg(long, short, value_name = "NAME")]
    package: Option<String>,
    /// Build this example of the package instead of its library.
    #[arg(long, value_name = "NAME")]
    example: Option<String>,
    /// The cargo profile.
    #[arg(long, default_value = "release", value_name = "NAME")]
    profile: String,
    /// The file to write. Default: `<package>.wasm` in the current folder.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Builds the component and writes it.
///
/// # Errors
///
/// See [`build`].
pub fn run(args: BuildArgs) -> Result<ExitCode> {
    let BuildArgs { folder, package, example, profile, out } = args;
    let transform = Crate { folder, package, example, profile, quiet: false };
    let built = build(&transform)?;
    let file = out.unwrap_or_else(|| PathBuf::from(format!("{}.wasm", built.name)));
    std::fs::write(&file, &built.component).with_context(|| format!("failed to write {}", file.display()))?;
    let kib = built.component.len().div_ceil(1024);
    out::line(&format!("{}: a component of {kib} KiB", file.display()));
    Ok(ExitCode::SUCCESS)
}

/// A crate that was built.
#[derive(Clone, Debug)]
pub struct Built {
    /// Name of the library, with `-` for `_`.
    pub name: String,
    /// The component.
    pub component: Vec<u8>,
}

/// Makes a component of a core module that was built with the guest SDK, and checks it.
///
/// # Errors
///
/// If the module says nothing of a WIT world, or does not keep to it.
pub fn component(core_module: &[u8]) -> Result<Vec<u8>> {
    let component = ComponentEncoder::default()
        .module(core_module)
        .context("failed to read the module: was it built with the guest SDK, for wasm32-unknown-unknown?")?
        .validate(true)
        .encode()
        .context("failed to turn the module into a component")?;
    check_world(&component)?;
    Ok(component)
}

/// Refuses a component that exports no transform, or wants something of the host that no transform gets.
fn check_world(component: &[u8]) -> Result<()> {
    let DecodedWasm::Component(resolve, world) =
        wit_component::decode(component).context("failed to read its WIT world")?
    else {
        bail!("expected a component, found a WIT package");
    };
    let world = &resolve.worlds[world];
    let is_ours = |name: &str| name.starts_with(CONTRACT);
    let exports = world.exports.keys().map(|key| resolve.name_world_key(key));
    ensure!(
        exports.into_iter().any(|name| is_ours(&name)),
        "it exports no transform: is `#[transform]` on a function?"
    );
    let foreign = world.imports.keys().map(|key| resolve.name_world_key(key)).find(|name| !is_ours(name));
    match foreign {
        Some(name) => bail!("it imports {name}, which the host does not provide: build it for {TARGET}"),
        None => Ok(()),
    }
}

/// Where a transform crate is, and how to build it.
#[derive(Clone, Debug)]
pub struct Crate {
    /// A folder inside the crate's workspace: where cargo is run.
    pub folder: PathBuf,
    /// The package; `None`: the one of the folder.
    pub package: Option<String>,
    /// An example of the package; `None`: its library.
    pub example: Option<String>,
    /// The profile; `release` where a workspace has none of its own for guests.
    pub profile: String,
    /// Whether cargo may show its progress.
    pub quiet: bool,
}

/// Builds a transform crate and makes a component of it.
///
/// # Errors
///
/// If the target is not installed, the crate does not compile, has no `cdylib`, or is no transform.
pub fn build(transform: &Crate) -> Result<Built> {
    let module = core_module(transform)?;
    let bytes = std::fs::read(&module).with_context(|| format!("failed to read {}", module.display()))?;
    let component = component(&bytes).with_context(|| format!("{} is not a transform", transform.name()))?;
    let name = module.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
    Ok(Built { name, component })
}

/// Builds the core module and says where it is.
fn core_module(transform: &Crate) -> Result<PathBuf> {
    Toolchain::default().ensure_target(&transform.folder)?;
    let mut cargo = Command::new(cargo());
    cargo.current_dir(&transform.folder).args([
        "build",
        "--target",
        TARGET,
        "--message-format",
        "json-render-diagnostics",
    ]);
    cargo.args(["--profile", &transform.profile]);
    if let Some(package) = &transform.package {
        cargo.args(["--package", package]);
    }
    if let Some(example) = &transform.example {
        cargo.args(["--example", example]);
    }
    if transform.quiet {
        cargo.arg("--quiet");
    }
    let output = cargo.stderr(Stdio::inherit()).output().context("failed to run cargo")?;
    ensure!(output.status.success(), "failed to build {}: see cargo's messages above", transform.name());
    let messages = String::from_utf8_lossy(&output.stdout);
    match messages.lines().flat_map(modules).collect::<Vec<_>>().as_slice() {
        [module] => Ok(module.clone()),
        [] => bail!(
            "{} produces no WebAssembly module: its Cargo.toml needs `[lib]` with `crate-type = [\"cdylib\", \"rlib\"]`",
            transform.name()
        ),
        several => bail!("{} produces {} modules: select one package with --package", transform.name(), several.len()),
    }
}

impl Crate {
    fn name(&self) -> String {
        self.package.clone().unwrap_or_else(|| self.folder.display().to_string())
    }
}

/// The modules in one line of cargo's report. Dependencies are libraries and make none.
fn modules(line: &str) -> Vec<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
    let files = message["filenames"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
    let is_module = |file: &&str| Path::new(file).extension().is_some_and(|extension| extension == "wasm");
    files.filter(is_module).map(PathBuf::from).collect()
}

/// The cargo that runs us, if one does.
fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The programs that know of targets.
struct Toolchain {
    rustc: fn(&Path) -> Command,
    rustup: fn(&Path) -> Command,
}

impl Default for Toolchain {
    fn default() -> Self {
        Self {
            rustc: |_| Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())),
            rustup: |_| Command::new("rustup"),
        }
    }
}

impl Toolchain {
    /// Installs the target if it is missing, or says how to get it before cargo fails in its own, longer words.
    fn ensure_target(&self, folder: &Path) -> Result<()> {
        if self.has_target(folder)? {
            return Ok(());
        }
        out::notice(&format!("installing the target {TARGET}: rustup target add {TARGET}"));
        let mut rustup = (self.rustup)(folder);
        let status = rustup.current_dir(folder).args(["target", "add", TARGET]).stdout(Stdio::null()).status();
        let status = status.with_context(|| {
            format!("the target {TARGET} is not installed, and rustup was not found: install rustup from https://rustup.rs, or get the target from the source of your Rust installation")
        })?;
        ensure!(
            status.success(),
            "failed to install the target {TARGET}: see rustup's message above, and run `rustup target add {TARGET}` yourself"
        );
        ensure!(
            self.has_target(folder)?,
            "rustup installed the target {TARGET}, but the rustc in use does not find it: is this rustc installed by rustup?"
        );
        Ok(())
    }

    /// Whether the toolchain of a folder can build for the target.
    fn has_target(&self, folder: &Path) -> Result<bool> {
        let mut rustc = (self.rustc)(folder);
        let output = rustc.current_dir(folder).args(["--print", "target-libdir", "--target", TARGET]).output();
        let output = output.context("failed to run rustc: is Rust installed (https://rustup.rs)?")?;
        let libraries = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        Ok(output.status.success() && libraries.is_dir())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn modules_are_found_in_cargos_report() {
        let line = r#"{"reason":"compiler-artifact","filenames":["/t/a.wasm","/t/liba.rlib"]}"#;
        assert_eq!(modules(line), [PathBuf::from("/t/a.wasm")]);
        assert!(modules(r#"{"reason":"build-finished","success":true}"#).is_empty());
        assert!(modules("no json").is_empty());
    }

    /// A script in the folder, in place of a program.
    fn script(folder: &Path, name: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg(folder.join(name));
        command
    }

    /// What comes of it, and how rustup was called. Its rustc knows the target if the folder `libraries` is there.
    fn installed(rustup: &str) -> (Result<()>, String) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rustc"), "echo \"$PWD/libraries\"\n").unwrap();
        std::fs::write(folder.path().join("rustup"), format!("echo \"$@\" >> calls\n{rustup}\n")).unwrap();
        let toolchain =
            Toolchain { rustc: |folder| script(folder, "rustc"), rustup: |folder| script(folder, "rustup") };
        let result = toolchain.ensure_target(folder.path());
        let calls = std::fs::read_to_string(folder.path().join("calls")).unwrap_or_default();
        if result.is_ok() {
            toolchain.ensure_target(folder.path()).unwrap();
            let again = std::fs::read_to_string(folder.path().join("calls")).unwrap();
            assert_eq!(again, calls, "what is there is not installed");
        }
        (result, calls)
    }

    #[test]
    fn a_target_that_is_missing_is_installed_once() {
        let call = format!("target add {TARGET}\n");
        let (result, calls) = installed("mkdir libraries");
        assert!(result.is_ok() && calls == call, "{result:?} {calls}");
        let message = |rustup: &str| {
            let (result, calls) = installed(rustup);
            assert_eq!(calls, call);
            result.unwrap_err().to_string()
        };
        assert!(message("exit 1").starts_with("failed to install the target"));
        assert!(message("exit 0").contains("the rustc in use does not find it"));
    }

    #[test]
    fn without_rustup_the_way_to_the_target_is_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rustc"), "exit 1\n").unwrap();
        let toolchain =
            Toolchain { rustc: |folder| script(folder, "rustc"), rustup: |_| Command::new("/nowhere/rustup") };
        let error = toolchain.ensure_target(folder.path()).unwrap_err().to_string();
        assert!(error.contains("rustup was not found"), "{error}");
    }

    #[test]
    fn what_is_no_transform_is_refused() {
        let message = |module: &[u8]| format!("{:#}", component(module).unwrap_err());
        assert!(message(b"\0asm\x01\0\0\0").starts_with("it exports no transform"));
        assert!(message(b"elf").starts_with("failed to read the module"));
    }
}
