//! Forms with files, `multipart/form-data` ([RFC 7578]).
//!
//! [`Multipart`] splits a body into its parts, which are slices of it. [`Form`] makes an event of the fields of text and
//! lists the files. A body that two readers could understand in two ways is an [`Error`] with its byte offset: lines that
//! end with LF alone, a parameter that comes twice, text outside of the parts. The [book] has the decisions with their
//! sources.
//!
//! # Examples
//!
//! ```
//! use formevent::multipart::{Files, Form, Limits, Multipart, boundary};
//!
//! let content_type = "multipart/form-data; boundary=x";
//! let body = "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAda & Co.\r\n--x--\r\n";
//! let parts = Multipart::new(body, boundary(content_type)?)?.limits(Limits::new().max_parts(100));
//! let json = Form::new(parts, Files::Refuse)?.event().stage("prod").to_string()?;
//! assert!(json.contains(r#""querystring":{"name":"Ada & Co."},"stage":"prod""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [RFC 7578]: https://www.rfc-editor.org/rfc/rfc7578
//! [book]: https://formevent.github.io/formevent/multipart.html

mod error;
mod find;
mod form;
mod header;

use core::fmt;
use core::iter::{self, FusedIterator};

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::buffer::{abort_on_oom, push};
use crate::names::Escaped;
use crate::split::ByteString;
use crate::utf8::lossy;

use find::{Delimiter, MAX_BOUNDARY};
use header::{Lines, Parameters};

pub use error::Error;
pub use form::{Dropped, Files, Form};

/// Finds the boundary in the value of a `Content-Type`. Does not allocate.
///
/// # Errors
///
/// Fails if that is another type, if its parameters are malformed, or if it has no boundary, two of them or one that
/// [RFC 2046] does not allow.
///
/// # Examples
///
/// ```
/// use formevent::multipart::boundary;
///
/// let content_type = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW";
/// assert_eq!(boundary(content_type), Ok("----WebKitFormBoundary7MA4YWxkTrZu0gW"));
/// assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""), Ok("a b"));
/// assert!(boundary("application/x-www-form-urlencoded").is_err());
/// ```
///
/// [RFC 2046]: https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1
pub fn boundary<T: AsRef<[u8]> + ?Sized>(content_type: &T) -> Result<&str, Error> {
    let mut parameters = Parameters::new(content_type.as_ref());
    if !parameters.kind.eq_ignore_ascii_case(b"multipart/form-data") {
        return Err(Error::ContentType);
    }
    let mut found = None;
    let malformed =
        |fault: header::Malformed| Error::Parameters { offset: fault.at, expected: fault.expected };
    while let Some(parameter) = parameters.next().map_err(malformed)? {
        if !parameter.name.eq_ignore_ascii_case(b"boundary") {
            continue;
        }
        if found.is_some() {
            return Err(malformed(parameter.malformed("one boundary")));
        }
        found = Some(parameter.value);
    }
    checked(found.ok_or(Error::BoundaryMissing)?)
}

/// `boundary`, if it may be one.
fn checked(boundary: &[u8]) -> Result<&str, Error> {
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
        return Err(Error::BoundaryLength { len: boundary.len() });
    }
    let last = boundary.len() - 1;
    for (offset, &byte) in boundary.iter().enumerate() {
        let is_space = byte == b' ' && offset < last;
        if !byte.is_ascii_alphanumeric() && !b"'()+_,-./:=?".contains(&byte) && !is_space {
            return Err(Error::BoundaryByte { offset, byte });
        }
    }
    Ok(str::from_utf8(boundary).unwrap_or_default())
}

/// Limits on a multipart body. By default there are none. Reading allocates nothing and takes time in proportion to
/// the body, with limits or without.
///
/// # Examples
///
/// ```
/// use formevent::multipart::{Error, Limits, Multipart};
///
/// let body = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n12\r\n--x--\r\n";
/// let read = |limits| Multipart::new(body, "x").unwrap().limits(limits).next().unwrap();
/// assert!(read(Limits::new().max_parts(1).max_text_bytes(2)).is_ok());
/// assert_eq!(
///     read(Limits::new().max_text_bytes(1)),
///     Err(Error::TooManyTextBytes { max: 1, offset: 5 })
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "each setter returns the changed limits"]
pub struct Limits {
    bytes: usize,
    parts: usize,
    header_bytes: usize,
    text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    /// No limits.
    pub const fn new() -> Self {
        let max = usize::MAX;
        Limits { bytes: max, parts: max, header_bytes: max, text_bytes: max }
    }

    /// Refuses bodies longer than `max` bytes with [`Error::TooManyBytes`], files included.
    pub const fn max_bytes(mut self, max: usize) -> Self {
        self.bytes = max;
        self
    }

    /// Refuses bodies with more than `max` parts with [`Error::TooManyParts`]. A part is a field of text or a file.
    pub const fn max_parts(mut self, max: usize) -> Self {
        self.parts = max;
        self
    }

    /// Refuses parts whose headers are longer than `max` bytes with [`Error::TooManyHeaderBytes`]. The headers have
    /// the field's name and the file's; the empty line after them counts.
    pub const fn max_header_bytes(mut self, max: usize) -> Self {
        self.header_bytes = max;
        self
    }

    /// Refuses fields of text longer than `max` bytes with [`Error::TooManyTextBytes`]. Files do not count.
    pub const fn max_text_bytes(mut self, max: usize) -> Self {
        self.text_bytes = max;
        self
    }
}

/// The parts of a multipart body, in order, as slices of it. Does not allocate. After an error there is nothing more.
///
/// # Examples
///
/// ```
/// use formevent::multipart::{Multipart, boundary};
///
/// let content_type = "multipart/form-data; boundary=x";
/// let body = b"--x\r\n\
///     Content-Disposition: form-data; name=\"note\"\r\n\r\n\
///     50% off\r\n\
///     --x\r\n\
///     Content-Disposition: form-data; name=\"cv\"; filename=\"a.pdf\"\r\n\
///     Content-Type: application/pdf\r\n\r\n\
///     %PDF\r\n\
///     --x--\r\n";
/// let parts = Multipart::new(body, boundary(content_type)?)?.collect::<Result<Vec<_>, _>>()?;
/// assert_eq!((parts[0].name, parts[0].body), (&b"note"[..], &b"50% off"[..]));
/// assert!(!parts[0].is_file());
/// assert_eq!(parts[1].file_name, Some(&b"a.pdf"[..]));
/// assert_eq!(parts[1].body, b"%PDF");
/// assert_eq!(&body[parts[1].body_offset..][..4], b"%PDF");
/// # Ok::<(), formevent::multipart::Error>(())
/// ```
#[derive(Clone)]
pub struct Multipart<'a> {
    body: &'a [u8],
    delimiter: Delimiter,
    limits: Limits,
    /// The offset behind the boundary that comes before the next part, or behind everything.
    at: usize,
    parts: usize,
    is_done: bool,
}

impl<'a> Multipart<'a> {
    /// The parts of `body`, which `boundary` delimits. [`boundary()`] finds it in the content type.
    ///
    /// # Errors
    ///
    /// Fails if the boundary is empty, too long or has bytes that none may have.
    pub fn new(
        body: &'a (impl AsRef<[u8]> + ?Sized),
        boundary: &(impl AsRef<[u8]> + ?Sized),
    ) -> Result<Self, Error> {
        let boundary = checked(boundary.as_ref())?.as_bytes();
        let delimiter =
            Delimiter::new(boundary).ok_or(Error::BoundaryLength { len: boundary.len() })?;
        let body = body.as_ref();
        Ok(Multipart { body, delimiter, limits: Limits::new(), at: 0, parts: 0, is_done: false })
    }

    /// Sets the limits, before you take the first part.
    #[must_use = "it returns the changed iterator"]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    fn rest(&self) -> &'a [u8] {
        self.body.get(self.at..).unwrap_or_default()
    }

    /// Goes behind the line ends, if there are any.
    fn skip_line_ends(&mut self) {
        while self.rest().starts_with(b"\r\n") {
            self.at += 2;
        }
    }

    /// Reads what comes before the first part.
    fn begin(&mut self) -> Result<(), Error> {
        if self.body.len() > self.limits.bytes {
            return Err(Error::TooManyBytes { max: self.limits.bytes });
        }
        self.skip_line_ends();
        if !self.rest().starts_with(self.delimiter.first()) {
            return Err(Error::Start { offset: self.at });
        }
        self.at += self.delimiter.first().len();
        Ok(())
    }

    /// Reads what comes after the last part.
    fn end(&mut self) -> Result<(), Error> {
        self.at += 2;
        self.skip_padding();
        self.skip_line_ends();
        if self.at < self.body.len() { Err(Error::End { offset: self.at }) } else { Ok(()) }
    }

    /// Goes behind the spaces that a mail gateway may put at the end of a boundary's line.
    fn skip_padding(&mut self) {
        let padding = self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
        self.at += padding.count();
    }

    fn read(&mut self) -> Result<Option<Part<'a>>, Error> {
        if self.at == 0 {
            self.begin()?;
        }
        if self.rest().starts_with(b"--") {
            return self.end().map(|()| None);
        }
        self.skip_padding();
        // The line end may be that of the next delimiter.
        let line_end = self.rest();
        if !line_end.starts_with(b"\r\n") {
            return Err(Error::BoundaryEnd { offset: self.at });
        }
        let offset = self.at + 2;
        if self.parts >= self.limits.parts {
            return Err(Error::TooManyParts { max: self.limits.parts, offset });
        }
        self.parts += 1;
        let end = self.delimiter.find(line_end).ok_or(Error::Unclosed { offset })?;
        let Some(part) = line_end.get(..end).and_then(|part| part.strip_suffix(b"\r")) else {
            return Err(Error::BoundaryStart { offset: self.at + end + 1 });
        };
        let part = part.get(2..).unwrap_or_default();
        self.at += end + self.delimiter.as_bytes().len();
        let head = header::read(part, offset, self.limits.header_bytes)?;
        let (headers, body) = part.split_at_checked(head.len).unwrap_or_default();
        let body = body.get(2..).unwrap_or_default();
        if head.file_name.is_none() && body.len() > self.limits.text_bytes {
            return Err(Error::TooManyTextBytes { max: self.limits.text_bytes, offset });
        }
        Ok(Some(Part {
            name: head.name,
            file_name: head.file_name,
            content_type: head.content_type,
            headers,
            body,
            offset,
            body_offset: offset + head.len + 2,
        }))
    }
}

impl<'a> Iterator for Multipart<'a> {
    type Item = Result<Part<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let part = self.read().transpose();
        self.is_done = !matches!(part, Some(Ok(_)));
        part
    }
}

impl FusedIterator for Multipart<'_> {}

impl fmt::Debug for Multipart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multipart")
            .field("body", &ByteString(self.body))
            .field("boundary", &ByteString(self.delimiter.first().get(2..).unwrap_or_default()))
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A part of a multipart body: a field of text, or a file. Everything is a slice of the body that you passed, neither
/// decoded nor checked.
///
/// You can log its `Display` safely: it escapes control characters and cuts names to 40 bytes.
///
/// # Examples
///
/// ```
/// use formevent::multipart::Multipart;
///
/// let body = b"--x\r\n\
///     Content-Disposition: form-data; name=\"cv\"; filename=\"my %22cv%22.pdf\"\r\n\
///     Content-Type: application/pdf\r\n\r\n\
///     %PDF\r\n\
///     --x--\r\n";
/// let part = Multipart::new(body, "x")?.next().unwrap()?;
/// assert_eq!(part.decode_file_name().unwrap(), r#"my "cv".pdf"#);
/// assert_eq!(part.content_type, Some(&b"application/pdf"[..]));
/// assert_eq!(part.headers().nth(1), Some((&b"Content-Type"[..], &b"application/pdf"[..])));
/// assert_eq!(
///     part.to_string(),
///     r#"file `my "cv".pdf` of the field `cv` at byte offset 5: 4 bytes, application/pdf"#
/// );
/// # Ok::<(), formevent::multipart::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Part<'a> {
    /// The name of the field, between its quotes.
    pub name: &'a [u8],
    /// The file's name, between its quotes; `None` for text. It is the sender's choice, and may be a path.
    ///
    /// If no file was chosen, browsers send an empty name and no bytes: see [`is_empty_file`](Self::is_empty_file).
    pub file_name: Option<&'a [u8]>,
    /// The value of the header `Content-Type`.
    pub content_type: Option<&'a [u8]>,
    /// The lines of the headers, each with its line end.
    pub headers: &'a [u8],
    /// The text, or the bytes of the file.
    pub body: &'a [u8],
    /// The offset of the headers in the whole body, in bytes.
    pub offset: usize,
    /// The offset of [`body`](Self::body) in the whole body, in bytes.
    pub body_offset: usize,
}

impl<'a> Part<'a> {
    /// Whether it is a file: its `Content-Disposition` has a `filename`, even an empty one.
    pub const fn is_file(&self) -> bool {
        self.file_name.is_some()
    }

    /// Whether it is what browsers send for a file input without a file: a file with an empty name and no bytes, by
    /// the [HTML Standard].
    ///
    /// [HTML Standard]: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#constructing-the-form-data-set
    pub const fn is_empty_file(&self) -> bool {
        matches!((self.file_name, self.body), (Some([]), []))
    }

    /// The name of the field as text: `%0D`, `%0A` and `%22` become the characters that browsers [escape] so. Then
    /// invalid UTF-8 is replaced as [`decode`](crate::decode()) does. Allocates only to change something.
    ///
    /// [escape]: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart/form-data-encoding-algorithm
    pub fn decode_name(&self) -> Cow<'a, str> {
        decode_name(self.name)
    }

    /// The file's name as text, decoded as [`decode_name`](Self::decode_name) decodes the field's.
    pub fn decode_file_name(&self) -> Option<Cow<'a, str>> {
        self.file_name.map(decode_name)
    }

    /// The text, or the file's bytes as text, with invalid UTF-8 replaced. Allocates only to replace something.
    pub fn decode_body(&self) -> Cow<'a, str> {
        abort_on_oom(lossy(self.body.into()))
    }

    /// The headers, in order: name and value, without the spaces around it. Does not allocate.
    pub fn headers(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let mut lines = Lines { part: self.headers, at: 0 };
        iter::from_fn(move || lines.next(0).ok()?.map(|header| (header.name, header.value)))
    }
}

fn decode_name(raw: &[u8]) -> Cow<'_, str> {
    abort_on_oom(name_bytes(raw).and_then(lossy))
}

/// Undoes the three escapes of a name.
pub(crate) fn name_bytes(raw: &[u8]) -> Result<Cow<'_, [u8]>, crate::Error> {
    if !(0..raw.len()).any(|at| escaped(raw, at).is_some()) {
        return Ok(raw.into());
    }
    let mut decoded = Vec::new();
    decoded.try_reserve_exact(raw.len())?;
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        let escaped = escaped(raw, at);
        push(&mut decoded, escaped.unwrap_or(byte))?;
        at += if escaped.is_some() { 3 } else { 1 };
    }
    Ok(decoded.into())
}

/// The byte for which the HTML Standard has the escape at `at` in a name.
fn escaped(name: &[u8], at: usize) -> Option<u8> {
    match name.get(at..at + 3)? {
        b"%0A" => Some(b'\n'),
        b"%0D" => Some(b'\r'),
        b"%22" => Some(b'"'),
        _ => None,
    }
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("name", &ByteString(self.name))
            .field("file_name", &self.file_name.map(ByteString))
            .field("content_type", &self.content_type.map(ByteString))
            .field("headers", &ByteString(self.headers))
            .field("body", &ByteString(self.body))
            .field("offset", &self.offset)
            .field("body_offset", &self.body_offset)
            .finish()
    }
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, offset, len) = (self.decode_name(), self.offset, self.body.len());
        if let Some(file_name) = self.decode_file_name() {
            write!(f, "file `{}` of the ", Escaped(file_name.as_bytes()))?;
        }
        write!(f, "field `{}` at byte offset {offset}: {len} bytes", Escaped(name.as_bytes()))?;
        match self.content_type {
            Some(content_type) => write!(f, ", {}", Escaped(content_type)),
            None => Ok(()),
        }
    }
}
