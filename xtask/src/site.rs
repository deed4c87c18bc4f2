//! The page: `www/` with the package beside it, as any static host can serve it.

use std::path::PathBuf;

use crate::{Error, Run, files, root, wasm};

/// Where it is assembled.
pub(crate) fn folder() -> PathBuf {
    root().join("target/site")
}

/// Puts it together from `www/` and the built package.
pub(crate) fn assemble() -> Result<(), Error> {
    let site = folder();
    files::empty(&site)?;
    files::copy(&root().join("www"), &site)?;
    files::copy_package(&site.join("formevent"))
}

/// `cargo xtask demo`: builds the package and serves the page until it is interrupted.
pub(crate) fn show(port: u16) -> Result<(), Error> {
    wasm::make()?;
    assemble()?;
    Run::new("node").words("tests/serve.js").arg(folder()).arg(port.to_string()).instead()
}
