//! `whatwg` with `decode` against form_urlencoded, which follows the same standard.
#![no_main]

use formevent::{Options, Rules};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let peer: Vec<_> = form_urlencoded::parse(body).collect();
    let pairs = Rules::Whatwg.pairs(body).map(|pair| (pair.decode_key(), pair.decode_value()));
    assert!(pairs.eq(peer.iter().cloned()));

    let json = Options::new().rules(Rules::Whatwg).decode(true).to_json(body).unwrap();
    let string = |text| serde_json::to_string(text).unwrap();
    let members: Vec<_> =
        peer.iter().map(|(name, value)| format!("{}:{}", string(name), string(value))).collect();
    assert_eq!(json, format!("{{{}}}", members.join(",")));
});
