//! The command on its real binary: what it prints where, how it ends, and that it streams.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use assert_cmd::cargo::cargo_bin_cmd;

/// What `formevent` with `args` and `input` prints on standard output and on standard error, and
/// its exit status.
fn formevent(args: &[&str], input: impl Into<Vec<u8>>) -> (String, String, i32) {
    let output = cargo_bin_cmd!("formevent").args(args).write_stdin(input).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

/// As [`formevent`], for what succeeds without a word on standard error.
fn printed(args: &[&str], input: impl Into<Vec<u8>>) -> String {
    let (stdout, stderr, code) = formevent(args, input);
    assert_eq!((&*stderr, code), ("", 0));
    stdout
}

/// A running command with pipes on all sides.
fn start(args: &[&str]) -> Child {
    Command::new(cargo_bin_cmd!("formevent").get_program())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

const EMPTY: &str = r#"{"headers":{},"querystring":{},"stage":"","sourceIp":"","userAgent":""}"#;

#[test]
fn an_argument_or_standard_input_becomes_the_event_on_one_line() {
    let event = concat!(
        r#"{"headers":{},"querystring":{"name":"Ada","note":""},"#,
        r#""stage":"","sourceIp":"","userAgent":""}"#,
        "\n"
    );
    assert_eq!(printed(&["name=Ada&note=&a=b=c"], ""), event);
    assert_eq!(printed(&[], "name=Ada&note=&a=b=c"), event);
    assert_eq!(printed(&[""], "not=read"), format!("{EMPTY}\n"));
    assert_eq!(printed(&[], ""), format!("{EMPTY}\n"));
    assert_eq!(printed(&["-"], "name=Ada&note="), event);
    // A line feed is a byte of the body like any other.
    assert_eq!(printed(&["--pairs"], "a=1\n"), "{\"a\":\"1\\n\"}\n");
}

#[test]
fn every_option_is_taken() {
    let pairs = |args: &[&str], body: &str| printed(&[&["--pairs"], args].concat(), body);
    assert_eq!(pairs(&[], "a=%20+&b&a=2"), "{\"a\":\"%20+\",\"a\":\"2\"}\n");
    assert_eq!(pairs(&["--decode"], "a=%20+"), "{\"a\":\"  \"}\n");
    assert_eq!(pairs(&["--decode"], r"a=%5C%22&a=\"), r#"{"a":"\\\"","a":"\\"}"#.to_owned() + "\n");
    assert_eq!(pairs(&["--rules", "template"], "a=b=c&d"), "{}\n");
    assert_eq!(pairs(&["--rules", "whatwg"], "a=b=c&d"), "{\"a\":\"b=c\",\"d\":\"\"}\n");
    for (duplicates, json) in [
        ("keep", r#"{"a":"1","b":"2","a":"3"}"#),
        ("first", r#"{"a":"1","b":"2"}"#),
        ("last", r#"{"a":"3","b":"2"}"#),
        ("group", r#"{"a":["1","3"],"b":"2"}"#),
    ] {
        let args = ["--duplicates", duplicates];
        assert_eq!(pairs(&args, "a=1&b=2&a=3"), format!("{json}\n"));
    }
    let limits = ["--max-bytes", "7", "--max-pairs", "2", "--max-output", "17", "--strict-utf8"];
    assert_eq!(pairs(&limits, "a=1&b=2"), "{\"a\":\"1\",\"b\":\"2\"}\n");

    let args = [
        "--header",
        " Host : api.example.com",
        "--header",
        "host:\t b:c ",
        "--header",
        "-Empty:",
        "--stage",
        "prod",
        "--source-ip",
        "2001:db8::1",
        "--user-agent",
        "curl/8.5.0",
        "--extra",
        "requestId=4=2",
        "--extra",
        "note=",
        "a=1",
    ];
    let event = concat!(
        r#"{"headers":{"Host":"api.example.com","host":"b:c","-Empty":""},"querystring":{"a":"1"},"#,
        r#""stage":"prod","sourceIp":"2001:db8::1","userAgent":"curl/8.5.0","#,
        r#""requestId":"4=2","note":""}"#,
        "\n"
    );
    assert_eq!(printed(&args, ""), event);
}

#[test]
fn dropped_segments_are_named_on_standard_error() {
    let (stdout, stderr, code) = formevent(&["--pairs", "--dropped"], "a=1&b&c=\"=&=d&&\"\\");
    assert_eq!((&*stdout, code), ("{\"a\":\"1\"}\n", 0));
    assert_eq!(
        stderr.lines().collect::<Vec<_>>(),
        [
            r#"{"offset":4,"text":"b","reason":"no-equals"}"#,
            r#"{"offset":6,"text":"c=\"=","reason":"many-equals"}"#,
            r#"{"offset":11,"text":"=d","reason":"empty-key"}"#,
            r#"{"offset":15,"text":"\"\\","reason":"no-equals"}"#,
        ]
    );
    assert_eq!(printed(&["--dropped", "--rules", "whatwg", "--pairs", "b"], ""), "{\"b\":\"\"}\n");

    let (_, stderr, _) = formevent(&["--lines", "--dropped"], "a=1\nb\n\nc=1&=\n");
    assert_eq!(
        stderr.lines().collect::<Vec<_>>(),
        [
            r#"{"offset":0,"text":"b","reason":"no-equals","line":2}"#,
            r#"{"offset":4,"text":"=","reason":"empty-key","line":4}"#,
        ]
    );
}

#[test]
fn base64_is_decoded_first() {
    for text in ["YT0xJmI9+/8=", "YT0xJmI9+/8", " YT0x\nJmI9\r\n+/8=\n"] {
        let expected = "{\"a\":\"1\",\"b\":\"\u{FFFD}\u{FFFD}\"}\n";
        assert_eq!(printed(&["--pairs", "--base64"], text), expected);
        assert_eq!(printed(&["--pairs", "--base64", text], ""), expected);
    }
    let (_, stderr, _) = formevent(&["--base64", "--dropped", "--pairs"], "YT0xJmI=");
    assert_eq!(stderr, "{\"offset\":4,\"text\":\"b\",\"reason\":\"no-equals\"}\n");

    for (text, offset) in
        [("YT0*", 3), ("\n YT0*", 3), ("YT0x=", 4), ("Y", 1), ("YT1=", 2), ("Y===", 1)]
    {
        let (stdout, stderr, code) = formevent(&["--base64"], text);
        assert_eq!((&*stdout, code), ("", 1));
        let message =
            format!("formevent: the body is not base64 at byte offset {offset}, white space not ");
        assert!(stderr.starts_with(&message), "{text}: {stderr}");
    }
    // The limit is on the body, not on its base64.
    assert_eq!(printed(&["--base64", "--pairs", "--max-bytes", "3"], "YT0x"), "{\"a\":\"1\"}\n");
    let spaced = "Y  \t \t \t T  0  x          ";
    for lines in [&[][..], &["--lines"]] {
        let args = [&["--base64", "--pairs", "--max-bytes", "3"], lines].concat();
        assert_eq!(printed(&args, spaced), "{\"a\":\"1\"}\n");
    }
    assert_eq!(formevent(&["--base64", "--pairs", "--max-bytes", "2"], "YT0x").2, 1);
}

#[test]
fn each_line_is_a_body() {
    let args = ["--lines", "--pairs", "--strict-utf8"];
    assert_eq!(printed(&args, ""), "");
    assert_eq!(printed(&args, "a=1\r\n\nb=2"), "{\"a\":\"1\"}\n{}\n{\"b\":\"2\"}\n");

    let (stdout, stderr, code) = formevent(&args, b"a=1\nb=\xFF\nc=3\n".to_vec());
    assert_eq!((&*stdout, code), ("{\"a\":\"1\"}\nnull\n{\"c\":\"3\"}\n", 1));
    assert_eq!(
        stderr,
        "formevent: line 2: the body is not UTF-8 at byte offset 2: strict_utf8 allows no other bytes\n"
    );

    let limited = ["--lines", "--pairs", "--max-bytes", "5"];
    let (stdout, stderr, code) =
        formevent(&limited, "a=123\r\na=1234\na=12345678901234567890\nb=2");
    assert_eq!((&*stdout, code), ("{\"a\":\"123\"}\nnull\nnull\n{\"b\":\"2\"}\n", 1));
    assert!(stderr.starts_with("formevent: line 2: the body is too long: max_bytes allows 5,"));

    let base64 = ["--lines", "--base64", "--pairs", "--max-bytes", "5"];
    let (stdout, stderr, code) =
        formevent(&base64, "YT0xMjM= \r\nYT0xMjM0\nYT0xMjM0NTY3ODkwMTIzNDU2Nzg5MA==\n*\nYj0y\n");
    assert_eq!((&*stdout, code), ("{\"a\":\"123\"}\nnull\nnull\nnull\n{\"b\":\"2\"}\n", 1));
    assert!(stderr.contains("formevent: line 4: the body is not base64 at byte offset 0"));
}

#[test]
fn lines_come_out_while_more_are_awaited() {
    let mut child = start(&["--lines", "--pairs"]);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for (text, json) in [
        ("a=1\n", "{\"a\":\"1\"}\n"),
        // The beginning of a line is no reason to hold the one before it back.
        ("b=2\nc=", "{\"b\":\"2\"}\n"),
        ("3\nd", "{\"c\":\"3\"}\n"),
    ] {
        stdin.write_all(text.as_bytes()).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, json);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn bad_input_ends_with_1_and_prints_nothing_on_standard_output() {
    for (args, message) in [
        (
            &["--max-bytes", "6"][..],
            "too long: max_bytes allows 6, the first byte too many is at byte offset 6",
        ),
        (&["--max-pairs", "1"], "max_pairs allows 1, the first too many is at byte offset 4"),
        (&["--max-output", "80"], "max_output allows 80 bytes, passed at byte offset 7"),
        (&["--pairs", "--max-output", "16"], "max_output allows 16 bytes"),
    ] {
        for (body, input) in [(&["a=1&b=2"][..], ""), (&[], "a=1&b=2")] {
            let (stdout, stderr, code) = formevent(&[args, body].concat(), input);
            assert_eq!((&*stdout, code), ("", 1), "{args:?}");
            assert!(stderr.starts_with("formevent: ") && stderr.contains(message), "{stderr}");
            assert_eq!(stderr.lines().count(), 1);
        }
    }
    // More than the limit is not read.
    for (args, input) in
        [(&["--max-bytes", "10"][..], "a=123456789"), (&["--max-bytes", "3", "--base64"], "YT0xMg")]
    {
        let mut child = start(args);
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1));
    }
}

#[test]
fn bad_usage_ends_with_2() {
    for args in [
        &["--rules", "mine"][..],
        &["--duplicates", "some"],
        &["--max-bytes", "-1"],
        &["--max-pairs", "many"],
        &["--header", "no colon"],
        &["--header", " : no name"],
        &["--extra", "no equals"],
        &["--extra", "=no name"],
        &["--extra", "stage=taken"],
        &["--extra", "a=1", "--extra", "a=2"],
        &["--lines", "a=1"],
        &["--pairs", "--stage", "prod"],
        &["a=1", "b=2"],
        &["--unknown"],
    ] {
        let (stdout, stderr, code) = formevent(args, "");
        assert_eq!((&*stdout, code), ("", 2), "{args:?}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    let (_, stderr, _) = formevent(&["--rules", "mine"], "");
    assert!(stderr.contains("[possible values: template, whatwg]"));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = start(&["--lines"]);
    let mut stdin = child.stdin.take().unwrap();
    drop(child.stdout.take());
    // Whoever writes here may find the pipe closed in turn.
    while stdin.write_all(&b"a=1&b=2\n".repeat(1_000)).is_ok() {}
    assert!(child.wait().unwrap().success());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(stderr, "");

    // Nor is a standard error that nobody reads.
    let mut child = start(&["--pairs", "--dropped", "a=1&b"]);
    drop(child.stderr.take());
    assert!(child.wait_with_output().unwrap().status.success());
}

#[cfg(unix)]
#[test]
fn an_argument_may_hold_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let argument = std::ffi::OsStr::from_bytes(b"a=\xFF\xC3\xA9");
    let output = cargo_bin_cmd!("formevent").arg("--pairs").arg(argument).output().unwrap();
    assert_eq!(output.stdout, "{\"a\":\"\u{FFFD}é\"}\n".as_bytes());
}
