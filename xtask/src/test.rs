//! `cargo xtask test`: what has to pass before a change goes in.

use std::time::Instant;

use crate::{Error, Run, apt, site, wasm};

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
