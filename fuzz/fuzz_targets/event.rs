//! The event three ways: written, through serde, and read back by the function.
#![no_main]

mod input;
#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use formevent::{Event, EventBuf};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((case, rest)) = input::case(data) else { return };
    let (name, rest) = input::text(rest);
    let (value, rest) = input::text(rest);
    let (stage, body) = input::text(rest);
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let string = |bytes: &[u8]| oracle::string(&lossy(bytes));
    let expected = oracle::object([
        (
            "headers".into(),
            oracle::object([(lossy(name), string(value)), (lossy(value), string(name))]),
        ),
        ("querystring".into(), oracle::json(body, case)),
        ("stage".into(), string(stage)),
        ("sourceIp".into(), string(value)),
        ("userAgent".into(), string(name)),
        ("requestId".into(), string(stage)),
    ]);
    let event = Event::new(body)
        .options(case.options())
        .header(name, value)
        .header(value, name)
        .stage(stage)
        .source_ip(value)
        .user_agent(name)
        .extra("requestId", stage);
    assert_eq!(event.to_json().unwrap(), expected);
    assert_eq!(serde_json::to_string(&event).unwrap(), expected);

    let received: EventBuf = serde_json::from_str(&expected).unwrap();
    assert_eq!(serde_json::to_string(&received).unwrap(), expected);
    let fields: Vec<_> = received
        .querystring
        .iter()
        .map(|(name, value)| (name.clone(), value.as_slice().to_vec()))
        .collect();
    assert_eq!(fields, oracle::members(body, case));
});
