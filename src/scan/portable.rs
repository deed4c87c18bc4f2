//! Without SIMD: eight bytes at a time, as the lanes of an ordinary integer.

#[cfg(not(feature = "simd"))]
use super::Task;
use super::{BLOCK, ESCAPED, Scan, UNESCAPED};

/// The scanner that every machine can run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

/// Runs `task`.
#[cfg(not(feature = "simd"))]
pub(crate) fn baseline<T: Task>(task: T) -> T::Output {
    task.run(Portable)
}

/// Runs `task`.
#[cfg(not(feature = "simd"))]
pub(crate) fn dispatch<T: Task>(task: T) -> T::Output {
    task.run(Portable)
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
const fn escaped(word: u64) -> u64 {
    below(word, 0x20) | equal(word, b'"') | equal(word, b'\\')
}

impl Scan for Portable {
    #[inline(always)]
    fn escaped(self, block: &[u8; BLOCK]) -> u32 {
        bits(block, escaped)
    }

    #[inline(always)]
    fn is_plain(self, block: &[u8; BLOCK]) -> bool {
        let words = block.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
        words.fold(0, |seen, word| seen | escaped(word) | (word & HIGH)) == 0
    }

    #[inline(always)]
    fn stops(self, block: &[u8; BLOCK], escape: u8) -> u32 {
        bits(block, |word| {
            escaped(word) | equal(word, b'&') | equal(word, b'=') | equal(word, escape)
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
    fn spaces(self, block: &[u8; BLOCK], space: u8) -> [u8; BLOCK] {
        let mut block = *block;
        for word in block.as_chunks_mut().0 {
            let bytes = u64::from_le_bytes(*word);
            let spaces = equal(bytes, space) >> 7;
            *word = (bytes ^ (spaces * u64::from(space ^ b' '))).to_le_bytes();
        }
        block
    }

    #[inline(always)]
    fn unescape(self, _: &[u8; ESCAPED]) -> Option<[u8; UNESCAPED]> {
        // One by one is as fast.
        None
    }
}
