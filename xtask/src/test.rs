//! `cargo xtask test`: every check that must pass before a change goes in.

use std::time::Instant;

use crate::{Error, Run, check, root, run, tool, wasm};

fn cargo(words: &str) -> Result<(), Error> {
    Run::new("cargo").words(words).now()
}

pub(crate) fn run() -> Result<(), Error> {
    let start = Instant::now();
    let mut packages = vec![tool::CPLUSPLUS, tool::VALGRIND];
    if !tool::chromium()? {
        packages.push(tool::CHROMIUM);
    }
    packages.retain(tool::is_missing);
    say_what_comes(&packages)?;
    // Quick checks first.
    cargo("fmt --all --check")?;
    for apart in ["examples/lambda-front", "examples/wasi-http", "examples/workers-rs", "fuzz"] {
        cargo(&format!("fmt --manifest-path {apart}/Cargo.toml --check"))?;
    }
    // Before the rest, which also needs it, and asks you first.
    tool::try_apt(&packages)?;
    wasm::target()?;
    run::beside(rust, others)?;
    run::passed(start);
    Ok(())
}

/// Lists what `cargo xtask test` installs, before it does.
fn say_what_comes(packages: &[tool::Packages]) -> Result<(), Error> {
    let rust = run::stated("rust-version")?;
    eprintln!(
        "The first time, this takes some 12 minutes on 2 cores. It installs what is missing of"
    );
    for [_, packages] in packages.iter().filter(|_| tool::has_apt()) {
        eprintln!("  Debian's {packages}, with apt-get");
    }
    eprintln!(
        "  the Rust targets wasm32-unknown-unknown, wasm32-wasip1 and wasm32-wasip2, and Rust {rust},"
    );
    eprintln!("    with rustup");
    eprintln!("  crates, in cargo's own folder");
    eprintln!("  Node packages, in node_modules: 1.9 GB");
    eprintln!("  cargo-lambda and moto from PyPI, in target, where the builds take 6 GB");
    Ok(())
}

// Without the program of 14 lines that brings in half of the dependencies.
const WORKSPACE: &str = "--workspace --exclude formevent-bindgen --all-features";

fn rust() -> Result<(), Error> {
    // First, since the tests of the worker wait for it.
    eprintln!("\nTests: the functions and servers");
    cargo(&format!("test --locked {}", tool::EXAMPLES))?;
    cargo(&format!("clippy --locked {WORKSPACE} --all-targets -- -D warnings"))?;
    let clippy = |targets: &str| {
        cargo(&format!(
            "clippy --locked -p formevent --no-default-features {targets} -- -D warnings"
        ))
    };
    clippy("--all-targets")?;
    for feature in ["std", "serde", "shapes", "simd", "http", "aws", "encoding", "multipart"] {
        clippy(&format!("--lib --features {feature}"))?;
    }
    eprintln!("\nTests: the best SIMD of this machine, {}, and each below it", tool::best_simd());
    let others = tool::EXAMPLES.replace("-p", "--exclude");
    cargo(&format!("test --locked {WORKSPACE} {others}"))?;
    eprintln!("\nTests: no SIMD");
    cargo("test --locked -p formevent --no-default-features --features multipart")?;
    eprintln!("\nTests: the SIMD that every machine of this kind has");
    // The tests that scan, and not by other flags, which would also rebuild all dependencies.
    Run::new("cargo")
        .words("test --locked -p formevent --lib --test bounds --test properties --test stream")
        .words("--test vectors --features multipart --test multipart")
        .env("RUSTC_WORKSPACE_WRAPPER", root().join("tests/baseline.sh"))
        .now()?;
    let deny = r#"--config build.rustdocflags=["-Dwarnings"]"#;
    cargo(&format!("doc {WORKSPACE} --no-deps {deny}"))?;
    cargo(&format!("doc -p formevent --no-default-features --no-deps {deny}"))?;
    // This program links only if nothing brings std in.
    cargo("build --locked --manifest-path tests/no_std/Cargo.toml")?;
    wasm::cannot_panic()?;
    eprintln!("\nTests: WebAssembly, with SIMD and without");
    wasm::wasi()?;
    if tool::is_missing(&tool::VALGRIND) {
        run::skip("memory accesses: there is no valgrind");
    } else {
        memcheck()?;
    }
    msrv()
}

/// The checks besides Rust's.
fn others() -> Result<(), Error> {
    tool::npm()?;
    tool::script("lint").now()?;
    wasm::pack()?;
    contents()?;
    tool::script("site").now()?;
    tool::script("test:npm").now()?;
    if tool::chromium()? {
        tool::script("test:page").now()?;
    } else {
        run::skip("the page, and all else in Chromium: there is none, and you can set CHROME_PATH");
    }
    tool::script("worker").now()?;
    // It breaks when the worker imports more of the package.
    tool::script("peer").now()?;
    tool::script("test:worker")
        .env("CARGO_LAMBDA", tool::cargo_lambda()?)
        .env("MOTO_PYTHON", tool::moto()?)
        .now()
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
    let version = run::stated("rust-version")?;
    Run::new("rustup").words("toolchain install --profile minimal").arg(&version).now()?;
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
