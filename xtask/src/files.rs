//! Folders that are made anew.

use std::fs;
use std::path::Path;

use crate::{Error, root};

/// An empty folder, whatever was there.
pub(crate) fn empty(folder: &Path) -> Result<(), Error> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

/// Copies what runs of the npm package.
pub(crate) fn copy_package(to: &Path) -> Result<(), Error> {
    ["dist", "entries"]
        .iter()
        .try_for_each(|folder| copy(&root().join("pkg").join(folder), &to.join(folder)))
}
