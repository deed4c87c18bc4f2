//! The object of pairs from a body that comes in chunks.
//!
//! What arrives is cut into a part that is written at once and a rest that is held back, as bytes
//! of the body, until there is more of it. Of a part everything is known: so it goes through the
//! one pass, and where that gives up through the slow way, as a whole body does.
//!
//! By the template's rules a part is whole segments, since a second `=` makes one that was a pair
//! something that is dropped. By the URL Standard's nothing is ever dropped, and only what belongs
//! together is held back: `%4` and the first bytes of a character. Holding back bytes of the body, and
//! not what was written for them, keeps one way to find an error and its offset.

use core::{fmt, mem};

use alloc::vec::Vec;

use crate::decode::unfinished;
use crate::json::Writer;
use crate::object::{self, OPENING, Progress};
use crate::room::{append, push, remove};
use crate::scan::{find, rfind};
use crate::{Duplicates, Error, Options, Reason, Rules, fused};

/// Turns a body that comes in chunks into its object of pairs, in bounded memory.
///
/// [`push`](Self::push) takes a chunk and returns what is certain of the JSON by then,
/// [`finish`](Self::finish) returns the end. However the body is cut into chunks, all that they
/// return is together what [`Options::to_json`] returns for the whole body, and an error is the
/// same.
///
/// # What is held back
///
/// | | at most |
/// | --- | --- |
/// | [`Rules::Whatwg`] | 11 bytes: a character of which a part is there, its bytes perhaps as `%XX` |
/// | [`Rules::Template`] | the segment that is being read, while it may still be a pair; [`max_held`](Self::max_held) bounds it |
/// | [`Duplicates`] other than `Keep` | the body: what comes later decides what is written first; `max_held` bounds it |
///
/// Besides that a stream keeps the JSON of its last chunk: usually about as long as the chunk, six
/// times as long at most (`\u0000` for a byte).
///
/// # Errors
///
/// All of [`Error`] that a whole body has, and [`Error::TooMuchHeld`]. Where more than one thing is
/// wrong it is the one that comes first in the body; a whole body that is too long is refused before
/// it is looked at. After an error, `push` returns the same again. What was returned before it is the
/// beginning of an object without its end, which no parser of JSON takes for a whole one.
///
/// # Examples
///
/// ```
/// use formevent::{Options, Stream};
///
/// let mut stream = Stream::new(Options::new().decode(true));
/// let mut json = Vec::new();
/// for chunk in [&b"name=Ad"[..], b"a+L.&no", b"te=caf%C", b"3%A9"] {
///     json.extend_from_slice(stream.push(chunk)?);
/// }
/// json.extend_from_slice(stream.finish()?);
/// assert_eq!(json, r#"{"name":"Ada L.","note":"café"}"#.as_bytes());
/// # Ok::<(), formevent::Error>(())
/// ```
///
/// From a reader to a writer:
///
/// ```
/// use std::io::{self, Read, Write};
///
/// fn convert(mut form: impl Read, mut json: impl Write) -> io::Result<()> {
///     let mut stream = formevent::Stream::new(formevent::Options::new());
///     let mut chunk = [0; 1 << 16];
///     loop {
///         match form.read(&mut chunk)? {
///             0 => return json.write_all(stream.finish().map_err(io::Error::other)?),
///             len => json.write_all(stream.push(&chunk[..len]).map_err(io::Error::other)?)?,
///         }
///     }
/// }
/// let mut json = Vec::new();
/// convert(&b"name=Ada&note="[..], &mut json)?;
/// assert_eq!(json, br#"{"name":"Ada","note":""}"#);
/// # Ok::<(), io::Error>(())
/// ```
#[derive(Clone)]
pub struct Stream {
    options: Options,
    max_held: usize,
    report_dropped: bool,
    /// What is read of the body and not yet written.
    held: Vec<u8>,
    /// Whether an `=` is in `held`, by the template's rules.
    equals: bool,
    /// A segment of which it is known that it is dropped, until its end.
    skipped: Option<(usize, Reason)>,
    /// What is written: first what the caller has had already, last what may have to go again.
    out: Vec<u8>,
    /// How much of `out` the caller has had.
    given: usize,
    /// How much JSON the caller has had in all. From `usize::MAX` on it is that.
    written: usize,
    /// How much of the body there was. From `usize::MAX` on it is that.
    read: usize,
    progress: Progress,
    dropped: Vec<(usize, Reason)>,
    error: Option<Error>,
}

impl Stream {
    /// A stream that reads a body by `options` and holds 1 MiB of it back at most.
    ///
    /// Limits count over the whole body. Does not allocate.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut stream = formevent::Stream::new(formevent::Options::new());
    /// assert_eq!(stream.finish(), Ok(&b"{}"[..]));
    /// ```
    pub const fn new(options: Options) -> Self {
        Stream {
            options,
            max_held: 1 << 20,
            report_dropped: true,
            held: Vec::new(),
            equals: false,
            skipped: None,
            out: Vec::new(),
            given: 0,
            written: 0,
            read: 0,
            progress: Progress::START,
            dropped: Vec::new(),
            error: None,
        }
    }

    /// The most bytes of the body that are held back: with [`Rules::Template`] the longest pair, in
    /// the modes of [`Duplicates`] that look for names the longest body. More is
    /// [an error](Error::TooMuchHeld). 1 MiB (1,048,576) unless it is set; with `usize::MAX` there is
    /// no limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Error, Options, Stream};
    ///
    /// let mut stream = Stream::new(Options::new()).max_held(5);
    /// assert_eq!(stream.push(b"a=123&b=45"), Ok(&br#"{"a":"123""#[..]));
    /// assert_eq!(stream.push(b"67"), Err(Error::TooMuchHeld { max: 5, offset: 6 }));
    /// ```
    pub const fn max_held(mut self, max: usize) -> Self {
        self.max_held = max;
        self
    }

    /// Whether what is dropped is listed, for [`dropped`](Self::dropped). It is unless this is set to
    /// `false`, for those who do not look: a chunk of which something is dropped is gone through a
    /// second time for the list.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut stream = formevent::Stream::new(formevent::Options::new()).report_dropped(false);
    /// assert_eq!(stream.push(b"a=1&b&"), Ok(&br#"{"a":"1""#[..]));
    /// assert_eq!(stream.dropped(), []);
    /// ```
    pub const fn report_dropped(mut self, report: bool) -> Self {
        self.report_dropped = report;
        self
    }

    /// Takes the next chunk of the body, of any length, and returns what is certain of the JSON and
    /// was not returned before: bytes that go behind one another in a buffer, a file, a socket. They
    /// are whole characters of UTF-8.
    ///
    /// Allocates where the JSON of a chunk is longer than that of every earlier one, and for what is
    /// held back.
    ///
    /// # Errors
    ///
    /// See [above](Self#errors).
    ///
    /// # Examples
    ///
    /// ```
    /// let mut stream = formevent::Stream::new(formevent::Options::new());
    /// assert_eq!(stream.push(b"a=1&b"), Ok(&br#"{"a":"1""#[..]));
    /// assert_eq!(stream.push(b""), Ok(&b""[..]));
    /// assert_eq!(stream.push(b"=2&c"), Ok(&br#","b":"2""#[..]));
    /// assert_eq!(stream.finish(), Ok(&b"}"[..]));
    /// ```
    pub fn push(&mut self, chunk: &[u8]) -> Result<&[u8], Error> {
        self.go_on(|stream| stream.take(chunk), Progress::dangling)
    }

    /// Ends the body and returns the end of the JSON. The stream is then as it was at first, ready for
    /// another body, and keeps its buffers.
    ///
    /// # Errors
    ///
    /// See [above](Self#errors). Then, too, it is ready for another body.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut stream = formevent::Stream::new(formevent::Options::new().max_bytes(4));
    /// assert_eq!(stream.push(b"a=1"), Ok(&b""[..]));
    /// assert_eq!(stream.finish(), Ok(&br#"{"a":"1"}"#[..]));
    ///
    /// assert!(stream.push(b"a=123").is_err());
    /// assert!(stream.finish().is_err());
    /// assert_eq!(stream.finish(), Ok(&b"{}"[..]));
    /// ```
    pub fn finish(&mut self) -> Result<&[u8], Error> {
        let done = self.go_on(Self::end, |_| 0).map(|_| ());
        self.held.clear();
        self.equals = false;
        self.skipped = None;
        (self.written, self.read) = (0, 0);
        self.progress = Progress::START;
        self.error = None;
        done.map(|()| self.out.as_slice())
    }

    /// What was dropped between the last call of [`push`](Self::push) or [`finish`](Self::finish) and
    /// the one before, in order: where in the body the segment begins, in bytes (from `usize::MAX` on
    /// it is that), and why it is no pair. A segment is named in the call that reads its end. Empty
    /// where it is not [asked for](Self::report_dropped).
    ///
    /// # Examples
    ///
    /// ```
    /// use formevent::{Options, Reason, Stream};
    ///
    /// let mut stream = Stream::new(Options::new());
    /// stream.push(b"a=1&b&c=d=")?;
    /// assert_eq!(stream.dropped(), [(4, Reason::NoEquals)]);
    /// stream.finish()?;
    /// assert_eq!(stream.dropped(), [(6, Reason::ManyEquals)]);
    /// # Ok::<(), formevent::Error>(())
    /// ```
    pub fn dropped(&self) -> &[(usize, Reason)] {
        &self.dropped
    }

    /// Lets `step` write, and returns what is new of it but the last `dangling` bytes.
    fn go_on(
        &mut self,
        step: impl FnOnce(&mut Self) -> Result<(), Error>,
        dangling: impl FnOnce(&Progress) -> usize,
    ) -> Result<&[u8], Error> {
        self.dropped.clear();
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        remove(&mut self.out, 0, self.given);
        self.given = 0;
        if let Err(error) = step(self) {
            self.out.clear();
            self.error = Some(error.clone());
            return Err(error);
        }
        self.given = self.out.len().saturating_sub(dangling(&self.progress));
        self.written = self.written.saturating_add(self.given);
        Ok(self.out.get(..self.given).unwrap_or_default())
    }

    fn take(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let max = self.options.max_bytes;
        let allowed = if max == usize::MAX { max } else { max.saturating_sub(self.read) };
        let (chunk, too_many) = chunk.split_at_checked(allowed).unwrap_or((chunk, &[]));
        self.read = self.read.saturating_add(chunk.len());
        if self.options.duplicates != Duplicates::Keep {
            if self.held.len().saturating_add(chunk.len()) > self.max_held {
                return Err(Error::TooMuchHeld { max: self.max_held, offset: 0 });
            }
            append(&mut self.held, chunk)?;
        } else if self.options.rules == Rules::Whatwg {
            self.take_text(chunk)?;
        } else {
            self.take_segments(chunk)?;
        }
        if too_many.is_empty() { Ok(()) } else { Err(Error::TooManyBytes { max }) }
    }

    /// Takes a chunk of a body of which nothing is dropped.
    fn take_text(&mut self, mut chunk: &[u8]) -> Result<(), Error> {
        let decode = self.options.decoding.decode;
        if !self.held.is_empty() {
            // So many that nothing of what is held now is held any longer.
            let (first, rest) = chunk.split_at_checked(UNFINISHED).unwrap_or((chunk, &[]));
            append(&mut self.held, first)?;
            let ready = self.held.len() - unfinished(&self.held, decode);
            self.write_held(ready)?;
            if rest.is_empty() {
                return Ok(());
            }
            let still_held = first.len().saturating_sub(self.held.len());
            chunk = chunk.get(still_held..).unwrap_or_default();
            self.held.clear();
        }
        let ready = chunk.len() - unfinished(chunk, decode);
        let (ready, held) = chunk.split_at_checked(ready).unwrap_or_default();
        self.write(ready)?;
        append(&mut self.held, held)
    }

    /// Takes a chunk of a body of segments that may be dropped.
    fn take_segments(&mut self, mut chunk: &[u8]) -> Result<(), Error> {
        while !chunk.is_empty() {
            let len = if self.skipped.is_some() {
                self.skip(chunk)?
            } else if !self.held.is_empty() {
                self.hold(chunk)?
            } else if let Some(ampersand) = rfind(chunk, b'&') {
                self.write_segments(chunk.get(..=ampersand).unwrap_or_default())?
            } else {
                self.hold(chunk)?
            };
            chunk = chunk.get(len..).unwrap_or_default();
        }
        Ok(())
    }

    /// Passes over what `chunk` has of the segment that is skipped, and returns how much it is.
    fn skip(&mut self, chunk: &[u8]) -> Result<usize, Error> {
        let Some((offset, reason)) = &mut self.skipped else { return Ok(0) };
        let end = find(chunk, b'&');
        let len = end.unwrap_or(chunk.len());
        if chunk.get(..len).is_some_and(|skipped| find(skipped, b'=').is_some()) {
            *reason = Reason::ManyEquals;
        }
        self.progress.offset = self.progress.offset.saturating_add(len);
        if end.is_some() {
            let dropped = (*offset, *reason);
            self.skipped = None;
            self.report(dropped)?;
        }
        Ok(len)
    }

    /// Holds back what `chunk` has of the segment that is being read, and writes it where it ends, or
    /// begins to skip it where it is no pair. Returns how much of `chunk` that is.
    fn hold(&mut self, chunk: &[u8]) -> Result<usize, Error> {
        let held = self.held.len();
        let end = find(chunk, b'&');
        let segment = end.and_then(|end| chunk.get(..end)).unwrap_or(chunk);
        let first = find(segment, b'=');
        let no_pair = match first {
            Some(0) if held == 0 => Some((0, Reason::EmptyKey)),
            Some(first) if self.equals => Some((first, Reason::ManyEquals)),
            Some(first) => find_from(segment, first + 1, b'=').map(|at| (at, Reason::ManyEquals)),
            None => None,
        };
        if let Some((at, reason)) = no_pair
            && held + at <= self.max_held
        {
            self.skipped = Some((self.progress.offset, reason));
            self.progress.offset = self.progress.offset.saturating_add(held + at + 1);
            self.held.clear();
            self.equals = false;
            return Ok(at + 1);
        }
        if held + segment.len() > self.max_held {
            return Err(self.too_much());
        }
        self.equals |= first.is_some();
        let Some(end) = end else {
            append(&mut self.held, segment)?;
            return Ok(segment.len());
        };
        append(&mut self.held, segment)?;
        push(&mut self.held, b'&')?;
        self.write_held(self.held.len())?;
        self.equals = false;
        Ok(end + 1)
    }

    /// Writes `segments`, each with its `&`, up to one that would be too long if it came in chunks:
    /// how long they are.
    fn write_segments(&mut self, segments: &[u8]) -> Result<usize, Error> {
        let mut begin = 0;
        // From each segment on, the last that ends within the limit is looked for: that is faster
        // than to look at every one.
        while let Some(most) = segments.get(begin..).and_then(|rest| rest.get(..=self.max_held)) {
            if let Some(ampersand) = rfind(most, b'&') {
                begin += ampersand + 1;
                continue;
            }
            let is_skipped = most.first() == Some(&b'=')
                || find(most, b'=').is_some_and(|at| find_from(most, at + 1, b'=').is_some());
            if !is_skipped {
                self.write(segments.get(..begin).unwrap_or_default())?;
                return Err(self.too_much());
            }
            let end = find_from(segments, begin, b'&');
            begin = end.map_or(segments.len(), |ampersand| ampersand + 1);
        }
        self.write(segments)?;
        Ok(segments.len())
    }

    fn too_much(&self) -> Error {
        Error::TooMuchHeld { max: self.max_held, offset: self.progress.offset }
    }

    /// Writes the first `len` bytes of what is held.
    fn write_held(&mut self, len: usize) -> Result<(), Error> {
        let mut held = mem::take(&mut self.held);
        let done = self.write(held.get(..len).unwrap_or_default());
        remove(&mut held, 0, len);
        self.held = held;
        done
    }

    /// Writes what `part` adds to the object.
    fn write(&mut self, part: &[u8]) -> Result<(), Error> {
        if self.written == 0 && self.out.is_empty() {
            append(&mut self.out, OPENING)?;
        }
        let begin = self.progress.offset;
        let limit = self.limit();
        let (out, options, progress) = (&mut self.out, &self.options, &mut self.progress);
        let dropped = if let Ok(dropped) = fused::part(out, part, options, limit, progress) {
            dropped
        } else {
            let mut writer = Writer::new(out, limit, options.max_output);
            object::part_slowly(&mut writer, part, options, progress)?;
            true
        };
        if dropped { self.report_all(part, begin) } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), Error> {
        if self.options.duplicates != Duplicates::Keep {
            self.options.write_json(&self.held, &mut self.out)?;
            let held = mem::take(&mut self.held);
            let done = self.report_all(&held, 0);
            self.held = held;
            return done;
        }
        self.write_held(self.held.len())?;
        if let Some(dropped) = self.skipped {
            self.report(dropped)?;
        }
        let limit = self.limit();
        let mut writer = Writer::new(&mut self.out, limit, self.options.max_output);
        object::end(&mut writer, &self.progress)
    }

    /// How long `out` may get.
    fn limit(&self) -> usize {
        match self.options.max_output {
            usize::MAX => usize::MAX,
            max => max.saturating_sub(self.written),
        }
    }

    /// Lists what is dropped of `part`, which begins at `begin` in the body.
    fn report_all(&mut self, part: &[u8], begin: usize) -> Result<(), Error> {
        if self.report_dropped {
            for dropped in self.options.dropped(part) {
                self.report((begin.saturating_add(dropped.offset), dropped.reason))?;
            }
        }
        Ok(())
    }

    fn report(&mut self, dropped: (usize, Reason)) -> Result<(), Error> {
        if self.report_dropped { push(&mut self.dropped, dropped) } else { Ok(()) }
    }
}

/// The most that [`unfinished`] finds: three bytes of a character as `%XX`, and `%X`.
const UNFINISHED: usize = 3 * 3 + 2;

/// Where in `bytes` the first `needle` from `begin` on is.
fn find_from(bytes: &[u8], begin: usize, needle: u8) -> Option<usize> {
    find(bytes.get(begin..)?, needle).map(|at| begin + at)
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("options", &self.options)
            .field("max_held", &self.max_held)
            .field("read", &self.read)
            .field("held", &self.held.len())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
