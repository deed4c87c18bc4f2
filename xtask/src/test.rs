//! `cargo xtask test`: what has to pass before a change goes in.

use std::time::Instant;

use crate::{Error, execute};

/// The crate's features but the default, which all the others are tested with.
const FEATURES: [&str; 3] = ["", "std", "serde"];

pub(crate) fn run() -> Result<(), Error> {
    let start = Instant::now();

    execute("cargo fmt --all --check")?;
    execute("cargo clippy --workspace --all-targets --all-features -- -D warnings")?;
    for features in FEATURES {
        let features = format!("--no-default-features --features={features}");
        execute(&format!("cargo clippy -p formevent --all-targets {features} -- -D warnings"))?;
    }
    execute("cargo test --workspace --all-features")?;
    execute("cargo test -p formevent --no-default-features --tests")?;
    let deny = r#"--config build.rustdocflags=["-Dwarnings"]"#;
    execute(&format!("cargo doc --workspace --no-deps --all-features {deny}"))?;
    // This program links only if nothing brings std in.
    execute("cargo build --locked --manifest-path tests/no_std/Cargo.toml")?;

    println!("\nAll of it passed, in {} s.", start.elapsed().as_secs());
    Ok(())
}
