//! What `telesieve run` runs: a layer that is there, or one that is bundled for the occasion.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use super::RunArgs;
use crate::bundle;
use crate::check::Findings;
use crate::out;
use crate::subject::Subject;

/// Lambda refuses layers that are larger than this when unpacked.
const MAX_UNPACKED: u64 = 250 << 20;

/// An `/opt` tree.
#[derive(Debug)]
pub(super) struct Layer {
    /// The folder with `extensions/` and `telesieve/`.
    pub(super) opt: PathBuf,
    /// The configuration that the extension reads.
    pub(super) config: PathBuf,
    /// Where it was unpacked or bundled, if it was; removed in the end.
    _folder: Option<TempDir>,
}

impl Layer {
    /// Finds, unpacks or bundles the layer.
    ///
    /// # Errors
    /// There is nothing to run at the path, the zip is not a layer, or it cannot be bundled.
    pub(super) fn open(args: &RunArgs) -> Result<Self> {
        let path = &args.subject.path;
        if is_tree(path) {
            return Ok(Self::of_tree(path.clone(), args.subject.config.as_deref(), None));
        }
        let folder = tempfile::tempdir().context("failed to create a folder for the layer")?;
        let opt = folder.path().to_owned();
        if path.extension().is_some_and(|ending| ending == "zip") {
            unpack(path, &opt)?;
            return Ok(Self::of_tree(opt, args.subject.config.as_deref(), Some(folder)));
        }
        let subject = Subject::open(&args.subject)?;
        ensure_sound(&subject)?;
        bundle::write_tree(&subject, args.extension.as_deref(), &opt)?;
        Ok(Self::of_tree(opt, None, Some(folder)))
    }

    fn of_tree(opt: PathBuf, config: Option<&Path>, folder: Option<TempDir>) -> Self {
        let own = opt.join("telesieve/telesieve.toml");
        Self { config: config.map_or(own, Path::to_owned), opt, _folder: folder }
    }
}

/// Whether a path is an `/opt` tree.
fn is_tree(path: &Path) -> bool {
    path.join("extensions").is_dir()
}

/// Refuses what no sandbox could load. Everything that is wrong is printed first.
fn ensure_sound(subject: &Subject) -> Result<()> {
    let findings = Findings::of(subject);
    findings.wrong.iter().for_each(|line| out::line(line));
    match findings.wrong.len() {
        0 => Ok(()),
        1 => bail!("the configuration has an error: see above"),
        count => bail!("the configuration has {count} errors: see above"),
    }
}

/// Unpacks a layer.
fn unpack(path: &Path, folder: &Path) -> Result<()> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("failed to open {shown}"))?;
    let mut archive = zip::ZipArchive::new(file).with_context(|| format!("{shown} is not a zip file"))?;
    let unpacked = archive.decompressed_size().unwrap_or(u128::MAX);
    ensure!(unpacked <= u128::from(MAX_UNPACKED), "{shown} is larger than Lambda accepts when unpacked (250 MiB)");
    archive.extract(folder).with_context(|| format!("failed to unpack {shown}"))?;
    ensure!(is_tree(folder), "{shown} is not a layer: it has no folder `extensions`");
    let programs = fs::read_dir(folder.join("extensions")).into_iter().flatten().count();
    ensure!(programs > 0, "{shown} is not a layer: its folder `extensions` is empty");
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::io::Write as _;

    use super::*;

    fn zip(files: &[(&str, &[u8])]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut archive = zip::ZipWriter::new(File::create(folder.path().join("layer.zip")).unwrap());
        for (name, bytes) in files {
            archive.start_file(*name, zip::write::SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap();
        folder
    }

    fn unpacked(files: &[(&str, &[u8])]) -> Result<PathBuf> {
        let folder = zip(files);
        let to = folder.path().join("opt");
        unpack(&folder.path().join("layer.zip"), &to)?;
        Ok(folder.keep().join("opt"))
    }

    #[test]
    fn a_layer_is_unpacked_with_its_modes() {
        use std::os::unix::fs::PermissionsExt as _;
        let opt = unpacked(&[("extensions/telesieve-extension", b"#!/bin/sh")]).unwrap();
        let mode = fs::metadata(opt.join("extensions/telesieve-extension")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        fs::remove_dir_all(opt.parent().unwrap()).unwrap();
    }

    #[test]
    fn what_is_not_a_layer_is_refused() {
        let message = |files: &[(&str, &[u8])]| format!("{:#}", unpacked(files).unwrap_err());
        assert!(message(&[("readme.txt", b"hello")]).contains("is not a layer"));
        assert!(message(&[("../outside", b"x")]).contains("failed to unpack"));
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.zip"), "no zip").unwrap();
        let error = unpack(&folder.path().join("a.zip"), folder.path()).unwrap_err();
        assert!(error.to_string().contains("is not a zip file"));
    }
}
