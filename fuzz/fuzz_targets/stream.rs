//! A body in chunks against the whole body; with limits, cut one way against cut another.
#![no_main]

mod input;
#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use formevent::{Error, Reason, Stream};
use libfuzzer_sys::fuzz_target;

/// The JSON or the error, and what was dropped.
type Outcome = (Result<Vec<u8>, Error>, Vec<(usize, Reason)>);

fn outcome<'b>(stream: &mut Stream, chunks: impl Iterator<Item = &'b [u8]>) -> Outcome {
    let (mut json, mut dropped) = (Vec::new(), Vec::new());
    let mut done = Ok(());
    for chunk in chunks {
        done = stream.push(chunk).map(|new| json.extend_from_slice(new));
        dropped.extend_from_slice(stream.dropped());
        if done.is_err() {
            break;
        }
    }
    let end = stream.finish().map(|new| json.extend_from_slice(new));
    dropped.extend_from_slice(stream.dropped());
    (done.and(end).map(|()| json), dropped)
}

/// `body` in chunks of these lengths, over and over.
fn cut<'b>(mut body: &'b [u8], lens: &[u8]) -> impl Iterator<Item = &'b [u8]> {
    let mut lens = lens.iter().cycle().copied();
    std::iter::from_fn(move || {
        let len = usize::from(lens.next()?).max(1).min(body.len());
        let (chunk, rest) = body.split_at(len);
        body = rest;
        (!chunk.is_empty()).then_some(chunk)
    })
}

fuzz_target!(|data: &[u8]| {
    let Some((case, rest)) = input::case(data) else { return };
    let Some((&[strict, held, low, high], rest)) = rest.split_first_chunk() else { return };
    let Some((lens, body)) = rest.split_first_chunk::<4>() else { return };

    let options = case.options().strict_utf8(strict & 1 != 0);
    let mut stream = Stream::new(options);
    let (json, dropped) = outcome(&mut stream, cut(body, lens));
    assert_eq!(json, options.to_json(body).map(String::into_bytes));
    if let Ok(json) = json {
        assert_eq!(json, oracle::json(body, case).into_bytes());
        assert!(dropped.into_iter().eq(options.dropped(body).map(|it| (it.offset, it.reason))));
    }

    let max = usize::from(u16::from_le_bytes([low, high % 8]));
    let options = match strict >> 1 & 3 {
        0 => options.max_bytes(max),
        1 => options.max_pairs(max),
        2 => options.max_output(max),
        _ => options.max_bytes(max).max_pairs(max / 8).max_output(max),
    };
    let mut stream = Stream::new(options).max_held(held.into());
    let (expected, dropped) = outcome(&mut stream, body.chunks(1));
    for lens in [lens.as_slice(), &[255], &[255, 1]] {
        let actual = outcome(&mut stream, cut(body, lens));
        assert_eq!(actual.0, expected);
        assert!(expected.is_err() || actual.1 == dropped);
    }
});
