//! Without SIMD: eight bytes at a time, as the lanes of a 64-bit integer.

#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

#[cfg(not(feature = "simd"))]
use super::block::WithScan;
use super::block::{BLOCK, DECODED_LEN, ENCODED_LEN, Scan};

/// The scanner that every machine can run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

#[cfg(not(feature = "simd"))]
pub(crate) fn baseline<T: WithScan>(work: T) -> T::Output {
    work.with_scan(Portable)
}

#[cfg(not(feature = "simd"))]
pub(crate) fn dispatch<T: WithScan>(work: T) -> T::Output {
    work.with_scan(Portable)
}

const LANES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * LANES;

/// The high bit of each lane of `word` that is below `limit`, at most 0x80; other bits are 0.
#[inline(always)]
const fn below(word: u64, limit: u64) -> u64 {
    // Without the high bits no lane borrows from the next.
    !(((word | HIGH) - limit * LANES) | word) & HIGH
}

/// The high bit of each lane of `word` that is `byte`; other bits are 0.
#[inline(always)]
const fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (byte as u64 * LANES), 1)
}

/// The high bits of all lanes of all words that `class` returns, side by side.
#[inline(always)]
fn bits(block: &[u8; BLOCK], class: impl Fn(u64) -> u64) -> u32 {
    let (words, _) = block.as_chunks();
    words.iter().rev().fold(0, |bits, word| {
        // Each lane's bit is moved to a place of its own in the highest byte.
        let lanes = class(u64::from_le_bytes(*word)) >> 7;
        bits << 8 | (lanes.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
    })
}

/// The high bit of each lane of `word` that JSON escapes; other bits are 0.
#[inline(always)]
const fn json_escaped(word: u64) -> u64 {
    below(word, 0x20) | equal(word, b'"') | equal(word, b'\\')
}

impl Scan for Portable {
    #[inline(always)]
    fn json_escaped(self, block: &[u8; BLOCK]) -> u32 {
        bits(block, json_escaped)
    }

    #[inline(always)]
    fn is_plain(self, block: &[u8; BLOCK]) -> bool {
        let words = block.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
        words.fold(0, |seen, word| seen | json_escaped(word) | (word & HIGH)) == 0
    }

    #[inline(always)]
    fn structurals(self, block: &[u8; BLOCK], percent: u8) -> u32 {
        bits(block, |word| {
            json_escaped(word) | equal(word, b'&') | equal(word, b'=') | equal(word, percent)
        })
    }

    #[inline(always)]
    fn non_ascii(self, block: &[u8; BLOCK]) -> u32 {
        bits(block, |word| word & HIGH)
    }

    #[inline(always)]
    fn find(self, block: &[u8; BLOCK], needle: u8) -> u32 {
        bits(block, |word| equal(word, needle))
    }

    #[inline(always)]
    fn plus_to_space(self, block: &[u8; BLOCK], plus: u8) -> [u8; BLOCK] {
        let mut block = *block;
        for word in block.as_chunks_mut().0 {
            let bytes = u64::from_le_bytes(*word);
            let spaces = equal(bytes, plus) >> 7;
            *word = (bytes ^ (spaces * u64::from(plus ^ b' '))).to_le_bytes();
        }
        block
    }

    #[inline(always)]
    fn percent_decode(self, _: &[u8; ENCODED_LEN]) -> Option<[u8; DECODED_LEN]> {
        // Decoding byte by byte is as fast.
        None
    }
}
