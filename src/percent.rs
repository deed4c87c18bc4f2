//! Percent-decoding: `+` to a space and `%XX` to a byte.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use percent_encoding::percent_decode;

use crate::Error;
use crate::buffer::push;

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
}
