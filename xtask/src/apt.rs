//! Debian's packages.

use std::path::Path;

use crate::{Error, Run};

/// Installs `packages`, words between spaces, and says what to do where that cannot be.
pub(crate) fn install(packages: &str) -> Result<(), Error> {
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(
            format!("this is no Debian: please install by hand what it calls {packages}").into()
        );
    }
    let sudo = |words: &str| {
        // In a container one is root already, and sudo is often missing.
        let run = if Path::new("/usr/bin/sudo").exists() {
            Run::new("sudo").words("apt-get")
        } else {
            Run::new("apt-get")
        };
        run.words(words).env("DEBIAN_FRONTEND", "noninteractive").now()
    };
    sudo("update -qq")
        .and_then(|()| sudo(&format!("install -y -qq --no-install-recommends {packages}")))
        .map_err(|error| format!("please install {packages} by hand: {error}").into())
}

/// Installs the browser that the tests drive, with a font for all that they show.
pub(crate) fn chromium() -> Result<(), Error> {
    if Path::new("/usr/bin/chromium").exists() {
        return Ok(());
    }
    install("chromium fonts-noto-cjk")
}

/// Installs the C++ compiler that a peer of the benches is built with.
pub(crate) fn cplusplus() -> Result<(), Error> {
    if Path::new("/usr/bin/c++").exists() {
        return Ok(());
    }
    install("g++")
}

/// Installs what watches a program's memory and counts its instructions.
pub(crate) fn valgrind() -> Result<(), Error> {
    if Path::new("/usr/bin/valgrind").exists() {
        return Ok(());
    }
    install("valgrind")
}

/// Installs what links a program for `AArch64`, and what runs it.
pub(crate) fn aarch64() -> Result<(), Error> {
    if Path::new("/usr/bin/aarch64-linux-gnu-gcc").exists()
        && Path::new("/usr/bin/qemu-aarch64").exists()
    {
        return Ok(());
    }
    install("gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user")
}
