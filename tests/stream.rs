//! A body in chunks: however it is cut, the JSON, what is dropped and the errors are those of the whole.

mod oracle;

use allocation_counter::measure;
use formevent::{Duplicates, Error, Options, Part, Reason, Rules, Stream};
use oracle::Case;
use proptest::prelude::*;

/// What a body becomes: the JSON or the error, and what was dropped on the way.
type Outcome = (Result<String, Error>, Vec<(usize, Reason)>);

/// What `stream` makes of `chunks`, the JSON of before an error included.
fn outcome<'b>(
    stream: &mut Stream,
    chunks: impl IntoIterator<Item = &'b [u8]>,
) -> (Outcome, usize) {
    let (mut json, mut dropped) = (Vec::new(), Vec::new());
    let mut done = Ok(());
    for chunk in chunks {
        done = stream.push(chunk).map(|new| json.extend_from_slice(new));
        dropped.extend_from_slice(stream.dropped());
        if done.is_err() {
            assert_eq!(stream.push(b"a=1").map(<[u8]>::len), done.clone().map(|()| 0));
            break;
        }
    }
    let end = stream.finish().map(|new| json.extend_from_slice(new));
    dropped.extend_from_slice(stream.dropped());
    let given = json.len();
    match done.and(end) {
        Ok(()) => ((Ok(String::from_utf8(json).unwrap()), dropped), given),
        Err(error) => {
            assert!(serde_json::from_slice::<serde_json::Value>(&json).is_err());
            ((Err(error), dropped), given)
        }
    }
}

/// What the whole body becomes.
fn whole(body: &[u8], options: &Options) -> Outcome {
    let dropped = options.dropped(body).map(|dropped| (dropped.offset, dropped.reason)).collect();
    (options.to_json(body), dropped)
}

/// Compares the whole body with it cut in two everywhere, and with single bytes.
fn check_every_cut(body: &[u8], options: &Options) {
    let expected = whole(body, options);
    let mut stream = Stream::new(*options);
    // In the other modes the body is put together before anything else is done.
    let step =
        if options == &options.duplicates(Duplicates::Keep) { 1 } else { 1 + body.len() / 2 };
    for at in (0..=body.len()).step_by(step) {
        let (first, second) = body.split_at(at);
        let (actual, _) = outcome(&mut stream, [first, second]);
        assert_eq!(actual, expected, "{options:?}: {} at {at}", body.escape_ascii());
    }
    let (actual, _) = outcome(&mut stream, body.chunks(1));
    assert_eq!(actual, expected, "{options:?}: {}", body.escape_ascii());
}

/// The outcome of all cuts in two and of single bytes, which is the same.
fn check_alike(body: &[u8], options: &Options, max_held: usize) -> Outcome {
    let mut stream = Stream::new(*options).max_held(max_held);
    let (expected, _) = outcome(&mut stream, body.chunks(1));
    let mut unreported = stream.clone().report_dropped(false);
    assert_eq!(outcome(&mut unreported, body.chunks(1)).0, (expected.0.clone(), Vec::new()));
    for at in 0..=body.len() {
        let (first, second) = body.split_at(at);
        let (actual, _) = outcome(&mut stream, [first, second]);
        let place = format!("{options:?}, {max_held}: {} at {at}", body.escape_ascii());
        assert_eq!(actual.0, expected.0, "{place}");
        // What is dropped behind an error may be reported or not.
        if actual.0.is_ok() {
            assert_eq!(actual.1, expected.1, "{place}");
        }
    }
    expected
}

#[test]
fn every_cut_of_every_vector() {
    let mut cuts = 0;
    for line in include_str!("vectors/template.jsonl").lines() {
        let vector: serde_json::Value = serde_json::from_str(line).unwrap();
        let body = vector["body"].as_str().unwrap().as_bytes();
        for case in Case::all() {
            check_every_cut(body, &case.options());
            cuts += body.len() + 1;
        }
    }
    let vectors: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("vectors/wpt-urlencoded.json")).unwrap();
    for vector in vectors {
        let body = vector["input"].as_str().unwrap().as_bytes();
        for case in Case::all() {
            check_every_cut(body, &case.options());
            cuts += body.len() + 1;
        }
    }
    assert!(cuts > 100_000, "{cuts}");
}

/// Bodies with all that a cut may go through.
const BODIES: [&[u8]; 12] = [
    b"",
    b"&&a=1&&",
    b"a=b=c&=d&==&=&e&f=&&g=h&=i=j=&k",
    b"\xF0\x9F\x98\x80=\xE3\x81\x82&\xC3\xA9=\xED\xA0\x80\xF0\x9F\x98&\xC3=\xE3\x81",
    b"%F0%9F%98%80=%E3%81%82&%C3%A9=%ED%A0%80%F0%9F%98&%C3=%E3%81",
    b"%F0\x9F%98\x80=\xE3%81\x82&\xC3%A9=x%F0%9F%98%8&%C3=%E3%8",
    b"a=%&%4=%4&%4g=%%41%4%%&b=%e&c=+%2",
    b"\"=\\\x01\x1F\n&+=%22%5C%00%0a",
    b"%41%42%43%44%45%46%47%48%49%4a%4b%4c%4d%4e%4f%50%51%52=%53%54%C3%A9%E3%81%82%E3%81%82%E3",
    b"long-key-of-more-than-one-block-of-bytes=long value of more than one block of 32 bytes&&x",
    b"x&y=z=\xFF&=\xFF&ok=1&last=\xFF",
    b"=\xF0\x9F\x98\x80%F0%9F%98%80%f0%9f%98%8",
];

#[test]
fn every_cut_of_what_is_hard_to_cut() {
    for body in BODIES {
        for case in Case::all() {
            check_every_cut(body, &case.options());
            for options in [case.options().strict_utf8(true), case.options().max_pairs(2)] {
                let expected = whole(body, &options);
                let actual = check_alike(body, &options, usize::MAX);
                assert_eq!(actual.0, expected.0, "{options:?}: {}", body.escape_ascii());
            }
        }
    }
}

/// Where the pair begins with which the JSON gets longer than `max`; the body's end if it is the brace.
fn passes(body: &[u8], case: Case, max: usize) -> usize {
    let (pairs, _) = oracle::split(body, case.rules);
    let passes = pairs.iter().map(|&(.., offset)| offset).find(|&offset| {
        let ampersand = body[offset..].iter().position(|&byte| byte == b'&');
        let end = ampersand.map_or(body.len(), |len| offset + len);
        oracle::json(&body[..end], case).len() - 1 > max
    });
    passes.unwrap_or(body.len())
}

#[test]
fn every_limit_of_what_is_hard_to_cut() {
    for body in BODIES {
        for case in Case::all().filter(|case| case.duplicates == Duplicates::Keep) {
            let json = case.options().to_json(body).unwrap();
            for max in 0..=json.len() {
                let options = case.options().max_output(max);
                let expected = if max == json.len() {
                    Ok(json.clone())
                } else {
                    Err(Error::TooMuchOutput { max, offset: passes(body, case, max) })
                };
                assert_eq!(options.to_json(body), expected, "{case:?}: {}", body.escape_ascii());
                let actual = check_alike(body, &options, usize::MAX);
                assert_eq!(actual.0, expected, "{options:?}: {}", body.escape_ascii());
                // Never more than is allowed, even of what ends in an error.
                let mut stream = Stream::new(options);
                assert!(outcome(&mut stream, body.chunks(3)).1 <= max);
                // Two limits at once: the same one is named however the body is cut.
                for options in [options.strict_utf8(true), options.max_bytes(max)] {
                    let (outcome, _) = check_alike(body, &options, usize::MAX);
                    assert_eq!(outcome.is_ok(), options.to_json(body).is_ok());
                }
            }
            for max in 0..body.len() {
                let options = case.options().max_bytes(max);
                let (error, _) = check_alike(body, &options, usize::MAX);
                assert_eq!(error, Err(Error::TooManyBytes { max }));
                let options = options.max_pairs(max / 3).strict_utf8(true);
                assert!(check_alike(body, &options, max / 2).0.is_err());
            }
        }
    }
}

#[test]
fn what_is_held_is_bounded() {
    let too_much = |max, offset| Error::TooMuchHeld { max, offset };
    let template = Options::new();
    for (body, max, expected) in [
        (&b"a=12&b=3"[..], 4, Ok(r#"{"a":"12","b":"3"}"#)),
        (b"a=12&b=3", 3, Err(too_much(3, 0))),
        (b"b=3&a=12&c=4", 3, Err(too_much(3, 4))),
        (b"a=12", 3, Err(too_much(3, 0))),
        (b"a=12", 4, Ok(r#"{"a":"12"}"#)),
        (b"&&&&&&a=1&&&&&&", 3, Ok(r#"{"a":"1"}"#)),
        // Without an `=` it may still become a pair.
        (b"abcd&a=1", 3, Err(too_much(3, 0))),
        // What is known to be dropped is not held.
        (b"=bcdefgh&a=1", 3, Ok(r#"{"a":"1"}"#)),
        (b"=bcdefgh", 0, Ok("{}")),
        (b"a==cdefgh=&a=1&b=2=3456=", 3, Ok(r#"{"a":"1"}"#)),
        (b"a=3=4567", 3, Ok("{}")),
        (b"a=34=567", 3, Err(too_much(3, 0))),
        (b"a=1", 0, Err(too_much(0, 0))),
        (b"", 0, Ok("{}")),
        (b"&&", 0, Ok("{}")),
    ] {
        let (actual, dropped) = check_alike(body, &template, max);
        assert_eq!(actual, expected.map(str::to_owned), "{} {max}", body.escape_ascii());
        if actual.is_ok() {
            assert_eq!(dropped, whole(body, &template).1, "{}", body.escape_ascii());
        }
        // Where nothing is dropped nothing is held.
        let whatwg = template.rules(Rules::Whatwg).decode(true);
        assert_eq!(check_alike(body, &whatwg, 0), whole(body, &whatwg));
    }
    for duplicates in [Duplicates::First, Duplicates::Last, Duplicates::Group] {
        let options = template.duplicates(duplicates);
        assert_eq!(check_alike(b"a=1&a=2", &options, 7), whole(b"a=1&a=2", &options));
        assert_eq!(check_alike(b"a=1&a=2", &options, 6).0, Err(too_much(6, 0)));
    }
    let options = template.max_bytes(5);
    assert_eq!(check_alike(b"a=12345", &options, 4).0, Err(too_much(4, 0)));
    assert_eq!(check_alike(b"a=12345", &options, 5).0, Err(Error::TooManyBytes { max: 5 }));
}

#[test]
fn what_comes_first_is_named() {
    let strict = Options::new().strict_utf8(true);
    let utf8 = |offset| Err(Error::InvalidUtf8 { part: Part::Body, offset });
    let whatwg = strict.rules(Rules::Whatwg);
    for (body, options, expected) in [
        (&b"a=1&b=\xFF&c=2"[..], strict.max_bytes(9), utf8(6)),
        (b"a=1&b=\xFF&c=2", strict.max_pairs(1), Err(Error::TooManyPairs { max: 1, offset: 4 })),
        (b"a=1&b=\xFF&c=2", strict.max_pairs(2), utf8(6)),
        (b"a=123\xFF", whatwg.max_output(8), Err(Error::TooMuchOutput { max: 8, offset: 0 })),
        (b"a=123\xFF", whatwg.max_output(9), utf8(5)),
        (b"a=123\xFF", whatwg.max_bytes(5), Err(Error::TooManyBytes { max: 5 })),
        (b"a=123\xFF", whatwg.max_bytes(6), utf8(5)),
        (b"a=\xC3\xA9%C3", whatwg.decode(true), utf8(4)),
    ] {
        let (actual, _) = check_alike(body, &options, usize::MAX);
        assert_eq!(actual, expected, "{}", body.escape_ascii());
    }
}

/// A body of `pieces`, as many as make about `len` bytes.
fn repeat(pieces: &[u8], len: usize) -> Vec<u8> {
    pieces.repeat(len / pieces.len() + 1)
}

#[test]
fn chunks_of_all_sizes() {
    let bodies: [Vec<u8>; 5] = [
        repeat(b"name=Ada+L.&note=&x&a=b=c&=d&&tel=%2B81&q=\"\\\x01&e=%E3%81%82\xFF&", 5_000),
        [b"a=1&b=".to_vec(), repeat(b"0123456789%E3%81%82\xC3\xA9+", 3_000), b"&c=2".to_vec()]
            .concat(),
        [b"a=1&b==".to_vec(), repeat(b"0123456789%E3=", 3_000), b"&c=2".to_vec()].concat(),
        repeat(b"%F0%9F%98%80", 3_000),
        repeat(b"&a&", 3_000),
    ];
    for body in bodies {
        for case in Case::all() {
            let expected = whole(&body, &case.options());
            let mut stream = Stream::new(case.options());
            for size in [1, 2, 3, 7, 16, 17, 255, 256, 257, 1_000, 4_096, body.len()] {
                let (actual, _) = outcome(&mut stream, body.chunks(size));
                assert_eq!(actual, expected, "{case:?}, {size}");
            }
        }
    }
}

#[test]
fn what_is_dropped_and_long_is_passed_over() {
    // Longer than what may be held, and reported with its reason all the same.
    let long = vec![b'x'; 3_000];
    for (begin, reason) in [(&b"="[..], Reason::EmptyKey), (b"a=b=", Reason::ManyEquals)] {
        let body = [b"a=1&", begin, &long, b"&b=2"].concat();
        for size in [1, 10, 1_000, body.len()] {
            let mut stream = Stream::new(Options::new()).max_held(10);
            let (actual, _) = outcome(&mut stream, body.chunks(size));
            assert_eq!(actual, (Ok(r#"{"a":"1","b":"2"}"#.to_owned()), vec![(4, reason)]));
        }
    }
    let body = [b"=", &long[..], b"="].concat();
    let mut stream = Stream::new(Options::new()).max_held(10);
    let (actual, _) = outcome(&mut stream, body.chunks(100));
    assert_eq!(actual, (Ok("{}".to_owned()), vec![(0, Reason::ManyEquals)]));
}

#[test]
fn memory_does_not_grow_with_the_body() {
    let chunk = repeat(b"name=Ada+L.&note=&x&a=b=c&tel=%2B81&q=\"\\\x01&e=%E3%81%82\xFF&", 1 << 14);
    let value = repeat(b"0123456789%E3%81%82\xC3\xA9+", 1 << 14);
    for (rules, first, chunk) in [
        (Rules::Template, &b""[..], &chunk),
        (Rules::Whatwg, b"", &chunk),
        (Rules::Whatwg, b"one=", &value),
        (Rules::Template, b"dropped==", &value),
    ] {
        for decode in [false, true] {
            let most = |chunks: usize| {
                let mut stream = Stream::new(Options::new().rules(rules).decode(decode));
                let mut len = 0;
                let allocated = measure(|| {
                    len += stream.push(first).unwrap().len();
                    for _ in 0..chunks {
                        len += stream.push(chunk).unwrap().len();
                    }
                    len += stream.finish().unwrap().len();
                });
                assert!(len > 0);
                allocated.bytes_max
            };
            let few = most(4);
            assert_eq!(most(400), few, "{rules:?}");
            // The JSON of a chunk, while its buffer grows, what is held, and what is dropped.
            assert!(few <= 10 * u64::try_from(chunk.len()).unwrap(), "{few}");
        }
    }
}

#[test]
fn a_stream_shows_how_far_it_is() {
    let mut stream = Stream::new(Options::new());
    stream.push(b"a=1").unwrap();
    let shown = format!("{stream:?}");
    assert!(shown.contains("read: 3, held: 3, error: None"), "{shown}");
    assert_eq!(stream.clone().finish(), stream.finish());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn random_cuts(
        body in prop::collection::vec(
            prop_oneof![
                Just(&b"&"[..]), Just(&b"="[..]), Just(&b"a=1&"[..]), Just(&b"%"[..]), Just(&b"%4"[..]),
                Just(&b"%41"[..]), Just(&b"%E3%81%82"[..]), Just(&b"\xE3\x81\x82"[..]), Just(&b"\xE3"[..]),
                Just(&b"%F0\x9F"[..]), Just(&b"\x98%80"[..]), Just(&b"\xFF"[..]), Just(&b"+"[..]),
                Just(&b"\""[..]), Just(&b"\x01"[..]), Just(&b"x"[..]), Just(&b"long text without a stop"[..]),
            ],
            0..60,
        ),
        mut cuts in prop::collection::vec(0.0..1.0_f64, 0..6),
        case in prop::sample::select(Case::all().collect::<Vec<_>>()),
        strict: bool,
    ) {
        let body = body.concat();
        cuts.sort_by(f64::total_cmp);
        let mut chunks = Vec::new();
        let mut from = 0;
        for cut in cuts {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in the body")]
            let to = (cut * body.len() as f64) as usize;
            chunks.push(&body[from..to]);
            from = to;
        }
        chunks.push(&body[from..]);
        let options = case.options().strict_utf8(strict);
        let expected = whole(&body, &options);
        let (actual, _) = outcome(&mut Stream::new(options), chunks);
        prop_assert_eq!(&actual.0, &expected.0);
        if actual.0.is_ok() {
            prop_assert_eq!(actual.1, expected.1);
            prop_assert_eq!(actual.0.unwrap(), oracle::json(&body, case));
        }
    }
}
