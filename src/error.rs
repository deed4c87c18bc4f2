//! Errors: the cause, the place and the limit.

use core::fmt;

use alloc::collections::TryReserveError;
use alloc::string::String;

use crate::names::Escaped;

/// Why a body was refused.
///
/// No body is malformed by itself. You get an error only if a limit is exceeded that you set (or a
/// [`Transcoder`](crate::Transcoder)'s `max_held`), if you asked for strict UTF-8, if the extra members and the
/// shape do not fit each other, or if memory runs out.
///
/// # Examples
///
/// ```
/// use formevent::{Error, Options};
///
/// let error = Options::new().max_pairs(1).to_string("a=1&b=2").unwrap_err();
/// assert_eq!(error, Error::TooManyPairs { max: 1, offset: 4 });
/// assert_eq!(error.to_string(), "pair at byte offset 4 exceeds max_pairs (1)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The body is longer than [`Options::max_bytes`](crate::Options::max_bytes).
    TooManyBytes {
        /// The limit in bytes, which is also the offset of the first byte beyond it.
        max: usize,
    },
    /// The body has more pairs than [`Options::max_pairs`](crate::Options::max_pairs).
    TooManyPairs {
        /// The limit.
        max: usize,
        /// The offset in the body, in bytes, of the first pair beyond it.
        offset: usize,
    },
    /// The JSON is longer than [`Options::max_output`](crate::Options::max_output).
    TooMuchOutput {
        /// The limit in bytes.
        max: usize,
        /// The offset in the body, in bytes, of the pair or dropped segment that exceeded it. It is 0 if anything
        /// before the pairs did, such as the headers, and the body's length if anything after them did (0 from
        /// `Event::append_after_pairs`).
        offset: usize,
    },
    /// The input is not UTF-8, and [`Options::utf8`](crate::Options::utf8) is
    /// [`Utf8::Strict`](crate::Utf8::Strict).
    InvalidUtf8 {
        /// Which input.
        input: Input,
        /// The offset of the first invalid byte in that input, in bytes. If a `%XX` encodes the
        /// byte, the offset of the `%`.
        offset: usize,
    },
    /// An [extra member](crate::Event::extra) has the name of another member.
    MemberExists {
        /// The name.
        name: String,
    },
    /// An [extra member](crate::Event::extra) has no place: the shape has no hole for it and is not an object.
    MemberUnplaced {
        /// The name.
        name: String,
    },
    /// The shape has a hole for an [extra member](crate::Event::extra) that the event does not have.
    MemberMissing {
        /// The name.
        name: String,
    },
    /// The event cannot be written around its object of pairs, since its shape
    /// is not streamable: see `Shape::is_streamable`.
    NotStreamable,
    /// A [`Transcoder`](crate::Transcoder) would have to buffer more than
    /// [`Options::max_held`](crate::Options::max_held).
    TooMuchHeld {
        /// The limit in bytes.
        max: usize,
        /// The offset in the body, in bytes, of the segment that exceeded it.
        offset: usize,
    },
    /// An allocation failed.
    OutOfMemory,
}

impl Error {
    /// The byte offset of the error: in the body, or for [`Error::InvalidUtf8`] in its [`Input`].
    /// `None` for the other errors, which have no place.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = formevent::Options::new().max_output(10);
    /// assert_eq!(options.to_string("a=1&b=2").unwrap_err().offset(), Some(4));
    /// ```
    pub const fn offset(&self) -> Option<usize> {
        match *self {
            Error::TooManyBytes { max } => Some(max),
            Error::TooManyPairs { offset, .. }
            | Error::TooMuchOutput { offset, .. }
            | Error::InvalidUtf8 { offset, .. }
            | Error::TooMuchHeld { offset, .. } => Some(offset),
            Error::MemberExists { .. }
            | Error::MemberUnplaced { .. }
            | Error::MemberMissing { .. }
            | Error::NotStreamable
            | Error::OutOfMemory => None,
        }
    }

    /// The offset of an error of a pair, to change it.
    #[cfg(all(feature = "multipart", feature = "serde"))]
    pub(crate) const fn pair_offset_mut(&mut self) -> Option<&mut usize> {
        match self {
            Error::TooManyPairs { offset, .. } | Error::InvalidUtf8 { offset, .. } => Some(offset),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::TooManyBytes { max } => {
                write!(f, "body exceeds max_bytes at byte offset {max} ({max} bytes)")
            }
            Error::TooManyPairs { max, offset } => {
                write!(f, "pair at byte offset {offset} exceeds max_pairs ({max})")
            }
            Error::TooMuchOutput { max, offset } => write!(
                f,
                "JSON exceeds max_output ({max} bytes) at byte offset {offset} of the body"
            ),
            Error::InvalidUtf8 { input, offset } => {
                write!(f, "{input} is not UTF-8 at byte offset {offset}, and utf8 is strict")
            }
            Error::MemberExists { name } => write!(
                f,
                "extra member `{}` has the name of another member; names must be unique",
                Escaped(name.as_bytes())
            ),
            Error::MemberUnplaced { name } => {
                let name = Escaped(name.as_bytes());
                write!(f, "extra member `{name}` has no place: the shape is not an object and has no $extra.{name}")
            }
            Error::MemberMissing { name } => {
                let name = Escaped(name.as_bytes());
                write!(f, "the shape has the hole $extra.{name}, but the event has no extra member `{name}`")
            }
            Error::NotStreamable => f.write_str(
                "the shape is not streamable: it must have one $pairs, and no $body, $bodyBase64 or $dropped",
            ),
            Error::TooMuchHeld { max, offset } => {
                write!(f, "segment at byte offset {offset} exceeds max_held ({max} bytes)")
            }
            Error::OutOfMemory => f.write_str("out of memory"),
        }
    }
}

impl core::error::Error for Error {}

impl From<TryReserveError> for Error {
    fn from(_: TryReserveError) -> Self {
        Error::OutOfMemory
    }
}

#[cfg(feature = "std")]
impl From<Error> for std::io::Error {
    /// Gives the error the kind `OutOfMemory` or `InvalidData`.
    fn from(error: Error) -> Self {
        match error {
            Error::OutOfMemory => std::io::ErrorKind::OutOfMemory.into(),
            error => std::io::Error::new(std::io::ErrorKind::InvalidData, error),
        }
    }
}

/// The input that is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Input {
    /// The body.
    Body,
    /// The name of a header.
    HeaderName {
        /// The header's position, from 0.
        index: usize,
    },
    /// The value of a header.
    HeaderValue {
        /// The header's position, from 0.
        index: usize,
    },
    /// The stage.
    Stage,
    /// The source address.
    SourceIp,
    /// The user agent.
    UserAgent,
    /// The method.
    Method,
    /// The path.
    Path,
    /// The query string.
    QueryString,
    /// The request's id.
    RequestId,
    /// The name of an extra member.
    ExtraName {
        /// The member's position, from 0.
        index: usize,
    },
    /// The value of an extra member.
    ExtraValue {
        /// The member's position, from 0.
        index: usize,
    },
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Body => f.write_str("body"),
            Input::HeaderName { index } => write!(f, "name of header {index} (from 0)"),
            Input::HeaderValue { index } => write!(f, "value of header {index} (from 0)"),
            Input::Stage => f.write_str("stage"),
            Input::SourceIp => f.write_str("sourceIp"),
            Input::UserAgent => f.write_str("userAgent"),
            Input::Method => f.write_str("method"),
            Input::Path => f.write_str("path"),
            Input::QueryString => f.write_str("queryString"),
            Input::RequestId => f.write_str("requestId"),
            Input::ExtraName { index } => write!(f, "name of extra member {index} (from 0)"),
            Input::ExtraValue { index } => write!(f, "value of extra member {index} (from 0)"),
        }
    }
}
