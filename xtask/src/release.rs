//! `cargo xtask release`: sets the version and checks what the release workflow will publish.

use std::collections::BTreeMap;
use std::fs;

use clap::Args;

use crate::{Error, Run, root, run, tool, wasm};

#[derive(Args)]
pub(crate) struct Release {
    /// Release as this version, such as 0.2.0; the default is the one in Cargo.toml
    version: Option<String>,
    /// Put every file back at the end
    #[arg(long)]
    dry_run: bool,
}

/// The places of the version, besides the lock files of cargo.
const PLACES: [(&str, &str); 12] = [
    ("Cargo.toml", "\nversion = \"VERSION\""),
    ("Cargo.toml", "path = \".\", version = \"VERSION\""),
    ("pkg/package.json", "\"name\": \"formevent\",\n  \"version\": \"VERSION\""),
    ("examples/lambda/Cargo.toml", "formevent = { version = \"VERSION\""),
    ("examples/lambda-front/Cargo.toml", "formevent = { version = \"VERSION\""),
    ("examples/lambda-http/Cargo.toml", "formevent = { version = \"VERSION\""),
    ("examples/edge-worker/package.json", "\"formevent\": \"VERSION\""),
    ("examples/wasi-http/Cargo.toml", "path = \"../..\", version = \"VERSION\""),
    ("examples/workers-rs/Cargo.toml", "path = \"../..\", version = \"VERSION\""),
    ("package-lock.json", "\"formevent\": \"VERSION\""),
    ("package-lock.json", "\"name\": \"formevent\",\n      \"version\": \"VERSION\""),
    ("tests/bundlers/rows.js", "/npm/formevent@VERSION/"),
];

const LOCKS: [&str; 7] = [
    "Cargo.lock",
    "examples/lambda-front/Cargo.lock",
    "examples/wasi-http/Cargo.lock",
    "examples/workers-rs/Cargo.lock",
    "fuzz/Cargo.lock",
    "tests/no_panic/Cargo.lock",
    "tests/no_std/Cargo.lock",
];

const CHANGELOG: &str = "CHANGELOG.md";

impl Release {
    pub(crate) fn run(self) -> Result<(), Error> {
        let old = run::stated("version")?;
        let new = self.version.unwrap_or_else(|| old.clone());
        let today = Run::new("date").words("-u +%Y-%m-%d").read()?;
        let changed = changed(&old, &new, today.trim())?;
        let before = changed.keys().map(|name| Ok((*name, read(name)?)));
        let before = before.collect::<Result<_, Error>>()?;
        // Before the change: package-lock.json says which packages are installed.
        wasm::run()?;
        write(&changed)?;
        let checked = check();
        if self.dry_run || checked.is_err() {
            write(&before)?;
        }
        println!("\nReady to release {new}{}.", checked?);
        if !self.dry_run {
            println!("Commit that and push the tag v{new}: the release workflow publishes it.");
        }
        Ok(())
    }
}

/// The texts of files, by name.
type Files = BTreeMap<&'static str, String>;

fn write(files: &Files) -> Result<(), Error> {
    files.iter().try_for_each(|(name, text)| Ok(fs::write(root().join(name), text)?))
}

fn read(name: &str) -> Result<String, Error> {
    fs::read_to_string(root().join(name)).map_err(|error| format!("{name}: {error}").into())
}

/// The files that have the version, as they are with the version `new` in the place of `old`.
fn changed(old: &str, new: &str, today: &str) -> Result<Files, Error> {
    let numbers: Vec<_> = new.split('.').collect();
    if numbers.len() != 3 || numbers.iter().any(|number| number.parse::<u32>().is_err()) {
        return Err(format!("the version must be three numbers such as 0.2.0, not {new}").into());
    }
    let mut files = BTreeMap::new();
    for (name, place) in PLACES {
        let [before, after] = [old, new].map(|version| place.replace("VERSION", version));
        let text = files.remove(name).map_or_else(|| read(name), Ok)?;
        if text.matches(&before).count() != 1 {
            return Err(format!("{name} must have {before:?} in one place").into());
        }
        files.insert(name, text.replace(&before, &after));
    }
    for name in LOCKS {
        files.insert(name, lock(&read(name)?, old, new));
    }
    files.insert(CHANGELOG, changelog(&read(CHANGELOG)?, new, today)?);
    Ok(files)
}

/// Replaces the version of the project's packages in a lock file of cargo. They are those without a source.
fn lock(text: &str, old: &str, new: &str) -> String {
    let [old, new] = [old, new].map(|version| format!("version = \"{version}\"\n"));
    let packages = text.split_inclusive("\n\n").map(|package| {
        if package.contains("\nsource = ") {
            package.to_owned()
        } else {
            package.replace(&old, &new)
        }
    });
    packages.collect()
}

/// The changelog with a section for this version, unless it has one already.
fn changelog(text: &str, version: &str, today: &str) -> Result<String, Error> {
    const UNRELEASED: &str = "\n## Unreleased\n";

    if text.contains(&format!("\n## {version} - ")) {
        return Ok(text.to_owned());
    }
    let (_, changes) = text
        .split_once(UNRELEASED)
        .ok_or_else(|| format!("{CHANGELOG} has no heading `## Unreleased`"))?;
    if changes.trim_start().is_empty() || changes.trim_start().starts_with("## ") {
        return Err(format!("{CHANGELOG} lists nothing under `## Unreleased`").into());
    }
    Ok(text.replacen(UNRELEASED, &format!("{UNRELEASED}\n## {version} - {today}\n"), 1))
}

/// Checks what will be published, and returns a note if a part cannot be checked here.
fn check() -> Result<&'static str, Error> {
    tool::script("tarball").now()?;
    Run::new("npm").words("publish --dry-run target/npm/formevent.tgz").now()?;
    // In the order of their dependencies. The change is not committed yet.
    Run::new("cargo").words("publish --dry-run --workspace --locked --allow-dirty").now()?;
    if !Run::new("cargo").words("+nightly --version").works() {
        return Ok(
            "; not checked: the docs as docs.rs builds them, for want of a nightly toolchain",
        );
    }
    Run::new("cargo")
        .words("+nightly doc -p formevent --all-features --no-deps --target-dir target/docsrs")
        .env("RUSTDOCFLAGS", "--cfg docsrs -Dwarnings")
        .now()?;
    Ok("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_the_version_is_found() -> Result<(), Error> {
        let old = run::stated("version")?;
        for (name, text) in changed(&old, "90.80.70", "2026-01-02")? {
            assert!(text.contains("90.80.70"), "{name}");
            // The changelog keeps the old versions, and a dependency can have the same.
            let left = text.matches(&format!("formevent\"\nversion = \"{old}\"")).count();
            assert_eq!(left, 0, "{name}");
        }
        Ok(())
    }

    #[test]
    fn versions_are_three_numbers() {
        for version in ["1", "1.2", "v1.2.3", "1.2.3-rc", "1.2.3.4", "1..3", ""] {
            let error = changed("0.1.0", version, "2026-01-02").unwrap_err().to_string();
            assert_eq!(
                error,
                format!("the version must be three numbers such as 0.2.0, not {version}")
            );
        }
    }

    #[test]
    fn a_lock_file_keeps_the_versions_of_dependencies() {
        let package = |name: &str, version: &str, source: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{source}")
        };
        let text = |version: &str| {
            let source = "source = \"registry\"\n";
            [
                package("formevent", version, "dependencies = [\n \"libm\",\n]\n"),
                package("libm", "0.1.0", source),
                package("no_std", "0.0.0", ""),
                package("xtask", version, ""),
            ]
            .join("\n")
        };
        assert_eq!(lock(&text("0.1.0"), "0.1.0", "0.2.0"), text("0.2.0"));
    }

    #[test]
    fn the_changelog_gets_a_section_once() -> Result<(), Error> {
        let before = "# Changelog\n\n## Unreleased\n\n### Added\n\n- A.\n\n## 0.1.0 - 2025-01-01\n";
        let after = "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-01-02\n\n### Added\n\n- A.\n\n## 0.1.0 - 2025-01-01\n";
        assert_eq!(changelog(before, "0.2.0", "2026-01-02")?, after);
        assert_eq!(changelog(after, "0.2.0", "2026-01-03")?, after);
        let error = changelog(after, "0.3.0", "2026-01-03").unwrap_err().to_string();
        assert_eq!(error, "CHANGELOG.md lists nothing under `## Unreleased`");
        let error = changelog("# Changelog\n", "0.3.0", "2026-01-03").unwrap_err().to_string();
        assert_eq!(error, "CHANGELOG.md has no heading `## Unreleased`");
        Ok(())
    }
}
