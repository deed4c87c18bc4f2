//! Limits of any size: what is within them all is written whole, anything else not at all.
#![no_main]

mod input;
#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use formevent::Error;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((case, rest)) = input::case(data) else { return };
    let Some((max_bytes, rest)) = input::number(rest) else { return };
    let Some((max_pairs, rest)) = input::number(rest) else { return };
    let Some((max_output, body)) = input::number(rest) else { return };
    let options = case.options().max_bytes(max_bytes).max_pairs(max_pairs).max_output(max_output);
    let mut out = b"before".to_vec();
    let written = options.write_json(body, &mut out);

    let json = oracle::json(body, case);
    let pairs = oracle::split(body, case.rules).0;
    let within = body.len() <= max_bytes && pairs.len() <= max_pairs && json.len() <= max_output;
    assert_eq!(written.is_ok(), within);
    let expected = if within { json.as_str() } else { "" };
    assert_eq!(out, ["before", expected].concat().into_bytes());
    match written {
        Ok(()) => {}
        Err(Error::TooManyBytes { max }) => assert!(max == max_bytes && body.len() > max),
        Err(Error::TooManyPairs { max, offset }) => {
            assert!(max == max_pairs && pairs[max].2 == offset);
        }
        Err(Error::TooMuchOutput { max, .. }) => assert!(max == max_output && json.len() > max),
        Err(error) => panic!("{error}"),
    }
});
