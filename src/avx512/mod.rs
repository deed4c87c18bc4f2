//! JSON text with AVX-512: what becomes of a block is decided in registers, without a loop over its
//! bytes, and written by [`Slots`].
//!
//! A block has 63 bytes, since [`Slots`] takes 21 of them at a time. A mask has one bit for each, the
//! lowest for the first.

#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

mod slots;

use core::arch::x86_64::{
    __m512i, _mm512_mask_loadu_epi8, _mm512_permutex2var_epi8, _mm512_shuffle_epi8,
};

use fearless_simd::{Avx512, kernel, mask8x64, prelude::*, u8x64};

pub(crate) use self::slots::Slots;
use crate::buffer::{Spare, SpareBytes};
use crate::{json, percent};

/// How many bytes a block has.
pub(crate) const BLOCK: usize = 63;
/// The mask of all bytes of a block.
pub(crate) const ALL: u64 = u64::MAX >> 1;

pub(crate) type Bytes = u8x64<Avx512>;
/// A mask in a register of its own kind.
pub(crate) type Mask = mask8x64<Avx512>;

/// The mask of the first bytes of a block that are `text`.
#[inline(always)]
pub(crate) fn own_bytes(text: &[u8]) -> u64 {
    ALL >> (BLOCK - text.len().min(BLOCK))
}

/// The first block of `text`, with `behind` in the places behind it.
#[inline(always)]
pub(crate) fn load(avx512: Avx512, text: &[u8], behind: u8) -> Bytes {
    #[inline]
    #[target_feature(enable = "avx512bw")]
    fn masked(text: &[u8], behind: __m512i) -> __m512i {
        // SAFETY: the mask has a bit for each byte of `text` that is read, and no other is read.
        #[expect(unsafe_code, reason = "no safe method reads less than a vector")]
        unsafe {
            _mm512_mask_loadu_epi8(behind, own_bytes(text), text.as_ptr().cast())
        }
    }
    kernel!(
        #[inline(always)]
        fn load(avx512: Avx512, text: &[u8], behind: __m512i) -> __m512i {
            masked(text, behind)
        }
    );
    load(avx512, text, Bytes::splat(avx512, behind).into()).simd_into(avx512)
}

/// For each byte of the first block of `text`, the byte after it, and the one after that.
#[inline(always)]
pub(crate) fn next_two(avx512: Avx512, text: &[u8]) -> (Bytes, Bytes) {
    if let Some(block @ [_, next @ .., _]) = text.first_chunk::<{ BLOCK + 3 }>()
        && let [_, _, second @ ..] = block
    {
        return (Bytes::simd_from(avx512, *next), Bytes::simd_from(avx512, *second));
    }
    let from = |at: usize| text.get(at..).unwrap_or_default();
    (load(avx512, from(1), 0), load(avx512, from(2), 0))
}

/// The bytes that JSON escapes.
#[inline(always)]
pub(crate) fn json_escaped(avx512: Avx512, x: Bytes) -> Mask {
    below_0x20_or_in(avx512, x, ESCAPED).simd_lt(0x20)
}

/// Below 0x20 for each byte that is, and for each that is an entry of `table`.
#[inline(always)]
pub(crate) fn below_0x20_or_in(avx512: Avx512, x: Bytes, table: [u8; 64]) -> Bytes {
    let difference = x ^ look_up(avx512, x, table);
    x.min(difference.saturating_add(0x1F))
}

/// Replaces each control that has a letter by it. `None` if one of the `escaped` bytes is a control
/// without a letter.
#[inline(always)]
pub(crate) fn with_letters(avx512: Avx512, x: Bytes, escaped: Mask) -> Option<Bytes> {
    let has_letter = look_up(avx512, x, CONTROLS).simd_eq(x);
    let has_none = escaped & x.simd_lt(0x20) & !has_letter;
    (!has_none.any_true()).then(|| has_letter.select(look_up(avx512, x, LETTERS), x))
}

/// The value of each hexadecimal digit; at least 0x80 for any other byte.
#[inline(always)]
pub(crate) fn hex_values(avx512: Avx512, x: Bytes) -> Bytes {
    kernel!(
        // Looks at the lowest seven bits of each byte of `x`.
        #[inline(always)]
        fn look_up(avx512: Avx512, low: __m512i, x: __m512i, high: __m512i) -> __m512i {
            _mm512_permutex2var_epi8(low, x, high)
        }
    );
    let [low, high] = HEX_VALUES;
    let (low, high) = (Bytes::simd_from(avx512, low), Bytes::simd_from(avx512, high));
    let values: Bytes = look_up(avx512, low.into(), x.into(), high.into()).simd_into(avx512);
    values | (x & 0x80)
}

/// Appends the text of a JSON string, without its quotes. `None` if some of it is not ASCII or a
/// control without a letter; part of it may be written then.
#[inline(always)]
pub(crate) fn write_ascii(avx512: Avx512, spare: &mut Spare<'_>, mut text: &[u8]) -> Option<()> {
    while !text.is_empty() {
        let x = load(avx512, text, b' ');
        let len = text.len().min(BLOCK);
        let escaped = json_escaped(avx512, x);
        let non_ascii = x.simd_ge(0x80);
        if !(escaped | non_ascii).any_true() {
            spare.copy_all([(x.into(), len)])?;
        } else if !non_ascii.any_true() {
            write_escaped(avx512, spare, x, own_bytes(text), escaped)?;
        } else {
            return None;
        }
        text = text.get(len..).unwrap_or_default();
    }
    Some(())
}

/// Appends the `kept` bytes of the block `x` as text of a JSON string. `None`, and nothing is written,
/// if one of the `escaped` bytes is a control without a letter, or if there is no room.
#[inline(always)]
pub(crate) fn write_escaped<B: SpareBytes + ?Sized>(
    avx512: Avx512,
    spare: &mut Spare<'_, B>,
    x: Bytes,
    kept: u64,
    escaped: Mask,
) -> Option<()> {
    let x = with_letters(avx512, x, escaped)?;
    let slots = Slots { avx512, x, structural: 0, kept, escaped: escaped.to_bitmask() };
    spare.copy_all([slots.of_text(0), slots.of_text(1)])
}

/// The entry of `table` for the lowest four bits of each ASCII byte; 0 for any other byte.
#[inline(always)]
pub(crate) fn look_up(avx512: Avx512, x: Bytes, table: [u8; 64]) -> Bytes {
    kernel!(
        // 0 where the highest bit is set.
        #[inline(always)]
        fn look_up(avx512: Avx512, table: __m512i, x: __m512i) -> __m512i {
            _mm512_shuffle_epi8(table, x)
        }
    );
    look_up(avx512, Bytes::simd_from(avx512, table).into(), x.into()).simd_into(avx512)
}

/// A table for [`look_up`]: for each byte its entry. The other entries are no ASCII byte.
pub(crate) const fn table<const N: usize>(entries: [(u8, u8); N]) -> [u8; 64] {
    let mut table = [0xFF; 64];
    let mut index = 0;
    while index < 4 * N {
        let (byte, entry) = entries[index / 4];
        table[16 * (index % 4) + (byte & 0xF) as usize] = entry;
        index += 1;
    }
    table
}

const ESCAPED: [u8; 64] = table([(b'"', b'"'), (b'\\', b'\\')]);
/// The controls that have a letter.
const CONTROLS: [u8; 64] = with_letter(false);
/// Their letters.
const LETTERS: [u8; 64] = with_letter(true);

const fn with_letter(letters: bool) -> [u8; 64] {
    let mut entries = [(0, 0xFF); 16];
    let mut control = 0;
    while control < 0x10 {
        let (escape, len) = json::escape(control);
        if len == 2 {
            entries[control as usize] = (control, if letters { escape[1] } else { control });
        } else {
            entries[control as usize] = (control, 0xFF);
        }
        control += 1;
    }
    table(entries)
}

/// The values of the ASCII bytes as hexadecimal digits.
const HEX_VALUES: [[u8; 64]; 2] = {
    let mut values = [[0; 64]; 2];
    let mut byte = 0;
    while byte < 128 {
        values[byte / 64][byte % 64] = percent::HEX_VALUES[byte];
        byte += 1;
    }
    values
};
