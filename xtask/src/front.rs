//! `examples/lambda-front`: a package of its own, since its dependencies take minutes to build.

use std::fs;

use crate::{Error, Run, root, tool};

/// Cargo's command for it. The configuration has the crate of this folder in the place of the registry's.
fn cargo(command: &str) -> Run {
    Run::new("cargo")
        .words(command)
        .words("--locked --config=examples/.cargo/config.toml")
        .words("--manifest-path=examples/lambda-front/Cargo.toml --target-dir=target/lambda-front")
}

/// Part of `cargo xtask examples`: lints and tests it, and compares it with the edge worker.
pub(crate) fn test() -> Result<(), Error> {
    for features in ["", "--all-features"] {
        cargo("clippy --all-targets").words(features).words("-- -D warnings").now()?;
    }
    for feature in ["sqs", "sns", "events", "states"] {
        cargo("check --no-default-features").arg(format!("--features={feature}")).now()?;
    }
    cargo("test --all-features").now()?;
    cargo("build --all-features").now()?;
    tool::script("site").now()?;
    tool::script("worker").now()?;
    tool::script("test:front")
        .env("CARGO_LAMBDA", tool::runtime_api()?)
        .env("MOTO_PYTHON", tool::moto()?)
        .env("CFN_LINT", tool::cfn_lint()?)
        .now()
}

/// `cargo xtask cold-start`.
pub(crate) fn cold_start() -> Result<(), Error> {
    tool::npm()?;
    let cargo_lambda = tool::runtime_api()?;
    let built = root().join("target/lambda-front");
    for features in ["default", "all"] {
        let flag = if features == "all" { "--all-features" } else { "" };
        cargo("build --release").words(flag).now()?;
        fs::copy(built.join("release/lambda-front"), built.join(features))?;
    }
    tool::script("cold-start").env("CARGO_LAMBDA", cargo_lambda).now()
}
