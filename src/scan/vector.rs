//! With SIMD, through `fearless_simd`: AVX-512, AVX2 and SSE2 on x86-64, NEON on `AArch64`, simd128 in
//! WebAssembly.

#![cfg_attr(
    not(any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        all(target_arch = "wasm32", target_feature = "simd128")
    )),
    allow(unused, reason = "this target has no SIMD")
)]
#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

use fearless_simd::{Level, Simd, i8x32, mask8x32, prelude::*, u8x16, u8x32};

use super::block::{BLOCK, DECODED_LEN, ENCODED_LEN, Scan, WithScan};
use super::portable::Portable;
#[cfg(any(test, fuzzing))]
use super::tests::Ran;

/// A scanner on the vectors of `S`. `SHUFFLE` says whether a table lookup in one of them is a single
/// instruction.
#[derive(Clone, Copy, Debug)]
struct Vector<S, const SHUFFLE: bool>(S);

/// Runs `work` with the best scanner of this machine.
pub(crate) fn dispatch<T: WithScan>(work: T) -> T::Output {
    #[cfg(target_arch = "x86_64")]
    if !cfg!(formevent_level = "baseline") {
        let level = Level::try_detect().unwrap_or(Level::baseline());
        if !cfg!(formevent_level = "avx2")
            && let Some(avx512) = level.as_avx512()
        {
            return work.with_blocks(avx512, Vector::<_, true>(avx512));
        }
        if let Some(avx2) = level.as_avx2() {
            return work.with_blocks(avx2, Vector::<_, true>(avx2));
        }
    }
    baseline(work)
}

/// Runs `work` with the best scanner that needs no detection: for short text.
#[inline(always)]
pub(crate) fn baseline<T: WithScan>(work: T) -> T::Output {
    let level = Level::baseline();
    #[cfg(target_arch = "x86_64")]
    if let Some(sse2) = level.as_sse2() {
        return work.with_scan(Vector::<_, false>(sse2));
    }
    #[cfg(target_arch = "aarch64")]
    if let Some(neon) = level.as_neon() {
        return work.with_scan(Vector::<_, true>(neon));
    }
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    if let Some(simd128) = level.as_wasm_simd128() {
        return work.with_scan(Vector::<_, true>(simd128));
    }
    let _ = level;
    work.with_scan(Portable)
}

/// Runs `work` with every scanner of this machine that uses vectors.
#[cfg(any(test, fuzzing))]
pub(super) fn on_every<T: WithScan + Clone>(work: &T) -> alloc::vec::Vec<Ran<T::Output>> {
    let mut all = alloc::vec::Vec::new();
    let detected = Level::try_detect().unwrap_or(Level::baseline());
    #[cfg(target_arch = "x86_64")]
    {
        all.extend(detected.as_sse2().map(|sse2| Ran {
            scanner: "SSE2",
            shuffles: false,
            output: work.clone().with_scan(Vector::<_, false>(sse2)),
        }));
        all.extend(detected.as_avx2().map(|avx2| Ran {
            scanner: "AVX2",
            shuffles: true,
            output: work.clone().with_blocks(avx2, Vector::<_, true>(avx2)),
        }));
    }
    #[cfg(target_arch = "x86_64")]
    all.extend(detected.as_avx512().map(|avx512| Ran {
        scanner: "AVX-512",
        shuffles: true,
        output: work.clone().with_blocks(avx512, Vector::<_, true>(avx512)),
    }));
    #[cfg(target_arch = "aarch64")]
    all.extend(detected.as_neon().map(|neon| Ran {
        scanner: "NEON",
        shuffles: true,
        output: work.clone().with_scan(Vector::<_, true>(neon)),
    }));
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    all.extend(detected.as_wasm_simd128().map(|simd128| Ran {
        scanner: "simd128",
        shuffles: true,
        output: work.clone().with_scan(Vector::<_, true>(simd128)),
    }));
    all
}

/// The bits of a mask of 32 lanes.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "there are 32")]
fn bits<S: Simd>(mask: mask8x32<S>) -> u32 {
    mask.to_bitmask() as u32
}

impl<S: Simd, const SHUFFLE: bool> Scan for Vector<S, SHUFFLE> {
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    #[inline(always)]
    fn avx512(self) -> Option<fearless_simd::Avx512> {
        self.0.level().as_avx512()
    }

    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    #[inline(always)]
    fn avx2(self) -> Option<fearless_simd::Avx2> {
        self.0.level().as_avx2()
    }

    #[inline(always)]
    fn json_escaped(self, block: &[u8; BLOCK]) -> u32 {
        let x = u8x32::simd_from(self.0, *block);
        bits(x.simd_lt(0x20) | x.simd_eq(b'"') | x.simd_eq(b'\\'))
    }

    #[inline(always)]
    fn is_plain(self, block: &[u8; BLOCK]) -> bool {
        let x = u8x32::simd_from(self.0, *block);
        // As signed numbers, bytes that are not ASCII are below 0.
        let signed: i8x32<S> = x.bitcast();
        (signed.simd_lt(0x20) | x.simd_eq(b'"') | x.simd_eq(b'\\')).all_false()
    }

    #[inline(always)]
    fn structurals(self, block: &[u8; BLOCK], percent: u8) -> u32 {
        bits(structurals(u8x32::simd_from(self.0, *block), percent))
    }

    #[inline(always)]
    fn non_ascii(self, block: &[u8; BLOCK]) -> u32 {
        bits(u8x32::simd_from(self.0, *block).simd_ge(0x80))
    }

    #[inline(always)]
    fn find(self, block: &[u8; BLOCK], needle: u8) -> u32 {
        bits(u8x32::simd_from(self.0, *block).simd_eq(needle))
    }

    #[inline(always)]
    fn plus_to_space(self, block: &[u8; BLOCK], plus: u8) -> [u8; BLOCK] {
        if plus == b' ' {
            return *block;
        }
        let x = u8x32::simd_from(self.0, *block);
        x.simd_eq(plus).select(u8x32::splat(self.0, b' '), x).into()
    }

    #[inline(always)]
    fn percent_decode(self, encoded: &[u8; ENCODED_LEN]) -> Option<[u8; DECODED_LEN]> {
        if !SHUFFLE {
            return None;
        }
        let (high, high_is_digit) = hex_digit(every_third(self.0, encoded, 1));
        let (low, low_is_digit) = hex_digit(every_third(self.0, encoded, 2));
        let byte = high << 4 | low;
        let as_it_is = byte.simd_ge(0x20) & !(byte.simd_eq(b'"') | byte.simd_eq(b'\\'));
        let percent = every_third(self.0, encoded, 0).simd_eq(b'%');
        (percent & high_is_digit & low_is_digit & as_it_is).all_true().then_some(byte.into())
    }
}

/// The structural positions of a block.
#[inline(always)]
fn structurals<S: Simd>(x: u8x32<S>, percent: u8) -> mask8x32<S> {
    // `"` and `&` differ in one bit.
    let quote_or_ampersand = (x | (b'"' ^ b'&')).simd_eq(b'&');
    let mut structurals = x.simd_lt(0x20) | quote_or_ampersand | x.simd_eq(b'\\') | x.simd_eq(b'=');
    if percent != b'&' {
        structurals |= x.simd_eq(percent);
    }
    structurals
}

/// Every third byte of `bytes` from the first, the second or the third.
#[inline(always)]
pub(crate) fn every_third<S: Simd>(simd: S, bytes: &[u8; ENCODED_LEN], first: usize) -> u8x16<S> {
    let (thirds, _) = bytes.as_chunks();
    let mut all = u8x16::splat(simd, 0);
    for (third, pick) in thirds.iter().zip(PICK[first]) {
        let pick = u8x16::simd_from(simd, pick);
        all |= u8x16::simd_from(simd, *third).swizzle_dyn_precise(pick);
    }
    all
}

/// The value of each hexadecimal digit, and whether it is one.
#[inline(always)]
pub(crate) fn hex_digit<S: Simd, V: SimdInt<S, Element = u8>>(byte: V) -> (V, V::Mask)
where
    V::Mask: Select<V>,
{
    let (decimal, letter) = (byte - b'0', (byte | 0x20) - b'a');
    let (is_decimal, is_letter) = (decimal.simd_lt(10), letter.simd_lt(6));
    (is_decimal.select(decimal, letter + 10), is_decimal | is_letter)
}

/// For each of 16 bytes, its place among 48, a third at a time. A place in another third is out of
/// range, which gives 0.
const PICK: [[[u8; DECODED_LEN]; 3]; 3] = {
    let mut pick = [[[0xFF; DECODED_LEN]; 3]; 3];
    let mut first = 0;
    while first < 3 {
        let mut index = 0;
        while index < DECODED_LEN {
            let at = 3 * index + first;
            #[expect(clippy::cast_possible_truncation, reason = "it is below 16")]
            let within = (at % DECODED_LEN) as u8;
            pick[first][at / DECODED_LEN][index] = within;
            index += 1;
        }
        first += 1;
    }
    pick
};
