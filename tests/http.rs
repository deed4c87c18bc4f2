//! Forms in the requests of the crate `http`, and the media types that they may have.

use formevent::{Preset, Request, RequestError, Shape};
use http::header::HeaderValue;

const FORM: &str = "application/x-www-form-urlencoded";

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
fn content_types_of_forms_in_utf8() {
    for content_type in [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-URLEncoded",
        "application/x-www-form-urlencoded;",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "application/x-www-form-urlencoded;charset=utf8",
        "application/x-www-form-urlencoded ; Charset=\"utf-8\" ;",
        "application/x-www-form-urlencoded; charset=US-ASCII",
        "application/x-www-form-urlencoded; charset=ascii",
        "application/x-www-form-urlencoded; charset=\"u\\tf-8\"",
        "application/x-www-form-urlencoded; a=b; charset=utf-8; charset=latin1",
        "application/x-www-form-urlencoded; boundary=\";charset=latin1\"",
    ] {
        let posted = posted(content_type);
        let request = Request::try_from(&posted).unwrap();
        assert_eq!(request.charset(), None, "{content_type}");
        assert!(request.event().is_ok(), "{content_type}");
    }
}

#[test]
fn other_charsets() {
    for (content_type, charset) in [
        ("application/x-www-form-urlencoded; charset=ISO-8859-1", "ISO-8859-1"),
        ("application/x-www-form-urlencoded;charset=\"Shift_JIS\"", "Shift_JIS"),
        ("application/x-www-form-urlencoded; charset=utf-16", "utf-16"),
        ("application/x-www-form-urlencoded; charset=", ""),
        ("application/x-www-form-urlencoded; charset=latin1; charset=utf-8", "latin1"),
        ("application/x-www-form-urlencoded; charset=utf-8x", "utf-8x"),
    ] {
        let posted = posted(content_type);
        let request = Request::try_from(&posted).unwrap();
        assert_eq!(request.charset(), Some(charset), "{content_type}");
        let error = request.event().unwrap_err();
        assert_eq!(error, RequestError::Charset { sent: charset.to_string() }, "{content_type}");
        assert_eq!(error.to_string(), format!("charset `{charset}` is neither UTF-8 nor US-ASCII"));
    }
}

#[test]
fn content_types_of_no_form() {
    for content_type in [
        "",
        "text/plain",
        "application/json",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded+json",
        "application/x-www-form-urlencoded2",
        "application/x-www-form-urlencoded, text/plain",
        "application/x-www-form-urlencoded; charset",
        "application/x-www-form-urlencoded; charset=\"utf-8",
        "x-www-form-urlencoded",
    ] {
        let error = Request::try_from(&posted(content_type)).unwrap_err();
        assert_eq!(error, RequestError::ContentType { sent: content_type.to_string() });
    }
    let error = Request::try_from(&posted(b"text/\xFF\x80plain")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "content type `text/\u{FFFD}\u{FFFD}plain` is not application/x-www-form-urlencoded"
    );
}

#[test]
fn no_content_type() {
    let request = http::Request::post("/").body("a=1").unwrap();
    let error = Request::try_from(&request).unwrap_err();
    assert_eq!(error, RequestError::ContentTypeMissing);
    assert_eq!(
        error.to_string(),
        "content type is missing; it must be application/x-www-form-urlencoded"
    );
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
