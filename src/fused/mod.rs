//! The object of pairs in one pass: split, decode, escape and write, chunk by chunk of the body.
//!
//! A segment is written while it is read, and taken back where it turns out to be no pair. So an
//! [`Object`] ends at any time with what its body so far has made, but for the segment that is being
//! read; [`Window`](window::Window) has the part of it that one chunk writes.
//!
//! The pass itself knows no errors. Where a limit or strictness may have been violated it gives up,
//! and the slow way of `object.rs` finds what there is to say.

#![expect(
    clippy::inline_always,
    clippy::cast_possible_truncation,
    reason = "SIMD is slow unless it is inlined; positions in a chunk are small"
)]

mod decoding;
mod window;

use alloc::vec::Vec;

use self::decoding::Decoding;
#[cfg(target_family = "wasm")]
use self::decoding::Either;
#[cfg(not(target_family = "wasm"))]
use self::decoding::{Decoded, Raw};
use self::window::{CHUNK, ELSEWHERE, SLACK, Segment, Window};
use crate::object::{OPENING, Progress, Within};
use crate::room::{self, ROOM};
use crate::scan::{self, Scan, Task};
use crate::{Options, Rules, decode};

/// A body, or what is left of one, that is gone through byte by byte: that spares it the look for a
/// scanner, which costs nothing on wasm.
const SHORT: usize = if cfg!(target_family = "wasm") { 0 } else { 16 };

/// The fast way was not enough.
#[derive(Debug)]
pub(crate) struct GivesUp;

/// Appends the object of `body`'s pairs to `out`, every pair of it. Gives up, with `out` as it was,
/// if a limit (`out` may have `limit` bytes) or strict UTF-8 is violated, or may be.
#[inline]
pub(crate) fn write(
    out: &mut Vec<u8>,
    body: &[u8],
    options: &Options,
    limit: usize,
) -> Result<(), GivesUp> {
    if body.len() > options.max_bytes {
        return Err(GivesUp);
    }
    let begin = out.len();
    #[cfg(not(target_family = "wasm"))]
    let written = if options.decoding.decode {
        Object::write(out, body, options, limit, Decoded, best)
    } else {
        Object::write(out, body, options, limit, Raw, best)
    };
    #[cfg(target_family = "wasm")]
    let written = Object::write(out, body, options, limit, Either::of(options), best);
    if written.is_err() {
        out.truncate(begin);
    }
    written
}

/// Appends what `part` of a body adds to its object, which has come as far as `progress`; whether
/// `part` may have something that is dropped. Gives up, with all as it was, as [`write`] does.
///
/// What more of the body could change is not to be in `part`: see `stream.rs`.
pub(crate) fn part(
    out: &mut Vec<u8>,
    part: &[u8],
    options: &Options,
    limit: usize,
    progress: &mut Progress,
) -> Result<bool, GivesUp> {
    let begin = out.len();
    #[cfg(not(target_family = "wasm"))]
    let written = if options.decoding.decode {
        Object::write_part(out, part, options, limit, Decoded, progress)
    } else {
        Object::write_part(out, part, options, limit, Raw, progress)
    };
    #[cfg(target_family = "wasm")]
    let written = Object::write_part(out, part, options, limit, Either::of(options), progress);
    if written.is_err() {
        out.truncate(begin);
    }
    written
}

/// With the scanner that is best here.
#[cfg_attr(target_family = "wasm", inline(never))]
fn best<D: Decoding>(chunks: Chunks<'_, '_, D>) -> Result<(), GivesUp> {
    scan::dispatch(chunks)
}

/// The object while it is written.
struct Object<'o, D> {
    out: &'o mut Vec<u8>,
    /// What of the body is still to be read.
    rest: &'o [u8],
    /// Where in `out` the segment begins that is being read, behind its opening quote.
    start: usize,
    segment: Segment,
    pairs: usize,
    /// Not 0 once there was a byte that is not ASCII.
    non_ascii: u32,
    /// Whether there was a segment that is no pair.
    dropped: bool,
    whatwg: bool,
    decoding: D,
    limit: usize,
    max_pairs: usize,
}

impl<'o, D: Decoding> Object<'o, D> {
    fn new(
        out: &'o mut Vec<u8>,
        body: &'o [u8],
        options: &Options,
        limit: usize,
        decoding: D,
    ) -> Self {
        Object {
            start: out.len(),
            out,
            rest: body,
            segment: Segment::at(0),
            pairs: 0,
            non_ascii: 0,
            dropped: false,
            whatwg: options.rules == Rules::Whatwg,
            decoding,
            limit,
            max_pairs: options.max_pairs,
        }
    }

    fn write(
        out: &'o mut Vec<u8>,
        body: &'o [u8],
        options: &Options,
        limit: usize,
        decoding: D,
        dispatch: impl FnOnce(Chunks<'_, 'o, D>) -> Result<(), GivesUp>,
    ) -> Result<(), GivesUp> {
        let begin = out.len();
        let mut object = Object::new(out, body, options, limit, decoding);
        object.start += OPENING.len();
        if body.len() <= SHORT {
            object.with_window(|window, rest| {
                window.room.put(OPENING, OPENING.len());
                window.bytes(rest)
            })?;
        } else {
            object.reserve()?;
            room::append(object.out, OPENING).map_err(|_| GivesUp)?;
            object.read(dispatch)?;
        }
        object.end()?;
        object.settle(begin, options.decoding.strict)
    }

    fn write_part(
        out: &'o mut Vec<u8>,
        part: &'o [u8],
        options: &Options,
        limit: usize,
        decoding: D,
        progress: &mut Progress,
    ) -> Result<bool, GivesUp> {
        let begin = out.len();
        let mut object = Object::new(out, part, options, limit, decoding);
        // Counted anew from what matters, since the pairs of a body of any size need not fit.
        let before = progress.pairs.min(1);
        object.pairs = before;
        object.max_pairs = options.max_pairs.saturating_sub(progress.pairs - before);
        object.segment = match progress.within {
            Within::Nothing => Segment::at(0),
            Within::Key => Segment::BEFORE,
            Within::Value => Segment::VALUE,
        };
        object.reserve()?;
        object.read(best)?;
        let (whatwg, segment) = (object.whatwg, object.segment);
        let within = if segment == Segment::VALUE {
            Within::Value
        } else if segment == Segment::BEFORE && whatwg {
            Within::Key
        } else {
            object.dropped |= segment == Segment::BEFORE;
            object.out.truncate(object.start);
            Within::Nothing
        };
        let (pairs, dropped) = (object.pairs, object.dropped);
        if within != Within::Nothing && pairs >= object.max_pairs {
            return Err(GivesUp);
        }
        object.settle(begin, options.decoding.strict)?;
        progress.behind(part, within, progress.pairs.saturating_add(pairs - before));
        Ok(dropped)
    }

    /// Makes room for the object. Most objects are not much longer than their body.
    fn reserve(&mut self) -> Result<(), GivesUp> {
        let len = self.rest.len();
        let most = (len + len / 4).min(self.limit.saturating_sub(self.out.len()));
        room::reserve(self.out, most.saturating_add(ROOM)).map_err(|_| GivesUp)
    }

    /// Goes through all of the body.
    fn read(
        &mut self,
        dispatch: impl FnOnce(Chunks<'_, 'o, D>) -> Result<(), GivesUp>,
    ) -> Result<(), GivesUp> {
        dispatch(Chunks(self))?;
        while SHORT > 0 && !self.rest.is_empty() {
            let bytes = |window: &mut Window<'_, '_, D>, rest: &[u8]| window.bytes(rest);
            self.with_window(bytes)?;
        }
        Ok(())
    }

    /// Lets `take` write what it takes from the rest of the body, of which it returns the length.
    #[inline(always)]
    fn with_window(
        &mut self,
        take: impl FnOnce(&mut Window<'_, '_, D>, &[u8]) -> usize,
    ) -> Result<usize, GivesUp> {
        let begin = self.out.len();
        let filled = room::fill(
            self.out,
            #[inline(always)]
            |room| {
                let mut window = Window {
                    room,
                    start: self.start.checked_sub(begin).unwrap_or(ELSEWHERE),
                    segment: self.segment,
                    pairs: self.pairs,
                    non_ascii: self.non_ascii,
                    dropped: self.dropped,
                    whatwg: self.whatwg,
                    decoding: self.decoding,
                };
                let taken = take(&mut window, self.rest);
                self.segment = window.segment.behind(taken as u32);
                (self.pairs, self.non_ascii) = (window.pairs, window.non_ascii);
                self.dropped = window.dropped;
                if window.start != ELSEWHERE {
                    self.start = begin + window.start;
                }
                taken
            },
        );
        let taken = filled.ok_or(GivesUp)?;
        self.rest = self.rest.get(taken..).unwrap_or_default();
        if self.segment == Segment::DROPPED || self.segment == Segment::at(0) {
            self.out.truncate(self.start);
        }
        if self.out.len() > self.limit || self.pairs > self.max_pairs {
            return Err(GivesUp);
        }
        Ok(taken)
    }

    /// Ends the last pair and the object.
    fn end(&mut self) -> Result<(), GivesUp> {
        let ended = if self.segment == Segment::VALUE {
            self.pairs += 1;
            room::append(self.out, b"\"}")
        } else if self.segment == Segment::BEFORE && self.whatwg {
            self.pairs += 1;
            room::append(self.out, b"\":\"\"}")
        } else {
            // The quote that nothing follows goes, and the comma before it.
            self.out.truncate(self.start - if self.pairs == 0 { 1 } else { 2 });
            room::append(self.out, b"}")
        };
        ended.map_err(|_| GivesUp)
    }

    /// Repairs what was written from `begin` on, and looks at the limits.
    fn settle(self, begin: usize, strict: bool) -> Result<(), GivesUp> {
        let Object { out, pairs, .. } = self;
        // All that is not text is ASCII: the object is UTF-8 where all of its text is.
        if self.non_ascii != 0 && !out.get(begin..).is_some_and(decode::is_utf8) {
            if strict {
                return Err(GivesUp);
            }
            decode::repair_from(out, begin).map_err(|_| GivesUp)?;
        }
        if out.len() > self.limit || pairs > self.max_pairs { Err(GivesUp) } else { Ok(()) }
    }
}

/// All of the body but what is [`SHORT`].
struct Chunks<'c, 'o, D>(&'c mut Object<'o, D>);

impl<D: Decoding> Task for Chunks<'_, '_, D> {
    type Output = Result<(), GivesUp>;

    #[inline(always)]
    fn run<S: Scan>(self, scan: S) -> Self::Output {
        let Chunks(object) = self;
        while object.rest.len() > SHORT {
            let mut taken = 0;
            if D::ANYTHING && object.rest.first() == Some(&object.decoding.escape()) {
                taken = object.with_window(
                    #[inline(always)]
                    |window, rest| window.escapes(scan, rest),
                )?;
            }
            if taken == 0 {
                object.with_window(
                    #[inline(always)]
                    |window, rest| match rest.first_chunk() {
                        // A constant length is faster. Having both makes the code twice as long.
                        Some(input) if !cfg!(target_family = "wasm") => {
                            window.chunk(scan, input, CHUNK)
                        }
                        whole => {
                            let mut last;
                            let input = if let Some(input) = whole {
                                input
                            } else {
                                last = [0; CHUNK + SLACK];
                                let len = rest.len().min(last.len());
                                last[..len].copy_from_slice(&rest[..len]);
                                &last
                            };
                            window.chunk(scan, input, rest.len().min(CHUNK))
                        }
                    },
                )?;
            }
            if object.segment == Segment::DROPPED {
                object.segment = Segment::at(0);
                let ampersand = scan::first(scan, object.rest, b'&');
                object.rest = ampersand.and_then(|at| object.rest.get(at..)).unwrap_or_default();
            }
        }
        Ok(())
    }
}

#[cfg(any(test, fuzzing))]
pub(crate) mod tests;
