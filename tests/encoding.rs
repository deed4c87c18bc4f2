//! Forms in other encodings than UTF-8, beside `encoding_rs` itself.

use std::borrow::Cow;

use formevent::encoding::encoding_rs::{
    self, BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, KOI8_R, SHIFT_JIS, UTF_8,
    WINDOWS_874, WINDOWS_1252, X_USER_DEFINED,
};
use formevent::encoding::{encoding_of, to_utf8};
use formevent::{Error, Input, Options, Rules, Utf8, decode};
use proptest::prelude::*;

const ENCODINGS: [&Encoding; 12] = [
    BIG5,
    EUC_JP,
    EUC_KR,
    GB18030,
    GBK,
    ISO_2022_JP,
    KOI8_R,
    SHIFT_JIS,
    UTF_8,
    WINDOWS_874,
    WINDOWS_1252,
    X_USER_DEFINED,
];

/// `text` as a browser sends it: encoded, then percent-encoded. If `raw`, a byte that need not be encoded
/// stays.
fn sent(text: &str, encoding: &'static Encoding, raw: bool) -> Vec<u8> {
    let (bytes, _, _) = encoding.encode(text);
    let mut sent = Vec::new();
    for &byte in &*bytes {
        match byte {
            b' ' => sent.push(b'+'),
            b'%' | b'&' | b'=' | b'+' => sent.extend(format!("%{byte:02X}").bytes()),
            _ if raw || byte.is_ascii_alphanumeric() => sent.push(byte),
            _ => sent.extend(format!("%{byte:02x}").bytes()),
        }
    }
    sent
}

proptest! {
    #[test]
    fn text_in_any_encoding(
        pairs in prop::collection::vec(("[a-z é€日本語한국あｱ%&=+~\\\\ü]{0,12}", "\\PC{0,12}", any::<bool>()), 0..6),
        index in 0..ENCODINGS.len(),
    ) {
        let encoding = ENCODINGS[index];
        let mut body = Vec::new();
        let mut expected = Vec::new();
        for (key, value, raw) in &pairs {
            for (text, before) in [(key, b'&'), (value, b'=')] {
                // Some characters are not in the encoding, and some come back as others.
                let (bytes, encoding, _) = encoding.encode(text);
                expected.push(encoding.decode_without_bom_handling(&bytes).0.into_owned());
                body.push(before);
                body.extend(sent(text, encoding, *raw));
            }
        }
        let new = to_utf8(&body, encoding);
        let pairs: Vec<String> = Rules::Whatwg
            .pairs(&new)
            .flat_map(|pair| [decode(pair.key).into_owned(), decode(pair.value).into_owned()])
            .collect();
        prop_assert_eq!(pairs, expected);
    }

    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200), index in 0..ENCODINGS.len()) {
        let encoding = ENCODINGS[index];
        let new = to_utf8(&body, encoding);
        prop_assert!(new.len() <= 9 * body.len(), "{} bytes of {}", new.len(), body.len());
        if encoding != UTF_8 {
            // Each segment of the old body is one of the new.
            let shape = |body: &[u8]| -> Vec<u8> { body.iter().copied().filter(|byte| b"&=".contains(byte)).collect() };
            prop_assert_eq!(shape(&new), shape(&body));
            let texts = |body: &[u8]| -> Vec<Vec<u8>> { body.split(|byte| b"&=".contains(byte)).map(<[u8]>::to_vec).collect() };
            for (old, new) in texts(&body).into_iter().zip(texts(&new)) {
                let spaced: Vec<u8> = old.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
                let old: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
                let text = encoding.decode_without_bom_handling(&old).0.into_owned();
                prop_assert_eq!(decode(&new), text);
            }
        }
    }
}

#[test]
fn known_bodies() {
    for (encoding, body, new) in [
        (WINDOWS_1252, "name=Andr%E9&a=b", "name=Andr%C3%A9&a=b"),
        (WINDOWS_1252, "%80=%80", "%E2%82%AC=%E2%82%AC"),
        (SHIFT_JIS, "a=%83%65%83X%83g", "a=%E3%83%86%E3%82%B9%E3%83%88"),
        (ISO_2022_JP, "a=%1B%24B%25F%259%25H%1B%28B+b", "a=%E3%83%86%E3%82%B9%E3%83%88+b"),
        (GB18030, "a=%C4%E3%94%39%DA%33", "a=%E4%BD%A0%F0%9F%92%A9"),
        // Only what has to change does.
        (WINDOWS_1252, "a=%20+%zz%&&=&b==%41&c=~", "a=%20+%zz%&&=&b==%41&c=~"),
        (WINDOWS_1252, "%26=%3D&a=%E9%26%3D%2B%25+%20", "%26=%3D&a=%C3%A9%26%3D%2B%25++"),
        (WINDOWS_1252, "", ""),
        (UTF_8, "a=%FF%C3", "a=%FF%C3"),
        // The body is in UTF-8 afterwards, and says so.
        (WINDOWS_1252, "_charset_=windows-1252&a=%E9", "_charset_=UTF-8&a=%C3%A9"),
        (
            EUC_KR,
            "a&_charset%5F=euc%2Dkr=&_charset_=&_charset_&_charset_=x",
            "a&_charset%5F=UTF-8&_charset_=&_charset_&_charset_=UTF-8",
        ),
        // Nothing is left of an escape sequence.
        (ISO_2022_JP, "%1B(B=1", "=1"),
        // A byte order mark is a character like others.
        (KOI8_R, "a=%EF%BB%BF", "a=%D0%9E%E2%95%A9%C2%A9"),
    ] {
        let found = to_utf8(body, encoding);
        assert_eq!(str::from_utf8(&found).unwrap(), new, "{}", encoding.name());
        assert_eq!(matches!(found, Cow::Borrowed(_)), body == new, "{body}");
    }
    assert_eq!(&*to_utf8(b"a=\xE9&b", WINDOWS_1252), b"a=%C3%A9&b");
}

#[test]
fn a_long_value() {
    let body = [b"a=".as_slice(), &b"%83%65".repeat(10_000), b"&b"].concat();
    let expected = ["a=", &"%E3%83%86".repeat(10_000), "&b"].concat();
    assert_eq!(to_utf8(&body, SHIFT_JIS), expected.as_bytes());
}

#[test]
fn malformed_sequences() {
    let body = to_utf8("ok=1&a=x%81&b=%FFy", SHIFT_JIS);
    assert_eq!(&*body, b"ok=1&a=x%FF&b=%FFy");
    let options = Options::new().decode(true);
    assert_eq!(
        options.to_string(&body).unwrap(),
        "{\"ok\":\"1\",\"a\":\"x\u{FFFD}\",\"b\":\"\u{FFFD}y\"}"
    );
    let error = options.utf8(Utf8::Strict).to_string(&body).unwrap_err();
    assert_eq!(error, Error::InvalidUtf8 { input: Input::Body, offset: 8 });
}

#[test]
fn the_encoding_of_a_body() {
    for (body, charset, encoding) in [
        ("", None, UTF_8),
        ("a=1", Some("latin1"), WINDOWS_1252),
        ("a=1", Some(" ISO-8859-1 "), WINDOWS_1252),
        ("a=1&_charset_=Shift_JIS", None, SHIFT_JIS),
        ("a=1&_charset_=UTF-8", Some("latin1"), UTF_8),
        ("_charset_=&%5Fcharset_=euc%2Dkr&_charset_=big5", None, EUC_KR),
        ("_charset_=", Some("big5"), BIG5),
        ("_charset=big5&_Charset_=big5&a=_charset_", None, UTF_8),
    ] {
        assert_eq!(encoding_of(body, charset), Ok(encoding), "{body} {charset:?}");
    }
    for (body, charset, sent) in [
        ("", Some("utf-9"), "utf-9"),
        ("", Some(""), ""),
        ("_charset_=x%00y", Some("utf-8"), "x\0y"),
        ("_charset_=utf-16le", None, "utf-16le"),
        ("", Some("iso-2022-kr"), "iso-2022-kr"),
        ("", Some("replacement"), "replacement"),
    ] {
        assert_eq!(encoding_of(body, charset).unwrap_err().sent, sent, "{body} {charset:?}");
    }
    assert_eq!(
        encoding_of("_charset_=x%00y", None).unwrap_err().to_string(),
        "charset `x\\u{0}y` is not the label of an encoding that a form can have"
    );
    assert_eq!(encoding_rs::Encoding::for_label(b"utf-16"), Some(encoding_rs::UTF_16LE));
}

#[cfg(feature = "http")]
#[test]
fn requests() {
    use formevent::{Request, RequestError, Shape};

    let posted = |charset: &str, body: &'static str| {
        let form = format!("application/x-www-form-urlencoded{charset}");
        http::Request::post("/")
            .header("content-type", form)
            .header("accept", "a")
            .body(body)
            .unwrap()
    };
    let shape: Shape = r#"["$body","$headers"]"#.parse().unwrap();
    let written =
        |request: &Request<'_>| request.event().unwrap().shape(&shape).to_string().unwrap();
    for (charset, body, json) in [
        (
            "; charset=ISO-8859-1",
            "a=%E9",
            r#"["a=%C3%A9",{"content-type":"application/x-www-form-urlencoded; charset=UTF-8","accept":"a"}]"#,
        ),
        (
            "",
            "a=%E9&_charset_=latin1",
            r#"["a=%C3%A9&_charset_=UTF-8",{"content-type":"application/x-www-form-urlencoded","accept":"a"}]"#,
        ),
        (
            "; charset=utf-8",
            "a=%E9",
            r#"["a=%E9",{"content-type":"application/x-www-form-urlencoded; charset=utf-8","accept":"a"}]"#,
        ),
    ] {
        let posted = posted(charset, body);
        let request = Request::try_from(&posted).unwrap().into_utf8().unwrap();
        assert_eq!(written(&request), json);
        assert_eq!(written(&request.into_utf8().unwrap()), json);
    }
    let sized = http::Request::post("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("content-length", "27")
        .body("a=%E9&_charset_=windows-1252")
        .unwrap();
    assert_eq!(
        written(&Request::try_from(&sized).unwrap().into_utf8().unwrap()),
        r#"["a=%C3%A9&_charset_=UTF-8",{"content-type":"application/x-www-form-urlencoded","content-length":"24"}]"#
    );
    let posted = posted("; charset=utf-16", "a=1");
    let request = Request::try_from(&posted).unwrap();
    assert_eq!(request.event().unwrap_err(), RequestError::Charset { sent: "utf-16".to_string() });
    assert_eq!(request.into_utf8().unwrap_err().sent, "utf-16");
}
