//! The media type of a form, by the [MIME Sniffing Standard]: what is malformed after the type is ignored.
//!
//! [MIME Sniffing Standard]: https://mimesniff.spec.whatwg.org/#parsing-a-mime-type

use alloc::string::{String, ToString};

use data_url::mime::Mime;

use super::{RequestError, text};
use crate::utf8::is_utf8_label;

/// The parser compares each parameter's name with all before it, so its time grows with the square of this.
const MAX_BYTES: usize = 1000;

/// The media types that a form can have.
pub(super) enum Form {
    Urlencoded {
        /// If it is neither UTF-8 nor US-ASCII.
        charset: Option<String>,
    },
    #[cfg(feature = "multipart")]
    Multipart,
}

/// Fails if the type is another than a form's.
pub(super) fn parse(content_type: &[u8]) -> Result<Form, RequestError> {
    if content_type.len() > MAX_BYTES {
        return Err(RequestError::ContentTypeTooLong { len: content_type.len() });
    }
    // The standard's "isomorphic decode".
    let sent: String = content_type.iter().map(|&byte| char::from(byte)).collect();
    match sent.parse::<Mime>() {
        Ok(sent) if sent.matches("application", "x-www-form-urlencoded") => {
            let charset = sent.get_parameter("charset").unwrap_or("utf-8");
            let accepted = is_utf8_label(charset.as_bytes());
            Ok(Form::Urlencoded { charset: (!accepted).then(|| charset.to_string()) })
        }
        #[cfg(feature = "multipart")]
        Ok(sent) if sent.matches("multipart", "form-data") => Ok(Form::Multipart),
        _ => Err(RequestError::ContentType { sent: text(content_type) }),
    }
}
