//! The page: `www/` with the package beside it, as any static host can serve it.

use std::fs;
use std::path::PathBuf;

use crate::wasm::{self, copy_folder};
use crate::{Error, Run, root};

/// Where it is assembled.
pub(crate) fn folder() -> PathBuf {
    root().join("target/site")
}

/// Puts it together from `www/` and the built package.
pub(crate) fn assemble() -> Result<(), Error> {
    let site = folder();
    if site.exists() {
        fs::remove_dir_all(&site)?;
    }
    copy_folder(&root().join("www"), &site)?;
    for folder in ["dist", "entries"] {
        copy_folder(&root().join("pkg").join(folder), &site.join("formevent").join(folder))?;
    }
    Ok(())
}

/// `cargo xtask demo`: builds the package and serves the page until it is interrupted.
pub(crate) fn show(port: u16) -> Result<(), Error> {
    wasm::make()?;
    assemble()?;
    Run::new("node").words("tests/serve.js").arg(folder()).arg(port.to_string()).instead()
}
