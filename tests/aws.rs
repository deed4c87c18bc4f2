//! Forms in the events of AWS. `aws/events.json` has them in the forms of AWS's documentation.

use aws_lambda_events::alb::AlbTargetGroupRequest;
use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use formevent::aws::CloudFrontEvent;
use formevent::{Request, RequestError, Shape};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// One of the events in the file.
#[derive(Clone, Debug)]
struct Sample {
    name: String,
    kind: String,
    event: Value,
    expected: Value,
}

fn samples() -> Vec<Sample> {
    let samples: Vec<Value> = serde_json::from_str(include_str!("aws/events.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let sample = |value: &Value| Sample {
        name: text(&value["name"]),
        kind: text(&value["kind"]),
        event: value["event"].clone(),
        expected: value["expected"].clone(),
    };
    samples.iter().map(sample).collect()
}

fn event(name: &str) -> (String, Value) {
    let sample = samples().into_iter().find(|sample| sample.name == name).unwrap();
    (sample.kind, sample.event)
}

/// The body as text, and the members of the event.
fn read(kind: &str, event: &Value) -> Result<(String, Value), RequestError> {
    read_if_any(kind, event).expect("an event of that kind")
}

/// The same; `None` if the JSON is not an event of that kind.
fn read_if_any(kind: &str, event: &Value) -> Option<Result<(String, Value), RequestError>> {
    fn of<'a, T>(event: &'a T) -> Result<(String, Value), RequestError>
    where
        Request<'a>: TryFrom<&'a T, Error = RequestError>,
    {
        let shape: Shape = concat!(
            r#"{"body":"$body","headers":"$multiValueHeaders","stage":"$stage","sourceIp":"$sourceIp","#,
            r#""userAgent":"$userAgent","method":"$method","path":"$path","queryString":"$queryString","#,
            r#""requestId":"$requestId","timeEpoch":"$timeEpoch"}"#
        )
        .parse()
        .unwrap();
        let request = Request::try_from(event)?;
        let json = request.event()?.shape(&shape).to_string().unwrap();
        let body = String::from_utf8_lossy(request.body()).into_owned();
        Ok((body, serde_json::from_str(&json).unwrap()))
    }
    fn parsed<T: DeserializeOwned>(event: &Value) -> Option<T> {
        serde_json::from_value(event.clone()).ok()
    }
    Some(match kind {
        "v1" => of(&parsed::<ApiGatewayProxyRequest>(event)?),
        "v2" => of(&parsed::<ApiGatewayV2httpRequest>(event)?),
        "url" => of(&parsed::<LambdaFunctionUrlRequest>(event)?),
        "alb" => of(&parsed::<AlbTargetGroupRequest>(event)?),
        "edge" => of(&parsed::<CloudFrontEvent>(event)?),
        _ => unreachable!("{kind}"),
    })
}

#[test]
fn each_member_is_where_the_event_has_it() {
    for Sample { name, kind, event, mut expected } in samples() {
        // `http::HeaderMap` has names in lower case.
        let mut headers = serde_json::Map::new();
        for header in expected["headers"].as_array().unwrap() {
            let name = header[0].as_str().unwrap();
            let name = if kind == "edge" { name.to_string() } else { name.to_lowercase() };
            let values = headers.entry(name).or_insert_with(|| json!([]));
            values.as_array_mut().unwrap().push(header[1].clone());
        }
        expected["headers"] = headers.into();
        let (body, members) = read(&kind, &event).unwrap();
        assert_eq!(body, expected["body"].as_str().unwrap(), "{name}");
        assert_eq!(members, expected, "{name}");
    }
}

#[test]
fn every_kind_is_there() {
    for kind in ["v1", "v2", "url", "alb", "edge"] {
        assert!(samples().iter().any(|sample| sample.kind == kind), "{kind}");
    }
}

#[test]
fn only_single_values() {
    let (kind, mut event) = event("a REST API");
    event["multiValueHeaders"] = Value::Null;
    event["multiValueQueryStringParameters"] = Value::Null;
    let (_, members) = read(&kind, &event).unwrap();
    assert_eq!(members["headers"]["x-test"], json!(["two"]));
    assert_eq!(members["queryString"], "from=caf%C3%A9&to=b+c");
}

#[test]
fn a_test_from_the_console() {
    let (kind, mut event) = event("a REST API");
    event["requestContext"]["identity"] = json!({"sourceIp": null, "userAgent": null});
    event["requestContext"]["requestTimeEpoch"] = json!(-1);
    event["body"] = Value::Null;
    let (body, members) = read(&kind, &event).unwrap();
    assert_eq!(body, "");
    assert_eq!(members["userAgent"], "curl/8.5.0");
    assert_eq!((&members["sourceIp"], &members["timeEpoch"]), (&json!(""), &json!(0)));
}

#[test]
fn the_client_of_a_load_balancer() {
    for (forwarded, source_ip) in [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("203.0.113.9,192.0.2.1", "192.0.2.1"),
        ("a, 2001:db8::7", "2001:db8::7"),
        ("a , [2001:db8::7]:80 ", "2001:db8::7"),
        ("192.0.2.1, unknown", "unknown"),
        ("", ""),
    ] {
        let (kind, mut event) = event("a load balancer");
        event["headers"]["x-forwarded-for"] = forwarded.into();
        assert_eq!(read(&kind, &event).unwrap().1["sourceIp"], source_ip, "{forwarded}");
    }
    let (kind, mut event) = event("a load balancer");
    event["headers"].as_object_mut().unwrap().remove("x-forwarded-for");
    assert_eq!(read(&kind, &event).unwrap().1["sourceIp"], "");
}

#[test]
fn base64_and_what_is_not() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("aws/base64.json")).unwrap();
    for case in cases {
        let expected = match case["offset"].as_u64() {
            Some(offset) => Err(RequestError::Base64 { offset: offset.try_into().unwrap() }),
            None => Ok(case["text"].as_str().unwrap().to_string()),
        };
        for name in
            ["a REST API", "an HTTP API with payload 2.0", "a function URL", "a load balancer"]
        {
            let (kind, mut event) = event(name);
            event["isBase64Encoded"] = true.into();
            event["body"] = case["base64"].clone();
            assert_eq!(read(&kind, &event).map(|(body, _)| body), expected, "{name}: {case}");
        }
        let (kind, mut event) = event("a viewer request at Lambda@Edge");
        event["Records"][0]["cf"]["request"]["body"]["data"] = case["base64"].clone();
        assert_eq!(read(&kind, &event).map(|(body, _)| body), expected, "{case}");
    }
    assert_eq!(
        RequestError::Base64 { offset: 4 }.to_string(),
        "body of the event is not base64 at byte offset 4, although the event says so"
    );
}

#[test]
fn bodies_that_lambda_at_edge_does_not_have() {
    let (kind, mut event) = event("a viewer request at Lambda@Edge");
    let body = &mut event["Records"][0]["cf"]["request"]["body"];
    body["inputTruncated"] = true.into();
    let truncated = read(&kind, &event).unwrap_err();
    assert_eq!(truncated, RequestError::Truncated);
    assert_eq!(
        truncated.to_string(),
        "body is incomplete: Lambda@Edge cut it off (inputTruncated), after 40 KB of a viewer request or 1 MB of an \
         origin request"
    );
    event["Records"][0]["cf"]["request"].as_object_mut().unwrap().remove("body");
    let missing = read(&kind, &event).unwrap_err();
    assert_eq!(missing, RequestError::BodyNotIncluded);
    assert_eq!(
        missing.to_string(),
        "event has no body: choose \"Include body\" in the function association of the CloudFront behavior"
    );

    event["Records"] = json!([]);
    let error = serde_json::from_value::<CloudFrontEvent>(event).unwrap_err();
    assert!(error.to_string().contains("invalid length 0"), "{error}");
}

#[test]
fn the_content_type_is_checked_first() {
    for Sample { name, kind, event, .. } in samples() {
        let json = event.to_string();
        let other = json.replace("application/x-www-form-urlencoded", "application/json");
        let error = read(&kind, &serde_json::from_str(&other).unwrap()).unwrap_err();
        assert!(
            matches!(error, RequestError::ContentType { sent } if sent.starts_with("application/json")),
            "{name}"
        );
        let none = json
            .replace("ontent-type\"", "ontent-kind\"")
            .replace("ontent-Type\"", "ontent-Kind\"");
        let error = read(&kind, &serde_json::from_str(&none).unwrap()).unwrap_err();
        assert_eq!(error, RequestError::ContentTypeMissing, "{name}");
    }
    let (kind, mut event) = event("a REST API");
    event["multiValueHeaders"]["content-type"] = json!(["text/plain"]);
    event["isBase64Encoded"] = true.into();
    event["body"] = "?".into();
    event["multiValueHeaders"].as_object_mut().unwrap().remove("Content-Type");
    assert_eq!(
        read(&kind, &event),
        Err(RequestError::ContentType { sent: "text/plain".to_string() })
    );
}

/// Pointers to the values in `value`, itself included.
fn pointers(value: &Value) -> Vec<String> {
    let members: Vec<(String, &Value)> = match value {
        Value::Array(list) => {
            list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        _ => Vec::new(),
    };
    let inner = members.into_iter().flat_map(|(name, value)| {
        pointers(value).into_iter().map(move |pointer| format!("/{name}{pointer}"))
    });
    [String::new()].into_iter().chain(inner).collect()
}

proptest! {
    /// Any value in the place of another gives a form or an error.
    #[test]
    fn any_value_in_any_place(
        sample in any::<prop::sample::Index>(),
        places in prop::collection::vec((any::<prop::sample::Index>(), 0..10usize, "\\PC{0,20}"), 1..4),
    ) {
        let Sample { kind, mut event, .. } = sample.get(&samples()).clone();
        for (place, what, text) in places {
            let text = Value::from(text);
            let pointer = place.get(&pointers(&event)).clone();
            *event.pointer_mut(&pointer).unwrap() = match what {
                0 => Value::Null,
                1 => json!(true),
                2 => json!(-1),
                3 => json!(u64::MAX),
                4 => json!([]),
                5 => json!({}),
                6 => json!([text]),
                7 => json!({"a": [], "b": [text]}),
                _ => text,
            };
        }
        read_if_any(&kind, &event);
    }
}
