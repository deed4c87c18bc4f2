//! Writing: JSON strings as `serde_json` writes them, into a caller's buffer, within a limit.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Error;

/// Appends `text` to `out` as a JSON string, quotes included, escaped as `serde_json` does. Bytes
/// that are not UTF-8 become U+FFFD.
///
/// For what goes beside an event: a log line, an answer, what was dropped.
///
/// # Examples
///
/// ```
/// let mut line = b"{\"dropped\":".to_vec();
/// formevent::write_string(b"a=\"b\"=c", &mut line);
/// line.push(b'}');
/// assert_eq!(line, br#"{"dropped":"a=\"b\"=c"}"#);
/// ```
pub fn write_string(text: &[u8], out: &mut Vec<u8>) {
    quote(out, &String::from_utf8_lossy(text));
}

/// Appends what `write` writes to `out`; on an error `out` is left as it was.
pub(crate) fn append(
    out: &mut Vec<u8>,
    max: usize,
    write: impl FnOnce(&mut Writer<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let start = out.len();
    let mut writer = Writer { limit: start.saturating_add(max), out, max, at: 0 };
    let result = write(&mut writer).and_then(|()| writer.check(0));
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// What [`append`] appended to an empty buffer, as text.
pub(crate) fn into_string(json: Vec<u8>) -> String {
    // Every byte came from a `str`, so this is a check and never a repair.
    match String::from_utf8(json) {
        Ok(json) => json,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

/// The caller's buffer with the limit on what is appended.
pub(crate) struct Writer<'o> {
    out: &'o mut Vec<u8>,
    /// The length that `out` may reach: `max` more than it had.
    limit: usize,
    max: usize,
    /// Where in the body the pair begins that is being written, for the error.
    pub(crate) at: usize,
}

impl Writer<'_> {
    /// Writes punctuation.
    pub(crate) fn raw(&mut self, json: &[u8]) {
        self.out.extend_from_slice(json);
    }

    /// Writes `text` as a JSON string. Text that cannot fit is refused before it is written, so
    /// the buffer never grows to more than 6 times the limit (`\u00xx` for a byte).
    pub(crate) fn string(&mut self, text: &str) -> Result<(), Error> {
        self.check(text.len())?;
        quote(self.out, text);
        self.check(0)
    }

    /// Writes `"name":"value"`.
    pub(crate) fn member(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.string(name)?;
        self.raw(b":");
        self.string(value)
    }

    fn check(&self, more: usize) -> Result<(), Error> {
        if self.out.len().saturating_add(more) > self.limit {
            return Err(Error::TooMuchOutput { max: self.max, offset: self.at });
        }
        Ok(())
    }
}

/// What stands for a byte within a JSON string: the letter after the `\`, [`UNICODE`] for
/// `\u00xx`, [`VERBATIM`] for the byte itself.
const ESCAPES: [u8; 256] = {
    let mut escapes = [VERBATIM; 256];
    let mut control = 0;
    while control < 0x20 {
        escapes[control] = UNICODE;
        control += 1;
    }
    escapes[0x08] = b'b';
    escapes[b'\t' as usize] = b't';
    escapes[b'\n' as usize] = b'n';
    escapes[0x0C] = b'f';
    escapes[b'\r' as usize] = b'r';
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes
};
const VERBATIM: u8 = 0;
const UNICODE: u8 = b'u';

fn quote(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escape(out, text.as_bytes());
    out.push(b'"');
}

fn escape(out: &mut Vec<u8>, mut text: &[u8]) {
    while let Some(at) = text.iter().position(|&byte| ESCAPES[usize::from(byte)] != VERBATIM) {
        out.extend_from_slice(&text[..at]);
        let byte = text[at];
        match ESCAPES[usize::from(byte)] {
            UNICODE => {
                let digit = |half: u8| b"0123456789abcdef"[usize::from(half)];
                out.extend_from_slice(&[
                    b'\\',
                    b'u',
                    b'0',
                    b'0',
                    digit(byte >> 4),
                    digit(byte & 15),
                ]);
            }
            letter => out.extend_from_slice(&[b'\\', letter]),
        }
        text = &text[at + 1..];
    }
    out.extend_from_slice(text);
}
