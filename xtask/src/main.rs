//! Everything that is done with the project, as `cargo xtask COMMAND`. Each command installs what
//! it needs and says what it runs.

mod bench;
mod check;
mod demo;
mod fuzz;
mod run;
mod test;
mod tool;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, value_parser};

use run::{Run, root};

/// Everything that is done with the project; each command installs what it needs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// The edge worker with the page, until it is interrupted
    Demo(demo::Demo),
    /// Everything that has to pass before a change goes in
    ///
    /// Formatting, lints, every test with SIMD and without, the docs, the build without std and with the
    /// oldest Rust, the npm package in every runtime and in the bundlers that most people use, the page in
    /// Chromium, the edge worker and its function. `memcheck` and `msrv` are part of it.
    Test,
    /// The tests of what is read and written, watched by valgrind
    Memcheck,
    /// The crate's tests on 64-bit ARM, in an emulator
    Neon,
    /// The module and the JavaScript of the npm package, with their sizes
    Wasm,
    /// The npm package as a tarball
    Pack,
    /// The npm package in every bundler, framework and runner: a table
    Bundlers {
        /// Only those rows of tests/bundlers/rows.js that have WORDS in their names
        #[arg(long, value_name = "WORDS", default_value = "", hide_default_value = true)]
        only: String,
    },
    /// The edge worker's bundle, with its size
    Worker,
    /// Forms through worker and function, with faults between them
    ///
    /// Without a queue and with one, while a third of the calls between the two fails and a quarter of the
    /// clients leaves early.
    Soak {
        /// How many clients post at a time
        #[arg(long, value_name = "N", default_value_t = 200, value_parser = value_parser!(u32).range(1..))]
        clients: u32,
        /// How long
        #[arg(long, value_name = "N", default_value_t = 60, value_parser = value_parser!(u32).range(1..))]
        seconds: u32,
    },
    /// Requests a second, latency and CPU time of the worker beside one without formevent
    Load,
    /// Memory and CPU time of the two under requests made to exhaust them
    Attack,
    /// The crate and the command with the oldest Rust that they promise
    Msrv,
    /// The crate's public API beside its listing, tests/public-api.txt
    Api {
        /// Rewrite the listing
        #[arg(long)]
        bless: bool,
    },
    /// Licences, sources and advisories of all dependencies, by deny.toml
    Deny {
        /// Fail if not every advisory can be had
        #[arg(long)]
        advisories: bool,
    },
    /// How fast the crate and the npm package are beside their peers
    Bench(bench::Bench),
    /// Every target of fuzz/ on random cases, then in libFuzzer; prints executions a second
    Fuzz {
        /// How long, in all
        #[arg(long, value_name = "N", default_value_t = 5, value_parser = value_parser!(u64).range(1..))]
        minutes: u64,
        /// Only this target
        #[arg(long, value_name = "TARGET")]
        only: Option<String>,
    },
    /// A change at each place of the core, one after another, to see that a test notices
    ///
    /// It takes hours.
    Mutants {
        /// Only changes whose path begins so, such as src/scan
        #[arg(long, value_name = "PATH", default_value = "", hide_default_value = true)]
        only: String,
    },
    /// Peak memory of streams of 16 MiB to 1 GiB, natively and in workerd
    Stream,
    /// Time of large hostile bodies, to see that it grows with their size
    Growth,
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Demo(demo) => demo.run(),
        Command::Test => test::run(),
        Command::Memcheck => test::memcheck(),
        Command::Neon => test::neon(),
        Command::Wasm => wasm::run(),
        Command::Pack => wasm::pack(),
        Command::Bundlers { only } => bundlers(&only),
        Command::Worker => worker(),
        Command::Soak { clients, seconds } => soak(clients, seconds),
        Command::Load => beside_the_peer("load"),
        Command::Attack => beside_the_peer("attack"),
        Command::Msrv => test::msrv(),
        Command::Api { bless } => check::api(bless),
        Command::Deny { advisories } => check::deny(advisories),
        Command::Bench(bench) => bench.run(),
        Command::Fuzz { minutes, only } => fuzz::run(minutes, only.as_deref()),
        Command::Mutants { only } => check::mutants(&only),
        Command::Stream => stream(),
        Command::Growth => bench::growth(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bundlers(only: &str) -> Result<(), Error> {
    tool::apt(tool::CHROMIUM)?;
    wasm::pack()?;
    tool::bundlers()?;
    tool::script("bundlers").arg("--").arg(only).now()
}

/// The edge worker as it would be deployed, with all that it is made of.
fn worker() -> Result<(), Error> {
    wasm::make()?;
    tool::script("site").now()?;
    tool::script("worker").now()
}

fn soak(clients: u32, seconds: u32) -> Result<(), Error> {
    worker()?;
    tool::script("soak")
        .env("CARGO_LAMBDA", tool::cargo_lambda()?)
        .env("CLIENTS", clients.to_string())
        .env("SECONDS", seconds.to_string())
        .now()
}

/// A script that compares the worker with one that has `tests/worker/peer.js` in formevent's place.
fn beside_the_peer(script: &str) -> Result<(), Error> {
    worker()?;
    tool::script("peer").now()?;
    tool::script(script).now()
}

fn stream() -> Result<(), Error> {
    Run::new("cargo").words("build --release --example stream").now()?;
    wasm::pack()?;
    tool::script("stream").now()
}

/// Why a command failed.
type Error = Box<dyn std::error::Error>;
