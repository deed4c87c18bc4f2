//! The work that a sender can cause, in batches of fields, and not in time.

extern crate std;

use core::cell::Cell;

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::segments::BATCH;
use crate::FieldValue;

std::thread_local! {
    /// How many batches were read.
    pub(super) static BATCHES: Cell<usize> = const { Cell::new(0) };
}

#[derive(Deserialize)]
struct Lists {
    #[serde(default)]
    a: Vec<String>,
    #[serde(default)]
    b: Vec<String>,
    c: Option<FieldValue>,
    #[serde(rename = "d%", default)]
    d: Vec<String>,
}

/// Reads `T` and returns how many batches that took.
fn batches<T: for<'de> Deserialize<'de>>(body: &str) -> usize {
    BATCHES.set(0);
    crate::from_str::<T>(body).map(drop).unwrap();
    BATCHES.get()
}

#[test]
fn lists_read_the_rest_of_a_body_once() {
    for pairs in [
        "a=1&b=2&c=3&d%25=4&",
        "a&a&a&a&a&a&a&",
        "x&y&z&",
        "a=1&%61=2&x&b&",
        "d%25&%64%25&d%&",
        "c&%63&",
    ] {
        for times in [1, 10, 100, 1_000, 10_000] {
            let body = pairs.repeat(times);
            let once = body.matches('&').count() / BATCH + 2;
            // The struct, and each of its four fields that looks ahead.
            assert!(batches::<Lists>(&body) <= 5 * once, "{pairs} {times} times");
        }
    }
    let lists = crate::from_str::<Lists>("a&c=1&d%=4&a=2&b=3&c=5&%64%25=6").unwrap();
    assert_eq!(
        (lists.a, lists.b),
        (["", "2"].map(String::from).into(), [String::from("3")].into())
    );
    assert_eq!(lists.c.unwrap().as_slice(), ["1", "5"]);
    assert_eq!(lists.d, ["4", "6"]);
}

#[test]
fn maps_read_a_body_twice() {
    use alloc::collections::BTreeMap;

    for times in [1, 10, 100, 1_000, 10_000] {
        let distinct = (0..times).map(|key| alloc::format!("{key}&")).collect::<Vec<_>>().concat();
        for body in ["a&".repeat(times), distinct] {
            // The end is looked for once more.
            let once = times / BATCH + 3;
            assert!(batches::<BTreeMap<String, Vec<String>>>(&body) <= 2 * once);
            assert!(batches::<Vec<(String, String)>>(&body) <= once);
            assert!(batches::<IgnoredAny>(&body) <= once);
        }
    }
}
