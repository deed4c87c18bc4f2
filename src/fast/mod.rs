//! The fast path: split, decode, escape and write in one pass, chunk by chunk.
//!
//! It writes a segment while it reads it, and truncates the output if the segment turns out to be
//! dropped. It knows no errors: if a limit or strict UTF-8 may be violated, it rolls back, and the
//! slow path in `object.rs` reports the error.

#![expect(
    clippy::inline_always,
    clippy::cast_possible_truncation,
    reason = "SIMD is slow unless it is inlined; positions in a chunk are small"
)]

mod chunk;
mod decoding;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod regular;
mod short;

use alloc::vec::Vec;

use self::chunk::{BEFORE_SPARE, CHUNK, ChunkWriter, LOOKAHEAD, SegmentState, State};
use self::decoding::{AT_RUN_TIME, Decoding, PERCENT, RAW};
use self::short::SHORT_LEN;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use crate::blocks::Blocks;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use crate::buffer::AllSpare;
use crate::buffer::{self, SPARE_LEN, Spare, SpareBytes};
use crate::json::Writer;
use crate::limits::Progress;
use crate::scan::{self, Scan, WithScan};
use crate::utf8::{Invalid, is_utf8, repair};
use crate::{Options, Rules};

/// Text up to this length is written in one go, without dispatch to a scanner. On wasm dispatch costs
/// nothing.
const SHORT: usize = if cfg!(target_family = "wasm") { 0 } else { SHORT_LEN };

/// How many chunks are written at most between two attempts at regular blocks.
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
const MOST_WAITS: u32 = 32;

/// How the segments of a block become pairs, in masks of its bytes.
#[cfg_attr(
    not(all(feature = "simd", target_arch = "x86_64")),
    expect(dead_code, reason = "a short body needs less than a block among others")
)]
struct Carried {
    ampersands: u64,
    /// Not 0 if a segment is no pair: its key is empty or ends with no `=`, or another `=` follows.
    irregular: u64,
    /// Has the bit behind the block if that begins within a key.
    sum: u64,
    /// The same for a block of 64 bytes, unless its last is an `&`.
    overflow: bool,
}

impl Carried {
    /// Adds the starts of the segments to the bytes that are not structural, which carries through their keys, to what
    /// comes after each. `in_key` is 1 if the block begins within a key, `at_start` if a segment begins with it.
    #[inline(always)]
    fn new(own: u64, structural: u64, equals: u64, in_key: u64, at_start: u64) -> Self {
        // A difference, since the compiler would make another vector mask of an exclusive or.
        let ampersands = structural - equals;
        let (sum, overflow) = (own ^ structural).overflowing_add(ampersands << 1 | in_key);
        // A key ends with an `=`, no other comes in its segment, and it is not empty.
        let irregular = sum & structural ^ equals | equals & (ampersands << 1 | at_start);
        Carried { ampersands, irregular, sum, overflow }
    }
}

/// The fast path rolled back.
#[derive(Debug)]
pub(crate) struct Fallback;

/// Appends the members of `part`, which is whole segments, after those that `progress` counts: each
/// after its `{` or `,`. Ends the object if `is_last`. Returns whether a segment may have been dropped.
///
/// Falls back, with `out` unchanged, if a limit or strict UTF-8 may be violated.
#[inline]
pub(crate) fn write(
    out: &mut Writer<'_>,
    part: &[u8],
    options: &Options,
    progress: &mut Progress,
    is_last: bool,
) -> Result<bool, Fallback> {
    if SHORT > 0 && part.len() <= SHORT {
        let written = if options.decoding.percent {
            short::write::<PERCENT>(out, part, options, progress, is_last)
        } else {
            short::write::<RAW>(out, part, options, progress, is_last)
        };
        if written.is_some() {
            return Ok(false);
        }
    }
    let begin = out.out.len();
    let written = if cfg!(target_family = "wasm") {
        MemberWriter::<AT_RUN_TIME>::write(out, part, options, progress, is_last, best)
    } else if options.decoding.percent {
        MemberWriter::<PERCENT>::write(out, part, options, progress, is_last, best)
    } else {
        MemberWriter::<RAW>::write(out, part, options, progress, is_last, best)
    };
    if written.is_err() {
        out.out.truncate(begin);
    }
    written
}

#[cfg_attr(target_family = "wasm", inline(never))]
fn best<const MODE: u8>(chunks: Chunks<'_, '_, MODE>) -> Result<(), Fallback> {
    scan::dispatch(chunks)
}

/// The members while they are written.
struct MemberWriter<'o, const MODE: u8> {
    out: &'o mut Vec<u8>,
    part: &'o [u8],
    /// The end of `part` that is still to be read.
    rest: &'o [u8],
    state: State,
    whatwg: bool,
    decoding: Decoding<MODE>,
    limit: usize,
    max_pairs: usize,
}

impl<'o, const MODE: u8> MemberWriter<'o, MODE> {
    fn write(
        out: &'o mut Writer<'_>,
        part: &'o [u8],
        options: &Options,
        progress: &mut Progress,
        is_last: bool,
        dispatch: impl FnOnce(Chunks<'_, 'o, MODE>) -> Result<(), Fallback>,
    ) -> Result<bool, Fallback> {
        let begin = out.out.len();
        let pairs = progress.pairs;
        let opening = if pairs == 0 { b"{\"" } else { b",\"" };
        let mut members = MemberWriter {
            limit: out.limit,
            out: out.out,
            part,
            rest: part,
            state: State {
                start: begin + opening.len(),
                segment: SegmentState::at(0),
                pairs: 0,
                non_ascii: 0,
                has_dropped: false,
                is_text: false,
            },
            whatwg: options.rules == Rules::Whatwg,
            decoding: Decoding::of(options),
            max_pairs: match options.limits.pairs {
                usize::MAX => usize::MAX,
                max => max.saturating_sub(pairs),
            },
        };
        if part.len() <= SHORT {
            members.with_chunk(|chunk, rest| {
                chunk.spare.copy(opening, opening.len());
                chunk.short(rest)
            })?;
        } else {
            members.reserve()?;
            buffer::append(members.out, opening).map_err(|_| Fallback)?;
            dispatch(Chunks(&mut members))?;
            while SHORT > 0 && !members.rest.is_empty() {
                let short = |chunk: &mut ChunkWriter<'_, '_, MODE>, rest: &[u8]| chunk.short(rest);
                members.with_chunk(short)?;
            }
        }
        members.end(pairs == 0, is_last)?;
        members.check(begin, options.decoding.invalid)?;
        progress.pairs = pairs.saturating_add(members.state.pairs);
        Ok(members.state.has_dropped)
    }

    /// Reserves capacity. Most JSON is not much longer than its form.
    fn reserve(&mut self) -> Result<(), Fallback> {
        let len = self.part.len();
        let likely = (len + len / 4).min(self.limit.saturating_sub(self.out.len()));
        buffer::reserve(self.out, likely.saturating_add(SPARE_LEN)).map_err(|_| Fallback)
    }

    /// Grows the output for the next chunk. Looks ahead first: text of a segment that will be dropped
    /// must not cost memory.
    #[cold]
    fn grow(&mut self) -> Result<(), Fallback> {
        let read = self.part.len() - self.rest.len();
        let ampersand = self.part.get(..read).and_then(|read| scan::rfind(read, b'&'));
        let segment = self.part.get(ampersand.map_or(0, |at| at + 1)..).unwrap_or_default();
        if !self.whatwg
            && self.state.segment != SegmentState::at(0)
            && let Some(Err(dropped)) = Rules::Template.segments(segment).next()
        {
            self.out.truncate(self.state.start);
            self.rest = segment.get(dropped.text.len()..).unwrap_or_default();
            self.state.segment = SegmentState::at(0);
            self.state.has_dropped = true;
        }
        // Double it, but never beyond `\u00XX` for every byte.
        let most = self.rest.len().saturating_mul(6).min(self.out.len());
        if !self.has_room() {
            self.out.try_reserve_exact(most.saturating_add(SPARE_LEN)).map_err(|_| Fallback)?;
        }
        Ok(())
    }

    /// Lets `write` write a chunk and return how much of the rest it consumed.
    #[inline(always)]
    fn with_chunk(
        &mut self,
        write: impl FnOnce(&mut ChunkWriter<'_, '_, MODE>, &[u8]) -> usize,
    ) -> Result<(), Fallback> {
        let MemberWriter { whatwg, decoding, .. } = *self;
        self.with_spare(
            #[inline(always)]
            |spare: &mut Spare<'_>, state, rest| {
                let mut chunk = ChunkWriter { spare, state: *state, whatwg, decoding };
                let taken = write(&mut chunk, rest);
                let segment = chunk.state.segment.rebase(taken as u32);
                *state = State { segment, ..chunk.state };
                taken
            },
        )
    }

    /// Writes the beginning of the rest, as long as it is text like the last chunk.
    #[inline(always)]
    fn write_text<S: Scan>(&mut self, scan: S) -> Result<(), Fallback> {
        // On wasm a second place for it is too much code: see `Chunks::write`.
        while !cfg!(target_family = "wasm") && self.state.is_text && self.has_room() {
            let before = self.rest.len();
            self.with_chunk(
                #[inline(always)]
                |chunk, rest| chunk.text_run(scan, rest),
            )?;
            self.state.is_text = self.rest.len() < before;
        }
        Ok(())
    }

    /// Whether the output need not grow before something is written.
    #[inline(always)]
    fn has_room(&self) -> bool {
        buffer::spare_len(self.out) >= SPARE_LEN
    }

    /// Writes the beginning of the rest, as long as it is regular.
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    #[inline(never)]
    fn write_regular<S: Blocks>(&mut self, simd: S) -> Result<(), Fallback> {
        if MODE == AT_RUN_TIME {
            return Ok(());
        }
        simd.vectorize(
            #[inline(always)]
            || {
                self.with_spare(
                    #[inline(always)]
                    |spare: &mut AllSpare<'_>, state, rest| {
                        regular::write::<S, MODE>(simd, spare, state, rest)
                    },
                )
            },
        )
    }

    /// Lets `write` write to the spare capacity and return how much of the rest it consumed.
    #[inline(always)]
    fn with_spare<B: SpareBytes + ?Sized>(
        &mut self,
        write: impl FnOnce(&mut Spare<'_, B>, &mut State, &[u8]) -> usize,
    ) -> Result<(), Fallback> {
        let begin = self.out.len();
        let written = buffer::with_spare(
            self.out,
            #[inline(always)]
            |spare: &mut Spare<'_, B>| {
                let start = self.state.start.checked_sub(begin).unwrap_or(BEFORE_SPARE);
                let mut state = State { start, ..self.state };
                let taken = write(spare, &mut state, self.rest);
                if state.start == BEFORE_SPARE {
                    state.start = self.state.start;
                } else {
                    state.start += begin;
                }
                self.state = state;
                taken
            },
        );
        let taken = written.ok_or(Fallback)?;
        self.rest = self.rest.get(taken..).unwrap_or_default();
        if self.state.segment == SegmentState::DROPPED || self.state.segment == SegmentState::at(0)
        {
            self.out.truncate(self.state.start);
        }
        if self.out.len() > self.limit || self.state.pairs > self.max_pairs {
            return Err(Fallback);
        }
        Ok(())
    }

    /// Ends the last pair, and the object if `is_last`.
    fn end(&mut self, is_first: bool, is_last: bool) -> Result<(), Fallback> {
        let ended = if self.state.segment == SegmentState::VALUE {
            self.state.pairs += 1;
            buffer::append(self.out, b"\"}")
        } else if self.state.segment == SegmentState::KEY && self.whatwg {
            self.state.pairs += 1;
            buffer::append(self.out, b"\":\"\"}")
        } else {
            self.state.has_dropped |= self.state.segment == SegmentState::KEY;
            // No pair follows the last `{"` or `,"`.
            self.out.truncate(self.state.start - 2);
            let closing: &[u8] = if is_first && self.state.pairs == 0 { b"{}" } else { b"}" };
            buffer::append(self.out, closing)
        };
        if !is_last {
            let braces = if is_first && self.state.pairs == 0 { 2 } else { 1 };
            self.out.truncate(self.out.len() - braces);
        }
        ended.map_err(|_| Fallback)
    }

    /// Replaces invalid UTF-8 from `begin` on and checks the limits.
    fn check(&mut self, begin: usize, invalid: Invalid) -> Result<(), Fallback> {
        let MemberWriter { out, state, limit, max_pairs, .. } = self;
        // Only keys and values can be anything but ASCII.
        if state.non_ascii != 0 {
            match invalid {
                Invalid::Refused if !out.get(begin..).is_some_and(is_utf8) => return Err(Fallback),
                Invalid::Refused => {}
                // The limit counts what replaces invalid bytes.
                Invalid::Left if *limit == usize::MAX => {}
                Invalid::Left | Invalid::Replaced => repair(out, begin).map_err(|_| Fallback)?,
            }
        }
        if out.len() > *limit || state.pairs > *max_pairs {
            return Err(Fallback);
        }
        Ok(())
    }
}

/// Writes the rest up to its last [`SHORT`] bytes.
struct Chunks<'c, 'o, const MODE: u8>(&'c mut MemberWriter<'o, MODE>);

impl<const MODE: u8> WithScan for Chunks<'_, '_, MODE> {
    type Output = Result<(), Fallback>;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> Self::Output {
        self.write(
            scan,
            #[inline(always)]
            |members| members.write_text(scan),
        )
    }

    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    #[inline(always)]
    fn with_blocks<S: Blocks>(self, simd: S, scan: impl Scan) -> Self::Output {
        let Chunks(members) = self;
        members.write_regular(simd)?;
        if members.rest.len() <= SHORT {
            return Ok(());
        }
        // How many chunks to write until the next attempt, and after it if it fails.
        let (mut wait, mut waits) = (0_u32, 1_u32);
        let write_regular = |members: &mut MemberWriter<'_, MODE>| {
            if wait > 0 || members.rest.is_empty() || !members.has_room() {
                wait = wait.saturating_sub(1);
                return Ok(());
            }
            let before = members.rest.len();
            members.write_regular(simd)?;
            (wait, waits) = match members.rest.len() {
                len if len == before => (waits, (2 * waits).min(MOST_WAITS)),
                _ => (0, 1),
            };
            Ok(())
        };
        simd.vectorize(
            #[inline(always)]
            || Chunks(members).write(scan, write_regular),
        )
    }
}

impl<'o, const MODE: u8> Chunks<'_, 'o, MODE> {
    #[inline(always)]
    fn write<S: Scan>(
        self,
        scan: S,
        mut faster: impl FnMut(&mut MemberWriter<'o, MODE>) -> Result<(), Fallback>,
    ) -> Result<(), Fallback> {
        let Chunks(members) = self;
        while members.rest.len() > SHORT {
            if !members.has_room() {
                members.grow()?;
            }
            members.with_chunk(
                #[inline(always)]
                |chunk, rest| {
                    let is_raw = chunk.decoding.plus() == b' ';
                    // On wasm, text that is decoded gains nothing from it.
                    let taken = if cfg!(target_family = "wasm") && is_raw {
                        chunk.text_run(scan, rest)
                    } else if Decoding::<MODE>::DECODES
                        && rest.first() == Some(&chunk.decoding.percent())
                    {
                        chunk.percent_run(scan, rest)
                    } else {
                        0
                    };
                    if taken > 0 {
                        return taken;
                    }
                    match rest.first_chunk() {
                        // A constant length is faster. On wasm the second copy is too much code.
                        Some(padded) if !cfg!(target_family = "wasm") => {
                            chunk.chunk(scan, padded, CHUNK)
                        }
                        whole => {
                            let mut last;
                            let padded = if let Some(padded) = whole {
                                padded
                            } else {
                                last = [0; CHUNK + LOOKAHEAD];
                                let len = rest.len().min(last.len());
                                last[..len].copy_from_slice(&rest[..len]);
                                &last
                            };
                            chunk.chunk(scan, padded, rest.len().min(CHUNK))
                        }
                    }
                },
            )?;
            if members.state.segment == SegmentState::DROPPED {
                members.state.segment = SegmentState::at(0);
                let ampersand = scan::find_with(scan, members.rest, b'&');
                members.rest = ampersand.and_then(|at| members.rest.get(at..)).unwrap_or_default();
            }
            faster(members)?;
        }
        Ok(())
    }
}

#[cfg(any(test, fuzzing))]
pub(crate) mod tests;
