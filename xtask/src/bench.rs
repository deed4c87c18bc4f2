//! `cargo xtask bench`: compares the crate and the npm package with their peers, in one run.

use std::fs;

use clap::{Args, ValueEnum};

use crate::{Error, Run, root, tool, wasm};

#[derive(Args)]
pub(crate) struct Bench {
    /// Take two minutes, and keep no record in benches/record
    #[arg(long)]
    quick: bool,
    /// Only these groups, without a record
    #[arg(long, value_name = "GROUPS", value_enum, value_delimiter = ',')]
    only: Vec<Group>,
    /// Write the timings to standard output as JSON, and no table
    #[arg(long)]
    json: bool,
    /// Run the groups of JavaScript on this major version of Node, without a record
    #[arg(long, value_name = "MAJOR")]
    node: Option<u32>,
    /// Count the instructions of small bodies with valgrind instead
    #[arg(long, conflicts_with_all = ["quick", "only", "json", "node"])]
    instructions: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Group {
    Raw,
    Decode,
    Event,
    Typed,
    Hostile,
    Multipart,
    Growth,
    JsRaw,
    JsDecode,
    WorkerdRaw,
    WorkerdDecode,
    JsCold,
}

const NATIVE: [Group; 7] = [
    Group::Raw,
    Group::Decode,
    Group::Event,
    Group::Typed,
    Group::Hostile,
    Group::Multipart,
    Group::Growth,
];

/// The groups that are timed with AVX-512 and with AVX2.
const LEVELS: [Group; 5] = [Group::Raw, Group::Decode, Group::Event, Group::Typed, Group::Hostile];

impl Bench {
    pub(crate) fn run(self) -> Result<(), Error> {
        if self.instructions {
            return instructions();
        }
        let groups = if self.only.is_empty() { Group::value_variants() } else { &self.only };
        let (native, js): (Vec<Group>, Vec<Group>) =
            groups.iter().partition(|group| NATIVE.contains(group));
        for folder in ["target/bench", "target/bench-avx2", "target/bench-baseline"] {
            let _ = fs::remove_dir_all(root().join(folder));
        }
        if !native.is_empty() {
            self.criterion(&format!("^({})/", names(&native).join("|")), "target/bench", "")?;
        }
        // Beside AVX-512, AVX2 is timed with the same peers, but not on the ladders of sizes, whose names
        // begin with a digit.
        let both: Vec<Group> =
            native.iter().copied().filter(|group| LEVELS.contains(group)).collect();
        if tool::best_simd() == tool::AVX512 && !both.is_empty() {
            let filter = format!("^({})/[^/]+/[a-z]", names(&both).join("|"));
            let flags = r#"--target-dir target/avx2
                           --config build.rustflags=['--cfg=formevent_level="avx2"']"#;
            self.criterion(&filter, "target/bench-avx2", flags)?;
        }
        tool::npm()?;
        if !js.is_empty() {
            wasm::make()?;
        }
        // The baseline of the architecture: SSE2 on x86-64, the nearest to WebAssembly.
        if native.contains(&Group::Raw) && js.contains(&Group::JsRaw) {
            let flags = r#"--target-dir target/baseline
                           --config build.rustflags=['--cfg=formevent_level="baseline"']"#;
            self.criterion("^(raw|decode)/formevent/long$", "target/bench-baseline", flags)?;
        }
        let mut bench = tool::script("bench").arg("--");
        for (flag, on) in [
            ("--quick", self.quick),
            ("--json", self.json),
            ("--record", !self.quick && self.only.is_empty() && self.node.is_none()),
        ] {
            bench = bench.words(if on { flag } else { "" });
        }
        if let Some(major) = self.node {
            bench = bench.words("--node").arg(major.to_string());
        }
        print!("{}", bench.words(&names(&js).join(" ")).read()?);
        Ok(())
    }

    /// Times the benches that `filter` matches: criterion writes into `home`.
    fn criterion(&self, filter: &str, home: &str, flags: &str) -> Result<(), Error> {
        tool::apt(tool::CPLUSPLUS)?;
        Run::new("cargo")
            .words("bench --locked -p formevent-benches --bench native")
            .words(flags)
            .arg("--")
            .arg(filter)
            .words(if self.quick {
                "--warm-up-time 0.05 --measurement-time 0.1 --sample-size 10 --nresamples 1000"
            } else {
                "--warm-up-time 0.3 --measurement-time 1 --sample-size 30"
            })
            .env("CRITERION_HOME", root().join(home))
            .env("GROWTH_MAX", if self.quick { "16777216" } else { "268435456" })
            .now()
    }
}

fn names(groups: &[Group]) -> Vec<String> {
    let values = groups.iter().filter_map(Group::to_possible_value);
    values.map(|value| value.get_name().to_owned()).collect()
}

/// Counts the instructions of one call for small bodies. A noisy machine does not change them.
fn instructions() -> Result<(), Error> {
    tool::apt(tool::VALGRIND)?;
    tool::apt(tool::CPLUSPLUS)?;
    let out = "target/callgrind.out";
    let runner = [
        "valgrind",
        "--quiet",
        "--tool=callgrind",
        "--collect-atstart=no",
        "--toggle-collect=instructions::counted",
        // The file has a part for each call, in the order of the output.
        "--dump-after=instructions::counted",
        "--combine-dumps=yes",
        &format!("--callgrind-out-file={}", root().join(out).display()),
    ];
    let calls = Run::new("cargo")
        .words("bench --locked --quiet -p formevent-benches --bench instructions --config")
        .arg(format!("target.'cfg(all())'.runner={runner:?}"))
        .read()?;
    let counts = fs::read_to_string(root().join(out))?;
    let counts = counts.lines().filter_map(|line| line.strip_prefix("totals: "));
    println!("\n{:52} {:>12}  to formevent's", "group, body, subject", "instructions");
    let mut ours = 0.0;
    for (call, count) in calls.lines().zip(counts) {
        let count: f64 = count.parse()?;
        if call.ends_with("\tformevent") {
            ours = count;
        }
        println!("{:52} {count:12}  {:.2}", call.replace('\t', ", "), count / ours);
    }
    Ok(())
}

/// `cargo xtask growth`: times large hostile bodies.
pub(crate) fn growth() -> Result<(), Error> {
    tool::apt(tool::CPLUSPLUS)?;
    Run::new("cargo").words("bench --locked -p formevent-benches --bench growth").now()
}
