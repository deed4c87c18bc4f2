//! The media type of a form, by the [MIME Sniffing Standard]: what is malformed after the type is ignored.
//!
//! [MIME Sniffing Standard]: https://mimesniff.spec.whatwg.org/#parsing-a-mime-type

use alloc::string::{String, ToString};

use data_url::mime::Mime;

use super::{RequestError, text};

/// The parser compares each parameter's name with all before it, so its time grows with the square of this.
const MAX_BYTES: usize = 1000;

/// Their labels, which the Encoding Standard and IANA give.
const UTF_8_OR_ASCII: [&str; 4] = ["utf-8", "utf8", "us-ascii", "ascii"];

/// Returns the charset of a form's content type if it is neither UTF-8 nor US-ASCII. Fails if the type is
/// another than a form's.
pub(super) fn charset(content_type: &[u8]) -> Result<Option<String>, RequestError> {
    if content_type.len() > MAX_BYTES {
        return Err(RequestError::ContentTypeTooLong { len: content_type.len() });
    }
    // The standard's "isomorphic decode".
    let sent: String = content_type.iter().map(|&byte| char::from(byte)).collect();
    match sent.parse::<Mime>() {
        Ok(sent) if sent.matches("application", "x-www-form-urlencoded") => {
            let charset = sent.get_parameter("charset").unwrap_or("utf-8");
            // The Encoding Standard looks a label up without the space around it.
            let label = charset.trim_ascii();
            let accepted = UTF_8_OR_ASCII.iter().any(|own| label.eq_ignore_ascii_case(own));
            Ok((!accepted).then(|| charset.to_string()))
        }
        _ => Err(RequestError::ContentType { sent: text(content_type) }),
    }
}
