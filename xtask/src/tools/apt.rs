//! Debian's packages: installed if we may, unpacked into `target/tools` if that is enough, else asked for.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::process::{self, command, fetch, find, is_root, run, step};

/// Installs packages for the whole machine.
///
/// # Errors
/// We may not, or it failed; the message holds the command to type.
pub(super) fn install(packages: &[&str], purpose: &str) -> Result<()> {
    let names = packages.join(" ");
    let remedy = format!("{purpose} is missing; install it, for example with `sudo apt-get install {names}`");
    if find("apt-get").is_none() || !is_root() {
        bail!(remedy);
    }
    step(&format!("installing {names}"));
    let mut install = apt_get();
    install.args(["install", "-y", "-q", "--no-install-recommends"]).args(packages);
    if !process::succeeds(&mut install) {
        fetch(apt_get().args(["update", "-q"])).with_context(|| remedy.clone())?;
        fetch(&mut install).context(remedy)?;
    }
    Ok(())
}

/// Unpacks packages into a folder, without installing them: nobody starts them as a service, and no rights are needed.
///
/// # Errors
/// Not a Debian, no such package, or no network; the message holds the command to type.
pub(super) fn unpack(packages: &[&str], folder: &Path) -> Result<()> {
    let remedy = format!("install {0}, for example with `sudo apt-get install {0}`", packages.join(" "));
    if find("apt-get").is_none() || find("dpkg").is_none() {
        bail!("failed to fetch the packages of another system; {remedy}");
    }
    step(&format!("fetching {}", packages.join(", ")));
    let mut download = apt_get();
    download.current_dir(folder).args(["download", "-q"]).args(packages);
    if !process::succeeds(&mut download) {
        if is_root() {
            fetch(apt_get().args(["update", "-q"])).with_context(|| remedy.clone())?;
        }
        fetch(&mut download).context(remedy)?;
    }
    for file in std::fs::read_dir(folder)? {
        let file = file?.path();
        if file.extension().is_some_and(|extension| extension == "deb") {
            run(command("dpkg").arg("-x").arg(&file).arg(folder))?;
        }
    }
    Ok(())
}

fn apt_get() -> std::process::Command {
    let mut apt_get = command("apt-get");
    apt_get.env("DEBIAN_FRONTEND", "noninteractive");
    apt_get
}
