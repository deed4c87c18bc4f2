//! `cargo xtask test`: what has to pass before a change goes in.

use std::time::Instant;

use crate::{Error, Run, apt, root, site, wasm};

/// The crate's features, short of all of them, which is what every other step has.
const FEATURES: [&str; 3] = ["", "std", "serde"];

pub(crate) fn run() -> Result<(), Error> {
    let start = Instant::now();
    let cargo = |words: &str| Run::new("cargo").words(words).now();

    cargo("fmt --all --check")?;
    cargo("clippy --workspace --all-targets --all-features -- -D warnings")?;
    for features in FEATURES {
        let features = format!("--no-default-features --features={features}");
        cargo(&format!("clippy -p formevent --all-targets {features} -- -D warnings"))?;
    }
    cargo("test --workspace --all-features")?;
    cargo("test -p formevent --no-default-features")?;
    let deny = r#"--config build.rustdocflags=["-Dwarnings"]"#;
    cargo(&format!("doc --workspace --no-deps --all-features {deny}"))?;
    // This program links only if nothing brings std in.
    cargo("build --locked --manifest-path tests/no_std/Cargo.toml")?;

    let tarball = wasm::pack()?;
    site::assemble()?;
    apt::chromium()?;
    Run::new("node").words("--test tests/npm/package.test.js").env("TARBALL", tarball).now()?;
    Run::new("node").words("--test tests/page/page.test.js").env("SITE", site::folder()).now()?;

    println!("\nAll of it passed, in {} s.", start.elapsed().as_secs());
    Ok(())
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
        "formevent --no-default-features --features=serde",
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
