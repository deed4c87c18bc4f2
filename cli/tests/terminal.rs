//! Tests of the command at a terminal.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use assert_cmd::cargo::cargo_bin_cmd;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

/// Opens a terminal. Returns our side, and that of the command.
fn terminal() -> (File, OwnedFd) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let theirs = ioctl_tiocgptpeer(&ours, OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    (File::from(ours), theirs)
}

/// Reads what the terminal gets until the command ends.
fn text_of(mut terminal: File) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = Vec::new();
        // Linux reports the end of a terminal as an error.
        terminal.read_to_end(&mut text).unwrap_err();
        String::from_utf8(text).unwrap()
    })
}

/// A command that does not take after the terminal of these tests.
fn formevent(args: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin_cmd!("formevent").get_program());
    // On a dumb terminal there are neither bars nor colors.
    command.args(args).env("TERM", "xterm").env_remove("NO_COLOR");
    command
}

/// Runs `formevent --lines --dropped` on `input` with a terminal as standard error, and returns
/// what the terminal gets.
fn run_with_reports(input: &str) -> String {
    let (terminal, stderr) = terminal();
    let mut child = formevent(&["--lines", "--dropped"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(stderr)
        .spawn()
        .unwrap();
    let text = text_of(terminal);
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    text.join().unwrap()
}

#[test]
fn the_progress_bar_is_not_drawn_for_each_line() {
    const LINES: usize = 50_000;
    for (line, reports) in [("a=1\n", 0), ("a=1&b\n", LINES)] {
        let text = run_with_reports(&line.repeat(LINES));
        assert_eq!(text.matches(r#""reason":"no-equals""#).count(), reports);
        let escapes = text.matches('\x1b').count();
        assert!(0 < escapes && escapes < LINES / 5, "{line:?}: {escapes} escapes");
    }
}

#[test]
fn a_user_at_a_terminal_is_told_what_the_command_waits_for() {
    let run = |args: &[&str]| {
        let (mut terminal, stdin) = terminal();
        let child =
            formevent(args).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        // A line, and Ctrl-D.
        terminal.write_all(b"a=1\n\x04").unwrap();
        let output = child.unwrap().wait_with_output().unwrap();
        assert!(output.status.success());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    };
    let json = "{\"a\":\"1\\n\"}\n".to_owned();
    let (stdout, stderr) = run(&["--pairs"]);
    assert_eq!((stdout, stderr.lines().count()), (json.clone(), 1));
    assert!(stderr.starts_with("formevent: waiting for the body on standard input"), "{stderr}");
    let (stdout, stderr) = run(&["--pairs", "--lines"]);
    assert_eq!((&*stdout, stderr.lines().count()), ("{\"a\":\"1\"}\n", 1));
    assert!(stderr.starts_with("formevent: waiting for a body on each line"), "{stderr}");
    // Who names standard input knows.
    assert_eq!(run(&["--pairs", "-"]), (json.clone(), String::new()));
    assert_eq!(run(&["--pairs", "--file", "-"]), (json, String::new()));
}

#[test]
fn json_has_colors_on_a_terminal_only() {
    let run = |args: &[&str], variable: (&str, &str)| {
        let (terminal, stdout) = terminal();
        let text = text_of(terminal);
        let mut command = formevent(&[&["--pairs", "a=1"], args].concat());
        assert!(command.env(variable.0, variable.1).stdout(stdout).status().unwrap().success());
        // It holds our copy of the terminal.
        drop(command);
        text.join().unwrap()
    };
    assert!(run(&[], ("NO_COLOR", "")).contains("\x1b[34;1m\"a\"\x1b[0m"));
    let plain = "{\"a\":\"1\"}\r\n";
    assert_eq!(run(&[], ("NO_COLOR", "1")), plain);
    assert_eq!(run(&[], ("TERM", "dumb")), plain);
    assert_eq!(run(&["--color=never"], ("NO_COLOR", "")), plain);
    assert!(run(&["--color=always"], ("NO_COLOR", "1")).contains("\x1b["));
    let piped = formevent(&["--pairs", "a=1"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert_eq!(piped.stdout, b"{\"a\":\"1\"}\n");
}
