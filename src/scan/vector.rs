//! With SIMD, by way of `fearless_simd`: AVX2 and SSE2 on x86-64, NEON on `AArch64`, simd128 in
//! WebAssembly.

use fearless_simd::{Level, Simd, i8x32, prelude::*, u8x16, u8x32};

use super::portable::Portable;
#[cfg(any(test, fuzzing))]
use super::tests::Ran;
use super::{BLOCK, ESCAPED, Scan, Task, UNESCAPED};

/// A scanner on the vectors of `S`. `SHUFFLE`: whether looking bytes up in one of these is a single
/// instruction.
#[derive(Clone, Copy, Debug)]
struct Vector<S, const SHUFFLE: bool>(S);

/// Runs `task` with the best scanner of this machine.
pub(crate) fn dispatch<T: Task>(task: T) -> T::Output {
    #[cfg(all(target_arch = "x86_64", not(formevent_baseline)))]
    if let Some(avx2) = Level::try_detect().unwrap_or(Level::baseline()).as_avx2() {
        return avx2.vectorize(
            #[inline(always)]
            || task.run(Vector::<_, true>(avx2)),
        );
    }
    baseline(task)
}

/// Runs `task` with the best scanner that needs no look at the machine, for what is short.
#[inline(always)]
pub(crate) fn baseline<T: Task>(task: T) -> T::Output {
    let level = Level::baseline();
    #[cfg(target_arch = "x86_64")]
    if let Some(sse2) = level.as_sse2() {
        return task.run(Vector::<_, false>(sse2));
    }
    #[cfg(target_arch = "aarch64")]
    if let Some(neon) = level.as_neon() {
        return task.run(Vector::<_, true>(neon));
    }
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    if let Some(simd128) = level.as_wasm_simd128() {
        return task.run(Vector::<_, true>(simd128));
    }
    let _ = level;
    task.run(Portable)
}

/// Runs `task` with every scanner of this machine that is made of vectors.
#[cfg(any(test, fuzzing))]
pub(super) fn every<T: Task + Clone>(task: &T) -> alloc::vec::Vec<Ran<T::Output>> {
    let mut all = alloc::vec::Vec::new();
    let detected = Level::try_detect().unwrap_or(Level::baseline());
    #[cfg(target_arch = "x86_64")]
    {
        all.extend(detected.as_sse2().map(|sse2| Ran {
            scanner: "SSE2",
            shuffles: false,
            output: task.clone().run(Vector::<_, false>(sse2)),
        }));
        all.extend(detected.as_avx2().map(|avx2| Ran {
            scanner: "AVX2",
            shuffles: true,
            output: avx2.vectorize(
                #[inline(always)]
                || task.clone().run(Vector::<_, true>(avx2)),
            ),
        }));
    }
    #[cfg(target_arch = "aarch64")]
    all.extend(detected.as_neon().map(|neon| Ran {
        scanner: "NEON",
        shuffles: true,
        output: task.clone().run(Vector::<_, true>(neon)),
    }));
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    all.extend(detected.as_wasm_simd128().map(|simd128| Ran {
        scanner: "simd128",
        shuffles: true,
        output: task.clone().run(Vector::<_, true>(simd128)),
    }));
    all
}

/// The bits of a mask of 32 lanes.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "there are 32")]
fn bits<S: Simd>(mask: fearless_simd::mask8x32<S>) -> u32 {
    mask.to_bitmask() as u32
}

impl<S: Simd, const SHUFFLE: bool> Scan for Vector<S, SHUFFLE> {
    #[inline(always)]
    fn escaped(self, block: &[u8; BLOCK]) -> u32 {
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
    fn stops(self, block: &[u8; BLOCK], escape: u8) -> u32 {
        let x = u8x32::simd_from(self.0, *block);
        // `"` and `&` differ in one bit.
        let quote_or_ampersand = (x | (b'"' ^ b'&')).simd_eq(b'&');
        let mut stops = x.simd_lt(0x20) | quote_or_ampersand | x.simd_eq(b'\\') | x.simd_eq(b'=');
        if escape != b'&' {
            stops |= x.simd_eq(escape);
        }
        bits(stops)
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
    fn spaces(self, block: &[u8; BLOCK], space: u8) -> [u8; BLOCK] {
        if space == b' ' {
            return *block;
        }
        let x = u8x32::simd_from(self.0, *block);
        x.simd_eq(space).select(u8x32::splat(self.0, b' '), x).into()
    }

    #[inline(always)]
    fn unescape(self, escaped: &[u8; ESCAPED]) -> Option<[u8; UNESCAPED]> {
        if !SHUFFLE {
            return None;
        }
        let (high, high_is_digit) = digit(self.every_third(escaped, 1));
        let (low, low_is_digit) = digit(self.every_third(escaped, 2));
        let byte = high << 4 | low;
        let as_it_is = byte.simd_ge(0x20) & !(byte.simd_eq(b'"') | byte.simd_eq(b'\\'));
        let percent = self.every_third(escaped, 0).simd_eq(b'%');
        (percent & high_is_digit & low_is_digit & as_it_is).all_true().then_some(byte.into())
    }
}

impl<S: Simd, const SHUFFLE: bool> Vector<S, SHUFFLE> {
    /// Every third byte of `bytes` from the first, the second or the third.
    #[inline(always)]
    fn every_third(self, bytes: &[u8; ESCAPED], first: usize) -> u8x16<S> {
        let (thirds, _) = bytes.as_chunks();
        let mut all = u8x16::splat(self.0, 0);
        for (third, pick) in thirds.iter().zip(PICK[first]) {
            let pick = u8x16::simd_from(self.0, pick);
            all |= u8x16::simd_from(self.0, *third).swizzle_dyn_precise(pick);
        }
        all
    }
}

/// The value of a hexadecimal digit, and whether it is one.
#[inline(always)]
fn digit<S: Simd>(byte: u8x16<S>) -> (u8x16<S>, fearless_simd::mask8x16<S>) {
    let (decimal, letter) = (byte - b'0', (byte | 0x20) - b'a');
    let (is_decimal, is_letter) = (decimal.simd_lt(10), letter.simd_lt(6));
    (is_decimal.select(decimal, letter + 10), is_decimal | is_letter)
}

/// For each byte of 16 where it is found among 48, a third at a time: every third from the first,
/// the second or the third. What is in another third is out of reach, which gives 0.
const PICK: [[[u8; UNESCAPED]; 3]; 3] = {
    let mut pick = [[[0xFF; UNESCAPED]; 3]; 3];
    let mut first = 0;
    while first < 3 {
        let mut index = 0;
        while index < UNESCAPED {
            let at = 3 * index + first;
            #[expect(clippy::cast_possible_truncation, reason = "it is below 16")]
            let within = (at % UNESCAPED) as u8;
            pick[first][at / UNESCAPED][index] = within;
            index += 1;
        }
        first += 1;
    }
    pick
};
