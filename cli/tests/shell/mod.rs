//! Runs shell scripts that know the command `formevent`.

use std::path::Path;
use std::process::{Command, Output};

/// Runs `script` with `sh`.
pub(crate) fn run(script: &str) -> Output {
    let binary = assert_cmd::cargo::cargo_bin!("formevent");
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", Path::new(&binary).parent().unwrap().display());
    Command::new("sh")
        .args(["-c", script])
        .env("PATH", path)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap()
}

/// Runs the commands of each console session in `markdown`, checks that each prints what the session
/// shows, and returns how many there are.
#[allow(dead_code, reason = "each test program has a copy of this module")]
pub(crate) fn check_sessions(markdown: &str) -> usize {
    let sessions = markdown.split("```console\n").skip(1);
    let commands = sessions.flat_map(|rest| rest.split("```").next().unwrap().split("$ ").skip(1));
    commands
        .map(|command| {
            let (command, expected) = command.split_once('\n').unwrap();
            let printed = run(&format!("({command}) 2>&1")).stdout;
            let printed = String::from_utf8(printed).unwrap();
            assert_eq!(printed.trim_end(), expected.trim_end(), "$ {command}");
        })
        .count()
}
