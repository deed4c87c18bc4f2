//! `cargo xtask bench`: the crate and the npm package beside their peers, in one run.

pub(crate) mod instructions;
mod module;
mod record;
mod table;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Run, apt, files, node, root, wasm};

const NATIVE: [&str; 5] = ["raw", "decode", "event", "hostile", "growth"];
const JS: [&str; 5] = ["js-raw", "js-decode", "workerd-raw", "workerd-decode", "js-cold"];

/// What is to be done.
pub(crate) struct Bench {
    quick: bool,
    json: bool,
    only: Option<Vec<String>>,
}

/// The time of one call.
#[derive(Serialize, Deserialize)]
struct Timing {
    group: String,
    case: String,
    subject: String,
    ns: f64,
    /// The body's length.
    bytes: u32,
}

impl Bench {
    /// What the command line asks for, if it can be understood.
    pub(crate) fn parse(arguments: &[&str]) -> Option<Bench> {
        let mut bench = Bench { quick: false, json: false, only: None };
        let mut arguments = arguments.iter();
        while let Some(&argument) = arguments.next() {
            match argument {
                "--quick" => bench.quick = true,
                "--json" => bench.json = true,
                "--only" => {
                    let groups: Vec<_> = arguments.next()?.split(',').map(str::to_owned).collect();
                    let known = |group: &str| NATIVE.contains(&group) || JS.contains(&group);
                    if !groups.iter().all(|group| known(group)) {
                        return None;
                    }
                    bench.only = Some(groups);
                }
                _ => return None,
            }
        }
        Some(bench)
    }

    pub(crate) fn run(self) -> Result<(), Error> {
        let mut timings = self.native()?;
        timings.append(&mut self.js()?);
        if self.json {
            println!("{}", serde_json::to_string(&timings)?);
        } else {
            let both = self.wanted(NATIVE).contains(&"raw") && self.wanted(JS).contains(&"js-raw");
            let speeds = if both { module::speeds(self.pace())? } else { Vec::new() };
            table::print(&timings, &speeds);
        }
        if self.quick || self.only.is_some() { Ok(()) } else { record::write(&timings) }
    }

    /// Those of `groups` that are asked for.
    fn wanted(&self, groups: [&'static str; 5]) -> Vec<&'static str> {
        let wanted = |group: &&str| {
            self.only.as_ref().is_none_or(|only| only.iter().any(|only| only == group))
        };
        groups.into_iter().filter(wanted).collect()
    }

    /// How long criterion takes for each timing.
    fn pace(&self) -> &'static str {
        if self.quick {
            "--warm-up-time 0.05 --measurement-time 0.1 --sample-size 10 --nresamples 1000"
        } else {
            "--warm-up-time 0.3 --measurement-time 1 --sample-size 30"
        }
    }

    /// The crate, by criterion.
    fn native(&self) -> Result<Vec<Timing>, Error> {
        let groups = self.wanted(NATIVE);
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        apt::cplusplus()?;
        let home = root().join("target/bench");
        files::empty(&home)?;
        let largest = match (groups.contains(&"growth"), self.quick) {
            (false, _) => 0,
            (true, true) => 16 << 20,
            (true, false) => 256 << 20,
        };
        Run::new("cargo")
            .words("bench --locked -p formevent-benches --bench native --")
            .arg(format!("^({})/", groups.join("|")))
            .words(self.pace())
            .env("CRITERION_HOME", &home)
            .env("GROWTH_MAX", largest.to_string())
            .now()?;
        results(&home)
    }

    /// The npm package.
    fn js(&self) -> Result<Vec<Timing>, Error> {
        let groups = self.wanted(JS);
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        wasm::make()?;
        let pace = if self.quick { "--quick" } else { "" };
        let node = node::node()?.arg("benches/js/main.js").words(pace);
        Ok(serde_json::from_str(&node.words(&groups.join(" ")).read()?)?)
    }
}

/// What criterion has written, in the order of writing.
fn results(home: &Path) -> Result<Vec<Timing>, Error> {
    let mut found = Vec::new();
    for group in folders(home)? {
        for subject in folders(&group)? {
            for case in folders(&subject)? {
                let file = case.join("new/benchmark.json");
                if file.exists() {
                    found.push((fs::metadata(&file)?.modified()?, case.join("new")));
                }
            }
        }
    }
    found.sort();
    found.iter().map(|(_, folder)| timing(folder)).collect()
}

fn folders(parent: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(parent)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    Ok(folders)
}

fn timing(folder: &Path) -> Result<Timing, Error> {
    let read = |file| -> Result<Value, Error> {
        Ok(serde_json::from_slice(&fs::read(folder.join(file))?)?)
    };
    let (benchmark, estimates) = (read("benchmark.json")?, read("estimates.json")?);
    let text = |name: &str| benchmark[name].as_str().unwrap_or_default().to_owned();
    Ok(Timing {
        group: text("group_id"),
        case: text("value_str"),
        subject: text("function_id"),
        ns: estimates["median"]["point_estimate"].as_f64().ok_or("criterion has no median")?,
        bytes: u32::deserialize(&benchmark["throughput"]["Bytes"])?,
    })
}
