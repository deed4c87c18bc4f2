//! What the packages hold, against the lists in `tests/contents`: neither a file too many nor one
//! too few is published.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::{Error, Run, root};

/// Checks the crate, and the npm package in `tarball`.
pub(crate) fn check(tarball: &Path) -> Result<(), Error> {
    let package = Run::new("cargo").words("package --list --allow-dirty -p formevent").read()?;
    // It is there only in a working copy of git.
    compare("crate.txt", package.lines().filter(|&file| file != ".cargo_vcs_info.json"))?;
    let packed = Run::new("tar").words("-tzf").arg(tarball).read()?;
    compare("npm.txt", packed.lines())
}

fn compare<'a>(list: &str, files: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let path = root().join("tests/contents").join(list);
    let listed = fs::read_to_string(&path)?;
    let listed: BTreeSet<&str> = listed.lines().collect();
    let files: BTreeSet<&str> = files.collect();
    if files == listed {
        println!("{list}: {} files, as listed", files.len());
        return Ok(());
    }
    let more: Vec<_> = files.difference(&listed).collect();
    let less: Vec<_> = listed.difference(&files).collect();
    Err(format!("{}: not listed: {more:?}; not there: {less:?}", path.display()).into())
}
