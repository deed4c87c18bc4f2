//! Everything that is done with the project, as `cargo xtask COMMAND`. Each command installs what
//! it needs and says what it runs.

mod demo;
mod growth;
mod test;

use std::process::{Command, ExitCode};

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  demo    real-looking bodies, the event of each, and what was dropped
  test    formatting, lints, every test, the docs, the build without std
  growth  time and ns/byte of large hostile bodies, to see that it grows with their size
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["demo"] => demo::run(),
        ["test"] => test::run(),
        ["growth"] => growth::run(),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
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

/// Runs a command line, without quoting, in the project's folder, and says so.
fn execute(line: &str) -> Result<(), Error> {
    println!("\n$ {line}");
    let mut words = line.split_whitespace();
    let status = Command::new(words.next().unwrap_or_default())
        .args(words)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status()?;
    if status.success() { Ok(()) } else { Err(format!("{status}: {line}").into()) }
}
