//! Shapes: the parser beside `serde_json`, the presets, every hole, and every error.

#[path = "oracle/event.rs"]
mod event;
mod oracle;

use std::fs;

use formevent::{Error, Event, Input, Options, Preset, Shape, ShapeErrorKind, Utf8};
use proptest::prelude::*;
use serde_json::{Value, json};

fn shape(json: &str) -> Shape {
    json.parse().unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn written(json: &str, event: &Event<'_>) -> String {
    event.clone().shape(&shape(json)).to_string().unwrap()
}

fn event(body: &[u8]) -> Event<'_> {
    Event::new(body)
        .header("Host", "api.example.com")
        .header("Accept", "a")
        .header("host", "\"")
        .stage("prod")
        .source_ip("192.0.2.1")
        .user_agent("curl/8.5.0")
        .method("POST")
        .path("/contact")
        .query_string("to=a&to=b+c&from")
        .request_id("42")
        .time_epoch(1_583_348_638_390)
}

#[test]
fn every_hole() {
    let event = event(b"a=1&b&c=%41\n").extra("x.y", "z");
    for (hole, expected) in [
        ("$pairs", r#"{"a":"1","c":"%41\n"}"#),
        ("$body", r#""a=1&b&c=%41\n""#),
        ("$bodyBase64", r#""YT0xJmImYz0lNDEK""#),
        ("$isBase64Encoded", "false"),
        ("$headers", r#"{"Host":"api.example.com","Accept":"a","host":"\""}"#),
        ("$multiValueHeaders", r#"{"Host":["api.example.com","\""],"Accept":["a"]}"#),
        ("$combinedHeaders", r#"{"host":"api.example.com,\"","accept":"a"}"#),
        ("$stage", r#""prod""#),
        ("$sourceIp", r#""192.0.2.1""#),
        ("$userAgent", r#""curl/8.5.0""#),
        ("$method", r#""POST""#),
        ("$path", r#""/contact""#),
        ("$queryString", r#""to=a&to=b+c&from""#),
        ("$queryStringParameters", r#"{"to":"b c","from":""}"#),
        ("$multiValueQueryStringParameters", r#"{"to":["a","b c"],"from":[""]}"#),
        ("$combinedQueryStringParameters", r#"{"to":"a,b c","from":""}"#),
        ("$requestId", r#""42""#),
        ("$time", r#""2020-03-04T19:03:58.390Z""#),
        ("$timeEpoch", "1583348638390"),
        ("$dropped", r#"[{"offset":4,"text":"b","reason":"no-equals"}]"#),
        ("$extra.x.y", r#""z""#),
        ("$$pairs", r#""$pairs""#),
        ("$$$", r#""$$""#),
    ] {
        let written = written(&format!(r#"[ "{hole}", "$extra.x.y"]"#), &event);
        assert_eq!(written, format!(r#"[{expected},"z"]"#), "{hole}");
    }
    let both = r#"["$isBase64Encoded","$bodyBase64"]"#;
    assert_eq!(written(both, &Event::new("")), r#"[true,""]"#);
    let both = r#"["$isBase64Encoded","$bodyBase64","$body"]"#;
    assert_eq!(written(both, &Event::new("a")), r#"[false,"YQ==","a"]"#);
}

#[test]
fn an_event_without_anything() {
    for (hole, expected) in [
        ("$pairs", "{}"),
        ("$headers", "{}"),
        ("$multiValueHeaders", "{}"),
        ("$combinedHeaders", "{}"),
        ("$queryStringParameters", "{}"),
        ("$combinedQueryStringParameters", "{}"),
        ("$multiValueQueryStringParameters", "{}"),
        ("$dropped", "[]"),
        ("$stage", r#""""#),
        ("$timeEpoch", "0"),
    ] {
        assert_eq!(written(&format!(r#""{hole}""#), &Event::new("")), expected);
    }
}

#[test]
fn many_headers_are_grouped_in_order() {
    let names: Vec<String> = (0..500).map(|index| format!("N{}", index % 50)).collect();
    let mut event = Event::new("");
    for name in &names {
        event = event.header(name, name);
    }
    let json: serde_json::Map<String, Value> =
        serde_json::from_str(&written(r#""$multiValueHeaders""#, &event)).unwrap();
    assert_eq!(json.len(), 50);
    assert_eq!(json["N7"], json!(vec!["N7"; 10]));
    let json = written(r#""$multiValueHeaders""#, &event);
    assert!(
        json.starts_with(r#"{"N0":["N0","#) && json.find("N8").unwrap() < json.find("N9").unwrap()
    );
}

#[test]
fn repeated_values_are_combined() {
    let event = Event::new("")
        .header("Cookie", "a=1")
        .header("X-\n\u{C9}", "1")
        .header("x-\n\u{C9}", "")
        .header("cookie", "b=2; c=3")
        .header("COOKIE", "")
        .query_string("%5B%22=%5D%22&a=%22%2C%22&x%5B=%5D&a=%5C&%5B%22=%5B&a&x%5B=%5B%5C%22");
    assert_eq!(
        written(r#""$combinedHeaders""#, &event),
        "{\"cookie\":\"a=1; b=2; c=3; \",\"x-\\n\u{C9}\":\"1,\"}"
    );
    assert_eq!(
        written(r#""$combinedQueryStringParameters""#, &event),
        r#"{"[\"":"]\",[","a":"\",\",\\,","x[":"],[\\\""}"#
    );
}

#[test]
fn extra_members() {
    let event = Event::new("").extra("a", "1").extra("b", "2");
    assert_eq!(written("{}", &event), r#"{"a":"1","b":"2"}"#);
    assert_eq!(written(r#"{"c":{}}"#, &event), r#"{"c":{},"a":"1","b":"2"}"#);
    assert_eq!(written(r#"{"c":"$extra.a"}"#, &event), r#"{"c":"1","b":"2"}"#);
    assert_eq!(written(r#"{"a":["$extra.b","$extra.a"]}"#, &event), r#"{"a":["2","1"]}"#);
    assert_eq!(written(r#"["$extra.b","$extra.a","$extra.a"]"#, &event), r#"["2","1","1"]"#);
    for (shape, error) in [
        (r#""$pairs""#, Error::MemberUnplaced { name: "a".into() }),
        (r#"["$extra.a"]"#, Error::MemberUnplaced { name: "b".into() }),
        (r#"{"b":0}"#, Error::MemberExists { name: "b".into() }),
        (r#"{"\u0062":0}"#, Error::MemberExists { name: "b".into() }),
        (r#"["$extra.b","$extra.a","$extra.c"]"#, Error::MemberMissing { name: "c".into() }),
    ] {
        let parsed = self::shape(shape);
        let mut out = b"before".to_vec();
        assert_eq!(event.clone().shape(&parsed).append_to_vec(&mut out), Err(error), "{shape}");
        assert_eq!(out, b"before");
    }
    let twice = event.extra("a", "3");
    let parsed = shape(r#"["$extra.b","$extra.a"]"#);
    assert_eq!(twice.shape(&parsed).to_vec(), Err(Error::MemberExists { name: "a".into() }));
    let parsed = shape(r#"{"\"\n\u0001ü":0}"#);
    let event = Event::new("").extra("\"\n\u{1}ü", "").shape(&parsed);
    assert_eq!(event.to_vec(), Err(Error::MemberExists { name: "\"\n\u{1}ü".into() }));
}

#[test]
fn bytes_that_are_not_utf8() {
    let body = b"a=1&\xFF&b=\xE3\x81";
    let query = Event::new("").query_string("a=%FF");
    let strict = Options::new().utf8(Utf8::Strict);
    for (hole, event, json, input, offset) in [
        ("$body", Event::new(body), "\"a=1&\u{FFFD}&b=\u{FFFD}\"", Input::Body, 4),
        ("$pairs", Event::new(body), "{\"a\":\"1\",\"b\":\"\u{FFFD}\"}", Input::Body, 8),
        ("$queryStringParameters", query, "{\"a\":\"\u{FFFD}\"}", Input::QueryString, 2),
        ("$path", Event::new("").path(b"/\xFF"), "\"/\u{FFFD}\"", Input::Path, 1),
        ("$method", Event::new("").method(b"\xFF"), "\"\u{FFFD}\"", Input::Method, 0),
        ("$requestId", Event::new("").request_id(b"\xFF"), "\"\u{FFFD}\"", Input::RequestId, 0),
        (
            "$multiValueHeaders",
            Event::new("").header("a", b"-\xFF"),
            "{\"a\":[\"-\u{FFFD}\"]}",
            Input::HeaderValue { index: 0 },
            1,
        ),
    ] {
        let text = format!(r#""{hole}""#);
        assert_eq!(written(&text, &event), json, "{hole}");
        let parsed = shape(&text);
        let error = event.options(strict).shape(&parsed).to_vec().unwrap_err();
        assert_eq!(error, Error::InvalidUtf8 { input, offset }, "{hole}");
    }
    let parsed = shape(r#""$dropped""#);
    let dropped = Event::new(b"a=1&\xFF").options(strict).shape(&parsed).to_string();
    assert_eq!(dropped.unwrap(), "[{\"offset\":4,\"text\":\"\u{FFFD}\",\"reason\":\"no-equals\"}]");
}

#[test]
fn limits_hold_in_every_shape() {
    for hole in ["$pairs", "$body", "$bodyBase64", "$dropped"] {
        let parsed = shape(&format!(r#"["$stage","{hole}"]"#));
        let event = Event::new("a=1").shape(&parsed);
        let refused = event.clone().options(Options::new().max_bytes(2)).to_vec();
        assert_eq!(refused, Err(Error::TooManyBytes { max: 2 }), "{hole}");
        let len = event.to_vec().unwrap().len();
        assert!(event.clone().options(Options::new().max_output(len)).to_vec().is_ok(), "{hole}");
        let max = len - 1;
        let refused = event.options(Options::new().max_output(max)).to_vec();
        assert!(matches!(refused, Err(Error::TooMuchOutput { .. })), "{hole}");
    }
}

#[test]
fn escaped_characters_of_every_length() {
    let text = r#""\u0080\u00e9\u07ff\u0800\u20AC\uffff\ud800\udc00\ud83d\ude00\udbff\udfff""#;
    let expected = serde_json::from_str::<Value>(text).unwrap().to_string();
    assert_eq!(written(text, &Event::new("")), expected);
    for code in 0..0x80 {
        let text = format!("\"a\\u{code:04x}\"");
        let expected = serde_json::from_str::<Value>(&text).unwrap().to_string();
        assert_eq!(written(&text, &Event::new("")), expected, "{text}");
    }
}

#[test]
fn a_body_that_no_hole_needs_is_limited_too() {
    let parsed = shape(r#"{"a":"$stage"}"#);
    let event = Event::new("a=1").shape(&parsed).options(Options::new().max_bytes(2));
    assert_eq!(event.to_vec(), Err(Error::TooManyBytes { max: 2 }));
}

#[test]
#[cfg(feature = "serde")]
fn a_number_that_no_type_holds_is_an_error_of_serde() {
    let parsed = shape("[1e400]");
    let event = Event::new("").shape(&parsed);
    assert_eq!(event.to_string().unwrap(), "[1e400]");
    let error = serde_json::to_string(&event).unwrap_err().to_string();
    assert_eq!(error, "a number of the shape is out of range");
}

#[test]
fn an_event_around_its_pairs() {
    let around = |shape: &Shape| {
        let event = event(b"ignored").extra("x", "1").shape(shape);
        let mut json = Vec::new();
        event.append_before_pairs(&mut json)?;
        json.extend_from_slice(b"{}");
        event.append_after_pairs(&mut json)?;
        let whole = event.to_string()?.replace(r#"{"ignored":""}"#, "{}");
        assert_eq!(String::from_utf8(json).unwrap(), whole);
        Ok::<(), Error>(())
    };
    assert_eq!(around(&shape(r#"{"a":["$method",{"b":"$pairs"}],"c":"$headers"}"#)), Ok(()));
    assert_eq!(around(Preset::Template.shape()), Ok(()));
    for whole in [r#"{"a":1}"#, r#"["$pairs","$pairs"]"#, r#"{"a":"$pairs","b":"$dropped"}"#] {
        assert_eq!(around(&shape(whole)), Err(Error::NotStreamable), "{whole}");
    }
}

/// Reads a value of `tests/vectors`, in which an object is `{"object": [[name, value], …]}`.
fn json_of(value: &Value) -> String {
    match value.get("object") {
        Some(members) => oracle::object(
            members
                .as_array()
                .unwrap()
                .iter()
                .map(|member| (member[0].as_str().unwrap().to_owned(), json_of(&member[1]))),
        ),
        None => value.to_string(),
    }
}

fn preset_file(preset: Preset) -> Value {
    let file = fs::read_to_string(format!("shapes/{preset}.json")).unwrap();
    serde_json::from_str(&file).unwrap()
}

#[test]
fn presets() {
    for &preset in Preset::ALL {
        let file = preset_file(preset);
        let parsed: Shape = file["shape"].to_string().parse().unwrap();
        assert_eq!(format!("{:?}", preset.shape()), format!("{parsed:?}"));
        assert_eq!(
            file.get("rules").map_or("template", |it| it.as_str().unwrap()),
            preset.rules().as_str()
        );
        assert_eq!(file.get("decode").is_some_and(|it| it.as_bool().unwrap()), preset.decode());
        let options = Options::new().rules(preset.rules()).decode(preset.decode());
        assert_eq!(preset.options(), options);
    }
}

#[test]
fn vectors() {
    let mut count = 0;
    for &preset in Preset::ALL {
        let Ok(vectors) = fs::read_to_string(format!("tests/vectors/{preset}.jsonl")) else {
            assert!(matches!(preset, Preset::ProxyV1 | Preset::ProxyV2), "{preset}");
            continue;
        };
        for line in vectors.lines() {
            let vector: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| vector.get(name).map_or("", |it| it.as_str().unwrap());
            let headers = vector["headers"].as_array().unwrap().iter();
            let headers = headers.map(|it| (it[0].as_str().unwrap(), it[1].as_str().unwrap()));
            let event = Event::new(text("body"))
                .options(preset.options())
                .shape(preset.shape())
                .headers(headers)
                .stage(text("stage"))
                .source_ip(text("sourceIp"))
                .user_agent(text("userAgent"))
                .method(text("method"))
                .path(text("path"))
                .query_string(text("queryString"))
                .request_id(text("requestId"));
            assert_eq!(event.to_string().unwrap(), json_of(&vector["event"]), "{preset}: {line}");
            count += 1;
        }
    }
    assert_eq!(count, 789 + 6 * 336);
}

#[test]
fn errors() {
    for (text, offset, message) in [
        ("", 0, "the shape is not JSON at byte offset 0: expected a JSON value"),
        ("{\"a\":1,}", 7, "the shape is not JSON at byte offset 7: expected a name in quotes"),
        ("[1 2]", 3, "the shape is not JSON at byte offset 3: expected a comma, or ]"),
        ("[1}", 2, "the shape is not JSON at byte offset 2: expected a comma, or ]"),
        ("{} {}", 3, "the shape is not JSON at byte offset 3: expected the end"),
        ("-", 1, "the shape is not JSON at byte offset 1: expected a digit"),
        ("[1.e5]", 3, "the shape is not JSON at byte offset 3: expected a digit"),
        ("[-.5]", 2, "the shape is not JSON at byte offset 2: expected a digit"),
        (r#""\ud800""#, 7, "the shape is not JSON at byte offset 7: expected a pair of surrogates"),
        (
            r#"{"a": "$hea\"ders"}"#,
            6,
            "`$hea\\\\\"ders` at byte offset 6 of the shape is not a hole: expected one of $pairs, $body, \
             $bodyBase64, $isBase64Encoded, $headers, $multiValueHeaders, $combinedHeaders, $stage, \
             $sourceIp, $userAgent, $method, $path, $queryString, $queryStringParameters, \
             $multiValueQueryStringParameters, $combinedQueryStringParameters, $requestId, $time, \
             $timeEpoch, $dropped, $extra.NAME, or $$ for a dollar sign",
        ),
        (
            r#"["$extra.a\"b"]"#,
            1,
            "`$extra.a\\\\\"b` at byte offset 1 of the shape is not a hole: the name of the member may not have \
             characters that JSON escapes",
        ),
        (
            r#"{"$pairs": 1}"#,
            1,
            "the name `$pairs` at byte offset 1 of the shape begins with $: only values can be \
             holes; write $$ for a dollar sign",
        ),
        (
            r#"{"a": 1, "b": {"a": 2}, "a": 3}"#,
            24,
            "the shape has the name `a` again at byte offset 24; names must be unique",
        ),
        (
            r#"{"b": 1, "a": 1, "b": 2, "a": 2}"#,
            17,
            "the shape has the name `b` again at byte offset 17; names must be unique",
        ),
    ] {
        let error = text.parse::<Shape>().unwrap_err();
        assert_eq!((error.offset, &*error.to_string()), (offset, message), "{text}");
    }
    assert!("[".repeat(64).parse::<Shape>().is_err_and(|it| it.kind != ShapeErrorKind::TooDeep));
    let deep = "[".repeat(65).parse::<Shape>().unwrap_err();
    assert_eq!((deep.offset, deep.kind), (64, ShapeErrorKind::TooDeep));
    shape(&format!("{}{}", "[".repeat(64), "]".repeat(64)));
    for hole in ["$", "$Pairs", "$pairs ", "$extra.", "$extra", r"$extra.a\nb"] {
        let error = format!(r#""{hole}""#).parse::<Shape>().unwrap_err();
        assert_eq!(error.kind, ShapeErrorKind::UnknownHole { hole: hole.into() });
    }
}

/// Documents, most of them nearly JSON.
fn document() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just(" "),
        Just("\n"),
        Just("\""),
        Just("\"a\""),
        Just("\"a\":"),
        Just("true"),
        Just("null"),
        Just("false"),
        Just("0"),
        Just("-1"),
        Just("1.5"),
        Just("1e5"),
        Just("1E-5"),
        Just("01"),
        Just("."),
        Just("\\"),
        Just("\"\\u0041\""),
        Just("\"\\ud83d\\ude00\""),
        Just("\"\\udc00\""),
        Just("\"\\/\\b\\f\\n\\r\\t\\\"\\\\\""),
        Just("\"\\u001F\\u0008\\u0000\""),
        Just("\"é\u{1}\""),
        Just("\"é\u{7F}\u{2028}\""),
        Just("\"$stage\""),
        Just("\"\\u0024stage\""),
        Just("\"$$\""),
    ];
    let nested = serde_json_value().prop_map(|value| format!("{value:#}")).boxed();
    prop_oneof![
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()),
        nested.clone(),
        (nested, any::<prop::sample::Index>()).prop_map(|(mut text, at)| {
            let at = at.index(text.len());
            if text.is_char_boundary(at) {
                text.remove(at);
            }
            text
        }),
    ]
}

fn serde_json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        "[^$]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[^$]{0,3}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Requests and shapes, each hole among other values.
fn request() -> impl Strategy<Value = oracle::shape::Request> {
    let text = "[a-zA-Z%&=+?,\\[\\]\"\\\\\n\u{e9}\u{1f600}0-9]{0,6}";
    let headers = proptest::collection::vec(("[abAB]{1,2}|[Cc]ookie", text), 0..20);
    let body = proptest::collection::vec(
        prop_oneof![Just(b'a'), Just(b'='), Just(b'&'), Just(b'%'), Just(b'4'), any::<u8>()],
        0..40,
    );
    ((headers, body, text, text, text), (text, text, text, text), 0_u64..253_402_300_800_000)
        .prop_map(
            |(
                (headers, body, stage, source_ip, user_agent),
                (method, path, query_string, id),
                time_epoch,
            )| {
                oracle::shape::Request {
                    headers,
                    body,
                    stage,
                    source_ip,
                    user_agent,
                    method,
                    path,
                    query_string,
                    id,
                    time_epoch,
                    extra: vec![("x".into(), "1".into()), ("y.z".into(), "\"".into())],
                }
            },
        )
}

fn filled_shape() -> impl Strategy<Value = Value> {
    let holes = Shape::HOLES.iter().copied().chain(["$extra.x", "$extra.y.z", "$$a", "b", "\n"]);
    let hole = proptest::sample::select(holes.collect::<Vec<_>>()).prop_map(Value::from);
    let inner = prop_oneof![4 => hole, 1 => serde_json_value()].boxed();
    proptest::collection::vec((inner.clone(), inner), 0..6).prop_map(|values| {
        let members = values.into_iter().enumerate();
        let members = members.map(|(at, (a, b))| (format!("\u{1}m{at}"), json!([a, {"b": b}])));
        Value::Object(members.collect())
    })
}

proptest! {
    #[test]
    fn events_beside_the_reference(
        request in request(),
        shape in filled_shape(),
        rules in proptest::sample::select(formevent::Rules::ALL),
        decode in any::<bool>(),
        duplicates in proptest::sample::select(formevent::Duplicates::ALL),
    ) {
        let case = oracle::Case { rules, decode, duplicates };
        let expected = oracle::shape::event(&shape, case, &request).unwrap();
        let shape: Shape = shape.to_string().parse().unwrap();
        let event = event::event(&request, &shape, case.options());
        prop_assert_eq!(event.to_string().unwrap(), &*expected);
        #[cfg(feature = "serde")]
        prop_assert_eq!(serde_json::to_string(&event).unwrap(), expected);
    }

    /// A document without holes is written as `serde_json` writes it, and refused if that refuses it.
    #[test]
    fn documents_beside_serde_json(text in document()) {
        let holes = text.contains("stage");
        match (text.parse::<Shape>(), serde_json::from_str::<Value>(&text)) {
            (Ok(shape), Ok(value)) => {
                let json = Event::new("").stage("$s").shape(&shape).to_string().unwrap();
                let written: Value = serde_json::from_str(&json).unwrap();
                if !holes {
                    let value = value.to_string().replace("\"$$\"", "\"$\"");
                    prop_assert_eq!(written.to_string(), value);
                }
                #[cfg(feature = "serde")]
                prop_assert_eq!(
                    serde_json::to_value(Event::new("").stage("$s").shape(&shape)).unwrap(),
                    written
                );
            }
            (Err(error), Ok(_)) => prop_assert!(
                matches!(error.kind, ShapeErrorKind::RepeatedName { .. } | ShapeErrorKind::HoleAsName { .. }),
                "{}", error
            ),
            (Ok(_), Err(error)) => prop_assert!(error.to_string().contains("out of range"), "{}", error),
            (Err(error), Err(_)) => {
                prop_assert!(error.offset <= text.len());
            }
        }
    }
}
