//! Compares formevent with a model of it, on bodies built to break it.

pub mod case;
pub mod check;
pub mod document;
pub mod model;
pub mod multipart;
pub mod mutate;
pub mod numbers;
#[path = "../../tests/oracle/mod.rs"]
pub mod oracle;
#[path = "../../tests/oracle/event.rs"]
mod oracle_event;
#[path = "../../tests/oracle/multipart.rs"]
pub mod oracle_multipart;
pub mod subject;

/// Defines a libFuzzer target that calls the function of this name in [`check`].
#[macro_export]
macro_rules! target {
    ($check:ident) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::check::$check(data));
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
            let mut input = data[..size].to_vec();
            let mut numbers = $crate::numbers::Numbers::new(seed.into());
            $crate::mutate::mutate(&mut input, max, &mut numbers, |_, body, max| {
                let len = body.len().min(max);
                body.resize(max, 0);
                let len = libfuzzer_sys::fuzzer_mutate(body, len, max);
                body.truncate(len);
            });
            data[..input.len()].copy_from_slice(&input);
            input.len()
        });
    };
}
