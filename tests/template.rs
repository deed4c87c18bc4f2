//! The verdicts on bodies: each case of the real engine, and a slow reference that writes
//! what the template writes and lets `serde_json` read it.

mod oracle;

use std::collections::HashSet;
use std::fmt;

use formevent::template::{Verdict, verdict};
use formevent::{DropReason, Rules};
use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

#[test]
fn every_case_of_the_real_engine_has_its_verdict() {
    let mut counts = [0; 5];
    for line in include_str!("vectors/template.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let body = case["body"].as_str().unwrap();
        let verdict = verdict(body);
        let (index, kind) = match verdict {
            Verdict::Same => (0, "same"),
            Verdict::Loses { .. } => (1, "same"),
            Verdict::Fails { .. } => (2, "error"),
            Verdict::NotJson { .. } => (3, "not-json"),
            Verdict::Differs { .. } => (4, "differs"),
            _ => unreachable!("{verdict:?}"),
        };
        assert_eq!(kind, case["template"], "{body:?}: {verdict}");
        counts[index] += 1;
        if verdict == Verdict::Same {
            assert_eq!(case["dropped"].as_array().unwrap().len(), 0, "{body:?}");
        }
        assert_eq!(verdict.as_str(), expected(body.as_bytes()), "{body:?}");
    }
    assert_eq!(counts[0] + counts[1], 667);
    assert_eq!(counts[2..], [81, 37, 4]);
}

/// The pairs of an object, as bytes, since half a surrogate pair is not text.
struct Pairs(Vec<(Bytes, Bytes)>);

#[derive(PartialEq)]
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Bytes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Read)
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Pairs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

/// The name of the verdict on `body`, from the text that the template writes.
fn expected(body: &[u8]) -> &'static str {
    if body.split(|&byte| byte == b'&').any(|segment| segment == b"=") {
        return "fails";
    }
    let (pairs, dropped) = oracle::split(body, Rules::Template);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let sent: Vec<_> = pairs.iter().map(|(key, value, _)| (text(key), text(value))).collect();
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\\\""));
    let members: Vec<_> =
        sent.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value))).collect();
    let object = format!("{{{}}}", members.join(","));
    let json = format!(r#"{{"headers":{{"Host":"a"}},"querystring":{object},"stage":"prod"}}"#);
    // Unlike a reader of bytes, this one refuses control characters.
    if serde_json::from_str::<IgnoredAny>(&json).is_err() {
        return "not-json";
    }
    let read = serde_json::from_str::<Pairs>(&object).unwrap().0;
    let is_sent = |(read, sent): (&(Bytes, Bytes), &(String, String))| {
        read.0.0 == sent.0.as_bytes() && read.1.0 == sent.1.as_bytes()
    };
    if read.len() != sent.len() || !read.iter().zip(&sent).all(is_sent) {
        return "differs";
    }
    let keys: HashSet<_> = sent.iter().map(|(key, _)| key).collect();
    if keys.len() < sent.len() || !dropped.is_empty() { "loses" } else { "same" }
}

/// Checks the verdict on `body`, and that its offset is the first of its kind.
fn check(body: &[u8]) {
    let verdict = verdict(body);
    let shown = body.escape_ascii();
    assert_eq!(verdict.as_str(), expected(body), "{shown}");
    let Some(offset) = verdict.offset() else {
        assert_eq!(verdict, Verdict::Same, "{shown}");
        return;
    };
    let start = body[..offset].iter().rposition(|&byte| byte == b'&').map_or(0, |at| at + 1);
    let segment = body[start..].split(|&byte| byte == b'&').next().unwrap();
    // The segments before, without the `&` after them.
    let before = &body[..start.saturating_sub(1)];
    assert_ne!(expected(before), verdict.as_str(), "{shown}: {verdict}");
    if let Verdict::Loses { reason, .. } = verdict {
        let (pairs, dropped) = oracle::split(body, Rules::Template);
        let reasons = dropped.iter().find(|it| it.0 == start).map(|it| it.2);
        assert_eq!(reason.map(DropReason::as_str), reasons, "{shown}");
        let key = |at: &usize| String::from_utf8_lossy(&pairs[*at].0);
        let is_repeated = (0..pairs.len()).any(|at| {
            pairs[at].2 == start && (at + 1..pairs.len()).any(|other| key(&other) == key(&at))
        });
        assert_eq!(is_repeated, reason.is_none(), "{shown}");
        assert_eq!(offset, start, "{shown}");
    } else {
        assert_eq!(expected(segment), verdict.as_str(), "{shown}: {verdict}");
        // The byte itself is at fault: with a harmless one in its place, the next is, if any.
        let mut mended = segment.to_vec();
        mended[offset - start] = b'x';
        let next = formevent::template::verdict(&mended);
        assert!(
            next.as_str() != verdict.as_str() || next.offset() > Some(offset - start),
            "{shown}: {verdict}"
        );
    }
}

/// The bytes that matter to the template and to JSON.
const MATTER: &[u8] = b"&=\\\"u/n{}:,[]aA0\x1F\x7F\xFF";

#[test]
fn every_short_body_has_its_verdict() {
    let mut bodies = vec![Vec::new()];
    for _ in 0..4 {
        let longer = |body: &Vec<u8>| {
            MATTER.iter().map(|&byte| [&body[..], &[byte]].concat()).collect::<Vec<_>>()
        };
        bodies = bodies.iter().flat_map(longer).collect();
        for body in &bodies {
            check(body);
        }
    }
}

#[test]
fn a_repeated_key_is_found_among_any_number() {
    for count in [1, 2, 31, 32, 33, 100] {
        let keys: Vec<_> = (0..count).map(|key| format!("{}=", "k".repeat(key + 1))).collect();
        let body = keys.join("&");
        check(body.as_bytes());
        assert_eq!(verdict(&body), Verdict::Same);
        for again in [0, count / 2, count - 1] {
            let longer = format!("{body}&{}", keys[again]);
            check(longer.as_bytes());
            assert_eq!(verdict(&longer).as_str(), "loses");
        }
    }
}

#[test]
fn a_repeated_key_is_found_in_any_block() {
    // Text without a pair in it that comes again, so that no wrong place has the same key.
    let text: String = ('A'..='Z').chain('a'..='z').chain('0'..='9').collect();
    for len in 0..200 {
        let begin: String = text.chars().cycle().take(len).collect();
        check(format!("q={begin}&key=1&ke=2&key=3").as_bytes());
    }
}

#[test]
fn no_quote_of_a_sender_ends_a_string() {
    for body in [
        r#"a=1","b":"2"#,
        r#"a=1\","b":"2"#,
        r#"a=\",&:1,=:2,&c=d"#,
        r"a=\&,=:1,&,=:2,\",
        r#"a=1\"},"stage":"x"#,
        r#"a=\&,"b":"=\"#,
    ] {
        check(body.as_bytes());
        let expected = if body.contains('\\') { "not-json" } else { "same" };
        assert_eq!(verdict(body).as_str(), expected, "{body}");
    }
    assert_eq!(verdict(r"a=\ud800").as_str(), "differs");
}

#[test]
fn the_text_of_a_verdict_names_the_place() {
    let text = |body| verdict(body).to_string();
    assert_eq!(text("a=1"), "the template passes on every field as it was sent");
    assert_eq!(text("a=1&="), "the template fails on the lone `=` at byte offset 4");
    assert_eq!(text("a=1\0"), "the template writes invalid JSON for the byte at byte offset 3");
    assert_eq!(text(r"a=\n"), r"JSON readers take the `\` for an escape at byte offset 2");
    assert_eq!(text("a=1&b"), "the template drops the segment at byte offset 4");
    assert_eq!(text("a=1&a="), "JSON readers keep only the last value of the key at byte offset 0");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_body_has_its_verdict(pieces in prop::collection::vec(piece(), 0..24)) {
        check(&pieces.concat());
    }
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] = &[
        b"&",
        b"=",
        b"&a=",
        b"&b=",
        b"&key-of-its-own=",
        b"value",
        b"\\\\",
        b"\\",
        b"\\\"",
        b"\"",
        b"\\n",
        b"\\u0041",
        b"\\ud83d\\ude00",
        b"\\ud800",
        b"\\u00",
        b"\\/",
        b",\"",
        b"\":\"",
        b":1,",
        b"}",
        b"\t",
        b"\x1F",
        b"\x7F",
        b"\xC3\xA9",
        b"\xFF",
        b"\xE3\x81",
        b"a text of more than a block, 32 bytes",
    ];
    prop::sample::select(pieces).prop_map(<[u8]>::to_vec)
}
