//! Converting a body in chunks gives the JSON, the dropped segments and the errors of the whole body,
//! however it is cut.

mod oracle;

use allocation_counter::measure;
use formevent::{DropReason, Dropped, Duplicates, Error, Input, Options, Rules, Transcoder, Utf8};
use oracle::Case;
use proptest::prelude::*;

/// The JSON or the error, and the dropped segments.
type Outcome = (Result<String, Error>, Vec<(usize, Vec<u8>, DropReason)>);

/// The outcome of `chunks`, and the length of the JSON that was returned before an error.
fn outcome<'b>(
    transcoder: &mut Transcoder,
    chunks: impl IntoIterator<Item = &'b [u8]>,
) -> (Outcome, usize) {
    let (mut json, mut dropped) = (Vec::new(), Vec::new());
    let mut on_dropped = |it: Dropped<'_>| dropped.push((it.offset, it.text.to_vec(), it.reason));
    let mut done = Ok(());
    for chunk in chunks {
        done = transcoder.push_with(chunk, &mut on_dropped).map(|new| json.extend_from_slice(new));
        if done.is_err() {
            assert_eq!(transcoder.push("a=1").map(<[u8]>::len), done.clone().map(|()| 0));
            break;
        }
    }
    let end = transcoder.finish_with(on_dropped).map(|new| json.extend_from_slice(new));
    let given = json.len();
    match done.and(end) {
        Ok(()) => ((Ok(String::from_utf8(json).unwrap()), dropped), given),
        Err(error) => {
            assert!(serde_json::from_slice::<serde_json::Value>(&json).is_err());
            ((Err(error), dropped), given)
        }
    }
}

/// The outcome of the whole body.
fn whole(body: &[u8], options: &Options) -> Outcome {
    let dropped = options.dropped(body).map(|it| (it.offset, it.text.to_vec(), it.reason));
    (options.to_string(body), dropped.collect())
}

/// Compares the whole body with every cut in two, and with single bytes.
fn check_every_cut(body: &[u8], options: &Options) {
    let expected = whole(body, options);
    let mut stream = Transcoder::new(*options);
    // The other modes buffer the whole body first.
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

/// Checks that every cut in two has the same outcome as single bytes, and returns it.
fn check_alike(body: &[u8], options: &Options, max_held: usize) -> Outcome {
    let options = options.max_held(max_held);
    let mut stream = Transcoder::new(options);
    let (expected, _) = outcome(&mut stream, body.chunks(1));
    let mut json = Vec::new();
    let pushed = body
        .chunks(1)
        .try_for_each(|byte| stream.push(byte).map(|new| json.extend_from_slice(new)));
    let finished = stream.finish().map(|new| json.extend_from_slice(new));
    let unreported = pushed.and(finished).map(|()| String::from_utf8(json).unwrap());
    assert_eq!(unreported, expected.0);
    for at in 0..=body.len() {
        let (first, second) = body.split_at(at);
        let (actual, _) = outcome(&mut stream, [first, second]);
        let place = format!("{options:?}, {max_held}: {} at {at}", body.escape_ascii());
        assert_eq!(actual.0, expected.0, "{place}");
        // Segments dropped after an error may be reported or not.
        if actual.0.is_ok() {
            assert_eq!(actual.1, expected.1, "{place}");
        }
    }
    expected
}

#[test]
fn every_cut_of_every_vector() {
    let mut cuts = 0;
    let slowdown = usize::try_from(oracle::SLOWDOWN).unwrap();
    for line in include_str!("vectors/template.jsonl").lines().step_by(slowdown) {
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
    assert!(cuts > 100_000 / slowdown, "{cuts}");
}

/// Bodies with everything that a cut may separate.
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
fn every_cut_of_bodies_that_are_hard_to_cut() {
    for body in BODIES {
        for case in Case::all() {
            check_every_cut(body, &case.options());
            for options in [case.options().utf8(Utf8::Strict), case.options().max_pairs(2)] {
                let expected = whole(body, &options);
                let actual = check_alike(body, &options, usize::MAX);
                assert_eq!(actual.0, expected.0, "{options:?}: {}", body.escape_ascii());
            }
        }
    }
}

/// The offset of the pair whose JSON exceeds `max`, or the body's length if the last brace does.
fn exceeding_pair(body: &[u8], case: Case, max: usize) -> usize {
    let (pairs, _) = oracle::split(body, case.rules);
    let exceeding = pairs.iter().map(|&(.., offset)| offset).find(|&offset| {
        let ampersand = body[offset..].iter().position(|&byte| byte == b'&');
        let end = ampersand.map_or(body.len(), |len| offset + len);
        oracle::json(&body[..end], case).len() - 1 > max
    });
    exceeding.unwrap_or(body.len())
}

#[test]
fn every_limit_of_bodies_that_are_hard_to_cut() {
    for body in BODIES {
        for case in Case::all().filter(|case| case.duplicates == Duplicates::Keep) {
            let json = case.options().to_string(body).unwrap();
            for max in 0..=json.len() {
                let options = case.options().max_output(max);
                let expected = if max == json.len() {
                    Ok(json.clone())
                } else {
                    Err(Error::TooMuchOutput { max, offset: exceeding_pair(body, case, max) })
                };
                assert_eq!(options.to_string(body), expected, "{case:?}: {}", body.escape_ascii());
                let actual = check_alike(body, &options, usize::MAX);
                assert_eq!(actual.0, expected, "{options:?}: {}", body.escape_ascii());
                // It returns no more than the limit, even before an error.
                let mut stream = Transcoder::new(options);
                assert!(outcome(&mut stream, body.chunks(3)).1 <= max);
                // Two limits at once: the error is the same however the body is cut.
                for options in [options.utf8(Utf8::Strict), options.max_bytes(max)] {
                    let (outcome, _) = check_alike(body, &options, usize::MAX);
                    assert_eq!(outcome.is_ok(), options.to_string(body).is_ok());
                }
            }
            for max in 0..body.len() {
                let options = case.options().max_bytes(max);
                let (error, _) = check_alike(body, &options, usize::MAX);
                assert_eq!(error, Err(Error::TooManyBytes { max }));
                let options = options.max_pairs(max / 3).utf8(Utf8::Strict);
                assert!(check_alike(body, &options, max / 2).0.is_err());
            }
        }
    }
}

#[test]
fn held_bytes_are_bounded() {
    let too_much = |max, offset| Error::TooMuchHeld { max, offset };
    let template = Options::new();
    for (body, max, expected) in [
        (&b"a=12&b=3"[..], 4, Ok(r#"{"a":"12","b":"3"}"#)),
        (b"a=12&b=3", 3, Err(too_much(3, 0))),
        (b"b=3&a=12&c=4", 3, Err(too_much(3, 4))),
        (b"a=12", 3, Err(too_much(3, 0))),
        (b"a=12", 4, Ok(r#"{"a":"12"}"#)),
        (b"&&&&&&a=1&&&&&&", 3, Ok(r#"{"a":"1"}"#)),
        // A segment that is dropped in the end counts too.
        (b"abcd&a=1", 3, Err(too_much(3, 0))),
        (b"a=1&=bcdefgh", 3, Err(too_much(3, 4))),
        (b"a==cdefgh=&a=1", 3, Err(too_much(3, 0))),
        (b"=bc&a=1", 3, Ok(r#"{"a":"1"}"#)),
        (b"a=1", 0, Err(too_much(0, 0))),
        (b"", 0, Ok("{}")),
        (b"&&", 0, Ok("{}")),
    ] {
        let (actual, dropped) = check_alike(body, &template, max);
        assert_eq!(actual, expected.map(str::to_owned), "{} {max}", body.escape_ascii());
        if actual.is_ok() {
            assert_eq!(dropped, whole(body, &template).1, "{}", body.escape_ascii());
        }
        let whatwg = template.rules(Rules::Whatwg).decode(true);
        let (by_whatwg, _) = check_alike(body, &whatwg, max);
        match actual {
            Ok(_) => assert_eq!(by_whatwg, whole(body, &whatwg).0),
            error => assert_eq!(by_whatwg, error),
        }
    }
    for &duplicates in &Duplicates::ALL[1..] {
        let options = template.duplicates(duplicates);
        assert_eq!(check_alike(b"a=1&a=2", &options, 7), whole(b"a=1&a=2", &options));
        assert_eq!(check_alike(b"a=1&a=2", &options, 6).0, Err(too_much(6, 0)));
    }
    let options = template.max_bytes(5);
    assert_eq!(check_alike(b"a=12345", &options, 4).0, Err(too_much(4, 0)));
    assert_eq!(check_alike(b"a=12345", &options, 5).0, Err(Error::TooManyBytes { max: 5 }));
}

#[test]
fn the_first_error_in_the_body_is_returned() {
    let strict = Options::new().utf8(Utf8::Strict);
    let utf8 = |offset| Err(Error::InvalidUtf8 { input: Input::Body, offset });
    let whatwg = strict.rules(Rules::Whatwg);
    for (body, options, expected) in [
        (&b"a=1&b=\xFF&c=2"[..], strict.max_bytes(9), utf8(6)),
        (b"a=1&b=\xFF&c=2", strict.max_pairs(1), Err(Error::TooManyPairs { max: 1, offset: 4 })),
        (b"a=1&b=\xFF&c=2", strict.max_pairs(2), utf8(6)),
        (b"a=123&b=\xFF", whatwg.max_output(8), Err(Error::TooMuchOutput { max: 8, offset: 0 })),
        (b"a=123\xFF", whatwg.max_output(8), utf8(5)),
        (b"a=123\xFF", whatwg.max_bytes(5), Err(Error::TooManyBytes { max: 5 })),
        (b"a=123\xFF", whatwg.max_bytes(6), utf8(5)),
        (b"a=\xC3\xA9%C3", whatwg.decode(true), utf8(4)),
    ] {
        let (actual, _) = check_alike(body, &options, usize::MAX);
        assert_eq!(actual, expected, "{}", body.escape_ascii());
    }
}

/// `piece` repeated, about `len` bytes in all.
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
            let mut stream = Transcoder::new(case.options());
            for size in [1, 2, 3, 7, 16, 17, 255, 256, 257, 1_000, 4_096, body.len()] {
                let (actual, _) = outcome(&mut stream, body.chunks(size));
                assert_eq!(actual, expected, "{case:?}, {size}");
            }
        }
    }
}

#[test]
fn memory_does_not_grow_with_the_body() {
    let chunk = repeat(b"name=Ada+L.&note=&x&a=b=c&tel=%2B81&q=\"\\\x01&e=%E3%81%82\xFF&", 1 << 14);
    let dropped = repeat(b"a&", 1 << 14);
    let nul = [b"a=".to_vec(), vec![0; 1 << 14], b"&".to_vec()].concat();
    for (rules, chunk, has_dropped) in [
        (Rules::Template, &chunk, true),
        (Rules::Whatwg, &chunk, false),
        (Rules::Template, &dropped, true),
        (Rules::Template, &nul, false),
    ] {
        for decode in [false, true] {
            let most = |chunks: usize| {
                let mut stream = Transcoder::new(Options::new().rules(rules).decode(decode));
                let (mut len, mut reported) = (0, 0);
                let allocated = measure(|| {
                    for _ in 0..chunks {
                        len += stream.push_with(chunk, |_| reported += 1).unwrap().len();
                    }
                    len += stream.finish().unwrap().len();
                });
                assert_eq!(reported > 0, has_dropped);
                assert!(len > 0);
                allocated.bytes_max
            };
            let few = most(4);
            assert_eq!(most(400), few, "{rules:?}");
            // The JSON of a chunk while its buffer grows, and the segment that is held.
            assert!(few <= 12 * u64::try_from(chunk.len()).unwrap(), "{few}");
        }
    }
}

#[test]
fn debug_shows_the_progress() {
    let mut stream = Transcoder::new(Options::new());
    stream.push(b"a=1").unwrap();
    let shown = format!("{stream:?}");
    assert!(shown.contains("read: 3, held: 3, failed: false"), "{shown}");
    assert_eq!(stream.clone().finish(), stream.finish());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000 / oracle::SLOWDOWN))]

    #[test]
    fn random_cuts(
        body in prop::collection::vec(
            prop_oneof![
                Just(&b"&"[..]), Just(&b"="[..]), Just(&b"a=1&"[..]), Just(&b"%"[..]), Just(&b"%4"[..]),
                Just(&b"%41"[..]), Just(&b"%E3%81%82"[..]), Just(&b"\xE3\x81\x82"[..]), Just(&b"\xE3"[..]),
                Just(&b"%F0\x9F"[..]), Just(&b"\x98%80"[..]), Just(&b"\xFF"[..]), Just(&b"+"[..]),
                Just(&b"\""[..]), Just(&b"\x01"[..]), Just(&b"x"[..]), Just(&b"long text without a structural byte"[..]),
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
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a position in the body")]
            let to = (cut * body.len() as f64) as usize;
            chunks.push(&body[from..to]);
            from = to;
        }
        chunks.push(&body[from..]);
        let options = case.options().utf8(if strict { Utf8::Strict } else { Utf8::Replace });
        let expected = whole(&body, &options);
        let (actual, _) = outcome(&mut Transcoder::new(options), chunks);
        prop_assert_eq!(&actual.0, &expected.0);
        if actual.0.is_ok() {
            prop_assert_eq!(actual.1, expected.1);
            prop_assert_eq!(actual.0.unwrap(), oracle::json(&body, case));
        }
    }
}
