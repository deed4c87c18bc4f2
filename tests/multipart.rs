//! `multipart/form-data`: each rule, each error, and any body beside the oracle and multer.

#[path = "oracle/multipart.rs"]
mod oracle;
#[cfg(feature = "serde")]
#[path = "multipart/typed.rs"]
mod typed;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine};
use formevent::multipart::{Error, Files, Form, Limits, Multipart, Part, boundary};
use formevent::{Options, Rules};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The parts of `body` with the boundary `x`, in which `\n` stands for CR LF, `¶` for LF alone, and `$` for the boundary.
fn read(body: &str) -> Result<Vec<oracle::Part>, Error> {
    read_bytes(&expanded(body))
}

fn expanded(body: &str) -> Vec<u8> {
    body.replace('\n', "\r\n").replace('$', "--x").replace('¶', "\n").into_bytes()
}

fn read_bytes(body: &[u8]) -> Result<Vec<oracle::Part>, Error> {
    let parts = Multipart::new(body, "x")?.collect::<Result<Vec<_>, _>>();
    let parts = parts.map(|parts| parts.iter().map(oracle::Part::from).collect::<Vec<_>>());
    assert_eq!(parts.clone().ok(), oracle::read(body, b"x"), "{}", body.escape_ascii());
    parts
}

/// A body of one part with these headers, without the name of `Content-Disposition: form-data` in the first.
fn with_headers(headers: &str) -> Result<oracle::Part, Error> {
    let parts = read(&format!("$\nContent-Disposition: form-data{headers}\n\nvalue\n$--\n"))?;
    assert_eq!((parts.len(), parts[0].body.as_slice()), (1, &b"value"[..]));
    Ok(parts[0].clone())
}

const NAMED: &str = "Content-Disposition: form-data; name=a\n";

#[test]
fn bodies() {
    for (body, values) in [
        ("$--\n", &[][..]),
        ("$--", &[]),
        ("\n\n$--\n\n", &[]),
        ("$\nA\n1\n$--\n", &["1"]),
        ("$\nA\n\n$--\n", &[""]),
        ("$\nA\n\n\n$--\n", &["\n"]),
        ("$\nA\n1\n$\nA\n2\n$--", &["1", "2"]),
        // Transport padding.
        ("$ \t\nA\n1\n$\t\nA\n2\n$-- \t\n", &["1", "2"]),
        // Nearly a boundary.
        ("$\nA\n\n--\n--y\n -$\n--\r\r-\r$$\n$--\n", &["\n--\n--y\n -$\n--\r\r-\r$$"]),
    ] {
        let body = body.replace("A\n", &format!("{NAMED}\n"));
        let parts = read(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
        let bodies: Vec<_> = parts.iter().map(|part| part.body.clone()).collect();
        let values: Vec<_> = values.iter().map(|value| expanded(value)).collect();
        assert_eq!(bodies, values, "{body}");
    }
}

#[test]
fn names() {
    for (headers, name, file_name) in [
        ("; name=\"a\"", "a", None),
        ("; name=a", "a", None),
        (";name=a;filename=b", "a", Some("b")),
        (" ;\tNAME=a ; FileName=\"b\" ;; ", "a", Some("b")),
        ("; filename=\"b\"; name=\"a\"", "a", Some("b")),
        ("; name=\"\"; filename=\"\"", "", Some("")),
        // A backslash is itself, as browsers send it.
        (r#"; name="C:\new\"; filename="\\b\""#, r"C:\new\", Some(r"\\b\")),
        ("; name=\"a;b=c\"; x=\"y\"", "a;b=c", None),
        ("; name=a=b", "a=b", None),
        // Of these two, RFC 7578 knows the first.
        ("; name=a; filename=\"b\"; filename*=UTF-8''c", "a", Some("b")),
        ("; name=a; filename*=UTF-8''c; filename=\"b\"", "a", Some("b")),
        ("; name=\"na\u{EF}ve\"", "na\u{EF}ve", None),
        ("; name=\"\t\u{1}\0\"", "\t\u{1}\0", None),
    ] {
        let part = with_headers(headers).unwrap_or_else(|error| panic!("{error}: {headers}"));
        assert_eq!(str::from_utf8(&part.name), Ok(name), "{headers}");
        let expected = file_name.map(|name| name.as_bytes().to_vec());
        assert_eq!(part.file_name, expected, "{headers}");
    }
}

#[test]
fn escapes_in_names() {
    for (sent, text) in [
        ("a%22b%0D%0Ac", "a\"b\r\nc"),
        // Browsers escape nothing else, so this was typed.
        ("100%2525%0a%0d%25%2", "100%2525%0a%0d%25%2"),
        ("%%22%22%", "%\"\"%"),
        ("plain", "plain"),
        ("", ""),
    ] {
        let body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"{sent}\"; filename=\"{sent}\"\r\n\r\n\r\n--x--"
        );
        let part = Multipart::new(&body, "x").unwrap().next().unwrap().unwrap();
        assert_eq!(part.name, sent.as_bytes());
        assert_eq!(part.decode_name(), text);
        assert_eq!(part.decode_file_name().unwrap(), text);
        assert_eq!(oracle::name_text(sent.as_bytes()), text);
    }
    let body = b"--x\r\nContent-Disposition: form-data; name=\"%22\xFF\"\r\n\r\n\xFF\r\n--x--";
    let part = Multipart::new(body, "x").unwrap().next().unwrap().unwrap();
    assert_eq!((&*part.decode_name(), &*part.decode_body()), ("\"\u{FFFD}", "\u{FFFD}"));
    assert_eq!(part.decode_file_name(), None);
}

#[test]
fn headers() {
    let part = with_headers(
        "; name=a\ncontent-type:text/plain\nX-Other:\nCONTENT-TRANSFER-ENCODING: 8Bit ",
    );
    assert_eq!(part.unwrap().content_type, Some(b"text/plain".to_vec()));
    for encoding in ["7bit", "8bit", "binary", "BINARY"] {
        let headers = format!("; name=a\nContent-Transfer-Encoding: {encoding}");
        assert!(with_headers(&headers).is_ok());
    }

    let body = expanded(&format!("$\n{NAMED}X: \t1 \nY:\n\nvalue\n$--"));
    let part = Multipart::new(&body, "x").unwrap().next().unwrap().unwrap();
    let headers: Vec<_> = part.headers().collect();
    let disposition = (&b"Content-Disposition"[..], &b"form-data; name=a"[..]);
    assert_eq!(headers, [disposition, (b"X", b"1"), (b"Y", b"")]);
    assert_eq!(part.headers, expanded(&format!("{NAMED}X: \t1 \nY:\n")));
}

#[test]
fn malformed_bodies() {
    let cases: [(&str, Error, &str); 19] = [
        (
            "",
            Error::Start { offset: 0 },
            "body has no boundary at byte offset 0, where it must begin with one",
        ),
        (
            "\n",
            Error::Start { offset: 2 },
            "body has no boundary at byte offset 2, where it must begin with one",
        ),
        ("preamble\n$--\n", Error::Start { offset: 0 }, ""),
        ("\n --x--", Error::Start { offset: 2 }, ""),
        ("--", Error::Start { offset: 0 }, ""),
        (
            "$",
            Error::BoundaryEnd { offset: 3 },
            "boundary is not followed by a line end (CR LF) or `--` at byte offset 3",
        ),
        ("$-", Error::BoundaryEnd { offset: 3 }, ""),
        ("$  y\nA\n1\n$--", Error::BoundaryEnd { offset: 5 }, ""),
        ("$\nA\n1\n$y\nA\n2\n$--", Error::BoundaryEnd { offset: 53 }, ""),
        (
            "$\n",
            Error::Unclosed { offset: 5 },
            "no boundary after the part at byte offset 5: the body is incomplete",
        ),
        ("$\nA\n1", Error::Unclosed { offset: 5 }, ""),
        ("$\nA\n1\n--y--", Error::Unclosed { offset: 5 }, ""),
        ("$\nA\n1$--", Error::Unclosed { offset: 5 }, ""),
        (
            "$--x",
            Error::End { offset: 5 },
            "body goes on after its last boundary, at byte offset 5",
        ),
        ("$--\n\nepilogue", Error::End { offset: 9 }, ""),
        ("$--\n$--\n", Error::End { offset: 7 }, ""),
        ("$--\r", Error::End { offset: 5 }, ""),
        (
            "$\n\n1\n$--",
            Error::NameMissing { offset: 5 },
            "part at byte offset 5 has no name; it must have `Content-Disposition: form-data; name=\"…\"`",
        ),
        (
            "$\nContent-Disposition: form-data; filename=a\n\n1\n$--",
            Error::NameMissing { offset: 5 },
            "",
        ),
    ];
    for (body, expected, message) in cases {
        let body = body.replace("A\n", &format!("{NAMED}\n"));
        let error = read(&body).unwrap_err();
        assert_eq!(error, expected, "{body}");
        assert_eq!(error.offset(), expected.offset());
        if !message.is_empty() {
            assert_eq!(error.to_string(), message);
        }
    }
    // The end of a line is CR LF.
    for body in ["--x--\n", "--x\nContent-Disposition: form-data; name=a\n\n1\n--x--\n"] {
        assert!(read_bytes(body.as_bytes()).is_err(), "{body}");
    }
    let lf = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\n--x\r\n\r\n--x--";
    let error = read_bytes(lf.as_bytes()).unwrap_err();
    assert_eq!((&error, error.offset()), (&Error::BoundaryStart { offset: 49 }, Some(49)));
    assert_eq!(
        error.to_string(),
        "line before the boundary at byte offset 49 ends with LF; it must end with CR LF"
    );
    assert!(read_bytes(lf.replace("1\n--x", "1\n-x").as_bytes()).is_ok());
    assert!(read_bytes(lf.replace("1\n--x", "1\r--x").as_bytes()).is_ok());
    // After an error there is nothing.
    let mut parts = Multipart::new("--y", "x").unwrap();
    assert!(parts.next().unwrap().is_err() && parts.next().is_none());
}

#[test]
fn malformed_headers() {
    let line = "`name: value` on one line";
    let end = "a line end, and an empty line after the headers";
    let twice = "one parameter of this name";
    for (headers, offset, expected) in [
        ("; name=a\n folded: b", 45, line),
        ("; name=a\nx", 46, line),
        ("; name=a\nx y: z", 46, line),
        ("; name=a\n: z", 45, line),
        ("; name=a\nX: y\rZ: 1", 49, "CR LF"),
        ("; name=a\nContent-Type: a\ncontent-type: b", 62, "one header of this name"),
        ("; name=a\nContent-Disposition: form-data; name=b", 45, "one header of this name"),
        ("-x; name=a", 5, "`form-data`"),
        ("; name=a; name=b", 45, twice),
        ("; name=a; filename=b; FILENAME=b", 57, twice),
        ("; name", 41, "`name=value`"),
        ("; name =a", 41, "`name=value`"),
        ("; =a", 37, "`name=value`"),
        ("; name=", 42, "a value"),
        ("; name= a", 42, "a value"),
        ("; name=\"a", 44, "a closing `\"`"),
        ("; name=a b", 44, "`;`"),
        ("; name=\"a\\\"b\"", 46, "`;`"),
        ("; name=\"a\"b", 45, "`;`"),
        ("; name=a; filename*=UTF-8''b", 45, "`filename`: RFC 7578 has no `filename*`"),
    ] {
        let error = with_headers(headers).unwrap_err();
        assert_eq!(error, Error::Header { offset, expected }, "{headers}");
        let message = format!("header is malformed at byte offset {offset}; expected {expected}");
        assert_eq!(error.to_string(), message);
    }
    for (body, offset) in
        [("$\n$--", 5), ("$\n\n$--", 5), ("$\nA: b\n\n$--", 11), ("$\nA: b\n$--", 9)]
    {
        assert_eq!(read(body), Err(Error::Header { offset, expected: end }), "{body}");
    }
    let error = with_headers("; name=a\nContent-Transfer-Encoding: base64").unwrap_err();
    assert_eq!(error, Error::TransferEncoding { offset: 5, sent: "base64".into() });
    assert_eq!(
        error.to_string(),
        "part at byte offset 5 has the Content-Transfer-Encoding `base64`; it may have 7bit, 8bit or binary"
    );
}

#[test]
fn boundaries() {
    let longest = "y".repeat(70);
    for (parameters, expected) in [
        ("; boundary=x", "x"),
        (";BOUNDARY=\"x y\"", "x y"),
        ("; charset=utf-8 ; boundary=----=_Part_1'()+_,-./:=? ;", "----=_Part_1'()+_,-./:=?"),
        (&format!("; boundary={longest}"), &longest),
    ] {
        let content_type = format!(" Multipart/FORM-Data{parameters}");
        assert_eq!(boundary(&content_type), Ok(expected), "{content_type}");
        assert!(Multipart::new("", expected).is_ok());
    }
    let parameters = |offset, expected| Error::Parameters { offset, expected };
    for (content_type, expected, message) in [
        ("", Error::ContentType, "content type is not multipart/form-data"),
        ("multipart/mixed; boundary=x", Error::ContentType, ""),
        ("multipart/form-data", Error::BoundaryMissing, "content type has no boundary"),
        (
            "multipart/form-data; boundary",
            parameters(29, "`name=value`"),
            "content type is malformed at byte offset 29; expected `name=value`",
        ),
        ("multipart/form-data; boundary=x; boundary=x", parameters(33, "one boundary"), ""),
        (
            "multipart/form-data; boundary=\"\"",
            Error::BoundaryLength { len: 0 },
            "boundary has 0 bytes; it must have 1 to 70",
        ),
        (
            &format!("multipart/form-data; boundary={longest}y"),
            Error::BoundaryLength { len: 71 },
            "",
        ),
        (
            "multipart/form-data; boundary=\"x \"",
            Error::BoundaryByte { offset: 1, byte: b' ' },
            "boundary has ` ` at byte offset 1; allowed are letters, digits, '()+_,-./:=? and spaces before other characters",
        ),
        (
            "multipart/form-data; boundary=\"x\\y\"",
            Error::BoundaryByte { offset: 1, byte: b'\\' },
            "",
        ),
        ("multipart/form-data; boundary=\u{E9}", Error::BoundaryByte { offset: 0, byte: 0xC3 }, ""),
    ] {
        let error = boundary(content_type).unwrap_err();
        assert_eq!((&error, error.offset()), (&expected, None), "{content_type}");
        if !message.is_empty() {
            assert_eq!(error.to_string(), message);
        }
    }
    assert_eq!(Multipart::new("", "").unwrap_err(), Error::BoundaryLength { len: 0 });
    assert_eq!(Multipart::new("", &"y".repeat(71)).unwrap_err(), Error::BoundaryLength { len: 71 });
    let error = Multipart::new("", "\r\n").unwrap_err();
    assert_eq!(error, Error::BoundaryByte { offset: 0, byte: b'\r' });
}

#[test]
fn limits() {
    // Headers of 40 bytes and the line end behind them, a text of 3, and a file of 9.
    let body = expanded(&format!(
        "$\n{NAMED}\n123\n$\n{}\n123456789\n$--",
        NAMED.replace("=a", "=a; filename=b")
    ));
    let read =
        |limits| Multipart::new(&body, "x").unwrap().limits(limits).collect::<Result<Vec<_>, _>>();
    let enough =
        Limits::new().max_bytes(body.len()).max_parts(2).max_header_bytes(54).max_text_bytes(3);
    assert_eq!(read(enough).map(|parts| parts.len()), Ok(2));
    assert_eq!(Limits::default(), Limits::new());
    let max = body.len() - 1;
    for (limits, expected, message) in [
        (
            enough.max_bytes(max),
            Error::TooManyBytes { max },
            format!("body exceeds max_bytes at byte offset {max} ({max} bytes)"),
        ),
        (
            enough.max_parts(1),
            Error::TooManyParts { max: 1, offset: 57 },
            "part at byte offset 57 exceeds max_parts (1)".into(),
        ),
        (
            enough.max_header_bytes(53),
            Error::TooManyHeaderBytes { max: 53, offset: 57 },
            "headers of the part at byte offset 57 exceed max_header_bytes (53 bytes)".into(),
        ),
        (
            enough.max_text_bytes(2),
            Error::TooManyTextBytes { max: 2, offset: 5 },
            "text of the part at byte offset 5 exceeds max_text_bytes (2 bytes)".into(),
        ),
    ] {
        let error = read(limits).unwrap_err();
        assert_eq!(error, expected);
        assert_eq!((error.to_string(), error.offset()), (message, expected.offset()));
    }
    let none = Multipart::new("--x--", "x").unwrap().limits(Limits::new().max_parts(0));
    assert_eq!(none.count(), 0);
}

#[test]
fn debug() {
    let body = expanded(&format!("$\n{}\n1\n$--", NAMED.replace("=a", "=a; filename=b")));
    let mut parts = Multipart::new(&body, "x").unwrap();
    let shown = format!("{parts:?}");
    assert!(shown.starts_with("Multipart { body: b\"--x\\r\\nContent"), "{shown}");
    assert!(shown.contains("boundary: b\"x\", limits: Limits { "), "{shown}");
    let shown = format!("{:?}", parts.next().unwrap().unwrap());
    assert!(
        shown.contains("name: b\"a\", file_name: Some(b\"b\"), content_type: None,"),
        "{shown}"
    );
    assert!(shown.ends_with("body: b\"1\", offset: 5, body_offset: 59 }"), "{shown}");
    assert!(format!("{:?}", form(&contact())).contains("urlencoded: b\"na%22me=Ada+"));
}

/// A field of text or a file, as a sender has it.
#[derive(Clone, Debug)]
struct Field {
    name: String,
    /// The file's name and its media type.
    file: Option<(String, String)>,
    content: Vec<u8>,
}

/// A way of encoding forms.
#[derive(Clone, Copy, Debug)]
struct Style {
    escape: fn(&str) -> String,
    /// The headers' names.
    disposition: &'static str,
    content_type: &'static str,
    /// Further headers of each part.
    more: &'static str,
    /// The text before the first boundary, behind each, and at the end.
    before: &'static str,
    padding: &'static str,
    end: &'static str,
}

/// As browsers, undici, urllib3 2 and curl since 7.81 escape a name.
fn by_percent(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

const STYLES: [Style; 3] = [
    // Browsers.
    Style {
        escape: by_percent,
        disposition: "Content-Disposition",
        content_type: "Content-Type",
        more: "",
        before: "",
        padding: "",
        end: "\r\n",
    },
    // curl has no line end after the last boundary in some versions, and Java's clients have more headers.
    Style {
        escape: by_percent,
        disposition: "content-disposition",
        content_type: "CONTENT-TYPE",
        more: "Content-Length: 1\r\nContent-Transfer-Encoding: binary\r\n",
        before: "",
        padding: "",
        end: "",
    },
    // Every liberty that RFC 2046 leaves.
    Style {
        escape: by_percent,
        disposition: "Content-disposition",
        content_type: "Content-type",
        more: "X-Empty:\r\nX: \"; name=x; filename=x\r\n",
        before: "\r\n\r\n",
        padding: " \t ",
        end: " \r\n\r\n",
    },
];

fn encode(fields: &[Field], boundary: &str, style: Style) -> Vec<u8> {
    let mut body = style.before.as_bytes().to_vec();
    for Field { name, file, content } in fields {
        let name = (style.escape)(name);
        body.extend(format!("--{boundary}{}\r\n{}", style.padding, style.more).bytes());
        body.extend(format!("{}: form-data; name=\"{name}\"", style.disposition).bytes());
        if let Some((file_name, content_type)) = file {
            let file_name = (style.escape)(file_name);
            body.extend(format!("; filename=\"{file_name}\"\r\n").bytes());
            body.extend(format!("{}: {content_type}", style.content_type).bytes());
        }
        body.extend(b"\r\n\r\n");
        body.extend(content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--{}", style.end).bytes());
    body
}

/// The parts by multer: name, file name and content of each.
type Multers = Vec<(Option<String>, Option<String>, Vec<u8>)>;

fn multer(body: &[u8], boundary: &str) -> Result<Multers, multer::Error> {
    let body = Ok::<_, multer::Error>(multer::bytes::Bytes::copy_from_slice(body));
    let mut parts = multer::Multipart::new(futures::stream::iter([body]), boundary);
    futures::executor::block_on(async {
        let mut all = Vec::new();
        while let Some(part) = parts.next_field().await? {
            let (name, file_name) =
                (part.name().map(str::to_owned), part.file_name().map(str::to_owned));
            all.push((name, file_name, part.bytes().await?.to_vec()));
        }
        Ok(all)
    })
}

/// Text of characters that matter in names and contents.
fn text() -> impl Strategy<Value = String> {
    const PIECES: [&str; 18] = [
        "a", "b ", "\"", "\r", "\n", "\r\n", "--", "--x", "%", "22", "&", "=", "+", ";", "\\", "é",
        "あ", ":",
    ];
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..8)
        .prop_map(|pieces| pieces.concat())
}

fn field() -> impl Strategy<Value = Field> {
    let file = prop::option::of((text(), "[a-z]{1,9}/[a-z]{1,9}"));
    (text(), file, text(), prop::collection::vec(any::<u8>(), 0..300)).prop_map(
        |(name, file, text, bytes)| {
            let content = if file.is_some() { bytes } else { text.into_bytes() };
            Field { name, file, content }
        },
    )
}

/// The part of a name that remains after the escapes of the HTML Standard, which has none for `%`.
fn received(name: &str) -> String {
    name.replace("%22", "\"")
}

proptest! {
    #[test]
    fn forms_are_read_as_they_were_sent(
        fields in prop::collection::vec(field(), 0..6),
        boundary in "[-a-zA-Z0-9'()+_,./:=?]{1,60}[a-zA-Z0-9]{10}",
        style in 0..STYLES.len(),
    ) {
        let body = encode(&fields, &boundary, STYLES[style]);
        let parts = Multipart::new(&body, &boundary).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
        prop_assert_eq!(parts.len(), fields.len());
        let mut end = 0;
        for (part, field) in parts.iter().zip(&fields) {
            prop_assert_eq!(part.decode_name(), received(&field.name));
            let (file_name, content_type) = field.file.clone().unzip();
            prop_assert_eq!(part.decode_file_name().map(String::from), file_name.map(|name| received(&name)));
            prop_assert_eq!(part.content_type, content_type.as_ref().map(String::as_bytes));
            prop_assert_eq!(part.body, &field.content);
            // Slices of the body, one behind the other.
            prop_assert!(end < part.offset && part.offset + part.headers.len() < part.body_offset);
            end = part.body_offset + part.body.len();
            prop_assert_eq!(&body[part.offset..][..part.headers.len()].as_ptr_range(), &part.headers.as_ptr_range());
            prop_assert_eq!(&body[part.body_offset..end].as_ptr_range(), &part.body.as_ptr_range());
        }
        let owned: Vec<_> = parts.iter().map(oracle::Part::from).collect();
        prop_assert_eq!(oracle::read(&body, boundary.as_bytes()), Some(owned));

        // multer splits alike. It takes names as they are, and a quote behind a backslash for part of the name.
        let multers = multer(&body, &boundary).unwrap();
        let bodies: Vec<_> = multers.iter().map(|(_, _, body)| body.as_slice()).collect();
        prop_assert!(bodies.iter().eq(parts.iter().map(|part| &part.body)));
        for ((name, file_name, _), part) in multers.iter().zip(&parts) {
            if !part.headers.contains(&b'\\') {
                prop_assert_eq!(name.as_ref().map(String::as_bytes), Some(part.name));
                prop_assert_eq!(file_name.as_ref().map(String::as_bytes), part.file_name);
            }
        }

        // The fields of text arrive in the event.
        let form = Form::new(Multipart::new(&body, &boundary).unwrap(), Files::Drop).unwrap();
        let texts: Vec<_> = fields.iter().filter(|field| field.file.is_none()).map(|field| {
            (received(&field.name), String::from_utf8(field.content.clone()).unwrap())
        }).collect();
        let pairs = Rules::Whatwg.pairs(form.as_urlencoded());
        prop_assert!(pairs.map(|pair| (pair.decode_key().into(), pair.decode_value().into())).eq(texts.iter().cloned()));
        #[cfg(feature = "serde")]
        prop_assert_eq!(&form.deserialize::<Vec<(String, String)>>(&typed::WHATWG).unwrap(), &texts);
        prop_assert!(form_urlencoded::parse(form.as_urlencoded()).into_owned().eq(texts));
        let files: Vec<_> = form.dropped(&Options::new().rules(Rules::Whatwg)).map(|it| it.part).collect();
        prop_assert_eq!(files, parts.into_iter().filter(Part::is_file).collect::<Vec<_>>());
    }

    #[test]
    fn any_body(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..30)) {
        let body = expanded(&pieces.concat());
        let parts = read_bytes(&body);
        if let (Ok(parts), Ok(multers)) = (parts, multer(&body, "x")) {
            let bodies: Vec<_> = multers.into_iter().map(|(_, _, body)| body).collect();
            prop_assert_eq!(bodies, parts.into_iter().map(|part| part.body).collect::<Vec<_>>());
        }
    }
}

/// Pieces of a body as [`expanded`] takes it.
const PIECES: [&str; 26] = [
    "¶",
    "¶$\n",
    "$",
    "$\n",
    "$--",
    "$--\n",
    "\n",
    "\r",
    "\n$\n",
    "\n$--\n",
    "--",
    "x",
    " ",
    "\t",
    ":",
    ";",
    "\"",
    "=",
    "Content-Disposition: form-data; name=a\n",
    "Content-Disposition: form-data; name=\"",
    "; filename=\"b\"",
    "; filename*=b",
    "Content-Type: text/plain\n",
    "Content-Transfer-Encoding: base64\n",
    "\n1",
    "\u{E9}",
];

#[test]
fn every_short_body() {
    // Every body of up to four pieces behind a first boundary.
    fn extend(body: &mut String, pieces: usize) {
        read(body).ok();
        if pieces > 0 {
            for piece in PIECES {
                let len = body.len();
                body.push_str(piece);
                extend(body, pieces - 1);
                body.truncate(len);
            }
        }
    }
    for start in [
        "",
        "$\n",
        "$\nContent-Disposition: form-data; name=a\n",
        "$\nContent-Disposition: form-data; name=a\n\n",
    ] {
        extend(&mut start.to_owned(), 3);
    }
}

/// Text that nearly has the boundary, at each distance from each block that is searched together.
#[test]
fn a_boundary_at_every_place() {
    let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
    for filler in
        ["a", "\r", "\n", "W", "\r\n", "\r\n--", &format!("\r\n--{}", &boundary[..36]), "\r--\n--"]
    {
        for len in 0..1_400 {
            let content: Vec<u8> = filler.bytes().cycle().take(len).collect();
            let fields = [
                Field { name: "a".into(), file: None, content: content.clone() },
                Field { name: "b".into(), file: None, content: Vec::new() },
            ];
            let body = encode(&fields, boundary, STYLES[0]);
            let parts: Vec<_> =
                Multipart::new(&body, boundary).unwrap().map(Result::unwrap).collect();
            assert_eq!(parts.len(), 2);
            assert_eq!(
                (parts[0].body, parts[1].body),
                (&content[..], &b""[..]),
                "{filler:?} {len}"
            );
        }
    }
}

/// A form of two fields of text and two files. One of the files was not chosen.
fn contact() -> Vec<u8> {
    expanded(
        "$\nContent-Disposition: form-data; name=\"na%22me\"\n\nAda & 50% +=\n\
         $\nContent-Disposition: form-data; name=\"cv\"; filename=\"c\u{E9}%22.pdf\"\nContent-Type: application/pdf\n\n%PDF\n\n\
         $\nContent-Disposition: form-data; name=\"photo\"; filename=\"\"\nContent-Type: application/octet-stream\n\n\n\
         $\nContent-Disposition: form-data; name=\"\"\n\nunnamed\n\
         $\nContent-Disposition: form-data; name=\"na%22me\"\n\nL.\n$--\n",
    )
}

fn form(body: &[u8]) -> Form<'_> {
    Form::new(Multipart::new(body, "x").unwrap(), Files::Drop).unwrap()
}

#[test]
fn fields_of_text_enter_the_event_with_any_options() {
    let body = contact();
    let form = form(&body);
    assert_eq!(form.as_urlencoded(), b"na%22me=Ada+%26+50%25+%2B%3D&=unnamed&na%22me=L.");
    let object = |options: Options| {
        let json = form.event().options(options).to_string().unwrap();
        json[28..].split_once(",\"stage\"").unwrap().0.to_owned()
    };
    let keep = r#"{"na\"me":"Ada & 50% +=","na\"me":"L."}"#;
    for decode in [false, true] {
        let options = Options::new().decode(decode);
        assert_eq!(object(options), keep);
        let options = options.duplicates(formevent::Duplicates::Group);
        assert_eq!(object(options), r#"{"na\"me":["Ada & 50% +=","L."]}"#);
        let options = options.rules(Rules::Whatwg);
        assert_eq!(object(options), r#"{"na\"me":["Ada & 50% +=","L."],"":"unnamed"}"#);
    }
    #[cfg(feature = "serde")]
    assert_eq!(serde_json::to_string(&form.event()).unwrap(), form.event().to_string().unwrap());
    assert_eq!(form.parts().count(), 5);
}

#[test]
fn errors_of_the_event_lead_back_to_the_part() {
    use formevent::{Error, Utf8};

    let file = NAMED.replace("=a", "=f; filename=f");
    let start = expanded(&format!("$\n{file}\n\n$\n{NAMED}\n1\n$\n{NAMED}\n2"));
    let body = [&start[..], b"\xFF\r\n--x--"].concat();
    let form = form(&body);
    assert_eq!(form.as_urlencoded(), b"a=1&a=2\xFF");
    let error = |options| form.event().options(options).to_string().unwrap_err();
    for (error, offset) in
        [(error(Options::new().max_pairs(1)), 4), (error(Options::new().utf8(Utf8::Strict)), 7)]
    {
        assert_eq!(error.offset(), Some(offset));
        assert_eq!(form.part_at(offset).unwrap().body, b"2\xFF");
    }
    assert_eq!(form.part_at(0).unwrap().body, b"1");
    assert_eq!(form.part_at(3).unwrap().body, b"1");
    assert_eq!(form.part_at(8).unwrap().body, b"2\xFF");
    assert_eq!(form.part_at(9), None);
    // The limit is for the body as it was sent, not for the one that is made of it.
    let len = body.len();
    assert_eq!(error(Options::new().max_bytes(len - 1)), Error::TooManyBytes { max: len - 1 });
    assert!(form.event().options(Options::new().max_bytes(len)).to_string().is_ok());
    let text = "=".repeat(1_000);
    let body = expanded(&format!("$\n{NAMED}\n{text}\n$--"));
    let form = Form::new(Multipart::new(&body, "x").unwrap(), Files::Drop).unwrap();
    assert_eq!(form.as_urlencoded().len(), 3_002);
    assert!(form.event().options(Options::new().max_bytes(body.len())).to_string().is_ok());
}

#[test]
fn files_are_dropped_or_refused_but_not_lost() {
    let body = contact();
    let form = form(&body);
    let dropped: Vec<_> = form.dropped(&Options::new()).collect();
    let shown: Vec<_> = dropped.iter().map(|it| (it.part.to_string(), it.reason)).collect();
    assert_eq!(shown, [
        ("file `c\u{E9}\".pdf` of the field `cv` at byte offset 74: 6 bytes, application/pdf".to_owned(), "file"),
        ("file `` of the field `photo` at byte offset 186: 0 bytes, application/octet-stream".to_owned(), "file"),
        ("field `` at byte offset 294: 7 bytes".to_owned(), "empty-key"),
    ]);
    assert_eq!(dropped[0].part.body, b"%PDF\r\n");
    assert_eq!(
        dropped.iter().map(|it| it.part.is_empty_file()).collect::<Vec<_>>(),
        [false, true, false]
    );
    let whatwg = form.dropped(&Options::new().rules(Rules::Whatwg)).map(|it| it.reason);
    assert!(whatwg.eq(["file", "file"]));

    let refused =
        |body: &[u8]| Form::new(Multipart::new(body, "x").unwrap(), Files::Refuse).map(drop);
    let error = refused(&body).unwrap_err();
    assert_eq!(error, Error::File { offset: 74, name: "cv".into() });
    assert_eq!(error.to_string(), "field `cv` at byte offset 74 has a file, and files are refused");
    // No file was chosen, so none is lost.
    assert_eq!(
        refused(&expanded("$\nContent-Disposition: form-data; name=a; filename=\"\"\n\n\n$--")),
        Ok(())
    );
    // An empty file with a name, or a file without one, is a file.
    for part in ["filename=b\n\n", "filename=\"\"\n\n1"] {
        let body = expanded(&format!("$\nContent-Disposition: form-data; name=a; {part}\n$--"));
        assert_eq!(refused(&body), Err(Error::File { offset: 5, name: "a".into() }));
    }
}

#[cfg(feature = "shapes")]
#[test]
fn shapes_have_the_body_as_it_was_sent_and_the_files() {
    use formevent::Shape;

    let body = contact();
    let form = form(&body);
    let shape: Shape = r#"["$pairs","$dropped"]"#.parse().unwrap();
    let json = form.event().shape(&shape).to_string().unwrap();
    assert_eq!(
        json,
        concat!(
            r#"[{"na\"me":"Ada & 50% +=","na\"me":"L."},["#,
            r#"{"offset":74,"name":"cv","filename":"cé\".pdf","contentType":"application/pdf","size":6,"reason":"file"},"#,
            r#"{"offset":186,"name":"photo","filename":"","contentType":"application/octet-stream","size":0,"reason":"file"},"#,
            r#"{"offset":294,"text":"unnamed","reason":"empty-key"}]]"#,
        )
    );
    let shape: Shape = r#"["$body"]"#.parse().unwrap();
    let json = form.event().shape(&shape).to_string().unwrap();
    let whole: [String; 1] = serde_json::from_str(&json).unwrap();
    assert_eq!(whole[0].as_bytes(), body);
    let body = expanded(&format!("$\n{}\n\n$--", NAMED.replace("=a", "=a; filename=b")));
    let form = Form::new(Multipart::new(&body, "x").unwrap(), Files::Drop).unwrap();
    let shape: Shape = r#"["$dropped"]"#.parse().unwrap();
    let json = form.event().shape(&shape).to_string().unwrap();
    assert_eq!(json, r#"[[{"offset":5,"name":"a","filename":"b","size":0,"reason":"file"}]]"#);
}

#[test]
fn charsets_of_parts() {
    let body = |content_type: &str, file: &str| {
        expanded(&format!(
            "$\nContent-Disposition: form-data; name=a{file}\nContent-Type: {content_type}\n\n1\n$--"
        ))
    };
    let read = |body: &[u8]| Form::new(Multipart::new(body, "x").unwrap(), Files::Drop).map(drop);
    for accepted in [
        "text/plain",
        "text/plain; charset=UTF-8",
        "text/plain;Charset=\"us-ascii\"",
        "",
        "x; y; charset=latin1",
    ] {
        assert_eq!(read(&body(accepted, "")), Ok(()), "{accepted}");
    }
    let error = read(&body("text/plain; charset=ISO-8859-1", "")).unwrap_err();
    assert_eq!(error, Error::Charset { offset: 5, sent: "ISO-8859-1".into() });
    assert_eq!(
        error.to_string(),
        "part at byte offset 5 has the charset `ISO-8859-1`, which is neither UTF-8 nor US-ASCII"
    );
    // The charset of a file is the caller's concern.
    assert_eq!(read(&body("text/plain; charset=ISO-8859-1", "; filename=b")), Ok(()));
}

/// A page in another encoding, whose form has a field `_charset_`.
#[cfg(feature = "encoding")]
#[test]
fn another_encoding() {
    use formevent::Event;
    use formevent::encoding::{encoding_of, to_utf8};

    let body = b"--x\r\nContent-Disposition: form-data; name=\"_charset_\"\r\n\r\nwindows-1252\r\n\
        --x\r\nContent-Disposition: form-data; name=\"pr\xE9nom\"\r\n\r\nAndr\xE9 & 1\r\n--x--";
    let form = form(body);
    let encoding = encoding_of(form.as_urlencoded(), None).unwrap();
    let body = to_utf8(form.as_urlencoded(), encoding);
    let json = Event::new(&body).options(Options::new().decode(true)).to_string().unwrap();
    assert!(json.contains(r#"{"_charset_":"UTF-8","prénom":"André & 1"}"#), "{json}");
}

#[cfg(feature = "http")]
#[test]
fn requests_go_by_the_content_type() {
    use formevent::{Request, RequestError, Shape};

    let shape: Shape = r#"["$pairs","$body","$dropped"]"#.parse().unwrap();
    let posted = |content_type: &str, body: Vec<u8>| {
        http::Request::post("/?q")
            .header("content-type", content_type)
            .header("user-agent", "a")
            .body(body)
            .unwrap()
    };
    let body =
        expanded(&format!("$\n{NAMED}\n+1\n$\n{}\n\n$--", NAMED.replace("=a", "=b; filename=c")));
    let dropped = r#"{"offset":56,"name":"b","filename":"c","size":0,"reason":"file"}"#;
    for (content_type, body, json) in [
        (
            "application/x-www-form-urlencoded",
            b"a=+1&b".to_vec(),
            r#"[{"a":"+1"},"a=+1&b",[{"offset":5,"text":"b","reason":"no-equals"}]]"#.to_owned(),
        ),
        (
            "Multipart/Form-Data; boundary=\"x\"",
            body.clone(),
            format!(
                r#"[{{"a":"+1"}},{},[{dropped}]]"#,
                serde_json::to_string(&String::from_utf8(body.clone()).unwrap()).unwrap()
            ),
        ),
    ] {
        let posted = posted(content_type, body);
        let request = Request::try_from(&posted).unwrap();
        let form = request.form(Limits::new(), Files::Drop).unwrap();
        let event = request.event_of(&form).unwrap();
        assert_eq!(event.clone().shape(&shape).to_string().unwrap(), json);
        assert!(event.to_string().unwrap().ends_with(r#""userAgent":"a"}"#));
        assert_eq!(request.body(), posted.body());
        match request.event() {
            Ok(event) => assert_eq!(event.shape(&shape).to_string().unwrap(), json),
            Err(error) => {
                assert!(content_type.starts_with('M'));
                assert_eq!(error, RequestError::Multipart);
                assert_eq!(
                    error.to_string(),
                    "body is multipart/form-data, not yet read as a form"
                );
            }
        }
    }
    for (content_type, expected) in [
        ("multipart/form-data", Error::BoundaryMissing),
        ("multipart/form-data; boundary=y", Error::Start { offset: 0 }),
    ] {
        let posted = posted(content_type, body.clone());
        let request = Request::try_from(&posted).unwrap();
        assert_eq!(request.form(Limits::new(), Files::Drop).unwrap_err(), expected);
    }
    let posted = posted("multipart/form-data; boundary=x", body.clone());
    let request = Request::try_from(&posted).unwrap();
    assert_eq!(
        request.form(Limits::new().max_parts(1), Files::Drop).unwrap_err(),
        Error::TooManyParts { max: 1, offset: 56 }
    );
    assert_eq!(
        request.form(Limits::new(), Files::Refuse).unwrap_err(),
        Error::File { offset: 56, name: "b".into() }
    );
    // Bytes of a multipart body that look like a field of the other kind.
    #[cfg(feature = "encoding")]
    {
        let body = expanded(&format!("$\n{NAMED}\n&_charset_=latin1&\u{E9}\n$--"));
        let posted = http::Request::post("/")
            .header("content-type", "multipart/form-data; boundary=x")
            .body(body)
            .unwrap();
        let request = Request::try_from(&posted).unwrap().into_utf8().unwrap();
        assert_eq!(request.body(), posted.body());
    }
}

/// Those of `tests/multipart/vectors.js`.
fn vectors(kind: &str) -> Vec<Value> {
    let mut vectors: Value = serde_json::from_str(include_str!("vectors/multipart.json")).unwrap();
    serde_json::from_value(vectors[kind].take()).unwrap()
}

#[test]
fn forms_of_browsers_and_clients() {
    let decoded = |base64: &Value| BASE64_STANDARD.decode(base64.as_str().unwrap()).unwrap();
    let mut writers = BTreeSet::new();
    for form in vectors("written") {
        let writer = form["writer"].as_str().unwrap();
        let boundary = boundary(form["contentType"].as_str().unwrap()).unwrap();
        let body = decoded(&form["body"]);
        let multipart = Multipart::new(&body, boundary).unwrap();
        let parts =
            multipart.clone().map(|part| part.unwrap_or_else(|error| panic!("{writer}: {error}")));
        let parts: Vec<_> = parts.collect();
        let fields = form["fields"].as_array().unwrap();
        assert_eq!(parts.len(), fields.len());
        for (part, field) in parts.iter().zip(fields) {
            assert_eq!(part.decode_name(), field["name"].as_str().unwrap(), "{writer}");
            assert_eq!(part.decode_file_name().as_deref(), field["filename"].as_str(), "{writer}");
            if part.is_file() {
                assert_eq!(part.body, decoded(&field["content"]), "{writer}");
                let content_type = field["type"].as_str().map(str::as_bytes);
                assert_eq!(part.content_type, content_type, "{writer}");
            } else {
                assert_eq!(part.decode_body(), field["value"].as_str().unwrap(), "{writer}");
            }
        }
        assert!(Form::new(multipart, Files::Drop).is_ok());
        writers.insert(writer.to_owned());
    }
    let expected = ["chromium-fetch", "chromium-form", "curl", "node", "python-email", "urllib3"];
    assert!(writers.iter().eq(&expected), "{writers:?}");
}

/// Bodies in which formevent and another reader find different fields, as docs/src/multipart.md says.
#[test]
fn other_readers() {
    let mut differing = Vec::new();
    for mut vector in vectors("read") {
        let about = vector["about"].as_str().unwrap().to_owned();
        let body = vector["body"].as_str().unwrap().as_bytes().to_vec();
        let own = read_bytes(&body).ok().map(|parts| {
            let text = |bytes: &Vec<u8>| oracle::name_text(bytes);
            let parts = parts.iter().map(|part| {
                let body = String::from_utf8_lossy(&part.body).into_owned();
                (text(&part.name), part.file_name.as_ref().map(text), body)
            });
            json!(parts.collect::<Vec<_>>())
        });
        assert_eq!(own.clone().unwrap_or_default(), vector["parts"], "{about}");
        let multer = multer(&body, "x").map(|parts| {
            let text = |body: Vec<u8>| String::from_utf8_lossy(&body).into_owned();
            let parts =
                parts.into_iter().map(|(name, file_name, body)| (name, file_name, text(body)));
            json!(parts.collect::<Vec<_>>())
        });
        vector["readers"]["multer"] = multer.unwrap_or_default();
        let Some(own) = own else { continue };
        for (reader, other) in vector["readers"].as_object().unwrap() {
            if !other.is_null() && *other != own {
                differing.push(format!("{reader}: {about}"));
            }
        }
    }
    differing.sort_unstable();
    assert_eq!(
        differing,
        [
            "bun: a backslash before the quote",
            "bun: escapes in a name",
            "bun: names without quotes",
            "bun: no file",
            "bun: padding",
            "deno: escapes in a name",
            "multer: a backslash before the quote",
            "multer: escapes in a name",
            "node: an escape in lower case",
            "node: both filenames",
            "python: a backslash",
            "python: a backslash before the quote",
            "python: escapes in a name",
            "workerd: a backslash",
            "workerd: a backslash before the quote",
            "workerd: escapes in a name",
            "workerd: no file"
        ]
    );
}

/// Pseudo-random bodies, the same ones in JavaScript: xorshift with 32 bits.
struct Random(u32);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % limit
    }

    fn pick<'t>(&mut self, tokens: &'t [String]) -> &'t str {
        &tokens[self.below(tokens.len())]
    }
}

/// The tokens of `tests/vectors/multipart-random.json`, in which a character stands for a byte, and the results.
#[derive(Clone, serde::Deserialize)]
struct RandomBodies {
    fixed: [String; 4],
    parameters: Vec<String>,
    headers: Vec<String>,
    texts: Vec<String>,
    hashes: Vec<u32>,
}

impl RandomBodies {
    /// A form of up to three parts, with up to three mistakes in it.
    fn body(&self, random: &mut Random) -> Vec<u8> {
        let [boundary, line_end, end, disposition] = self.fixed.each_ref().map(String::as_str);
        let mut tokens = Vec::new();
        for _ in 0..random.below(4) {
            tokens.extend([boundary, line_end, disposition, &self.parameters[random.below(5)]]);
            for _ in 0..random.below(2) {
                tokens.push(random.pick(&self.parameters[5..]));
            }
            tokens.push(line_end);
            for _ in 0..random.below(2) {
                tokens.extend([random.pick(&self.headers), line_end]);
            }
            tokens.push(line_end);
            for _ in 0..random.below(4) {
                tokens.push(random.pick(&self.texts));
            }
            tokens.push(line_end);
        }
        tokens.push(end);
        for _ in 0..random.below(3) {
            let at = random.below(tokens.len() + 1);
            let kinds = [&self.fixed[..], &self.parameters, &self.headers, &self.texts];
            let kind = kinds[random.below(4)];
            let token = random.pick(kind);
            match random.below(3) {
                0 => tokens.insert(at, token),
                1 if at < tokens.len() => tokens[at] = token,
                _ if at < tokens.len() => drop(tokens.remove(at)),
                _ => {}
            }
        }
        let character = |character: char| u8::try_from(u32::from(character)).unwrap();
        tokens.concat().chars().map(character).collect()
    }
}

/// The result of reading a form, or its error, in the words of both languages.
fn outcome(body: &[u8], limits: Limits, files: Files) -> String {
    let form = match Form::new(Multipart::new(body, "x").unwrap().limits(limits), files) {
        Ok(form) => form,
        Err(error) => return format!("{error}\n"),
    };
    let mut outcome = String::new();
    for part in form.parts() {
        let file_name = part.decode_file_name().unwrap_or("-".into());
        let content_type = String::from_utf8_lossy(part.content_type.unwrap_or(b"-"));
        let (name, offset, len) = (part.decode_name(), part.offset, part.body.len());
        writeln!(outcome, "{name}|{file_name}|{content_type}|{offset}|{len}").unwrap();
    }
    for dropped in form.dropped(&Options::new()) {
        writeln!(outcome, "{} {}", dropped.part.offset, dropped.reason).unwrap();
    }
    outcome + &String::from_utf8_lossy(form.as_urlencoded()) + "\n"
}

/// The package has the rules a second time: `tests/npm/multipart.test.js` reads the same bodies.
#[test]
fn random_bodies_are_read_as_in_javascript() {
    let all: RandomBodies =
        serde_json::from_str(include_str!("vectors/multipart-random.json")).unwrap();
    let (mut forms, mut outcomes) = (0, BTreeSet::new());
    let hashes: Vec<u32> = (0..50)
        .map(|block| {
            let mut hash = 0x811c_9dc5;
            for index in block * 1_000..(block + 1) * 1_000 {
                let mut random = Random(index + 1);
                let body = all.body(&mut random);
                let mut limits = Limits::new();
                if index % 8 == 1 {
                    limits = limits.max_parts(random.below(4));
                    limits = limits.max_header_bytes(random.below(120));
                    limits = limits.max_text_bytes(random.below(20));
                    limits = limits.max_bytes(random.below(1_000));
                }
                let files = if index % 4 == 0 { Files::Refuse } else { Files::Drop };
                let outcome = outcome(&body, limits, files);
                forms += usize::from(outcome.contains('|') || outcome == "\n");
                for byte in outcome.bytes() {
                    hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
                }
                outcomes.insert(outcome.replace(|byte: char| byte.is_ascii_digit(), ""));
            }
            hash
        })
        .collect();
    assert!(forms > 10_000 && outcomes.len() > 3_000, "{forms} {}", outcomes.len());
    assert_eq!(all.hashes, hashes, "{}", serde_json::to_string(&hashes).unwrap());
}
