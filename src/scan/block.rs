//! The interface of scanners.

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use fearless_simd::{Avx2, Avx512};

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use crate::blocks::Blocks;

/// How many bytes a scanner looks at together.
pub(crate) const BLOCK: usize = 32;

/// How many bytes [`Scan::percent_decode`] takes.
pub(crate) const ENCODED_LEN: usize = 3 * DECODED_LEN;
/// How many bytes [`Scan::percent_decode`] returns.
pub(crate) const DECODED_LEN: usize = 16;

/// Finds bytes in blocks. A mask has one bit for each byte, the lowest for the first.
pub(crate) trait Scan: Copy {
    /// AVX-512, for work that has a way of its own with it.
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn avx512(self) -> Option<Avx512> {
        None
    }

    /// AVX2, for such work too.
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    fn avx2(self) -> Option<Avx2> {
        None
    }

    /// The bytes that JSON escapes: `"`, `\` and everything below 0x20.
    fn json_escaped(self, block: &[u8; BLOCK]) -> u32;

    /// Whether all bytes are ASCII and JSON escapes none of them.
    fn is_plain(self, block: &[u8; BLOCK]) -> bool;

    /// The structural positions: `&`, `=`, `percent` and the bytes that JSON escapes.
    fn structurals(self, block: &[u8; BLOCK], percent: u8) -> u32;

    /// The bytes that are not ASCII.
    fn non_ascii(self, block: &[u8; BLOCK]) -> u32;

    /// The bytes equal to `needle`.
    fn find(self, block: &[u8; BLOCK], needle: u8) -> u32;

    /// Decodes 16 `%XX` in a row. `None` if there is anything else among them, or if JSON escapes one
    /// of the 16 bytes; a scanner may always return `None`.
    fn percent_decode(self, encoded: &[u8; ENCODED_LEN]) -> Option<[u8; DECODED_LEN]>;

    /// `block` with a space in the place of each `plus`.
    fn plus_to_space(self, block: &[u8; BLOCK], plus: u8) -> [u8; BLOCK];
}

/// Work that runs with the scanner that [`dispatch`](super::dispatch) or
/// [`baseline`](super::baseline) chooses.
pub(crate) trait WithScan: Sized {
    type Output;

    fn with_scan<S: Scan>(self, scan: S) -> Self::Output;

    /// Runs with SIMD that writes blocks. Work that has a way of its own with it overrides this.
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    #[inline]
    fn with_blocks<S: Blocks>(self, simd: S, scan: impl Scan) -> Self::Output {
        simd.vectorize(
            #[inline(always)]
            || self.with_scan(scan),
        )
    }
}
