//! Blocks with AVX-512. They have 63 bytes, since [`Slots`] takes 21 of them at a time.

use core::arch::x86_64::{
    __m512i, _mm512_mask_loadu_epi8, _mm512_permutex2var_epi8, _mm512_shuffle_epi8,
};

use fearless_simd::{Avx512, kernel, mask8x64, prelude::*, u8x64};

use super::slots::Slots;
use super::{Blocks, MOST, first, json_escaped};
use crate::buffer::{AllSpare, Spare, SpareBytes};
use crate::percent;

type Bytes = u8x64<Avx512>;
/// A mask in a register of its own kind.
type Mask = mask8x64<Avx512>;

impl Blocks for Avx512 {
    const BLOCK: usize = 63;
    const FEW: u32 = 0;

    #[inline(always)]
    fn load(self, text: &[u8], at: usize) -> Option<Bytes> {
        Some(load(self, text.get(at..)?))
    }

    #[inline(always)]
    fn look_up(self, x: Bytes, table: [u8; MOST]) -> Bytes {
        kernel!(
            // 0 where the highest bit is set.
            #[inline(always)]
            fn look_up(avx512: Avx512, table: __m512i, x: __m512i) -> __m512i {
                _mm512_shuffle_epi8(table, x)
            }
        );
        look_up(self, Bytes::simd_from(self, table).into(), x.into()).simd_into(self)
    }

    #[inline(always)]
    fn hex_values(self, x: Bytes) -> Bytes {
        kernel!(
            // Looks at the lowest seven bits of each byte of `x`.
            #[inline(always)]
            fn look_up(avx512: Avx512, low: __m512i, x: __m512i, high: __m512i) -> __m512i {
                _mm512_permutex2var_epi8(low, x, high)
            }
        );
        let [low, high] = HEX_VALUES;
        let (low, high) = (Bytes::simd_from(self, low), Bytes::simd_from(self, high));
        let values: Bytes = look_up(self, low.into(), x.into(), high.into()).simd_into(self);
        values | (x & 0x80)
    }

    #[inline(always)]
    fn every_third(self, bytes: &[u8; 3 * MOST], first: usize) -> Bytes {
        let ([a, b, c], _) = bytes.as_chunks() else { return Bytes::splat(self, 0) };
        let [a, b, c] =
            [Bytes::simd_from(self, *a), Bytes::simd_from(self, *b), Bytes::simd_from(self, *c)];
        let places = Bytes::simd_from(self, EVERY_THIRD[first]);
        let in_c = u64::MAX << ((2 * MOST + 2 - first) / 3);
        let in_c = Mask::from_bitmask(self, in_c);
        in_c.select(c.swizzle_dyn(places), a.concat_swizzle_dyn(b, places))
    }

    #[inline(always)]
    fn escaped(self, x: Bytes, own: u64) -> Mask {
        json_escaped(self, x) & Mask::from_bitmask(self, own)
    }

    #[inline(always)]
    fn write_pairs(
        self,
        spare: &mut AllSpare<'_>,
        json: Bytes,
        structural: u64,
        kept: u64,
        escaped: u64,
    ) -> Option<()> {
        let slots = Slots { avx512: self, x: json, structural, kept, escaped };
        spare.copy_all([slots.of_pairs(0), slots.of_pairs(1), slots.of_pairs(2)])
    }

    #[inline(always)]
    fn write_text<B: SpareBytes + ?Sized>(
        self,
        spare: &mut Spare<'_, B>,
        x: Bytes,
        kept: u64,
        escaped: u64,
    ) -> Option<()> {
        if escaped == 0 {
            let text = x.compress(Mask::from_bitmask(self, kept));
            return spare.copy_all([(text.into(), kept.count_ones() as usize)]);
        }
        let slots = Slots { avx512: self, x, structural: 0, kept, escaped };
        spare.copy_all([slots.of_text(0), slots.of_text(1)])
    }
}

/// The first block of `text`. Behind it comes a quote, as [`Slots`] needs it.
#[inline(always)]
fn load(avx512: Avx512, text: &[u8]) -> Bytes {
    #[inline]
    #[target_feature(enable = "avx512bw")]
    fn masked(avx512: Avx512, text: &[u8], behind: __m512i) -> __m512i {
        // SAFETY: the mask has a bit for each byte of `text` that is read, and no other is read.
        #[expect(unsafe_code, reason = "no safe method reads less than a vector")]
        unsafe {
            _mm512_mask_loadu_epi8(behind, first(avx512, text.len()), text.as_ptr().cast())
        }
    }
    kernel!(
        #[inline(always)]
        fn load(avx512: Avx512, text: &[u8], behind: __m512i) -> __m512i {
            masked(avx512, text, behind)
        }
    );
    load(avx512, text, Bytes::splat(avx512, b'"').into()).simd_into(avx512)
}

/// The values of the ASCII bytes as hexadecimal digits.
const HEX_VALUES: [[u8; MOST]; 2] = {
    let mut values = [[0; MOST]; 2];
    let mut byte = 0;
    while byte < 128 {
        values[byte / MOST][byte % MOST] = percent::HEX_VALUES[byte];
        byte += 1;
    }
    values
};

/// The places of every third byte: in the first two vectors, or else in the third.
#[expect(clippy::cast_possible_truncation, reason = "they are below 128")]
const EVERY_THIRD: [[u8; MOST]; 3] = {
    let mut every_third = [[0; MOST]; 3];
    let mut index = 0;
    while index < 3 * MOST {
        every_third[index % 3][index / 3] = (index % 128) as u8;
        index += 1;
    }
    every_third
};
