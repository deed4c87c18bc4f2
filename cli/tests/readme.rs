//! What the README shows of the command is what it prints.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

#[test]
fn readme() {
    let binary = assert_cmd::cargo::cargo_bin!("formevent");
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", Path::new(&binary).parent().unwrap().display());

    let (_, session) = include_str!("../../README.md").split_once("```console\n").unwrap();
    let (session, _) = session.split_once("```").unwrap();
    let mut commands = 0;
    for command in session.split("$ ").skip(1) {
        let (command, expected) = command.split_once('\n').unwrap();
        let line = format!("({command}) 2>&1");
        let output = Command::new("sh").args(["-c", &line]).env("PATH", &path).output().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.trim_end(), expected.trim_end(), "$ {command}");
        commands += 1;
    }
    assert_eq!(commands, 5);
}
