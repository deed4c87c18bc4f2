//! Installs the tools of the commands if they are missing.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Run, root};

/// The program of the crate `name` in this version, in `target`: cargo builds it unless it is there.
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

/// The Node packages that `package-lock.json` pins.
pub(crate) fn npm() -> Result<(), Error> {
    npm_in(&root())
}

/// The bundlers that `tests/bundlers/package-lock.json` pins, where the projects of its rows find them.
pub(crate) fn bundlers() -> Result<(), Error> {
    let folder = root().join("target/bundlers");
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(root().join("tests/bundlers").join(file), folder.join(file))?;
    }
    npm_in(&folder)
}

fn npm_in(folder: &Path) -> Result<(), Error> {
    let lock = fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.installed-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let npm = Run::new("npm").words("ci --no-audit --no-fund --loglevel=error --prefix");
    npm.arg(folder).now()?;
    Ok(fs::write(stamp, lock)?)
}

/// A script of `package.json`.
pub(crate) fn script(name: &str) -> Run {
    Run::new("npm").words("run --silent").arg(name)
}

/// Debian's `packages`, words between spaces, unless their `file` is there: a program, or a path in `/usr/bin`.
pub(crate) fn apt([file, packages]: [&str; 2]) -> Result<(), Error> {
    if Path::new("/usr/bin").join(file).exists() {
        return Ok(());
    }
    let apt_get = |words: &str| {
        // In a container you are root, and sudo is often missing.
        let sudo = Path::new("/usr/bin/sudo").exists();
        Run::new(if sudo { "sudo" } else { "env" })
            .words("DEBIAN_FRONTEND=noninteractive apt-get -qq")
            .words(words)
            .now()
    };
    apt_get("update")
        .and_then(|()| apt_get(&format!("install -y --no-install-recommends {packages}")))
        .map_err(|error| format!("{error}; please install {packages} by hand").into())
}

/// The C++ compiler for a peer of the benches.
pub(crate) const CPLUSPLUS: [&str; 2] = ["c++", "g++"];
/// The browser that the tests drive, with a font for all their characters.
pub(crate) const CHROMIUM: [&str; 2] = ["chromium", "chromium fonts-noto-cjk"];
/// The compiler and the machine of Java.
pub(crate) const JAVA: [&str; 2] = ["javac", "default-jdk-headless"];
/// API Gateway's template engine, and the libraries that it loads.
pub(crate) const VELOCITY: [&str; 2] =
    ["../share/java/velocity.jar", "velocity libcommons-lang-java libcommons-collections3-java"];
/// Valgrind, which watches memory accesses and counts instructions.
pub(crate) const VALGRIND: [&str; 2] = ["valgrind", "valgrind"];

/// The functions of these packages, built so that they start at once, and cargo-lambda, which has Lambda's
/// Runtime API: this machine's program or one in `target`.
pub(crate) fn cargo_lambda(packages: &[&str]) -> Result<PathBuf, Error> {
    for package in packages {
        // One after another: cargo-lambda builds each with the features of that one alone.
        Run::new("cargo").words("build --locked -p").arg(package).now()?;
    }
    let folder = root().join("target/cargo-lambda");
    let program = folder.join("bin/cargo-lambda");
    for program in [Path::new("cargo-lambda"), &program] {
        if Run::new(program).words("lambda --version").works() {
            return Ok(program.to_owned());
        }
    }
    let venv = || Run::new("python3").words("-m venv --clear").arg(&folder).now();
    if venv().is_err() {
        // Debian has Python without this.
        apt(["python3-venv", "python3-venv"])?;
        venv()?;
    }
    Run::new(folder.join("bin/pip"))
        // It depends on a compiler of 400 MB for other platforms, which is not needed here.
        .words("install --quiet --disable-pip-version-check --no-deps cargo-lambda==1.9.2")
        .now()?;
    Ok(program)
}
