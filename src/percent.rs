//! Percent-decoding: `+` to a space and `%XX` to a byte.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use percent_encoding::percent_decode;

use crate::Error;
use crate::buffer::push;
#[cfg(feature = "serde")]
use crate::scan::{self, BLOCK, Scan, WithScan};

/// Decodes `+` and `%XX`, with at most one allocation.
pub(crate) fn decode_bytes(raw: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let is_encoded = |(at, &byte)| byte == b'+' || byte == b'%' && byte_at(raw, at).is_some();
    if !raw.iter().enumerate().any(is_encoded) {
        return Ok(raw.into());
    }
    let mut decoded = Vec::new();
    decoded.try_reserve_exact(raw.len())?;
    // A `+` is never part of a `%XX`, so the text between two of them decodes by itself.
    for (index, text) in raw.split(|&byte| byte == b'+').enumerate() {
        if index > 0 {
            push(&mut decoded, b' ')?;
        }
        for byte in percent_decode(text) {
            push(&mut decoded, byte)?;
        }
    }
    Ok(decoded.into())
}

/// How many bytes `raw` decodes to.
#[cfg(feature = "serde")]
pub(crate) fn decoded_len(raw: &[u8]) -> usize {
    let is_encoded = |&(at, &byte): &(usize, &u8)| byte == b'%' && byte_at(raw, at).is_some();
    raw.len() - 2 * raw.iter().enumerate().filter(is_encoded).count()
}

/// Decodes the first `len` bytes of `text` as [`decode_bytes`] does, to the beginning of `out`, and returns
/// how many bytes they become. The rest of `text` is there to be read a block at a time; so is room in `out`
/// beyond [`decoded_len`], which is enough.
#[cfg(feature = "serde")]
pub(crate) fn decode_into(text: &[u8], len: usize, out: &mut [u8]) -> usize {
    scan::baseline(DecodeInto { text, raw: text.get(..len).unwrap_or(text), out })
}

#[cfg(feature = "serde")]
struct DecodeInto<'t> {
    text: &'t [u8],
    raw: &'t [u8],
    out: &'t mut [u8],
}

#[cfg(feature = "serde")]
impl WithScan for DecodeInto<'_> {
    type Output = usize;

    #[expect(clippy::inline_always, reason = "SIMD is slow unless it is inlined")]
    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> usize {
        let DecodeInto { text, raw, out } = self;
        let (mut at, mut len) = (0, 0);
        while at < raw.len() {
            let rest = text.get(at..).unwrap_or_default();
            let mut last = [0; BLOCK];
            let block = rest.first_chunk().unwrap_or_else(|| {
                last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
                &last
            });
            // The text before the next `%`.
            let percent = scan.find(block, b'%').trailing_zeros() as usize;
            let count = percent.min(raw.len() - at);
            let plain = scan.plus_to_space(block, b'+');
            let room = out.get_mut(len..).unwrap_or_default();
            if let Some(to) = room.first_chunk_mut() {
                *to = plain;
            } else {
                room.iter_mut().zip(plain).for_each(|(to, byte)| *to = byte);
            }
            (at, len) = (at + count, len + count);
            if count < BLOCK && at < raw.len() {
                let encoded = byte_at(raw, at);
                if let Some(to) = out.get_mut(len) {
                    *to = encoded.unwrap_or(b'%');
                }
                (at, len) = (at + if encoded.is_some() { 3 } else { 1 }, len + 1);
            }
        }
        len
    }
}

/// The byte that the `%XX` at `at` encodes. `None` unless two hexadecimal digits follow the `%`.
#[expect(clippy::inline_always, reason = "called for every `%`")]
#[inline(always)]
pub(crate) fn byte_at(text: &[u8], at: usize) -> Option<u8> {
    let (high, low) = (*text.get(at + 1)?, *text.get(at + 2)?);
    let (high, low) = (HEX_VALUES[usize::from(high)], HEX_VALUES[usize::from(low)]);
    (high | low <= 0xF).then_some(high << 4 | low)
}

/// The value of each hexadecimal digit; 0xFF for other bytes.
pub(crate) const HEX_VALUES: [u8; 256] = {
    let mut values = [0xFF; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        values[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// The offset in `raw` of the byte, or of the `%XX`, that becomes the byte at `decoded` once `raw`
/// is decoded.
#[cold]
pub(crate) fn raw_offset(raw: &[u8], decoded: usize) -> usize {
    let mut offset = 0;
    for _ in 0..decoded {
        let is_encoded = raw.get(offset) == Some(&b'%') && byte_at(raw, offset).is_some();
        offset += if is_encoded { 3 } else { 1 };
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoded_offset_leads_back_to_the_raw_byte() {
        let raw = b"+%41%4g%%42%C3%A9x%";
        assert_eq!(*decode_bytes(raw).unwrap(), *" A%4g%B\u{e9}x%".as_bytes());
        let starts = [0, 1, 4, 5, 6, 7, 8, 11, 14, 17, 18];
        for (decoded, start) in starts.into_iter().enumerate() {
            assert_eq!(raw_offset(raw, decoded), start);
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn blocks_decode_as_bytes_do() {
        use crate::scan::tests::Numbers;

        let mut numbers = Numbers::new();
        for _ in 0..20_000 {
            let len = numbers.below(120);
            let rare = numbers.below(40);
            let text: Vec<u8> = (0..len)
                .map(|_| if numbers.below(40) < rare { numbers.pick(b"%%%4a2F+") } else { b'x' })
                .collect();
            let raw = &text[..numbers.below(len + 1)];
            let expected = decode_bytes(raw).unwrap();
            assert_eq!(decoded_len(raw), expected.len());
            for room in [expected.len(), expected.len() + 7, 200] {
                let mut out = alloc::vec![b'!'; room];
                assert_eq!(decode_into(&text, raw.len(), &mut out), expected.len());
                assert_eq!(out[..expected.len()], *expected);
                let mut out = alloc::vec![b'!'; room];
                assert_eq!(decode_into(raw, raw.len(), &mut out), expected.len());
                assert_eq!(out[..expected.len()], *expected);
            }
        }
    }
}
