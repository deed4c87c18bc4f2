//! The function of `examples/lambda`, and cargo-lambda, which has Lambda's Runtime API on this machine.

use std::path::PathBuf;

use crate::{Error, Run, apt, root};

const CARGO_LAMBDA: &str = "cargo-lambda==1.9.2";

/// Builds the function, so that its start does not take long: the program of cargo-lambda.
pub(crate) fn make() -> Result<PathBuf, Error> {
    Run::new("cargo").words("build --locked -p contact-form").now()?;
    install()
}

/// The program of cargo-lambda: that of this machine, or one in `target`.
fn install() -> Result<PathBuf, Error> {
    let works = |program: &PathBuf| Run::new(program).words("lambda --version").works();
    let own = PathBuf::from("cargo-lambda");
    if works(&own) {
        return Ok(own);
    }
    let venv = root().join("target/cargo-lambda-venv");
    let program = venv.join("bin/cargo-lambda");
    if works(&program) {
        return Ok(program);
    }
    eprintln!("\ncargo-lambda is missing: it comes from PyPI, into {}", venv.display());
    let make = || Run::new("python3").words("-m venv --clear").arg(&venv).now();
    if make().is_err() {
        // Debian has Python without this.
        apt::install("python3-venv")?;
        make()?;
    }
    Run::new(venv.join("bin/pip"))
        // It depends on a compiler of 400 MB for other platforms, which is not needed here.
        .words("install --quiet --disable-pip-version-check --no-deps")
        .arg(CARGO_LAMBDA)
        .now()?;
    Ok(program)
}
