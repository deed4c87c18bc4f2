//! Tests of long bodies, which the command converts as they come unless an option can refuse them.

mod folder;
#[cfg(target_os = "linux")]
mod shell;

use folder::{Folder, gzip};

/// A body of several chunks, in which segments and characters are at the cuts.
fn long() -> Vec<u8> {
    "name=Ada+L.&b&caf%C3%A9=é%22&x==&=&".repeat(10_000).into_bytes()
}

#[test]
fn a_long_body_becomes_the_same_event_as_in_memory() {
    let folder = Folder::new("stream");
    folder.write("shape.json", r#"{"id":"$extra.id","form":["$pairs"],"n":null}"#);
    folder.write("form", gzip(&long()));
    for args in [
        &[][..],
        &["--pairs"],
        &["--pairs", "--pretty", "--color=always"],
        &["--decode", "--rules", "whatwg"],
        &["--dropped", "--header", "Host: h", "--extra", "a=b"],
        &["--shape", "data"],
        &["--shape", "shape.json", "--extra", "id=7", "--dropped"],
        &["--shape", "flat"],
        // In memory both times.
        &["--shape", "passthrough"],
        &["--duplicates", "group"],
        &["--pairs", "--repeated"],
    ] {
        let whole = folder.formevent(&[&["--max-bytes", "1G"], args].concat(), &long());
        assert_eq!(whole.2, 0, "{args:?}: {}", whole.1);
        // The text of a difference would be long.
        assert!(folder.formevent(args, &long()) == whole, "{args:?}");
        assert!(folder.formevent(&[&["-f", "form"], args].concat(), b"") == whole, "{args:?}");
    }
    // A segment has no limit.
    let segment = "a=".to_owned() + &"1".repeat(3 << 20);
    let (stdout, stderr, code) = folder.formevent(&["--pairs"], segment.as_bytes());
    assert_eq!((stdout.len(), &*stderr, code), ("{\"a\":\"\"}\n".len() + (3 << 20), "", 0));
}

#[test]
fn a_long_body_that_is_bad_prints_nothing() {
    let folder = Folder::new("stream-bad");
    let body = [&*long(), b"\xFF=1&b=2&"].concat();
    for args in [
        &["--strict-utf8"][..],
        &["--max-bytes", "300k"],
        &["--max-pairs", "20001"],
        &["--max-output", "300k"],
        &["--base64"],
    ] {
        let (stdout, stderr, code) = folder.formevent(args, &body);
        assert_eq!((&*stdout, stderr.lines().count(), code), ("", 1, 1), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use crate::shell;

    fn run(script: &str) -> (String, String, i32) {
        let output = shell::run(script);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr), output.status.code().unwrap())
    }

    const BODY: &str = "yes 'name=Ada&b&' | tr -d '\\n' | head -c 50000000";

    #[test]
    fn memory_does_not_grow_with_the_body() {
        for args in ["", "--pairs --decode"] {
            let script = format!("{BODY} | (ulimit -v 40000; formevent {args}) | tail -c 3");
            let (stdout, stderr, code) = run(&script);
            assert_eq!((&*stderr, code), ("", 0), "{args}");
            assert!(stdout.ends_with("}\n"), "{args}: {stdout}");
        }
    }

    #[test]
    fn lost_output_is_an_error_and_a_closed_pipe_is_not() {
        let full =
            "formevent: cannot write to standard output: No space left on device (os error 28)\n";
        assert_eq!(run(&format!("{BODY} | formevent >/dev/full")), (String::new(), full.into(), 1));
        let full = "formevent: cannot write to /dev/full: No space left on device (os error 28)\n";
        let script = format!("{BODY} | formevent --dropped=/dev/full >/dev/null");
        assert_eq!(run(&script), (String::new(), full.into(), 1));
        // It stops although there is more to read.
        let script = "yes 'b&' | timeout 20 formevent --dropped=/dev/full >/dev/null";
        assert_eq!(run(script), (String::new(), full.into(), 1));
        let script = format!("{{ {BODY} | formevent --pairs; echo $? >&2; }} | head -c 5");
        assert_eq!(run(&script), ("{\"nam".into(), "0\n".into(), 0));
    }
}
