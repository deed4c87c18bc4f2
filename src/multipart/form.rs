//! The fields of text as a urlencoded body, which all else of the crate takes.

use core::fmt;

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{Error, Multipart, Part, escaped, header, name_bytes};
use crate::buffer::{append, push, reserve};
#[cfg(feature = "serde")]
use crate::percent::decoded_len;
use crate::split::ByteString;
use crate::utf8::is_utf8_label;
use crate::{Options, scan};

/// How to treat the files of a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Files {
    /// Leave them out of the event. [`Form::dropped`] lists them.
    #[default]
    Drop,
    /// Refuse the form with [`Error::File`], unless all that it has are [empty file inputs](Part::is_empty_file).
    Refuse,
}

/// A form whose parts were all read and are well-formed: its fields of text as a urlencoded body, and its files.
///
/// [`event`](Form::event) makes the event, with every option and shape. With the feature `serde`, `deserialize` reads the
/// fields into a type of yours. The urlencoded body has escapes only for the
/// bytes that have a meaning there (`%`, `&`, `+` and `=`), and a `+` for each space; so it is about as long as the
/// text, and at most three times as long.
///
/// # Examples
///
/// ```
/// use formevent::multipart::{Files, Form, Multipart};
/// use formevent::Options;
///
/// let body = b"--x\r\n\
///     Content-Disposition: form-data; name=\"note\"\r\n\r\n\
///     50% off & more\r\n\
///     --x\r\n\
///     Content-Disposition: form-data; name=\"cv\"; filename=\"a.pdf\"\r\n\
///     Content-Type: application/pdf\r\n\r\n\
///     %PDF\r\n\
///     --x--\r\n";
/// let form = Form::new(Multipart::new(body, "x")?, Files::Drop)?;
/// let json = form.event().source_ip("192.0.2.1").to_string()?;
/// assert!(json.contains(r#""querystring":{"note":"50% off & more"},"stage":"","sourceIp":"192.0.2.1""#));
///
/// assert_eq!(form.as_urlencoded(), b"note=50%25+off+%26+more");
/// let dropped: Vec<_> = form.dropped(&Options::new()).collect();
/// assert_eq!((dropped[0].reason, dropped[0].part.body), ("file", &b"%PDF"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Form<'a> {
    /// `None` if it was urlencoded before.
    parts: Option<Multipart<'a>>,
    urlencoded: Cow<'a, [u8]>,
}

/// A part that is not in the event.
///
/// # Examples
///
/// See [`Form`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Dropped<'a> {
    /// The part, with its offset, names and bytes.
    pub part: Part<'a>,
    /// Why it is not in the event: `file`, or the name of a [`DropReason`](crate::DropReason).
    pub reason: &'static str,
}

impl<'a> Form<'a> {
    /// Reads all `parts`. Allocates the urlencoded body; files cost nothing.
    ///
    /// # Errors
    ///
    /// Fails if a part or the body is malformed or exceeds a limit, if a field of text has a charset other than UTF-8
    /// and US-ASCII in its content type, if there is a file and you refuse them, or if memory runs out. See [`Error`].
    pub fn new(parts: Multipart<'a>, files: Files) -> Result<Self, Error> {
        let mut urlencoded = Vec::new();
        for part in parts.clone() {
            let part = part?;
            if part.is_file() {
                if files == Files::Refuse && !part.is_empty_file() {
                    let name = header::text(&name_bytes(part.name).unwrap_or_default());
                    return Err(Error::File { offset: part.offset, name });
                }
                continue;
            }
            if let Some(sent) = part.content_type.and_then(header::charset)
                && !is_utf8_label(sent)
            {
                return Err(Error::Charset { offset: part.offset, sent: header::text(sent) });
            }
            append_field(&mut urlencoded, &part).map_err(|_| Error::OutOfMemory)?;
        }
        Ok(Form { parts: Some(parts), urlencoded: urlencoded.into() })
    }

    /// A form that is urlencoded already.
    #[cfg(feature = "http")]
    pub(crate) fn from_urlencoded(body: &'a [u8]) -> Self {
        Form { parts: None, urlencoded: body.into() }
    }

    /// The fields of text as a body of `application/x-www-form-urlencoded`. Its values are encoded, whatever the
    /// options: to convert it yourself, set [`Options::decode`].
    pub fn as_urlencoded(&self) -> &[u8] {
        &self.urlencoded
    }

    /// All parts, in order; none if the form was urlencoded. Reads the body again, and does not allocate.
    pub fn parts(&self) -> impl Iterator<Item = Part<'a>> + use<'a> {
        self.parts.clone().into_iter().flatten().map_while(Result::ok)
    }

    /// The parts that are not in the event with these options: every file, and the fields of text that the rules
    /// drop, which by [`Rules::Template`](crate::Rules::Template) are those with an empty name. Reads the body again,
    /// and does not allocate.
    pub fn dropped<'s>(
        &'s self,
        options: &Options,
    ) -> impl Iterator<Item = Dropped<'a>> + use<'a, 's> {
        // Each field of text is one segment.
        let mut segments = options.rules.segments(&*self.urlencoded);
        self.parts().filter_map(move |part| {
            let reason =
                if part.is_file() { "file" } else { segments.next()?.err()?.reason.as_str() };
            Some(Dropped { part, reason })
        })
    }

    /// The field of text whose pair is at `offset` in [`as_urlencoded`](Self::as_urlencoded), such as the offset of
    /// an error of the [event](Form::event). Reads the body again, and does not allocate.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::multipart::{Files, Form, Multipart};
    /// use formevent::{Options, Utf8};
    ///
    /// let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xFF\r\n--x--\r\n";
    /// let form = Form::new(Multipart::new(body, "x")?, Files::Drop)?;
    /// let error = form.event().options(Options::new().utf8(Utf8::Strict)).to_string().unwrap_err();
    /// let part = form.part_at(error.offset().unwrap()).unwrap();
    /// assert_eq!((part.name, part.body_offset), (&b"a"[..], 49));
    /// # Ok::<(), formevent::multipart::Error>(())
    /// ```
    pub fn part_at(&self, offset: usize) -> Option<Part<'a>> {
        let index = scan::count(self.urlencoded.get(..offset)?, b'&');
        self.parts().filter(|part| !part.is_file()).nth(index)
    }

    /// The offset in the body as it was sent for one in [`as_urlencoded`](Self::as_urlencoded): in a text that of the
    /// same byte, and otherwise that of the part.
    #[cfg(feature = "serde")]
    pub(crate) fn sent_offset(&self, offset: usize) -> usize {
        let (Some(before), Some(part)) = (self.urlencoded.get(..offset), self.part_at(offset))
        else {
            return offset;
        };
        let pair = before.rsplit(|&byte| byte == b'&').next().unwrap_or_default();
        let key = pair.split(|&byte| byte == b'=').next().unwrap_or_default();
        match pair.get(key.len() + 1..) {
            Some(text) => part.body_offset + decoded_len(text),
            None => part.offset,
        }
    }

    /// The body as it was sent.
    pub(crate) fn body(&self) -> &[u8] {
        self.parts.as_ref().map_or(&*self.urlencoded, |parts| parts.body)
    }

    /// Whether it was not urlencoded before.
    pub(crate) fn is_multipart(&self) -> bool {
        self.parts.is_some()
    }
}

impl fmt::Debug for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form")
            .field("parts", &self.parts)
            .field("urlencoded", &ByteString(&self.urlencoded))
            .finish()
    }
}

/// Appends a field of text.
fn append_field(out: &mut Vec<u8>, part: &Part<'_>) -> Result<(), crate::Error> {
    if !out.is_empty() {
        push(out, b'&')?;
    }
    encode(out, part.name, true)?;
    push(out, b'=')?;
    encode(out, part.body, false)
}

/// Appends text as the key or the value of a urlencoded pair. Escapes only what has a meaning there; an escape of the
/// HTML Standard in a name has the same meaning there.
fn encode(out: &mut Vec<u8>, text: &[u8], is_name: bool) -> Result<(), crate::Error> {
    /// The compiler makes vectors of the loops over so many bytes.
    const CHUNK: usize = 64;
    let has_meaning = |byte: &u8| matches!(byte, b'%' | b'&' | b'+' | b'=');
    let spaced = |byte: u8| if byte == b' ' { b'+' } else { byte };
    reserve(out, text.len())?;
    for (index, chunk) in text.chunks(CHUNK).enumerate() {
        if !chunk.iter().map(has_meaning).fold(false, |any, one| any | one) {
            let mut block = [0; CHUNK];
            block.iter_mut().zip(chunk).for_each(|(to, &byte)| *to = spaced(byte));
            append(out, block.get(..chunk.len()).unwrap_or_default())?;
            continue;
        }
        for (at, &byte) in chunk.iter().enumerate() {
            match byte {
                b'%' if is_name && escaped(text, index * CHUNK + at).is_some() => push(out, b'%'),
                b'%' => append(out, b"%25"),
                b'&' => append(out, b"%26"),
                b'+' => append(out, b"%2B"),
                b'=' => append(out, b"%3D"),
                _ => push(out, spaced(byte)),
            }?;
        }
    }
    Ok(())
}
