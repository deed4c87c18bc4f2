//! `cargo xtask deny`: whether every dependency is what `deny.toml` allows, and what is known
//! against them. Apart from `test`, since cargo-deny takes minutes to build, and since what is known
//! changes while the project does not.

use std::path::Path;

use crate::{Error, Run, tool};

/// The trees of dependencies, and what to be strict about in each: `deny.toml` is for them all, and
/// allows nothing that none of them needs.
const TREES: [(&str, &str); 3] = [
    ("--workspace", "--deny license-not-encountered --allow license-exception-not-encountered"),
    (
        // What a user of the crate gets, which holds nothing twice.
        "--manifest-path tests/no_std/Cargo.toml",
        "--deny duplicate
            --allow license-not-encountered --allow license-exception-not-encountered",
    ),
    (
        "--manifest-path fuzz/Cargo.toml",
        "--deny license-exception-not-encountered --allow license-not-encountered",
    ),
];

/// With `advisories`, it is an error that they cannot be had.
pub(crate) fn run(advisories: bool) -> Result<(), Error> {
    let cargo_deny = tool::install("cargo-deny", "0.20.2")?;
    for (tree, lints) in TREES {
        deny(&cargo_deny, tree)
            .words("check --hide-inclusion-graph")
            .words(lints)
            .words("licenses bans sources")
            .now()?;
    }
    let unseen: Vec<&str> = [
        ("RustSec's, of the crates", rustsec(&cargo_deny)?),
        ("npm's, of the Node packages", npm()?),
    ]
    .into_iter()
    .filter_map(|(whose, seen)| (!seen).then_some(whose))
    .collect();

    println!("\nLicences, bans and sources are in order.");
    if unseen.is_empty() {
        println!("No advisory is against a crate, nor against a Node package that is not a tool.");
        return Ok(());
    }
    for whose in &unseen {
        println!("Advisories NOT looked at: {whose}, which cannot be had here (see above).");
    }
    if advisories { Err("not every advisory could be looked at".into()) } else { Ok(()) }
}

fn deny(cargo_deny: &Path, tree: &str) -> Run {
    Run::new(cargo_deny).words("--config deny.toml --locked").words(tree)
}

/// `RustSec`'s advisories, which are on GitHub: whether they can be had.
fn rustsec(cargo_deny: &Path) -> Result<bool, Error> {
    if let Err(error) = deny(cargo_deny, "fetch db").now() {
        eprintln!("{error}");
        return Ok(false);
    }
    for (tree, _) in TREES {
        deny(cargo_deny, tree).words("check advisories").now()?;
    }
    Ok(true)
}

/// The npm registry's advisories: whether they can be had. Those of the tools are only shown.
fn npm() -> Result<bool, Error> {
    let audit = |how: &str| Run::new("npm").words("audit --package-lock-only").words(how);
    // At this level it ends well whatever it finds, if only it can look.
    if let Err(error) = audit("--audit-level=none").now() {
        eprintln!("{error}");
        return Ok(false);
    }
    audit("--omit=dev --omit=optional").now()?;
    Ok(true)
}
