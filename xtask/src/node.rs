//! Node's packages: the tools that `package-lock.json` pins.

use std::fs;

use crate::{Error, Run, root};

/// Installs them, unless what is there is what the lock file says.
pub(crate) fn install() -> Result<(), Error> {
    let lock = fs::read(root().join("package-lock.json"))?;
    let stamp = root().join("node_modules/.installed-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    Run::new("npm").words("ci --no-audit --no-fund --loglevel=error").now()?;
    Ok(fs::write(stamp, lock)?)
}

/// One of the tools, to be run.
pub(crate) fn tool(name: &str) -> Run {
    Run::new(root().join("node_modules/.bin").join(name))
}
