//! Each scanner of this machine against the definitions of its methods, byte by byte.

#![expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]

extern crate std;

use alloc::vec::Vec;

use super::portable::Portable;
use super::{BLOCK, DECODED_LEN, ENCODED_LEN, Scan, WithScan};

/// The output of one scanner.
pub(crate) struct Ran<T> {
    pub(crate) scanner: &'static str,
    /// Whether its [`Scan::percent_decode`] ever returns `Some`.
    pub(super) shuffles: bool,
    pub(crate) output: T,
}

/// Runs `work` with every scanner of this machine.
pub(crate) fn on_every<T: WithScan + Clone>(work: &T) -> Vec<Ran<T::Output>> {
    #[cfg(feature = "simd")]
    let vectors = super::vector::on_every(work);
    #[cfg(not(feature = "simd"))]
    let vectors = [];
    let output = work.clone().with_scan(Portable);
    let portable = Ran { scanner: "portable", shuffles: false, output };
    [portable].into_iter().chain(vectors).collect()
}

/// Pseudorandom numbers, the same in each run (xorshift64).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new() -> Numbers {
        Numbers(0x9E37_79B9_7F4A_7C15)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    pub(crate) fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Bytes with a meaning, and their neighbours.
const MATTER: &[u8] = b"&%='\"#+ *[\\]\0\x1F\x20\x7F\x80\x9F\xA0\xA2\xA6\xDC\xFFaAzZ09!$,:;<>@`{}";

/// The results of all methods for one block.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Found {
    json_escaped: u32,
    is_plain: bool,
    structurals: [u32; 2],
    non_ascii: u32,
    find: [u32; 3],
    plus_to_space: [[u8; BLOCK]; 2],
}

/// The expected results for `block`.
fn found(block: &[u8; BLOCK]) -> Found {
    let bits = |is: &dyn Fn(u8) -> bool| {
        (0..BLOCK).filter(|&index| is(block[index])).fold(0, |bits, index| bits | 1 << index)
    };
    let escaped = |byte| matches!(byte, b'"' | b'\\' | 0..0x20);
    Found {
        json_escaped: bits(&escaped),
        is_plain: block.iter().all(|&byte| byte.is_ascii() && !escaped(byte)),
        structurals: [b'%', b'&']
            .map(|percent| bits(&|byte| escaped(byte) || [b'&', b'=', percent].contains(&byte))),
        non_ascii: bits(&|byte| !byte.is_ascii()),
        find: [b'&', 0, 0xFF].map(|needle| bits(&|byte| byte == needle)),
        plus_to_space: [b'+', b' ']
            .map(|plus| block.map(|byte| if byte == plus { b' ' } else { byte })),
    }
}

/// Scans blocks.
#[derive(Clone, Copy)]
struct Look<'b>(&'b [[u8; BLOCK]]);

impl WithScan for Look<'_> {
    type Output = Vec<Found>;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> Vec<Found> {
        let found = |block| Found {
            json_escaped: scan.json_escaped(block),
            is_plain: scan.is_plain(block),
            structurals: [scan.structurals(block, b'%'), scan.structurals(block, b'&')],
            non_ascii: scan.non_ascii(block),
            find: [scan.find(block, b'&'), scan.find(block, 0), scan.find(block, 0xFF)],
            plus_to_space: [scan.plus_to_space(block, b'+'), scan.plus_to_space(block, b' ')],
        };
        self.0.iter().map(found).collect()
    }
}

fn check(blocks: &[[u8; BLOCK]]) {
    for Ran { scanner, output, .. } in on_every(&Look(blocks)) {
        assert_eq!(output.len(), blocks.len());
        for (block, output) in blocks.iter().zip(output) {
            assert_eq!(output, found(block), "{scanner}: {}", block.escape_ascii());
        }
    }
}

#[test]
fn no_scanner_is_left_out() {
    #[cfg(target_arch = "x86_64")]
    let (avx2, avx512) = (
        std::is_x86_feature_detected!("avx2"),
        // The newest features that fearless_simd asks for.
        std::is_x86_feature_detected!("avx512vbmi2") && std::is_x86_feature_detected!("vaes"),
    );
    #[cfg(not(target_arch = "x86_64"))]
    let (avx2, avx512) = (false, false);
    let simd = cfg!(feature = "simd");
    let expected = [
        ("portable", true),
        ("SSE2", simd && cfg!(target_arch = "x86_64")),
        ("AVX2", simd && avx2),
        ("AVX-512", simd && avx512),
        ("NEON", simd && cfg!(target_arch = "aarch64")),
        ("simd128", simd && cfg!(all(target_arch = "wasm32", target_feature = "simd128"))),
    ];
    let scanners = on_every(&Look(&[])).into_iter().map(|ran| ran.scanner);
    assert!(scanners.eq(expected.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| *name)));
}

#[test]
fn every_byte_is_found_at_every_place() {
    for filler in *b"a+&\x80\0" {
        let mut blocks = Vec::new();
        for place in 0..BLOCK {
            for byte in 0..=0xFF {
                let mut block = [filler; BLOCK];
                block[place] = byte;
                blocks.push(block);
            }
        }
        check(&blocks);
    }
}

#[test]
fn bytes_are_found_beside_any_others() {
    let mut numbers = Numbers::new();
    let blocks: Vec<_> = (0..20_000)
        .map(|index| {
            [(); BLOCK].map(|()| if index % 2 == 0 { numbers.byte() } else { numbers.pick(MATTER) })
        })
        .collect();
    check(&blocks);
}

/// The bytes of 16 `%XX`, if `text` is that and JSON escapes none of them.
fn percent_decoded(text: &[u8; ENCODED_LEN]) -> Option<[u8; DECODED_LEN]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; DECODED_LEN];
    for (index, byte) in bytes.iter_mut().enumerate() {
        let at = 3 * index;
        if text[at] != b'%' {
            return None;
        }
        *byte = digit(text[at + 1])? * 16 + digit(text[at + 2])?;
        if matches!(*byte, b'"' | b'\\' | 0..0x20) {
            return None;
        }
    }
    Some(bytes)
}

/// Decodes texts.
#[derive(Clone, Copy)]
struct PercentDecode<'t>(&'t [[u8; ENCODED_LEN]]);

impl WithScan for PercentDecode<'_> {
    type Output = Vec<Option<[u8; DECODED_LEN]>>;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> Self::Output {
        self.0.iter().map(|text| scan.percent_decode(text)).collect()
    }
}

/// Returns how many of `texts` decode.
fn check_percent_decode(texts: &[[u8; ENCODED_LEN]]) -> usize {
    let expected: Vec<_> = texts.iter().map(percent_decoded).collect();
    for Ran { scanner, shuffles, output } in on_every(&PercentDecode(texts)) {
        assert_eq!(output.len(), texts.len());
        for ((text, expected), output) in texts.iter().zip(&expected).zip(output) {
            if shuffles || output.is_some() {
                assert_eq!(output, *expected, "{scanner}: {}", text.escape_ascii());
            }
        }
    }
    expected.into_iter().flatten().count()
}

/// 16 `%XX` with digits of every value, and letters of both cases.
const ENCODED: &[u8; ENCODED_LEN] = b"%41%e2%3f%2B%7e%9c%a0%Bd%c1%dF%20%86%Fa%54%6d%e8";

#[test]
fn every_two_digits_are_decoded_at_every_place() {
    let mut good = 0;
    for place in 0..DECODED_LEN {
        let mut texts = Vec::new();
        for high in 0..=0xFF_u8 {
            for low in 0..=0xFF_u8 {
                // If neither is a digit, one of the places is enough.
                let digits = high.is_ascii_hexdigit() || low.is_ascii_hexdigit();
                if !digits && usize::from((high ^ low) % 16) != place {
                    continue;
                }
                let mut text = *ENCODED;
                text[3 * place + 1] = high;
                text[3 * place + 2] = low;
                texts.push(text);
            }
        }
        good += check_percent_decode(&texts);
    }
    // 22 digits, of which 0 and 1 make a control, and `"` and `\` are out: 5C and 5c.
    assert_eq!(good, DECODED_LEN * (20 * 22 - 3));
}

#[test]
fn bytes_are_decoded_beside_any_others() {
    let mut numbers = Numbers::new();
    let mut texts = Vec::new();
    for round in 0..80 {
        for at in 0..ENCODED_LEN {
            let mut text = *ENCODED;
            for index in 0..DECODED_LEN {
                // No control, and only a few bytes that JSON escapes.
                text[3 * index + 1] = numbers.pick(b"23456789abcdefABCDEF");
                text[3 * index + 2] = numbers.pick(b"0123456789abcdefABCDEF");
            }
            texts.push(text);
            for byte in round * 4..round * 4 + 4 {
                text[at] = u8::try_from(byte % 256).unwrap();
                texts.push(text);
            }
        }
    }
    assert!(check_percent_decode(&texts) > texts.len() / 8);
}
