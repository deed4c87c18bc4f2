//! What can go wrong: which rule, where, and what was allowed.

use core::fmt;

use alloc::collections::TryReserveError;
use alloc::string::String;

use crate::{Dropped, Reason};

/// Why there is no JSON: what was wrong, where, and what was allowed.
///
/// The template's rules by themselves never fail; an error comes only from what the caller asked
/// for: a limit, strict UTF-8, or an extra member; and where memory cannot be had.
///
/// # Examples
///
/// ```
/// use formevent::{Error, Options};
///
/// let error = Options::new().max_pairs(1).to_json(b"a=1&b=2").unwrap_err();
/// assert_eq!(error, Error::TooManyPairs { max: 1, offset: 4 });
/// assert_eq!(
///     error.to_string(),
///     "too many pairs: max_pairs allows 1, the first too many is at byte offset 4 of the body"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The body is longer than [`Options::max_bytes`](crate::Options::max_bytes) allows.
    TooManyBytes {
        /// The limit in bytes, and so the offset of the first byte too many.
        max: usize,
    },
    /// The body has more pairs than [`Options::max_pairs`](crate::Options::max_pairs) allows.
    TooManyPairs {
        /// The limit.
        max: usize,
        /// Where in the body the first pair too many begins, in bytes.
        offset: usize,
    },
    /// The JSON is longer than [`Options::max_output`](crate::Options::max_output) allows.
    TooMuchOutput {
        /// The limit in bytes.
        max: usize,
        /// Where in the body the pair begins that was being written when the JSON grew past the
        /// limit, in bytes; the body's length if it was none of them.
        offset: usize,
    },
    /// Bytes that are not UTF-8, and
    /// [`Options::strict_utf8`](crate::Options::strict_utf8) was asked for.
    InvalidUtf8 {
        /// What the bytes are in.
        part: Part,
        /// Where in that part, as it was given, the first bytes begin that are not UTF-8; of a
        /// `%XX` it is the `%`.
        offset: usize,
    },
    /// A [dropped segment](crate::Dropped), where the caller takes none: the library itself never
    /// returns it, `?` makes it of a [segment](crate::segments).
    Dropped {
        /// Where the segment begins in the body, in bytes.
        offset: usize,
        /// Why it is no pair.
        reason: Reason,
    },
    /// An [extra member](crate::Event::extra) has a name that the event already has.
    MemberExists {
        /// The name.
        name: String,
    },
    /// More of the body than [`Stream::max_held`](crate::Stream::max_held) allows has to be held
    /// back.
    TooMuchHeld {
        /// The limit in bytes.
        max: usize,
        /// Where in the body that begins which is held back, in bytes.
        offset: usize,
    },
    /// There is no memory for what has to be allocated.
    OutOfMemory,
}

impl Error {
    /// Where it is, in bytes: in the body, or for [`Error::InvalidUtf8`] in its
    /// [`Part`]. `None` for [`Error::MemberExists`] and [`Error::OutOfMemory`].
    ///
    /// # Examples
    ///
    /// ```
    /// let strict = formevent::Options::new().strict_utf8(true);
    /// assert_eq!(strict.to_json(b"a=1&b=\xFF").unwrap_err().offset(), Some(6));
    /// ```
    pub const fn offset(&self) -> Option<usize> {
        match *self {
            Error::TooManyBytes { max } => Some(max),
            Error::TooManyPairs { offset, .. }
            | Error::TooMuchOutput { offset, .. }
            | Error::InvalidUtf8 { offset, .. }
            | Error::Dropped { offset, .. }
            | Error::TooMuchHeld { offset, .. } => Some(offset),
            Error::MemberExists { .. } | Error::OutOfMemory => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::TooManyBytes { max } => write!(
                f,
                "the body is too long: max_bytes allows {max}, the first byte too many is at byte \
                 offset {max}"
            ),
            Error::TooManyPairs { max, offset } => write!(
                f,
                "too many pairs: max_pairs allows {max}, the first too many is at byte offset \
                 {offset} of the body"
            ),
            Error::TooMuchOutput { max, offset } => write!(
                f,
                "the JSON is too long: max_output allows {max} bytes, passed at byte offset \
                 {offset} of the body"
            ),
            Error::InvalidUtf8 { part, offset } => {
                write!(
                    f,
                    "{part} is not UTF-8 at byte offset {offset}: strict_utf8 allows no other bytes"
                )
            }
            Error::Dropped { offset, reason } => write!(
                f,
                "the segment at byte offset {offset} of the body is no pair: {}",
                reason.because()
            ),
            Error::MemberExists { name } => write!(
                f,
                "the event already has a member `{name}`: an extra member needs a name of its own"
            ),
            Error::TooMuchHeld { max, offset } => write!(
                f,
                "too much has to be held back: max_held allows {max} bytes, passed by what begins \
                 at byte offset {offset} of the body"
            ),
            Error::OutOfMemory => f.write_str("there is no memory for what has to be allocated"),
        }
    }
}

impl core::error::Error for Error {}

impl From<TryReserveError> for Error {
    fn from(_: TryReserveError) -> Self {
        Error::OutOfMemory
    }
}

impl From<Dropped<'_>> for Error {
    fn from(dropped: Dropped<'_>) -> Self {
        Error::Dropped { offset: dropped.offset, reason: dropped.reason }
    }
}

/// What the bytes were in that are not UTF-8.
///
/// # Examples
///
/// ```
/// use formevent::{Error, Event, Options, Part};
///
/// let event = Event::new(b"a=1")
///     .options(Options::new().strict_utf8(true))
///     .header("Host", "api.example.com")
///     .header("X-Name", b"Ren\xE9");
/// assert_eq!(
///     event.to_json(),
///     Err(Error::InvalidUtf8 { part: Part::HeaderValue { index: 1 }, offset: 3 })
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The body.
    Body,
    /// The name of a header.
    HeaderName {
        /// Which one, from 0, in the order given.
        index: usize,
    },
    /// The value of a header.
    HeaderValue {
        /// Which one, from 0, in the order given.
        index: usize,
    },
    /// The stage.
    Stage,
    /// The source address.
    SourceIp,
    /// The user agent.
    UserAgent,
    /// The name of an extra member.
    ExtraName {
        /// Which one, from 0, in the order given.
        index: usize,
    },
    /// The value of an extra member.
    ExtraValue {
        /// Which one, from 0, in the order given.
        index: usize,
    },
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Body => f.write_str("the body"),
            Part::HeaderName { index } => write!(f, "the name of header {index} (from 0)"),
            Part::HeaderValue { index } => write!(f, "the value of header {index} (from 0)"),
            Part::Stage => f.write_str("stage"),
            Part::SourceIp => f.write_str("sourceIp"),
            Part::UserAgent => f.write_str("userAgent"),
            Part::ExtraName { index } => write!(f, "the name of extra member {index} (from 0)"),
            Part::ExtraValue { index } => write!(f, "the value of extra member {index} (from 0)"),
        }
    }
}
