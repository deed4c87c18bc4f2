//! Tests of the command when reading or writing fails, with devices of Linux that always fail.
#![cfg(target_os = "linux")]

mod shell;

/// Runs `script` and returns its standard output, its standard error and its exit status.
fn run(script: &str) -> (String, String, i32) {
    let output = shell::run(script);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

#[test]
fn a_lost_report_is_an_error() {
    for script in [
        "formevent --dropped 'a=1&b' 2>/dev/full",
        "formevent --dropped 'a=1&b' 2>&-",
        "formevent --dropped 'a=1&b' 2</dev/null",
        "printf 'a=1&b' | formevent --lines --dropped 2>/dev/full >/dev/null",
        // The first failure comes long before the last line.
        "yes 'a=1&b' | head -n 20000 | formevent --lines --dropped 2>/dev/full >/dev/null",
    ] {
        assert_eq!(run(script), (String::new(), String::new(), 1), "{script}");
    }
    for script in [
        "formevent --dropped=/dev/full 'a=1&b'",
        "printf 'a=1&b' | formevent --lines --dropped=/dev/full >/dev/null",
        "yes 'a=1&b' | head -n 20000 | formevent --lines --dropped=/dev/full >/dev/null",
    ] {
        let (stdout, stderr, code) = run(script);
        let message =
            "formevent: cannot write to /dev/full: No space left on device (os error 28)\n";
        assert_eq!((&*stdout, &*stderr, code), ("", message, 1), "{script}");
    }
    // Without a report, nothing is lost.
    assert_eq!(run("formevent --pairs --dropped a=1 2>/dev/full").2, 0);
}

#[test]
fn a_lost_message_leaves_the_other_lines_alone() {
    // More messages than the command buffers.
    let lines = "{ yes 'a=1&b=2' | head -n 20000; echo c=3; }";
    let expected = "null\n".repeat(20_000) + "{\"c\":\"3\"}\n";
    for stderr in ["2>/dev/full", "2>&-"] {
        let script = format!("{lines} | formevent --lines --pairs --max-pairs 1 {stderr}");
        assert_eq!(run(&script), (expected.clone(), String::new(), 1), "{stderr}");
    }
}

#[test]
fn lost_output_is_an_error() {
    for command in ["formevent a=1", "echo a=1 | formevent --lines", "echo a=1 | formevent audit -"]
    {
        for (stdout, reason) in [
            (">/dev/full", "No space left on device (os error 28)"),
            (">&-", "it is closed"),
            ("1</dev/null", "Bad file descriptor (os error 9)"),
        ] {
            let script = format!("{command} {stdout}");
            let message = format!("formevent: cannot write to standard output: {reason}\n");
            assert_eq!(run(&script), (String::new(), message, 1), "{script}");
        }
    }
    for script in [
        "formevent --help >/dev/full",
        "formevent --version >&-",
        "formevent man >/dev/full",
        "formevent completions fish >/dev/full",
    ] {
        let (_, stderr, code) = run(script);
        assert!(stderr.starts_with("formevent: cannot write to standard output: "), "{stderr}");
        assert_eq!(code, 1);
    }
}

#[test]
fn input_that_cannot_be_read_is_an_error() {
    for command in ["formevent", "formevent -", "formevent --lines"] {
        for (stdin, reason) in [
            ("<&-", "it is closed"),
            ("0>/dev/null", "Bad file descriptor (os error 9)"),
            ("</", "Is a directory (os error 21)"),
        ] {
            let message = format!("formevent: cannot read standard input: {reason}\n");
            let script = format!("{command} {stdin}");
            assert_eq!(run(&script), (String::new(), message, 1), "{script}");
        }
    }
    // An argument needs no standard input.
    assert_eq!(run("formevent --pairs a=1 <&-"), ("{\"a\":\"1\"}\n".to_owned(), String::new(), 0));
}
