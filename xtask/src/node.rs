//! Node's packages: the tools that `package-lock.json` pins, and the Node that runs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::{Error, Run, root};

/// The oldest Node that runs every tool: wrangler's `engines` say so.
const OLDEST: [u32; 2] = [22, 12];

/// Installs them.
pub(crate) fn install() -> Result<(), Error> {
    install_in(&root())
}

/// Installs the packages of `folder`, unless what is there is what its lock file says.
pub(crate) fn install_in(folder: &Path) -> Result<(), Error> {
    let lock = fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.installed-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let npm = Run::new("npm").words("ci --no-audit --no-fund --loglevel=error --prefix");
    npm.arg(folder).now()?;
    Ok(fs::write(stamp, lock)?)
}

/// Node itself, to run a script.
pub(crate) fn node() -> Result<Run, Error> {
    run(Path::new("node"))
}

/// One of the tools, to be run.
pub(crate) fn tool(name: &str) -> Result<Run, Error> {
    run(&root().join("node_modules/.bin").join(name))
}

/// Runs `program` so that it and what it starts find a Node that is new enough.
fn run(program: &Path) -> Result<Run, Error> {
    static NEWER: OnceLock<Option<PathBuf>> = OnceLock::new();
    if NEWER.get().is_none() {
        let _ = NEWER.set(newer()?);
    }
    let run = Run::new(program);
    Ok(match NEWER.get() {
        Some(Some(folder)) => run.first_on_path(folder),
        _ => run,
    })
}

/// The folder of npm's newest Node, if this machine's own is too old.
fn newer() -> Result<Option<PathBuf>, Error> {
    let [major, minor] = OLDEST;
    let own = version(Path::new("node"))?;
    if own.as_slice() >= OLDEST.as_slice() {
        return Ok(None);
    }
    let own = dotted(&own);
    let newest = npm_nodes()?.into_iter().max().ok_or_else(|| {
        format!("Node {own} is too old, and npm has none for this machine: install {major}.{minor} or later")
    })?;
    let folder = newest.1.join("bin");
    let newest = dotted(&version(&folder.join("node"))?);
    eprintln!("\nNode {own} is too old for the tools: Node {newest} from npm runs them.");
    Ok(Some(folder))
}

/// The `optionalDependencies` of `package.json` that npm has installed, which are those for this
/// machine: their major versions and folders.
fn npm_nodes() -> Result<Vec<(u32, PathBuf)>, Error> {
    let mut nodes = Vec::new();
    for entry in fs::read_dir(root().join("node_modules"))? {
        let entry = entry?;
        let name = entry.file_name().into_string().unwrap_or_default();
        let major =
            name.strip_prefix("node-").and_then(|rest| rest.split('-').next()?.parse().ok());
        nodes.extend(major.map(|major| (major, entry.path())));
    }
    Ok(nodes)
}

/// What `node` says that it is.
fn version(node: &Path) -> Result<Vec<u32>, Error> {
    let failed = |error| format!("{} --version: {error}", node.display());
    let said = Command::new(node).arg("--version").output().map_err(|e| failed(e.to_string()))?;
    let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    let numbers = said.strip_prefix('v').map(|text| text.split('.').map(str::parse).collect());
    numbers.and_then(Result::ok).ok_or_else(|| failed(format!("is no version: {said:?}")).into())
}

fn dotted(version: &[u32]) -> String {
    version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}
