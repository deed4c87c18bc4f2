//! `cargo xtask fuzz`: every target of `fuzz/` in turn.

use std::fs;
use std::path::PathBuf;

use crate::{Error, Run, files, root, tool};

/// How many minutes in all, and of which target alone.
pub(crate) struct Fuzz<'a> {
    minutes: u64,
    only: Option<&'a str>,
}

impl<'a> Fuzz<'a> {
    pub(crate) fn parse(arguments: &[&'a str]) -> Option<Fuzz<'a>> {
        let mut fuzz = Fuzz { minutes: 5, only: None };
        let mut arguments = arguments.iter();
        while let Some(&argument) = arguments.next() {
            match argument {
                "--minutes" => {
                    fuzz.minutes = arguments.next()?.parse().ok().filter(|&it| it > 0)?;
                }
                "--only" => fuzz.only = Some(arguments.next()?),
                _ => return None,
            }
        }
        Some(fuzz)
    }

    pub(crate) fn run(self) -> Result<(), Error> {
        let mut targets = targets()?;
        if let Some(only) = self.only {
            targets.retain(|target| target == only);
            if targets.is_empty() {
                return Err(format!("there is no target {only} in fuzz/fuzz_targets").into());
            }
        }
        let seconds = self.minutes * 60 / targets.len() as u64;
        let cargo_fuzz = install()?;
        seed(&targets)?;
        let fuzz = |words: &str, target: &str| {
            Run::new(&cargo_fuzz)
                .words("fuzz")
                .words(words)
                .words("--fuzz-dir fuzz")
                .arg(target)
                .env("RUSTUP_TOOLCHAIN", "nightly")
        };
        let mut logs = Vec::new();
        for target in &targets {
            fuzz("build", target).now()?;
            let said = fuzz("run", target)
                .words("-- -max_len=4096 -print_final_stats=1")
                .arg(format!("-max_total_time={seconds}"))
                .logged(&root().join(format!("target/fuzz-{target}.log")))?;
            logs.push((target, said));
        }
        println!("\n{:12} {:>14} {:>10} {:>10}", "target", "executions", "edges", "corpus");
        for (target, log) in logs {
            let of = |word: &str| last_number(&log, word);
            println!(
                "{target:12} {:>14} {:>10} {:>10}",
                of("stat::number_of_executed_units:"),
                of("cov:"),
                fs::read_dir(root().join("fuzz/corpus").join(target))?.count()
            );
        }
        println!("No target found anything, in {} minutes.", self.minutes);
        Ok(())
    }
}

/// The number after the last `word` in what libFuzzer said.
fn last_number<'a>(log: &'a str, word: &str) -> &'a str {
    let last = log.rsplit(word).next().filter(|_| log.contains(word));
    last.and_then(|rest| rest.split_whitespace().next()).unwrap_or("?")
}

/// A target is a program of its own; `input.rs` belongs to them all.
fn targets() -> Result<Vec<String>, Error> {
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml"))?;
    let bins = manifest.split("[[bin]]").skip(1);
    let names = bins.filter_map(|bin| bin.split('"').nth(1).map(str::to_owned));
    Ok(names.collect())
}

/// Bodies to begin with: those of the vectors and the benches, with the bytes before them that
/// choose.
fn seed(targets: &[String]) -> Result<(), Error> {
    #[derive(serde::Deserialize)]
    struct Vector {
        body: String,
    }

    let vectors = fs::read_to_string(root().join("tests/vectors/template.jsonl"))?;
    let mut bodies = Vec::new();
    for line in vectors.lines() {
        bodies.push(serde_json::from_str::<Vector>(line)?.body.into_bytes());
    }
    for file in fs::read_dir(root().join("benches/data"))? {
        let mut body = fs::read(file?.path())?;
        body.truncate(3_000);
        bodies.push(body);
    }
    for target in targets {
        let folder = root().join("fuzz/corpus").join(target);
        if folder.exists() {
            continue;
        }
        files::empty(&folder)?;
        let before: &[u8] = match target.as_str() {
            "object" => &[0],
            "event" => &[0, 1, b'h', 1, b'v', 1, b's'],
            "limits" => &[0, 0, 7, 0, 7, 0, 7],
            "stream" => &[0, 0, 200, 0, 7, 1, 60, 7, 200],
            _ => &[],
        };
        for (index, body) in bodies.iter().enumerate() {
            // In all ways to convert.
            let mut seed = [before, body].concat();
            if let Some(choice) = seed.first_mut().filter(|_| !before.is_empty()) {
                *choice = u8::try_from(index % 16)?;
            }
            fs::write(folder.join(format!("seed-{index}")), seed)?;
        }
    }
    Ok(())
}

/// The program of cargo-fuzz, and the compiler that it needs.
fn install() -> Result<PathBuf, Error> {
    // A nightly compiler of some date would do, but has another name.
    if !Run::new("rustup").words("run nightly rustc --version").works() {
        Run::new("rustup").words("toolchain install nightly --profile minimal").now()?;
    }
    let own = PathBuf::from("cargo-fuzz");
    if Run::new(&own).words("fuzz --version").works() {
        return Ok(own);
    }
    tool::install("cargo-fuzz", "0.13.2")
}
