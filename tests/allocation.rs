//! Counts allocations.

use std::borrow::Cow;
use std::hint::black_box;

use allocation_counter::measure;
use formevent::{Duplicates, Event, Options, Rules};

/// A form with every kind of segment.
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
    // The counter works.
    assert_eq!(measure(|| drop(black_box(body.clone()))).count_total, 1);
}

#[cfg(feature = "multipart")]
#[test]
fn reading_parts_allocates_nothing_and_files_cost_nothing() {
    use formevent::multipart::{Files, Form, Multipart};

    let file = "a".repeat(100_000);
    let part = |parameters: &str, content: &str| {
        format!("--x\r\nContent-Disposition: form-data; {parameters}\r\n\r\n{content}\r\n")
    };
    let body = [
        part("name=\"a%22\"", "=&+%"),
        part("name=b; filename=\"c%22\"\r\nContent-Type: text/plain", &file),
        "--x--".to_owned(),
    ]
    .concat();
    let parts = Multipart::new(&body, "x").unwrap();
    let allocated = measure(|| {
        let lens = black_box(parts.clone()).map(|part| {
            let part = part.unwrap();
            part.body.len() + part.headers().count()
        });
        assert!(lens.eq([5, 100_002]));
        assert!(Multipart::new("--x\r\n\r\n", "x").unwrap().next().unwrap().is_err());
    });
    assert_eq!(allocated.count_total, 0);
    let allocated = measure(|| {
        let form = Form::new(parts.clone(), Files::Drop).unwrap();
        assert_eq!(form.as_urlencoded(), b"a%22=%3D%26%2B%25");
        assert_eq!(form.dropped(&Options::new()).count(), 1);
    });
    assert!(allocated.bytes_max <= 64, "{}", allocated.bytes_max);
}

#[test]
fn decoding_allocates_only_to_change_something() {
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
fn a_verdict_on_a_short_form_allocates_nothing() {
    use formevent::template::{Verdict, verdict};

    let distinct = (0..32).map(|key| format!("key-{key}=value&")).collect::<Vec<_>>().concat();
    for (body, expected) in [
        (distinct.trim_end_matches('&'), Verdict::Same),
        ("a=1&=", Verdict::Fails { offset: 4 }),
        (r"a=1&b=\n", Verdict::Differs { offset: 6 }),
    ] {
        let allocated = measure(|| assert_eq!(verdict(black_box(body)), expected));
        assert_eq!(allocated.count_total, 0);
    }
}

#[test]
fn a_reused_buffer_is_not_allocated_again() {
    let body = body();
    let event = Event::new(&body).header("Host", "api.example.com").stage("prod");
    let mut out = Vec::new();
    event.append_to_vec(&mut out).unwrap();
    let first = out.clone();
    let allocated = measure(|| {
        out.clear();
        event.append_to_vec(black_box(&mut out)).unwrap();
    });
    assert_eq!(allocated.count_total, 0);
    assert_eq!(out, first);
}

/// The headers of a request.
const HEADERS: [(&str, &[u8]); 12] = [
    ("Host", b"api.example.com"),
    ("Accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", b"ja,en;q=0.5"),
    ("Content-Type", b"application/x-www-form-urlencoded"),
    ("Content-Length", b"1234"),
    ("Cookie", b"session=\"0123456789abcdef\"; theme=\\"),
    ("Origin", b"https://www.example.com"),
    ("Referer", b"https://www.example.com/caf\xC3\xA9"),
    ("X-Amzn-Trace-Id", b"Root=1-5e66d96f-7491f09xmpl79d18acf3d050"),
    ("X-Forwarded-For", b"192.0.2.1, 198.51.100.17"),
    ("X-Latin-1", b"caf\xE9\t\xFF"),
    ("X-Empty", b""),
];

#[test]
fn an_event_into_a_reused_buffer_allocates_nothing() {
    // Longer than a chunk of the fast path.
    let long = [&b"k=v&long="[..], &[b'x'; 10_000], &[0xFF; 100], &[1; 100]].concat();
    let bodies: [&[u8]; 6] = [
        b"",
        b"name=Ada+L.&note=&x&a=b=c&=d&&tel=%2B81&q=\"\\\x01&",
        b"%E3%81%82=%E3%81%84%E3%81%86%E3%81%88%E3%81%8A%E3%81%8B%E3%81%8D%E3%81%8F&%00=%22",
        b"bad=\xFF%FF\xE3\x81&%C3=\xED\xA0\x80",
        &body(),
        &long,
    ];
    for rules in [Rules::Template, Rules::Whatwg] {
        for options in [false, true].map(|decode| Options::new().rules(rules).decode(decode)) {
            let write = |out: &mut Vec<u8>| {
                for body in bodies {
                    Event::new(black_box(body))
                        .options(options)
                        .headers(&HEADERS)
                        .stage("prod")
                        .source_ip("192.0.2.1")
                        .user_agent(b"Mozilla/5.0 \"\x1F\xE9\"")
                        .extra("requestId", b"c6af9ac6-7b61-11e6-9a41-93e8deadbeef\xFF")
                        .append_to_vec(out)
                        .unwrap();
                    options.append_to_vec(black_box(body), out).unwrap();
                }
            };
            let mut out = Vec::new();
            write(&mut out);
            let first = out.clone();
            out.clear();
            let allocated = measure(|| write(black_box(&mut out)));
            assert_eq!(allocated.count_total, 0, "{options:?}");
            assert_eq!(out, first);
        }
    }
}

#[test]
fn memory_grows_with_the_output() {
    for piece in [&b"plain=text&"[..], b"a=\"\"\"\"\"\"\"\"&", b"a=\xFF\xFF\xFF\xFF\xFF\xFF&"] {
        let body = piece.repeat((1 << 20) / piece.len());
        for options in [false, true].map(|decode| Options::new().decode(decode)) {
            let mut len = 0;
            let allocated = measure(|| {
                let mut out = Vec::new();
                options.append_to_vec(black_box(&body), &mut out).unwrap();
                len = out.len();
            });
            // Invalid UTF-8 is replaced in a copy after the JSON.
            let copied = if body.is_ascii() { 0 } else { body.len() * 14 / 9 };
            // While the buffer doubles, both of them.
            let most = u64::try_from(3 * (len + copied)).unwrap();
            assert!(allocated.bytes_max <= most, "{len}: {allocated:?}");
        }
    }
}

#[test]
fn dropped_text_takes_no_more_memory_than_the_body() {
    let nul = vec![0; 1 << 20];
    for body in [
        nul.clone(),
        [b"a=1&", &nul[..]].concat(),
        [&nul[..], b"&a=1"].concat(),
        [b"a=", &nul[..], b"=&a=1"].concat(),
        [&nul[..512], b"&"].concat().repeat(2_000),
        [b"a=", &nul[..512], b"=&"].concat().repeat(2_000),
    ] {
        let allocated = measure(|| drop(black_box(formevent::to_string(black_box(&body)))));
        let most = u64::try_from(body.len() * 5 / 4 + 4_096).unwrap();
        assert!(allocated.bytes_max <= most, "{}: {allocated:?}", body.len());
    }
}

#[test]
fn a_limit_on_the_output_bounds_the_memory_it_takes() {
    // 1 MiB whose JSON is 6 MiB.
    let body = [b"a=".to_vec(), vec![1; 1 << 20]].concat();
    let options = formevent::Options::new().max_output(1_000);
    let allocated = measure(|| assert!(options.to_string(black_box(&body)).is_err()));
    assert!(allocated.bytes_max < 2 * 6 * 1_000, "{allocated:?}");
}

#[test]
fn the_peak_of_each_mode() {
    let distinct: Vec<String> =
        (0..20_000).map(|index| format!("name-{index}=a+value+of+it%21&")).collect();
    let same = "name=a+value+of+it&".repeat(20_000);
    // Keys with the same hash, two each.
    let colliding: Vec<String> = include_str!("vectors/fnv-1a-collisions.txt")
        .lines()
        .filter(|keys| !keys.contains(['&', '=', '%', '+']))
        .flat_map(|keys| keys.split('\t').map(|key| format!("{key}=a+value+of+it&")))
        .collect();
    for (body, collide) in
        [(&distinct.concat(), false), (&same, false), (&colliding.concat(), true)]
    {
        let pairs = formevent::pairs(body.as_bytes()).count();
        assert!(pairs > 40, "{pairs}");
        for &duplicates in Duplicates::ALL {
            for decode in [false, true] {
                let options = Options::new().duplicates(duplicates).decode(decode);
                let mut len = 0;
                let object =
                    measure(|| len = options.to_string(black_box(body.as_bytes())).unwrap().len());
                let event = measure(|| {
                    let event = Event::new(body.as_bytes()).options(options);
                    assert!(event.to_string().unwrap().len() > len);
                });
                // At first 5/4 of the body; if the buffer grows, the old one and the doubled one.
                let spare = 2_048;
                let output = (body.len() * 5 / 4 + spare).max(3 * (len + spare));
                let keys = match duplicates {
                    Duplicates::Keep => 0,
                    _ if collide => 48 * pairs + body.len(),
                    _ => 16 * pairs,
                };
                // One key or value at a time, decoded.
                let most = u64::try_from(output + keys + 1_000).unwrap();
                assert!(object.bytes_max <= most, "{options:?}: {object:?}, {most}");
                assert!(event.bytes_max <= most, "{options:?}: {event:?}, {most}");
            }
        }
    }
}

#[cfg(feature = "serde")]
mod typed {
    use super::*;
    use serde::de::IgnoredAny;
    use serde::{Deserialize, Deserializer};

    #[derive(Debug, Deserialize)]
    struct Borrowed<'a> {
        name: &'a str,
        #[serde(borrow)]
        text: Cow<'a, str>,
        count: u32,
        price: f64,
        gift: bool,
        size: Size,
        note: Option<&'a str>,
        pair: (u8, u8),
        bytes: &'a [u8],
    }

    #[derive(Deserialize)]
    struct Single<'a> {
        name: &'a str,
        pair: [u8; 1],
    }

    #[derive(Debug, PartialEq, Deserialize)]
    enum Size {
        Large,
    }

    const BODY: &str = "name=Ada&te%78t=plain&count=%31%32&price=1%2E5&gift=o%6E&size=L%61rge&unknown=%41+%41&pair=1\
                        &bytes=\u{E9}&%E3%81%82=+";

    #[test]
    fn a_borrowed_struct_allocates_nothing() {
        let body = format!("{BODY}&pair=2");
        let allocated = measure(|| {
            // A list of two is the one thing to remember.
            let read = formevent::from_str::<Borrowed<'_>>(black_box(&body)).unwrap();
            assert_eq!((read.name, &*read.text, read.count, read.gift), ("Ada", "plain", 12, true));
            assert_eq!((read.price, read.size, read.pair), (1.5, Size::Large, (1, 2)));
            assert_eq!((read.note, read.bytes), (None, "\u{E9}".as_bytes()));
        });
        assert_eq!((allocated.count_total, allocated.bytes_max), (1, 96));

        let allocated = measure(|| {
            let read = formevent::from_str::<Single<'_>>(black_box(BODY)).unwrap();
            assert_eq!((read.name, read.pair), ("Ada", [1]));
            let ignored = formevent::from_str::<IgnoredAny>(black_box(BODY));
            assert!(ignored.is_ok());
        });
        assert_eq!(allocated.count_total, 0);
    }

    #[test]
    fn a_string_is_one_allocation_of_its_size() {
        #[derive(Deserialize)]
        struct Owned {
            text: String,
        }
        for sent in ["a", "%41", "+", "a+%E3%81%82", "100%", "%%41", "%4"] {
            for times in [1, 10, 50, 500, 5_000] {
                let body = format!("x=1&text={}&y=2", sent.repeat(times));
                let expected = formevent::decode(&sent.repeat(times)).into_owned();
                let mut read = String::new();
                let allocated = measure(|| {
                    read = formevent::from_str::<Owned>(black_box(&body)).unwrap().text;
                });
                assert_eq!(read, expected);
                assert_eq!(allocated.count_total, 1, "{sent} {times} times");
                assert_eq!(allocated.bytes_max, u64::try_from(expected.len()).unwrap());
            }
        }
    }

    /// A map that keeps nothing.
    struct Ignored;

    impl<'de> Deserialize<'de> for Ignored {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(IgnoredAny).map(|_| Ignored)
        }
    }

    #[test]
    fn a_map_takes_48_bytes_a_pair() {
        let same = "a&".repeat(100_000);
        let distinct = (0..100_000).map(|key| format!("key{key}=&")).collect::<Vec<_>>().concat();
        for body in [same, distinct] {
            let allocated =
                measure(|| assert!(formevent::from_str::<Ignored>(black_box(&body)).is_ok()));
            assert_eq!((allocated.count_total, allocated.bytes_max), (2, 48 * 100_000));
        }
    }
}
