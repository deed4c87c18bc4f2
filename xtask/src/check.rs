//! Checks that `cargo xtask test` leaves out: they need tools that take long to build, or run for hours.

use std::fs;

use crate::{Error, Run, root, tool};

/// cargo-public-api reads rustdoc's JSON, whose format depends on the compiler: update the two together.
const NIGHTLY: &str = "nightly-2026-05-20";
const CARGO_PUBLIC_API: &str = "0.52.0";

/// `cargo xtask api`: compares the public API with its listing, or rewrites the listing.
pub(crate) fn api(bless: bool) -> Result<(), Error> {
    Run::new("rustup").words("toolchain install --profile minimal").arg(NIGHTLY).now()?;
    let api = Run::new(tool::install("cargo-public-api", CARGO_PUBLIC_API)?)
        .words("-p formevent --all-features --omit blanket-impls --target-dir target/api")
        .env("RUSTUP_TOOLCHAIN", NIGHTLY)
        .read()?;
    if bless {
        return Ok(fs::write(root().join("tests/public-api.txt"), api)?);
    }
    same("tests/public-api.txt", &api).map_err(|error| {
        format!(
            "{error}: if that is meant, it belongs in CHANGELOG.md, and `cargo xtask api --bless` lists it"
        )
        .into()
    })
}

/// Fails unless the file `listing` has this text.
pub(crate) fn same(listing: &str, text: &str) -> Result<(), Error> {
    let found = root().join("target").join(listing.replace('/', "-"));
    fs::write(&found, text)?;
    Run::new("git")
        .words("--no-pager diff --no-index --exit-code --unified=0")
        .arg(listing)
        .arg(&found)
        .now()
        .map_err(|_| format!("{listing} lists something else").into())
}

/// The folders of the dependency trees, each with the checks that are strict. `deny.toml` serves all of them and
/// allows no licence that none of them needs.
const TREES: [(&str, &str); 6] = [
    (".", "--deny license-not-encountered --allow license-exception-not-encountered"),
    (
        // A user of the crate gets these: none twice.
        "tests/no_std",
        "--deny duplicate --allow license-not-encountered --allow license-exception-not-encountered",
    ),
    ("examples/lambda-front", LENIENT),
    ("examples/wasi-http", LENIENT),
    ("examples/workers-rs", LENIENT),
    ("fuzz", LENIENT),
];

const LENIENT: &str = "--allow license-not-encountered --allow license-exception-not-encountered";

/// `cargo xtask deny`: checks every dependency against `deny.toml`, and against the advisories as far as
/// they can be fetched. With `advisories` it fails unless all can be.
pub(crate) fn deny(advisories: bool) -> Result<(), Error> {
    let cargo_deny = tool::install("cargo-deny", "0.20.2")?;
    // In each folder, since cargo reads the configuration there.
    let deny = |folder| {
        let deny =
            Run::new(&cargo_deny).within(folder).arg("--config").arg(root().join("deny.toml"));
        deny.words("--locked --workspace")
    };
    for (folder, lints) in TREES {
        deny(folder)
            .words("check --hide-inclusion-graph")
            .words(lints)
            .words("licenses bans sources")
            .now()?;
    }
    let audit = || Run::new("npm").words("audit --package-lock-only");
    let rustsec = deny(".").words("fetch db").now();
    if rustsec.is_ok() {
        TREES.iter().try_for_each(|(folder, _)| deny(folder).words("check advisories").now())?;
    }
    // At this level it only shows advisories, and fails if it cannot look for them.
    let npm = audit().words("--audit-level=none").now();
    if npm.is_ok() {
        audit().words("--omit=dev --omit=optional").now()?;
    }
    println!("\nLicences, bans and sources are in order.");
    for (whose, seen) in
        [("RustSec's, of the crates", rustsec), ("npm's, of the Node packages", npm)]
    {
        match seen {
            Ok(()) => println!("Advisories looked at, none counts: {whose}."),
            Err(error) if advisories => return Err(error),
            Err(_) => println!("Advisories NOT looked at: {whose}, which cannot be had here."),
        }
    }
    Ok(())
}

/// `cargo xtask mutants`: mutates the files of the core whose path begins with `only`, and checks that a
/// test notices. The unit tests build fast and notice nearly all; the other tests get the rest.
pub(crate) fn mutants(only: &str) -> Result<(), Error> {
    let cargo_mutants = tool::install("cargo-mutants", "27.1.0")?;
    let folder = root().join("target/mutants");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let round = |tests: &str| {
        Run::new(&cargo_mutants)
            .words("mutants --package formevent --iterate --jobs 2 --output target/mutants --re")
            .arg(format!("^{only}"))
            // Tell cargo and not just the tests: it must not build tests that do not run.
            .words(tests)
            .now()
    };
    // It fails if it misses any; the next round gets them.
    let _ = round("--cargo-arg=--lib");
    round("--cargo-arg=--lib --cargo-arg=--test=*")
}
