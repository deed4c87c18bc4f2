//! Writing what one chunk of a body adds to the object.
//!
//! A chunk takes two steps. The first scans it and lists its structural positions. The second goes
//! through the list and copies the text before each position, whole blocks at a time; what comes next
//! overwrites the overhang. Two steps are faster than one: the processor mispredicts the number of
//! structural positions once a chunk instead of once a block.

use super::decoding::Decoding;
use super::short::Found;
use crate::buffer::{SPARE_LEN, Spare};
use crate::escape::escape;
use crate::percent;
use crate::scan::{BLOCK, DECODED_LEN, ENCODED_LEN, Scan};

/// How many bytes are scanned at a time. A position among them fits into a byte, and their JSON into a
/// [`Spare`], even as `\u00XX`.
pub(super) const CHUNK: usize = 256;
/// How many bytes after a chunk may be read: a block after a `%XX` that begins in the chunk.
pub(super) const LOOKAHEAD: usize = 2 * BLOCK;

const _: () = assert!(6 * CHUNK + 2 * BLOCK <= SPARE_LEN);

/// A chunk and its lookahead.
type PaddedChunk = [u8; CHUNK + LOOKAHEAD];

/// How much of a segment was read: where its key begins, or what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SegmentState(u32);

impl SegmentState {
    /// It began in an earlier chunk, and no `=` was read yet.
    pub(super) const KEY: SegmentState = SegmentState(u32::MAX - 2);
    /// It is known to be dropped.
    pub(super) const DROPPED: SegmentState = SegmentState(u32::MAX - 1);
    /// Its first `=` was read.
    pub(super) const VALUE: SegmentState = SegmentState(u32::MAX);

    /// It begins at `position` in the chunk, and no `=` was read yet.
    pub(super) const fn at(position: u32) -> SegmentState {
        SegmentState(position)
    }

    /// Rebases the segment after `taken` bytes are consumed.
    #[inline(always)]
    pub(super) fn rebase(self, taken: u32) -> SegmentState {
        match self {
            SegmentState(position) if position == taken => SegmentState::at(0),
            SegmentState(position) if position < taken => SegmentState::KEY,
            state => state,
        }
    }
}

/// In the place of a position in the spare capacity: before it.
pub(super) const BEFORE_SPARE: usize = usize::MAX;

/// How far the part is written.
#[derive(Clone, Copy)]
pub(super) struct State {
    /// The position in the output of the segment that is being read, after its opening quote; for a
    /// chunk the position in the spare capacity, or [`BEFORE_SPARE`].
    pub(super) start: usize,
    pub(super) segment: SegmentState,
    pub(super) pairs: usize,
    /// Not 0 if a byte was not ASCII.
    pub(super) non_ascii: u32,
    pub(super) has_dropped: bool,
    /// Whether the last chunk had no structural position.
    pub(super) is_text: bool,
}

/// Writes one chunk.
pub(super) struct ChunkWriter<'w, 'r, const MODE: u8> {
    pub(super) spare: &'w mut Spare<'r>,
    pub(super) state: State,
    pub(super) whatwg: bool,
    pub(super) decoding: Decoding<MODE>,
}

impl<const MODE: u8> ChunkWriter<'_, '_, MODE> {
    /// Writes `rest`, which has at most 16 bytes. Returns how much it consumed, as
    /// [`chunk`](Self::chunk) does.
    #[inline(always)]
    pub(super) fn short(&mut self, rest: &[u8]) -> usize {
        let len = rest.len() as u32;
        let found = Found::of(rest, self.decoding);
        self.state.non_ascii |= found.non_ascii;
        let mut structurals = found.structurals;
        let mut from = 0;
        while structurals != 0 {
            let at = structurals.trailing_zeros();
            structurals &= structurals - 1;
            if at > from {
                self.spare.copy(&found.text_at(from, len), (at - from) as usize);
            }
            let byte = rest.get(at as usize).copied().unwrap_or_default();
            match self.structural(rest, at, byte) {
                Ok(next) => from = next,
                Err(next) => return next as usize,
            }
        }
        if from < len {
            self.spare.copy(&found.text_at(from, len), (len - from) as usize);
        }
        rest.len()
    }

    /// Writes the first `len` bytes of `padded`. Returns how much it consumed: more if a `%XX` crosses
    /// the end, less if a dropped segment reaches back before the spare capacity.
    #[inline(always)]
    pub(super) fn chunk<S: Scan>(&mut self, scan: S, padded: &PaddedChunk, len: usize) -> usize {
        let len = len as u32;
        let mut positions = [0; CHUNK + UNROLL];
        let count = self.positions(scan, padded, len, &mut positions);
        if !cfg!(target_family = "wasm") && count == 0 && len == CHUNK as u32 {
            // A constant length is faster. On wasm it is too much code.
            self.text(scan, padded, 0, CHUNK as u32);
            self.state.is_text = true;
            return CHUNK;
        }
        let mut structurals = positions.get(..count).unwrap_or_default();
        let mut from = 0;
        loop {
            if self.state.segment == SegmentState::at(from) {
                (from, structurals) = self.segments(scan, padded, from, structurals);
                self.state.segment = SegmentState::at(from);
                self.state.start = self.spare.len();
            }
            let Some((&at, rest)) = structurals.split_first() else { break };
            let at = u32::from(at);
            let byte = padded[at as usize];
            structurals = rest;
            let is_text = if byte == b'=' {
                self.whatwg && self.state.segment == SegmentState::VALUE
            } else {
                Decoding::<MODE>::DECODES
                    && byte == b'%'
                    && percent::byte_at(padded, at as usize).is_none()
            };
            if is_text {
                continue;
            }
            if at != from {
                self.text(scan, padded, from, at);
            }
            let (bytes, len) = escape(byte);
            if len > 1 {
                self.spare.copy(&bytes, len);
                from = at + 1;
                continue;
            }
            match self.structural(padded, at, byte) {
                Ok(next) => from = next,
                Err(next) => return next as usize,
            }
        }
        if from < len {
            self.text(scan, padded, from, len);
            from = len;
        }
        from as usize
    }

    /// Lists the structural positions among the first `len` bytes of `padded`. Returns how many there
    /// are.
    #[inline(always)]
    fn positions<S: Scan>(
        &mut self,
        scan: S,
        padded: &PaddedChunk,
        len: u32,
        positions: &mut [u8; CHUNK + UNROLL],
    ) -> usize {
        let percent = self.decoding.percent();
        let mut count = 0;
        let mut block = 0;
        while block < len {
            let (low, high) = (block_at(padded, block), block_at(padded, block + BLOCK as u32));
            self.state.non_ascii |= scan.non_ascii(low) | scan.non_ascii(high);
            let (low, high) = (scan.structurals(low, percent), scan.structurals(high, percent));
            let mut mask = u64::from(high) << BLOCK | u64::from(low);
            if len - block < u64::BITS {
                mask &= (1 << (len - block)) - 1;
            }
            let found = mask.count_ones() as usize;
            let mut next = count;
            while mask != 0 {
                // Surplus positions are overwritten by the next block.
                let Some(unrolled) = positions.get_mut(next..next + UNROLL) else { break };
                for position in unrolled {
                    *position = (block + mask.trailing_zeros()) as u8;
                    mask &= mask.wrapping_sub(1);
                }
                next += UNROLL;
            }
            count += found;
            block += u64::BITS;
        }
        count
    }

    /// Writes whole segments from `from` on while they are ordinary: a key of at most a block, one `=`,
    /// a value with nothing to escape or decode; or dropped or empty. Returns the position it reached
    /// and the structural positions from there on.
    #[inline(always)]
    fn segments<'p, S: Scan>(
        &mut self,
        scan: S,
        padded: &PaddedChunk,
        mut from: u32,
        mut structurals: &'p [u8],
    ) -> (u32, &'p [u8]) {
        while let [first, ..] = structurals {
            let (at, byte) = (u32::from(*first), padded[usize::from(*first)]);
            let key = at - from;
            if byte == b'=' {
                let Some(&second) = structurals.get(1) else { break };
                let byte = padded[usize::from(second)];
                if byte == b'&' && key != 0 && key <= BLOCK as u32 {
                    self.spare.copy(&self.text_at(scan, padded, from), key as usize);
                    self.spare.copy(b"\":\"\0", 3);
                    self.text(scan, padded, at + 1, u32::from(second));
                    self.spare.copy(b"\",\"\0", 3);
                    self.state.pairs += 1;
                    from = u32::from(second) + 1;
                    structurals = &structurals[2..];
                } else if byte == b'=' && !self.whatwg {
                    let mut end = 2;
                    while structurals.get(end).is_some_and(|&at| padded[usize::from(at)] != b'&') {
                        end += 1;
                    }
                    let Some(&ampersand) = structurals.get(end) else { break };
                    self.state.has_dropped = true;
                    from = u32::from(ampersand) + 1;
                    structurals = structurals.get(end + 1..).unwrap_or_default();
                } else {
                    break;
                }
            } else if byte == b'&' && key == 0 {
                if structurals.len() >= BLOCK && block_at(padded, from) == &[b'&'; BLOCK] {
                    from += BLOCK as u32;
                    structurals = &structurals[BLOCK..];
                } else {
                    from += 1;
                    structurals = &structurals[1..];
                }
            } else if byte == b'&' && !self.whatwg {
                self.state.has_dropped = true;
                from = at + 1;
                structurals = &structurals[1..];
            } else {
                break;
            }
        }
        (from, structurals)
    }

    /// Copies the text from `from` to `to`, in which nothing needs an escape.
    #[inline(always)]
    fn text<S: Scan>(&mut self, scan: S, padded: &PaddedChunk, mut from: u32, to: u32) {
        while to - from > BLOCK as u32 {
            self.spare.copy(&self.text_at(scan, padded, from), BLOCK);
            from += BLOCK as u32;
        }
        self.spare.copy(&self.text_at(scan, padded, from), (to - from) as usize);
    }

    /// The block at `from`, with each `+` decoded if asked for.
    #[inline(always)]
    fn text_at<S: Scan>(&self, scan: S, padded: &PaddedChunk, from: u32) -> [u8; BLOCK] {
        scan.plus_to_space(block_at(padded, from), self.decoding.plus())
    }

    /// Writes the structural `byte` at `at` and updates the state of its segment. Returns the next
    /// position: `Err` if the chunk has to end there.
    #[inline(always)]
    fn structural(&mut self, padded: &[u8], at: u32, mut byte: u8) -> Result<u32, u32> {
        let mut next = at + 1;
        match byte {
            b'&' => {
                let segment = self.state.segment;
                self.state.segment = SegmentState::at(next);
                let is_empty = segment == SegmentState::at(at);
                if segment == SegmentState::VALUE {
                    self.spare.copy(b"\",\"\0", 3);
                    self.state.pairs += 1;
                    self.state.start = self.spare.len();
                } else if self.whatwg && !is_empty {
                    self.spare.copy(b"\":\"\",\"\0\0", 6);
                    self.state.pairs += 1;
                    self.state.start = self.spare.len();
                } else {
                    self.state.has_dropped |= !is_empty;
                    if self.state.start == BEFORE_SPARE {
                        return Err(next);
                    }
                    self.spare.truncate(self.state.start);
                }
            }
            b'=' => {
                let is_key = self.state.segment <= SegmentState::KEY;
                if is_key && (self.whatwg || self.state.segment != SegmentState::at(at)) {
                    self.spare.copy(b"\":\"\0", 3);
                    self.state.segment = SegmentState::VALUE;
                } else if self.whatwg {
                    self.spare.copy(b"=", 1);
                } else {
                    // Its text is still written up to the `&`, and truncated there.
                    self.state.segment = SegmentState::DROPPED;
                    self.state.has_dropped = true;
                }
            }
            _ => {
                if Decoding::<MODE>::DECODES
                    && byte == self.decoding.percent()
                    && let Some(decoded) = percent::byte_at(padded, at as usize)
                {
                    self.state.non_ascii |= u32::from(decoded & 0x80);
                    (byte, next) = (decoded, at + 3);
                }
                let (bytes, len) = escape(byte);
                self.spare.copy(&bytes, len);
            }
        }
        Ok(next)
    }

    /// Copies the start of `rest` as long as nothing in it is structural, up to the spare capacity. Returns
    /// how many bytes of `rest` it consumed.
    #[inline(always)]
    pub(super) fn text_run<S: Scan>(&mut self, scan: S, rest: &[u8]) -> usize {
        let (percent, plus) = (self.decoding.percent(), self.decoding.plus());
        let mut taken = 0;
        for block in rest.as_chunks().0.iter().take(SPARE_LEN / BLOCK) {
            if scan.structurals(block, percent) != 0 {
                break;
            }
            self.state.non_ascii |= scan.non_ascii(block);
            self.spare.copy(&scan.plus_to_space(block, plus), BLOCK);
            taken += BLOCK;
        }
        taken
    }

    /// Decodes the `%XX` at the start of `rest`, 16 at a time, up to the spare capacity. Returns how
    /// many bytes of `rest` it consumed.
    #[inline(always)]
    pub(super) fn percent_run<S: Scan>(&mut self, scan: S, rest: &[u8]) -> usize {
        let mut taken = 0;
        for encoded in rest.as_chunks().0.iter().take(SPARE_LEN / DECODED_LEN) {
            let Some(bytes) = scan.percent_decode(encoded) else { break };
            self.spare.copy(&bytes, DECODED_LEN);
            self.state.non_ascii |= u32::from(!bytes.is_ascii());
            taken += ENCODED_LEN;
        }
        taken
    }
}

/// How many positions the list takes at once.
const UNROLL: usize = 4;

/// The block at `at`.
#[inline(always)]
fn block_at(padded: &PaddedChunk, at: u32) -> &[u8; BLOCK] {
    let at = at as usize;
    let block = padded.get(at..at + BLOCK);
    block.and_then(<[u8]>::first_chunk).unwrap_or(&[0; BLOCK])
}
