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
