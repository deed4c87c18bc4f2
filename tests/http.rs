//! Forms in the requests of the crate `http`, and the media types that they may have.

use formevent::{Preset, Request, RequestError, Shape};
use http::header::HeaderValue;
use serde_json::Value;

const FORM: &str = "application/x-www-form-urlencoded";

/// The media types that a message allows.
const TYPES: &str = if cfg!(feature = "multipart") {
    "application/x-www-form-urlencoded or multipart/form-data"
} else {
    FORM
};

fn posted(content_type: impl AsRef<[u8]>) -> http::Request<&'static str> {
    let value = HeaderValue::from_bytes(content_type.as_ref()).unwrap();
    http::Request::post("/").header("Content-Type", value).body("a=1").unwrap()
}

#[test]
fn each_member_is_where_the_event_has_it() {
    let request = http::Request::put("https://example.com/a%20b?to=a&to=b+c")
        .header("content-type", FORM)
        .header("accept", "a")
        .header("User-Agent", "curl/8.5.0")
        .header("accept", [0xFF, b'b'].as_slice())
        .body(b"name=Ada&b".to_vec())
        .unwrap();
    let shape: Shape =
        r#"["$pairs","$headers","$userAgent","$method","$path","$queryString","$stage","$sourceIp","$requestId","$timeEpoch"]"#
            .parse()
            .unwrap();
    let expected = concat!(
        r#"[{"name":"Ada"},{"content-type":"application/x-www-form-urlencoded","accept":"a","#,
        "\"accept\":\"\u{FFFD}b\",",
        r#""user-agent":"curl/8.5.0"},"curl/8.5.0","PUT","/a%20b","to=a&to=b+c","","","",0]"#
    );
    let whole = Request::try_from(&request).unwrap();
    assert_eq!(whole.body(), b"name=Ada&b");
    assert_eq!(whole.event().unwrap().shape(&shape).to_string().unwrap(), expected);

    let (parts, body) = request.into_parts();
    let request = Request::new(&parts, &body).unwrap();
    assert_eq!(request.event().unwrap().shape(&shape).to_string().unwrap(), expected);
}

#[test]
fn members_that_only_the_caller_knows() {
    let posted = posted(FORM);
    let request = Request::try_from(&posted).unwrap();
    let event = request.event().unwrap().source_ip("192.0.2.1").user_agent("own").stage("prod");
    let json = event.shape(Preset::Template.shape()).to_string().unwrap();
    assert!(
        json.ends_with(r#""stage":"prod","sourceIp":"192.0.2.1","userAgent":"own"}"#),
        "{json}"
    );
}

#[test]
fn content_types() {
    // The npm package's tests read it too.
    let cases: Vec<Value> = serde_json::from_str(include_str!("media-types.json")).unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let content_type = case["contentType"].as_str().unwrap();
        // A character for each byte, as the Fetch Standard has it.
        let bytes: Vec<u8> = content_type.chars().map(|char| u8::try_from(char).unwrap()).collect();
        let posted = posted(bytes);
        let request = Request::try_from(&posted);
        match case["result"].as_str().unwrap() {
            "ok" => assert_eq!(request.unwrap().charset(), None, "{content_type}"),
            "charset" => {
                let (request, sent) = (request.unwrap(), case["charset"].as_str().unwrap());
                assert_eq!(request.charset(), Some(sent), "{content_type}");
                let error = request.event().unwrap_err();
                assert_eq!(error, RequestError::Charset { sent: sent.into() }, "{content_type}");
            }
            #[cfg(feature = "multipart")]
            "not-form" if content_type.starts_with("multipart/form-data") => {
                assert_eq!(request.unwrap().event().unwrap_err(), RequestError::Multipart);
            }
            "not-form" => {
                let error = request.unwrap_err();
                assert!(matches!(error, RequestError::ContentType { .. }), "{content_type}");
            }
            result => panic!("{result}"),
        }
    }
}

#[test]
fn content_types_in_messages() {
    let message = |content_type: &[u8]| {
        let posted = posted(content_type);
        let event = |request: Request<'_>| request.event().map(|_| ());
        Request::try_from(&posted).and_then(event).unwrap_err().to_string()
    };
    assert_eq!(
        message(b"application/x-www-form-urlencoded; charset=latin1"),
        "charset `latin1` is neither UTF-8 nor US-ASCII"
    );
    assert_eq!(
        message(b"text/\xFF\x80plain"),
        format!("content type `text/\u{FFFD}\u{FFFD}plain` is not {TYPES}")
    );
}

#[test]
fn long_content_types() {
    for (spaces, ok) in [(1000 - FORM.len(), true), (1001 - FORM.len(), false)] {
        let content_type = [FORM, &" ".repeat(spaces)].concat();
        let posted = posted(&content_type);
        let error = Request::try_from(&posted).err();
        assert_eq!(error.is_none(), ok);
        if let Some(error) = error {
            assert_eq!(error, RequestError::ContentTypeTooLong { len: 1001 });
            assert_eq!(error.to_string(), "content type has 1001 bytes; it may have at most 1000");
        }
    }
}

#[test]
fn no_content_type() {
    let request = http::Request::post("/").body("a=1").unwrap();
    let error = Request::try_from(&request).unwrap_err();
    assert_eq!(error, RequestError::ContentTypeMissing);
    assert_eq!(error.to_string(), format!("content type is missing; it must be {TYPES}"));
}

#[test]
fn content_codings() {
    let mut request = posted(FORM);
    request.headers_mut().insert("content-encoding", HeaderValue::from_static("Identity"));
    assert!(Request::try_from(&request).is_ok());
    request.headers_mut().insert("content-encoding", HeaderValue::from_static("gzip"));
    let error = Request::try_from(&request).unwrap_err();
    assert_eq!(error, RequestError::ContentCoding { sent: "gzip".to_string() });
    assert_eq!(error.to_string(), "body has the content coding `gzip`; it must have none");
}
