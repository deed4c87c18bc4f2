//! Forms in other encodings than UTF-8, by the [Encoding Standard].
//!
//! A page in another encoding sends its form in that encoding, unless the form has
//! `accept-charset="utf-8"`. It names the encoding only if the form has a hidden field `_charset_`; then the
//! browser [sets its value][charset]. [`to_utf8`] rewrites the body, and [`encoding_of`] finds its encoding.
//!
//! # Examples
//!
//! ```
//! use formevent::encoding::{encoding_of, to_utf8};
//! use formevent::Options;
//!
//! let body = "name=Andr%E9&_charset_=windows-1252";
//! let body = to_utf8(body, encoding_of(body, None)?);
//! assert_eq!(&*body, b"name=Andr%C3%A9&_charset_=UTF-8");
//! let json = Options::new().decode(true).to_string(&body)?;
//! assert_eq!(json, r#"{"name":"André","_charset_":"UTF-8"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [Encoding Standard]: https://encoding.spec.whatwg.org/
//! [charset]: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#constructing-entry-list

use core::fmt;

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use encoding_rs::{DecoderResult, Encoding, UTF_8};
use form_urlencoded::byte_serialize;

use crate::buffer::abort_on_oom;
use crate::decode;
use crate::names::Escaped;
use crate::percent::decode_bytes;

pub use encoding_rs;

/// A charset that a form cannot have: an unknown label, or that of UTF-16 or of an encoding that the Encoding
/// Standard only replaces.
///
/// # Examples
///
/// ```
/// use formevent::encoding::encoding_of;
///
/// let error = encoding_of("_charset_=utf-16", None).unwrap_err();
/// assert_eq!(error.to_string(), "charset `utf-16` is not the label of an encoding that a form can have");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownCharset {
    /// The charset, as it was sent.
    pub sent: String,
}

impl fmt::Display for UnknownCharset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent = Escaped(self.sent.as_bytes());
        write!(f, "charset `{sent}` is not the label of an encoding that a form can have")
    }
}

impl core::error::Error for UnknownCharset {}

/// Finds the encoding of a body: that of its first field `_charset_` that is not empty, else that of
/// `charset`, the parameter of the content type, else UTF-8. Allocates only to percent-decode.
///
/// # Errors
///
/// Fails if that is not the [label] of an encoding, or the label of one that a form cannot have.
///
/// # Examples
///
/// ```
/// use formevent::encoding::encoding_of;
/// use formevent::encoding::encoding_rs::{EUC_KR, SHIFT_JIS, UTF_8};
///
/// assert_eq!(encoding_of("a=1", None)?, UTF_8);
/// assert_eq!(encoding_of("a=1", Some("EUC-KR"))?, EUC_KR);
/// assert_eq!(encoding_of("a=1&_charset_=Shift_JIS", Some("EUC-KR"))?, SHIFT_JIS);
/// # Ok::<(), formevent::encoding::UnknownCharset>(())
/// ```
///
/// [label]: https://encoding.spec.whatwg.org/#names-and-labels
pub fn encoding_of(
    body: &(impl AsRef<[u8]> + ?Sized),
    charset: Option<&str>,
) -> Result<&'static Encoding, UnknownCharset> {
    let field = body.as_ref().split(|&byte| byte == b'&').find_map(charset_field).map(decode);
    let Some(sent) = field.or(charset.map(Cow::from)) else { return Ok(UTF_8) };
    Encoding::for_label(sent.as_bytes())
        // As the URL Standard says, nothing is percent-encoded in UTF-16.
        .filter(|encoding| encoding.output_encoding() == *encoding)
        .ok_or_else(|| UnknownCharset { sent: sent.to_string() })
}

/// The value of a segment that is the field `_charset_`, unless it is empty.
fn charset_field(segment: &[u8]) -> Option<&[u8]> {
    let equals = segment.iter().position(|&byte| byte == b'=')?;
    let (key, value) = (segment.get(..equals)?, segment.get(equals + 1..)?);
    (!value.is_empty() && decode(key) == "_charset_").then_some(value)
}

/// Rewrites a body in `encoding` as the same body in UTF-8: it decodes each key and value that is not plain
/// ASCII and percent-encodes it again, and gives the field `_charset_` the value `UTF-8`. Everything else stays
/// as it is, so the rules split both bodies alike. (There is one exception: a key that consists of an escape
/// sequence of ISO-2022-JP, such as `%1B(B`, becomes empty.)
///
/// A sequence of bytes that is malformed in `encoding` becomes `%FF`, which is malformed in UTF-8:
/// [`Options::utf8`](crate::Options::utf8) decides about it, as everywhere. Offsets in later errors are those
/// in the new body.
///
/// Allocates for each key and value that it percent-decodes, and the new body if something changes: up to 9
/// bytes for each of the old one.
///
/// # Examples
///
/// ```
/// use formevent::encoding::encoding_rs::SHIFT_JIS;
/// use formevent::encoding::to_utf8;
/// use std::borrow::Cow;
///
/// let body = to_utf8("name=%83%65%83X%83g&a=%26", SHIFT_JIS);
/// assert_eq!(&*body, b"name=%E3%83%86%E3%82%B9%E3%83%88&a=%26");
/// assert_eq!(formevent::decode("%E3%83%86%E3%82%B9%E3%83%88"), "テスト");
/// assert!(matches!(to_utf8("a=1", SHIFT_JIS), Cow::Borrowed(b"a=1")));
/// ```
pub fn to_utf8<'a>(
    body: &'a (impl AsRef<[u8]> + ?Sized),
    encoding: &'static Encoding,
) -> Cow<'a, [u8]> {
    let body = body.as_ref();
    if encoding == UTF_8 {
        return body.into();
    }
    let mut out = Vec::new();
    // The part of the body up to here is in `out`.
    let mut done = 0;
    let mut start = 0;
    for segment in body.split(|&byte| byte == b'&') {
        if let Some(value) = charset_field(segment) {
            let end = start + segment.len();
            out.extend_from_slice(body.get(done..end - value.len()).unwrap_or_default());
            out.extend_from_slice(b"UTF-8");
            done = end;
            start = end + 1;
            continue;
        }
        for text in segment.split(|&byte| byte == b'=') {
            let end = start + text.len();
            let bytes = abort_on_oom(decode_bytes(text));
            if !is_ascii(&bytes, encoding) {
                out.extend_from_slice(body.get(done..start).unwrap_or_default());
                reencode(&bytes, encoding, &mut out);
                done = end;
            }
            start = end + 1;
        }
    }
    if done == 0 {
        return body.into();
    }
    out.extend_from_slice(body.get(done..).unwrap_or_default());
    out.into()
}

fn is_ascii(bytes: &[u8], encoding: &'static Encoding) -> bool {
    let ascii = if encoding.is_ascii_compatible() {
        Encoding::ascii_valid_up_to(bytes)
    } else {
        // The only one of a form: its escape sequences are ASCII too.
        Encoding::iso_2022_jp_ascii_valid_up_to(bytes)
    };
    ascii == bytes.len()
}

/// Decodes `bytes`, percent-encodes them as UTF-8 and appends them.
fn reencode(bytes: &[u8], encoding: &'static Encoding, out: &mut Vec<u8>) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut buffer = [0; 256];
    let mut rest = bytes;
    loop {
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(rest, &mut buffer, true);
        for text in byte_serialize(buffer.get(..written).unwrap_or_default()) {
            out.extend_from_slice(text.as_bytes());
        }
        rest = rest.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => out.extend_from_slice(b"%FF"),
        }
    }
}
