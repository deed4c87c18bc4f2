//! `cargo xtask test`: what has to pass before a change goes in.

use std::time::Instant;

use crate::{
    Error, Run, apt, bundlers, contents, node, panics, promises, root, site, wasm, worker,
};

/// The crate's features, short of all of them, which is what every other step has.
const FEATURES: [&str; 4] = ["", "std", "serde", "simd"];

/// The crate's tests by the instructions that it is built for, and how to build it so.
const TESTS: [(&str, &str); 4] = [
    ("the best SIMD of this machine", "--workspace --all-features"),
    (
        "the SIMD that every machine of this kind has",
        // Apart, since other flags build everything anew.
        r#"-p formevent --tests --all-features --target-dir target/baseline
            --config build.rustflags=["--cfg=formevent_baseline"]"#,
    ),
    ("no SIMD", "-p formevent --no-default-features"),
    (
        "no SIMD, with std and serde",
        "-p formevent --tests --no-default-features --features std,serde",
    ),
];

pub(crate) fn run() -> Result<(), Error> {
    let start = Instant::now();
    let cargo = |words: &str| Run::new("cargo").words(words).now();

    promises::check()?;
    cargo("fmt --all --check")?;
    cargo("fmt --manifest-path fuzz/Cargo.toml --check")?;
    node::install()?;
    node::tool("biome")?.words("ci --error-on-warnings .").now()?;
    apt::cplusplus()?;
    cargo("clippy --workspace --all-targets --all-features -- -D warnings")?;
    for features in FEATURES {
        let features = format!("--no-default-features --features={features}");
        cargo(&format!("clippy -p formevent --all-targets {features} -- -D warnings"))?;
    }
    for (instructions, how) in TESTS {
        eprintln!("\nTests with {instructions}:");
        cargo(&format!("test {how}"))?;
    }
    memcheck()?;
    let deny = r#"--config build.rustdocflags=["-Dwarnings"]"#;
    cargo(&format!("doc --workspace --no-deps --all-features {deny}"))?;
    // This program links only if nothing brings std in.
    cargo("build --locked --manifest-path tests/no_std/Cargo.toml")?;

    panics::check()?;

    let tarball = wasm::pack()?;
    contents::check(&tarball)?;
    site::assemble()?;
    apt::chromium()?;
    node::node()?.words("--test tests/npm/package.test.js").env("TARBALL", &tarball).now()?;
    bundlers::test(&tarball)?;
    node::node()?.words("--test tests/page/page.test.js").env("SITE", site::folder()).now()?;
    worker::test()?;

    println!("\nAll of it passed, in {} s.", start.elapsed().as_secs());
    Ok(())
}

/// `cargo xtask memcheck`: that no test reads memory that is not its own or was never written.
pub(crate) fn memcheck() -> Result<(), Error> {
    apt::valgrind()?;
    Run::new("cargo")
        // It runs some 30 times as long, so it is built to be fast, but with all checks.
        .words("test -p formevent --all-features --lib --test vectors --test bounds --release")
        .words("--target-dir target/memcheck --config profile.release.debug-assertions=true")
        .words(r#"--config profile.release.debug="line-tables-only""#)
        .arg("--config=target.'cfg(all())'.runner='valgrind --error-exitcode=1 --quiet'")
        // What a scanner finds in a block has to do with no other memory.
        .words("-- --skip scan::")
        .now()
}

/// `cargo xtask neon`: the crate's tests on `AArch64`, which an emulator stands in for. Apart from
/// `test`, since it needs a target that is to be fetched.
pub(crate) fn neon() -> Result<(), Error> {
    apt::aarch64()?;
    Run::new("rustup").words("target add aarch64-unknown-linux-gnu").now()?;
    Run::new("cargo")
        // Built to be fast, as the emulator is not, but with all checks.
        .words("test -p formevent --tests --all-features --release --target-dir target/neon")
        .words("--target aarch64-unknown-linux-gnu --config profile.release.debug-assertions=true")
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "aarch64-linux-gnu-gcc")
        .env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER",
            "qemu-aarch64 -L /usr/aarch64-linux-gnu",
        )
        .now()
}

/// `cargo xtask msrv`: what `rust-version` promises. Apart from `test`, since it needs a compiler
/// that is to be fetched.
pub(crate) fn msrv() -> Result<(), Error> {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml"))?;
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let version = version.ok_or("Cargo.toml states no rust-version")?.trim_matches('"');
    Run::new("rustup").words("toolchain install --profile minimal").arg(version).now()?;
    // One at a time: together, each would have the features that the other asks for.
    for package in [
        "formevent",
        "formevent --no-default-features",
        "formevent --no-default-features --features=serde,simd",
        "formevent-cli",
    ] {
        Run::new("cargo")
            .arg(format!("+{version}"))
            .words("check --locked --target-dir target/msrv -p")
            .words(package)
            .now()?;
    }
    Ok(())
}
