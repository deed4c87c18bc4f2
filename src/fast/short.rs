//! Bodies of at most 16 bytes that are nothing but plain pairs: written without a look at single bytes.

use super::Carried;
use super::decoding::Decoding;
use crate::Options;
use crate::buffer::{self, Spare};
use crate::json::Writer;
use crate::limits::Progress;
use crate::scan::{self, BLOCK, Scan, WithScan};

/// The longest text for [`Found`].
pub(super) const SHORT_LEN: usize = 16;

/// Writes `part`, as [`write`](super::write) does. `None`, and nothing is written, if it is anything but
/// pairs without a byte to escape or decode, or if a limit may be exceeded.
#[inline(always)]
pub(super) fn write<const MODE: u8>(
    out: &mut Writer<'_>,
    part: &[u8],
    options: &Options,
    progress: &mut Progress,
    is_last: bool,
) -> Option<()> {
    let len = part.len() as u32;
    let found = Found::of(part, Decoding::<MODE>::of(options));
    let Found { structurals, non_ascii, equals, ampersands, .. } = found;
    let own = !(u64::MAX << len);
    let Carried { irregular, sum, .. } = Carried::new(own, structurals.into(), equals.into(), 1, 1);
    let others = non_ascii | structurals ^ equals ^ ampersands;
    if irregular | sum & !own | u64::from(others) != 0 {
        return None;
    }
    let pairs = progress.pairs.saturating_add(ampersands.count_ones() as usize + 1);
    let limit = out.out.len().saturating_add(SHORT_LEN * 3 + 4);
    if limit > out.limit || pairs > options.limits.pairs {
        return None;
    }
    let opening = if progress.pairs == 0 { b"{\"" } else { b",\"" };
    buffer::with_spare(
        out.out,
        #[inline(always)]
        |spare: &mut Spare<'_>| {
            spare.copy(opening, 2);
            let (mut from, mut left, mut json) = (0, structurals, *b"\":\"\0");
            while left != 0 {
                let at = left.trailing_zeros();
                left &= left - 1;
                spare.copy(&found.text_at(from, len), (at - from) as usize);
                spare.copy(&json, 3);
                // They alternate.
                json[1] ^= b':' ^ b',';
                from = at + 1;
            }
            spare.copy(&found.text_at(from, len), (len - from) as usize);
            spare.copy(b"\"}", if is_last { 2 } else { 1 });
        },
    )?;
    progress.pairs = pairs;
    Some(())
}

/// The kinds of bytes in a text of at most [`SHORT_LEN`] bytes. A mask has a bit for each of them.
pub(super) struct Found {
    /// `&`, `=`, `%` if asked for, and the characters that JSON escapes.
    pub(super) structurals: u32,
    pub(super) non_ascii: u32,
    equals: u32,
    ampersands: u32,
    /// The text as a number, with zeros behind it, and each `+` decoded if asked for.
    text: u128,
}

impl Found {
    #[inline(always)]
    pub(super) fn of<const MODE: u8>(text: &[u8], decoding: Decoding<MODE>) -> Self {
        scan::baseline(Find {
            block: &padded(text),
            len: text.len() as u32,
            percent: decoding.percent(),
            plus: decoding.plus(),
        })
    }

    /// The text, which has `len` bytes, from `from` on.
    #[inline(always)]
    pub(super) fn text_at(&self, from: u32, len: u32) -> [u8; SHORT_LEN] {
        match len {
            // A shift of 128 bits takes longer.
            ..=8 => u128::from(self.text as u64 >> (8 * (from % 8))).to_le_bytes(),
            _ => (self.text >> (8 * (from % 16))).to_le_bytes(),
        }
    }
}

struct Find<'b> {
    block: &'b [u8; BLOCK],
    len: u32,
    percent: u8,
    plus: u8,
}

impl WithScan for Find<'_> {
    type Output = Found;

    #[inline(always)]
    fn with_scan<S: Scan>(self, scan: S) -> Found {
        let Find { block, len, percent, plus } = self;
        let own = !(u32::MAX << len);
        let text = scan.plus_to_space(block, plus).first_chunk().copied().unwrap_or_default();
        Found {
            structurals: scan.structurals(block, percent) & own,
            non_ascii: scan.non_ascii(block) & own,
            equals: scan.find(block, b'=') & own,
            ampersands: scan.find(block, b'&') & own,
            text: u128::from_le_bytes(text),
        }
    }
}

/// `text` of at most 16 bytes, with zeros behind it: put together from pieces that overlap, since a copy of
/// unknown length is slow.
#[inline(always)]
fn padded(text: &[u8]) -> [u8; BLOCK] {
    let len = text.len();
    let word = if let Some(first) = text.first_chunk::<8>()
        && let Some(last) = text.last_chunk::<8>()
    {
        let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        u128::from(first) | u128::from(last) << (8 * (len - 8) % 128)
    } else if let Some(first) = text.first_chunk::<4>()
        && let Some(last) = text.last_chunk::<4>()
    {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        u128::from(first) | u128::from(last) << (8 * (len - 4))
    } else {
        text.iter().rev().fold(0, |word, &byte| word << 8 | u128::from(byte))
    };
    let mut block = [0; BLOCK];
    block[..SHORT_LEN].copy_from_slice(&word.to_le_bytes());
    block
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use super::*;
    use crate::Rules;
    use crate::fast::decoding::{PERCENT, RAW};

    /// The JSON, unless the body is none for the short path.
    fn written<const MODE: u8>(body: &[u8], options: &Options) -> Option<String> {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, usize::MAX, usize::MAX);
        write::<MODE>(&mut writer, body, options, &mut Progress::default(), true)?;
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn all_plain_pairs_are_written_and_nothing_else() {
        const BYTES: &[u8] = b"x=&+%\"\x1F\xC3";
        let raw = Options::new();
        let decode = raw.decode(true);
        for number in 0..8_usize.pow(6) {
            let body = [0, 3, 6, 9, 12, 15].map(|shift| BYTES[number >> shift & 7]);
            // Before them a pair, and after them a value: of 8 bytes and less, and of more.
            for (before, len, after) in
                [(&b""[..], 6, &b""[..]), (b"", 3, b""), (b"key=value&", 5, b"1")]
            {
                let body = [before, &body[..len], after].concat();
                let is_plain = Rules::Template
                    .segments(&body)
                    .all(|pair| pair.is_ok_and(|pair| !pair.key.is_empty()))
                    && body.split(|&byte| byte == b'&').all(|segment| segment.contains(&b'='))
                    && !body.iter().any(|byte| matches!(byte, b'"' | 0x1F | 0xC3));
                let text = |options: &Options| Some(options.to_string(&body).unwrap());
                let expected = if is_plain { text(&raw) } else { None };
                assert_eq!(written::<RAW>(&body, &raw), expected, "{}", body.escape_ascii());
                let expected = if is_plain && !body.contains(&b'%') { text(&decode) } else { None };
                assert_eq!(written::<PERCENT>(&body, &decode), expected, "{}", body.escape_ascii());
            }
        }
        assert_eq!(written::<RAW>(b"", &raw), None);
        assert_eq!(written::<RAW>(b"a=1&b=2", &raw), Some(r#"{"a":"1","b":"2"}"#.to_string()));
    }
}
