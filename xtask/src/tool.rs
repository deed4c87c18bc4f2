//! Installs the tools of the commands if they are missing.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crate::{Error, Run, root};

/// The program of the crate `name` in this version, in `target`: cargo builds it unless it is there.
pub(crate) fn install(name: &str, version: &str) -> Result<PathBuf, Error> {
    let folder = root().join("target").join(name);
    // Without its record, cargo would refuse to replace a program that is there.
    let force = if folder.join(".crates.toml").exists() { "" } else { "--force" };
    Run::new("cargo")
        .words("install --locked")
        .words(force)
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

/// A file, which is a program or a path in `/usr/bin`, and Debian's packages that have it.
pub(crate) type Packages = [&'static str; 2];

/// Whether the file is not there.
pub(crate) fn is_missing([file, _]: &Packages) -> bool {
    !Path::new("/usr/bin").join(file).exists()
}

pub(crate) fn has_apt() -> bool {
    Path::new("/usr/bin/apt-get").exists()
}

/// Installs those of Debian's packages that are missing, or fails.
pub(crate) fn apt(packages: Packages) -> Result<(), Error> {
    if try_apt(&[packages])? {
        return Ok(());
    }
    Err(format!("please install {} by hand", packages[1]).into())
}

/// Installs those of Debian's packages that are missing. Returns false if that cannot be: there is no
/// apt-get, or you do not want it to run with sudo.
pub(crate) fn try_apt(packages: &[Packages]) -> Result<bool, Error> {
    let missing = packages.iter().filter(|packages| is_missing(packages));
    let missing = missing.map(|[_, packages]| *packages).collect::<Vec<_>>().join(" ");
    if missing.is_empty() {
        return Ok(true);
    }
    // In a container you are root, and sudo is often missing.
    let sudo = Path::new("/usr/bin/sudo").exists();
    if !has_apt() || sudo && !agreed(&missing)? {
        return Ok(false);
    }
    let apt_get = |words: &str| {
        Run::new(if sudo { "sudo" } else { "env" })
            .words("DEBIAN_FRONTEND=noninteractive apt-get -qq")
            .words(words)
            .now()
    };
    apt_get("update")
        .and_then(|()| apt_get(&format!("install -y --no-install-recommends {missing}")))
        .map_err(|error| format!("{error}; please install {missing} by hand"))?;
    Ok(true)
}

/// Asks you before sudo is used. Without a terminal there is nobody to ask, and the answer is yes.
fn agreed(packages: &str) -> Result<bool, Error> {
    if !io::stdin().is_terminal() {
        return Ok(true);
    }
    eprint!("\nInstall {packages} by sudo apt-get? [y/N] ");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Whether the tests find Chromium or Chrome.
pub(crate) fn chromium() -> Result<bool, Error> {
    let script = r#"import { chromium } from "./tests/chromium.js"; console.log(chromium ?? "");"#;
    let path = Run::new("node").words("--input-type=module --eval").arg(script).read()?;
    Ok(!path.trim().is_empty())
}

/// The C++ compiler for a peer of the benches.
pub(crate) const CPLUSPLUS: Packages = ["c++", "g++"];
/// The browser that the tests drive, with a font for all their characters.
pub(crate) const CHROMIUM: Packages = ["chromium", "chromium fonts-noto-cjk"];
/// The compiler and the machine of Java.
pub(crate) const JAVA: Packages = ["javac", "default-jdk-headless"];
/// API Gateway's template engine, and the libraries that it loads.
pub(crate) const VELOCITY: Packages =
    ["../share/java/velocity.jar", "velocity libcommons-lang-java libcommons-collections3-java"];
/// Valgrind, which watches memory accesses and counts instructions.
pub(crate) const VALGRIND: Packages = ["valgrind", "valgrind"];

/// The crates of `examples`, in the words of cargo. They share dependencies, which a build of fewer would build anew.
pub(crate) const EXAMPLES: &str = "-p contact-form -p contact-form-http -p form-servers";

/// Builds them. Returns cargo-lambda.
pub(crate) fn cargo_lambda() -> Result<PathBuf, Error> {
    Run::new("cargo").words("build --locked").words(EXAMPLES).now()?;
    runtime_api()
}

/// Returns cargo-lambda, which has Lambda's Runtime API: this machine's program or one in `target`.
pub(crate) fn runtime_api() -> Result<PathBuf, Error> {
    let own = PathBuf::from("cargo-lambda");
    if Run::new(&own).words("lambda --version").works() {
        return Ok(own);
    }
    // It depends on a compiler of 400 MB for other platforms, which is not needed here.
    Ok(python("cargo-lambda", "--no-deps cargo-lambda==1.9.2")?.join("cargo-lambda"))
}

/// A Python that has moto, with the APIs of SQS, SNS, `EventBridge` and Step Functions.
pub(crate) fn moto() -> Result<PathBuf, Error> {
    // Its extra "server" brings the dependencies of all services, of 320 MB.
    let packages = "moto[events,stepfunctions]==5.2.5 flask==3.1.3 flask-cors==6.0.5";
    Ok(python("moto", packages)?.join("python"))
}

/// The checker of `CloudFormation` templates, which also knows SAM's.
pub(crate) fn cfn_lint() -> Result<PathBuf, Error> {
    Ok(python("cfn-lint", "cfn-lint==1.58.0")?.join("cfn-lint"))
}

/// The programs of these packages from `PyPI`, in the folder `name` of `target`.
fn python(name: &str, packages: &str) -> Result<PathBuf, Error> {
    let folder = root().join("target").join(name);
    let programs = folder.join("bin");
    let stamp = folder.join(".installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == packages) {
        return Ok(programs);
    }
    let venv = || Run::new("python3").words("-m venv --clear").arg(&folder).now();
    if venv().is_err() {
        // Debian has Python without this.
        apt(["python3-venv", "python3-venv"])?;
        venv()?;
    }
    Run::new(programs.join("pip"))
        .words("install --quiet --disable-pip-version-check")
        .words(packages)
        .now()?;
    fs::write(stamp, packages)?;
    Ok(programs)
}

pub(crate) const AVX512: &str = "AVX-512";

/// The SIMD that the crate uses on this machine.
pub(crate) fn best_simd() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512vbmi2") && std::is_x86_feature_detected!("vaes") {
            return AVX512;
        }
        if std::is_x86_feature_detected!("avx2") {
            return "AVX2";
        }
    }
    "that of every such processor"
}
