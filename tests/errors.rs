//! Every error: when it comes, what it says, and that the two ways of writing agree on it.

use formevent::{Duplicates, Error, Event, Options, Part, Reason, Rules};

const MODES: [Duplicates; 4] =
    [Duplicates::Keep, Duplicates::First, Duplicates::Last, Duplicates::Group];

/// What `event` fails with, by `write_json` and by serde.
fn failure(event: &Event<'_>) -> Error {
    let mut out = b"before".to_vec();
    let error = event.write_json(&mut out).unwrap_err();
    assert_eq!(out, b"before");
    assert_eq!(event.to_json().as_ref(), Err(&error));
    #[cfg(feature = "serde")]
    assert_eq!(serde_json::to_string(event).unwrap_err().to_string(), error.to_string());
    error
}

#[test]
fn bodies_are_refused_alike_in_every_mode() {
    let strict = Options::new().strict_utf8(true);
    let utf8 = |offset| Error::InvalidUtf8 { part: Part::Body, offset };
    let cases: [(&[u8], Options, Error); 15] = [
        (b"a=1", Options::new().max_bytes(2), Error::TooManyBytes { max: 2 }),
        (b"a=1", Options::new().max_bytes(0), Error::TooManyBytes { max: 0 }),
        (b"a=1&b&c=2", Options::new().max_pairs(1), Error::TooManyPairs { max: 1, offset: 6 }),
        (b"a=1&a=2", Options::new().max_pairs(1), Error::TooManyPairs { max: 1, offset: 4 }),
        (b"a=1", Options::new().max_pairs(0), Error::TooManyPairs { max: 0, offset: 0 }),
        (b"a=1&\xFF=2", strict, utf8(4)),
        (b"a=1&b=\xFF", strict, utf8(6)),
        // As long as is allowed is not too long.
        (b"a=1&b=\xFF", strict.max_bytes(7), utf8(6)),
        (b"a=1&a=\xFF", strict, utf8(6)),
        (b"a=1&b=2\xC3", strict, utf8(7)),
        (b"a=1&\xFF&b=x\xE3\x81", strict, utf8(9)),
        (b"a=1&b=+%41%C3", strict.decode(true), utf8(10)),
        (b"a=1&%FF=%FE", strict.decode(true), utf8(4)),
        (b"a=1&\xFF", strict.rules(Rules::Whatwg), utf8(4)),
        // What stands first in the body is named.
        (b"a=\xFF&b=1", strict.max_pairs(1), utf8(2)),
    ];
    for (body, options, expected) in cases {
        for duplicates in MODES {
            let options = options.duplicates(duplicates);
            assert_eq!(options.to_json(body).as_ref(), Err(&expected), "{}", body.escape_ascii());
            assert_eq!(failure(&Event::new(body).options(options)), expected);
        }
    }
}

#[test]
fn dropped_segments_are_not_looked_at() {
    let strict = Options::new().strict_utf8(true);
    assert_eq!(strict.to_json(b"\xFF&a=1&\xFF=\xFF=").unwrap(), r#"{"a":"1"}"#);
}

#[test]
fn too_much_output_says_which_pair_was_being_written() {
    let body = b"a=111&b=2&a=333&c=4";
    for (duplicates, json, offsets) in [
        (
            Duplicates::Keep,
            r#"{"a":"111","b":"2","a":"333","c":"4"}"#,
            [(9, 0), (17, 6), (27, 10), (35, 16), (36, 19)],
        ),
        (
            Duplicates::First,
            r#"{"a":"111","b":"2","c":"4"}"#,
            [(9, 0), (10, 6), (17, 6), (25, 16), (26, 19)],
        ),
        (
            Duplicates::Last,
            r#"{"a":"333","b":"2","c":"4"}"#,
            [(9, 10), (10, 6), (17, 6), (25, 16), (26, 19)],
        ),
        (
            Duplicates::Group,
            r#"{"a":["111","333"],"b":"2","c":"4"}"#,
            [(10, 0), (16, 10), (25, 6), (33, 16), (34, 19)],
        ),
    ] {
        let options = Options::new().duplicates(duplicates);
        assert_eq!(options.max_output(json.len()).to_json(body).unwrap(), json);
        for (max, offset) in offsets {
            let error = options.max_output(max).to_json(body).unwrap_err();
            assert_eq!(error, Error::TooMuchOutput { max, offset }, "{duplicates:?}");
        }
    }
    // Headers come before the body, the other members after it.
    let event = Event::new(body).header("a", "b").stage("prod");
    let at = |max| failure(&event.clone().options(Options::new().max_output(max))).offset();
    assert_eq!(at(12), Some(0));
    assert_eq!(at(event.to_json().unwrap().len() - 1), Some(body.len()));
}

#[test]
fn strictness_names_the_part_of_the_event() {
    let bad = b"ok\xFF";
    let event = Event::new(b"a=1").options(Options::new().strict_utf8(true)).header("a", "b");
    for (event, part, words) in [
        (event.clone().header(bad, "c"), Part::HeaderName { index: 1 }, "the name of header 1"),
        (event.clone().header("c", bad), Part::HeaderValue { index: 1 }, "the value of header 1"),
        (event.clone().stage(bad), Part::Stage, "stage"),
        (event.clone().source_ip(bad), Part::SourceIp, "sourceIp"),
        (event.clone().user_agent(bad), Part::UserAgent, "userAgent"),
        (event.clone().extra(bad, "c"), Part::ExtraName { index: 0 }, "the name of extra member 0"),
        (
            event.clone().extra("c", bad),
            Part::ExtraValue { index: 0 },
            "the value of extra member 0",
        ),
    ] {
        let error = failure(&event);
        assert_eq!(error, Error::InvalidUtf8 { part, offset: 2 });
        assert!(error.to_string().starts_with(words), "{error}");
        // Without strictness the bytes are repaired, and never decoded.
        let json = event.options(Options::new().decode(true)).to_json().unwrap();
        assert!(json.contains("ok\u{FFFD}"), "{json}");
    }
}

#[test]
fn an_extra_member_needs_a_name_of_its_own() {
    for name in ["headers", "querystring", "stage", "sourceIp", "userAgent"] {
        let error = failure(&Event::new(b"").extra(name, "x"));
        assert_eq!(error, Error::MemberExists { name: name.to_owned() });
    }
    let event = Event::new(b"").extra("a", "1").extra("b", "2");
    assert!(event.clone().extra("A", "3").to_json().is_ok());
    assert_eq!(failure(&event.extra("a", "3")), Error::MemberExists { name: "a".to_owned() });
    // Names are compared as they are written.
    let error = failure(&Event::new(b"").extra(b"\xFF", "1").extra(b"\xFE", "2"));
    assert_eq!(error, Error::MemberExists { name: "\u{FFFD}".to_owned() });
}

#[test]
fn errors_say_what_where_and_what_is_allowed() {
    let texts = [
        (
            Error::TooManyBytes { max: 5 },
            "the body is too long: max_bytes allows 5, the first byte too many is at byte offset 5",
        ),
        (
            Error::TooManyPairs { max: 2, offset: 8 },
            "too many pairs: max_pairs allows 2, the first too many is at byte offset 8 of the body",
        ),
        (
            Error::TooMuchOutput { max: 9, offset: 4 },
            "the JSON is too long: max_output allows 9 bytes, passed at byte offset 4 of the body",
        ),
        (
            Error::InvalidUtf8 { part: Part::Body, offset: 3 },
            "the body is not UTF-8 at byte offset 3: strict_utf8 allows no other bytes",
        ),
        (
            Error::Dropped { offset: 1, reason: Reason::NoEquals },
            "the segment at byte offset 1 of the body is no pair: no `=`, a pair has exactly one",
        ),
        (
            Error::Dropped { offset: 1, reason: Reason::EmptyKey },
            "the segment at byte offset 1 of the body is no pair: nothing before the `=`, a pair has at least one byte there",
        ),
        (
            Error::MemberExists { name: "stage".to_owned() },
            "the event already has a member `stage`: an extra member needs a name of its own",
        ),
        (
            Error::TooMuchHeld { max: 4, offset: 7 },
            "too much has to be held back: max_held allows 4 bytes, passed by what begins at byte offset 7 of the body",
        ),
        (Error::OutOfMemory, "there is no memory for what has to be allocated"),
    ];
    for (error, text) in texts {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.offset().is_some(), text.contains("offset"));
    }
    let dropped = formevent::segments(b"a=1&b=2=3").find_map(Result::err).unwrap();
    assert_eq!(
        format!("{dropped:?}"),
        r#"Dropped { offset: 4, text: b"b=2=3", reason: ManyEquals }"#
    );
    assert_eq!(Error::from(dropped), Error::Dropped { offset: 4, reason: Reason::ManyEquals });
}

#[test]
fn an_event_shows_what_is_in_it() {
    let event = Event::new(b"a=\xFF").header("Host", "b").stage("c").extra("d", "e");
    let shown = format!("{event:?}");
    for part in [r#"body: b"a=\xff""#, r#"(b"Host", b"b")"#, r#"stage: b"c""#, r#"(b"d", b"e")"#] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn the_owned_event_takes_no_other_json() {
    use formevent::EventBuf;

    let whole = r#"{"headers":{"A":"1","A":"2"},"querystring":{"b":[],"b":["3"],"b":"4"},"stage":"s","sourceIp":"i","userAgent":"u","x":"5","":"6"}"#;
    let event: EventBuf = serde_json::from_str(whole).unwrap();
    assert_eq!(serde_json::to_string(&event).unwrap(), whole);
    assert_eq!(event, serde_json::from_reader(whole.as_bytes()).unwrap());

    let least: EventBuf = serde_json::from_str(r#"{"querystring":{}}"#).unwrap();
    assert_eq!(least, EventBuf::default());

    for (json, message) in [
        ("{}", "missing field `querystring`"),
        (r#"{"stage":"a"}"#, "missing field `querystring`"),
        (r#"{"querystring":{},"querystring":{}}"#, "duplicate field `querystring`"),
        (r#"{"querystring":{},"headers":{},"headers":{}}"#, "duplicate field `headers`"),
        (r#"{"querystring":{},"stage":"a","stage":"b"}"#, "duplicate field `stage`"),
        (r#"{"querystring":{},"sourceIp":"a","sourceIp":"b"}"#, "duplicate field `sourceIp`"),
        (r#"{"querystring":{},"userAgent":"a","userAgent":"b"}"#, "duplicate field `userAgent`"),
        (r#"{"x":"1","querystring":{},"x":"2"}"#, "the event already has a member `x`"),
        (r#"{"querystring":{},"x":1}"#, "expected a string"),
        (r#"{"querystring":{"a":1}}"#, "expected a string or an array of strings"),
        (r#"{"querystring":{"a":["b",null]}}"#, "expected a string"),
        (r#"{"querystring":[]}"#, "expected an object"),
        (r#"{"querystring":{},"headers":{"a":["b"]}}"#, "expected a string"),
        (r#"{"querystring":{},"stage":null}"#, "expected a string"),
        ("[]", "expected the event of a posted form"),
    ] {
        let error = serde_json::from_str::<EventBuf>(json).unwrap_err().to_string();
        assert!(error.contains(message), "{json}: {error}");
    }
    for name in ["stage", "x"] {
        let mut event = least.clone();
        event.extra = vec![("x".into(), "1".into()), (name.into(), "2".into())];
        let error = serde_json::to_string(&event).unwrap_err().to_string();
        assert!(error.contains(&format!("already has a member `{name}`")), "{error}");
    }
}

#[test]
fn an_event_at_every_limit() {
    let event = Event::new(b"a=1&b=2").header("Host", "api.example.com").stage("prod");
    let json = event.to_json().unwrap();
    for max in 0..json.len() {
        let limited = event.clone().options(Options::new().max_output(max));
        let mut out = b"before".to_vec();
        let written = limited.write_json(&mut out);
        assert!(matches!(written, Err(Error::TooMuchOutput { max: of, .. }) if of == max));
        assert_eq!(out, b"before");
    }
    let limited = event.options(Options::new().max_output(json.len()));
    assert_eq!(limited.to_json().unwrap(), json);
}
