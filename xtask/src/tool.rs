//! Programs from crates.io, kept in `target`.

use std::env;
use std::path::PathBuf;

use crate::{Error, Run, root};

/// The program of the crate `name`, in this version: cargo builds it unless it is there already.
pub(crate) fn install(name: &str, version: &str) -> Result<PathBuf, Error> {
    let folder = root().join("target").join(name);
    Run::new("cargo")
        .words("install --locked")
        .arg(format!("{name}@{version}"))
        .arg("--root")
        .arg(&folder)
        .now()?;
    Ok(folder.join("bin").join(format!("{name}{}", env::consts::EXE_SUFFIX)))
}
