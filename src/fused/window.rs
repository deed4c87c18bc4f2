//! What one chunk of the body writes.
//!
//! A chunk is taken in two steps. First it is scanned, and the positions of the bytes that need a
//! thought, its stops, are written down one after another. Then the stops are gone through: the text
//! before each is copied as it is, a whole block without a look at where it ends, since what is
//! written next writes over the rest. Two steps are faster than one, since a processor that has
//! guessed wrong how many stops there are in a block has to start afresh, and here it guesses once
//! for a chunk.

use super::decoding::Decoding;
use crate::room::{ROOM, Room};
use crate::scan::{BLOCK, ESCAPED, Scan, UNESCAPED};
use crate::{decode, json};

/// How many bytes are scanned at a time. A position among them is one byte, and a room is large
/// enough for what they write: `\u00XX` for each.
pub(super) const CHUNK: usize = 256;
/// What is read behind a chunk: a block behind a `%XX` that begins in the chunk.
pub(super) const SLACK: usize = 2 * BLOCK;

/// A chunk, and what is behind it.
type Input = [u8; CHUNK + SLACK];

/// Where the segment begins that is being read, while there was no `=` in it; or how far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment(u32);

impl Segment {
    /// It began in an earlier chunk, and there was no `=` in it yet.
    pub(super) const BEFORE: Segment = Segment(u32::MAX - 2);
    /// It is no pair, whatever is still to be read.
    pub(super) const DROPPED: Segment = Segment(u32::MAX - 1);
    /// Its `=` has been read, and more may be.
    pub(super) const VALUE: Segment = Segment(u32::MAX);

    /// It begins at `position` in the chunk, and there was no `=` in it yet.
    pub(super) const fn at(position: u32) -> Segment {
        Segment(position)
    }

    /// The same segment for who has gone on by `taken` bytes.
    #[inline(always)]
    pub(super) fn behind(self, taken: u32) -> Segment {
        match self {
            Segment(position) if position == taken => Segment::at(0),
            Segment(position) if position < taken => Segment::BEFORE,
            segment => segment,
        }
    }
}

/// Instead of a place in the room: before it.
pub(super) const ELSEWHERE: usize = usize::MAX;

/// A part of the object, with what `Object` knows.
pub(super) struct Window<'w, 'r, D> {
    pub(super) room: &'w mut Room<'r>,
    /// Where in the room the segment begins that is being read, or [`ELSEWHERE`].
    pub(super) start: usize,
    pub(super) segment: Segment,
    pub(super) pairs: usize,
    pub(super) non_ascii: u32,
    pub(super) dropped: bool,
    pub(super) whatwg: bool,
    pub(super) decoding: D,
}

impl<D: Decoding> Window<'_, '_, D> {
    /// Goes through `rest`, which is short, and returns how far it came: see [`chunk`](Self::chunk).
    #[inline(always)]
    pub(super) fn bytes(&mut self, rest: &[u8]) -> usize {
        self.non_ascii |= u32::from(!rest.is_ascii());
        let mut from = 0;
        while let Some(&byte) = rest.get(from as usize) {
            let byte = if D::ANYTHING && byte == self.decoding.space() { b' ' } else { byte };
            match self.stop(rest, from, byte) {
                Ok(next) => from = next,
                Err(next) => return next as usize,
            }
        }
        from as usize
    }

    /// Goes through the first `len` bytes of `input`, and returns how far it came: a little further
    /// where a `%XX` goes over the end, not as far where more is to be taken back than is in the
    /// room.
    #[inline(always)]
    pub(super) fn chunk<S: Scan>(&mut self, scan: S, input: &Input, len: usize) -> usize {
        let len = len as u32;
        let mut positions = [0; CHUNK + AT_ONCE];
        let count = self.positions(scan, input, len, &mut positions);
        if count == 0 && len == CHUNK as u32 {
            // Only text. That its length is a constant makes it faster.
            self.text(scan, input, 0, CHUNK as u32);
            return CHUNK;
        }
        let mut stops = positions.get(..count).unwrap_or_default();
        let mut from = 0;
        loop {
            if self.segment == Segment::at(from) {
                (from, stops) = self.segments(scan, input, from, stops);
                self.segment = Segment::at(from);
                self.start = self.room.len();
            }
            let Some((&stop, behind)) = stops.split_first() else { break };
            let at = u32::from(stop);
            let byte = input[at as usize];
            stops = behind;
            let is_text = if byte == b'=' {
                self.whatwg && self.segment == Segment::VALUE
            } else {
                D::ANYTHING && byte == b'%' && decode::escaped(input, at as usize).is_none()
            };
            if is_text {
                continue;
            }
            if at != from {
                self.text(scan, input, from, at);
            }
            let (escaped, len) = json::escape(byte);
            if len > 1 {
                self.room.put(&escaped, len);
                from = at + 1;
                continue;
            }
            match self.stop(input, at, byte) {
                Ok(next) => from = next,
                Err(next) => return next as usize,
            }
        }
        if from < len {
            self.text(scan, input, from, len);
            from = len;
        }
        from as usize
    }

    /// Writes down where the stops are among the first `len` bytes of `input`, and returns how many
    /// there are.
    #[inline(always)]
    fn positions<S: Scan>(
        &mut self,
        scan: S,
        input: &Input,
        len: u32,
        positions: &mut [u8; CHUNK + AT_ONCE],
    ) -> usize {
        let escape = self.decoding.escape();
        let mut count = 0;
        let mut block = 0;
        while block < len {
            let (low, high) = (block_at(input, block), block_at(input, block + BLOCK as u32));
            self.non_ascii |= scan.non_ascii(low) | scan.non_ascii(high);
            let (low, high) = (scan.stops(low, escape), scan.stops(high, escape));
            let mut stops = u64::from(high) << BLOCK | u64::from(low);
            if len - block < u64::BITS {
                stops &= (1 << (len - block)) - 1;
            }
            let found = stops.count_ones() as usize;
            let mut next = count;
            while stops != 0 {
                // The last of these may be too many; the next block writes over them.
                let Some(at_once) = positions.get_mut(next..next + AT_ONCE) else { break };
                for position in at_once {
                    *position = (block + stops.trailing_zeros()) as u8;
                    stops &= stops.wrapping_sub(1);
                }
                next += AT_ONCE;
            }
            count += found;
            block += u64::BITS;
        }
        count
    }

    /// Goes through whole segments from `from`, where one begins, for as long as they are like most
    /// (a key of up to a block, one `=`, a value without anything to escape) or are no pairs.
    /// Returns where it came to, and the stops from there on.
    #[inline(always)]
    fn segments<'p, S: Scan>(
        &mut self,
        scan: S,
        input: &Input,
        mut from: u32,
        mut stops: &'p [u8],
    ) -> (u32, &'p [u8]) {
        while let [first, ..] = stops {
            let (at, byte) = (u32::from(*first), input[usize::from(*first)]);
            let key = at - from;
            if byte == b'=' {
                let Some(&second) = stops.get(1) else { break };
                let byte = input[usize::from(second)];
                if byte == b'&' && key != 0 && key <= BLOCK as u32 {
                    self.room.put(&self.text_at(scan, input, from), key as usize);
                    self.room.put(b"\":\"\0", 3);
                    self.text(scan, input, at + 1, u32::from(second));
                    self.room.put(b"\",\"\0", 3);
                    self.pairs += 1;
                    from = u32::from(second) + 1;
                    stops = &stops[2..];
                } else if byte == b'=' && !self.whatwg {
                    let mut end = 2;
                    while stops.get(end).is_some_and(|&stop| input[usize::from(stop)] != b'&') {
                        end += 1;
                    }
                    let Some(&ampersand) = stops.get(end) else { break };
                    self.dropped = true;
                    from = u32::from(ampersand) + 1;
                    stops = stops.get(end + 1..).unwrap_or_default();
                } else {
                    break;
                }
            } else if byte == b'&' && key == 0 {
                if stops.len() >= BLOCK && block_at(input, from) == &[b'&'; BLOCK] {
                    from += BLOCK as u32;
                    stops = &stops[BLOCK..];
                } else {
                    from += 1;
                    stops = &stops[1..];
                }
            } else if byte == b'&' && !self.whatwg {
                self.dropped = true;
                from = at + 1;
                stops = &stops[1..];
            } else {
                break;
            }
        }
        (from, stops)
    }

    /// Writes the text of `input` from `from` to `to`, where it has no stop.
    #[inline(always)]
    fn text<S: Scan>(&mut self, scan: S, input: &Input, mut from: u32, to: u32) {
        while to - from > BLOCK as u32 {
            self.room.put(&self.text_at(scan, input, from), BLOCK);
            from += BLOCK as u32;
        }
        self.room.put(&self.text_at(scan, input, from), (to - from) as usize);
    }

    /// The block of text at `from`.
    #[inline(always)]
    fn text_at<S: Scan>(&self, scan: S, input: &Input, from: u32) -> [u8; BLOCK] {
        scan.spaces(block_at(input, from), self.decoding.space())
    }

    /// Writes what stands for the `byte` at `at` in `input`, and notes what it means for its
    /// segment. Returns where to go on; as an error where that has to be in another window.
    #[inline(always)]
    fn stop(&mut self, input: &[u8], at: u32, mut byte: u8) -> Result<u32, u32> {
        let mut next = at + 1;
        match byte {
            b'&' => {
                let segment = self.segment;
                self.segment = Segment::at(next);
                let is_empty = segment == Segment::at(at);
                if segment == Segment::VALUE {
                    self.room.put(b"\",\"\0", 3);
                    self.pairs += 1;
                    self.start = self.room.len();
                } else if self.whatwg && !is_empty {
                    self.room.put(b"\":\"\",\"\0\0", 6);
                    self.pairs += 1;
                    self.start = self.room.len();
                } else {
                    self.dropped |= !is_empty;
                    if self.start == ELSEWHERE {
                        return Err(next);
                    }
                    self.room.take_back(self.start);
                }
            }
            b'=' => {
                let is_key = self.segment <= Segment::BEFORE;
                if is_key && (self.whatwg || self.segment != Segment::at(at)) {
                    self.room.put(b"\":\"\0", 3);
                    self.segment = Segment::VALUE;
                } else if self.whatwg {
                    self.room.put(b"=", 1);
                } else {
                    // More is written until its end, where all of it is taken back.
                    self.segment = Segment::DROPPED;
                    self.dropped = true;
                }
            }
            _ => {
                if D::ANYTHING
                    && byte == self.decoding.escape()
                    && let Some(decoded) = decode::escaped(input, at as usize)
                {
                    self.non_ascii |= u32::from(decoded & 0x80);
                    (byte, next) = (decoded, at + 3);
                }
                let (bytes, len) = json::escape(byte);
                self.room.put(&bytes, len);
            }
        }
        Ok(next)
    }

    /// Writes what the `%XX` stand for that `rest` begins with, 16 at a time and as many as the room
    /// takes, and returns how much of `rest` they are.
    #[inline(always)]
    pub(super) fn escapes<S: Scan>(&mut self, scan: S, rest: &[u8]) -> usize {
        let mut taken = 0;
        for escaped in rest.as_chunks().0.iter().take(ROOM / UNESCAPED) {
            let Some(bytes) = scan.unescape(escaped) else { break };
            self.room.put(&bytes, UNESCAPED);
            self.non_ascii |= u32::from(!bytes.is_ascii());
            taken += ESCAPED;
        }
        taken
    }
}

/// How many positions are written down without a look at how many there are.
const AT_ONCE: usize = 4;

/// The block of `input` at `at`.
#[inline(always)]
fn block_at(input: &Input, at: u32) -> &[u8; BLOCK] {
    let at = at as usize;
    let block = input.get(at..at + BLOCK);
    block.and_then(<[u8]>::first_chunk).unwrap_or(&[0; BLOCK])
}
