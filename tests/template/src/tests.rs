//! The reference model by hand, and what counts as a difference.

use formevent::{Duplicates, Rules};
use serde_json::{Value, json};

use crate::Outcome;
use crate::oracle::{Case, shape};

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn event(shape: &Value) -> Result<String, String> {
    let request = shape::Request {
        body: b"k=%C3%A9&k=2&\xff&=".to_vec(),
        headers: pairs(&[("Accept", "a"), ("X", "\""), ("accept", "b")]),
        stage: "prod".to_owned(),
        source_ip: "192.0.2.1".to_owned(),
        user_agent: "curl".to_owned(),
        method: "POST".to_owned(),
        path: "/contact".to_owned(),
        query_string: "q=a+b&q=c&&e".to_owned(),
        id: "id".to_owned(),
        time_epoch: 1_583_348_638_390,
        extra: pairs(&[("tenant", "7"), ("via", "edge")]),
    };
    let options = Case { rules: Rules::Template, decode: true, duplicates: Duplicates::Keep };
    shape::event(shape, options, &request)
}

#[test]
fn every_hole() {
    let holes = [
        ("$pairs", r#"{"k":"é","k":"2"}"#),
        ("$body", "\"k=%C3%A9&k=2&\u{fffd}&=\""),
        ("$bodyBase64", r#""az0lQzMlQTkmaz0yJv8mPQ==""#),
        ("$isBase64Encoded", "false"),
        ("$headers", r#"{"Accept":"a","X":"\"","accept":"b"}"#),
        ("$multiValueHeaders", r#"{"Accept":["a","b"],"X":["\""]}"#),
        ("$stage", r#""prod""#),
        ("$sourceIp", r#""192.0.2.1""#),
        ("$userAgent", r#""curl""#),
        ("$method", r#""POST""#),
        ("$path", r#""/contact""#),
        ("$queryString", r#""q=a+b&q=c&&e""#),
        ("$queryStringParameters", r#"{"q":"c","e":""}"#),
        ("$multiValueQueryStringParameters", r#"{"q":["a b","c"],"e":[""]}"#),
        ("$requestId", r#""id""#),
        ("$time", r#""2020-03-04T19:03:58.390Z""#),
        ("$timeEpoch", "1583348638390"),
        (
            "$dropped",
            "[{\"offset\":13,\"text\":\"\u{fffd}\",\"reason\":\"no-equals\"},\
             {\"offset\":15,\"text\":\"=\",\"reason\":\"empty-key\"}]",
        ),
        ("$extra.via", r#""edge""#),
        ("$$pairs", r#""$pairs""#),
    ];
    for (hole, expected) in holes {
        assert_eq!(event(&json!([hole])).unwrap(), format!("[{expected}]"), "{hole}");
    }
    for (shape, expected) in [
        (json!("$stage"), r#""prod""#),
        (json!(["$bodyBase64", "$isBase64Encoded"]), r#"["az0lQzMlQTkmaz0yJv8mPQ==",true]"#),
        (json!({}), r#"{"tenant":"7","via":"edge"}"#),
        (
            json!({"b": [1, null, true], "a": {"$": "$extra.tenant"}}),
            r#"{"b":[1,null,true],"a":{"$":"7"},"via":"edge"}"#,
        ),
    ] {
        assert_eq!(event(&shape).unwrap(), expected);
    }
    for hole in ["$pair", "$", "$extra.none"] {
        assert_eq!(event(&json!({"a": hole})), Err(hole.to_owned()));
    }
}

#[test]
fn differences() {
    let event = serde_json::from_str(r#"{"a":{"k":"1","k":"2","l":"3"},"b":[1,null]}"#).unwrap();
    for (rendered, kind, why) in [
        (r#"{"a":{"k":"1","k":"2","l":"3"},"b":[1,null]}"#, "same", ""),
        (r#"{"b":[1,null],"a":{"l":"3","k":"1","k":"2"}}"#, "same", ""),
        (
            r#"{"a":{"k":"2","k":"1","l":"3"},"b":[1,null]}"#,
            "differs",
            r#""/a/k": "2" in the template, "1" in formevent"#,
        ),
        (
            r#"{"a":{"k":"1","l":"3"},"b":[1,null]}"#,
            "differs",
            r#"member "/a/k": 1 in the template, 2 in formevent"#,
        ),
        (
            r#"{"a":{"k":"1","k":"2","l":"3"},"b":[1,null],"c":1}"#,
            "differs",
            r#"member "/c": 1 in the template, 0 in formevent"#,
        ),
        (
            r#"{"a":{"k":"1","k":"2","l":"3"},"b":[1,"x"]}"#,
            "differs",
            r#""/b/1": "x" in the template, null in formevent"#,
        ),
        (
            r#"{"a":{"k":"1","k":"2","l":"3"},"b":[1]}"#,
            "differs",
            r#""/b": 1 items in the template, 2 items in formevent"#,
        ),
        (
            r#"{"a":{"k":"1","k":"2","l":{}},"b":[1,null]}"#,
            "differs",
            r#""/a/l": 0 members in the template, "3" in formevent"#,
        ),
        ("{", "not-json", "EOF while parsing an object at line 1 column 1"),
    ] {
        let outcome = Outcome::of(Ok(rendered.to_owned()), &event);
        assert_eq!((outcome.kind(), &*outcome.why()), (kind, why), "{rendered}");
    }
    let thrown = Outcome::of(Err("no".to_owned()), &event);
    assert_eq!((thrown.kind(), &*thrown.why()), ("error", "no"));
}
