//! The headers of a part, and the parameters of a header.

use alloc::string::String;

use super::Error;
use super::find::line_end;
use crate::utf8::{lossy, owned};

/// The values in the headers of a part.
pub(super) struct Head<'a> {
    pub(super) name: &'a [u8],
    pub(super) file_name: Option<&'a [u8]>,
    pub(super) content_type: Option<&'a [u8]>,
    /// The length of the headers; an empty line follows.
    pub(super) len: usize,
}

/// Reads the headers of a part that begins at `offset` in the body. They are lines of `name: value`, as RFC 822 has
/// them but for two things: a line cannot be continued on the next one, and ends with CR LF.
pub(super) fn read(part: &[u8], offset: usize, max: usize) -> Result<Head<'_>, Error> {
    let (mut disposition, mut content_type, mut transfer_encoding) = (None, None, None);
    let mut len = 0;
    let mut lines = Lines { part, at: 0 };
    loop {
        let header = lines.next(offset)?;
        if lines.at > max {
            return Err(Error::TooManyHeaderBytes { max, offset });
        }
        let Some(header) = header else { break };
        len = lines.at;
        let place = match header.name {
            own if own.eq_ignore_ascii_case(b"content-disposition") => &mut disposition,
            own if own.eq_ignore_ascii_case(b"content-type") => &mut content_type,
            own if own.eq_ignore_ascii_case(b"content-transfer-encoding") => &mut transfer_encoding,
            _ => continue,
        };
        if place.is_some() {
            // Readers differ in which of the two they take.
            return Err(header.malformed(offset, "one header of this name"));
        }
        *place = Some(header);
    }
    if let Some(sent) = transfer_encoding.map(|header| header.value)
        && ![&b"7bit"[..], b"8bit", b"binary"].iter().any(|own| sent.eq_ignore_ascii_case(own))
    {
        return Err(Error::TransferEncoding { offset, sent: text(sent) });
    }
    let disposition = disposition.ok_or(Error::NameMissing { offset })?;
    let (name, file_name) = names(disposition, offset)?;
    Ok(Head { name, file_name, content_type: content_type.map(|header| header.value), len })
}

/// Finds `name` and `filename` in a `Content-Disposition`.
fn names(disposition: Header<'_>, offset: usize) -> Result<(&[u8], Option<&[u8]>), Error> {
    let mut parameters = Parameters::new(disposition.value);
    if !parameters.kind.eq_ignore_ascii_case(b"form-data") {
        return Err(disposition.malformed(offset, "`form-data`"));
    }
    let (mut name, mut file_name, mut extended) = (None, None, None);
    let malformed = |fault: Malformed| Error::Header {
        offset: offset + disposition.value_at + fault.at,
        expected: fault.expected,
    };
    while let Some(parameter) = parameters.next().map_err(malformed)? {
        let place = match parameter.name {
            own if own.eq_ignore_ascii_case(b"name") => &mut name,
            own if own.eq_ignore_ascii_case(b"filename") => &mut file_name,
            own if own.eq_ignore_ascii_case(b"filename*") => &mut extended,
            _ => continue,
        };
        if place.is_some() {
            return Err(malformed(parameter.malformed("one parameter of this name")));
        }
        *place = Some(parameter);
    }
    if let (None, Some(extended)) = (file_name, extended) {
        // Text for a reader that follows the RFC, a file for others.
        return Err(malformed(extended.malformed("`filename`: RFC 7578 has no `filename*`")));
    }
    let name = name.ok_or(Error::NameMissing { offset })?;
    Ok((name.value, file_name.map(|it| it.value)))
}

/// The header lines of a part, one by one.
pub(super) struct Lines<'a> {
    pub(super) part: &'a [u8],
    /// How much of it is read.
    pub(super) at: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Header<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
    /// The offset of the header in the part, and that of its value.
    at: usize,
    value_at: usize,
}

impl Header<'_> {
    fn malformed(&self, offset: usize, expected: &'static str) -> Error {
        Error::Header { offset: offset + self.at, expected }
    }
}

impl<'a> Lines<'a> {
    /// `None` at the empty line. The part begins at `offset` in the body.
    pub(super) fn next(&mut self, offset: usize) -> Result<Option<Header<'a>>, Error> {
        let at = self.at;
        let rest = self.part.get(at..).unwrap_or_default();
        let malformed = |len, expected| Error::Header { offset: offset + at + len, expected };
        let end = line_end(rest)
            .ok_or(malformed(rest.len(), "a line end, and an empty line after the headers"))?;
        let (line, behind) = rest.split_at_checked(end).unwrap_or_default();
        if !behind.starts_with(b"\r\n") {
            return Err(malformed(end, "CR LF"));
        }
        self.at += end + 2;
        if line.is_empty() {
            return Ok(None);
        }
        let name_len = token_len(line);
        let (name, value) = line.split_at_checked(name_len).unwrap_or_default();
        match value.split_first() {
            Some((b':', value)) if name_len > 0 => {
                let value_at = at + line.len() - value.trim_ascii_start().len();
                Ok(Some(Header { name, value: value.trim_ascii(), at, value_at }))
            }
            _ => Err(malformed(name_len, "`name: value` on one line")),
        }
    }
}

/// The parameters behind the first word of a value, one by one: `;name=value`, with spaces around the `;`. RFC 9110,
/// section 5.6.6, but a backslash is a character like others, since browsers escape a quote as `%22`.
pub(super) struct Parameters<'a> {
    value: &'a [u8],
    /// The word before them.
    pub(super) kind: &'a [u8],
    /// How much of the value is read.
    at: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
    at: usize,
}

/// A syntax error, and its offset in the value.
pub(super) struct Malformed {
    pub(super) at: usize,
    pub(super) expected: &'static str,
}

impl Parameter<'_> {
    pub(super) fn malformed(&self, expected: &'static str) -> Malformed {
        Malformed { at: self.at, expected }
    }
}

impl<'a> Parameters<'a> {
    pub(super) fn new(value: &'a [u8]) -> Self {
        let at = value.iter().position(|&byte| byte == b';').unwrap_or(value.len());
        Parameters { value, kind: value.get(..at).unwrap_or_default().trim_ascii(), at }
    }

    fn rest(&self) -> &'a [u8] {
        self.value.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        self.at = self.value.len() - self.rest().trim_ascii_start().len();
    }

    pub(super) fn next(&mut self) -> Result<Option<Parameter<'a>>, Malformed> {
        let malformed = |at, expected| Err(Malformed { at, expected });
        // Between two `;` there may be nothing.
        while !self.rest().is_empty() {
            if !self.rest().starts_with(b";") {
                return malformed(self.at, "`;`");
            }
            self.at += 1;
            self.skip_space();
            let at = self.at;
            let len = token_len(self.rest());
            let (name, rest) = self.rest().split_at_checked(len).unwrap_or_default();
            let rest = match rest {
                [] | [b';', ..] if name.is_empty() => continue,
                [b'=', rest @ ..] if !name.is_empty() => rest,
                _ => return malformed(at + len, "`name=value`"),
            };
            let value = if let [b'"', rest @ ..] = rest {
                let Some(len) = rest.iter().position(|&byte| byte == b'"') else {
                    return malformed(self.value.len(), "a closing `\"`");
                };
                self.at += name.len() + 1 + len + 2;
                rest.get(..len)
            } else {
                let is_end = |byte: &u8| matches!(byte, b';' | b'"') || byte.is_ascii_whitespace();
                let len = rest.iter().position(is_end).unwrap_or(rest.len());
                self.at += name.len() + 1 + len;
                if len == 0 {
                    return malformed(self.at, "a value");
                }
                rest.get(..len)
            };
            self.skip_space();
            return Ok(Some(Parameter { name, value: value.unwrap_or_default(), at }));
        }
        Ok(None)
    }
}

/// The length of the token that `text` begins with.
fn token_len(text: &[u8]) -> usize {
    text.iter().position(|&byte| !IS_TOKEN[usize::from(byte)]).unwrap_or(text.len())
}

/// Whether a token can have a byte (RFC 9110, section 5.6.2).
const IS_TOKEN: [bool; 256] = {
    let mut is_token = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        is_token[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"!#$%&'*+-.^_`|~";
    let mut index = 0;
    while index < others.len() {
        is_token[others[index] as usize] = true;
        index += 1;
    }
    is_token
};

/// Text of a header for an error; empty if memory is short.
pub(super) fn text(bytes: &[u8]) -> String {
    lossy(bytes.into()).and_then(owned).unwrap_or_default()
}

/// The charset of a content type, as far as that is well-formed.
pub(super) fn charset(content_type: &[u8]) -> Option<&[u8]> {
    let mut parameters = Parameters::new(content_type);
    while let Some(parameter) = parameters.next().ok()? {
        if parameter.name.eq_ignore_ascii_case(b"charset") {
            return Some(parameter.value);
        }
    }
    None
}
