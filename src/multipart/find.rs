//! Finding the next delimiter, `\n--boundary`. The caller looks for the CR before it.

#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

use core::ops::Range;

use crate::scan::{BLOCK, Scan, WithScan, baseline, dispatch};

/// The start of each delimiter. The first of a body lacks the line end.
const START: &[u8; 3] = b"\n--";

/// RFC 2046, section 5.1.1.
pub(super) const MAX_BOUNDARY: usize = 70;

/// The text before each boundary, and the boundary.
#[derive(Clone, Copy)]
pub(super) struct Delimiter {
    bytes: [u8; START.len() + MAX_BOUNDARY],
    len: usize,
}

impl Delimiter {
    /// `None` if the boundary is too long.
    pub(super) fn new(boundary: &[u8]) -> Option<Self> {
        let mut bytes = [0; _];
        let len = START.len() + boundary.len();
        let (start, rest) = bytes.get_mut(..len)?.split_first_chunk_mut()?;
        *start = *START;
        rest.copy_from_slice(boundary);
        Some(Delimiter { bytes, len })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The first delimiter of a body has no line before it that it could end.
    pub(super) fn first(&self) -> &[u8] {
        self.bytes.get(1..self.len).unwrap_or_default()
    }

    /// The position of the first delimiter in `bytes`.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<usize> {
        let delimiter = self.as_bytes();
        baseline(FindIn { bytes, range: 0..SHORT, delimiter }).or_else(|| {
            let bytes = bytes.get(SHORT..)?;
            dispatch(Find { bytes, delimiter }).map(|at| SHORT + at)
        })
    }
}

/// Most fields end before this, and to detect the processor's features takes longer than to search so far.
const SHORT: usize = 256;

struct FindIn<'b> {
    bytes: &'b [u8],
    range: Range<usize>,
    delimiter: &'b [u8],
}

impl WithScan for FindIn<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> Self::Output {
        find_in(scan, self.bytes, self.range, self.delimiter)
    }
}

struct Find<'b> {
    bytes: &'b [u8],
    delimiter: &'b [u8],
}

/// How many blocks are looked at together.
const BLOCKS: usize = 16;

impl WithScan for Find<'_> {
    type Output = Option<usize>;

    /// Looks for the first and the last byte of the delimiter at once: either is common in some text, both at this
    /// distance are not.
    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> Self::Output {
        let Find { bytes, delimiter } = self;
        let (last, before_last) = delimiter.split_last()?;
        let ends = bytes.get(before_last.len()..)?;
        let (start_groups, _) = bytes.as_chunks::<{ BLOCKS * BLOCK }>();
        let (end_groups, _) = ends.as_chunks::<{ BLOCKS * BLOCK }>();
        let mut at = 0;
        for (starts, ends) in start_groups.iter().zip(end_groups) {
            // 0 where both are equal. The compiler makes vectors of this.
            let differences =
                starts.iter().zip(ends).map(|(start, end)| start ^ b'\n' | end ^ last);
            if differences.fold(u8::MAX, u8::min) == 0
                && let Some(found) = find_in(scan, bytes, at..at + BLOCKS * BLOCK, delimiter)
            {
                return Some(found);
            }
            at += BLOCKS * BLOCK;
        }
        find_in(scan, bytes, at..ends.len(), delimiter)
    }
}

/// The position of the first delimiter that begins in `range`, which may go beyond `bytes`.
#[inline(always)]
fn find_in<S: Scan>(scan: S, bytes: &[u8], range: Range<usize>, delimiter: &[u8]) -> Option<usize> {
    let is_at = |at: &usize| bytes.get(*at..).is_some_and(|bytes| bytes.starts_with(delimiter));
    let (last, before_last) = delimiter.split_last()?;
    let Range { mut start, end } = range;
    while start < end {
        let block = |offset| bytes.get(start + offset..).and_then(<[u8]>::first_chunk);
        let Some(ends) = block(before_last.len()) else { break };
        let mut found = scan.find(ends, *last);
        for (offset, byte) in START.iter().enumerate() {
            found &= scan.find(block(offset)?, *byte);
        }
        while found != 0 {
            let at = start + found.trailing_zeros() as usize;
            if is_at(&at) {
                return Some(at);
            }
            found &= found - 1;
        }
        start += BLOCK;
    }
    (start..end).find(is_at)
}

/// The position of the first CR or LF.
pub(super) fn line_end(bytes: &[u8]) -> Option<usize> {
    baseline(LineEnd(bytes))
}

struct LineEnd<'b>(&'b [u8]);

impl WithScan for LineEnd<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> Self::Output {
        let (blocks, tail) = self.0.as_chunks();
        for (index, block) in blocks.iter().enumerate() {
            let found = scan.find(block, b'\r') | scan.find(block, b'\n');
            if found != 0 {
                return Some(index * BLOCK + found.trailing_zeros() as usize);
            }
        }
        let at = tail.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
        Some(blocks.len() * BLOCK + at)
    }
}
