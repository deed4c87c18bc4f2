//! Converting a body that arrives in chunks.
//!
//! Each chunk is written up to its last `&`; the rest, an incomplete segment, is held back as bytes of
//! the body. So every part that is written is whole segments, and takes the same two paths as a whole
//! body.

use core::{fmt, mem};

use alloc::vec::Vec;

use crate::buffer::append;
use crate::json::Writer;
use crate::limits::Progress;
use crate::object;
use crate::scan::{find, rfind};
use crate::split::Dropped;
use crate::{Duplicates, Error, Options};

/// Converts a body that arrives in chunks to its object of pairs, in bounded memory.
///
/// [`push`](Self::push) takes a chunk and returns the JSON that is finished so far.
/// [`finish`](Self::finish) returns the end. Concatenated, their results equal
/// [`Options::to_string`] of the whole body, however it is cut into chunks.
///
/// # Memory
///
/// A transcoder buffers the segment that is being read, and the JSON of the last chunk. The buffers are
/// kept for the next chunk.
///
/// | buffer | bytes |
/// | --- | --- |
/// | the segment being read | at most [`max_held`](Options::max_held) |
/// | the JSON of a chunk | about the length of the chunk and the segment; at most 6 times that (`\u0000` for each byte), and 11 times while the buffer grows; both may double if invalid UTF-8 is replaced |
///
/// The modes of [`Duplicates`] other than `Keep` buffer the body instead, at most `max_held`, and cost as
/// much as [`Options::to_string`] at the end.
///
/// # Errors
///
/// All of [`Error`] that a whole body can cause, and [`Error::TooMuchHeld`] for a segment longer than
/// `max_held`, pair or not and under both [`Rules`](crate::Rules). If the body has several errors you
/// get the first one in the body. Only a body that is too long differs: as a whole it is refused before
/// anything else.
///
/// After an error `push` returns the same error again. The JSON that you have by then is an object
/// without its end, which no JSON parser accepts.
///
/// # Examples
///
/// ```
/// use formevent::{Options, Transcoder};
///
/// let mut transcoder = Transcoder::new(Options::new().decode(true));
/// let mut json = Vec::new();
/// for chunk in ["name=Ad", "a+L.&no", "te=caf%C", "3%A9"] {
///     json.extend_from_slice(transcoder.push(chunk)?);
/// }
/// json.extend_from_slice(transcoder.finish()?);
/// assert_eq!(json, r#"{"name":"Ada L.","note":"café"}"#.as_bytes());
/// # Ok::<(), formevent::Error>(())
/// ```
#[derive(Clone)]
pub struct Transcoder {
    options: Options,
    /// The bytes of the body that are read and not yet written.
    held: Vec<u8>,
    /// The JSON of the last chunk.
    out: Vec<u8>,
    /// How many bytes of JSON were returned. Saturates.
    written: usize,
    /// How many bytes of the body were read. Saturates.
    read: usize,
    progress: Progress,
    error: Option<Error>,
}

/// Receives each dropped segment.
type Report<'r> = Option<&'r mut dyn FnMut(Dropped<'_>)>;

impl Transcoder {
    /// Creates a transcoder. Limits count over the whole body. Does not allocate.
    pub const fn new(options: Options) -> Self {
        Transcoder {
            options,
            held: Vec::new(),
            out: Vec::new(),
            written: 0,
            read: 0,
            progress: Progress { pairs: 0, bytes: 0 },
            error: None,
        }
    }

    /// Reads the next chunk of the body, of any length. Returns the JSON that is finished by now and
    /// was not returned before, in whole UTF-8 characters: you can write the results one after another.
    ///
    /// Allocates if the JSON of a chunk is longer than that of every chunk before, and for the segment
    /// that it holds back.
    ///
    /// # Errors
    ///
    /// See [above](Self#errors).
    ///
    /// # Examples
    ///
    /// ```
    /// let mut transcoder = formevent::Transcoder::new(formevent::Options::new());
    /// assert_eq!(transcoder.push("a=1&b"), Ok(&br#"{"a":"1""#[..]));
    /// assert_eq!(transcoder.push(""), Ok(&b""[..]));
    /// assert_eq!(transcoder.push("=2&c"), Ok(&br#","b":"2""#[..]));
    /// assert_eq!(transcoder.finish(), Ok(&b"}"[..]));
    /// ```
    pub fn push<B: AsRef<[u8]> + ?Sized>(&mut self, chunk: &B) -> Result<&[u8], Error> {
        self.step(Some(chunk.as_ref()), None)
    }

    /// Reads the next chunk as [`push`](Self::push) does, and calls `on_dropped` for each segment that
    /// is dropped, in order, with its offset in the whole body. It costs a second pass over the chunk if
    /// there may be any, so use it only if you look at them.
    ///
    /// # Errors
    ///
    /// See [above](Self#errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{DropReason, Options, Transcoder};
    ///
    /// let mut transcoder = Transcoder::new(Options::new());
    /// let mut dropped = Vec::new();
    /// transcoder.push_with("a=1&b&c=d=", |it| dropped.push((it.offset, it.reason)))?;
    /// assert_eq!(dropped, [(4, DropReason::NoEquals)]);
    /// transcoder.finish_with(|it| dropped.push((it.offset, it.reason)))?;
    /// assert_eq!(dropped[1..], [(6, DropReason::ManyEquals)]);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn push_with<B: AsRef<[u8]> + ?Sized>(
        &mut self,
        chunk: &B,
        mut on_dropped: impl FnMut(Dropped<'_>),
    ) -> Result<&[u8], Error> {
        self.step(Some(chunk.as_ref()), Some(&mut on_dropped))
    }

    /// Ends the body and returns the end of the JSON. The transcoder is then as new, ready for another
    /// body, and keeps its buffers.
    ///
    /// # Errors
    ///
    /// See [above](Self#errors). The transcoder is ready for another body then, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Options, Transcoder};
    ///
    /// let mut transcoder = Transcoder::new(Options::new().max_bytes(4));
    /// assert_eq!(transcoder.push("a=1"), Ok(&b""[..]));
    /// assert_eq!(transcoder.finish(), Ok(&br#"{"a":"1"}"#[..]));
    ///
    /// assert!(transcoder.push("a=123").is_err() && transcoder.finish().is_err());
    /// assert_eq!(transcoder.finish(), Ok(&b"{}"[..]));
    /// ```
    pub fn finish(&mut self) -> Result<&[u8], Error> {
        self.end_with(None)
    }

    /// Ends the body as [`finish`](Self::finish) does, and calls `on_dropped` as
    /// [`push_with`](Self::push_with) does.
    ///
    /// # Errors
    ///
    /// See [above](Self#errors).
    pub fn finish_with(&mut self, mut on_dropped: impl FnMut(Dropped<'_>)) -> Result<&[u8], Error> {
        self.end_with(Some(&mut on_dropped))
    }

    /// Reads a chunk; without one, ends the body. Keeps an error for the next call.
    fn step(&mut self, chunk: Option<&[u8]>, mut report: Report<'_>) -> Result<&[u8], Error> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        self.out.clear();
        let done = match chunk {
            Some(chunk) => self.read(chunk, &mut report),
            None => self.end(&mut report),
        };
        if let Err(error) = done {
            self.out.clear();
            self.error = Some(error.clone());
            return Err(error);
        }
        self.written = self.written.saturating_add(self.out.len());
        Ok(&self.out)
    }

    fn end_with(&mut self, report: Report<'_>) -> Result<&[u8], Error> {
        let done = self.step(None, report).map(|_| ());
        self.held.clear();
        (self.written, self.read) = (0, 0);
        self.progress = Progress::default();
        self.error = None;
        done.map(|()| self.out.as_slice())
    }

    fn end(&mut self, report: &mut Report<'_>) -> Result<(), Error> {
        if self.options.duplicates == Duplicates::Keep {
            return self.write_held(true, report);
        }
        self.options.append_to_vec(&self.held, &mut self.out)?;
        report_dropped(&self.options, &self.held, 0, report);
        Ok(())
    }

    fn read(&mut self, chunk: &[u8], report: &mut Report<'_>) -> Result<(), Error> {
        let max = self.options.limits.bytes;
        let allowed = if max == usize::MAX { max } else { max.saturating_sub(self.read) };
        let allowed = chunk.get(..allowed).unwrap_or(chunk);
        self.read = self.read.saturating_add(allowed.len());
        self.take(allowed, report)?;
        if allowed.len() < chunk.len() {
            self.options.check_len(self.read.saturating_add(1))?;
        }
        Ok(())
    }

    fn take(&mut self, chunk: &[u8], report: &mut Report<'_>) -> Result<(), Error> {
        if self.options.duplicates != Duplicates::Keep {
            return self.hold(chunk);
        }
        let Some(last) = rfind(chunk, b'&') else { return self.hold(chunk) };
        let (mut whole, incomplete) = chunk.split_at_checked(last + 1).unwrap_or_default();
        if !self.held.is_empty() {
            let end = find(whole, b'&').map_or(0, |ampersand| ampersand + 1);
            let (segment, rest) = whole.split_at_checked(end).unwrap_or_default();
            // The `&` does not count.
            self.hold(segment.get(..end.saturating_sub(1)).unwrap_or_default())?;
            append(&mut self.held, b"&")?;
            self.write_held(false, report)?;
            whole = rest;
        }
        self.write_segments(whole, report)?;
        self.hold(incomplete)
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.held.len().saturating_add(bytes.len()) > self.options.limits.held {
            return Err(self.too_much_held());
        }
        append(&mut self.held, bytes)
    }

    fn write_held(&mut self, is_last: bool, report: &mut Report<'_>) -> Result<(), Error> {
        let mut held = mem::take(&mut self.held);
        let done = self.write(&held, is_last, report);
        held.clear();
        self.held = held;
        done
    }

    /// Writes whole segments, up to the first that is longer than `max_held`: the result must not
    /// depend on the chunks.
    fn write_segments(&mut self, segments: &[u8], report: &mut Report<'_>) -> Result<(), Error> {
        let mut begin = 0;
        // Jumps from each segment to the last that ends within the limit, which is faster than to look
        // at all of them.
        while let Some(most) =
            segments.get(begin..).and_then(|it| it.get(..=self.options.limits.held))
        {
            let Some(ampersand) = rfind(most, b'&') else {
                self.write(segments.get(..begin).unwrap_or_default(), false, report)?;
                return Err(self.too_much_held());
            };
            begin += ampersand + 1;
        }
        self.write(segments, false, report)
    }

    fn too_much_held(&self) -> Error {
        Error::TooMuchHeld { max: self.options.limits.held, offset: self.progress.bytes }
    }

    /// Writes the members of `part`, which is whole segments, and ends the object if `is_last`.
    fn write(&mut self, part: &[u8], is_last: bool, report: &mut Report<'_>) -> Result<(), Error> {
        let begin = self.progress.bytes;
        let mut progress = self.progress;
        let options = self.options;
        let has_dropped =
            object::write_part(&mut self.writer(), part, &options, &mut progress, is_last)?;
        self.progress = progress;
        if has_dropped {
            report_dropped(&options, part, begin, report);
        }
        Ok(())
    }

    /// A writer to `out` that counts all JSON of the body against the limit.
    fn writer(&mut self) -> Writer<'_> {
        let max = self.options.limits.output;
        let limit = if max == usize::MAX { max } else { max.saturating_sub(self.written) };
        Writer::new(&mut self.out, limit, max)
    }
}

fn report_dropped(options: &Options, part: &[u8], begin: usize, report: &mut Report<'_>) {
    if let Some(report) = report {
        for mut dropped in options.dropped(part) {
            dropped.offset = dropped.offset.saturating_add(begin);
            report(dropped);
        }
    }
}

impl fmt::Debug for Transcoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcoder")
            .field("options", &self.options)
            .field("read", &self.read)
            .field("held", &self.held.len())
            .field("failed", &self.error.is_some())
            .finish_non_exhaustive()
    }
}
