//! Tests of where a body comes from: the argument, a file or standard input.

mod folder;

use folder::{Folder, gzip, zstd};

#[test]
fn a_body_comes_from_a_file_compressed_or_not() {
    let folder = Folder::new("input");
    let body = b"a=1&b=2\n";
    folder.write("form.txt", body);
    folder.write("form.gz", gzip(body));
    folder.write("form", zstd(body));
    let json = "{\"a\":\"1\",\"b\":\"2\\n\"}\n";
    for name in ["form.txt", "form.gz", "form"] {
        let at = format!("@{name}");
        for args in [&[&*at][..], &["-f", name], &["--file", name], &["--", &at]] {
            let ran = folder.formevent(&[&["--pairs"], args].concat(), b"c=3");
            assert_eq!(ran, (json.to_owned(), String::new(), 0), "{args:?}");
        }
        for args in [&[&*at][..], &["-f", name]] {
            let ran = folder.formevent(&[&["--pairs", "--lines"], args].concat(), b"c=3");
            assert_eq!(ran, ("{\"a\":\"1\",\"b\":\"2\"}\n".to_owned(), String::new(), 0));
        }
    }
    for args in [["--pairs", "-f", "-"], ["--pairs", "--", "@-"]] {
        assert_eq!(folder.formevent(&args, &gzip(body)), (json.to_owned(), String::new(), 0));
    }
    // Standard input is taken byte for byte.
    let (stdout, _, _) = folder.formevent(&["--pairs", "-"], b"\x1F\x8B=1");
    assert_eq!(stdout, "{\"\\u001f\u{FFFD}\":\"1\"}\n");
    // The limit is on the body, not on the file.
    let (_, stderr, code) = folder.formevent(&["--max-bytes", "7", "@form"], b"");
    assert_eq!((&*stderr, code), ("formevent: the body is longer than --max-bytes 7 allows\n", 1));
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let folder = Folder::new("input-bad");
    let body = b"a=1&b=2".repeat(1000);
    folder.write("cut.gz", &gzip(&body)[..30]);
    for (args, message) in [
        (&["-f", "none"][..], "cannot read none: "),
        (&["-f", "cut.gz"], "cannot read cut.gz: "),
        (&["--lines", "-f", "cut.gz"], "cannot read cut.gz: "),
        (&["--lines", "@none"], "cannot read none: "),
    ] {
        let (stdout, stderr, code) = folder.formevent(args, b"");
        assert_eq!((&*stdout, code), ("", 1), "{args:?}");
        assert!(stderr.starts_with(&format!("formevent: {message}")), "{stderr}");
        assert_eq!(stderr.contains("--raw"), args.contains(&"@none"), "{stderr}");
    }
    let (_, stderr, code) = folder.formevent(&["@none"], b"");
    assert!(stderr.ends_with("; to convert '@none' itself, add --raw\n"), "{stderr}");
    assert_eq!(code, 1);
    for args in [&["-f", "cut.gz", "a=1"][..], &["--raw"], &["--raw", "-f", "cut.gz"]] {
        assert_eq!(folder.formevent(args, b"").2, 2, "{args:?}");
    }
    let (_, stderr, code) = folder.formevent(&["--lines", "a=1"], b"");
    assert!(stderr.starts_with("error: --lines reads bodies from standard input or a file, not "));
    assert_eq!(code, 2);
}

#[test]
fn raw_takes_the_argument_itself() {
    let folder = Folder::new("input-raw");
    for (body, json) in [("@=1", "{\"@\":\"1\"}\n"), ("-", "{\"-\":\"\"}\n")] {
        let ran = folder.formevent(&["--pairs", "--rules=whatwg", "--raw", body], b"c=3");
        assert_eq!(ran, (json.to_owned(), String::new(), 0));
    }
}

#[test]
fn a_body_in_which_nothing_is_a_pair_may_be_the_name_of_a_file() {
    let folder = Folder::new("input-hint");
    folder.write("form.txt", "a=1");
    let run = |args: &[&str]| {
        let (_, stderr, code) = folder.formevent(args, b"b");
        assert_eq!(code, 0);
        stderr
    };
    let file = "formevent: 'form.txt' was taken as the body; to read the file, pass '@form.txt' or \
                --file 'form.txt'\n";
    assert_eq!(run(&["form.txt"]), file);
    assert_eq!(run(&["--shape", "data", "form.txt"]), file);
    let pair = "formevent: nothing in the body is a pair, name=value; to read a file, pass @FILE or \
                --file FILE\n";
    assert_eq!(run(&["none.txt"]), pair);
    assert_eq!(run(&["a=b=c&"]), pair);
    assert_eq!(run(&["--base64", "Yj09"]), pair);
    for args in [&["a=1&b"][..], &[""], &["--rules", "whatwg", "b"], &["@form.txt"]] {
        assert_eq!(run(args), "", "{args:?}");
    }
    // The name of a file can be a body, too.
    folder.write("a=1", "");
    assert_eq!(run(&["a=1"]), "");
    assert_eq!(run(&["--dropped=dropped", "b"]), pair);
    // Reports tell the same.
    assert_eq!(run(&["--dropped", "b"]).lines().count(), 1);
    assert_eq!(run(&["--repeated", "form.txt"]), "");
}

#[test]
fn the_lines_of_an_input_in_which_nothing_is_a_pair_may_be_bodies() {
    let folder = Folder::new("input-lines");
    let none = "formevent: nothing in the body is a pair, name=value";
    let lines = "; to convert each line as a body, pass --lines";
    for (input, hint) in [
        ("b", format!("{none}\n")),
        ("a=1\nb=2\n", format!("{none}{lines}\n")),
        ("a=1&b\n", String::new()),
        ("", String::new()),
    ] {
        folder.write("input", input);
        // The second is not converted as it comes.
        for args in [&["-"][..], &["--max-bytes=9", "-"], &["@input"]] {
            let (_, stderr, code) = folder.formevent(args, input.as_bytes());
            assert_eq!((stderr, code), (hint.clone(), 0), "{args:?}, {input:?}");
        }
        let (_, stderr, _) = folder.formevent(&["--dropped=dropped", "-"], input.as_bytes());
        assert_eq!(stderr, hint, "{input:?}");
    }
}

#[test]
fn a_second_body_is_an_error() {
    let (stdout, stderr, code) = Folder::new("input-second").formevent(&["a=1", "b=2"], b"");
    assert_eq!((&*stdout, code), ("", 2));
    assert!(stderr.starts_with("error: there is one body, but 'b=2' comes after it; quote a body"));
}
