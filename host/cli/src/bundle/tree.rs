//! Writes a bundle as a folder, for an emulated sandbox or for an image of one's own.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::contents::{Contents, File};

/// The folders of a bundle.
const FOLDERS: [&str; 2] = ["extensions", "telesieve"];

/// Writes the tree; an older bundle in the folder is replaced.
///
/// # Errors
/// The folder holds anything that is no part of a bundle, or cannot be written.
pub fn write(folder: &Path, contents: &Contents) -> Result<Vec<String>> {
    check(folder)?;
    for name in FOLDERS {
        let old = folder.join(name);
        if old.exists() {
            fs::remove_dir_all(&old).with_context(|| format!("failed to replace {}", old.display()))?;
        }
    }
    fill(folder, contents)?;
    Ok(vec![format!("{}: {} files", folder.display(), contents.files.len())])
}

/// Writes the files.
///
/// # Errors
/// One cannot be written.
pub fn fill(folder: &Path, contents: &Contents) -> Result<()> {
    contents.files.iter().try_for_each(|(path, file)| write_file(&folder.join(path), file))
}

/// Refuses a folder with anything in it that is not ours to replace.
fn check(folder: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let names: BTreeSet<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    match names.iter().find(|name| FOLDERS.iter().all(|known| name != known)) {
        Some(name) => {
            bail!(
                "{} contains {}, which is not part of a bundle: choose another folder",
                folder.display(),
                name.display()
            )
        }
        None => Ok(()),
    }
}

fn write_file(path: &Path, file: &File) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    let write = fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, &file.bytes))
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(file.mode)));
    write.with_context(|| format!("failed to write {}", path.display()))
}
