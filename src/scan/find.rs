//! The first or the last position of a byte, and how often it occurs.

#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

use super::block::{BLOCK, Scan, WithScan};
#[cfg(not(feature = "simd"))]
use super::portable::dispatch;
#[cfg(feature = "simd")]
use super::vector::dispatch;

/// The position of the first `needle`.
pub(crate) fn find(bytes: &[u8], needle: u8) -> Option<usize> {
    dispatch(Find { bytes, needle, last: false })
}

/// The position of the last `needle`.
pub(crate) fn rfind(bytes: &[u8], needle: u8) -> Option<usize> {
    dispatch(Find { bytes, needle, last: true })
}

struct Find<'b> {
    bytes: &'b [u8],
    needle: u8,
    last: bool,
}

impl WithScan for Find<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> Self::Output {
        let Find { bytes, needle, last } = self;
        if last { rfind_with(scan, bytes, needle) } else { find_with(scan, bytes, needle) }
    }
}

/// The position of the first `needle`, with the scanner at hand.
#[inline(always)]
pub(crate) fn find_with<S: Scan>(scan: S, bytes: &[u8], needle: u8) -> Option<usize> {
    let (blocks, tail) = bytes.as_chunks();
    for (index, block) in blocks.iter().enumerate() {
        let found = scan.find(block, needle);
        if found != 0 {
            return Some(index * BLOCK + found.trailing_zeros() as usize);
        }
    }
    let found = tail.iter().position(|&byte| byte == needle);
    found.map(|at| bytes.len() - tail.len() + at)
}

#[inline(always)]
fn rfind_with<S: Scan>(scan: S, bytes: &[u8], needle: u8) -> Option<usize> {
    let (head, blocks) = bytes.as_rchunks();
    for (index, block) in blocks.iter().enumerate().rev() {
        let found = scan.find(block, needle);
        if found != 0 {
            return Some(head.len() + index * BLOCK + found.ilog2() as usize);
        }
    }
    head.iter().rposition(|&byte| byte == needle)
}

/// How many `needle` there are.
#[inline(never)]
pub(crate) fn count(bytes: &[u8], needle: u8) -> usize {
    dispatch(Count { bytes, needle })
}

struct Count<'b> {
    bytes: &'b [u8],
    needle: u8,
}

impl WithScan for Count<'_> {
    type Output = usize;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> usize {
        let (blocks, tail) = self.bytes.as_chunks();
        let tail = tail.iter().map(|&byte| usize::from(byte == self.needle)).sum::<usize>();
        let found = blocks.iter().map(|block| scan.find(block, self.needle).count_ones() as usize);
        tail + found.sum::<usize>()
    }
}
