//! What allocates and what does not, by a counting allocator.

use std::borrow::Cow;
use std::hint::black_box;

use allocation_counter::measure;
use formevent::{Event, Rules};

/// A form with all that splitting meets.
fn body() -> Vec<u8> {
    b"name=Ada+L.&note=&x&a=b=c&=d&&tel=%2B81&q=\"\\\x01&".repeat(1_000)
}

#[test]
fn splitting_allocates_nothing() {
    let body = body();
    for rules in [Rules::Template, Rules::Whatwg] {
        let allocated = measure(|| {
            for segment in rules.segments(black_box(&body)) {
                let _ = black_box(segment);
            }
            assert!(rules.pairs(black_box(&body)).count() >= 4_000);
        });
        assert_eq!(allocated.count_total, 0);
    }
    // The counter counts.
    assert_eq!(measure(|| drop(black_box(body.clone()))).count_total, 1);
}

#[test]
fn decoding_allocates_only_where_something_changes() {
    let allocated = measure(|| {
        for raw in [&b"plain"[..], b"", b"100%", b"%4", b"\xE3\x81\x82"] {
            assert!(matches!(formevent::decode(black_box(raw)), Cow::Borrowed(_)));
        }
    });
    assert_eq!(allocated.count_total, 0);
    for raw in [&b"a+b"[..], b"%41", b"a+%41+b"] {
        assert_eq!(measure(|| drop(formevent::decode(black_box(raw)))).count_total, 1);
    }
}

#[test]
fn a_reused_buffer_is_not_allocated_again() {
    let body = body();
    let event = Event::new(&body).header("Host", "api.example.com").stage("prod");
    let mut out = Vec::new();
    event.write_json(&mut out).unwrap();
    let first = out.clone();
    let allocated = measure(|| {
        out.clear();
        event.write_json(black_box(&mut out)).unwrap();
    });
    assert_eq!(allocated.count_total, 0);
    assert_eq!(out, first);
}

#[test]
fn a_limit_on_the_output_bounds_the_memory_it_takes() {
    // 1 MiB that would be written as 6 MiB.
    let body = [b"a=".to_vec(), vec![1; 1 << 20]].concat();
    let options = formevent::Options::new().max_output(1_000);
    let allocated = measure(|| assert!(options.to_json(black_box(&body)).is_err()));
    assert!(allocated.bytes_max < 2 * 6 * 1_000, "{allocated:?}");
}
