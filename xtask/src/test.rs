//! `cargo xtask test`: every check that must pass before a change goes in.

use std::fs;
use std::time::Instant;

use crate::{Error, Run, check, root, run, tool, wasm};

fn cargo(words: &str) -> Result<(), Error> {
    Run::new("cargo").words(words).now()
}

pub(crate) fn run() -> Result<(), Error> {
    let start = Instant::now();
    // Quick checks first.
    cargo("fmt --all --check")?;
    cargo("fmt --manifest-path fuzz/Cargo.toml --check")?;
    // One after another: apt and rustup do not run twice at a time.
    for package in [tool::CPLUSPLUS, tool::VALGRIND, tool::CHROMIUM] {
        tool::apt(package)?;
    }
    wasm::target()?;
    toolchain()?;
    run::beside(rust, node)?;
    // Alone, since it has deadlines.
    let cargo_lambda = tool::cargo_lambda(&["contact-form", "contact-form-http"])?;
    tool::script("test:worker").env("CARGO_LAMBDA", cargo_lambda).now()?;
    println!("\nAll of it passed, in {} s.", start.elapsed().as_secs());
    Ok(())
}

fn rust() -> Result<(), Error> {
    // Without the program of 14 lines that brings in half of the dependencies.
    let workspace = "--workspace --exclude formevent-bindgen --all-features";
    cargo(&format!("clippy --locked {workspace} --all-targets -- -D warnings"))?;
    for features in ["", "std", "serde", "shapes", "simd", "http", "aws", "encoding"] {
        let features = format!("--no-default-features --features={features}");
        cargo(&format!("clippy -p formevent --all-targets {features} -- -D warnings"))?;
    }
    for (what, how) in [
        (
            "the best SIMD of this machine",
            &*format!(
                "{workspace} --exclude contact-form --exclude contact-form-http --exclude xtask"
            ),
        ),
        // As cargo-lambda builds them, so that their many dependencies are compiled once.
        ("the function", "-p contact-form"),
        ("the function for API Gateway", "-p contact-form-http"),
        ("no SIMD", "-p formevent --no-default-features"),
        (
            "the SIMD that every machine of this kind has",
            // In its own folder, since other flags rebuild everything.
            r#"-p formevent --tests --target-dir target/baseline
               --config build.rustflags=["--cfg=formevent_baseline"]"#,
        ),
    ] {
        eprintln!("\nTests: {what}");
        cargo(&format!("test --locked {how}"))?;
    }
    memcheck()?;
    let deny = r#"--config build.rustdocflags=["-Dwarnings"]"#;
    cargo(&format!("doc {workspace} --no-deps {deny}"))?;
    cargo(&format!("doc -p formevent --no-default-features --no-deps {deny}"))?;
    // This program links only if nothing brings std in.
    cargo("build --locked --manifest-path tests/no_std/Cargo.toml")?;
    wasm::cannot_panic()?;
    msrv()
}

fn node() -> Result<(), Error> {
    tool::npm()?;
    tool::script("lint").now()?;
    wasm::pack()?;
    contents()?;
    tool::script("site").now()?;
    tool::script("test:npm").now()?;
    tool::script("test:page").now()?;
    tool::script("worker").now()
}

/// Checks that the packages have the files that are listed, and no others.
fn contents() -> Result<(), Error> {
    let files = Run::new("cargo").words("package --list --allow-dirty -p formevent").read()?;
    // It is there only in a working copy of git.
    check::same("tests/contents/crate.txt", &files.replace(".cargo_vcs_info.json\n", ""))?;
    let packed = Run::new("tar").words("-tzf target/npm/formevent.tgz").read()?;
    let mut packed: Vec<_> = packed.split_inclusive('\n').collect();
    packed.sort_unstable();
    check::same("tests/contents/npm.txt", &packed.concat())
}

/// `cargo xtask memcheck`: checks that no test reads foreign or uninitialized memory.
pub(crate) fn memcheck() -> Result<(), Error> {
    tool::apt(tool::VALGRIND)?;
    Run::new("cargo")
        // Valgrind slows it down some 30 times, so build it with optimizations and all checks.
        .words("test -p formevent --lib --test vectors --test bounds --release")
        .words("--target-dir target/memcheck --config profile.release.debug-assertions=true")
        .words(r#"--config profile.release.debug="line-tables-only""#)
        .arg("--config=target.'cfg(all())'.runner='valgrind --error-exitcode=1 --quiet'")
        // The scanner tests touch no memory but their blocks.
        .words("-- --skip scan::")
        .now()
}

/// `cargo xtask neon`: runs the crate's tests on `AArch64`, in an emulator. Not part of `test`, since it
/// has to fetch a target.
pub(crate) fn neon() -> Result<(), Error> {
    tool::apt(["aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"])?;
    tool::apt(["qemu-aarch64", "qemu-user"])?;
    Run::new("rustup").words("target add aarch64-unknown-linux-gnu").now()?;
    Run::new("cargo")
        // The emulator is slow, so build with optimizations and all checks.
        .words("test -p formevent --tests --all-features --release --target-dir target/neon")
        .words("--target aarch64-unknown-linux-gnu --config profile.release.debug-assertions=true")
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "aarch64-linux-gnu-gcc")
        .env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER",
            "qemu-aarch64 -L /usr/aarch64-linux-gnu",
        )
        .now()
}

/// `cargo xtask msrv`: checks the crate and the command with the compiler of `rust-version`.
pub(crate) fn msrv() -> Result<(), Error> {
    let version = toolchain()?;
    for packages in
        ["-p formevent -p formevent-cli --all-features", "-p formevent --no-default-features"]
    {
        Run::new("cargo")
            .arg(format!("+{version}"))
            .words("check --locked --target-dir target/msrv")
            .words(packages)
            .now()?;
    }
    Ok(())
}

/// The version in `rust-version`, and its compiler.
fn toolchain() -> Result<String, Error> {
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let version = version.ok_or("Cargo.toml states no rust-version")?.trim_matches('"').to_owned();
    Run::new("rustup").words("toolchain install --profile minimal").arg(&version).now()?;
    Ok(version)
}
