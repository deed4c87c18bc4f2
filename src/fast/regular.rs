//! The regular part of a body, with AVX-512: written block by block.

use fearless_simd::{Avx512, prelude::*};

use super::chunk::{SegmentState, State};
use super::decoding::Decoding;
use crate::avx512::{
    ALL, BLOCK, Bytes, Mask, Slots, below_0x20_or_in, hex_values, json_escaped, load, look_up,
    next_two, own_bytes, table, with_letters, write_escaped,
};
use crate::buffer::AllSpare;

/// How many bytes are looked at together where all of them may be plain.
const PLAIN: usize = 256;
/// How many bytes are looked at together where all of them may be `%XX`.
const ENCODED: usize = 192;
/// After so many blocks that are plain or nothing but `%XX`, what follows may be too.
const UNIFORM_BLOCKS: u32 = 4;

/// Writes the beginning of `text`, as long as it is regular: parts of pairs in which nothing has to be
/// escaped but quotes, backslashes and the controls that have a letter. Updates `state`. Returns how
/// many bytes it consumed.
#[inline(always)]
pub(super) fn write<const MODE: u8>(
    avx512: Avx512,
    spare: &mut AllSpare<'_>,
    state: &mut State,
    text: &[u8],
) -> usize {
    let writer = Writer::<MODE>::new(avx512, spare.take(), state);
    let taken;
    (taken, *spare) = writer.write(text, state);
    taken
}

/// The text while it is written. Nothing refers to it, so that its fields stay in registers.
struct Writer<'s, const MODE: u8> {
    avx512: Avx512,
    spare: AllSpare<'s>,
    start: usize,
    pairs: usize,
    /// 1 if no `=` of the segment was read yet.
    in_key: u64,
    /// 1 if the segment begins with the next byte.
    at_start: u64,
    /// The first bytes of the next block that are digits of a `%XX` in this one.
    digits: u64,
    /// Has the highest bit of a byte that is not ASCII.
    non_ascii: Bytes,
}

impl<'s, const MODE: u8> Writer<'s, MODE> {
    #[inline(always)]
    fn new(avx512: Avx512, spare: AllSpare<'s>, before: &State) -> Self {
        let is_new = before.segment == SegmentState::at(0);
        Writer {
            avx512,
            start: if is_new { spare.len() } else { before.start },
            spare,
            pairs: before.pairs,
            in_key: u64::from(before.segment != SegmentState::VALUE),
            at_start: u64::from(is_new),
            digits: 0,
            non_ascii: Bytes::splat(avx512, 0),
        }
    }

    /// Returns how many bytes of `text` it consumed, and the spare capacity.
    #[inline(always)]
    fn write(mut self, text: &[u8], state: &mut State) -> (usize, AllSpare<'s>) {
        let mut rest = text;
        while self.blocks(&mut rest) {
            self.plain(&mut rest);
            if Decoding::<MODE>::DECODES {
                self.encoded(&mut rest);
            }
        }
        let taken = text.len() - rest.len();
        state.segment = match (self.in_key, self.at_start) {
            (0, _) => SegmentState::VALUE,
            (_, 0) => SegmentState::KEY,
            _ => SegmentState::at(0),
        };
        state.start = self.start;
        state.pairs = self.pairs;
        state.non_ascii |= u32::from(self.non_ascii.simd_ge(0x80).any_true());
        (taken, self.spare)
    }

    /// Copies the beginning of `text`, 256 bytes at a time, as long as it is plain.
    #[inline(always)]
    fn plain(&mut self, text: &mut &[u8]) {
        let special = if Decoding::<MODE>::DECODES { SPECIAL_TO_DECODE } else { SPECIAL };
        while let Some((piece, rest)) = text.split_first_chunk::<PLAIN>() {
            let mut least = Bytes::splat(self.avx512, 0xFF);
            let mut any = self.non_ascii;
            for block in piece.as_chunks().0 {
                let x = Bytes::simd_from(self.avx512, *block);
                least = least.min(below_0x20_or_in(self.avx512, x, special));
                any |= x;
            }
            if least.simd_lt(0x20).any_true() || self.spare.room() < PLAIN {
                break;
            }
            self.spare.copy(piece, PLAIN);
            self.non_ascii = any;
            *text = rest;
        }
    }

    /// Decodes the beginning of `text`, 64 `%XX` at a time, as long as it is nothing but those.
    #[inline(always)]
    fn encoded(&mut self, text: &mut &[u8]) {
        while let Some((piece, rest)) = text.split_first_chunk::<ENCODED>() {
            let [a, b, c] = piece.as_chunks::<64>().0 else { break };
            let vectors = [
                Bytes::simd_from(self.avx512, *a),
                Bytes::simd_from(self.avx512, *b),
                Bytes::simd_from(self.avx512, *c),
            ];
            let encoded = Encoded { avx512: self.avx512, vectors };
            let high = hex_values(self.avx512, encoded.every_third(1));
            let low = hex_values(self.avx512, encoded.every_third(2));
            let x = high << 4 | low;
            let stops = json_escaped(self.avx512, x) | (high | low).simd_ge(0x80);
            let is_encoded = encoded.every_third(0).simd_eq(b'%').all_true() && !stops.any_true();
            if !is_encoded || self.spare.copy_all([(x.into(), 64)]).is_none() {
                break;
            }
            self.non_ascii |= x;
            *text = rest;
        }
    }

    /// Writes the beginning of `text`, a block at a time, as long as they are regular. Returns whether
    /// what follows may be plain or nothing but `%XX`.
    #[inline(always)]
    fn blocks(&mut self, text: &mut &[u8]) -> bool {
        let mut uniform = 0;
        let mut rest = *text;
        let is_uniform = loop {
            let Some((block, next)) = rest.split_first_chunk::<BLOCK>() else {
                self.tail(&mut rest);
                break false;
            };
            let Some(is_uniform) = self.block(load(self.avx512, block, b'"'), ALL, rest) else {
                break false;
            };
            rest = next;
            uniform = if is_uniform { uniform + 1 } else { 0 };
            if uniform == UNIFORM_BLOCKS && rest.len() >= PLAIN {
                break true;
            }
        };
        // A `%XX` may go on after its block.
        *text = rest.get(self.digits.count_ones() as usize..).unwrap_or_default();
        self.digits = 0;
        is_uniform
    }

    /// Writes `text`, which is shorter than a block, if it is regular.
    #[inline(always)]
    fn tail(&mut self, text: &mut &[u8]) {
        let x = load(self.avx512, text, b'"');
        if !text.is_empty() && self.block(x, own_bytes(text), text).is_some() {
            // The bytes behind the text were written too.
            self.spare.truncate(self.spare.len().saturating_sub(BLOCK - text.len()));
            self.at_start = u64::from(text.last() == Some(&b'&'));
            *text = &[];
        }
    }

    /// Writes the block `x`, the first of `text`, which has its `own` bytes. Returns whether the block is
    /// plain or nothing but `%XX`. `None`, and nothing is written, if it is irregular.
    #[inline(always)]
    fn block(&mut self, x: Bytes, own: u64, text: &[u8]) -> Option<bool> {
        let avx512 = self.avx512;
        let equals = x.simd_eq(b'=');
        let structural = equals | x.simd_eq(b'&');
        let (x, kept, digits) = self.decoded(x, text);
        let escaped = json_escaped(avx512, x) & Mask::from_bitmask(avx512, own);
        if Decoding::<MODE>::DECODES && !structural.any_true() {
            return self.text(x, kept, digits, escaped);
        }
        let json = structural.select(look_up(avx512, x, JSON), x);
        let (equals, structural) = (equals.to_bitmask(), structural.to_bitmask());
        // A difference, since the compiler would make another vector mask of an exclusive or.
        let ampersands = structural - equals;
        // Adding the starts of the segments carries through their keys, to what comes after each.
        let carried = (ALL ^ structural) + (ampersands << 1 | self.in_key);
        // A key ends with an `=`, no other comes in its segment, and it is not empty.
        let is_irregular =
            carried & structural ^ equals | equals & (ampersands << 1 | self.at_start);
        if is_irregular != 0 {
            return None;
        }
        let in_key = carried >> BLOCK;
        // How many bytes are written after the last `&`.
        let last = if escaped.any_true() || Decoding::<MODE>::DECODES && kept != ALL {
            let x = with_letters(avx512, json, escaped)?;
            let escaped = escaped.to_bitmask();
            let slots = Slots { avx512, x, structural, kept, escaped };
            self.spare.copy_all([slots.of_pairs(0), slots.of_pairs(1), slots.of_pairs(2)])?;
            let after = !u64::MAX.unbounded_shr(ampersands.leading_zeros());
            let bytes = (kept & after).count_ones() + (escaped & after).count_ones();
            bytes + 2 * (equals & after).count_ones()
        } else {
            let slots = Slots { avx512, x: json, structural, kept, escaped: 0 };
            self.spare.copy_all([
                slots.of_plain_pairs(0),
                slots.of_plain_pairs(1),
                slots.of_plain_pairs(2),
            ])?;
            (ampersands << 1).leading_zeros() + if in_key == 0 { 2 } else { 0 }
        };
        self.non_ascii |= x;
        self.in_key = in_key;
        self.at_start = ampersands >> (BLOCK - 1);
        self.digits = digits;
        if ampersands != 0 {
            self.pairs += ampersands.count_ones() as usize;
            self.start = self.spare.len().saturating_sub(last as usize);
        }
        Some(structural == 0)
    }

    /// Decodes the block `x`, with which `text` begins. Returns it with the bytes that are not digits of a
    /// `%XX`, and with the first bytes of the next block that are.
    #[inline(always)]
    fn decoded(&self, mut x: Bytes, text: &[u8]) -> (Bytes, u64, u64) {
        let (avx512, mut kept, mut digits) = (self.avx512, ALL & !self.digits, 0);
        if Decoding::<MODE>::DECODES {
            let percents = x.simd_eq(b'%');
            x = x.simd_eq(b'+').select(Bytes::splat(avx512, b' '), x);
            if percents.any_true() {
                let (high, low) = next_two(avx512, text);
                let (high, low) = (hex_values(avx512, high), hex_values(avx512, low));
                let encoded = percents & (high | low).simd_lt(0x80);
                x = encoded.select(high << 4 | low, x);
                let encoded = encoded.to_bitmask();
                kept &= !(encoded << 1 | encoded << 2);
                let last_two = encoded >> (BLOCK - 2);
                digits = last_two + (last_two >> 1);
            }
        }
        (x, kept, digits)
    }

    /// Writes the block `x` without a structural byte.
    #[inline(always)]
    fn text(&mut self, x: Bytes, kept: u64, digits: u64, escaped: Mask) -> Option<bool> {
        let avx512 = self.avx512;
        let is_escaped = escaped.any_true();
        if is_escaped {
            write_escaped(avx512, &mut self.spare, x, kept, escaped)?;
        } else {
            let text = x.compress(Mask::from_bitmask(avx512, kept));
            self.spare.copy_all([(text.into(), kept.count_ones() as usize)])?;
        }
        self.non_ascii |= x;
        self.at_start = 0;
        self.digits = digits;
        Some(!is_escaped && (kept == ALL || kept.count_ones() <= BLOCK as u32 / 3 + 1))
    }
}

/// 192 bytes.
struct Encoded {
    avx512: Avx512,
    vectors: [Bytes; 3],
}

impl Encoded {
    /// Every third byte, from the first, the second or the third on.
    #[inline(always)]
    fn every_third(&self, first: usize) -> Bytes {
        let places = Bytes::simd_from(self.avx512, EVERY_THIRD[first]);
        let [a, b, c] = self.vectors;
        let in_c = u64::MAX << ((ENCODED * 2 / 3 + 2 - first) / 3);
        Mask::from_bitmask(self.avx512, in_c)
            .select(c.swizzle_dyn(places), a.concat_swizzle_dyn(b, places))
    }
}

/// The places of every third byte: in the first two vectors, or else in the third.
const EVERY_THIRD: [[u8; 64]; 3] = {
    let mut every_third = [[0; 64]; 3];
    let mut index = 0;
    while index < ENCODED {
        every_third[index % 3][index / 3] = (index % 128) as u8;
        index += 1;
    }
    every_third
};

/// The JSON of the structural bytes, between their quotes.
const JSON: [u8; 64] = table([(b'=', b':'), (b'&', b',')]);
/// The bytes that are not plain, besides the controls.
const SPECIAL: [u8; 64] = table([(b'=', b'='), (b'&', b'&'), (b'"', b'"'), (b'\\', b'\\')]);
const SPECIAL_TO_DECODE: [u8; 64] =
    table([(b'=', b'='), (b'&', b'&'), (b'"', b'"'), (b'\\', b'\\'), (b'%', b'%'), (b'+', b'+')]);

#[cfg(test)]
mod tests {
    extern crate std;

    use alloc::vec::Vec;
    use std::format;

    use super::*;
    use crate::buffer;
    use crate::fast::decoding::{PERCENT, RAW};

    /// How many bytes of `text` `write` leaves. `None` without AVX-512.
    fn left<const MODE: u8>(
        text: &[u8],
        write: impl Fn(&mut Writer<'_, MODE>, &mut &[u8]),
    ) -> Option<usize> {
        let avx512 = fearless_simd::Level::try_detect()?.as_avx512()?;
        let state = State {
            start: 0,
            segment: SegmentState::VALUE,
            pairs: 0,
            non_ascii: 0,
            has_dropped: false,
            is_text: false,
        };
        buffer::with_spare(&mut Vec::new(), |spare: &mut AllSpare<'_>| {
            let mut rest = text;
            write(&mut Writer::new(avx512, spare.take(), &state), &mut rest);
            rest.len()
        })
    }

    #[test]
    #[expect(clippy::redundant_closure_for_method_calls, reason = "a path has only one lifetime")]
    fn uniform_text_is_written_together() {
        // The results are right without it, but late.
        for byte in 0..=0xFF {
            let is_escaped = matches!(byte, 0..0x20 | b'"' | b'\\');
            let is_structural = is_escaped || matches!(byte, b'=' | b'&');
            let is_decoded = is_structural || matches!(byte, b'%' | b'+');
            for at in [0, 63, 64, 200, PLAIN - 1] {
                let mut text = [b'x'; PLAIN];
                text[at] = byte;
                let expected = |is_special| if is_special { PLAIN } else { 0 };
                for (left, is_special) in [
                    (left::<RAW>(&text, |writer, rest| writer.plain(rest)), is_structural),
                    (left::<PERCENT>(&text, |writer, rest| writer.plain(rest)), is_decoded),
                ] {
                    assert!(left.is_none_or(|left| left == expected(is_special)), "{byte:#x}");
                }
            }
            for encoded in [format!("%{byte:02x}"), format!("%{byte:02X}")] {
                for at in 0..ENCODED / 3 {
                    let text = ["%e3".repeat(at), encoded.clone(), "%7A".repeat(63 - at)].concat();
                    let left =
                        left::<PERCENT>(text.as_bytes(), |writer, rest| writer.encoded(rest));
                    let expected = if is_escaped { ENCODED } else { 0 };
                    assert!(left.is_none_or(|left| left == expected), "{text}");
                }
            }
        }
    }
}
