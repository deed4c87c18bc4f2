//! Why a multipart body is refused.

use core::fmt;

use alloc::string::String;

use crate::names::Escaped;

/// Why a multipart body, its content type or one of its parts was refused.
///
/// # Examples
///
/// ```
/// use formevent::multipart::{Error, Multipart};
///
/// let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
/// let error = Multipart::new(body, "x")?.next().unwrap().unwrap_err();
/// assert_eq!(error, Error::Unclosed { offset: 5 });
/// assert_eq!(error.to_string(), "no boundary after the part at byte offset 5: the body is incomplete");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The content type is not `multipart/form-data`.
    ContentType,
    /// The parameters of the content type are malformed, or there are two boundaries.
    Parameters {
        /// The offset in the content type, in bytes.
        offset: usize,
        /// The syntax that is allowed there.
        expected: &'static str,
    },
    /// The content type has no `boundary`.
    BoundaryMissing,
    /// The boundary is empty or has more than 70 bytes.
    BoundaryLength {
        /// Its length in bytes.
        len: usize,
    },
    /// The boundary has a byte that none may have: RFC 2046 allows letters, digits, `'()+_,-./:=?`, and spaces
    /// before other characters.
    BoundaryByte {
        /// The offset in the boundary, in bytes.
        offset: usize,
        /// The byte.
        byte: u8,
    },
    /// The body does not begin with `--` and the boundary.
    Start {
        /// The offset of the first byte that is no line end.
        offset: usize,
    },
    /// A boundary in the body comes after a LF without a CR: some readers take it for one, some for text.
    BoundaryStart {
        /// The offset of the boundary, in bytes.
        offset: usize,
    },
    /// A boundary in the body has neither a line end behind it nor `--`.
    BoundaryEnd {
        /// The offset of the byte that is there instead; the length of the body if there is none.
        offset: usize,
    },
    /// A part has no boundary behind it: the body was cut off, or the boundary is another one.
    Unclosed {
        /// The offset of the part, in bytes.
        offset: usize,
    },
    /// There is something after the last boundary.
    End {
        /// The offset of its first byte.
        offset: usize,
    },
    /// The headers of a part are malformed.
    Header {
        /// The offset in the body, in bytes.
        offset: usize,
        /// The syntax that is allowed there.
        expected: &'static str,
    },
    /// A part has no `Content-Disposition`, or one without a `name`.
    NameMissing {
        /// The offset of the part, in bytes.
        offset: usize,
    },
    /// A part has a `Content-Transfer-Encoding` other than `7bit`, `8bit` and `binary`.
    TransferEncoding {
        /// The offset of the part, in bytes.
        offset: usize,
        /// The encoding, as it was sent.
        sent: String,
    },
    /// A text field has a charset other than UTF-8 and US-ASCII in its content type.
    Charset {
        /// The offset of the part, in bytes.
        offset: usize,
        /// The charset, as it was sent.
        sent: String,
    },
    /// The form has a file, and you asked for [`Files::Refuse`](super::Files::Refuse).
    File {
        /// The offset of the part, in bytes.
        offset: usize,
        /// The name of its field.
        name: String,
    },
    /// The body is longer than [`Limits::max_bytes`](super::Limits::max_bytes).
    TooManyBytes {
        /// The limit in bytes, which is also the offset of the first byte beyond it.
        max: usize,
    },
    /// The body has more parts than [`Limits::max_parts`](super::Limits::max_parts).
    TooManyParts {
        /// The limit.
        max: usize,
        /// The offset of the first part beyond it.
        offset: usize,
    },
    /// The headers of a part are longer than [`Limits::max_header_bytes`](super::Limits::max_header_bytes).
    TooManyHeaderBytes {
        /// The limit in bytes.
        max: usize,
        /// The offset of the part.
        offset: usize,
    },
    /// A text field is longer than [`Limits::max_text_bytes`](super::Limits::max_text_bytes).
    TooManyTextBytes {
        /// The limit in bytes.
        max: usize,
        /// The offset of the part.
        offset: usize,
    },
    /// An allocation failed.
    OutOfMemory,
}

impl Error {
    /// The byte offset of the error in the body. `None` for errors of the content type and its boundary, and if
    /// memory ran out.
    pub const fn offset(&self) -> Option<usize> {
        match *self {
            Error::TooManyBytes { max: offset }
            | Error::Start { offset }
            | Error::BoundaryStart { offset }
            | Error::BoundaryEnd { offset }
            | Error::Unclosed { offset }
            | Error::End { offset }
            | Error::Header { offset, .. }
            | Error::NameMissing { offset }
            | Error::TransferEncoding { offset, .. }
            | Error::Charset { offset, .. }
            | Error::File { offset, .. }
            | Error::TooManyParts { offset, .. }
            | Error::TooManyHeaderBytes { offset, .. }
            | Error::TooManyTextBytes { offset, .. } => Some(offset),
            Error::ContentType
            | Error::Parameters { .. }
            | Error::BoundaryMissing
            | Error::BoundaryLength { .. }
            | Error::BoundaryByte { .. }
            | Error::OutOfMemory => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::ContentType => f.write_str("content type is not multipart/form-data"),
            Error::Parameters { offset, expected } => {
                write!(f, "content type is malformed at byte offset {offset}; expected {expected}")
            }
            Error::BoundaryMissing => f.write_str("content type has no boundary"),
            Error::BoundaryLength { len } => {
                write!(f, "boundary has {len} bytes; it must have 1 to 70")
            }
            Error::BoundaryByte { offset, byte } => write!(
                f,
                "boundary has `{}` at byte offset {offset}; allowed are letters, digits, '()+_,-./:=? and spaces \
                 before other characters",
                byte.escape_ascii()
            ),
            Error::Start { offset } => {
                write!(
                    f,
                    "body has no boundary at byte offset {offset}, where it must begin with one"
                )
            }
            Error::BoundaryStart { offset } => write!(
                f,
                "line before the boundary at byte offset {offset} ends with LF; it must end with CR LF"
            ),
            Error::BoundaryEnd { offset } => write!(
                f,
                "boundary is not followed by a line end (CR LF) or `--` at byte offset {offset}"
            ),
            Error::Unclosed { offset } => write!(
                f,
                "no boundary after the part at byte offset {offset}: the body is incomplete"
            ),
            Error::End { offset } => {
                write!(f, "body goes on after its last boundary, at byte offset {offset}")
            }
            Error::Header { offset, expected } => {
                write!(f, "header is malformed at byte offset {offset}; expected {expected}")
            }
            Error::NameMissing { offset } => write!(
                f,
                "part at byte offset {offset} has no name; it must have `Content-Disposition: form-data; name=\"…\"`"
            ),
            Error::TransferEncoding { offset, sent } => write!(
                f,
                "part at byte offset {offset} has the Content-Transfer-Encoding `{}`; it may have 7bit, 8bit or binary",
                Escaped(sent.as_bytes())
            ),
            Error::Charset { offset, sent } => write!(
                f,
                "part at byte offset {offset} has the charset `{}`, which is neither UTF-8 nor US-ASCII",
                Escaped(sent.as_bytes())
            ),
            Error::File { offset, name } => write!(
                f,
                "field `{}` at byte offset {offset} has a file, and files are refused",
                Escaped(name.as_bytes())
            ),
            Error::TooManyBytes { max } => {
                write!(f, "body exceeds max_bytes at byte offset {max} ({max} bytes)")
            }
            Error::TooManyParts { max, offset } => {
                write!(f, "part at byte offset {offset} exceeds max_parts ({max})")
            }
            Error::TooManyHeaderBytes { max, offset } => write!(
                f,
                "headers of the part at byte offset {offset} exceed max_header_bytes ({max} bytes)"
            ),
            Error::TooManyTextBytes { max, offset } => write!(
                f,
                "text of the part at byte offset {offset} exceeds max_text_bytes ({max} bytes)"
            ),
            Error::OutOfMemory => f.write_str("out of memory"),
        }
    }
}

impl core::error::Error for Error {}
