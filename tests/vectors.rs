//! The cases of `tests/vectors`: `template.jsonl`, made by running the mapping template in Apache
//! Velocity 1.7, and the URL Standard's own, `wpt-urlencoded.json`.

mod oracle;

use std::collections::BTreeMap;
use std::io::Write;

use formevent::{Event, Options, Rules};
use serde_json::Value;

/// Prints even though the test passes: the harness does not capture `stdout()`.
#[expect(clippy::explicit_write)]
fn report(count: usize, of: &str) {
    writeln!(std::io::stdout(), "{count} {of} vectors passed").unwrap();
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Reads `[[name, value], …]`.
fn list(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_array().unwrap().iter().map(|pair| (text(&pair[0]), &pair[1]))
}

/// The JSON of a value that states each object as `{"object": [[name, value], …]}`.
fn json(value: &Value) -> String {
    match value.get("object") {
        Some(members) => {
            oracle::object(list(members).map(|(name, value)| (name.to_owned(), json(value))))
        }
        None => value.to_string(),
    }
}

#[test]
fn template() {
    let vectors: Vec<Value> = include_str!("vectors/template.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut kinds = BTreeMap::new();
    for vector in &vectors {
        *kinds.entry(text(&vector["template"])).or_insert(0) += 1;
        let body = text(&vector["body"]).as_bytes();

        let pairs: Vec<_> =
            formevent::pairs(body).map(|pair| (pair.key.to_vec(), pair.value.to_vec())).collect();
        let expected: Vec<_> = list(&vector["pairs"])
            .map(|(key, value)| (key.as_bytes().to_vec(), text(value).as_bytes().to_vec()))
            .collect();
        assert_eq!(pairs, expected, "{vector}");

        let dropped: Vec<Value> = formevent::segments(body)
            .filter_map(Result::err)
            .map(|dropped| {
                let text = std::str::from_utf8(dropped.text).unwrap();
                serde_json::json!([dropped.offset, text, dropped.reason.as_str()])
            })
            .collect();
        assert_eq!(Value::from(dropped), vector["dropped"], "{vector}");

        let event = Event::new(body)
            .headers(list(&vector["headers"]).map(|(name, value)| (name, text(value))))
            .stage(text(&vector["stage"]))
            .source_ip(text(&vector["sourceIp"]))
            .user_agent(text(&vector["userAgent"]));
        let expected = json(&vector["event"]);
        assert_eq!(event.to_string().unwrap(), expected, "{vector}");

        let mut out = b"before".to_vec();
        event.append_to_vec(&mut out).unwrap();
        assert_eq!(out, [b"before", expected.as_bytes()].concat(), "{vector}");

        #[cfg(feature = "serde")]
        {
            assert_eq!(serde_json::to_string(&event).unwrap(), expected, "{vector}");
            let received: formevent::ReceivedEvent = serde_json::from_str(&expected).unwrap();
            assert_eq!(serde_json::to_string(&received).unwrap(), expected, "{vector}");
            assert!(received.fields().eq(list(&vector["pairs"]).map(|(k, v)| (k, text(v)))));
        }
    }
    assert_eq!(vectors.len(), 789);
    // The README states these numbers.
    let expected = [("differs", 4), ("error", 81), ("not-json", 37), ("same", 667)];
    assert_eq!(kinds, BTreeMap::from(expected));
    report(vectors.len(), "template");
}

#[test]
fn url_standard() {
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("vectors/wpt-urlencoded.json")).unwrap();
    let options = Options::new().rules(Rules::Whatwg).decode(true);
    for vector in &vectors {
        let body = text(&vector["input"]).as_bytes();
        let expected: Vec<_> =
            list(&vector["output"]).map(|(name, value)| (name, text(value))).collect();

        let pairs: Vec<_> = Rules::Whatwg
            .pairs(body)
            .map(|pair| (pair.decode_key(), pair.decode_value()))
            .collect();
        assert!(pairs.iter().map(|(k, v)| (&**k, &**v)).eq(expected.iter().copied()), "{vector}");

        let members = expected.iter().map(|&(name, value)| (name.into(), oracle::string(value)));
        assert_eq!(options.to_string(body).unwrap(), oracle::object(members), "{vector}");

        // `tests/properties.rs` relies on the oracle and the peer, so they must agree with the Standard.
        let case = oracle::Case {
            rules: Rules::Whatwg,
            decode: true,
            duplicates: formevent::Duplicates::Keep,
        };
        assert_eq!(oracle::json(body, case), options.to_string(body).unwrap(), "{vector}");
        assert!(
            form_urlencoded::parse(body).eq(expected.iter().map(|&(k, v)| (k.into(), v.into())))
        );
    }
    assert_eq!(vectors.len(), 35);
    report(vectors.len(), "URL Standard");
}
