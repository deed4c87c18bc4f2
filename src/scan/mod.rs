//! Scanning: which bytes of a block the writer has to stop at. SIMD only finds them; what is to be
//! done there is decided in one place, byte by byte.

#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

mod portable;
#[cfg(any(test, fuzzing))]
pub(crate) mod tests;
#[cfg(feature = "simd")]
mod vector;

#[cfg(not(feature = "simd"))]
pub(crate) use portable::{baseline, dispatch};
#[cfg(feature = "simd")]
pub(crate) use vector::{baseline, dispatch};

/// How many bytes are looked at together.
pub(crate) const BLOCK: usize = 32;

/// How many bytes [`Scan::unescape`] takes, and how many it makes of them.
pub(crate) const ESCAPED: usize = 3 * UNESCAPED;
pub(crate) const UNESCAPED: usize = 16;

/// Finds bytes in blocks. A result has a bit for each byte, that of the first byte lowest.
pub(crate) trait Scan: Copy {
    /// What JSON escapes: `"`, `\`, what is below 0x20.
    fn escaped(self, block: &[u8; BLOCK]) -> u32;

    /// Whether all is ASCII that JSON does not escape.
    fn is_plain(self, block: &[u8; BLOCK]) -> bool;

    /// What JSON escapes, `&`, `=` and `escape`.
    fn stops(self, block: &[u8; BLOCK], escape: u8) -> u32;

    /// What is not ASCII.
    fn non_ascii(self, block: &[u8; BLOCK]) -> u32;

    /// What is `needle`.
    fn find(self, block: &[u8; BLOCK], needle: u8) -> u32;

    /// The 16 bytes that 16 `%XX` in a row stand for, unless there is anything else among them or
    /// JSON escapes one of the 16. A scanner may always find that there is.
    fn unescape(self, escaped: &[u8; ESCAPED]) -> Option<[u8; UNESCAPED]>;

    /// `block` with a space for each `space`.
    fn spaces(self, block: &[u8; BLOCK], space: u8) -> [u8; BLOCK];
}

/// What is to be done with the scanner that fits the machine.
pub(crate) trait Task {
    /// Its result.
    type Output;

    /// Does it.
    fn run<S: Scan>(self, scan: S) -> Self::Output;
}

/// Where the first `needle` is.
pub(crate) fn find(bytes: &[u8], needle: u8) -> Option<usize> {
    dispatch(Find { bytes, needle, last: false })
}

/// Where the last `needle` is.
pub(crate) fn rfind(bytes: &[u8], needle: u8) -> Option<usize> {
    dispatch(Find { bytes, needle, last: true })
}

struct Find<'b> {
    bytes: &'b [u8],
    needle: u8,
    last: bool,
}

impl Task for Find<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run<S: Scan>(self, scan: S) -> Self::Output {
        let Find { bytes, needle, last } = self;
        if last { self::last(scan, bytes, needle) } else { first(scan, bytes, needle) }
    }
}

/// Where the first `needle` is.
#[inline(always)]
pub(crate) fn first<S: Scan>(scan: S, bytes: &[u8], needle: u8) -> Option<usize> {
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

/// Where the last `needle` is.
#[inline(always)]
fn last<S: Scan>(scan: S, bytes: &[u8], needle: u8) -> Option<usize> {
    let (head, blocks) = bytes.as_rchunks();
    for (index, block) in blocks.iter().enumerate().rev() {
        let found = scan.find(block, needle);
        if found != 0 {
            return Some(head.len() + index * BLOCK + found.ilog2() as usize);
        }
    }
    head.iter().rposition(|&byte| byte == needle)
}
