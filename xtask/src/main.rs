//! All tasks of the project, as `cargo xtask COMMAND`. Each command installs the tools that it needs and
//! prints the programs that it runs.

mod bench;
mod check;
mod demo;
mod front;
mod fuzz;
mod release;
mod run;
mod test;
mod tool;
mod wasm;

use std::env;
use std::process::ExitCode;

use clap::{Parser, ValueEnum, value_parser};

use run::{Run, root};

/// Runs a task of the project. Each command installs the tools that it needs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Run the edge worker with the page until you interrupt it
    Demo(demo::Demo),
    /// Run every check that must pass before a change goes in
    ///
    /// Formatting, lints, every test with SIMD and without, the docs, the builds without std and with the
    /// oldest Rust, the npm package in every runtime and in esbuild and Vite, the page in Chromium, the edge
    /// worker and its functions. Includes `memcheck`, `msrv` and `wasi`; `bundlers` has the other bundlers, `examples`
    /// the other examples.
    Test,
    /// Run the tests of memory accesses under valgrind
    Memcheck,
    /// Run the crate's tests on 64-bit ARM, in an emulator
    Neon,
    /// Run the crate's tests in WebAssembly, in Node's WASI, with SIMD and without
    Wasi,
    /// Build the module and the JavaScript of the npm package and print their sizes
    Wasm,
    /// Pack the npm package as a tarball
    Pack,
    /// Try the npm package in every bundler, framework and runner and print a table
    Bundlers {
        /// Only those rows of tests/bundlers/rows.js that have WORDS in their names
        #[arg(long, value_name = "WORDS", default_value = "", hide_default_value = true)]
        only: String,
    },
    /// Bundle the edge worker and print its size
    Worker,
    /// Test the examples for the edge and for AWS alone over HTTP, and build copies outside of the repository
    Examples,
    /// Measure the start, the memory and the size of examples/lambda-front
    ColdStart,
    /// Build the book from docs/, and check its links and snippets
    Docs,
    /// Send forms through the worker to every target, with faults between them, and print what arrived
    ///
    /// Without a queue and with one. A third of the calls to the target fails, and a quarter of the clients leave
    /// early.
    Soak {
        /// Post N forms to each target
        #[arg(long, value_name = "N", default_value_t = 5000, value_parser = value_parser!(u32).range(1..))]
        forms: u32,
        /// Let N clients post at a time, instead of 8 to a target on moto and 32 to the function or a queue
        #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
        clients: Option<u32>,
        /// Post to this target only
        #[arg(long, value_name = "NAME")]
        target: Option<Target>,
    },
    /// Compare requests per second, latency and CPU time of the worker with one without formevent
    Load,
    /// Compare their memory and CPU time under requests that are made to exhaust them
    Attack,
    /// Check the crate and the command with the oldest Rust that they promise
    Msrv,
    /// Compare the crate's public API with its listing, tests/public-api.txt
    Api {
        /// Rewrite the listing
        #[arg(long)]
        bless: bool,
    },
    /// Check licences, sources and advisories of all dependencies against deny.toml
    Deny {
        /// Fail unless all advisories can be fetched
        #[arg(long)]
        advisories: bool,
    },
    /// Set the version everywhere and check what the release workflow will publish
    ///
    /// CONTRIBUTING.md has the whole procedure.
    Release(release::Release),
    /// Compare the speed of the crate and the npm package with their peers
    Bench(bench::Bench),
    /// Run every target of fuzz/ on random cases, then in libFuzzer
    Fuzz {
        /// Run for N minutes in all
        #[arg(long, value_name = "N", default_value_t = 5, value_parser = value_parser!(u64).range(1..))]
        minutes: u64,
        /// Run only this target
        #[arg(long, value_name = "TARGET")]
        only: Option<String>,
    },
    /// Mutate each place of the core and check that a test notices
    ///
    /// Takes hours.
    Mutants {
        /// Mutate only files whose path begins so, such as src/scan
        #[arg(long, value_name = "PATH", default_value = "", hide_default_value = true)]
        only: String,
    },
    /// Measure the peak memory of streams of 16 MiB to 1 GiB, natively and in workerd
    Stream,
    /// Time large hostile bodies, to see that the time grows with their size
    Growth,
    /// Run mapping templates in Apache Velocity and compare the results with formevent's events
    ///
    /// Makes tests/vectors from the templates of tests/template, unless you give a template of your own.
    Vectors {
        /// Write nothing; fail if a file would change
        #[arg(long, conflicts_with = "template")]
        check: bool,
        /// Print the bodies for which this template gives another event
        #[arg(long, value_name = "FILE")]
        template: Option<String>,
        /// Compare with this preset, or a file such as shapes/flat.json
        #[arg(long, value_name = "NAME|FILE", default_value = "template", requires = "template")]
        shape: String,
    },
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Demo(demo) => demo.run(),
        Command::Test => test::run(),
        Command::Memcheck => test::memcheck(),
        Command::Neon => test::neon(),
        Command::Wasi => wasm::wasi(),
        Command::Wasm => wasm::run(),
        Command::Pack => wasm::pack(),
        Command::Bundlers { only } => bundlers(&only),
        Command::Worker => worker(),
        Command::Examples => examples(),
        Command::ColdStart => front::cold_start(),
        Command::Soak { forms, clients, target } => soak(forms, clients, target),
        Command::Load => beside_the_peer("load"),
        Command::Attack => beside_the_peer("attack"),
        Command::Msrv => test::msrv(),
        Command::Api { bless } => check::api(bless),
        Command::Deny { advisories } => check::deny(advisories),
        Command::Release(release) => release.run(),
        Command::Bench(bench) => bench.run(),
        Command::Fuzz { minutes, only } => fuzz::run(minutes, only.as_deref()),
        Command::Docs => docs(),
        Command::Mutants { only } => check::mutants(&only),
        Command::Stream => stream(),
        Command::Growth => bench::growth(),
        Command::Vectors { check, template, shape } => vectors(check, template, &shape),
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
    if !tool::chromium()? {
        tool::apt(tool::CHROMIUM)?;
    }
    wasm::pack()?;
    tool::bundlers()?;
    tool::script("bundlers").arg("--").arg(only).now()
}

/// Builds the book. `test` runs its snippets too.
fn docs() -> Result<(), Error> {
    let mdbook = tool::install("mdbook", "0.5.4")?;
    Run::new(mdbook).words("build docs").now()?;
    tool::npm()?;
    tool::script("links").now()?;
    Run::new("cargo").words("test --locked -p formevent-docs").now()?;
    println!("The book is target/book/index.html.");
    Ok(())
}

/// Tests the examples that `test` has no time for.
fn examples() -> Result<(), Error> {
    wasm::pack()?;
    wasm::edge()?;
    front::test()?;
    tool::script("test:examples").now()
}

/// Builds the edge worker as you would deploy it.
fn worker() -> Result<(), Error> {
    wasm::make()?;
    tool::script("site").now()?;
    tool::script("worker").now()
}

/// A target of the edge worker's events.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Target {
    /// The function of examples/lambda
    Lambda,
    /// An SQS queue
    Sqs,
    /// A FIFO queue of SQS
    SqsFifo,
    /// An SNS topic
    Sns,
    #[value(name = "eventbridge", help = "An EventBridge event bus")]
    EventBridge,
    /// A Step Functions state machine
    StepFunctions,
}

impl Target {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

fn soak(forms: u32, clients: Option<u32>, target: Option<Target>) -> Result<(), Error> {
    worker()?;
    let mut soak = tool::script("soak")
        .env("CARGO_LAMBDA", tool::cargo_lambda()?)
        .env("MOTO_PYTHON", tool::moto()?)
        .env("FORMS", forms.to_string());
    if let Some(clients) = clients {
        soak = soak.env("CLIENTS", clients.to_string());
    }
    if let Some(target) = target {
        soak = soak.env("TARGET", target.name());
    }
    soak.now()
}

/// Runs a script that compares the worker with one that uses `tests/worker/peer.js` instead of formevent.
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

fn vectors(check: bool, template: Option<String>, shape: &str) -> Result<(), Error> {
    tool::apt(tool::JAVA)?;
    tool::apt(tool::VELOCITY)?;
    let program = Run::new("cargo").words("run --quiet --locked -p formevent-template --");
    let said = match template {
        Some(template) => program.arg("compare").arg(env::current_dir()?).arg(template).arg(shape),
        None => program.arg(if check { "check" } else { "make" }),
    };
    print!("{}", said.read()?);
    Ok(())
}

/// Why a command failed.
type Error = Box<dyn std::error::Error>;
