//! Tests of `formevent audit` with real files.

mod folder;

use assert_cmd::cargo::cargo_bin_cmd;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use folder::{Folder, gzip, zstd};
use serde_json::{Value, json};

impl Folder {
    /// Runs `formevent audit` in the folder, and returns its standard output, its standard error and
    /// its exit status.
    fn audit(&self, args: &[&str], input: &[u8]) -> (String, String, i32) {
        self.formevent(&[&["audit"], args].concat(), input)
    }

    /// Returns the JSON of a run that reads everything.
    fn json(&self, args: &[&str], input: &[u8]) -> Value {
        let (stdout, stderr, code) = self.audit(&[&["--json"], args].concat(), input);
        assert_eq!((&*stderr, code), ("", 0));
        serde_json::from_str(&stdout).unwrap()
    }
}

/// Bodies of every verdict. The template would also drop fields of those that are lost.
const BODIES: [&str; 6] = [
    "a=1&b=2",
    "a=1&=&b=&b=",
    r"path=C:\&x&b=&b=",
    r"path=C:\new&x",
    "x&tag=1&tag=2&tag=3&y==&=z",
    "tag=1&tag=",
];

fn lines() -> String {
    BODIES.map(|body| body.to_owned() + "\n").concat()
}

/// The JSON on [`BODIES`] from a file with this name.
fn expected(file: &str) -> Value {
    let example = |verdict: &str, line: u64, offset: u64, text: &str| json!({"verdict": verdict, "file": file, "line": line, "offset": offset, "text": text, "cut": false});
    let mut dropped = example("loses", 5, 0, BODIES[4]);
    dropped["reason"] = "no-equals".into();
    json!({
        "bodies": 6,
        "bytes": lines().len() - 6,
        "verdicts": {"fails": 1, "not-json": 1, "differs": 1, "loses": 2, "same": 1},
        "dropped": {"no-equals": 2, "many-equals": 1, "empty-key": 1},
        "keys": [{"key": "tag", "values": 3, "bodies": 2}],
        "otherValues": 0,
        "missedValues": 0,
        "examples": [
            example("fails", 2, 4, "=&b=&b="),
            example("not-json", 3, 7, r"\&x&b=&b="),
            example("differs", 4, 7, r"\new&x"),
            dropped,
            example("loses", 6, 0, "tag=1&tag="),
        ],
        "unread": 0,
        "failed": [],
    })
}

#[test]
fn every_kind_of_capture_gives_the_same_counts() {
    let folder = Folder::new("kinds");
    folder.write("lines.txt", lines());
    assert_eq!(folder.json(&["lines.txt"], b""), expected("lines.txt"));
    assert_eq!(folder.json(&["-"], lines().as_bytes()), expected("-"));
    assert_eq!(folder.json(&["-"], lines().replace('\n', "\r\n").as_bytes()), expected("-"));
    assert_eq!(folder.json(&["-"], lines().trim_end().as_bytes()), expected("-"));

    let base64 = BODIES.map(|body| STANDARD.encode(body) + " \n").concat();
    assert_eq!(folder.json(&["--base64", "-"], base64.as_bytes()), expected("-"));

    let requests = BODIES.iter().enumerate().map(|(index, body)| {
        let is_base64 = index % 2 == 1;
        let body = if is_base64 { STANDARD.encode(body) } else { (*body).to_owned() };
        let mut request = json!({"headers": {"Host": "a"}, "stage": "prod", "body": body});
        if is_base64 {
            request["isBase64Encoded"] = true.into();
        }
        format!("{request}\n")
    });
    let requests = requests.collect::<String>();
    assert_eq!(folder.json(&["--json-lines", "-"], requests.as_bytes()), expected("-"));
}

#[test]
fn compressed_files_are_recognized_whatever_their_names() {
    let folder = Folder::new("compressed");
    let lines = lines();
    // The second member or frame begins within a line.
    let (first, second) = lines.as_bytes().split_at(11);
    let gz = [gzip(first), gzip(second)].concat();
    let skippable = b"\x5A\x2A\x4D\x18\x03\0\0\0abc";
    let zst = [skippable, &*zstd(first), &*zstd(b""), skippable, &*zstd(second)].concat();
    for (name, content) in [("a.gz", &gz), ("b.zst", &zst), ("gz", &gz), ("zst", &zst)] {
        folder.write(name, content);
        assert_eq!(folder.json(&[name], b""), expected(name));
        assert_eq!(folder.json(&["-"], content), expected("-"));
    }
    // The lines before the end or the damage of a file are counted.
    let mut damaged = zst.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for bad in [&gz[..gz.len() - 1], &zst[..zst.len() - 1], &skippable[..9], &damaged] {
        folder.write("bad", bad);
        let (stdout, stderr, code) = folder.audit(&["--json", "bad", "a.gz"], b"");
        assert_eq!(code, 1);
        let json: Value = serde_json::from_str(&stdout).unwrap();
        let error = stderr.strip_prefix("formevent: cannot read bad: ").unwrap().trim_end();
        assert_eq!(json["failed"], json!([{"file": "bad", "error": error}]));
        assert!(json["bodies"].as_u64().unwrap() >= 6);
    }
}

#[test]
fn several_files_are_counted_together_and_examples_are_the_first() {
    let folder = Folder::new("several");
    // Several pieces, for several threads.
    let plain = "name=Ada&note=\n".repeat(50_000);
    folder.write("1", format!("{plain}{}{plain}", lines()));
    folder.write("2", lines());
    let json = folder.json(&["--examples", "2", "1", "2"], b"");
    assert_eq!(json["bodies"], 100_012);
    assert_eq!(json["verdicts"]["same"], 100_002);
    assert_eq!(json["keys"], json!([{"key": "tag", "values": 6, "bodies": 4}]));
    let places = json["examples"].as_array().unwrap().iter();
    let places = places.map(|it| (it["file"].as_str().unwrap(), it["line"].as_u64().unwrap()));
    let first = |line: u64| ("1", 50_000 + line);
    assert!(places.eq([
        first(2),
        ("2", 2),
        first(3),
        ("2", 3),
        first(4),
        ("2", 4),
        first(5),
        first(6)
    ]));
}

#[test]
fn keys_beyond_those_asked_for_are_summed_up() {
    let folder = Folder::new("keys");
    let body = b"a=&a=&b=&b=&b=&b=&c=&c=&c=\n";
    let json = folder.json(&["--keys", "2", "-"], body);
    let key = |key, values| json!({"key": key, "values": values, "bodies": 1});
    assert_eq!(json["keys"], json!([key("b", 3), key("c", 2)]));
    assert_eq!(json["otherValues"], 1);
}

#[test]
fn a_key_that_loses_much_is_found_after_many_that_lose_little() {
    use std::fmt::Write;

    let folder = Folder::new("heavy");
    let mut text = String::new();
    for number in 0..30_000 {
        writeln!(text, "k{number}=&k{number}=").unwrap();
    }
    text += &"heavy=&heavy=&heavy=\n".repeat(1_000);
    let json = folder.json(&["--keys", "1", "-"], text.as_bytes());
    let missed = json["missedValues"].as_u64().unwrap();
    assert!((1..=32_000 / 10_001).contains(&missed), "{missed}");
    let key = &json["keys"][0];
    assert_eq!(key["key"], "heavy");
    let values = key["values"].as_u64().unwrap();
    assert!((values..=values + missed).contains(&2_000), "{values}");
    assert_eq!(json["otherValues"], 32_000 - values);

    let (stdout, ..) = folder.audit(&["-"], text.as_bytes());
    let row = "\n  There are too many keys for exact counts: each may be up to ";
    assert!(stdout.contains(row), "{stdout}");
}

#[test]
fn lines_that_cannot_be_read_are_reported_and_the_others_counted() {
    let folder = Folder::new("unread");
    let (stdout, stderr, code) = folder.audit(&["--json", "--base64", "-"], b"YT0x\nYT0*\n\nYT0\n");
    assert_eq!(code, 1);
    assert!(
        stderr.starts_with("formevent: -:2: the body is not base64 at byte offset 3"),
        "{stderr}"
    );
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&json["bodies"], &json["unread"]), (&json!(3), &json!(1)));

    let input = b"{\"body\":null}\n{\"Body\":\"a=1\"}\n[]\nx\n{\"body\":\"a=\\u00e9\"}\n";
    let first = "formevent: -:2: the line is not a JSON object with a body: missing field `body`, at column 14\n";
    let second = "formevent: -:3: the line is not a JSON object\n";
    for (examples, messages, further) in
        [("2", [first, second].concat(), 1), ("0", first.into(), 2)]
    {
        let (stdout, stderr, code) =
            folder.audit(&["--json", "--json-lines", "--examples", examples, "-"], input);
        assert_eq!(code, 1);
        let further = format!("formevent: further lines that could not be read: {further}\n");
        assert_eq!(stderr, messages + &further);
        let json: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!((&json["bodies"], &json["unread"]), (&json!(2), &json!(3)));
    }

    // The message quotes at most 200 bytes of the line.
    let value = format!(" at line {}", "é".repeat(1000));
    let input = format!("{{\"body\":\"\",\"isBase64Encoded\":\"{value}\"}}\n");
    let (_, stderr, code) = folder.audit(&["--json-lines", "-"], input.as_bytes());
    assert_eq!(code, 1);
    let quoted = format!("invalid type: string \" at line {}…", "é".repeat(84));
    let column = input.len() - 2;
    assert_eq!(
        stderr,
        format!(
            "formevent: -:1: the line is not a JSON object with a body: {quoted}, at column \
             {column}\n"
        )
    );

    // The first is longer than a piece, the second is not.
    let long = format!("{}\na=1\na=12345678\na=1234\r\n", "x".repeat(1 << 20));
    let (stdout, stderr, code) = folder.audit(&["--json", "--max-line", "6", "-"], long.as_bytes());
    assert_eq!(code, 1);
    assert_eq!(
        stderr,
        "formevent: -:1: the line is longer than --max-line 6 allows\n\
         formevent: -:3: the line is longer than --max-line 6 allows\n"
    );
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&json["bodies"], &json["unread"]), (&json!(2), &json!(2)));
}

#[test]
fn lines_of_json_that_are_taken_as_bodies_are_noticed() {
    let folder = Folder::new("audit-like-json");
    let json = "{\"body\":\"a=1\"}\n{\"body\":\"b\"}\n";
    let hint = "formevent: these lines look like JSON objects; to read the member body of each, pass --json-lines\n";
    let run = |args: &[&str], input: &str| folder.audit(args, input.as_bytes()).1;
    assert_eq!(run(&["-"], json), hint);
    assert_eq!(run(&["--json-lines", "-"], json), "");
    assert_eq!(run(&["-"], &format!("{json}a=1\n")), "");
    assert_eq!(run(&["-"], ""), "");
}

#[test]
fn a_missing_file_is_reported_and_the_others_counted() {
    let folder = Folder::new("missing");
    folder.write("there", "a=1\n");
    let (stdout, stderr, code) = folder.audit(&["not-there", "there"], b"");
    assert_eq!(code, 1);
    assert!(stderr.starts_with("formevent: cannot read not-there: "), "{stderr}");
    assert!(stdout.starts_with("bodies read: 1 (3 bytes)\n"), "{stdout}");
}

#[test]
fn the_tables_show_no_control_character_of_a_sender() {
    let folder = Folder::new("tables");
    // JSON allows the control character U+009B, so the second request is not lost.
    let input = "a=\u{1B}[31m\n\u{9B}k=&\u{9B}k=\nx&\u{1B}[0m\n";
    let (stdout, stderr, code) = folder.audit(&["-"], input.as_bytes());
    assert_eq!((&*stderr, code), ("", 0));
    assert!(stdout.chars().all(|char| char == '\n' || !char.is_control()), "{stdout:?}");
    for text in [r#""\u{1b}[31m""#, r#""\u{9b}k""#, r#""x&\u{1b}[0m""#] {
        assert!(stdout.contains(text), "{stdout}");
    }
}

#[test]
fn a_long_example_is_cut_between_characters() {
    let folder = Folder::new("cut");
    // Byte 40 is the last of four.
    let begin = format!("x{}", "y".repeat(36));
    let body = format!("{begin}😀&z\n");
    let example = &folder.json(&["-"], body.as_bytes())["examples"][0];
    assert_eq!((&example["text"], &example["cut"]), (&json!(begin), &json!(true)));
    let (stdout, ..) = folder.audit(&["-"], body.as_bytes());
    assert!(stdout.ends_with(&format!(": \"{begin}\"…\n")), "{stdout}");

    // 40 bytes are not cut. Invalid UTF-8 is cut after 40 bytes.
    for (body, text, is_cut) in
        [(vec![b'x'; 40], "x".repeat(40), false), (vec![0x80; 41], "\u{FFFD}".repeat(40), true)]
    {
        let example = &folder.json(&["-"], &body)["examples"][0];
        assert_eq!((&example["text"], &example["cut"]), (&json!(text), &json!(is_cut)));
    }
}

#[test]
fn wrong_usage_ends_with_2_and_a_body_may_have_the_name() {
    let folder = Folder::new("usage");
    for args in
        [&[][..], &["--base64", "--json-lines", "-"], &["--examples", "x", "-"], &["--decode", "-"]]
    {
        let (stdout, stderr, code) = folder.audit(args, b"");
        assert_eq!((&*stdout, code), ("", 2));
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    let run = |args: &[&str]| {
        let output = cargo_bin_cmd!("formevent").args(args).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code())
    };
    let event = r#"{"headers":{},"querystring":{},"stage":"","sourceIp":"","userAgent":""}"#;
    assert_eq!(run(&["--", "audit"]), (format!("{event}\n"), Some(0)));
    assert_eq!(run(&["--pairs", "--", "audit"]), ("{}\n".to_owned(), Some(0)));
    assert_eq!(run(&["--pairs", "help"]), ("{}\n".to_owned(), Some(0)));
    assert_eq!(run(&["help"]), (format!("{event}\n"), Some(0)));
    assert_eq!(run(&["--pairs", "audit", "-"]), (String::new(), Some(2)));
}
