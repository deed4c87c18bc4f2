//! Multipart forms as types: the rules are those of urlencoded forms, and the errors have offsets in the body.

use std::borrow::Cow;
use std::collections::BTreeMap;

use formevent::de::{Deserializer, Error, ErrorKind};
use formevent::{FieldValue, Options, Rules, Utf8};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{expanded, form};

pub(super) const WHATWG: Options = Options::new().rules(Rules::Whatwg);

/// A body of parts that are written `name\n\ntext`, and the offset of the `^` in it, which is left out.
fn body(parts: &[&str]) -> (Vec<u8>, Option<usize>) {
    let part = |part: &&str| match part.strip_prefix('^') {
        Some(part) => format!("$\n^Content-Disposition: form-data; name={part}\n"),
        None => format!("$\nContent-Disposition: form-data; name={part}\n"),
    };
    let mut body = expanded(&format!("{}$--", parts.iter().map(part).collect::<String>()));
    let offset = body.iter().position(|&byte| byte == b'^');
    offset.map(|offset| body.remove(offset));
    (body, offset)
}

const FILE: &str = "age; filename=a\n\n&=&=";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contact<'a> {
    name: &'a str,
    age: Option<u8>,
    #[serde(default)]
    topic: Vec<String>,
}

#[test]
fn fields_of_text_are_the_fields_of_a_type() {
    let topic = "100%25 & more+=";
    let (body, _) = body(&[
        "name\n\nL\u{E9}a",
        FILE,
        &format!("topic\n\n{topic}"),
        "age\n\n36",
        "\"topic\"\n\n",
    ]);
    let form = form(&body);
    for options in [Options::new(), Options::new().decode(true), WHATWG] {
        let contact: Contact<'_> = form.deserialize(&options).unwrap();
        assert_eq!((contact.name, contact.age), ("L\u{E9}a", Some(36)));
        assert_eq!(contact.topic, [topic, ""]);
        assert!(form.as_urlencoded().as_ptr_range().contains(&contact.name.as_ptr()));
        let contact =
            Contact::deserialize(Deserializer::of_form(&form, &options).decode(false)).unwrap();
        assert_eq!(contact.topic, [topic, ""]);
    }
}

#[test]
fn empty_texts() {
    let (body, _) = body(&["name\n\n", "age\n\n"]);
    let form = form(&body);
    let read = |empty_as_none| {
        let fields = Deserializer::of_form(&form, &WHATWG).empty_as_none(empty_as_none);
        Contact::deserialize(fields).map(|contact| (contact.name, contact.age))
    };
    assert_eq!(read(true), Ok(("", None)));
    assert_eq!(read(false).unwrap_err().kind(), ErrorKind::Invalid);
}

/// Checks the error of `T`, whose message has the offset of the `^` in the place of `{}`.
fn check<T: for<'de> Deserialize<'de>>(options: Options, parts: &[&str], message: &str) {
    let (body, offset) = body(parts);
    let offset = offset.unwrap();
    let form = form(&body);
    let error = form.deserialize::<T>(&options).map(drop).unwrap_err();
    assert_eq!(error.to_string(), message.replace("{}", &offset.to_string()), "{parts:?}");
    let expected = (error.kind() != ErrorKind::Missing).then_some(offset);
    assert_eq!(error.offset(), expected, "{parts:?}");
}

#[test]
fn offsets_are_those_in_the_body() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only errors are looked at")]
    struct Contact {
        name: String,
        #[serde(default)]
        age: u8,
        pair: Option<(u8, u8)>,
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only errors are looked at")]
    struct Name {
        name: String,
    }
    type Map = BTreeMap<String, FieldValue>;
    let long = format!("name\n\n{}", "%&+= ".repeat(1_000));

    // Of the text.
    for (parts, message) in [
        (
            &["name\n\na&b= c", FILE, "age\n\n^300"][..],
            "field `age` at byte offset {} is `300`; it must be an integer from 0 to 255",
        ),
        (
            &[&long, "age\n\n^"],
            "field `age` at byte offset {} is empty; it must be an integer from 0 to 255",
        ),
        (
            &["pair\n\n^%", "pair\n\n1"],
            "field `pair` at byte offset {} is `%`; it must be an integer from 0 to 255",
        ),
        (
            &["pair\n\n1", "age\n\n1", "pair\n\n^ 1"],
            "field `pair` at byte offset {} is ` 1`; it must be an integer from 0 to 255",
        ),
        (
            &["name\n\n&", "pair\n\n^1"],
            "field `pair` at byte offset {} has 1 value; it must be a tuple of size 2",
        ),
    ] {
        check::<Contact>(WHATWG, parts, message);
    }
    // Of the part.
    for (parts, message) in [
        (
            &["name\n\n&=", FILE, "^name\n\n&"][..],
            "field `name` at byte offset {} comes again, but takes one value",
        ),
        (
            &["name\n\n", "^\"a&%22=b\"\n\n%"],
            "field `a&\"=b` at byte offset {} is unknown; it must be one of `name`, `age`, `pair`",
        ),
    ] {
        check::<Contact>(WHATWG, parts, message);
    }
    let pairs = WHATWG.max_pairs(1);
    let message = "pair at byte offset {} exceeds max_pairs (1)";
    check::<Contact>(pairs, &[&long, FILE, "^age\n\n1"], message);
    check::<Map>(pairs, &[&long, FILE, "^age\n\n1"], message);
    check::<IgnoredAny>(pairs, &[&long, FILE, "^age\n\n1"], message);
    check::<Vec<(String, IgnoredAny)>>(pairs, &[&long, FILE, "^age\n\n1"], message);
    check::<BTreeMap<u8, String>>(
        WHATWG,
        &["7\n\n&", "^x\n\n&"],
        "field `x` at byte offset {} is `x`; it must be an integer from 0 to 255",
    );
    check::<Name>(
        WHATWG,
        &["age\n\n1", FILE, "^name[first]\n\n"],
        "field `name` is missing, but there is `name[first]` at byte offset {}: a form has no nested fields; \
         use `#[serde(rename = \"…\")]` on the field, or `#[serde(flatten)]` on the struct",
    );
    // By the template's rules, a part without a name is no field.
    check::<Contact>(
        Options::new(),
        &["\"\"\n\n&", "^other\n\n"],
        "field `other` at byte offset {} is unknown; it must be one of `name`, `age`, `pair`",
    );
}

#[test]
fn invalid_utf8_has_the_offset_of_its_byte() {
    let strict = WHATWG.utf8(Utf8::Strict);
    let text = "a& %+=\u{E9}%26";
    for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
        let (mut body, _) = body(&["a\n\n&", FILE, &format!("b\n\n{text}")]);
        let start = body.windows(text.len()).position(|it| it == text.as_bytes()).unwrap();
        body.insert(start + at, 0xFF);
        let error = form(&body).deserialize::<Vec<(String, String)>>(&strict).unwrap_err();
        let refused =
            formevent::Error::InvalidUtf8 { input: formevent::Input::Body, offset: start + at };
        assert_eq!((error.offset(), error.refused()), (Some(start + at), Some(&refused)));
        let lossy: Vec<(Cow<'_, str>, String)> = form(&body).deserialize(&WHATWG).unwrap();
        assert_eq!(lossy[1].1, format!("{}\u{FFFD}{}", &text[..at], &text[at..]));
    }
    // In a name it has that of the part.
    let (mut body, offset) = body(&["a\n\n&", "^b\n\n"]);
    let name = body.iter().rposition(|&byte| byte == b'b').unwrap();
    body[name] = 0xFF;
    let error = form(&body).deserialize::<IgnoredAny>(&strict).unwrap_err();
    assert_eq!(error.offset(), offset);
}

#[test]
fn the_limit_is_for_the_body_as_it_was_sent() {
    for text in ["1", "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"] {
        let (body, _) = body(&[&format!("a\n\n{text}")]);
        let form = form(&body);
        let read = |max| form.deserialize::<IgnoredAny>(&WHATWG.max_bytes(max)).map(drop);
        assert_eq!(read(body.len()), Ok(()));
        let max = body.len() - 1;
        let refused = formevent::Error::TooManyBytes { max };
        assert_eq!(Error::from(refused), read(max).unwrap_err());
    }
}

#[cfg(feature = "http")]
#[test]
fn a_request_has_either_kind() {
    use formevent::Request;
    use formevent::multipart::{Files, Limits};

    let (body, offset) = body(&["name\n\nL%2B+a", "age\n\n^x"]);
    for (content_type, body, name, offset) in [
        ("multipart/form-data; boundary=x", body, "L%2B+a", offset),
        ("application/x-www-form-urlencoded", b"name=L%2B+a&age=x".to_vec(), "L+ a", Some(16)),
    ] {
        let posted =
            http::Request::post("/").header("content-type", content_type).body(body).unwrap();
        let request = Request::try_from(&posted).unwrap();
        let form = request.form(Limits::new(), Files::Refuse).unwrap();
        let options = WHATWG.decode(true);
        let pairs: Vec<(&str, String)> = form.deserialize(&options).unwrap();
        assert_eq!(pairs, [("name", name.to_owned()), ("age", "x".to_owned())]);
        let raw: Vec<(&str, String)> = form.deserialize(&WHATWG).unwrap();
        assert_eq!(raw[0].1, "L%2B+a");
        let error = form.deserialize::<((&str, IgnoredAny), (&str, u8))>(&options).unwrap_err();
        assert_eq!((error.field(), error.offset()), (Some("age"), offset));
    }
}
