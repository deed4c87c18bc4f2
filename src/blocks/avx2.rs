//! Blocks with AVX2. A table says for each set of bytes among 8 where they and their quotes go.

use core::arch::x86_64::{
    __m128i, __m256i, _mm_shuffle_epi8, _mm256_shuffle_epi8, _mm256_unpackhi_epi64,
    _mm256_unpacklo_epi64, _pext_u32,
};

use fearless_simd::{Avx2, kernel, mask8x64, prelude::*, u8x16, u8x32, u8x64};

use super::{Blocks, MOST, json_escaped};
use crate::buffer::{AllSpare, Spare, SpareBytes};
use crate::scan::{every_third, hex_digit};

/// How many bytes are written together.
const GROUP: usize = 8;
const GROUPS: usize = MOST / GROUP;

impl Blocks for Avx2 {
    const BLOCK: usize = MOST;
    const FEW: u32 = 4;

    #[inline(always)]
    fn load(self, text: &[u8], at: usize) -> Option<u8x64<Self>> {
        if let Some(block) = text.get(at..)?.first_chunk() {
            return Some(u8x64::simd_from(self, *block));
        }
        // From memory to which its parts were just written it would come late.
        let last = text.len().checked_sub(16)?;
        let mut quarters = [u8x16::splat(self, 0); 4];
        for (index, quarter) in quarters.iter_mut().enumerate() {
            let begin = at + 16 * index;
            let loaded = begin.min(last);
            let bytes = text.get(loaded..)?.first_chunk::<16>()?;
            let missing = (begin - loaded).min(16);
            let places = u8x16::simd_from(self, *SHIFT[missing..].first_chunk()?);
            let spaces = u8x16::simd_from(self, *SPACES[missing..].first_chunk()?);
            *quarter = shuffle(self, u8x16::simd_from(self, *bytes), places) | spaces;
        }
        let [a, b, c, d] = quarters;
        Some(a.combine(b).combine(c.combine(d)))
    }

    #[inline(always)]
    fn look_up(self, x: u8x64<Self>, table: [u8; MOST]) -> u8x64<Self> {
        kernel!(
            // 0 where the highest bit is set.
            #[inline(always)]
            fn look_up(avx2: Avx2, table: __m256i, x: __m256i) -> __m256i {
                _mm256_shuffle_epi8(table, x)
            }
        );
        let (table, _) = u8x64::simd_from(self, table).split();
        let (low, high) = x.split();
        let low: u8x32<Self> = look_up(self, table.into(), low.into()).simd_into(self);
        let high: u8x32<Self> = look_up(self, table.into(), high.into()).simd_into(self);
        low.combine(high)
    }

    #[inline(always)]
    fn hex_values(self, x: u8x64<Self>) -> u8x64<Self> {
        let (value, is_digit) = hex_digit(x);
        is_digit.select(value, u8x64::splat(self, 0x80))
    }

    #[inline(always)]
    fn every_third(self, bytes: &[u8; 3 * MOST], first: usize) -> u8x64<Self> {
        let mut quarters = [u8x16::splat(self, 0); 4];
        for (quarter, bytes) in quarters.iter_mut().zip(bytes.as_chunks().0) {
            *quarter = every_third(self, bytes, first);
        }
        let [a, b, c, d] = quarters;
        a.combine(b).combine(c.combine(d))
    }

    #[inline(always)]
    fn escaped(self, x: u8x64<Self>, _: u64) -> mask8x64<Self> {
        // The spaces behind a text are not escaped.
        json_escaped(self, x)
    }

    #[inline(always)]
    fn write_pairs(
        self,
        spare: &mut AllSpare<'_>,
        json: u8x64<Self>,
        structural: u64,
        kept: u64,
        escaped: u64,
    ) -> Option<()> {
        let counts = count_ones(kept) + 2 * count_ones(structural);
        if escaped == 0
            && spare.copy_eight(expanded(self, json, &PAIRS, structural, kept), counts).is_some()
        {
            return Some(());
        }
        write_halves(self, spare, json, [structural, kept, escaped])
    }

    #[inline(always)]
    fn write_text<B: SpareBytes + ?Sized>(
        self,
        spare: &mut Spare<'_, B>,
        x: u8x64<Self>,
        kept: u64,
        escaped: u64,
    ) -> Option<()> {
        if escaped == 0 && kept == Self::ALL {
            return spare.copy_all([(x.into(), MOST)]);
        }
        if escaped == 0 {
            return spare.copy_eight(compressed(self, x, kept).map(Into::into), count_ones(kept));
        }
        let counts = count_ones(kept) + count_ones(escaped);
        spare.copy_eight(expanded(self, x, &TEXT, escaped, kept), counts)
    }
}

/// The groups of a block: the `kept` bytes of each, and quotes and backslashes from its ninth byte on.
#[inline(always)]
fn compressed(avx2: Avx2, x: u8x64<Avx2>, kept: u64) -> [u8x16<Avx2>; GROUPS] {
    let mut groups = groups(avx2, x);
    for (group, kept) in groups.iter_mut().zip(kept.to_le_bytes()) {
        *group = group.swizzle_dyn(u8x16::simd_from(avx2, COMPRESS[usize::from(kept)]));
    }
    groups
}

/// The same, expanded as `table` says for the bytes that are in `set`.
#[inline(always)]
fn expanded(
    avx2: Avx2,
    x: u8x64<Avx2>,
    table: &[[u8; 16]; 256],
    set: u64,
    kept: u64,
) -> [[u8; 16]; GROUPS] {
    let mut expanded = [[0; 16]; GROUPS];
    let groups = compressed(avx2, x, kept);
    let sets = set.to_le_bytes().into_iter().zip(kept.to_le_bytes());
    for (expanded, (group, (set, kept))) in expanded.iter_mut().zip(groups.iter().zip(sets)) {
        let expand = table[usize::from(extract(avx2, set, kept))];
        *expanded = group.swizzle_dyn(u8x16::simd_from(avx2, expand)).into();
    }
    expanded
}

/// Writes pairs four bytes at a time: 16 have room for the JSON of any four.
#[inline(always)]
fn write_halves(
    avx2: Avx2,
    spare: &mut AllSpare<'_>,
    json: u8x64<Avx2>,
    sets: [u64; 3],
) -> Option<()> {
    // Inlined, or with a reference to `spare`, it would take registers from what comes more often.
    #[cold]
    #[inline(never)]
    fn write(
        avx2: Avx2,
        mut spare: AllSpare<'_>,
        json: u8x64<Avx2>,
        sets: [u64; 3],
    ) -> (AllSpare<'_>, Option<()>) {
        avx2.vectorize(
            #[inline(always)]
            || {
                let is_written = spare.copy_all(halves(avx2, json, sets));
                (spare, is_written)
            },
        )
    }
    let is_written;
    (*spare, is_written) = write(avx2, spare.take(), json, sets);
    is_written
}

/// The JSON of each four bytes of a block, and its length. The sets are those of the structural bytes, of
/// those that are kept, and of those to escape.
#[inline(always)]
fn halves(avx2: Avx2, json: u8x64<Avx2>, sets: [u64; 3]) -> [([u8; 16], usize); 2 * GROUPS] {
    let [structural, kept, escaped] = sets.map(u64::to_le_bytes);
    let mut halves = [([0; 16], 0); 2 * GROUPS];
    let groups = compressed(avx2, json, sets[1]);
    for (index, ([low, high], &group)) in
        halves.as_chunks_mut().0.iter_mut().zip(&groups).enumerate()
    {
        let structural = extract(avx2, structural[index], kept[index]);
        let escaped = extract(avx2, escaped[index], kept[index]);
        let kept = kept[index].count_ones();
        *low = half(avx2, group, structural & 0xF, escaped & 0xF, kept.min(4));
        let second = group.swizzle_dyn(u8x16::simd_from(avx2, SECOND_HALF));
        *high = half(avx2, second, structural >> 4, escaped >> 4, kept.saturating_sub(4));
    }
    halves
}

/// The JSON of the first four bytes of a group, of which `kept` are there, and its length.
#[inline(always)]
fn half(
    avx2: Avx2,
    group: u8x16<Avx2>,
    structural: u8,
    escaped: u8,
    kept: u32,
) -> ([u8; 16], usize) {
    let expand = u8x16::simd_from(avx2, HALF_PAIRS[usize::from(structural | escaped << 4)]);
    let len = kept + 2 * structural.count_ones() + escaped.count_ones();
    (group.swizzle_dyn(expand).into(), len as usize)
}

/// The groups of a block, each with quotes and backslashes behind it.
#[inline(always)]
fn groups(avx2: Avx2, x: u8x64<Avx2>) -> [u8x16<Avx2>; GROUPS] {
    let mut groups = [u8x16::splat(avx2, 0); GROUPS];
    let (low, high) = x.split();
    groups[..GROUPS / 2].copy_from_slice(&four_groups(avx2, low));
    groups[GROUPS / 2..].copy_from_slice(&four_groups(avx2, high));
    groups
}

#[inline(always)]
fn four_groups(avx2: Avx2, x: u8x32<Avx2>) -> [u8x16<Avx2>; GROUPS / 2] {
    kernel!(
        #[inline(always)]
        fn with_behind(avx2: Avx2, x: __m256i, behind: __m256i) -> [__m256i; 2] {
            [_mm256_unpacklo_epi64(x, behind), _mm256_unpackhi_epi64(x, behind)]
        }
    );
    let behind = u8x32::block_splat(u8x16::simd_from(avx2, BEHIND));
    let [even, odd] = with_behind(avx2, x.into(), behind.into());
    let (even, odd): (u8x32<Avx2>, u8x32<Avx2>) = (even.simd_into(avx2), odd.simd_into(avx2));
    let ((first, third), (second, fourth)) = (even.split(), odd.split());
    [first, second, third, fourth]
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// How many bits each byte of `mask` has, as a byte of its own.
#[inline(always)]
fn count_ones(mask: u64) -> u64 {
    let of_two = mask - (mask >> 1 & (ONES * 0x55));
    let of_four = (of_two & (ONES * 0x33)) + (of_two >> 2 & (ONES * 0x33));
    (of_four + (of_four >> 4)) & (ONES * 0x0F)
}

/// The bytes of `x` at `places`; 0 for a place that has its highest bit set.
#[inline(always)]
fn shuffle(avx2: Avx2, x: u8x16<Avx2>, places: u8x16<Avx2>) -> u8x16<Avx2> {
    kernel!(
        #[inline(always)]
        fn shuffle(avx2: Avx2, x: __m128i, places: __m128i) -> __m128i {
            _mm_shuffle_epi8(x, places)
        }
    );
    shuffle(avx2, x.into(), places.into()).simd_into(avx2)
}

kernel!(
    /// Moves the bits of `bits` that `mask` has to the lowest places.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "there are no more than in `mask`")]
    fn extract(avx2: Avx2, bits: u8, mask: u8) -> u8 {
        _pext_u32(bits.into(), mask.into()) as u8
    }
);

/// What is behind the bytes of a group.
const BEHIND: [u8; 16] = *b"\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\";
/// The places of a quote and of a backslash.
const QUOTE: u8 = 8;
const BACKSLASH: u8 = 9;

/// For each set of structural bytes of a group, where its JSON comes from, as far as there is room.
const PAIRS: [[u8; 16]; 256] = expand(8, 0xFF, 8);
/// For each set of escaped bytes of a group.
const TEXT: [[u8; 16]; 256] = expand(8, 0, 0);
/// For each set of structural bytes among four, and of escaped bytes in the bits above.
const HALF_PAIRS: [[u8; 16]; 256] = expand(4, 0xF, 4);

/// For each index, where the JSON of `len` bytes comes from. Of an index, `structural` are the bits of the structural
/// bytes, and those from `escaped` on are the escaped bytes'.
const fn expand(len: u8, structural: usize, escaped: u32) -> [[u8; 16]; 256] {
    let mut expand = [[0; 16]; 256];
    let mut index = 0;
    while index < 256 {
        expand[index] = places(len, index & structural, index >> escaped);
        index += 1;
    }
    expand
}

/// Where the JSON of `len` bytes comes from, as far as there is room.
const fn places(len: u8, structural: usize, escaped: usize) -> [u8; 16] {
    let (mut places, mut written) = ([0; 16], 0);
    let mut place = 0;
    while place < len {
        let is_structural = structural >> place & 1 == 1;
        let is_escaped = escaped >> place & 1 == 1;
        let parts = [
            (is_structural, QUOTE),
            (is_escaped, BACKSLASH),
            (true, place),
            (is_structural, QUOTE),
        ];
        let mut part = 0;
        while part < parts.len() {
            let (is_written, from) = parts[part];
            if is_written && written < 16 {
                places[written] = from;
                written += 1;
            }
            part += 1;
        }
        place += 1;
    }
    places
}

/// For each set of bytes of a group that are kept, their places, and those of what is behind it.
const COMPRESS: [[u8; 16]; 256] = {
    let mut compress = [[0, 0, 0, 0, 0, 0, 0, 0, 8, 9, 10, 11, 12, 13, 14, 15]; 256];
    let mut kept = 0;
    while kept < 256 {
        let (mut place, mut len) = (0, 0);
        while place < 8 {
            if kept >> place & 1 == 1 {
                compress[kept][len] = place;
                len += 1;
            }
            place += 1;
        }
        kept += 1;
    }
    compress
};

/// From each place on, the places of what is left of 16 bytes.
const SHIFT: [u8; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 128, 128, 128, 128, 128, 128, 128, 128,
    128, 128, 128, 128, 128, 128, 128, 128,
];
/// From each place on, spaces for what is not.
const SPACES: [u8; 32] = *b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0                ";

/// The second four bytes of a group, with what is behind it.
const SECOND_HALF: [u8; 16] = [4, 5, 6, 7, 0, 0, 0, 0, 8, 9, 10, 11, 12, 13, 14, 15];
