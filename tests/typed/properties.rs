//! Random forms: against the pairs of the crate, against a slow reading by hand, and against what the peers write.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use formevent::de::{Deserializer, Error, ErrorKind};
use formevent::{Duplicates, Event, FieldValue, Options, ReceivedEvent, Utf8};
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::oracle::{self, Case};

/// A body of pieces that have a meaning for some rule.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] = &[
        b"&",
        b"=",
        b"a",
        b"b",
        b"a=",
        b"&a=",
        b"&b=",
        b"&%61=",
        b"&c=",
        b"+",
        b"%",
        b"%4",
        b"%41",
        b"%62",
        b"%26",
        b"%2b",
        b"%00",
        b"%C3%A9",
        b"%c3",
        b"%FF",
        b"\0",
        b"\xC3\xA9",
        b"\xC3",
        b"\xFF",
        b"1",
        b"on",
        b"the quick brown fox jumps over the lazy dog",
    ];
    let piece = prop_oneof![
        8 => prop::sample::select(pieces).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..4),
        1 => "[a-z]{0,80}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Rules and decoding, in all combinations.
fn case() -> impl Strategy<Value = Case> {
    let cases = Case::all().filter(|case| case.duplicates == Duplicates::Keep);
    prop::sample::select(cases.collect::<Vec<_>>())
}

type Pairs = Vec<(String, String)>;
type Maps = BTreeMap<String, Vec<String>>;

/// The pairs of a body, by the oracle.
fn pairs(body: &[u8], case: Case) -> Pairs {
    oracle::members(body, case)
        .into_iter()
        .map(|(key, mut values)| (key, values.remove(0)))
        .collect()
}

/// The offset of the second pair with a key.
fn second(body: &[u8], case: Case, key: &str) -> Option<usize> {
    let (pairs, _) = oracle::split(body, case.rules);
    let same =
        |(own, _, at): oracle::Pair| (oracle::text(&own, case.decode).0 == key).then_some(at);
    pairs.into_iter().filter_map(same).nth(1)
}

#[derive(Debug, PartialEq, Deserialize)]
struct Some3 {
    a: Option<String>,
    #[serde(default)]
    b: Vec<String>,
    c: Option<Vec<String>>,
}

/// Ignores every field.
#[derive(Debug, PartialEq, Deserialize)]
struct Empty {}

/// Reads a `Some3` slowly. `None` if `a`, which is no list, comes again.
fn slowly(pairs: &[(String, String)]) -> Option<Some3> {
    let all = |wanted: &str| {
        let pairs = pairs.iter().filter(|(key, _)| key == wanted);
        pairs.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let (a, b, c) = (all("a"), all("b"), all("c"));
    let c = if c.is_empty() { None } else { Some(c) };
    (a.len() <= 1).then(|| Some3 { a: a.into_iter().next(), b, c })
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Size {
    Small,
    #[serde(rename = "très grand & = %41+")]
    Large,
}

/// A struct that both peers can write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Scalars {
    text: String,
    #[serde(rename = "a key = with & all + %41 \u{1F600}")]
    odd: String,
    maybe: Option<String>,
    int: i64,
    byte: u8,
    float: f64,
    flag: bool,
    char: char,
    size: Size,
}

fn scalars() -> impl Strategy<Value = Scalars> {
    let text =
        || prop_oneof![any::<String>(), "[ -~]{0,40}", "[a-zé+%&= ]{100,300}", Just(String::new())];
    (
        (text(), text(), prop::option::of(text()), any::<i64>(), any::<u8>()),
        (
            prop::num::f64::NORMAL | prop::num::f64::ZERO,
            any::<bool>(),
            any::<char>(),
            any::<bool>(),
        ),
    )
        .prop_map(|((text, odd, maybe, int, byte), (float, flag, char, is_small))| Scalars {
            text,
            odd,
            maybe,
            int,
            byte,
            float,
            flag,
            char,
            size: if is_small { Size::Small } else { Size::Large },
        })
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Lists {
    #[serde(default)]
    texts: Vec<String>,
    #[serde(default)]
    numbers: BTreeSet<i16>,
    chars: Vec<char>,
    one: String,
}

fn lists() -> impl Strategy<Value = Lists> {
    (
        prop::collection::vec(any::<String>(), 0..6),
        prop::collection::btree_set(any::<i16>(), 0..6),
        prop::collection::vec(any::<char>(), 1..3),
        any::<String>(),
    )
        .prop_map(|(texts, numbers, chars, one)| Lists { texts, numbers, chars, one })
}

#[test]
fn every_piece_at_every_place() {
    let pieces: [&[u8]; 12] = [
        b"=",
        b"==",
        b"&",
        b"&&",
        b"&=&",
        b"&c&",
        b"+",
        b"%41",
        b"%4",
        b"%FF",
        b"\xFF",
        "é".as_bytes(),
    ];
    for piece in pieces {
        for place in 0..150 {
            let (before, after) = (b"x".repeat(place), b"x".repeat(place % 71));
            for body in [
                [b"a=", &before[..], piece, &after, b"&b=1"].concat(),
                [&before, piece, &after, b"=a&b=1"].concat(),
                [b"k=v&l=w&", &before[..], piece, &after].concat(),
            ] {
                for case in Case::all().filter(|case| case.duplicates == Duplicates::Keep) {
                    let read = case.options().deserialize::<Pairs>(&body);
                    assert_eq!(read, Ok(pairs(&body, case)), "{}", body.escape_ascii());
                }
            }
        }
    }
}

#[test]
fn pairs_are_the_same_in_every_batch() {
    for count in 0..100 {
        for separator in ["&", "&&", "&x&"] {
            let body: Vec<_> = (0..count).map(|index| format!("k{index}={index}")).collect();
            let body = body.join(separator);
            let read = Options::new().deserialize::<Vec<(String, usize)>>(&body).unwrap();
            assert_eq!(read.len(), count);
            for (index, (key, value)) in read.into_iter().enumerate() {
                assert_eq!((key, value), (format!("k{index}"), index));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000 / oracle::SLOWDOWN))]

    #[test]
    fn lists_of_pairs(body in body(), case in case()) {
        let read = case.options().deserialize::<Pairs>(&body);
        prop_assert_eq!(read, Ok(pairs(&body, case)));
        let read = case.options().deserialize::<Vec<(Cow<'_, str>, Cow<'_, str>)>>(&body).unwrap();
        let read: Pairs = read.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        prop_assert_eq!(read, pairs(&body, case));
    }

    #[test]
    fn refusals_do_not_depend_on_the_type(body in body(), case in case(), max in 0..20_usize) {
        let strict = case.options().utf8(Utf8::Strict);
        for options in [strict, strict.max_pairs(max), case.options().max_bytes(10 * max)] {
            let expected = options.to_string(&body).map(drop);
            let refused = |error: Error| formevent::Error::try_from(error).unwrap();
            let read = options.deserialize::<Pairs>(&body).map(drop);
            prop_assert_eq!(read.map_err(refused), expected.clone());
            let read = options.deserialize::<IgnoredAny>(&body).map(drop);
            prop_assert_eq!(read.map_err(refused), expected.clone());
            let read = options.deserialize::<Empty>(&body).map(drop);
            prop_assert_eq!(read.map_err(refused), expected.clone());
            let read = options.deserialize::<Maps>(&body).map(drop);
            // A map reads all keys before all values.
            prop_assert_eq!(read.is_err(), expected.is_err());
        }
    }

    #[test]
    fn structs(body in body(), case in case()) {
        let read = case.options().deserialize::<Some3>(&body);
        if let Some(expected) = slowly(&pairs(&body, case)) {
            prop_assert_eq!(read, Ok(expected));
        } else {
            let error = read.unwrap_err();
            prop_assert_eq!((error.kind(), error.field()), (ErrorKind::Repeated, Some("a")));
            prop_assert_eq!(error.offset(), second(&body, case, "a"));
        }
    }

    #[test]
    fn maps(body in body(), case in case()) {
        let members = oracle::members(&body, Case { duplicates: Duplicates::Group, ..case });
        let lists: Maps = members.iter().cloned().collect();
        let read = case.options().deserialize::<Maps>(&body);
        prop_assert_eq!(read.as_ref(), Ok(&lists));
        // Keys stand at the places of their first pairs.
        let read = case.options().deserialize::<serde_json::Map<_, serde_json::Value>>(&body).unwrap();
        prop_assert!(read.keys().eq(members.iter().map(|(key, _)| key)));
        let read = case.options().deserialize::<BTreeMap<String, FieldValue>>(&body).unwrap();
        prop_assert!(read.values().map(FieldValue::as_slice).eq(lists.values().map(Vec::as_slice)));
        match case.options().deserialize::<BTreeMap<String, String>>(&body) {
            Ok(read) => prop_assert!(read.into_values().map(|value| vec![value]).eq(lists.into_values())),
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::Repeated);
                prop_assert!(lists[error.field().unwrap()].len() > 1);
                prop_assert_eq!(error.offset(), second(&body, case, error.field().unwrap()));
            }
        }
    }

    #[test]
    fn the_event_reads_as_its_body(body in body(), case in case()) {
        for duplicates in [Duplicates::Keep, Duplicates::Group, Duplicates::Arrays] {
            let options = case.options().duplicates(duplicates);
            let json = Event::new(&body).options(options).to_string().unwrap();
            let event: ReceivedEvent = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(event.deserialize_form::<Maps>(), options.deserialize::<Maps>(&body));
            match (event.deserialize_form::<Some3>(), options.deserialize::<Some3>(&body)) {
                (Err(error), Err(expected)) => {
                    prop_assert_eq!((error.kind(), error.field()), (expected.kind(), expected.field()));
                    prop_assert!(error.index().is_some() && error.offset().is_none());
                }
                (read, expected) => prop_assert_eq!(read, expected),
            }
        }
        // Decoding later is the same, as long as nothing is replaced before.
        if str::from_utf8(&body).is_ok() {
            let json = Event::new(&body).options(case.options().decode(false)).to_string().unwrap();
            let event: ReceivedEvent = serde_json::from_str(&json).unwrap();
            let read = Pairs::deserialize(Deserializer::of_event(&event).decode(true));
            prop_assert_eq!(read, case.options().decode(true).deserialize(&body));
        }
    }

    #[test]
    fn what_peers_write_is_read_back(scalars in scalars(), lists in lists()) {
        let written = serde_urlencoded::to_string(&scalars).unwrap();
        prop_assert_eq!(formevent::from_str::<Scalars>(&written), Ok(scalars.clone()));
        let written = serde_html_form::to_string(&scalars).unwrap();
        prop_assert_eq!(formevent::from_bytes::<Scalars>(written.as_bytes()), Ok(scalars));
        let written = serde_html_form::to_string(&lists).unwrap();
        prop_assert_eq!(formevent::from_str::<Lists>(&written), Ok(lists));
    }

    #[test]
    fn peers_agree_where_the_rules_are_the_same(body in body()) {
        let read = formevent::from_bytes::<Pairs>(&body).unwrap();
        prop_assert_eq!(Ok(read), serde_urlencoded::from_bytes::<Pairs>(&body));
        let read = formevent::from_bytes::<Maps>(&body).unwrap();
        prop_assert_eq!(Ok(read), serde_html_form::from_bytes::<Maps>(&body));
        let read: Result<Some3, Error> = formevent::from_bytes(&body);
        prop_assert_eq!(read.ok(), serde_html_form::from_bytes::<Some3>(&body).ok());
    }
}
