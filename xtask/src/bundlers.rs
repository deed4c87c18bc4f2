//! `cargo xtask bundlers`: the npm package as people bundle and run it.

use std::fs;
use std::path::Path;

use crate::{Error, Run, apt, node, root, wasm};

/// Runs the rows of `tests/bundlers/rows.js` that have `only` in their names, and prints a table.
pub(crate) fn run(only: &str) -> Result<(), Error> {
    apt::chromium()?;
    let tarball = wasm::pack()?;
    rows("tests/bundlers/main.js", &tarball)?.arg(only).now()
}

/// Tests those that most people use.
pub(crate) fn test(tarball: &Path) -> Result<(), Error> {
    rows("--test tests/bundlers/bundlers.test.js", tarball)?.now()
}

/// Node with this script, once the tools are installed where the rows find them.
fn rows(script: &str, tarball: &Path) -> Result<Run, Error> {
    let tools = root().join("target/bundlers");
    fs::create_dir_all(&tools)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(root().join("tests/bundlers").join(file), tools.join(file))?;
    }
    node::install_in(&tools)?;
    Ok(node::node()?.words(script).env("TARBALL", tarball))
}
