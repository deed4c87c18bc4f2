//! Attacks and bugs that caught other parsers of forms, each with its advisory if it has one.

mod oracle;

use formevent::{Duplicates, Error, Options, Rules};
use oracle::Case;

/// Compares the JSON of `body` with the oracle, with all options.
fn check(body: &[u8]) {
    for case in Case::all() {
        let json = case.options().to_string(body).unwrap();
        assert_eq!(json, oracle::json(body, case), "{case:?}: {}", body.escape_ascii());
    }
}

/// CVE-2021-23336 (Python) and CVE-2025-59830 (Rack): a proxy and the server behind it split a body
/// differently, and a limit counted other separators than the parser.
#[test]
fn a_semicolon_separates_nothing() {
    let body = b"a=1;b=2&c=3;d";
    assert_eq!(formevent::to_string(body), r#"{"c":"3;d"}"#);
    let whatwg = Options::new().rules(Rules::Whatwg);
    assert_eq!(whatwg.to_string(body).unwrap(), r#"{"a":"1;b=2","c":"3;d"}"#);
    assert_eq!(whatwg.max_pairs(1).to_string(body), Err(Error::TooManyPairs { max: 1, offset: 8 }));
    check(body);
}

/// PHP's `max_input_vars` and API Gateway's 1,000 rounds of `#foreach` leave out all further fields.
#[test]
fn a_limit_is_an_error_not_a_shorter_form() {
    let body = b"a=1&".repeat(1_001);
    let mut out = Vec::new();
    let written = Options::new().max_pairs(1_000).append_to_vec(&body, &mut out);
    assert_eq!(written, Err(Error::TooManyPairs { max: 1_000, offset: 4_000 }));
    assert_eq!(out, b"");
    let whole = Options::new().max_pairs(1_001).to_string(&body).unwrap();
    assert_eq!(whole.matches(r#""a":"1""#).count(), 1_001);
}

/// CVE-2011-4885 (PHP), CVE-2012-1150 (Python) and others of oCERT-2011-003: keys that collide in the
/// hash of a table. This test checks the result; `cargo xtask growth` measures the time.
#[test]
fn colliding_keys_stay_apart() {
    // All have the same `String.hashCode` in Java.
    let keys: Vec<String> = (0..4_096_u32)
        .map(|number| (0..12).map(|bit| if number >> bit & 1 == 0 { "Aa" } else { "BB" }).collect())
        .collect();
    // These collide in FNV-1a, the crate's own hash.
    let collisions = std::fs::read_to_string("tests/vectors/fnv-1a-collisions.txt").unwrap();
    for keys in
        [keys, collisions.lines().flat_map(|line| line.split('\t')).map(str::to_owned).collect()]
    {
        assert!(keys.len() > 1);
        let segments: Vec<String> =
            keys.iter().chain(&keys).map(|key| format!("{key}=1")).collect();
        let members = keys.iter().map(|key| (key.clone(), r#"["1","1"]"#.to_owned()));
        let options = Options::new().duplicates(Duplicates::Group);
        let json = options.to_string(segments.join("&").as_bytes()).unwrap();
        assert_eq!(json, oracle::object(members));
    }
}

/// CVE-2022-24999 (qs): keys that reach the prototype of an object. `tests/npm` tests them in
/// JavaScript.
#[test]
fn keys_that_name_prototypes_are_ordinary() {
    let body = b"__proto__=1&constructor=2&a[__proto__]=3&a[__proto__][b]=4&toString=5";
    assert_eq!(
        formevent::to_string(body),
        r#"{"__proto__":"1","constructor":"2","a[__proto__]":"3","a[__proto__][b]":"4","toString":"5"}"#
    );
    check(body);
}

/// CVE-2025-46727 (Rack): parameters by the million.
#[test]
fn millions_of_parameters() {
    let body = b"a=1&".repeat(2_000_000);
    let most = Options::new().max_pairs(1_000);
    assert_eq!(most.to_string(&body), Err(Error::TooManyPairs { max: 1_000, offset: 4_000 }));
    assert_eq!(formevent::to_string(&body).len(), 2_000_000 * "'a':'1',".len() + 1);
    for duplicates in [Duplicates::First, Duplicates::Last] {
        let options = Options::new().duplicates(duplicates);
        assert_eq!(options.to_string(&body).unwrap(), r#"{"a":"1"}"#);
    }
}

/// CVE-2014-10064 (qs): brackets that nest an object as deep as the sender likes.
#[test]
fn brackets_are_text() {
    let deep = "[".repeat(1_000_000);
    assert_eq!(
        formevent::to_string(format!("a{deep}=1").as_bytes()),
        format!(r#"{{"a{deep}":"1"}}"#)
    );
    check(b"a[]=1&a[]=2&a[b][c]=3&[=4&]=5&a[=6");
}

/// A C string ends at a NUL, so a parser may ignore the text after it.
#[test]
fn a_nul_is_a_character() {
    assert_eq!(
        formevent::to_string(b"a\0b=c\0d&\0=\0"),
        r#"{"a\u0000b":"c\u0000d","\u0000":"\u0000"}"#
    );
    let decoded = Options::new().decode(true).to_string(b"a%00b=c%00").unwrap();
    assert_eq!(decoded, r#"{"a\u0000b":"c\u0000"}"#);
    check(b"a\0b=%00&\0&%00=\0");
}

/// CVE-2000-0884 (IIS): code that decoded `%c0%af` late took it for a slash. Such bytes are not a
/// character, at any offset of a block, whole or truncated.
#[test]
fn overlong_and_truncated_utf8_at_every_offset() {
    let bad: [&[u8]; 14] = [
        b"\xC0\xAF",
        b"\xC1\xBF",
        b"\xE0\x80\xAF",
        b"\xE0\x9F\xBF",
        b"\xF0\x80\x80\xAF",
        b"\xF0\x8F\xBF\xBF",
        b"\xF8\x88\x80\x80\x80",
        b"\xED\xA0\x80",
        b"\xED\xBF\xBF",
        b"\xF4\x90\x80\x80",
        b"\xC3",
        b"\xE3\x81",
        b"\xF0\x9F\x98",
        b"\x80",
    ];
    for bytes in bad {
        let escaped = percent_encoding::percent_encode(bytes, percent_encoding::NON_ALPHANUMERIC);
        for offset in 0..100 {
            for after in ["", "&b=c", "\"", "x"] {
                let before = format!("a={}", "x".repeat(offset));
                check(&[before.as_bytes(), bytes, after.as_bytes()].concat());
                check(format!("{before}{escaped}{after}").as_bytes());
            }
        }
    }
}

/// Decoders that look two bytes ahead may read past the end.
#[test]
fn a_percent_sign_at_the_very_end() {
    for length in 0..200 {
        for end in ["%", "%4", "%%", "%4%", "+%", "%C3%"] {
            check(format!("a={}{end}", "x".repeat(length)).as_bytes());
            check(format!("{}{end}=1&b=2", "x".repeat(length)).as_bytes());
        }
    }
}

/// Forms with files.
#[cfg(feature = "multipart")]
mod multipart {
    use formevent::multipart::{Error, Limits, Multipart, Part};

    const PART: &str = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n";

    fn read(body: &str, limits: Limits) -> Result<Vec<Part<'_>>, Error> {
        Multipart::new(body, "x")?.limits(limits).collect()
    }

    /// CVE-2023-24998 (Apache Commons), CVE-2023-25577 (Werkzeug), CVE-2023-27530 (Rack): no limit on the parts.
    /// CVE-2024-47874 (Starlette): none on the length of a text.
    #[test]
    fn parts_and_texts_have_limits() {
        let body = format!("{}--x--", format!("{PART}\r\n").repeat(100_000));
        assert_eq!(read(&body, Limits::new()).unwrap().len(), 100_000);
        let error = read(&body, Limits::new().max_parts(1_000)).unwrap_err();
        assert_eq!(error, Error::TooManyParts { max: 1_000, offset: 49_005 });
        let body = format!("{PART}{}\r\n--x--", "1".repeat(1_000_000));
        let error = read(&body, Limits::new().max_text_bytes(999_999)).unwrap_err();
        assert_eq!(error, Error::TooManyTextBytes { max: 999_999, offset: 5 });
    }

    /// CVE-2023-46136 (Werkzeug): a CR or LF, then megabytes of anything else, took quadratic time; and so do
    /// beginnings of a boundary without its end. Here it would not come to an end.
    #[test]
    fn megabytes_of_what_may_begin_a_boundary() {
        let boundary = "-".repeat(70);
        for unit in ["\r", "\n", "\r\n", "-", "\r\n-", &format!("\n{}", "-".repeat(71))] {
            let content = format!("a{}", unit.repeat(8_000_000 / unit.len()));
            let start = PART.replacen("--x", &format!("--{boundary}"), 1);
            let body = format!("{start}{content}a\r\n--{boundary}--");
            let parts: Vec<_> =
                Multipart::new(&body, &boundary).unwrap().map(Result::unwrap).collect();
            assert_eq!((parts.len(), parts[0].body.len()), (1, content.len() + 1), "{unit:?}");
            // As a header, without its end.
            let body = format!("{start}{content}");
            assert!(Multipart::new(&body, &boundary).unwrap().next().unwrap().is_err());
        }
    }

    /// CVE-2014-0050 (Apache Commons): a boundary that is longer than the buffer never ends. CVE-2016-3092: one
    /// that is nearly as long as it is slow.
    #[test]
    fn long_boundaries() {
        assert_eq!(
            Multipart::new("", &"x".repeat(4_092)).unwrap_err(),
            Error::BoundaryLength { len: 4_092 }
        );
        let content_type = format!("multipart/form-data; boundary={}", "x".repeat(71));
        let error = formevent::multipart::boundary(&content_type).unwrap_err();
        assert_eq!(error, Error::BoundaryLength { len: 71 });
    }

    /// CVE-2022-24434 (dicer): a header without a name crashed the server. CVE-2022-44572 (Rack), CVE-2024-24762
    /// (python-multipart): headers and content types that take a regular expression forever.
    #[test]
    fn malformed_headers() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n  : b\r\n\r\n\r\n--x--";
        assert!(matches!(read(body, Limits::new()), Err(Error::Header { offset: 47, .. })));
        for unit in [" ", ";", "\"", "\\", "=", "a=", ";a=\"", " ;", "a "] {
            let value = unit.repeat(2_000_000 / unit.len());
            let body = format!("--x\r\nContent-Disposition: form-data; {value}\r\n\r\n\r\n--x--");
            assert!(read(&body, Limits::new()).is_err(), "{unit}");
            let content_type = format!("multipart/form-data; {value}");
            assert!(formevent::multipart::boundary(&content_type).is_err(), "{unit}");
        }
    }

    /// CVE-2024-53981 (python-multipart): a log entry for each line end before the first boundary and after the last.
    #[test]
    fn line_ends_around() {
        let ends = "\r\n".repeat(2_000_000);
        let body = format!("{ends}{PART}1\r\n--x--{ends}");
        assert_eq!(read(&body, Limits::new()).unwrap()[0].offset, 4_000_005);
    }

    /// Uploads that overwrite other files: the name of a file is the sender's, and may be a path. RFC 7578, section
    /// 4.2, warns of it.
    #[test]
    fn names_of_files_are_not_cleaned() {
        let body = PART.replace("=a", "=a; filename=\"../../etc/passwd\"") + "\r\n--x--";
        assert_eq!(
            read(&body, Limits::new()).unwrap()[0].file_name,
            Some(&b"../../etc/passwd"[..])
        );
    }
}
