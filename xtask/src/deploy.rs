//! `cargo xtask deploy`: checks the examples under `deploy/` as far as that can be done without an AWS account, and what the
//! hosting site reads of the repository.
//!
//! The SAM template goes through the linter that knows every resource type and property; so does what the CDK example
//! makes, after the compiler has seen its types. Of the Terraform example the syntax is read, and its format if terraform
//! is here: its provider cannot be fetched everywhere. The CDK needs Node.js and is left out, with a line, where that is
//! missing. Dockerfiles are parsed as Docker does, where its parser can be had, and not built.
//!
//! Workflows and issue forms go through the schemas of the hosting site; workflows also through a linter that knows what makes
//! them unsafe, such as an action that is not pinned, and through `actionlint` if that is here. No workflow is run.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::process::{command, fetch, find, output, run, say, step};
use crate::{build, paths, tools};

/// Reads every file of a configuration, as Terraform does.
const READ_HCL: &str = "import sys, hcl2\nfor path in sys.argv[1:]: hcl2.load(open(path))";

/// Parses Dockerfiles. The parser lets an unknown instruction pass, so that is refused here.
const READ_DOCKERFILES: &str = "\
import sys, dockerfile
known = set(dockerfile.all_cmds())
for path in sys.argv[1:]:
    for command in dockerfile.parse_file(path):
        if command.cmd.lower() not in known:
            sys.exit(f'{path}:{command.start_line}: unknown instruction {command.cmd}')
";

/// Dockerfiles of images.
const DOCKERFILES: [&str; 2] = ["deploy/cli/Dockerfile", "deploy/image/Dockerfile"];

/// Files that the hosting site reads, with the schemas that they follow.
const FORMS: [(&str, &[&str]); 3] = [
    ("vendor.github-workflows", &[".github/workflows/ci.yml", ".github/workflows/release.yml"]),
    ("vendor.github-issue-config", &[".github/ISSUE_TEMPLATE/config.yml"]),
    (
        "vendor.github-issue-forms",
        &[
            ".github/ISSUE_TEMPLATE/bug.yml",
            ".github/ISSUE_TEMPLATE/feature.yml",
            ".github/ISSUE_TEMPLATE/missed-secret.yml",
        ],
    ),
];

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
    step("reading the Dockerfiles");
    dockerfiles(&linters)?;
    step("reading workflows and issue forms");
    workflows(&linters)?;
    step("comparing configurations with their schema");
    configurations(&linters)?;
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

fn dockerfiles(linters: &Path) -> Result<()> {
    if cfg!(not(target_arch = "x86_64")) {
        say("the Dockerfiles were NOT checked: there is no parser for this architecture");
        return Ok(());
    }
    run(command(linters.join("python3")).args(["-c", READ_DOCKERFILES]).args(DOCKERFILES))
}

fn workflows(linters: &Path) -> Result<()> {
    for (schema, files) in FORMS {
        let check = linters.join("check-jsonschema");
        run(command(check).args(["--quiet", "--builtin-schema", schema]).args(files))?;
    }
    // Without `--offline` it would ask the hosting site about actions.
    run(command(linters.join("zizmor")).args(["--quiet", "--offline", "--persona", "pedantic", ".github"]))?;
    match find("actionlint") {
        Some(actionlint) => run(&mut command(actionlint)),
        None => Ok(()),
    }
}

/// Validates every telesieve.toml of the repository against the schema that the program prints.
fn configurations(linters: &Path) -> Result<()> {
    let schema = paths::target().join("telesieve.schema.json");
    fs::write(&schema, output(command(build::cli()?).arg("schema"))?)?;
    let files = output(command("git").args(["ls-files", "*telesieve.toml"]))?;
    let mut check = command(linters.join("check-jsonschema"));
    run(check.args(["--quiet", "--schemafile"]).arg(schema).args(files.lines()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_of_regions_is_one() {
        let list = include_str!("../../deploy/regions.txt");
        let regions: Vec<_> = list.lines().filter(|line| !line.starts_with('#')).collect();
        let is_region = |line: &str| {
            let parts: Vec<_> = line.split('-').collect();
            let is_word = |part: &&str| part.bytes().all(|byte| byte.is_ascii_lowercase());
            matches!(parts.as_slice(), [area, place, number] if is_word(area) && is_word(place) && number.parse::<u8>().is_ok())
        };
        assert!(regions.len() > 10 && regions.iter().all(|line| is_region(line)), "{regions:?}");
        assert!(regions.is_sorted_by(|one, next| one < next), "sorted, each once");
    }

    #[test]
    fn every_file_of_the_hosting_site_is_checked() {
        let checked: Vec<_> = FORMS.iter().flat_map(|(_, files)| *files).collect();
        for folder in [".github/workflows", ".github/ISSUE_TEMPLATE"] {
            for file in fs::read_dir(paths::root().join(folder)).expect("a folder of the repository") {
                let name = file.expect("a file").file_name();
                let path = format!("{folder}/{}", name.to_string_lossy());
                assert!(checked.iter().any(|file| **file == path), "{path}");
            }
        }
    }
}
