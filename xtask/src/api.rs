//! `cargo xtask api`: the crate's public API beside `tests/public-api.txt`, so that no change of it
//! goes in unseen. Apart from `test`, since it needs a compiler that is to be fetched.

use std::fs;

use crate::{Error, Run, root};

/// rustdoc describes a crate in a format that changes from one compiler to the next, and that
/// `public-api` reads in the version that it was made for: whatever compiler is used otherwise, this
/// one writes the listing. The two are renewed together.
const NIGHTLY: &str = "nightly-2026-05-20";

/// Compares; or rewrites the listing, if it is to `bless` what is there.
pub(crate) fn run(bless: bool) -> Result<(), Error> {
    Run::new("rustup")
        .words("toolchain install --no-self-update --profile minimal")
        .arg(NIGHTLY)
        .now()?;
    Run::new("cargo")
        .arg(format!("+{NIGHTLY}"))
        .words("rustdoc --locked -p formevent --lib --all-features --target-dir target/api")
        .words("-- -Z unstable-options --output-format json")
        .now()?;
    let api = public_api::Builder::from_rustdoc_json(root().join("target/api/doc/formevent.json"))
        // They are the standard library's.
        .omit_blanket_impls(true)
        .build()?;
    let items = api.items().count();

    let listing = "tests/public-api.txt";
    if bless {
        fs::write(root().join(listing), api.to_string())?;
        println!("\n{listing}: rewritten, {items} items");
        return Ok(());
    }
    let found = "target/api/public-api.txt";
    fs::write(root().join(found), api.to_string())?;
    Run::new("git")
        .words("--no-pager diff --no-index --unified=0")
        .words(listing)
        .words(found)
        .now()
        .map_err(|_| {
            format!(
                "the public API is not as listed in {listing}; if that is meant, it belongs in \
                 CHANGELOG.md, and `cargo xtask api --bless` lists it"
            )
        })?;
    println!("\n{listing}: {items} items, as listed");
    Ok(())
}
