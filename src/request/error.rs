//! Why a request holds no form.

use core::fmt;

use alloc::string::String;

use crate::names::Escaped;

/// Why a request has no form that can become an event.
///
/// # Examples
///
/// ```
/// use formevent::{Request, RequestError};
///
/// let posted = http::Request::post("/").header("content-type", "text/plain").body("a=1")?;
/// let error = Request::try_from(&posted).unwrap_err();
/// assert_eq!(error, RequestError::ContentType { sent: "text/plain".to_string() });
/// assert_eq!(error.to_string(), "content type `text/plain` is not application/x-www-form-urlencoded");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// There is no `Content-Type`.
    ContentTypeMissing,
    /// The `Content-Type` is another than a form's, or malformed.
    ContentType {
        /// The content type, as it was sent.
        sent: String,
    },
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
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestError::ContentTypeMissing => {
                f.write_str("content type is missing; it must be application/x-www-form-urlencoded")
            }
            RequestError::ContentType { sent } => {
                let sent = Escaped(sent.as_bytes());
                write!(f, "content type `{sent}` is not application/x-www-form-urlencoded")
            }
            RequestError::ContentCoding { sent } => {
                let sent = Escaped(sent.as_bytes());
                write!(f, "body has the content coding `{sent}`; it must have none")
            }
            RequestError::Charset { sent } => {
                write!(f, "charset `{}` is neither UTF-8 nor US-ASCII", Escaped(sent.as_bytes()))
            }
        }
    }
}

impl core::error::Error for RequestError {}
