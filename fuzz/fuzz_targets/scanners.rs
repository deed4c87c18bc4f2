//! The one pass on each scanner of this machine against the slow way.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| formevent::check_scanners(body));
