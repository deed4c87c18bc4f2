//! Every error: its cause and its message. All methods that write must return the same one.

use formevent::{Duplicates, Error, Event, Input, Options, Rules, Utf8};

/// The error of `event`, by each of its methods and by serde.
fn failure(event: &Event<'_>) -> Error {
    let mut out = b"before".to_vec();
    let error = event.append_to_vec(&mut out).unwrap_err();
    assert_eq!(out, b"before");
    assert_eq!(event.to_string().as_ref(), Err(&error));
    #[cfg(feature = "serde")]
    assert_eq!(serde_json::to_string(event).unwrap_err().to_string(), error.to_string());
    error
}

#[test]
fn bodies_are_refused_alike_in_every_mode() {
    let strict = Options::new().utf8(Utf8::Strict);
    let utf8 = |offset| Error::InvalidUtf8 { input: Input::Body, offset };
    let cases: [(&[u8], Options, Error); 15] = [
        (b"a=1", Options::new().max_bytes(2), Error::TooManyBytes { max: 2 }),
        (b"a=1", Options::new().max_bytes(0), Error::TooManyBytes { max: 0 }),
        (b"a=1&b&c=2", Options::new().max_pairs(1), Error::TooManyPairs { max: 1, offset: 6 }),
        (b"a=1&a=2", Options::new().max_pairs(1), Error::TooManyPairs { max: 1, offset: 4 }),
        (b"a=1", Options::new().max_pairs(0), Error::TooManyPairs { max: 0, offset: 0 }),
        (b"a=1&\xFF=2", strict, utf8(4)),
        (b"a=1&b=\xFF", strict, utf8(6)),
        // A body of exactly the limit is not too long.
        (b"a=1&b=\xFF", strict.max_bytes(7), utf8(6)),
        (b"a=1&a=\xFF", strict, utf8(6)),
        (b"a=1&b=2\xC3", strict, utf8(7)),
        (b"a=1&\xFF&b=x\xE3\x81", strict, utf8(9)),
        (b"a=1&b=+%41%C3", strict.decode(true), utf8(10)),
        (b"a=1&%FF=%FE", strict.decode(true), utf8(4)),
        (b"a=1&\xFF", strict.rules(Rules::Whatwg), utf8(4)),
        // The first error in the body wins.
        (b"a=\xFF&b=1", strict.max_pairs(1), utf8(2)),
    ];
    for (body, options, expected) in cases {
        for &duplicates in Duplicates::ALL {
            let options = options.duplicates(duplicates);
            assert_eq!(options.to_string(body).as_ref(), Err(&expected), "{}", body.escape_ascii());
            assert_eq!(failure(&Event::new(body).options(options)), expected);
            assert_eq!(options.repeated_keys(body).as_ref(), Err(&expected));
        }
    }
}

#[test]
fn dropped_segments_are_not_checked() {
    let strict = Options::new().utf8(Utf8::Strict);
    assert_eq!(strict.to_string(b"\xFF&a=1&\xFF=\xFF=").unwrap(), r#"{"a":"1"}"#);
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
        (
            Duplicates::Arrays,
            r#"{"a":["111","333"],"b":["2"],"c":["4"]}"#,
            [(10, 0), (16, 10), (25, 6), (36, 16), (38, 19)],
        ),
    ] {
        let options = Options::new().duplicates(duplicates);
        assert_eq!(options.max_output(json.len()).to_string(body).unwrap(), json);
        for (max, offset) in offsets {
            let error = options.max_output(max).to_string(body).unwrap_err();
            assert_eq!(error, Error::TooMuchOutput { max, offset }, "{duplicates:?}");
        }
    }
    // Headers come before the body, the other members after it.
    let event = Event::new(body).header("a", "b").stage("prod");
    let json = event.to_string().unwrap();
    let at = |max| failure(&event.clone().options(Options::new().max_output(max))).offset();
    for max in 0..json.find(r#""a":"111""#).unwrap() + 9 {
        assert_eq!(at(max), Some(0), "{max}");
    }
    for max in json.find(r#""stage""#).unwrap() - 2..json.len() {
        assert_eq!(at(max), Some(body.len()), "{max}");
    }
}

#[test]
fn strictness_names_the_input() {
    let bad = b"ok\xFF";
    let event = Event::new(b"a=1").options(Options::new().utf8(Utf8::Strict)).header("a", "b");
    for (event, input, words) in [
        (
            event.clone().header(bad, "c"),
            Input::HeaderName { index: 1 },
            "name of header 1 (from 0) is not UTF-8",
        ),
        (
            event.clone().header("c", bad),
            Input::HeaderValue { index: 1 },
            "value of header 1 (from 0)",
        ),
        (event.clone().stage(bad), Input::Stage, "stage"),
        (event.clone().source_ip(bad), Input::SourceIp, "sourceIp"),
        (event.clone().user_agent(bad), Input::UserAgent, "userAgent"),
        (
            event.clone().extra(bad, "c"),
            Input::ExtraName { index: 0 },
            "name of extra member 0 (from 0)",
        ),
        (
            event.clone().extra("c", bad),
            Input::ExtraValue { index: 0 },
            "value of extra member 0 (from 0)",
        ),
    ] {
        let error = failure(&event);
        assert_eq!(error, Error::InvalidUtf8 { input, offset: 2 });
        assert!(error.to_string().starts_with(words), "{error}");
        // By default the bytes are replaced, and never percent-decoded.
        let json = event.options(Options::new().decode(true)).to_string().unwrap();
        assert!(json.contains("ok\u{FFFD}"), "{json}");
    }
}

#[test]
fn extra_members_need_unique_names() {
    for name in ["headers", "querystring", "stage", "sourceIp", "userAgent"] {
        let error = failure(&Event::new(b"").extra(name, "x"));
        assert_eq!(error, Error::MemberExists { name: name.to_owned() });
    }
    let event = Event::new(b"").extra("a", "1").extra("b", "2");
    assert!(event.clone().extra("A", "3").to_string().is_ok());
    assert_eq!(failure(&event.extra("a", "3")), Error::MemberExists { name: "a".to_owned() });
    // Names are compared as they are written.
    let error = failure(&Event::new(b"").extra(b"\xFF", "1").extra(b"\xFE", "2"));
    assert_eq!(error, Error::MemberExists { name: "\u{FFFD}".to_owned() });
    // If several are taken, the error names the first.
    let event = Event::new("").extra("b", "1").extra("a", "2").extra("b", "3").extra("a", "4");
    assert_eq!(failure(&event), Error::MemberExists { name: "b".to_owned() });
}

#[test]
fn many_extra_members_are_sorted_not_compared_pairwise() {
    // Comparing each name with all before it takes 5 billion comparisons here.
    let names: Vec<String> = (0..100_000).map(|name| name.to_string()).collect();
    let mut event = Event::new("");
    for name in &names {
        event = event.extra(name, "");
    }
    assert!(event.to_string().unwrap().ends_with(r#","99999":""}"#));
    assert_eq!(failure(&event.extra("50000", "")), Error::MemberExists { name: "50000".into() });
    // These names are equal once invalid UTF-8 is replaced.
    let mut event = Event::new("");
    for name in &names {
        event = event.extra(name, "").extra(b"\xFF", "");
    }
    assert_eq!(failure(&event), Error::MemberExists { name: "\u{FFFD}".into() });
}

#[test]
fn messages_name_the_cause_the_place_and_the_limit() {
    let messages = [
        (Error::TooManyBytes { max: 5 }, "body exceeds max_bytes at byte offset 5 (5 bytes)"),
        (Error::TooManyPairs { max: 2, offset: 8 }, "pair at byte offset 8 exceeds max_pairs (2)"),
        (
            Error::TooMuchOutput { max: 9, offset: 4 },
            "JSON exceeds max_output (9 bytes) at byte offset 4 of the body",
        ),
        (
            Error::InvalidUtf8 { input: Input::Body, offset: 3 },
            "body is not UTF-8 at byte offset 3, and utf8 is strict",
        ),
        (
            Error::MemberExists { name: "a\nb".to_owned() },
            "extra member `a\\nb` has the name of another member; names must be unique",
        ),
        (
            Error::TooMuchHeld { max: 4, offset: 7 },
            "segment at byte offset 7 exceeds max_held (4 bytes)",
        ),
        (Error::OutOfMemory, "out of memory"),
    ];
    for (error, message) in messages {
        assert_eq!(error.to_string(), message);
        assert_eq!(error.offset().is_some(), message.contains("offset"));
    }
}

#[test]
fn a_dropped_segment_is_safe_to_log() {
    let dropped = |body| formevent::segments(body).find_map(Result::err).unwrap();
    assert_eq!(
        format!("{:?}", dropped(&b"a=1&b=2=3"[..])),
        r#"Dropped { offset: 4, text: b"b=2=3", reason: ManyEquals }"#
    );
    let pair = formevent::pairs(b"a=\xFF").next();
    assert_eq!(format!("{pair:?}"), r#"Some(Pair { key: b"a", value: b"\xff", offset: 0 })"#);
    for (body, message) in [
        (&b"a=1&b=2=3"[..], "`b=2=3` at byte offset 4 is not a pair: it has more than one `=`"),
        (b"=1", "`=1` at byte offset 0 is not a pair: it has nothing before the `=`"),
        (
            b"a\n\x1B[31mERROR forged",
            r"`a\n\u{1b}[31mERROR forged` at byte offset 0 is not a pair: it has no `=`",
        ),
        (
            "caf\u{E9}\u{202E}".as_bytes(),
            "`caf\u{E9}\\u{202e}` at byte offset 0 is not a pair: it has no `=`",
        ),
        (b"\xFFx\xC3", r"`\xffx\xc3` at byte offset 0 is not a pair: it has no `=`"),
    ] {
        assert_eq!(dropped(body).to_string(), message);
    }
    let long = dropped(&[b'x'; 1_000][..]).to_string();
    assert!(long.starts_with(&format!("`{}…` at byte", "x".repeat(40))), "{long}");
    assert!(dropped(&[b'x'; 40][..]).to_string().contains("x` at"));
}

#[cfg(feature = "std")]
#[test]
fn a_writer_gets_all_or_nothing() {
    let mut json = Vec::new();
    let error = Options::new().max_pairs(1).to_writer(&mut json, "a=1&b=2").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    let inner = error.get_ref().unwrap().downcast_ref::<Error>();
    assert_eq!(inner, Some(&Error::TooManyPairs { max: 1, offset: 4 }));
    assert!(Event::new("a=1").extra("stage", "").to_writer(&mut json).is_err());
    assert_eq!(json, b"");
    assert!(Options::new().to_writer(&mut [0; 3][..], "a=1").is_err());
}

#[test]
fn debug_shows_the_event() {
    let event = Event::new(b"a=\xFF").header("Host", "b").stage("c").extra("d", "e");
    let shown = format!("{event:?}");
    for shows in [r#"body: b"a=\xff""#, r#"(b"Host", b"b")"#, r#"stage: b"c""#, r#"(b"d", b"e")"#] {
        assert!(shown.contains(shows), "{shown}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn the_received_event_takes_no_other_json() {
    use formevent::ReceivedEvent;

    let whole = r#"{"headers":{"A":"1","A":"2"},"querystring":{"b":[],"b":["3"],"b":"4"},"stage":"s","sourceIp":"i","userAgent":"u","x":"5","":"6"}"#;
    let event: ReceivedEvent = serde_json::from_str(whole).unwrap();
    assert_eq!(serde_json::to_string(&event).unwrap(), whole);
    assert_eq!(event, serde_json::from_reader(whole.as_bytes()).unwrap());

    let least: ReceivedEvent = serde_json::from_str(r#"{"querystring":{}}"#).unwrap();
    assert_eq!(least, ReceivedEvent::default());

    for (json, message) in [
        ("{}", "missing field `querystring`"),
        (r#"{"stage":"a"}"#, "missing field `querystring`"),
        (r#"{"querystring":{},"querystring":{}}"#, "duplicate field `querystring`"),
        (r#"{"querystring":{},"headers":{},"headers":{}}"#, "duplicate field `headers`"),
        (r#"{"querystring":{},"stage":"a","stage":"b"}"#, "duplicate field `stage`"),
        (r#"{"querystring":{},"sourceIp":"a","sourceIp":"b"}"#, "duplicate field `sourceIp`"),
        (r#"{"querystring":{},"userAgent":"a","userAgent":"b"}"#, "duplicate field `userAgent`"),
        (
            r#"{"x":"1","querystring":{},"x":"2"}"#,
            "extra member `x` has the name of another member",
        ),
        (r#"{"querystring":{},"x":1}"#, "expected a string"),
        (r#"{"querystring":{"a":1}}"#, "expected a string or an array of strings"),
        (r#"{"querystring":{"a":["b",null]}}"#, "expected a string"),
        (r#"{"querystring":[]}"#, "expected an object"),
        (r#"{"querystring":{},"headers":{"a":["b"]}}"#, "expected a string"),
        (r#"{"querystring":{},"stage":null}"#, "expected a string"),
        ("[]", "expected the event of a posted form"),
    ] {
        let error = serde_json::from_str::<ReceivedEvent>(json).unwrap_err().to_string();
        assert!(error.contains(message), "{json}: {error}");
    }
    for name in ["stage", "x"] {
        let mut event = least.clone();
        event.extra = vec![("x".into(), "1".into()), (name.into(), "2".into())];
        let error = serde_json::to_string(&event).unwrap_err().to_string();
        assert!(error.contains(&format!("extra member `{name}` has")), "{error}");
    }
}

#[test]
fn an_event_at_every_limit() {
    let event = Event::new(b"a=1&b=2").header("Host", "api.example.com").stage("prod");
    let json = event.to_string().unwrap();
    for max in 0..json.len() {
        let limited = event.clone().options(Options::new().max_output(max));
        let mut out = b"before".to_vec();
        let written = limited.append_to_vec(&mut out);
        assert!(matches!(written, Err(Error::TooMuchOutput { max: of, .. }) if of == max));
        assert_eq!(out, b"before");
    }
    let limited = event.options(Options::new().max_output(json.len()));
    assert_eq!(limited.to_string().unwrap(), json);
}
