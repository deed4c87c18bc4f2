//! The text of a key or a value: percent-decoded if asked for, then checked or repaired.

use alloc::borrow::Cow;

use crate::buffer::abort_on_oom;
use crate::percent::{decode_bytes, raw_offset};
use crate::utf8::{Invalid, lossy};
use crate::{Error, Input};

/// Decodes a raw key or value: `+` to a space, `%XX` to a byte. A `%` without two hexadecimal digits
/// stays as it is. Then replaces invalid UTF-8 with U+FFFD, as [`String::from_utf8_lossy`] does.
///
/// These are the steps of the URL Standard's [parser]. You get the text borrowed, without an
/// allocation, if there is nothing to decode or replace.
///
/// [parser]: https://url.spec.whatwg.org/#concept-urlencoded-parser
/// [`String::from_utf8_lossy`]: alloc::string::String::from_utf8_lossy
///
/// # Examples
///
/// ```
/// use formevent::decode;
/// use std::borrow::Cow;
///
/// assert_eq!(decode("caf%C3%A9+noir"), "café noir");
/// assert_eq!(decode("100%"), "100%");
/// assert_eq!(decode(b"%C3"), "\u{FFFD}");
/// assert!(matches!(decode("plain"), Cow::Borrowed("plain")));
/// ```
pub fn decode(raw: &(impl AsRef<[u8]> + ?Sized)) -> Cow<'_, str> {
    abort_on_oom(decode_bytes(raw.as_ref()).and_then(lossy))
}

/// How raw bytes become text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Decoding {
    /// Whether to percent-decode.
    pub(crate) percent: bool,
    pub(crate) invalid: Invalid,
}

impl Decoding {
    /// The text of `raw`, which begins at `offset` in the body.
    pub(crate) fn text(self, raw: &[u8], offset: usize) -> Result<Cow<'_, str>, Error> {
        let bytes = self.bytes(raw)?;
        if self.invalid == Invalid::Refused
            && let Err(error) = core::str::from_utf8(&bytes)
        {
            let valid = error.valid_up_to();
            let valid = if self.percent { raw_offset(raw, valid) } else { valid };
            return Err(Error::InvalidUtf8 {
                input: Input::Body,
                offset: offset.saturating_add(valid),
            });
        }
        lossy(bytes)
    }

    /// The text of `raw`, which was checked before if that was asked for.
    pub(crate) fn lossy(self, raw: &[u8]) -> Result<Cow<'_, str>, Error> {
        lossy(self.bytes(raw)?)
    }

    /// Checks `raw`, which is not part of the body and never percent-decoded.
    pub(crate) fn check(self, raw: &[u8], input: Input) -> Result<(), Error> {
        if self.invalid == Invalid::Refused
            && let Err(error) = core::str::from_utf8(raw)
        {
            return Err(Error::InvalidUtf8 { input, offset: error.valid_up_to() });
        }
        Ok(())
    }

    fn bytes(self, raw: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
        if self.percent { decode_bytes(raw) } else { Ok(raw.into()) }
    }
}
