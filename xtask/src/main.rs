//! Everything that is done with the project, as `cargo xtask COMMAND`. Each command installs what
//! it needs and says what it runs.

mod api;
mod apt;
mod bench;
mod bundlers;
mod contents;
mod demo;
mod deny;
mod files;
mod fuzz;
mod growth;
mod lambda;
mod mutants;
mod node;
mod panics;
mod promises;
mod run;
mod site;
mod stream;
mod test;
mod tool;
mod wasm;
mod worker;

use std::process::ExitCode;

use run::{Run, root};

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  demo    the edge worker with the page, on http://127.0.0.1:8787/ (or --port N) until it is
          interrupted; --lambda: before the function of examples/lambda, which runs too;
          --native: real-looking bodies in this terminal, with the crate itself
  test    formatting, lints, every test with SIMD and without, the docs, the build without std, the
          npm package in every runtime, the page in Chromium, the edge worker and its function
  memcheck
          the tests of what is read and written, watched by valgrind; part of `test`
  neon    the crate's tests on AArch64, in an emulator
  wasm    the module and the JavaScript of the npm package, with their sizes
  pack    the npm package as a tarball
  bundlers
          the npm package in every bundler, framework, test runner, compiler and kind of page that
          tests/bundlers/rows.js has: a table; --only WORDS: those rows. The most used are part of `test`
  worker  the edge worker's bundle, with its size
  soak    forms of --clients N (200) for --seconds N (60) through worker and function, without a queue
          and with one, while a third of the calls between them fails and a quarter of the clients
          leaves early
  load    requests a second, latency and CPU time of the worker beside one with URLSearchParams
  attack  memory and CPU time of the two under requests made to exhaust them
  msrv    the crate and the command with the oldest Rust that they promise
  api     the crate's public API beside its listing, tests/public-api.txt; --bless: rewrites that
  deny    licences and sources of all dependencies, by deny.toml, and the advisories against them as
          far as they can be had; --advisories: it is an error that they cannot
  bench   how fast the crate and the npm package are beside their peers: a table, and a record of it
          in benches/record; --quick: within two minutes, no record; --only raw,js-raw: those groups;
          --json: on standard output nothing but the timings; --instructions: those of small bodies,
          counted by valgrind
  fuzz    every target of fuzz/ on random cases and in libFuzzer, for --minutes N in all (5), or
          --only one; prints executions and executions a second
  mutants a change at each place of the core, one after another, to see that a test notices; --only
          src/scan: where the path matches. It takes hours
  stream  peak memory of streams of 16 MiB to 1 GiB, natively and in workerd
  growth  time and ns/byte of large hostile bodies, to see that it grows with their size
";

fn main() -> ExitCode {
    let usage = || {
        eprint!("{USAGE}");
        ExitCode::from(2)
    };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["demo", "--native"] => demo::run(),
        ["demo", ref arguments @ ..] => {
            let Some(demo) = worker::Demo::parse(arguments) else {
                return usage();
            };
            demo.run()
        }
        ["test"] => test::run(),
        ["memcheck"] => test::memcheck(),
        ["neon"] => test::neon(),
        ["wasm"] => wasm::run(),
        ["pack"] => wasm::pack().map(|tarball| println!("\n{}", tarball.display())),
        ["bundlers"] => bundlers::run(""),
        ["bundlers", "--only", only] => bundlers::run(only),
        ["worker"] => worker::run(),
        ["soak", ref arguments @ ..] => {
            let Some(soak) = worker::Soak::parse(arguments) else {
                return usage();
            };
            soak.run()
        }
        ["load"] => worker::load(),
        ["attack"] => worker::attack(),
        ["msrv"] => test::msrv(),
        ["api"] => api::run(false),
        ["api", "--bless"] => api::run(true),
        ["deny"] => deny::run(false),
        ["deny", "--advisories"] => deny::run(true),
        ["bench", "--instructions"] => bench::instructions::run(),
        ["bench", ref arguments @ ..] => {
            let Some(bench) = bench::Bench::parse(arguments) else {
                return usage();
            };
            bench.run()
        }
        ["fuzz"] => fuzz::run(5, None),
        ["fuzz", "--only", only] => fuzz::run(5, Some(only)),
        ["fuzz", "--minutes", minutes, ref only @ ..] => {
            match (minutes.parse().ok().filter(|&it| it > 0), only) {
                (Some(minutes), []) => fuzz::run(minutes, None),
                (Some(minutes), ["--only", only]) => fuzz::run(minutes, Some(only)),
                _ => return usage(),
            }
        }
        ["mutants"] => mutants::run(""),
        ["mutants", "--only", only] => mutants::run(only),
        ["growth"] => growth::run(),
        ["stream"] => stream::run(),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => return usage(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Why a command did not end well.
type Error = Box<dyn std::error::Error>;
