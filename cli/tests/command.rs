//! Tests of the binary: its output, messages and exit status, and that it streams.

mod folder;

use std::io::{BufRead, BufReader, PipeWriter, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin_cmd;
use folder::Folder;

/// Runs `formevent` with `args` and `input`, and returns its standard output, its standard error and
/// its exit status.
fn formevent(args: &[&str], input: impl Into<Vec<u8>>) -> (String, String, i32) {
    let output = cargo_bin_cmd!("formevent").args(args).write_stdin(input).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

/// Like [`formevent`], for a run that succeeds and leaves standard error empty.
fn printed(args: &[&str], input: impl Into<Vec<u8>>) -> String {
    let (stdout, stderr, code) = formevent(args, input);
    assert_eq!((&*stderr, code), ("", 0));
    stdout
}

/// Starts the command with a pipe as standard input.
fn start(args: &[&str], stdout: impl Into<Stdio>, stderr: impl Into<Stdio>) -> Child {
    Command::new(cargo_bin_cmd!("formevent").get_program())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(stderr)
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
fn every_option_has_its_effect() {
    let pairs = |args: &[&str], body: &str| printed(&[&["--pairs"], args].concat(), body);
    assert_eq!(pairs(&[], "a=%20+&b&a=2"), "{\"a\":\"%20+\",\"a\":\"2\"}\n");
    assert_eq!(pairs(&["--decode"], "a=%20+"), "{\"a\":\"  \"}\n");
    assert_eq!(pairs(&["--decode"], r"a=%5C%22&a=\"), r#"{"a":"\\\"","a":"\\"}"#.to_owned() + "\n");
    assert_eq!(pairs(&["--rules", "template"], "a=b=c&d&e="), "{\"e\":\"\"}\n");
    assert_eq!(pairs(&["--rules", "whatwg"], "a=b=c&d"), "{\"a\":\"b=c\",\"d\":\"\"}\n");
    for (duplicates, json) in [
        ("keep", r#"{"a":"1","b":"2","a":"3"}"#),
        ("first", r#"{"a":"1","b":"2"}"#),
        ("last", r#"{"a":"3","b":"2"}"#),
        ("group", r#"{"a":["1","3"],"b":"2"}"#),
        ("arrays", r#"{"a":["1","3"],"b":["2"]}"#),
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
fn json_is_indented_and_colored_on_request() {
    let pretty = "{\n  \"a\": \"1\",\n  \"a\": \"2\"\n}\n";
    assert_eq!(printed(&["--pairs", "--pretty", "a=1&a=2"], ""), pretty);
    let lines = "{\n  \"a\": \"1\"\n}\n{}\n";
    assert_eq!(printed(&["--pairs", "--pretty", "--lines"], "a=1\nb\n"), lines);
    // The layout comes in parts.
    let body = ["a=", &"1".repeat(70_000), "&b=2"].concat();
    let expected = format!("{{\n  \"a\": \"{}\",\n  \"b\": \"2\"\n}}\n", "1".repeat(70_000));
    assert_eq!(printed(&["--pairs", "--pretty"], body), expected);

    let plain = "{\"a\":\"1\"}\n";
    for color in [&[][..], &["--color=auto"], &["--color", "never"]] {
        assert_eq!(printed(&[&["--pairs", "a=1"], color].concat(), ""), plain);
    }
    let colored = printed(&["--pairs", "--color", "always", "a=1"], "");
    assert!(colored.starts_with("\x1b[1;39m{\x1b[0m\x1b[34;1m\"a\"\x1b[0m"), "{colored}");
    assert!(colored.ends_with("\x1b[1;39m}\x1b[0m\n"), "{colored}");
}

#[test]
fn dropped_segments_are_reported_on_standard_error() {
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
fn dropped_segments_are_reported_in_a_file_of_their_own() {
    let folder = Folder::new("dropped");
    folder.write("dropped", "an older report, which is overwritten, however long it is ".repeat(9));
    let reports = || std::fs::read_to_string(folder.0.join("dropped")).unwrap();
    let args = ["--pairs", "--dropped=dropped", "--repeated", "--max-pairs", "2"];
    let (stdout, stderr, code) = folder.formevent(&args, b"a=1&b&a=2");
    assert_eq!((&*stdout, code), ("{\"a\":\"1\",\"a\":\"2\"}\n", 0));
    assert_eq!(stderr, "{\"offset\":0,\"key\":\"a\",\"count\":2}\n");
    assert_eq!(reports(), "{\"offset\":4,\"text\":\"b\",\"reason\":\"no-equals\"}\n");

    let (_, stderr, code) =
        folder.formevent(&["--lines", "--dropped=dropped", "--max-pairs", "1"], b"b\na=1&a=2\n&c");
    let message = "formevent: line 2: the body has more pairs than --max-pairs 1 allows: the first \
                   one too many is at byte offset 4\n";
    assert_eq!((&*stderr, code), (message, 1));
    let expected = concat!(
        r#"{"offset":0,"text":"b","reason":"no-equals","line":1}"#,
        "\n",
        r#"{"offset":1,"text":"c","reason":"no-equals","line":3}"#,
        "\n"
    );
    assert_eq!(reports(), expected);

    let (stdout, stderr, code) = folder.formevent(&["--dropped=none/dropped", "b"], b"");
    assert_eq!((&*stdout, code), ("", 1));
    assert!(stderr.starts_with("formevent: cannot write to none/dropped: "), "{stderr}");
    let (_, stderr, _) = folder.formevent(&["--dropped=-", "b"], b"");
    assert!(stderr.starts_with("{\"offset\":0,"), "{stderr}");
}

#[test]
fn errors_are_lines_of_json_on_request() {
    let run = |args: &[&str], input: &str| {
        let (_, stderr, code) = formevent(&[&["--errors=json"], args].concat(), input);
        (stderr, code)
    };
    let utf8 = "the body is not UTF-8 at byte offset 2, and --strict-utf8 refuses such bytes";
    let args = ["--strict-utf8", "--decode", "a=%FF"];
    let line = format!("{{\"error\":\"{utf8}\",\"offset\":2}}\n");
    assert_eq!(run(&args, ""), (line.clone(), 1));
    let query = line.replace("the body", "--query-string");
    let args = ["--strict-utf8", "--shape", "proxy-v2", "--query-string", "a=%FF", "b=1"];
    assert_eq!(run(&args, ""), (query, 1));
    let line = format!("{{\"error\":\"{utf8}\",\"offset\":2,\"line\":2}}\n");
    assert_eq!(run(&["--lines", "--strict-utf8", "--decode"], "a=1\na=%FF\n"), (line, 1));
    for (args, input) in [(&["--max-bytes", "3"][..], "a=12"), (&["--base64"], "YT0*")] {
        let (stderr, code) = run(args, input);
        assert!(stderr.starts_with("{\"error\":\"the body is "), "{stderr}");
        assert!(stderr.ends_with("\",\"offset\":3}\n"), "{stderr}");
        assert_eq!(code, 1);
    }
    let (stderr, code) = run(&["@none"], "");
    assert!(stderr.starts_with("{\"error\":\"cannot read none: "), "{stderr}");
    assert!(stderr.ends_with("; to convert '@none' itself, add --raw\"}\n"), "{stderr}");
    assert_eq!(code, 1);
    let (stderr, code) = run(&["b"], "");
    assert!(stderr.starts_with("{\"warning\":\"nothing in the body is a pair, "), "{stderr}");
    assert_eq!(code, 0);
    let (stderr, code) = run(&["--max-bytes", "x", "b"], "");
    assert!(stderr.starts_with("error: "), "{stderr}");
    assert_eq!(code, 2);
}

#[test]
fn repeated_keys_are_reported_on_standard_error() {
    let args = ["--pairs", "--decode", "--repeated"];
    let (stdout, stderr, code) = formevent(&args, "topic=a&x=1&top%69c=b&topic=c&\"=&\"=");
    let json = r#"{"topic":"a","x":"1","topic":"b","topic":"c","\"":"","\"":""}"#;
    assert_eq!((stdout, code), (format!("{json}\n"), 0));
    assert_eq!(
        stderr.lines().collect::<Vec<_>>(),
        [r#"{"offset":0,"key":"topic","count":3}"#, r#"{"offset":30,"key":"\"","count":2}"#]
    );
    let (_, stderr, _) = formevent(&["--lines", "--repeated", "--dropped"], "a=1\na=1&a=2&b\n");
    assert_eq!(
        stderr.lines().collect::<Vec<_>>(),
        [
            r#"{"offset":8,"text":"b","reason":"no-equals","line":2}"#,
            r#"{"offset":0,"key":"a","count":2,"line":2}"#,
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
            format!("formevent: the body is not base64 at byte offset {offset}, not counting ");
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
        "formevent: line 2: the body is not UTF-8 at byte offset 2, and --strict-utf8 refuses such \
         bytes\n"
    );

    let limited = ["--lines", "--pairs", "--max-bytes", "5"];
    let (stdout, stderr, code) =
        formevent(&limited, "a=123\r\na=1234\na=12345678901234567890\nb=2");
    assert_eq!((&*stdout, code), ("{\"a\":\"123\"}\nnull\nnull\n{\"b\":\"2\"}\n", 1));
    assert!(stderr.starts_with("formevent: line 2: the body is longer than --max-bytes 5"));

    let base64 = ["--lines", "--base64", "--pairs", "--max-bytes", "5"];
    let (stdout, stderr, code) =
        formevent(&base64, "YT0xMjM= \r\nYT0xMjM0\nYT0xMjM0NTY3ODkwMTIzNDU2Nzg5MA==\n*\nYj0y\n");
    assert_eq!((&*stdout, code), ("{\"a\":\"123\"}\nnull\nnull\nnull\n{\"b\":\"2\"}\n", 1));
    assert!(stderr.contains("formevent: line 4: the body is not base64 at byte offset 0"));
}

#[test]
fn each_line_is_answered_before_the_next_one_comes() {
    let mut child = start(&["--lines", "--pairs"], Stdio::piped(), Stdio::null());
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for (text, json) in [
        ("a=1\n", "{\"a\":\"1\"}\n"),
        // The beginning of the next line does not hold this one back.
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
fn each_line_has_the_time_when_it_came() {
    let mut child = start(&["--lines", "--shape", "proxy-v2"], Stdio::piped(), Stdio::null());
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut time = || {
        stdin.write_all(b"a=1\n").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        event["requestContext"]["timeEpoch"].as_u64().unwrap()
    };
    let first = time();
    std::thread::sleep(Duration::from_millis(20));
    let second = time();
    assert!(second >= first + 20, "{first}, {second}");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn bad_input_ends_with_1_and_prints_nothing_on_standard_output() {
    for (args, message) in [
        (&["--max-bytes", "6"][..], "the body is longer than --max-bytes 6 allows"),
        (
            &["--max-pairs", "1"],
            "the body has more pairs than --max-pairs 1 allows: the first one too many is at byte \
             offset 4",
        ),
        (
            &["--max-output", "80"],
            "the JSON is longer than --max-output 80 allows: it exceeds the limit at byte offset 7 \
             of the body",
        ),
        (
            &["--pairs", "--max-output", "16"],
            "the JSON is longer than --max-output 16 allows: it exceeds the limit at byte offset 7 \
             of the body",
        ),
    ] {
        for (body, input) in [(&["a=1&b=2"][..], ""), (&[], "a=1&b=2")] {
            let (stdout, stderr, code) = formevent(&[args, body].concat(), input);
            let expected = format!("formevent: {message}\n");
            assert_eq!((&*stdout, &*stderr, code), ("", &*expected, 1), "{args:?}");
        }
    }
    // The command does not read past the limit.
    for (args, input) in
        [(&["--max-bytes", "10"][..], "a=123456789"), (&["--max-bytes", "3", "--base64"], "YT0xMg")]
    {
        let mut child = start(args, Stdio::null(), Stdio::null());
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1));
    }
}

#[test]
fn sizes_have_units() {
    for (size, bytes) in [
        ("1500", 1500),
        ("1k", 1000),
        ("1.5K", 1500),
        ("1kB", 1000),
        ("2 Ki", 2048),
        ("1KiB", 1024),
        ("1M", 1_000_000),
        ("1MiB", 1 << 20),
    ] {
        let body = "a=".to_owned() + &"1".repeat(bytes - 2);
        printed(&["--max-bytes", size], body.as_str());
        let (_, stderr, code) = formevent(&["--max-bytes", size], body + "1");
        let message = format!("formevent: the body is longer than --max-bytes {bytes} allows\n");
        assert_eq!((stderr, code), (message, 1), "{size}");
    }
    printed(&["--max-bytes", "99999999999999999999E", "--max-output", "1k"], "a=1");
    assert_eq!(formevent(&["--max-output", "0.08k"], "a=1&b=2").2, 1);
    assert_eq!(formevent(&["audit", "--max-line", "0.003k", "-"], "a=12").2, 1);
    assert_eq!(formevent(&["audit", "--max-line", "0.003k", "-"], "a=1").2, 0);
}

#[test]
fn bad_usage_ends_with_2() {
    for args in [
        &["--rules", "mine"][..],
        &["--duplicates", "some"],
        &["--max-bytes", "-1"],
        &["--max-bytes", "1x"],
        &["--max-output", "k"],
        &["--max-pairs", "many"],
        &["--header", "no colon"],
        &["--header", " : no name"],
        &["--extra", "no equals"],
        &["--extra", "=no name"],
        &["--extra", "stage=taken"],
        &["--extra", "a=1", "--extra", "a=2"],
        &["--lines", "a=1"],
        &["--pairs", "--stage", "prod"],
        &["--pairs", "--shape", "flat"],
        &["--decode=yes"],
        &["--color", "often"],
        &["a=1", "b=2"],
        &["--unknown"],
    ] {
        let (stdout, stderr, code) = formevent(args, "");
        assert_eq!((&*stdout, code), ("", 2), "{args:?}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    let (_, stderr, _) = formevent(&["--max-bytes", "1x"], "");
    assert!(stderr.starts_with("error: invalid value '1x' for '--max-bytes <SIZE>': "), "{stderr}");
    assert!(stderr.contains("one of the units k, M, G, T, P, E (powers of 1000) and Ki, Mi, "));
    let (_, stderr, _) = formevent(&["--rules", "mine"], "");
    assert!(stderr.contains("[possible values: template, whatwg]"));

    // A limit does not hide the mistake.
    let (stdout, stderr, code) =
        formevent(&["--max-output", "20", "--extra", "stage=x", "a=1"], "");
    assert_eq!((&*stdout, code), ("", 2));
    assert!(stderr.starts_with("error: --extra 'stage=…' names a member"), "{stderr}");
}

#[test]
fn the_event_has_the_shape_that_was_asked_for() {
    let of = |args: &[&str]| printed(&[args, &["--time-epoch", "5", "a=1+2&b"]].concat(), "");
    assert_eq!(of(&["--shape", "data"]), "{\"data\":{\"a\":\"1 2\",\"b\":\"\"}}\n");
    assert_eq!(
        of(&["--shape", "data", "--decode=false", "--rules", "template"]),
        "{\"data\":{\"a\":\"1+2\"}}\n"
    );
    let v2 = ["--shape", "proxy-v2", "--method", "POST", "--path", "/c", "--query-string", "x=1"];
    let v2: serde_json::Value = serde_json::from_str(&of(&v2)).unwrap();
    assert_eq!(v2["rawPath"], "/c");
    assert_eq!(v2["queryStringParameters"]["x"], "1");
    assert_eq!(v2["requestContext"]["http"]["method"], "POST");
    assert_eq!(v2["requestContext"]["timeEpoch"], 5);
    assert_eq!((&v2["body"], &v2["isBase64Encoded"]), (&"YT0xKzImYg==".into(), &true.into()));
    let now = printed(&["--shape", "proxy-v2", ""], "");
    let now: serde_json::Value = serde_json::from_str(&now).unwrap();
    assert!(now["requestContext"]["timeEpoch"].as_u64().unwrap() > 1_700_000_000_000);

    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/shape.json");
    std::fs::write(path, r#" { "id": "$requestId", "x": ["$extra.x", "$pairs"] } "#).unwrap();
    assert_eq!(
        of(&["--shape", path, "--extra", "x=2", "--request-id", "7", "--extra", "y=3"]),
        "{\"id\":\"7\",\"x\":[\"2\",{\"a\":\"1+2\"}],\"y\":\"3\"}\n"
    );
    for (text, args, message) in [
        (r#"["$extra.x"]"#, &[][..], "--shape has the hole $extra.x: add --extra 'x=…'"),
        (
            "[]",
            &["--extra", "x=1"],
            "--extra 'x=…' has no place: the document of --shape is not an object, and has no hole ",
        ),
        (
            r#"["$x"]"#,
            &[],
            "`$x` at byte offset 1 of the shape is not a hole: expected one of $pairs, ",
        ),
        ("[", &[], "the shape is not JSON at byte offset 1: expected a JSON value"),
    ] {
        std::fs::write(path, text).unwrap();
        let (stdout, stderr, code) = formevent(&[args, &["--shape", path, ""]].concat(), "");
        assert_eq!((&*stdout, code), ("", 2), "{text}");
        assert!(stderr.contains(message), "{stderr}");
    }
    let (_, stderr, code) = formevent(&["--shape", "prox", ""], "");
    assert_eq!(code, 2);
    assert!(stderr.contains("it is not a preset (template, flat, flat-raw, data, "), "{stderr}");
    assert!(stderr.contains("proxy-v2), and not a file to read: "), "{stderr}");
}

#[test]
fn short_options_are_the_long_ones() {
    for (short, long) in [
        (&["-p", "-d", "a=%31"][..], &["--pairs", "--decode", "a=%31"][..]),
        (&["-pd=false", "a=%31"], &["--pairs", "--decode=false", "a=%31"]),
        (&["-s", "data", "a=1"], &["--shape", "data", "a=1"]),
        (&["-H", "Host: a", "-A", "-", "a=1"], &["--header=Host: a", "--user-agent=-", "a=1"]),
        (
            &["-sproxy-v2", "-XPOST", "--time-epoch=1", "a=1"],
            &["--shape=proxy-v2", "--method=POST", "--time-epoch=1", "a=1"],
        ),
        (&["-lb"], &["--lines", "--base64"]),
    ] {
        assert_eq!(printed(short, "YT0x\nYj0x\n"), printed(long, "YT0x\nYj0x\n"), "{short:?}");
    }
    let decoded = "{\"a\":\"1\"}\n";
    assert_eq!(printed(&["-pd", "a=%31"], ""), decoded);
    assert_eq!(printed(&["-plb"], "YT0x"), decoded);
}

#[test]
fn completions_and_manual_pages_know_the_options() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&["completions", shell], "");
        for word in ["max-output", "arrays", "json-lines"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    for (args, title, words) in [
        (&["man"][..], ".TH formevent 1", ["max\\-output", "arrays", "formevent\\-audit(1)"]),
        (&["man", "audit"], ".TH formevent-audit 1", ["json\\-lines", "16MiB", "zcat"]),
        (&["man", "man"], ".TH formevent-man 1", ["formevent man", "COMMAND", "manual"]),
        (
            &["man", "completions"],
            ".TH formevent-completions 1",
            ["formevent completions", "SHELL", "fish"],
        ),
    ] {
        let page = printed(args, "");
        assert!(page.contains(title), "{args:?}: {page}");
        for word in words {
            assert!(page.contains(word), "{args:?}: {word}: {page}");
        }
    }
    for args in [&["man", "none"][..], &["completions"], &["completions", "none"]] {
        assert_eq!(formevent(args, "").2, 2, "{args:?}");
    }
    assert_eq!(formevent(&["--pairs", "--", "man"], "").0, "{}\n");
}

#[test]
fn help_and_version_are_no_errors() {
    assert!(printed(&["--help"], "").contains("\nUsage: formevent [OPTIONS] [BODY]\n"));
    let version = format!("formevent {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(printed(&["--version"], ""), version);
}

/// The end of a pipe that nobody reads.
fn closed_pipe() -> PipeWriter {
    let (_, writer) = std::io::pipe().unwrap();
    writer
}

#[test]
fn a_closed_pipe_ends_the_command() {
    let run = |args: &[&str], stdin: &str| {
        let mut child = start(args, closed_pipe(), Stdio::piped());
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
    };
    assert_eq!(run(&["--lines"], "a=1\nb=2\n"), (String::new(), 0));
    assert_eq!(run(&["a=1"], ""), (String::new(), 0));
    assert_eq!(run(&["audit", "-"], "a=1\n"), (String::new(), 0));

    // It does not hide an earlier error.
    let (stderr, code) = run(&["--lines", "--max-pairs", "1"], "a=1&b=2\nc=3\n");
    assert!(stderr.starts_with("formevent: line 1: the body has more pairs"), "{stderr}");
    assert_eq!(code, 1);

    let (stderr, code) = run(&["audit", "--base64", "-"], "*\n");
    assert!(stderr.starts_with("formevent: -:1: the body is not base64"), "{stderr}");
    assert_eq!(code, 1);

    // It ends the command although there is more to read.
    let mut child = start(&["--lines"], closed_pipe(), Stdio::null());
    let mut stdin = child.stdin.take().unwrap();
    while stdin.write_all(&b"a=1&b=2\n".repeat(1_000)).is_ok() {}
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_report_that_nobody_reads_is_an_error() {
    for (args, input) in
        [(&["--pairs", "--dropped"][..], "a=1&b"), (&["--lines", "--dropped"], "a=1&b\n")]
    {
        let mut child = start(args, Stdio::null(), closed_pipe());
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_argument_may_hold_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let argument = std::ffi::OsStr::from_bytes(b"a=\xFF\xC3\xA9");
    let output = cargo_bin_cmd!("formevent").arg("--pairs").arg(argument).output().unwrap();
    assert_eq!(output.stdout, "{\"a\":\"\u{FFFD}é\"}\n".as_bytes());
}
