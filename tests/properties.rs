//! Properties of every body, checked on random bodies of the bytes that matter and on every short one.

mod oracle;

use formevent::{Duplicates, Error, Event, Input, Options, Rules, Utf8};
use oracle::Case;
use proptest::prelude::*;

/// A body of pieces that have a meaning for some rule.
fn body() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat())
}

/// A body of several chunks.
fn long_body() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 200..500).prop_map(|pieces| pieces.concat())
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] = &[
        b"&",
        b"=",
        b"a",
        b"b",
        b"a=1",
        b"&a=",
        b"&b=",
        b"+",
        b"%",
        b"%4",
        b"%41",
        b"%61",
        b"%3D",
        b"%26",
        b"%25",
        b"%2b",
        b"%00",
        b"%22",
        b"%5C",
        b"%C3%A9",
        b"%c3",
        b"%E3%81%82",
        b"%ED%A0",
        b"%F0%9F%98%80",
        b"%FF",
        b"\"",
        b"\\",
        b"\0",
        b"\x08\x0C",
        b"\t\r\n",
        b"\x1F",
        b"\x7F",
        b"\xC3\xA9",
        b"\xC3",
        b"\xE3\x81",
        b"\xED\xA0\x80",
        b"\xF0\x9F\x98\x80",
        b"\xFF",
        b"\xEF\xBB\xBF",
    ];
    prop_oneof![
        8 => prop::sample::select(pieces).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..4),
        1 => "[a-z]{0,40}".prop_map(String::into_bytes),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    prop::sample::select(Case::all().collect::<Vec<_>>())
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![any::<String>().prop_map(String::into_bytes), body()]
}

/// The segments agree with the oracle and are slices of `body`.
fn check_segments(body: &[u8], rules: Rules) {
    let (mut pairs, mut dropped) = (Vec::new(), Vec::new());
    let stands_at = |slice: &[u8], offset: usize| {
        assert!(body[offset..].starts_with(slice));
        assert_eq!(slice.as_ptr(), body[offset..].as_ptr());
    };
    for segment in rules.segments(body) {
        match segment {
            Ok(pair) => {
                stands_at(pair.key, pair.offset);
                let key_end = pair.offset + pair.key.len();
                stands_at(pair.value, key_end + usize::from(body[key_end..].starts_with(b"=")));
                pairs.push((pair.key.to_vec(), pair.value.to_vec(), pair.offset));
            }
            Err(segment) => {
                stands_at(segment.text, segment.offset);
                dropped.push((segment.offset, segment.text.to_vec(), segment.reason.as_str()));
            }
        }
    }
    assert_eq!((pairs, dropped), oracle::split(body, rules));
    assert!(rules.pairs(body).eq(rules.segments(body).filter_map(Result::ok)));
    let (_, most) = rules.segments(body).size_hint();
    assert!(rules.segments(body).count() <= most.unwrap());
    assert_eq!(rules.pairs(body).size_hint(), (0, most));
}

#[test]
fn every_short_body() {
    // All bodies of up to so many of these bytes.
    let most = if oracle::SLOWDOWN > 1 { 5 } else { 6 };
    let alphabet = b"a=&%4\"\xE9";
    let mut bodies: Vec<Vec<u8>> = vec![Vec::new()];
    let mut checked = 0;
    for _ in 0..=most {
        for body in &bodies {
            for rules in [Rules::Template, Rules::Whatwg] {
                check_segments(body, rules);
            }
            for case in Case::all() {
                assert_eq!(case.options().to_string(body).unwrap(), oracle::json(body, case));
            }
            checked += 1;
        }
        bodies = bodies
            .iter()
            .flat_map(|body| alphabet.iter().map(move |&byte| [body, &[byte][..]].concat()))
            .collect();
    }
    assert_eq!(checked, (0..=most).map(|len| 7_usize.pow(len)).sum::<usize>());
}

#[test]
fn every_piece_at_every_place() {
    let pieces: [&[u8]; 16] = [
        b"=",
        b"==",
        b"&",
        b"&&",
        b"&=&",
        b"&c&",
        b"+",
        b"\"",
        b"\x1F",
        b"%",
        b"%4",
        b"%22",
        b"%FF",
        b"\xFF",
        "\u{1F600}".as_bytes(),
        b"%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80",
    ];
    // The other modes of duplicates sort the keys, and have no chunks.
    let cases: Vec<Case> = Case::all().filter(|case| case.duplicates == Duplicates::Keep).collect();
    for piece in pieces {
        for place in 0..=600 {
            let (before, after) = (b"x".repeat(place), b"x".repeat(place % 41));
            for body in [
                [b"a=", &before[..], piece, &after, b"&b=1"].concat(),
                [&before, piece, &after, b"=a&b=1"].concat(),
            ] {
                for &case in &cases {
                    assert_eq!(case.options().to_string(&body).unwrap(), oracle::json(&body, case));
                }
            }
        }
    }
}

#[test]
fn colliding_keys_stay_apart() {
    // Both blocks of a line lead to the same hash.
    let blocks: Vec<(&str, &str)> = include_str!("vectors/fnv-1a-collisions.txt")
        .lines()
        .map(|line| line.split_once('\t').unwrap())
        .collect();
    assert_eq!(blocks.len(), 21);
    let key = |index: usize| -> String {
        let block = |(bit, &(a, b))| if index >> bit & 1 == 0 { a } else { b };
        blocks.iter().enumerate().map(block).collect()
    };
    let body: Vec<String> =
        (0..600).map(|index| format!("{}={index}", key(index * 7 % 256))).collect();
    let body = body.join("&").into_bytes();
    for case in Case::all().filter(|case| !case.decode) {
        assert_eq!(case.options().to_string(&body).unwrap(), oracle::json(&body, case));
    }
}

#[test]
fn invalid_bytes_are_left_on_request() {
    let body = b"a=\xFF&b=2";
    let left = Options::new().leave_invalid_utf8(true);
    let replaced = "{\"a\":\"\u{FFFD}\",\"b\":\"2\"}";
    assert_eq!(left.to_vec(body).unwrap(), b"{\"a\":\"\xFF\",\"b\":\"2\"}");
    assert_eq!(left.to_string(body).unwrap(), replaced);
    let event = Event::new(body).options(left).stage(b"\xFF");
    let mut out = Vec::new();
    event.append_to_vec(&mut out).unwrap();
    // Only those of the pairs.
    assert_eq!(out.utf8_chunks().map(|chunk| chunk.invalid().len()).sum::<usize>(), 1);
    assert_eq!(event.to_string().unwrap(), Event::new(body).stage(b"\xFF").to_string().unwrap());
    for options in [left.leave_invalid_utf8(false), left.utf8(Utf8::Replace), left.max_output(99)] {
        assert_eq!(options.to_vec(body).unwrap(), replaced.as_bytes());
    }
    let error = Err(Error::InvalidUtf8 { input: Input::Body, offset: 2 });
    assert_eq!(left.utf8(Utf8::Strict).to_vec(body), error);
    assert_eq!(left.utf8(Utf8::Strict).leave_invalid_utf8(true).to_vec(body), error);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200 / oracle::SLOWDOWN))]

    #[test]
    fn json_of_long_bodies_matches_the_oracle(body in long_body(), case in case()) {
        prop_assert_eq!(case.options().to_string(&body).unwrap(), oracle::json(&body, case));
    }

    #[test]
    fn long_bodies_in_strict_utf8(body in long_body(), case in case()) {
        // Most bodies are refused unless they are repaired first.
        for body in [String::from_utf8_lossy(&body).as_bytes(), &body] {
            let strict = case.options().utf8(Utf8::Strict).to_string(body);
            match oracle::invalid_utf8(body, case) {
                None => prop_assert_eq!(strict.unwrap(), oracle::json(body, case)),
                Some(offset) => {
                    prop_assert_eq!(strict, Err(Error::InvalidUtf8 { input: Input::Body, offset }));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000 / oracle::SLOWDOWN))]

    #[test]
    fn segments_match_the_oracle(body in body()) {
        check_segments(&body, Rules::Template);
        check_segments(&body, Rules::Whatwg);
    }

    #[test]
    fn json_matches_the_oracle(body in body(), case in case()) {
        let json = case.options().to_string(&body).unwrap();
        prop_assert_eq!(&json, &oracle::json(&body, case));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
        if matches!(case.duplicates, Duplicates::Keep)
            && matches!(case.rules, Rules::Template)
            && !case.decode
        {
            prop_assert_eq!(formevent::to_string(&body), json);
        }
    }

    #[test]
    fn whatwg_with_decode_matches_form_urlencoded(body in body()) {
        let peer: Vec<_> = form_urlencoded::parse(&body).collect();
        let pairs = Rules::Whatwg.pairs(&body).map(|pair| (pair.decode_key(), pair.decode_value()));
        prop_assert!(pairs.eq(peer.iter().cloned()));

        let members = peer.iter().map(|(name, value)| (name.to_string(), oracle::string(value)));
        let options = Options::new().rules(Rules::Whatwg).decode(true);
        prop_assert_eq!(options.to_string(&body).unwrap(), oracle::object(members));
    }

    #[test]
    fn strict_utf8_refuses_at_the_first_bad_byte(body in body(), case in case()) {
        let strict = case.options().utf8(Utf8::Strict).to_string(&body);
        match oracle::invalid_utf8(&body, case) {
            None => prop_assert_eq!(strict.unwrap(), oracle::json(&body, case)),
            Some(offset) => {
                prop_assert_eq!(strict, Err(Error::InvalidUtf8 { input: Input::Body, offset }));
            }
        }
    }

    #[test]
    fn invalid_bytes_that_are_left_become_the_same_text(
        body in prop_oneof![4 => body(), 1 => long_body()],
        case in case(),
    ) {
        let pairs = oracle::split(&body, case.rules).0.len();
        let len = oracle::json(&body, case).len();
        let unlimited = [
            case.options(),
            case.options().max_pairs(pairs),
            case.options().max_pairs(pairs.wrapping_sub(1)),
        ];
        for options in unlimited {
            let left = options.leave_invalid_utf8(true);
            let repaired = left.to_vec(&body).map(|json| String::from_utf8_lossy(&json).into_owned());
            prop_assert_eq!(&repaired, &options.to_string(&body));
            prop_assert_eq!(left.to_string(&body), repaired);
        }
        let checked = [
            case.options().max_output(len),
            case.options().max_output(len - 1),
            case.options().max_output(len).max_pairs(pairs.wrapping_sub(1)),
            case.options().utf8(Utf8::Strict),
        ];
        for options in checked {
            prop_assert_eq!(options.leave_invalid_utf8(true).to_vec(&body), options.to_vec(&body));
        }
    }

    #[test]
    fn limits_hold_to_the_byte(body in body(), case in case()) {
        let json = oracle::json(&body, case);
        let pairs = oracle::split(&body, case.rules).0;
        let mut out = b"before".to_vec();
        for (options, fits) in [
            (case.options().max_bytes(body.len()), true),
            (case.options().max_pairs(pairs.len()), true),
            (case.options().max_output(json.len()), true),
            (case.options().max_bytes(body.len().wrapping_sub(1)), body.is_empty()),
            (case.options().max_pairs(pairs.len().wrapping_sub(1)), pairs.is_empty()),
            (case.options().max_output(json.len() - 1), false),
            (case.options().max_output(0), false),
        ] {
            out.truncate(6);
            let written = options.append_to_vec(&body, &mut out);
            prop_assert_eq!(written.is_ok(), fits);
            let expected = if fits { json.as_bytes() } else { b"" };
            prop_assert_eq!(&out, &[b"before", expected].concat());
        }
        if let Some((_, _, last)) = pairs.last() {
            let max = pairs.len() - 1;
            prop_assert_eq!(
                case.options().max_pairs(max).to_string(&body),
                Err(Error::TooManyPairs { max, offset: *last })
            );
        }
    }

    #[test]
    fn the_event_matches_the_oracle(
        body in body(),
        case in case(),
        headers in prop::collection::vec((text(), text()), 0..5),
        stage in text(),
        source_ip in text(),
        user_agent in text(),
        extra in text(),
    ) {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers_json = oracle::object(
            headers.iter().map(|(name, value)| (lossy(name), oracle::string(&lossy(value)))),
        );
        let expected = oracle::object([
            ("headers".into(), headers_json),
            ("querystring".into(), oracle::json(&body, case)),
            ("stage".into(), oracle::string(&lossy(&stage))),
            ("sourceIp".into(), oracle::string(&lossy(&source_ip))),
            ("userAgent".into(), oracle::string(&lossy(&user_agent))),
            ("requestId".into(), oracle::string(&lossy(&extra))),
        ]);
        let event = Event::new(&body)
            .options(case.options())
            .headers(headers.iter().map(|(name, value)| (name, value)))
            .stage(&stage)
            .source_ip(&source_ip)
            .user_agent(&user_agent)
            .extra("requestId", &extra);
        prop_assert_eq!(event.to_string().unwrap(), &*expected);

        let limited = event.clone().options(case.options().max_output(expected.len()));
        prop_assert_eq!(limited.to_string().unwrap(), &*expected);
        let limited = event.clone().options(case.options().max_output(expected.len() - 1));
        let mut out = vec![b'x'];
        prop_assert!(limited.append_to_vec(&mut out).is_err());
        prop_assert_eq!(out, b"x");

        #[cfg(feature = "serde")]
        {
            prop_assert_eq!(serde_json::to_string(&event).unwrap(), &*expected);
            prop_assert!(serde_json::to_string(&limited).is_err());

            let received: formevent::ReceivedEvent = serde_json::from_str(&expected).unwrap();
            prop_assert_eq!(serde_json::to_string(&received).unwrap(), expected);
            let fields: Vec<_> =
                received.querystring.iter().map(|(k, v)| (k.clone(), v.as_slice().to_vec())).collect();
            prop_assert_eq!(fields, oracle::members(&body, case));
        }
    }
}
