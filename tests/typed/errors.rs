//! The errors and their messages; limits, settings and faulty visitors.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt;

use formevent::de::{Deserializer, Error, ErrorKind};
use formevent::{FieldValue, Input, Options, ReceivedEvent, Rules, TypedEvent, Utf8, from_str};
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};

#[derive(Debug, PartialEq, Deserialize)]
struct Contact {
    name: String,
    age: Option<u8>,
    #[serde(default)]
    topic: Vec<String>,
}

const FORM: Options = Options::new().rules(Rules::Whatwg).decode(true);

#[test]
fn an_error_says_what_where_and_which_text() {
    type Case =
        (&'static str, ErrorKind, Option<&'static str>, Option<usize>, Option<&'static str>);
    let cases: [Case; 5] = [
        ("age=1", ErrorKind::Missing, Some("name"), None, None),
        ("name=a&x&n%61me=b", ErrorKind::Repeated, Some("name"), Some(9), None),
        ("name=a&age=%2F1", ErrorKind::Invalid, Some("age"), Some(11), Some("/1")),
        ("name=a&age", ErrorKind::Invalid, Some("age"), Some(10), Some("")),
        ("name=a&a%67e=", ErrorKind::Invalid, Some("age"), Some(13), Some("")),
    ];
    for (body, kind, field, offset, text) in cases {
        let error = from_str::<Contact>(body).unwrap_err();
        let found = (error.kind(), error.field(), error.offset(), error.text());
        assert_eq!(found, (kind, field, offset, text), "{body}");
        assert_eq!((error.index(), error.refused()), (None, None));
        assert!(error.source().is_none());
        assert_eq!(formevent::Error::try_from(error.clone()), Err(error));
    }
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

#[test]
fn a_long_text_is_cut_between_characters() {
    for (text, shown) in [
        ("x".repeat(40), "x".repeat(40)),
        ("x".repeat(41), "x".repeat(40)),
        ("é".repeat(41), "é".repeat(20)),
        (format!("x{}", "é".repeat(41)), format!("x{}", "é".repeat(19))),
        (format!("xx{}", "\u{1F600}".repeat(41)), format!("xx{}", "\u{1F600}".repeat(9))),
    ] {
        let error = from_str::<BTreeMap<String, u8>>(&format!("a={text}")).map(drop).unwrap_err();
        assert_eq!(error.text(), Some(&*shown));
    }
    // The `Display` is safe to log.
    let error = from_str::<BTreeMap<String, u8>>("a%0A=%1B%E2%80%AE").unwrap_err();
    assert_eq!(
        error.to_string(),
        r"field `a\n` at byte offset 5 is `\u{1b}\u{202e}`; it must be an integer from 0 to 255"
    );
    let long = "k".repeat(1_000);
    let error = from_str::<BTreeMap<String, u8>>(&format!("{long}=x")).unwrap_err();
    assert_eq!(error.field(), Some(&*long));
    assert!(error.to_string().len() < 150);
}

#[test]
fn limits_and_strict_utf8_are_refusals() {
    let limited = |error: formevent::Error, options: Options, body: &[u8]| {
        let check = |refused: Error| {
            assert_eq!((refused.kind(), refused.refused()), (ErrorKind::Refused, Some(&error)));
            assert_eq!((refused.offset(), refused.text()), (error.offset(), None));
            assert_eq!(refused.to_string(), error.to_string());
            assert_eq!(refused.source().unwrap().to_string(), error.to_string());
            assert_eq!(Error::from(error.clone()).refused(), refused.refused());
            assert_eq!(formevent::Error::try_from(refused).as_ref(), Ok(&error));
        };
        check(options.deserialize::<Contact>(body).unwrap_err());
        check(options.deserialize::<BTreeMap<String, FieldValue>>(body).unwrap_err());
        check(options.deserialize::<Vec<(String, String)>>(body).unwrap_err());
        check(options.deserialize::<IgnoredAny>(body).unwrap_err());
    };
    limited(formevent::Error::TooManyBytes { max: 5 }, FORM.max_bytes(5), b"name=a");
    limited(formevent::Error::TooManyPairs { max: 0, offset: 1 }, FORM.max_pairs(0), b"&name=a");
    limited(formevent::Error::TooManyPairs { max: 1, offset: 7 }, FORM.max_pairs(1), b"name=a&x");
    // Found while a list looks ahead.
    limited(
        formevent::Error::TooManyPairs { max: 2, offset: 15 },
        FORM.max_pairs(2),
        b"topic=a&name=b&x",
    );
    let many = [b"name=a".to_vec(), b"&x".repeat(50)].concat();
    limited(formevent::Error::TooManyPairs { max: 40, offset: 85 }, FORM.max_pairs(40), &many);
    let utf8 = |offset| formevent::Error::InvalidUtf8 { input: Input::Body, offset };
    let strict = FORM.utf8(Utf8::Strict);
    limited(utf8(6), strict, b"name=a\xFF");
    limited(utf8(6), strict, b"name=a%FF");
    limited(utf8(9), strict, b"name=a&x=%FF");
    limited(utf8(8), strict, b"name=a&x\xC3");
    limited(utf8(8), strict, b"topic=a&%FF");
    limited(utf8(7), strict, b"name=a&\xFF=");

    let error = strict.deserialize::<Contact>("name=%FF").unwrap_err();
    assert_eq!(error.field(), Some("name"));
    assert_eq!(FORM.max_pairs(1).max_bytes(6).deserialize::<Contact>("name=a").unwrap().name, "a");
    assert_eq!(Options::new().deserialize::<()>("a"), Ok(()));
    assert!(FORM.max_pairs(0).deserialize::<()>("a").is_err());
    assert!(FORM.max_bytes(0).deserialize::<()>("&").is_err());
    // Bytes are checked, but never replaced.
    assert_eq!(FORM.deserialize::<[(&str, &[u8]); 1]>(b"a=\xFF"), Ok([("a", &b"\xFF"[..])]));
    assert!(strict.deserialize::<[(&str, &[u8]); 1]>(b"a=\xFF").is_err());
}

#[test]
fn an_empty_value_is_none_on_request() {
    type Texts = BTreeMap<String, Option<String>>;
    type Lists = BTreeMap<String, Vec<Option<u8>>>;
    type OptionalLists = BTreeMap<String, Option<Vec<String>>>;
    fn read<T: for<'de> Deserialize<'de>>(body: &str) -> Result<T, Error> {
        T::deserialize(Deserializer::new(body, &FORM).empty_as_none(true))
    }
    let contact = |age| Contact { name: String::new(), age, topic: Vec::new() };
    assert_eq!(read("name=&age="), Ok(contact(None)));
    assert_eq!(read("name=&age=7"), Ok(contact(Some(7))));
    assert_eq!(read("name=&age"), Ok(contact(None)));
    // A `+` decodes to a space, which is a text.
    assert!(read::<Contact>("name=&age=+").is_err());
    assert_eq!(
        read("a=&b=x"),
        Ok(Texts::from([("a".into(), None), ("b".into(), Some("x".into()))]))
    );
    assert_eq!(read("a=&a=1"), Ok(Lists::from([("a".into(), vec![None, Some(1)])])));
    // An `Option` cannot know that a list is in it, so this is an error, and nothing is lost.
    assert_eq!(read("a="), Ok(OptionalLists::from([("a".into(), None)])));
    assert_eq!(read::<OptionalLists>("a=&a=x").unwrap_err().kind(), ErrorKind::Repeated);
    let json = r#"{"querystring":{"name":"","age":""}}"#;
    let event: ReceivedEvent = serde_json::from_str(json).unwrap();
    let form = Deserializer::of_event(&event).empty_as_none(true);
    assert_eq!(Contact::deserialize(form), Ok(contact(None)));
}

#[test]
fn decoding_can_be_chosen_later() {
    let read = |decode| {
        let form = Deserializer::new("name=a+b", &FORM).decode(decode);
        Contact::deserialize(form.clone()).unwrap().name
    };
    assert_eq!((read(true), read(false)), ("a b".to_owned(), "a+b".to_owned()));
}

#[test]
fn other_crates_can_wrap_the_deserializer() {
    let form = Deserializer::new("name=a&age=x", &FORM);
    let error = serde_path_to_error::deserialize::<_, Contact>(form).unwrap_err();
    assert_eq!(error.path().to_string(), "age");
    assert_eq!(error.inner().offset(), Some(11));
}

#[test]
fn the_form_of_an_event() {
    let json = r#"{"querystring":{"topic":["tea","cake"],"name":"Ada","age":"x","topic":"jam"}}"#;
    let event: ReceivedEvent = serde_json::from_str(json).unwrap();
    let error = event.deserialize_form::<Contact>().unwrap_err();
    assert_eq!((error.field(), error.index(), error.offset()), (Some("age"), Some(3), None));
    assert_eq!(
        error.to_string(),
        "field `age` at index 3 (from 0) is `x`; it must be an integer from 0 to 255"
    );
    assert_eq!(event.fields().nth(3), Some(("age", "x")));

    let typed = serde_json::from_str::<TypedEvent<Contact>>(json).unwrap_err();
    assert!(typed.to_string().starts_with(&error.to_string()), "{typed}");
    let json = json.replace('x', "36");
    let typed: TypedEvent<Contact> = serde_json::from_str(&json).unwrap();
    let topic = ["tea", "cake", "jam"].map(str::to_owned).to_vec();
    assert_eq!(typed.form, Contact { name: "Ada".into(), age: Some(36), topic });
    assert_eq!(serde_json::from_str::<ReceivedEvent>(&json).unwrap(), typed.event);
    // Fields may be borrowed from the event.
    let json = r#"{"querystring":{"a":"b"}}"#;
    let event: ReceivedEvent = serde_json::from_str(json).unwrap();
    assert_eq!(event.deserialize_form::<[(&str, &str); 1]>(), Ok([("a", "b")]));
    let nested = r#"{"querystring":{"name[first]":"b"}}"#;
    let event: ReceivedEvent = serde_json::from_str(nested).unwrap();
    let error = event.deserialize_form::<Contact>().unwrap_err();
    assert!(error.to_string().contains("there is `name[first]` at index 0 (from 0)"), "{error}");
}

/// A struct with whatever fields the sender chooses, each a list.
#[derive(Debug)]
struct Any(Vec<(String, Vec<String>)>);

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Any(fields))
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Any", &["a", "b"], AnyVisitor)
    }
}

#[test]
fn a_struct_looks_ahead_at_most_once_a_field() {
    let fields = from_str::<Any>("x=1&y=2&x=3&y=4&x=5").unwrap().0;
    assert_eq!(
        fields,
        [("x", vec!["1", "3", "5"]), ("y", vec!["2", "4"])].map(|(key, values)| {
            (key.to_owned(), values.into_iter().map(str::to_owned).collect())
        })
    );
    let error = from_str::<Any>("x=1&y=2&z=3").unwrap_err();
    assert_eq!(
        (error.kind(), error.field(), error.offset()),
        (ErrorKind::Unsupported, Some("z"), Some(10))
    );
}

/// Reads values without keys.
#[derive(Debug)]
struct Hasty;

struct HastyVisitor;

impl<'de> Visitor<'de> for HastyVisitor {
    type Value = Hasty;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Hasty, A::Error> {
        for _ in 0..20 {
            let _ = map.next_value::<Vec<String>>();
        }
        while map.next_key::<IgnoredAny>()?.is_some() {}
        let _ = map.next_value::<String>();
        let _ = map.next_key::<String>();
        Ok(Hasty)
    }
}

#[test]
fn a_visitor_with_faults_causes_no_panic() {
    struct InStruct;
    impl<'de> Deserialize<'de> for InStruct {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_struct("", &["a"], HastyVisitor).map(|Hasty| InStruct)
        }
    }
    struct InMap;
    impl<'de> Deserialize<'de> for InMap {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(HastyVisitor).map(|Hasty| InMap)
        }
    }
    for body in ["", "a", "a=1&b=2&a=3", &"a=1&b=2&".repeat(30)] {
        let _ = from_str::<InStruct>(body);
        let _ = from_str::<InMap>(body);
    }
}
