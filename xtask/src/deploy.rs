//! `cargo xtask deploy`: checks the examples under `deploy/` as far as that can be done without an AWS account.
//!
//! The SAM template goes through the linter that knows every resource type and property; so does what the CDK example
//! makes, after the compiler has seen its types. Of the Terraform example the syntax is read, and its format if terraform
//! is here: its provider cannot be fetched everywhere. The CDK needs Node.js and is left out, with a line, where that is
//! missing.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::process::{command, fetch, find, output, run, say, step};
use crate::{paths, tools};

/// Reads every file of a configuration, as Terraform does.
const READ_HCL: &str = "import sys, hcl2\nfor path in sys.argv[1:]: hcl2.load(open(path))";

/// Checks all of them.
///
/// # Errors
/// An example is wrong, or a tool cannot be had.
pub fn check() -> Result<()> {
    let linters = tools::deployment_linters()?;
    let lint = linters.join("cfn-lint");
    step("reading the SAM template");
    run(command(&lint).arg("deploy/sam/template.yaml"))?;
    step("reading the Terraform example");
    terraform(&linters)?;
    if find("npm").is_none() {
        say("the CDK example was NOT checked: there is no Node.js here");
        return Ok(());
    }
    step("making a template of the CDK example");
    let template = cdk()?;
    // CDK names dependencies that are clear without it.
    run(command(&lint).args(["--ignore-checks", "W3005", "--"]).arg(template))
}

fn terraform(linters: &Path) -> Result<()> {
    let files = ["main.tf", "variables.tf", "outputs.tf"].map(|file| Path::new("deploy/terraform").join(file));
    run(command(linters.join("python3")).args(["-c", READ_HCL]).args(files))?;
    match find("terraform") {
        Some(terraform) => run(command(terraform).args(["fmt", "-check", "-diff", "deploy/terraform"])),
        None => Ok(()),
    }
}

/// Installs what the example needs, compiles it and lets it write its template.
fn cdk() -> Result<std::path::PathBuf> {
    let folder = paths::target().join("cdk");
    let sources = paths::root().join("deploy/cdk");
    for file in ["package.json", "package-lock.json", "tsconfig.json", "bin/app.ts", "lib/telesieve.ts"] {
        let copy = folder.join("deploy/cdk").join(file);
        fs::create_dir_all(copy.parent().context("a file lies in a folder")?)?;
        fs::copy(sources.join(file), &copy).with_context(|| format!("failed to copy {file}"))?;
    }
    let functions = folder.join("deploy/sam/functions");
    fs::create_dir_all(&functions)?;
    fs::copy(paths::root().join("deploy/sam/functions/app.py"), functions.join("app.py"))?;
    // It only matters that there is a file: what is in layers has tests of its own.
    fs::write(folder.join("telesieve-layer-arm64.zip"), "")?;
    let example = folder.join("deploy/cdk");
    let npm = |args: &[&str]| {
        let mut npm = command("npm");
        npm.current_dir(&example).args(args).env("CDK_OUTDIR", folder.join("out")).env("TELESIEVE_LAYERS", &folder);
        npm
    };
    fetch(&mut npm(&["ci", "--loglevel=error", "--no-audit", "--no-fund"]))?;
    output(&mut npm(&["run", "--silent", "synth"]))?;
    Ok(folder.join("out/TelesieveExample.template.json"))
}
