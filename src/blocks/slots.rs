//! Expanding a block to its JSON, with AVX-512.

use core::arch::x86_64::_pdep_u64;

use fearless_simd::{Avx512, kernel, mask8x64, prelude::*, u8x64};

use super::Blocks;

/// A block, and how each of its bytes is written.
///
/// Each byte gets three slots: for what JSON has before it, for itself, and for what JSON has after
/// it. A mask of slots, three bits a byte, says which are written: only the middle one of a plain byte;
/// all three of a structural byte, since `=` becomes `":"` and `&` becomes `","`; the first two of an
/// escape, such as `\n`; none of a byte that is not kept, such as a digit of a `%XX`. One instruction
/// moves the written slots together. A vector has room for the slots of 21 bytes, a third of a block.
///
/// Text without structural bytes gets two slots a byte, so that a vector has room for 32 bytes.
pub(crate) struct Slots {
    pub(crate) avx512: Avx512,
    /// The block, with `:` and `,` for its structural bytes and letters for the controls to escape.
    pub(crate) x: u8x64<Avx512>,
    pub(crate) structural: u64,
    pub(crate) kept: u64,
    pub(crate) escaped: u64,
}

/// A vector whose first bytes are to be written, and how many.
type Written = ([u8; 64], usize);

impl Slots {
    /// A third of the block.
    #[inline(always)]
    pub(crate) fn of_pairs(&self, third: usize) -> Written {
        let quotes = deposit(self.avx512, self.structural >> (THIRD * third), FIRST_OF_3) * 0b101;
        self.of_part(THIRD * third, FIRST_OF_3, quotes, SPREAD_3[third])
    }

    /// A half of the block, if nothing in it is structural.
    #[inline(always)]
    pub(crate) fn of_text(&self, half: usize) -> Written {
        self.of_part(HALF * half, FIRST_OF_2, 0, SPREAD_2[half])
    }

    /// The part of the block that begins at `from`.
    #[inline(always)]
    fn of_part(&self, from: usize, first: u64, quotes: u64, places: [u8; 64]) -> Written {
        let kept = deposit(self.avx512, self.kept >> from, first) << 1;
        let backslashes = deposit(self.avx512, self.escaped >> from, first);
        let backslash = u8x64::splat(self.avx512, b'\\');
        let bytes = self.x.swizzle_dyn(u8x64::simd_from(self.avx512, places));
        let slots = mask8x64::from_bitmask(self.avx512, backslashes).select(backslash, bytes);
        let mask = kept | backslashes | quotes;
        let written = slots.compress(mask8x64::from_bitmask(self.avx512, mask));
        (written.into(), mask.count_ones() as usize)
    }
}

kernel!(
    /// Puts the lowest bits of `bits` to the places that `mask` has.
    #[inline(always)]
    fn deposit(avx512: Avx512, bits: u64, mask: u64) -> u64 {
        _pdep_u64(bits, mask)
    }
);

const BLOCK: usize = Avx512::BLOCK;
/// How many bytes a third and a half have. The second half is one byte shorter.
const THIRD: usize = BLOCK / 3;
const HALF: usize = BLOCK.div_ceil(2);

/// The first slot of each byte of a part, as a mask of slots.
const FIRST_OF_3: u64 = 0o111_111_111_111_111_111_111;
const FIRST_OF_2: u64 = 0x5555_5555_5555_5555;

/// For each slot of a part, the place in the block of its byte, or of the quote.
const SPREAD_3: [[u8; 64]; 3] = spread(THIRD, 3);
const SPREAD_2: [[u8; 64]; 2] = spread(HALF, 2);

#[expect(clippy::cast_possible_truncation, reason = "a block has 63 bytes")]
const fn spread<const PARTS: usize>(len: usize, slots: usize) -> [[u8; 64]; PARTS] {
    let mut places = [[BLOCK as u8; 64]; PARTS];
    let mut byte = 0;
    while byte < BLOCK {
        places[byte / len][byte % len * slots + 1] = byte as u8;
        byte += 1;
    }
    places
}
