//! Why a request cannot become an event.

use core::fmt;

use alloc::string::String;

use crate::names::Escaped;

/// Why a request cannot become an event.
///
/// # Examples
///
/// ```
/// use formevent::{Request, RequestError};
///
/// let posted = http::Request::post("/").header("content-type", "text/plain").body("a=1")?;
/// let error = Request::try_from(&posted).unwrap_err();
/// assert_eq!(error, RequestError::ContentType { sent: "text/plain".to_string() });
/// assert!(error.to_string().starts_with("content type `text/plain` is not application/x-www-form-urlencoded"));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// There is no `Content-Type`.
    ContentTypeMissing,
    /// The `Content-Type` is another than a form's.
    ContentType {
        /// The content type, as it was sent.
        sent: String,
    },
    /// The `Content-Type` has more than 1,000 bytes.
    ContentTypeTooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// The form is `multipart/form-data`, so its event needs it read: call [`Request::form`](crate::Request::form) and
    /// [`event_of`](crate::Request::event_of).
    #[cfg(feature = "multipart")]
    Multipart,
    /// The body has a `Content-Encoding`: it is compressed.
    ContentCoding {
        /// The content coding, as it was sent.
        sent: String,
    },
    /// The content type names a charset other than UTF-8 and US-ASCII.
    Charset {
        /// The charset, as it was sent.
        sent: String,
    },
    /// The event says that its body is base64, which it is not.
    #[cfg(feature = "aws")]
    Base64 {
        /// The offset in the event's string, in bytes, of a byte that is wrong. The string's length if its end is
        /// missing.
        offset: usize,
    },
    /// Lambda@Edge cut the body off: `inputTruncated`.
    #[cfg(feature = "aws")]
    Truncated,
    /// Lambda@Edge handed the request over without its body.
    #[cfg(feature = "aws")]
    BodyNotIncluded,
}

/// The media types of forms.
const TYPES: &str = if cfg!(feature = "multipart") {
    "application/x-www-form-urlencoded or multipart/form-data"
} else {
    "application/x-www-form-urlencoded"
};

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestError::ContentTypeMissing => {
                write!(f, "content type is missing; it must be {TYPES}")
            }
            RequestError::ContentType { sent } => {
                let sent = Escaped(sent.as_bytes());
                write!(f, "content type `{sent}` is not {TYPES}")
            }
            RequestError::ContentTypeTooLong { len } => {
                write!(f, "content type has {len} bytes; it may have at most 1000")
            }
            #[cfg(feature = "multipart")]
            RequestError::Multipart => f.write_str("body is multipart/form-data, not yet read as a form"),
            RequestError::ContentCoding { sent } => {
                let sent = Escaped(sent.as_bytes());
                write!(f, "body has the content coding `{sent}`; it must have none")
            }
            RequestError::Charset { sent } => {
                write!(f, "charset `{}` is neither UTF-8 nor US-ASCII", Escaped(sent.as_bytes()))
            }
            #[cfg(feature = "aws")]
            RequestError::Base64 { offset } => {
                write!(f, "body of the event is not base64 at byte offset {offset}, although the event says so")
            }
            #[cfg(feature = "aws")]
            RequestError::Truncated => f.write_str(
                "body is incomplete: Lambda@Edge cut it off (inputTruncated), after 40 KB of a viewer request or 1 MB \
                 of an origin request",
            ),
            #[cfg(feature = "aws")]
            RequestError::BodyNotIncluded => f.write_str(
                "event has no body: choose \"Include body\" in the function association of the CloudFront behavior",
            ),
        }
    }
}

impl core::error::Error for RequestError {}
