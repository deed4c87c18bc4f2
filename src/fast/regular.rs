//! The regular part of a body, written block by block.

use fearless_simd::{mask8x64, prelude::*, u8x64};

use super::Carried;
use super::chunk::{SegmentState, State};
use super::decoding::Decoding;
use crate::blocks::{
    Blocks, MOST, below_0x20_or_in, first, json_escaped, next_two, table, with_letters,
};
use crate::buffer::AllSpare;
use crate::escape::escape;
use crate::percent;

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
pub(super) fn write<S: Blocks, const MODE: u8>(
    simd: S,
    spare: &mut AllSpare<'_>,
    state: &mut State,
    text: &[u8],
) -> usize {
    let writer = Writer::<S, MODE>::new(simd, spare.take(), state);
    let taken;
    (taken, *spare) = writer.write(text, state);
    taken
}

/// The text while it is written. Nothing refers to it, so that its fields stay in registers.
struct Writer<'s, S: Blocks, const MODE: u8> {
    simd: S,
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
    non_ascii: u8x64<S>,
}

impl<'s, S: Blocks, const MODE: u8> Writer<'s, S, MODE> {
    #[inline(always)]
    fn new(simd: S, spare: AllSpare<'s>, before: &State) -> Self {
        let is_new = before.segment == SegmentState::at(0);
        Writer {
            simd,
            start: if is_new { spare.len() } else { before.start },
            spare,
            pairs: before.pairs,
            in_key: u64::from(before.segment != SegmentState::VALUE),
            at_start: u64::from(is_new),
            digits: 0,
            non_ascii: u8x64::splat(simd, 0),
        }
    }

    /// Returns how many bytes of `text` it consumed, and the spare capacity.
    #[inline(always)]
    fn write(mut self, text: &[u8], state: &mut State) -> (usize, AllSpare<'s>) {
        let mut rest = text;
        while self.blocks(text, &mut rest) {
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
            let mut least = u8x64::splat(self.simd, 0xFF);
            let mut any = self.non_ascii;
            for block in piece.as_chunks().0 {
                let x = u8x64::simd_from(self.simd, *block);
                least = least.min(below_0x20_or_in(self.simd, x, special));
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
            let high = self.simd.hex_values(self.simd.every_third(piece, 1));
            let low = self.simd.hex_values(self.simd.every_third(piece, 2));
            let x = high << 4 | low;
            let stops = json_escaped(self.simd, x) | (high | low).simd_ge(0x80);
            let is_encoded =
                self.simd.every_third(piece, 0).simd_eq(b'%').all_true() && !stops.any_true();
            if !is_encoded || self.spare.copy_all([(x.into(), 64)]).is_none() {
                break;
            }
            self.non_ascii |= x;
            *text = rest;
        }
    }

    /// Writes the beginning of `rest`, the end of `text`, a block at a time, as long as they are regular.
    /// Returns whether what follows may be plain or nothing but `%XX`.
    #[inline(always)]
    fn blocks(&mut self, text: &[u8], rest: &mut &[u8]) -> bool {
        let mut uniform = 0;
        let is_uniform = loop {
            let at = text.len() - rest.len();
            let Some((_, next)) = rest.split_at_checked(S::BLOCK) else {
                self.tail(text, rest);
                break false;
            };
            let Some(x) = self.simd.load(rest, 0) else { break false };
            let Some(is_uniform) = self.block(x, S::ALL, text, at) else { break false };
            *rest = next;
            uniform = if is_uniform { uniform + 1 } else { 0 };
            if uniform == UNIFORM_BLOCKS && rest.len() >= PLAIN {
                break true;
            }
        };
        // A `%XX` may go on after its block.
        *rest = rest.get(self.digits.count_ones() as usize..).unwrap_or_default();
        self.digits = 0;
        is_uniform
    }

    /// Writes `rest`, the end of `text`, which is shorter than a block, if it is regular.
    #[inline(always)]
    fn tail(&mut self, text: &[u8], rest: &mut &[u8]) {
        let at = text.len() - rest.len();
        let Some(x) = self.simd.load(text, at) else { return };
        if !rest.is_empty() && self.block(x, first(self.simd, rest.len()), text, at).is_some() {
            // The bytes behind the text were written too.
            self.spare.truncate(self.spare.len().saturating_sub(S::BLOCK - rest.len()));
            self.at_start = u64::from(rest.last() == Some(&b'&'));
            *rest = &[];
        }
    }

    /// Writes the block `x`, at `at` of `text`, which has its `own` bytes. Returns whether the block is
    /// plain or nothing but `%XX`. `None`, and nothing is written, if it is irregular.
    #[inline(always)]
    fn block(&mut self, x: u8x64<S>, own: u64, text: &[u8], at: usize) -> Option<bool> {
        let simd = self.simd;
        let equals = x.simd_eq(b'=');
        let structural = equals | x.simd_eq(b'&');
        if Decoding::<MODE>::DECODES
            && !structural.any_true()
            && self.few_encoded(x, text, at).is_some()
        {
            return Some(false);
        }
        let (x, kept, digits) = self.decoded(x, text, at)?;
        let escaped = simd.escaped(x, own);
        if Decoding::<MODE>::DECODES && !structural.any_true() {
            return self.text(x, kept, digits, escaped);
        }
        let json = structural.select(simd.look_up(x, JSON), x);
        let (equals, structural) = (equals.to_bitmask(), structural.to_bitmask());
        let Carried { ampersands, irregular, sum, overflow } =
            Carried::new(S::ALL, structural, equals, self.in_key, self.at_start);
        if irregular != 0 {
            return None;
        }
        let in_key = match S::BLOCK {
            MOST => u64::from(overflow) | ampersands >> (MOST - 1),
            block => sum >> block,
        };
        // How many bytes are written after the last `&`.
        let is_plain = !(escaped.any_true() || Decoding::<MODE>::DECODES && kept != S::ALL);
        let last = if is_plain
            && simd.write_pairs(&mut self.spare, json, structural, S::ALL, 0).is_some()
        {
            let bytes = ampersands.leading_zeros() - (MOST - S::BLOCK) as u32;
            bytes + if in_key == 0 { 2 } else { 0 }
        } else {
            let x = with_letters(simd, json, escaped)?;
            let escaped = escaped.to_bitmask();
            simd.write_pairs(&mut self.spare, x, structural, kept, escaped)?;
            let after = !u64::MAX.unbounded_shr(ampersands.leading_zeros());
            let bytes = (kept & after).count_ones() + (escaped & after).count_ones();
            bytes + 2 * (equals & after).count_ones()
        };
        self.non_ascii |= x;
        self.in_key = in_key;
        self.at_start = ampersands >> (S::BLOCK - 1);
        self.digits = digits;
        if ampersands != 0 {
            self.pairs += ampersands.count_ones() as usize;
            self.start = self.spare.len().saturating_sub(last as usize);
        }
        Some(structural == 0)
    }

    /// Writes the block `x`, at `at` of `text`, without a structural byte, if it has few `%XX`: one by one.
    /// `None`, and nothing is written, if it has none, or more, or something else to escape.
    #[inline(always)]
    fn few_encoded(&mut self, x: u8x64<S>, text: &[u8], at: usize) -> Option<()> {
        let mut percents = if S::FEW == 0 { 0 } else { x.simd_eq(b'%').to_bitmask() };
        if !(1..=S::FEW).contains(&percents.count_ones())
            || json_escaped(self.simd, x).any_true()
            || self.spare.room() < PLAIN + MOST
        {
            return None;
        }
        let text = text.get(at..)?.first_chunk()?;
        let mut from = self.digits.count_ones() as usize;
        let mut any = 0;
        while percents != 0 {
            let at = percents.trailing_zeros() as usize;
            percents &= percents - 1;
            if let Some(byte) = percent::byte_at(text, at) {
                self.spare.copy(&self.text_at(text, from), at - from);
                let (bytes, len) = escape(byte);
                self.spare.copy(&bytes, len);
                any |= byte;
                from = at + 3;
            }
        }
        self.spare.copy(&self.text_at(text, from), S::BLOCK.saturating_sub(from));
        self.non_ascii |= x | any;
        self.at_start = 0;
        self.digits = !(u64::MAX << from.saturating_sub(S::BLOCK));
        Some(())
    }

    /// The block at `from`, with each `+` decoded.
    #[inline(always)]
    fn text_at(&self, text: &[u8; 2 * MOST + 2], from: usize) -> [u8; MOST] {
        let block = text.get(from..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; MOST]);
        plus_to_space(self.simd, u8x64::simd_from(self.simd, *block)).into()
    }

    /// Decodes the block `x`, at `at` of `text`. Returns it with the bytes that are not digits of a
    /// `%XX`, and with the first bytes of the next block that are.
    #[inline(always)]
    fn decoded(&self, mut x: u8x64<S>, text: &[u8], at: usize) -> Option<(u8x64<S>, u64, u64)> {
        let (simd, mut kept, mut digits) = (self.simd, S::ALL & !self.digits, 0);
        if Decoding::<MODE>::DECODES {
            let percents = x.simd_eq(b'%');
            x = plus_to_space(simd, x);
            if percents.any_true() {
                let [high, low] = next_two(simd, text, at)?;
                let (high, low) = (simd.hex_values(high), simd.hex_values(low));
                let encoded = percents & (high | low).simd_lt(0x80);
                x = encoded.select(high << 4 | low, x);
                let encoded = encoded.to_bitmask();
                kept &= !(encoded << 1 | encoded << 2);
                let last_two = encoded >> (S::BLOCK - 2);
                digits = last_two + (last_two >> 1);
            }
        }
        Some((x, kept, digits))
    }

    /// Writes the block `x` without a structural byte.
    #[inline(always)]
    fn text(&mut self, x: u8x64<S>, kept: u64, digits: u64, escaped: mask8x64<S>) -> Option<bool> {
        let simd = self.simd;
        let is_escaped = escaped.any_true();
        if is_escaped {
            let x = with_letters(simd, x, escaped)?;
            simd.write_text(&mut self.spare, x, kept, escaped.to_bitmask())?;
        } else {
            simd.write_text(&mut self.spare, x, kept, 0)?;
        }
        self.non_ascii |= x;
        self.at_start = 0;
        self.digits = digits;
        Some(!is_escaped && (kept == S::ALL || kept.count_ones() <= S::BLOCK as u32 / 3 + 1))
    }
}

#[inline(always)]
fn plus_to_space<S: Blocks>(simd: S, x: u8x64<S>) -> u8x64<S> {
    x.simd_eq(b'+').select(u8x64::splat(simd, b' '), x)
}

/// The JSON of the structural bytes, between their quotes.
const JSON: [u8; MOST] = table([(b'=', b':'), (b'&', b',')]);
/// The bytes that are not plain, besides the controls.
const SPECIAL: [u8; MOST] = table([(b'=', b'='), (b'&', b'&'), (b'"', b'"'), (b'\\', b'\\')]);
const SPECIAL_TO_DECODE: [u8; MOST] =
    table([(b'=', b'='), (b'&', b'&'), (b'"', b'"'), (b'\\', b'\\'), (b'%', b'%'), (b'+', b'+')]);

#[cfg(test)]
mod tests {
    extern crate std;

    use alloc::vec::Vec;
    use std::format;

    use super::*;
    use crate::buffer;
    use crate::fast::decoding::{PERCENT, RAW};

    /// How many bytes of `text` `write` leaves.
    fn left<S: Blocks, const MODE: u8>(
        simd: S,
        text: &[u8],
        write: impl Fn(&mut Writer<'_, S, MODE>, &mut &[u8]),
    ) -> usize {
        let state = State {
            start: 0,
            segment: SegmentState::VALUE,
            pairs: 0,
            non_ascii: 0,
            has_dropped: false,
            is_text: false,
        };
        let left = buffer::with_spare(&mut Vec::new(), |spare: &mut AllSpare<'_>| {
            let mut rest = text;
            write(&mut Writer::new(simd, spare.take(), &state), &mut rest);
            rest.len()
        });
        left.unwrap()
    }

    #[test]
    fn uniform_text_is_written_together() {
        // The results are right without it, but late.
        let level = fearless_simd::Level::try_detect().unwrap();
        if let Some(avx2) = level.as_avx2() {
            check_uniform_text(avx2);
        }
        if let Some(avx512) = level.as_avx512() {
            check_uniform_text(avx512);
        }
    }

    #[expect(clippy::redundant_closure_for_method_calls, reason = "a path has only one lifetime")]
    fn check_uniform_text(simd: impl Blocks) {
        for byte in 0..=0xFF {
            let is_escaped = matches!(byte, 0..0x20 | b'"' | b'\\');
            let is_structural = is_escaped || matches!(byte, b'=' | b'&');
            let is_decoded = is_structural || matches!(byte, b'%' | b'+');
            for at in [0, 63, 64, 200, PLAIN - 1] {
                let mut text = [b'x'; PLAIN];
                text[at] = byte;
                let expected = |is_special| if is_special { PLAIN } else { 0 };
                for (left, is_special) in [
                    (left::<_, RAW>(simd, &text, |writer, rest| writer.plain(rest)), is_structural),
                    (
                        left::<_, PERCENT>(simd, &text, |writer, rest| writer.plain(rest)),
                        is_decoded,
                    ),
                ] {
                    assert_eq!(left, expected(is_special), "{byte:#x}");
                }
            }
            for encoded in [format!("%{byte:02x}"), format!("%{byte:02X}")] {
                for at in 0..ENCODED / 3 {
                    let text = ["%e3".repeat(at), encoded.clone(), "%7A".repeat(63 - at)].concat();
                    let left = left::<_, PERCENT>(simd, text.as_bytes(), |writer, rest| {
                        writer.encoded(rest);
                    });
                    assert_eq!(left, if is_escaped { ENCODED } else { 0 }, "{text}");
                }
            }
        }
    }
    #[test]
    fn few_encoded_bytes_are_decoded_one_by_one() {
        let Some(avx2) = fearless_simd::Level::try_detect().unwrap().as_avx2() else { return };
        for count in 0..=6 {
            for other in [&b"x"[..], b"+", b"%4", b"\"", b"\x1F"] {
                let mut text = [b'x'; 3 * MOST];
                let block = ["%22".repeat(count).as_bytes(), other].concat();
                text[..block.len()].copy_from_slice(&block);
                let left = left::<_, PERCENT>(avx2, &text, |writer, rest| {
                    let x = avx2.load(rest, 0).unwrap();
                    if writer.few_encoded(x, rest, 0).is_some() {
                        *rest = &rest[MOST..];
                    }
                });
                let percents = count + usize::from(other == b"%4");
                let is_written = (1..=4).contains(&percents) && !matches!(other[0], b'"' | 0x1F);
                assert_eq!(
                    left,
                    if is_written { 2 * MOST } else { 3 * MOST },
                    "{count}, {other:?}"
                );
            }
        }
    }
}
