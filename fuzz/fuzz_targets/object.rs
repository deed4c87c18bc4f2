//! Segments, JSON and strict UTF-8 against the rules written plainly, with `serde_json` for each string.
#![no_main]

mod input;
#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use formevent::{Error, Part};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((case, body)) = input::case(data) else { return };
    let (mut pairs, mut dropped) = (Vec::new(), Vec::new());
    for segment in case.rules.segments(body) {
        match segment {
            Ok(pair) => pairs.push((pair.key.to_vec(), pair.value.to_vec(), pair.offset)),
            Err(it) => dropped.push((it.offset, it.text.to_vec(), it.reason.as_str())),
        }
    }
    assert_eq!((pairs, dropped), oracle::split(body, case.rules));

    let json = case.options().to_json(body).unwrap();
    assert_eq!(json, oracle::json(body, case));
    serde_json::from_str::<serde_json::Value>(&json).unwrap();

    let strict = case.options().strict_utf8(true).to_json(body);
    match oracle::invalid_utf8(body, case) {
        None => assert_eq!(strict.unwrap(), json),
        Some(offset) => assert_eq!(strict, Err(Error::InvalidUtf8 { part: Part::Body, offset })),
    }
});
