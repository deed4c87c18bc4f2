//! Runs shell scripts that know the command `formevent`.

use std::path::Path;
use std::process::{Command, Output};

/// Runs `script` with `sh`.
pub(crate) fn run(script: &str) -> Output {
    let binary = assert_cmd::cargo::cargo_bin!("formevent");
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", Path::new(&binary).parent().unwrap().display());
    Command::new("sh").args(["-c", script]).env("PATH", path).output().unwrap()
}

/// Runs the commands of the first console session in `markdown`, checks that each prints what the
/// session shows, and returns how many there are.
#[allow(dead_code, reason = "each test program has a copy of this module")]
pub(crate) fn check_session(markdown: &str) -> usize {
    let (_, session) = markdown.split_once("```console\n").unwrap();
    let (session, _) = session.split_once("```").unwrap();
    let commands = session.split("$ ").skip(1);
    commands
        .map(|command| {
            let (command, expected) = command.split_once('\n').unwrap();
            let printed = run(&format!("({command}) 2>&1")).stdout;
            let printed = String::from_utf8(printed).unwrap();
            assert_eq!(printed.trim_end(), expected.trim_end(), "$ {command}");
        })
        .count()
}
