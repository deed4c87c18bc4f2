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
