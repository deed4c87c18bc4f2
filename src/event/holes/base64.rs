//! Base64 (RFC 4648, section 4).

use crate::Error;
use crate::json::Writer;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes `bytes` in base64 with padding, as a JSON string.
pub(super) fn write(out: &mut Writer<'_>, bytes: &[u8]) -> Result<(), Error> {
    out.check(bytes.len().div_ceil(3).saturating_mul(4))?;
    out.raw(b"\"")?;
    let (groups, tail) = bytes.as_chunks::<3>();
    // Written by the kilobyte.
    for groups in groups.chunks(256) {
        let mut symbols = [[0; 4]; 256];
        for (symbols, group) in symbols.iter_mut().zip(groups) {
            *symbols = encode(*group);
        }
        out.raw(symbols.get(..groups.len()).unwrap_or_default().as_flattened())?;
    }
    if let [first, second @ ..] = tail {
        let second = second.first();
        let [a, b, c, _] = encode([*first, second.copied().unwrap_or_default(), 0]);
        out.raw(&[a, b, if second.is_some() { c } else { b'=' }, b'='])?;
    }
    out.raw(b"\"")
}

fn encode([a, b, c]: [u8; 3]) -> [u8; 4] {
    let bits = u32::from_be_bytes([0, a, b, c]);
    [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 63) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn the_examples_of_the_rfc() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            let mut out = Vec::new();
            write(&mut Writer::new(&mut out, usize::MAX, usize::MAX), bytes.as_bytes()).unwrap();
            assert_eq!(str::from_utf8(&out).unwrap(), alloc::format!("\"{expected}\""));
        }
    }
}
