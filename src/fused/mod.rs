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

#[cfg(target_family = "wasm")]
use self::decoding::Either;
use self::decoding::{Decoded, Decoding, Raw};
use self::window::{CHUNK, ELSEWHERE, SLACK, Segment, Window};
use crate::room::{self, ROOM};
use crate::scan::{self, Scan, Task};
use crate::{Options, Rules, decode};

/// A body, or what is left of one, that is gone through byte by byte: that spares it the look for a
/// scanner, which costs nothing on wasm.
const SHORT: usize = if cfg!(target_family = "wasm") { 0 } else { 16 };

/// What an object begins with, the quote of its first key included.
const OPENING: &[u8; 2] = b"{\"";

/// The fast way was not enough.
#[derive(Debug)]
pub(crate) struct GivesUp;

/// Appends the object of `body`'s pairs to `out`. Gives up, with `out` as it was, where names are
/// looked for that come again, and where a limit (`out` may have `limit` bytes) or strictness is
/// violated, or may be.
#[inline]
pub(crate) fn write(
    out: &mut Vec<u8>,
    body: &[u8],
    options: &Options,
    limit: usize,
) -> Result<(), GivesUp> {
    if !options.is_one_pass(body) {
        return Err(GivesUp);
    }
    let begin = out.len();
    #[cfg(not(target_family = "wasm"))]
    let written = if options.decoding.decode {
        Object::write(out, body, options, limit, Decoded, |chunks| scan::dispatch(chunks))
    } else {
        Object::write(out, body, options, limit, Raw, |chunks| scan::dispatch(chunks))
    };
    #[cfg(target_family = "wasm")]
    let written = Object::write(out, body, options, limit, Either::of(options), |chunks| {
        scan::dispatch(chunks)
    });
    if written.is_err() {
        out.truncate(begin);
    }
    written
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
    whatwg: bool,
    decoding: D,
    limit: usize,
    max_pairs: usize,
}

impl<'o, D: Decoding> Object<'o, D> {
    fn write(
        out: &'o mut Vec<u8>,
        body: &'o [u8],
        options: &Options,
        limit: usize,
        decoding: D,
        dispatch: impl FnOnce(Chunks<'_, 'o, D>) -> Result<(), GivesUp>,
    ) -> Result<(), GivesUp> {
        let begin = out.len();
        let mut object = Object {
            start: begin + OPENING.len(),
            out,
            rest: body,
            segment: Segment::at(0),
            pairs: 0,
            non_ascii: 0,
            whatwg: options.rules == Rules::Whatwg,
            decoding,
            limit,
            max_pairs: options.max_pairs,
        };
        if body.len() <= SHORT {
            object.with_window(|window, rest| {
                window.room.put(OPENING, OPENING.len());
                window.bytes(rest)
            })?;
        } else {
            // Most objects are not much longer than their body.
            let most = (body.len() + body.len() / 4).min(limit.saturating_sub(begin));
            object.out.reserve(most.saturating_add(ROOM));
            object.out.extend_from_slice(OPENING);
            dispatch(Chunks(&mut object))?;
            while SHORT > 0 && !object.rest.is_empty() {
                let bytes = |window: &mut Window<'_, '_, D>, rest: &[u8]| window.bytes(rest);
                object.with_window(bytes)?;
            }
        }
        object.finish(begin, options.decoding.strict)
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
                    whatwg: self.whatwg,
                    decoding: self.decoding,
                };
                let taken = take(&mut window, self.rest);
                self.segment = window.segment.behind(taken as u32);
                (self.pairs, self.non_ascii) = (window.pairs, window.non_ascii);
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

    /// Ends the last pair and the object, and repairs it.
    fn finish(self, begin: usize, strict: bool) -> Result<(), GivesUp> {
        let Object { out, start, segment, mut pairs, .. } = self;
        if segment == Segment::VALUE {
            out.extend_from_slice(b"\"}");
            pairs += 1;
        } else if segment == Segment::BEFORE && self.whatwg {
            out.extend_from_slice(b"\":\"\"}");
            pairs += 1;
        } else {
            // The quote that nothing follows goes, and the comma before it.
            out.truncate(start - if pairs == 0 { 1 } else { 2 });
            out.push(b'}');
        }
        // All that is not text is ASCII: the object is UTF-8 where all of its text is.
        if self.non_ascii != 0 && !decode::is_utf8(&out[begin..]) {
            if strict {
                return Err(GivesUp);
            }
            decode::repair_from(out, begin);
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
            if D::ANYTHING && object.rest[0] == object.decoding.escape() {
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
                                last[..rest.len()].copy_from_slice(rest);
                                &last
                            };
                            window.chunk(scan, input, rest.len().min(CHUNK))
                        }
                    },
                )?;
            }
            if object.segment == Segment::DROPPED {
                object.segment = Segment::at(0);
                object.rest = from_ampersand(scan, object.rest);
            }
        }
        Ok(())
    }
}

/// What of `rest` begins with its first `&`.
#[inline(always)]
fn from_ampersand<S: Scan>(scan: S, mut rest: &[u8]) -> &[u8] {
    while let Some((block, behind)) = rest.split_first_chunk() {
        let found = scan.find(block, b'&');
        if found != 0 {
            return &rest[found.trailing_zeros() as usize..];
        }
        rest = behind;
    }
    let found = rest.iter().position(|&byte| byte == b'&');
    &rest[found.unwrap_or(rest.len())..]
}

#[cfg(any(test, fuzzing))]
pub(crate) mod tests;
