//! `cargo xtask mutants`: whether a test notices what is changed in the core.

use std::collections::BTreeMap;
use std::fs;

use crate::{Error, Run, files, root, tool};

/// The tests that look at a change. Those of the crate itself are quick to build and notice nearly
/// all; only what they miss is worth building the others.
const TESTS: [&[&str]; 2] = [
    &["--lib"],
    &[
        "--lib",
        "--test=vectors",
        "--test=properties",
        "--test=errors",
        "--test=allocation",
        "--test=advisories",
        "--test=bounds",
        "--test=stream",
        "--test=out_of_memory",
    ],
];

/// What came of a change, as cargo-mutants calls it: a test failed, none did, one did not end, it
/// did not compile.
const OUTCOMES: [&str; 4] = ["caught", "missed", "timeout", "unviable"];

/// Goes through the changes whose path matches `only`.
pub(crate) fn run(only: &str) -> Result<(), Error> {
    let cargo_mutants = tool::install("cargo-mutants", "27.1.0")?;
    let folder = root().join("target/mutants");
    files::empty(&folder)?;
    // By file, how many there are of each outcome.
    let mut counts: BTreeMap<String, [usize; OUTCOMES.len()]> = BTreeMap::new();
    for (round, tests) in TESTS.iter().enumerate() {
        let mut mutants = Run::new(&cargo_mutants)
            .words("mutants --package formevent --iterate --jobs 2 --output")
            .arg(&folder)
            .arg("--re")
            .arg(format!("^{only}"));
        // Said to cargo and not just to the tests: what is not run is not to be built.
        for test in *tests {
            mutants = mutants.arg(format!("--cargo-arg={test}"));
        }
        let done = mutants.now();
        let is_last = round + 1 == TESTS.len();
        for (index, outcome) in OUTCOMES.into_iter().enumerate() {
            // The next round tries again what no test noticed, and what did not end.
            if !is_last && ["missed", "timeout"].contains(&outcome) {
                continue;
            }
            let list = fs::read_to_string(folder.join(format!("mutants.out/{outcome}.txt")))?;
            for mutant in list.lines() {
                let file = mutant.split(':').next().unwrap_or_default();
                counts.entry(file.to_owned()).or_default()[index] += 1;
            }
        }
        if is_last {
            print(&counts);
            done?;
        }
    }
    Ok(())
}

fn print(counts: &BTreeMap<String, [usize; OUTCOMES.len()]>) {
    let [caught, missed, timeout, unviable] = OUTCOMES;
    println!("\n{:24} {caught:>8} {missed:>8} {timeout:>8} {unviable:>8}", "file");
    for (file, [caught, missed, timeout, unviable]) in counts {
        println!("{file:24} {caught:>8} {missed:>8} {timeout:>8} {unviable:>8}");
    }
}
