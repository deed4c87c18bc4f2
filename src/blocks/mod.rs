//! Writing whole blocks of text as JSON: what becomes of a block is decided in registers, without a loop
//! over its bytes.
//!
//! A mask has one bit for each byte of a block, the lowest for the first.

#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

mod avx2;
mod avx512;
mod slots;

use fearless_simd::{Simd, mask8x64, prelude::*, u8x64};

use crate::buffer::{AllSpare, Spare, SpareBytes};
use crate::escape::escape;

/// How many bytes a block has at most.
pub(crate) const MOST: usize = 64;

/// SIMD that writes whole blocks.
pub(crate) trait Blocks: Simd {
    /// How many bytes a block has.
    const BLOCK: usize;
    /// The mask of all of them.
    const ALL: u64 = u64::MAX >> (MOST - Self::BLOCK);
    /// Up to how many `%XX` in a block of text are faster to decode one by one.
    const FEW: u32;

    /// The block at `at` of `text`. Behind its end come bytes that mean nothing. `None` if there are too
    /// few bytes before it.
    fn load(self, text: &[u8], at: usize) -> Option<u8x64<Self>>;

    /// The entry of `table` for the lowest four bits of each ASCII byte; 0 for any other byte.
    fn look_up(self, x: u8x64<Self>, table: [u8; MOST]) -> u8x64<Self>;

    /// The value of each hexadecimal digit; at least 0x80 for any other byte.
    fn hex_values(self, x: u8x64<Self>) -> u8x64<Self>;

    /// Every third byte, from the first, the second or the third on.
    fn every_third(self, bytes: &[u8; 3 * MOST], first: usize) -> u8x64<Self>;

    /// The bytes of the block `x` that JSON escapes; `own` are those of its text.
    fn escaped(self, x: u8x64<Self>, own: u64) -> mask8x64<Self>;

    /// Appends the `kept` bytes of `json`, a block with `:` and `,` for its `structural` bytes: each of these
    /// between quotes, and a backslash before each that is `escaped`, which is the letter of its control.
    /// `None`, and nothing is written, if there is no room.
    fn write_pairs(
        self,
        spare: &mut AllSpare<'_>,
        json: u8x64<Self>,
        structural: u64,
        kept: u64,
        escaped: u64,
    ) -> Option<()>;

    /// The same for a block without structural bytes.
    fn write_text<B: SpareBytes + ?Sized>(
        self,
        spare: &mut Spare<'_, B>,
        x: u8x64<Self>,
        kept: u64,
        escaped: u64,
    ) -> Option<()>;
}

/// The mask of the first `len` bytes of a block.
#[inline(always)]
pub(crate) fn first<S: Blocks>(_: S, len: usize) -> u64 {
    S::ALL >> (S::BLOCK - len.min(S::BLOCK))
}

/// For each byte of the block at `at` of `text`, the byte after it, and the one after that.
#[inline(always)]
pub(crate) fn next_two<S: Blocks>(simd: S, text: &[u8], at: usize) -> Option<[u8x64<S>; 2]> {
    if let Some([_, two @ ..]) = text.get(at..)?.first_chunk::<{ MOST + 2 }>()
        && let ([next @ .., _], [_, second @ ..]) = (two, two)
    {
        return Some([u8x64::simd_from(simd, *next), u8x64::simd_from(simd, *second)]);
    }
    Some([simd.load(text, at + 1)?, simd.load(text, at + 2)?])
}

/// The bytes that JSON escapes.
#[inline(always)]
pub(crate) fn json_escaped<S: Blocks>(simd: S, x: u8x64<S>) -> mask8x64<S> {
    below_0x20_or_in(simd, x, ESCAPED).simd_lt(0x20)
}

/// Below 0x20 for each byte that is, and for each that is an entry of `table`.
#[inline(always)]
pub(crate) fn below_0x20_or_in<S: Blocks>(simd: S, x: u8x64<S>, table: [u8; MOST]) -> u8x64<S> {
    let difference = x ^ simd.look_up(x, table);
    x.min(difference.saturating_add(0x1F))
}

/// Replaces each control that has a letter by it. `None` if one of the `escaped` bytes is a control
/// without a letter.
#[inline(always)]
pub(crate) fn with_letters<S: Blocks>(
    simd: S,
    x: u8x64<S>,
    escaped: mask8x64<S>,
) -> Option<u8x64<S>> {
    let has_letter = simd.look_up(x, CONTROLS).simd_eq(x);
    let has_none = escaped & x.simd_lt(0x20) & !has_letter;
    (!has_none.any_true()).then(|| has_letter.select(simd.look_up(x, LETTERS), x))
}

/// Appends the text of a JSON string, without its quotes. `None` if some of it is not ASCII or a
/// control without a letter, or if it is too short; part of it may be written then.
#[inline(always)]
pub(crate) fn write_ascii<S: Blocks>(simd: S, spare: &mut Spare<'_>, text: &[u8]) -> Option<()> {
    let mut at = 0;
    while at < text.len() {
        let x = simd.load(text, at)?;
        let len = (text.len() - at).min(S::BLOCK);
        let own = first(simd, len);
        let escaped = simd.escaped(x, own);
        let non_ascii = x.simd_ge(0x80);
        if !(escaped | non_ascii).any_true() {
            spare.copy_all([(x.into(), len)])?;
        } else if !non_ascii.any_true() {
            simd.write_text(spare, with_letters(simd, x, escaped)?, own, escaped.to_bitmask())?;
        } else {
            return None;
        }
        at += len;
    }
    Some(())
}

/// A table for [`look_up`](Blocks::look_up): for each byte its entry. The other entries are no ASCII byte.
pub(crate) const fn table<const N: usize>(entries: [(u8, u8); N]) -> [u8; MOST] {
    let mut table = [0xFF; MOST];
    let mut index = 0;
    while index < 4 * N {
        let (byte, entry) = entries[index / 4];
        table[16 * (index % 4) + (byte & 0xF) as usize] = entry;
        index += 1;
    }
    table
}

const ESCAPED: [u8; MOST] = table([(b'"', b'"'), (b'\\', b'\\')]);
/// The controls that have a letter.
const CONTROLS: [u8; MOST] = with_letter(false);
/// Their letters.
const LETTERS: [u8; MOST] = with_letter(true);

const fn with_letter(letters: bool) -> [u8; MOST] {
    let mut entries = [(0, 0xFF); 16];
    let mut control = 0;
    while control < 0x10 {
        let (bytes, len) = escape(control);
        if len == 2 {
            entries[control as usize] = (control, if letters { bytes[1] } else { control });
        } else {
            entries[control as usize] = (control, 0xFF);
        }
        control += 1;
    }
    table(entries)
}
