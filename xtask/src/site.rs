//! The page: `www/` with the package beside it, as any static host can serve it.

use std::path::PathBuf;

use crate::{Error, files, root};

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
